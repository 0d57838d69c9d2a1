//! Bulk writes that the server does in background jobs.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use super::chunk::{MAX_BYTES, cut};
use super::error::BulkError;
use super::item::{BulkItem, Entry, Prepared};
use super::run::{Ledger, State, request};
use super::{Action, Bulk, Options};
use crate::client::ApiResponse;
use crate::error::{Error, ErrorKind, Result};
use crate::facade::{Endpoint, Job, List, Record};

/// Writes of many objects that the server does in the background: made by [`Bulk::background`].
///
/// Each chunk is a job of its own; their order is that of the server's workers. NetBox ends a job that takes longer than its `RQ_DEFAULT_TIMEOUT` (300 s): keep chunks to some hundred objects.
/// NetBox checks nothing before the job runs, and answers 503 where no worker does.
///
/// ```no_run
/// # let nb = netbox_sdk::Api::from_env()?;
/// use std::time::Duration;
/// # use serde_json::json;
/// let jobs = nb.dcim().devices().filter([("site", "lon")]).bulk().background().update(json!({"status": "offline"}))?;
/// println!("{} jobs", jobs.jobs().len());
/// let devices = jobs.wait(Duration::from_secs(600))?;
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is sent until objects are given"]
pub struct BackgroundBulk<Target>(pub(crate) Bulk<Target>);

/// Jobs that write many objects. They go on whether they are waited for or not.
#[derive(Debug, Clone)]
pub struct BulkJobs<Output> {
    endpoint: Endpoint,
    action: Action,
    /// With what was done at once.
    ledger: Ledger,
    /// Their entries, without the JSON that was sent.
    queued: Vec<(Vec<Entry>, Job)>,
    output: fn(Ledger) -> Result<Output, BulkError>,
}

impl BackgroundBulk<Endpoint> {
    /// As [`Bulk::create`].
    ///
    /// # Errors
    /// As [`Bulk::create`], but for what the jobs meet: [`BulkJobs::wait`] tells that.
    pub fn create(self, bodies: impl IntoIterator<Item: Serialize>) -> Result<BulkJobs<Vec<Record>>, BulkError> {
        self.enqueue_bodies(bodies, |ledger| Ok(ledger.into_records()))
    }

    pub(crate) fn enqueue_bodies<Output>(
        self,
        bodies: impl IntoIterator<Item: Serialize>,
        output: fn(Ledger) -> Result<Output, BulkError>,
    ) -> Result<BulkJobs<Output>, BulkError> {
        let prepared = self.0.prepare_bodies(bodies)?;
        enqueue(self.0.target, Action::Create, prepared, &self.0.options, output)
    }

    /// As [`Bulk::update`], but records that are given as `&mut` stay as they are: [`BulkJobs::wait`] returns them.
    ///
    /// # Errors
    /// As [`Bulk::update`], but for what the jobs meet: [`BulkJobs::wait`] tells that.
    pub fn update<'a>(self, items: impl IntoIterator<Item: Into<BulkItem<'a>>>) -> Result<BulkJobs<Vec<Record>>, BulkError> {
        self.enqueue_updates(items, |ledger| Ok(ledger.into_records()))
    }

    pub(crate) fn enqueue_updates<'a, Output>(
        self,
        items: impl IntoIterator<Item: Into<BulkItem<'a>>>,
        output: fn(Ledger) -> Result<Output, BulkError>,
    ) -> Result<BulkJobs<Output>, BulkError> {
        let items: Vec<BulkItem<'a>> = items.into_iter().map(Into::into).collect();
        let prepared = self.0.prepare_updates(&items)?;
        enqueue(self.0.target, Action::Update, prepared, &self.0.options, output)
    }

    /// As [`Bulk::delete`].
    ///
    /// # Errors
    /// As [`Bulk::delete`], but for what the jobs meet: [`BulkJobs::wait`] tells that.
    pub fn delete<'a>(self, items: impl IntoIterator<Item: Into<BulkItem<'a>>>) -> Result<BulkJobs<usize>, BulkError> {
        let prepared = self.0.prepare_deletes(items)?;
        enqueue(self.0.target, Action::Delete, prepared, &self.0.options, |ledger| Ok(ledger.done_count()))
    }
}

impl BackgroundBulk<List> {
    /// As [`Bulk::update`](Bulk<List>::update) of a list.
    ///
    /// # Errors
    /// As [`Bulk::update`](Bulk<List>::update), but for what the jobs meet: [`BulkJobs::wait`] tells that.
    pub fn update(self, changes: impl Serialize) -> Result<BulkJobs<Vec<Record>>, BulkError> {
        let (bulk, items) = self.0.updates(changes)?;
        bulk.background().update(items)
    }
}

impl<T> BackgroundBulk<List<T>> {
    /// As [`Bulk::delete`](Bulk<List>::delete) of a list.
    ///
    /// # Errors
    /// As [`Bulk::delete`](Bulk<List>::delete), but for what the jobs meet: [`BulkJobs::wait`] tells that.
    pub fn delete(self) -> Result<BulkJobs<usize>, BulkError> {
        let (bulk, ids) = self.0.ids()?;
        bulk.background().delete(ids)
    }
}

/// Sends all chunks. What a server without background jobs did at once is noted as done.
fn enqueue<Output>(
    endpoint: Endpoint,
    action: Action,
    prepared: Prepared,
    options: &Options,
    output: fn(Ledger) -> Result<Output, BulkError>,
) -> Result<BulkJobs<Output>, BulkError> {
    let mut ledger = prepared.ledger;
    let mut queued = Vec::new();
    for mut chunk in cut(prepared.entries, options.chunk, MAX_BYTES) {
        let outcome = match request(&endpoint, action, &chunk).query("background", true).send() {
            Ok(response) if response.status() == StatusCode::ACCEPTED => {
                ledger.set(&chunk, State::Uncertain);
                ledger.version = response.version().map(str::to_owned);
                read_job(&endpoint, &response).map(|job| {
                    ledger.jobs.push(job.clone());
                    chunk.iter_mut().for_each(|entry| entry.json = String::new());
                    queued.push((chunk, job));
                })
            }
            outcome => ledger.settle(&endpoint, action, &chunk, outcome),
        };
        if let Err(error) = outcome {
            return Err(BulkError::new(ledger, error));
        }
    }
    Ok(BulkJobs { endpoint, action, ledger, queued, output })
}

/// The job of `{"job": {"id", "url", "status"}}`.
fn read_job(endpoint: &Endpoint, response: &ApiResponse) -> Result<Job> {
    let mut reply: Value = response.json()?;
    match reply.get_mut("job").map(Value::take) {
        Some(Value::Object(members)) if members.contains_key("id") => {
            Ok(Job::begun(Record::new(endpoint.api.core().jobs(), members, None), response))
        }
        _ => Err(response.error(ErrorKind::Decode, "the reply does not name the job that does the work")),
    }
}

impl<Output> BulkJobs<Output> {
    /// The jobs, one for each chunk. None where there was nothing to do, and where the server did it at once: NetBox before 4.6 knows no background jobs and answers when the work is done.
    pub fn jobs(&self) -> &[Job] {
        &self.ledger.jobs
    }

    /// Waits until all jobs are finished, and returns what the same call without background would: it may be called again when the time was too short.
    ///
    /// # Errors
    /// What the jobs met, all of them: [`BulkError::error`] is that of the first. Where the time is over ([`ErrorKind::Timeout`]), entries of jobs that are not finished are
    /// [`uncertain`](BulkError::uncertain): the jobs go on.
    pub fn wait(&self, timeout: Duration) -> Result<Output, BulkError> {
        let started = Instant::now();
        let mut ledger = self.ledger.clone();
        let mut first = None;
        for (chunk, job) in &self.queued {
            let outcome = job.clone().wait(timeout.saturating_sub(started.elapsed()));
            if let Err(error) = self.note(&mut ledger, chunk, outcome) {
                first = first.or(Some(error));
            }
        }
        match first {
            None => (self.output)(ledger),
            Some(error) => Err(BulkError::new(ledger, error)),
        }
    }

    fn note(&self, ledger: &mut Ledger, chunk: &[Entry], outcome: Result<Value>) -> Result<()> {
        // Only a job that has an answer has a status that is not of the look-up itself.
        let data = outcome.map_err(|error| {
            let is_refusal = error.request().is_none() && error.status().is_some_and(|status| status.is_client_error());
            ledger.refuse(chunk, if is_refusal { State::Refused } else { State::Uncertain }, error)
        })?;
        let rows: Vec<Map<String, Value>> = match self.action {
            Action::Delete => Vec::new(),
            // The parser's message would quote values, and those may be secrets.
            Action::Create | Action::Update => serde_json::from_value(data).map_err(|_| {
                let error = Error::new(ErrorKind::Decode, "the result of the job is no list of objects").sent(true);
                ledger.refuse(chunk, State::Uncertain, error)
            })?,
        };
        ledger.accept(&self.endpoint, self.action, chunk, rows).map_err(|(kind, message)| Error::new(kind, message).sent(true))
    }
}
