//! One error type for everything that can go wrong, and what it knows.

mod reply;
mod violation;

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use http::{Method, StatusCode, Uri};
use serde_json::Value;

pub use reply::{ErrorItem, ErrorReply};
pub(crate) use reply::{describe_page, excerpt};
pub use violation::Violation;

use crate::query::Query;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, at which URL, and whether the request may have reached the server.
///
/// ```
/// use netbox_sdk::{Config, ErrorKind};
///
/// let error = Config::builder("ftp://netbox.example.com").build().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Config);
/// assert!(!error.may_have_been_sent());
/// ```
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Inner>);

#[derive(Debug, thiserror::Error)]
struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    request: Option<RequestInfo>,
    status: Option<StatusCode>,
    reply: Option<ErrorReply>,
    violations: Vec<Violation>,
    present_state: Option<Value>,
    may_have_been_sent: bool,
    is_retryable: bool,
    retry_after: Option<Duration>,
    attempts: u32,
    source: Option<Source>,
}

/// What kind of thing went wrong. New kinds may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting, a profile or an environment variable is wrong. Found before any HTTP.
    Config,
    /// The request cannot be sent as it was given. Found before any HTTP.
    InvalidRequest,
    /// The body does not fit what the release line takes. Found before any HTTP. [`Error::violations`] has all that is wrong with it.
    RequestValidation,
    /// A local file, a reader that was to be uploaded, or a writer for a download failed.
    Io,
    /// The host name was not found.
    Dns,
    /// No connection: refused, unreachable, or the proxy would not.
    Connect,
    /// The TLS handshake failed for another reason than the certificate.
    Tls,
    /// The server's certificate is not trusted: unknown authority, other name, expired.
    Certificate,
    /// A time limit passed. [`Error::may_have_been_sent`] is false when it passed while connecting.
    Timeout,
    /// The connection ended before the reply was complete.
    ConnectionLost,
    /// What came back is not HTTP, or breaks its rules.
    Protocol,
    /// The reply is larger than [`ConfigBuilder::max_response_size`](crate::ConfigBuilder::max_response_size), or a list than its caller allows.
    TooLarge,
    /// A redirect that is not followed: of a write, to another origin, to a login page, or one too many.
    Redirect,
    /// The reply arrived and is not what the caller asked it to be.
    Decode,
    /// 401 or 403. NetBox answers every refused token and every missing permission with 403.
    Forbidden,
    /// 400: NetBox did not accept the values. [`Error::reply`] says which.
    Validation,
    /// 404.
    NotFound,
    /// 409: protected by other objects, for one.
    Conflict,
    /// 409 of an allocation: a prefix, a range or a group has not as much left as was asked for.
    Exhausted,
    /// 412: the object changed since it was read (`If-Match`).
    PreconditionFailed,
    /// 429.
    RateLimited,
    /// 500 and above.
    Server,
    /// Any other status of 400 and above.
    Status,
    /// GraphQL answered with `errors`.
    GraphQl,
    /// Something answered, but it is not a NetBox.
    NotNetBox,
    /// The server's release line does not have what was asked for.
    Unsupported,
    /// A background job failed without saying how a request would have been answered.
    JobFailed,
    /// The cache alone was asked, and has no fresh answer. Nothing was sent.
    NotCached,
    /// One object was asked for, and several fit.
    MultipleObjects,
}

impl ErrorKind {
    pub(crate) fn of_status(status: StatusCode) -> ErrorKind {
        match status.as_u16() {
            400 => ErrorKind::Validation,
            401 | 403 => ErrorKind::Forbidden,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            412 => ErrorKind::PreconditionFailed,
            429 => ErrorKind::RateLimited,
            500.. => ErrorKind::Server,
            _ => ErrorKind::Status,
        }
    }
}

/// The request that an error is about: method and URL. Values of secret parameters are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestInfo {
    method: Method,
    url: String,
}

impl RequestInfo {
    pub(crate) fn of(method: &Method, uri: &Uri) -> RequestInfo {
        let query = match uri.query().map(Query::parse) {
            None => String::new(),
            Some(Ok(query)) => format!("?{}", query.without_secrets()),
            Some(Err(_)) => "?…".to_owned(),
        };
        let origin = match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
            _ => String::new(),
        };
        RequestInfo { method: method.clone(), url: format!("{origin}{}{query}", uri.path()) }
    }

    /// Of a request that was not made: its server is not known.
    #[cfg(feature = "typed")]
    pub(crate) fn unsent(method: &Method, path: &str) -> RequestInfo {
        RequestInfo { method: method.clone(), url: format!("/api/{path}") }
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The whole URL, without secrets.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for RequestInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A long list of filters would bury the message.
        match self.url.char_indices().nth(400) {
            Some((end, _)) => write!(f, "{} {}…", self.method, &self.url[..end]),
            None => write!(f, "{} {}", self.method, self.url),
        }
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            request: None,
            status: None,
            reply: None,
            violations: Vec::new(),
            present_state: None,
            may_have_been_sent: false,
            is_retryable: false,
            retry_after: None,
            attempts: 0,
            source: None,
        }))
    }

    pub(crate) fn config(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Config, message)
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::InvalidRequest, message)
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Error {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Error {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds a sentence behind the hint that is there.
    pub(crate) fn with_further_hint(mut self, hint: &str) -> Error {
        self.0.hint = Some(self.0.hint.take().map_or_else(|| hint.to_owned(), |first| format!("{first}. {hint}")));
        self
    }

    /// Puts places of the caller's list for positions of a request: `places` has one for each.
    pub(crate) fn with_places(mut self, places: &[u64]) -> Error {
        if let Some(reply) = &mut self.0.reply {
            let was_message = reply.to_string() == self.0.message;
            reply.set_places(places);
            if was_message {
                self.0.message = reply.to_string();
            }
        }
        self
    }

    pub(crate) fn with_request(mut self, request: RequestInfo) -> Error {
        self.0.request = Some(request);
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Error {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_reply(mut self, reply: ErrorReply) -> Error {
        self.0.reply = Some(reply);
        self
    }

    #[cfg(feature = "typed")]
    pub(crate) fn with_violations(mut self, violations: Vec<Violation>) -> Error {
        self.0.violations = violations;
        self
    }

    pub(crate) fn with_present_state(mut self, object: Value) -> Error {
        self.0.present_state = Some(object);
        self
    }

    pub(crate) fn sent(mut self, may_have_been_sent: bool) -> Error {
        self.0.may_have_been_sent = may_have_been_sent;
        self
    }

    pub(crate) fn retryable(mut self, is_retryable: bool) -> Error {
        self.0.is_retryable = is_retryable;
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Error {
        self.0.retry_after = wait;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Error {
        self.0.attempts = attempts;
        self
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the server may have seen the request, and so may have done what it asks.
    ///
    /// Measured, not guessed: false means that not one byte of the request was handed to a connection.
    /// After an attempt that was not the first it speaks of all attempts together.
    pub fn may_have_been_sent(&self) -> bool {
        self.0.may_have_been_sent
    }

    /// Whether the same request may be sent again without repeating an effect, and might then succeed.
    ///
    /// True for passing failures of requests that never left, of reads, and for 429. The client has already
    /// retried as its [`Retries`](crate::Retries) say; time limits of reads are true here though the client does not retry them.
    pub fn is_retryable(&self) -> bool {
        self.0.is_retryable
    }

    /// How long the server asked to wait (`Retry-After`).
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The status of the reply, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The request, where there was one.
    pub fn request(&self) -> Option<&RequestInfo> {
        self.0.request.as_ref()
    }

    /// What the server said, as a tree: messages, fields, and positions or ids of a bulk request.
    pub fn reply(&self) -> Option<&ErrorReply> {
        self.0.reply.as_ref()
    }

    /// All that is wrong with a body that was not sent, in its order. Empty for other errors.
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }

    /// The object as the server has it now, where it was not saved because somebody else had changed it: see
    /// [`Record::save_if_unmodified`](crate::Record::save_if_unmodified). `None` of other errors, and where it could not be read.
    pub fn present_state(&self) -> Option<&Value> {
        self.0.present_state.as_ref()
    }

    /// How many times the request was tried. 0 where none was made.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(request) = &self.request {
            write!(f, "{request}: ")?;
        }
        match self.status {
            Some(status) if self.message.is_empty() => write!(f, "{status}")?,
            Some(status) => write!(f, "{status}: {}", self.message)?,
            None => write!(f, "{}", self.message)?,
        }
        if let Some(request) = self.request.as_ref().filter(|_| self.status.is_none()) {
            if !self.may_have_been_sent {
                write!(f, " (nothing was sent)")?;
            } else if !request.method.is_safe() {
                write!(f, " (the request may have reached the server: look before sending it again)")?;
            }
        }
        if self.attempts > 1 {
            write!(f, " ({} attempts)", self.attempts)?;
        }
        if let Some(hint) = &self.hint {
            // The server's own sentence may end in a full stop.
            let ends = self.reply.is_some() && self.attempts <= 1 && self.message.ends_with(['.', '!', '?', '…']);
            write!(f, "{}{hint}", if ends { " " } else { ". " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What `main` shows of an error that it returns.
        if !f.alternate() {
            return write!(f, "{:?}: {self}", self.kind());
        }
        let inner = &self.0;
        let mut out = f.debug_struct("Error");
        out.field("kind", &inner.kind).field("message", &inner.message);
        out.field("may_have_been_sent", &inner.may_have_been_sent);
        if let Some(request) = &inner.request {
            out.field("request", &request.to_string());
        }
        if let Some(status) = inner.status {
            out.field("status", &status.as_u16());
        }
        if let Some(hint) = &inner.hint {
            out.field("hint", hint);
        }
        if let Some(source) = &inner.source {
            out.field("source", &source.to_string());
        }
        out.finish_non_exhaustive()
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Error {
        match never {}
    }
}
