//! Tells what happened: one line in the log and one event for each attempt.

use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::error::ErrorKind;

/// One attempt of one request, for metrics and traces. Holds no secrets and no parameters.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event {
    /// The HTTP method.
    pub method: Method,
    /// The path on the server, with the sub-path and without the query.
    pub path: String,
    /// The status, where a reply came.
    pub status: Option<StatusCode>,
    /// What went wrong, where no reply came.
    pub error: Option<ErrorKind>,
    /// From before the connection to the last byte of the reply.
    pub duration: Duration,
    /// The size of the reply's body after decompression, in bytes.
    pub bytes: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Whether a connection may have been used that was there already.
    pub may_reuse_connection: bool,
}

/// What the user gave to be called.
pub(crate) struct Observer(Box<dyn Fn(&Event) + Send + Sync>);

impl Observer {
    pub(crate) fn new(observer: impl Fn(&Event) + Send + Sync + 'static) -> Observer {
        Observer(Box::new(observer))
    }

    pub(crate) fn observe(&self, event: &Event) {
        (self.0)(event);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// The line in the log.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.method, self.path)?;
        match (self.status, self.error) {
            (Some(status), None) => write!(f, "{}", status.as_u16())?,
            (_, error) => write!(f, "{:?}", error.unwrap_or(ErrorKind::Protocol))?,
        }
        write!(f, " {} ms {} bytes attempt {}", self.duration.as_millis(), self.bytes, self.attempt)
    }
}
