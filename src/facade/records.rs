//! The iteration: pages are fetched as they are needed, rows are read one by one.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::endpoint::Endpoint;
use super::id::Id;
use super::list::Part;
use super::pager::{Fate, PageHead, PageRequest, Pager};
use super::record::Record;
use crate::client::ApiResponse;
use crate::error::{Error, ErrorKind, Result};

/// Iterates over the objects of a [`List`](super::List), as records or as a type of the caller's own. An error ends it.
pub struct Records<T = Record> {
    endpoint: Endpoint,
    read: Read<T>,
    /// `None` at the end.
    pager: Option<Pager>,
    /// Why it cannot begin.
    failed: Option<Error>,
    page: Option<Page>,
    part: Part,
    /// How many rows may still be given out.
    left: Option<u64>,
    progress: Progress,
    page_count: u64,
}

/// What the objects of a [`List`](super::List) are read as: [`Record`], and the types of the typed layer.
pub trait Row: Sized {
    /// Reads a row of a page, and its id where that is a number.
    #[doc(hidden)]
    fn read(endpoint: &Endpoint, page: &ApiResponse, row: Range<usize>) -> Result<(Option<u64>, Self)>;
    #[doc(hidden)]
    fn key(&self) -> Id;
}

impl Row for Record {
    fn read(endpoint: &Endpoint, page: &ApiResponse, row: Range<usize>) -> Result<(Option<u64>, Record)> {
        Record::read(endpoint, page, row)
    }

    fn key(&self) -> Id {
        Record::key(self)
    }
}

/// Reads a row of a page, and its id where that is a number.
type Read<T> = fn(&Endpoint, &ApiResponse, Range<usize>) -> Result<(Option<u64>, T)>;

/// How far an iteration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Objects that were given out.
    pub fetched: u64,
    /// How many there are in all, where the server said: not with [`Paging::Cursor`](super::Paging::Cursor).
    pub total: Option<u64>,
}

/// A page as it came, and where its rows are.
#[derive(Debug)]
struct Page {
    response: ApiResponse,
    rows: VecDeque<Range<usize>>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    count: Option<u64>,
    next: Option<String>,
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

impl<T> Records<T> {
    pub(super) fn new(endpoint: Endpoint, pager: Result<(Pager, Part)>, read: Read<T>) -> Records<T> {
        let (pager, failed, part) = match pager {
            Ok((pager, part)) => (Some(pager), None, part),
            Err(error) => (None, Some(error), Part { offset: 0, limit: None }),
        };
        Records { endpoint, read, pager, failed, page: None, part, left: part.limit, progress: Progress::default(), page_count: 0 }
    }

    /// How far the iteration is: enough for a progress bar.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    fn advance(&mut self) -> Result<Option<T>> {
        if self.left == Some(0) {
            return Ok(None);
        }
        while let Some(pager) = &mut self.pager {
            let Some(page) = &mut self.page else {
                self.page = self.fetch()?;
                if self.page.is_none() {
                    return Ok(None);
                }
                continue;
            };
            let Some(row) = page.rows.pop_front() else {
                pager.end_page();
                self.page = None;
                continue;
            };
            let (id, row) = (self.read)(&self.endpoint, &page.response, row)?;
            match pager.judge(id) {
                Fate::Keep => {
                    self.progress.fetched += 1;
                    self.left = self.left.map(|left| left - 1);
                    return Ok(Some(row));
                }
                Fate::Drop => {}
                Fate::DropRest => page.rows.clear(),
            }
        }
        Ok(None)
    }

    /// The next page, of half the size where the server did not manage it.
    fn fetch(&mut self) -> Result<Option<Page>> {
        let Some(pager) = &mut self.pager else { return Ok(None) };
        // Pages by position fit together only where they are of one time.
        let mut is_anew = pager.is_by_position() && self.page_count > 0;
        loop {
            let client = self.endpoint.api.client();
            let request = match pager.request() {
                None => return Ok(None),
                Some(PageRequest::List(query)) => client.get(&self.endpoint.path).queries(query.iter()),
                Some(PageRequest::Link(link)) => client.get(&link),
            };
            let request = if is_anew { request.of_server() } else { request };
            // A smaller one may come through; where there is none, the same one again may.
            let request = if pager.can_halve() { request.without_retries_of_the_same() } else { request };
            let outcome = request.send().and_then(|response| self.endpoint.accepted(response));
            let response = match outcome {
                Err(error) if is_too_much(&error) && pager.halve() => {
                    log::info!("{}: asking for a smaller page after: {error}", self.endpoint.path);
                    continue;
                }
                other => other?,
            };
            let wire: Wire<'_> = response.json()?;
            if pager.is_by_position() && response.is_of_cache() && wire.next.is_some() && !is_anew {
                is_anew = true;
                continue;
            }
            let rows: VecDeque<_> = wire.results.iter().map(|row| response.range_of(row)).collect();
            if wire.count.is_some() && !pager.is_probing() {
                // Later pages count only what is left behind the last id.
                self.progress.total = self.progress.total.or(wire.count.map(|count| self.part.of(count)));
            }
            let head = PageHead { count: wire.count, next: wire.next, rows: rows.len() };
            pager.begin_page(head).map_err(|error| error.with_request(response.request().clone()))?;
            self.page_count += 1;
            return Ok(Some(Page { response, rows }));
        }
    }
}

/// Whether a smaller page may come through.
fn is_too_much(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Timeout | ErrorKind::ConnectionLost => error.may_have_been_sent(),
        ErrorKind::Server => matches!(error.status().map(|status| status.as_u16()), Some(502 | 504)),
        _ => false,
    }
}

impl<T> Iterator for Records<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        let outcome = self.advance().transpose();
        if !matches!(outcome, Some(Ok(_))) {
            self.pager = None;
            self.page = None;
        }
        outcome
    }
}

impl<T> FusedIterator for Records<T> {}

impl<T> fmt::Debug for Records<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("endpoint", &self.endpoint).field("progress", &self.progress).finish_non_exhaustive()
    }
}
