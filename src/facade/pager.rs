//! Which page to ask for next. Knows nothing of HTTP: it says what to ask for, is told what came, and judges row by row.

use std::collections::HashSet;

use super::list::Paging;
use crate::error::{Error, ErrorKind, Result};
use crate::query::Query;

/// The sizes of the first pages; the last one stays. Fixed, so that the same list is read by the same URLs.
const RAMP: [u64; 3] = [250, 500, 1000];

/// How many pages without rows may follow each other: some server may filter what it has cut.
const MAX_EMPTY_PAGES: usize = 100;

/// What to ask the server for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PageRequest {
    /// The list itself with these parameters.
    List(Query),
    /// A link that the server gave.
    Link(String),
}

/// What a page says of itself.
#[derive(Debug)]
pub(super) struct PageHead {
    pub(super) count: Option<u64>,
    pub(super) next: Option<String>,
    pub(super) rows: usize,
}

/// What becomes of a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Keep,
    Drop,
    /// This one and all behind it in the page.
    DropRest,
}

#[derive(Debug)]
pub(super) struct Pager {
    /// All parameters of the caller but those of paging.
    filters: Query,
    /// The smallest `id__gt` of the caller: several are any of them.
    lower: Option<u64>,
    state: State,
    size: Size,
    /// Rows that came, kept or not, without those of a page that was given up.
    seen: u64,
    /// The ids that were kept while paging by id, in rising order: a server that turns out not to sort is read anew without them.
    kept: Vec<u64>,
    /// Links that were followed, where no offset shows that they advance.
    links: HashSet<String>,
    /// Pages without rows since the last one with some.
    empty_pages: usize,
}

#[derive(Debug)]
enum State {
    /// Whether the server sorts by id: its first row by `id`, then by `-id`.
    Probe {
        first: Option<u64>,
        is_second: bool,
    },
    Keyset {
        last: Option<u64>,
        page: KeysetPage,
    },
    Cursor {
        start: u64,
        next: Option<u64>,
    },
    Offset {
        ordering: Option<String>,
        at: u64,
        link: Option<String>,
        next: Option<String>,
        skips_kept: bool,
    },
    Done,
}

/// How a page that is read by id goes so far.
#[derive(Debug, Default)]
struct KeysetPage {
    next: Option<String>,
    rows: u64,
    kept: u64,
    /// The filter by id was not honoured.
    is_repeat: bool,
    /// The order by id was not.
    is_unsorted: bool,
}

#[derive(Debug)]
struct Size {
    fixed: Option<u64>,
    step: usize,
    /// After a page that was too large for the server.
    most: Option<u64>,
}

/// What a caller said of the list, beside its filters.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    pub(super) paging: Paging,
    pub(super) page_size: Option<u64>,
    pub(super) ordering: Option<String>,
    pub(super) offset: Option<u64>,
    /// Whether the documents say that the resource can be paged by id.
    pub(super) is_keyset: bool,
    /// Whether `start` is a filter of the resource.
    pub(super) has_start_filter: bool,
}

impl Pager {
    pub(super) fn new(mut filters: Query, settings: Settings) -> Result<Pager> {
        let wants_offset = settings.ordering.is_some() || settings.offset.is_some();
        let state = match settings.paging {
            Paging::Cursor if settings.has_start_filter => {
                return Err(Error::invalid_request("this resource cannot be paged by cursor: start is a filter of its own"));
            }
            Paging::Cursor | Paging::Keyset if wants_offset => {
                return Err(Error::invalid_request("ordering and offset need offset paging"));
            }
            Paging::Cursor => State::Cursor { start: take_start(&mut filters)?, next: None },
            Paging::Auto | Paging::Keyset if settings.is_keyset && !wants_offset => State::keyset(),
            // The documents do not say that it can: a page in rising order proves nothing.
            Paging::Auto | Paging::Keyset if !wants_offset => State::Probe { first: None, is_second: false },
            Paging::Auto | Paging::Keyset | Paging::Offset => {
                State::offset(settings.ordering.map(without_ties), settings.offset.unwrap_or(0))
            }
        };
        let lower = match state {
            State::Keyset { .. } | State::Probe { .. } => take_lower(&mut filters)?,
            _ => None,
        };
        if settings.page_size == Some(0) {
            return Err(Error::invalid_request("the page size is zero"));
        }
        let size = Size { fixed: settings.page_size, step: 0, most: None };
        Ok(Pager { filters, lower, state, size, seen: 0, kept: Vec::new(), links: HashSet::new(), empty_pages: 0 })
    }

    /// The next page, or `None` at the end. The same again until it was accepted.
    pub(super) fn request(&self) -> Option<PageRequest> {
        let mut query = self.filters.clone();
        let limit = self.size.get();
        match &self.state {
            State::Done => return None,
            State::Probe { is_second, .. } => {
                self.push_lower(&mut query, None);
                query.push("ordering", if *is_second { "-id" } else { "id" });
                query.push("limit", 1);
                return Some(PageRequest::List(query));
            }
            State::Keyset { last, .. } => {
                self.push_lower(&mut query, *last);
                query.push("ordering", "id");
            }
            State::Cursor { start, .. } => query.push("start", start),
            State::Offset { link: Some(link), .. } => return Some(PageRequest::Link(with_limit(link, limit))),
            State::Offset { ordering, at, .. } => {
                if let Some(lower) = self.lower {
                    query.push("id__gt", lower);
                }
                if let Some(ordering) = ordering {
                    query.push("ordering", ordering);
                }
                if *at > 0 {
                    query.push("offset", at);
                }
            }
        }
        query.push("limit", limit);
        Some(PageRequest::List(query))
    }

    /// Exactly one `id__gt`: several would be any of them.
    fn push_lower(&self, query: &mut Query, last: Option<u64>) {
        if let Some(bound) = last.max(self.lower) {
            query.push("id__gt", bound);
        }
    }

    /// Whether the next page could be a smaller one.
    pub(super) fn can_halve(&self) -> bool {
        self.size.get() > 1 && !matches!(self.state, State::Probe { .. })
    }

    /// Halves the page after the server did not manage it. `false` where it cannot be smaller.
    pub(super) fn halve(&mut self) -> bool {
        let can_halve = self.can_halve();
        if can_halve {
            self.size.most = Some(self.size.get() / 2);
        }
        can_halve
    }

    /// Begins with a page that came. Its rows are to be [judged](Pager::judge), then it is to be [ended](Pager::end_page).
    pub(super) fn begin_page(&mut self, head: PageHead) -> Result<()> {
        self.empty_pages = if head.rows == 0 { self.empty_pages + 1 } else { 0 };
        if let (MAX_EMPTY_PAGES.., Some(next)) = (self.empty_pages, &head.next) {
            return Err(stuck(next));
        }
        match &mut self.state {
            State::Keyset { page, .. } => {
                *page = KeysetPage { next: head.next, rows: head.rows as u64, ..KeysetPage::default() };
            }
            State::Cursor { start, next } => {
                if head.count.is_some() {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        "this list does not page by cursor: NetBox's do since 4.6, but for a few",
                    )
                    .sent(true));
                }
                *next = match head.next {
                    None => None,
                    Some(link) => Some(parameter(&link, "start").filter(|next| next > start).ok_or_else(|| stuck(&link))?),
                };
            }
            State::Offset { at, link, next, .. } => {
                if let Some(following) = &head.next {
                    let advances = match parameter(following, "offset") {
                        // An empty page may have been filtered after it was cut, as long as there is an end in sight.
                        Some(offset) => {
                            offset >= *at + (head.rows as u64).max(1) && (head.rows > 0 || head.count.is_some_and(|count| offset <= count))
                        }
                        None => Some(following) != link.as_ref() && self.links.insert(following.clone()) && head.rows > 0,
                    };
                    if !advances {
                        return Err(stuck(following));
                    }
                }
                *next = head.next;
            }
            State::Probe { .. } | State::Done => {}
        }
        Ok(())
    }

    /// What becomes of the next row of the page.
    pub(super) fn judge(&mut self, id: Option<u64>) -> Fate {
        match &mut self.state {
            State::Probe { first, is_second: false } => {
                *first = id;
                Fate::DropRest
            }
            State::Probe { first, is_second: true } => {
                if id.is_none() || *first == id {
                    // Not sorted, or not by numbers.
                    *first = None;
                }
                Fate::DropRest
            }
            State::Keyset { page, .. } if page.is_unsorted => Fate::Keep,
            State::Keyset { last, page } => match (*last, id) {
                (Some(before), Some(id)) if id == before => Fate::Drop,
                (Some(before), Some(id)) if id < before && page.kept == 0 => {
                    page.is_repeat = true;
                    Fate::DropRest
                }
                (before, Some(id)) if before.is_none_or(|before| id > before) => {
                    *last = Some(id);
                    page.kept += 1;
                    self.kept.push(id);
                    Fate::Keep
                }
                // Falls below its neighbour, or is no number.
                _ => {
                    page.is_unsorted = true;
                    if page.kept as usize == self.kept.len() {
                        Fate::Keep
                    } else {
                        // Pages before this one seemed sorted: what they left out is not known.
                        Fate::DropRest
                    }
                }
            },
            State::Offset { skips_kept: true, .. } if id.is_some_and(|id| self.kept.binary_search(&id).is_ok()) => Fate::Drop,
            State::Cursor { .. } | State::Offset { .. } => Fate::Keep,
            State::Done => Fate::DropRest,
        }
    }

    /// Ends the page: now it is known where to go on.
    pub(super) fn end_page(&mut self) {
        if !self.is_probing() {
            self.size.step = (self.size.step + 1).min(RAMP.len() - 1);
        }
        let state = std::mem::replace(&mut self.state, State::Done);
        self.state = match state {
            State::Probe { first, is_second: false } if first.is_some() => State::Probe { first, is_second: true },
            State::Probe { first: Some(_), .. } => State::keyset(),
            State::Probe { .. } => State::offset(None, 0),
            State::Keyset { page, .. } if page.is_unsorted && page.kept as usize == self.kept.len() => match page.next {
                // Nothing was left out so far.
                Some(link) => State::Offset {
                    ordering: None,
                    at: parameter(&link, "offset").unwrap_or(0),
                    link: Some(link),
                    next: None,
                    skips_kept: false,
                },
                None => State::Done,
            },
            State::Keyset { page, .. } if page.is_unsorted => {
                State::Offset { ordering: None, at: 0, link: None, next: None, skips_kept: true }
            }
            State::Keyset { page, .. } if page.next.is_none() && !page.is_repeat => State::Done,
            State::Keyset { page, .. } if page.kept == 0 => State::offset(Some("id".to_owned()), self.seen),
            State::Keyset { last, page } => {
                self.seen += page.rows;
                State::Keyset { last, page: KeysetPage::default() }
            }
            State::Cursor { next: Some(start), .. } => State::Cursor { start, next: None },
            State::Offset { ordering, at, next: Some(link), skips_kept, .. } => {
                let at = parameter(&link, "offset").unwrap_or(at);
                State::Offset { ordering, at, link: Some(link), next: None, skips_kept }
            }
            State::Cursor { .. } | State::Offset { .. } | State::Done => State::Done,
        };
    }

    /// Whether a page depends on those before it, not on the ids of its objects.
    pub(super) fn is_by_position(&self) -> bool {
        matches!(self.state, State::Offset { .. })
    }

    /// Whether pages that come say nothing of the caller's list.
    pub(super) fn is_probing(&self) -> bool {
        matches!(self.state, State::Probe { .. })
    }
}

impl State {
    fn keyset() -> State {
        State::Keyset { last: None, page: KeysetPage::default() }
    }

    fn offset(ordering: Option<String>, at: u64) -> State {
        State::Offset { ordering, at, link: None, next: None, skips_kept: false }
    }
}

impl Size {
    fn get(&self) -> u64 {
        let size = self.fixed.unwrap_or(RAMP[self.step]);
        size.min(self.most.unwrap_or(size)).max(1)
    }
}

fn stuck(link: &str) -> Error {
    let query = link.split_once('?').map_or(link, |(_, query)| query);
    Error::new(ErrorKind::Protocol, format!("the list does not end: its next page does not advance (?{query})")).sent(true)
}

/// Takes the caller's `start` out of the filters: where a cursor begins.
fn take_start(filters: &mut Query) -> Result<u64> {
    let Some(start) = filters.get_all("start").last().map(str::to_owned) else { return Ok(0) };
    *filters = filters.iter().filter(|(name, _)| *name != "start").collect();
    start.parse().map_err(|_| Error::invalid_request(format!("start is not a number: {start:?}")))
}

/// Objects that are equal in an ordering come in another order on each page, so the id decides between them.
fn without_ties(ordering: String) -> String {
    let is_total = ordering.split(',').any(|field| matches!(field.trim(), "id" | "-id"));
    if is_total { ordering } else { format!("{ordering},id") }
}

/// Takes the caller's `id__gt` out of the filters, and gives the smallest. NetBox ignores one without a value.
fn take_lower(filters: &mut Query) -> Result<Option<u64>> {
    let bounds = filters.get_all("id__gt").filter(|value| !value.is_empty()).map(|value| {
        let number: i64 = value.trim().parse().map_err(|_| Error::invalid_request(format!("id__gt is not a number: {value:?}")))?;
        Ok(u64::try_from(number).unwrap_or(0))
    });
    let lower = bounds.collect::<Result<Vec<u64>>>()?.into_iter().min();
    *filters = filters.iter().filter(|(name, _)| *name != "id__gt").collect();
    Ok(lower)
}

/// A number among the parameters of a link.
fn parameter(link: &str, name: &str) -> Option<u64> {
    let query = Query::parse(link.split_once('?')?.1).ok()?;
    query.get_all(name).last()?.parse().ok()
}

/// The link with another page size, where it counts rows: one of another kind is followed as it is.
fn with_limit(link: &str, limit: u64) -> String {
    let Some((path, query)) = link.split_once('?') else { return link.to_owned() };
    let Ok(query) = Query::parse(query) else { return link.to_owned() };
    if query.get_all("offset").next().is_none() || query.get_all("limit").next().is_none() {
        return link.to_owned();
    }
    let limit = limit.to_string();
    let query: Query = query.iter().map(|(name, value)| (name, if name == "limit" { limit.as_str() } else { value })).collect();
    format!("{path}?{query}")
}

#[cfg(test)]
mod tests;
