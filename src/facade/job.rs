//! Work that the server does in the background.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::Value;

use super::record::Record;
use crate::client::ApiResponse;
#[cfg(feature = "cache")]
use crate::client::Unfinished;
use crate::error::{Error, ErrorKind, ErrorReply, Result};

/// The first pause between two looks at a job; each is half as long again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Looks with growing pauses until there is something, or the time is over.
pub(crate) fn look_until<T>(timeout: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        let left = timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Ok(None);
        }
        std::thread::sleep(pause.min(left));
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

/// A job of NetBox's workers (`core/jobs`): what was last known of it. Made by a call that begins one, or from its record.
///
/// ```no_run
/// # let nb = netbox_sdk::Api::from_env()?;
/// # use std::time::Duration;
/// # use netbox_sdk::Job;
/// if let Some(record) = nb.core().jobs().get(42)? {
///     let mut job = Job::from(record);
///     println!("{}", job.wait(Duration::from_secs(60))?);
/// }
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Job {
    record: Record,
    /// What the cache is told at its end.
    #[cfg(feature = "cache")]
    unfinished: Option<Unfinished>,
}

/// A record of `core/jobs`.
impl From<Record> for Job {
    fn from(record: Record) -> Job {
        Job {
            record,
            #[cfg(feature = "cache")]
            unfinished: None,
        }
    }
}

impl Job {
    /// The job that a reply announced.
    #[cfg_attr(not(feature = "cache"), allow(unused_variables))]
    pub(crate) fn begun(record: Record, reply: &ApiResponse) -> Job {
        Job {
            record,
            #[cfg(feature = "cache")]
            unfinished: reply.unfinished(),
        }
    }

    /// The id.
    pub fn id(&self) -> u64 {
        self.record.id()
    }

    /// What was last known: `pending`, `scheduled`, `running`, `completed`, `errored` or `failed`.
    pub fn status(&self) -> &str {
        // A reply that begins a job has the value alone.
        self.record.str("status.value").or_else(|| self.record.str("status")).unwrap_or_default()
    }

    /// Whether it had come to its end, well or not, when it was last looked at.
    pub fn is_finished(&self) -> bool {
        matches!(self.status(), "completed" | "errored" | "failed")
    }

    /// The job as the server told it last.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Looks at it again: `GET /api/core/jobs/<id>/`.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 403 without the permission to see jobs.
    pub fn refresh(&mut self) -> Result<()> {
        self.record.refresh()?;
        #[cfg(feature = "cache")]
        if self.is_finished() {
            // What it did may be anywhere.
            self.unfinished.take().iter().for_each(Unfinished::end);
        }
        Ok(())
    }

    /// Looks at it with growing pauses (0.1 to 5 s) until it is finished, logs what becomes of its status at info, and returns its result: of a bulk write the body that the request would have had as its reply, else the job's `data`.
    ///
    /// # Errors
    /// As [`refresh`](Job::refresh); [`ErrorKind::Timeout`] where it is not finished in time: it goes on, and can be waited for again. Where it failed, of a bulk write what the request would
    /// have been answered (status, kind and [`Error::reply`]), else [`ErrorKind::JobFailed`] with the job's own message.
    pub fn wait(&mut self, timeout: Duration) -> Result<Value> {
        let mut last = String::new();
        let result = look_until(timeout, || {
            self.refresh()?;
            if last != self.status() {
                log::info!("job {} ({}) is {}", self.id(), self.record.str("name").unwrap_or_default(), self.status());
                self.status().clone_into(&mut last);
            }
            Ok(self.is_finished().then(|| self.result()))
        })?;
        result.unwrap_or_else(|| {
            let message = format!("job {} is {} after {} s of waiting", self.id(), self.status(), timeout.as_secs());
            Err(Error::new(ErrorKind::Timeout, message).with_hint("It was not ended: it may still do its work").sent(true))
        })
    }

    /// What a finished job says.
    fn result(&self) -> Result<Value> {
        let data = self.record.get("data").unwrap_or(&Value::Null);
        // Bulk writes keep the reply that the request would have had.
        let code = data.get("status_code").and_then(Value::as_u64).and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok());
        let result = if code.is_some() { data.get("data").unwrap_or(&Value::Null) } else { data };
        if self.status() == "completed" {
            return Ok(result.clone());
        }
        let reply = if code.is_some() { ErrorReply::of_value(result) } else { ErrorReply::default() };
        let says = if reply.is_empty() { self.record.str("error").unwrap_or_default().to_owned() } else { reply.to_string() };
        let error = match code {
            Some(code) => Error::new(ErrorKind::of_status(code), says)
                .with_status(code)
                .with_reply(reply)
                .with_hint(format!("This is the answer of job {}", self.id())),
            None => Error::new(ErrorKind::JobFailed, format!("job {} {}: {says}", self.id(), self.status())),
        };
        Err(error.sent(true))
    }
}
