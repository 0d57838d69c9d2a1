//! A reply that was read to its end.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

#[cfg(feature = "cache")]
use super::caching::Unfinished;
use crate::auth::Token;
#[cfg(feature = "cache")]
use crate::cache::CacheStatus;
use crate::error::{Error, ErrorKind, ErrorReply, RequestInfo, Result, describe_page, excerpt};
use crate::redact::{Secrets, is_secret_name, without_value};

/// A reply of any status, with its body in memory.
pub struct ApiResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) context: Arc<Context>,
}

/// What a reply knows of its request, for errors.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) request: RequestInfo,
    pub(super) token: Option<Token>,
    pub(super) secrets: Secrets,
    /// Whether nothing of the body may be shown.
    pub(super) is_secret: bool,
    pub(super) attempts: u32,
    pub(super) is_read: bool,
    /// Whether the path is below `/api/`.
    pub(super) is_api: bool,
    /// Bytes that went to a writer instead of the body.
    pub(super) written: u64,
    #[cfg(feature = "cache")]
    pub(super) cache_status: Option<CacheStatus>,
    /// The notes of a write whose work goes on.
    #[cfg(feature = "cache")]
    pub(super) unfinished: Option<Unfinished>,
}

impl ApiResponse {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers. Names are compared without case; repeated ones are kept.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The first value of a header, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, decompressed.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body, decompressed.
    pub fn into_bytes(self) -> Vec<u8> {
        self.body
    }

    /// The body as text. What is not UTF-8 in it is replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON. Any status is read; call [`error_for_status`](ApiResponse::error_for_status) first where it has to be a success.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`]: the body is not JSON, or not of this type. The message names the place in the document and shows its first 200 characters.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_slice(&self.body).or_else(|_| self.json_with_path())
    }

    /// Where a part of the body stands, that was read from it as it is.
    pub(crate) fn range_of(&self, part: &RawValue) -> Range<usize> {
        let start = part.get().as_ptr() as usize - self.body.as_ptr() as usize;
        start..start + part.get().len()
    }

    /// NetBox's release line (`4.7`) from the header `API-Version`. Every reply below `/api/` has it, refusals too.
    pub fn version(&self) -> Option<&str> {
        self.header("api-version").map(str::trim).filter(|version| !version.is_empty())
    }

    /// What the cache had to do with it. `None` where it was not asked: of writes, of paths that are never cached, with the cache off.
    #[cfg(feature = "cache")]
    pub fn cache_status(&self) -> Option<CacheStatus> {
        self.context.cache_status
    }

    /// What is to be ended when the work that this reply announced has come to its end.
    #[cfg(feature = "cache")]
    pub(crate) fn unfinished(&self) -> Option<Unfinished> {
        self.context.unfinished.clone()
    }

    /// Whether it was read before.
    pub(crate) fn is_of_cache(&self) -> bool {
        #[cfg(feature = "cache")]
        return matches!(self.context.cache_status, Some(CacheStatus::Hit | CacheStatus::Stale));
        #[cfg(not(feature = "cache"))]
        false
    }

    /// The request that this is the reply to. After a redirect, the one that was followed to.
    pub fn request(&self) -> &RequestInfo {
        &self.context.request
    }

    /// How many bytes [`send_to`](crate::RequestBuilder::send_to) wrote.
    pub fn written(&self) -> u64 {
        self.context.written
    }

    /// How many times the request was tried.
    pub fn attempts(&self) -> u32 {
        self.context.attempts
    }

    /// This reply, unless its status is 400 or above: then what the server said, as an error.
    ///
    /// # Errors
    /// A status of 400 and above.
    pub fn error_for_status(self) -> Result<ApiResponse> {
        // Statuses above 599 are no success either.
        if self.status.as_u16() >= 400 {
            return Err(self.status_error());
        }
        Ok(self)
    }

    fn status_error(&self) -> Error {
        let content_type = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let reply = ErrorReply::parse(content_type, &self.context.secrets.hide_in_refusal(&self.text()));
        let message = reply.to_string();
        let hint = self.status_hint(&message);
        let is_passing = matches!(self.status.as_u16(), 502..=504);
        let error = self
            .error(self.refusal_kind(&message), message)
            .with_reply(reply)
            .with_retry_after(super::retry::retry_after(&self.headers, SystemTime::now()))
            .retryable(self.status == StatusCode::TOO_MANY_REQUESTS || is_passing && self.context.is_read);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    fn refusal_kind(&self, message: &str) -> ErrorKind {
        match self.status {
            _ if self.is_foreign() => ErrorKind::NotNetBox,
            // Only the sentence tells it from an object that is protected.
            StatusCode::CONFLICT if message.contains("Insufficient resources are available") => ErrorKind::Exhausted,
            status => ErrorKind::of_status(status),
        }
    }

    /// Whether a 404 below `/api/` is of another server: NetBox names its version even where there is no such path.
    fn is_foreign(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && self.version().is_none() && self.context.is_api
    }

    fn status_hint(&self, message: &str) -> Option<&'static str> {
        if self.is_foreign() {
            return Some("What answers there is not a NetBox: check the host and the sub-path of the base URL");
        }
        match (self.status.as_u16(), &self.context.token) {
            (401 | 403, Some(token)) => token.refusal_hint(message),
            (401 | 403, None) if message.contains("credentials") => Some("The request carried no token"),
            (404, _) if message.contains("HTML page") => {
                Some("There is no such path on this server: check it, and the sub-path of the base URL")
            }
            (400, _) if message.contains("sent to HTTPS port") => Some("The port speaks TLS: begin the base URL with https://"),
            (412, _) => Some("The object was changed since it was read: read it again"),
            (414, _) => Some("The URL is too long for the server: send long lists of filters in several requests"),
            (400, _) if message.contains("Request Line is too large") => {
                Some("The URL is too long for the server: send long lists of filters in several requests")
            }
            (500, _) if message.contains("RequestDataTooBig") => Some("Send less at once: the server takes 2.5 MB"),
            _ => None,
        }
    }

    /// Finds where in the document the type did not fit.
    fn json_with_path<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        let outcome = serde_path_to_error::deserialize(&mut reader).map_err(|error| (error.path().to_string(), error.into_inner()));
        let (path, error) = match outcome {
            Ok(value) => match reader.end() {
                Ok(()) => return Ok(value),
                Err(error) => (".".to_owned(), error),
            },
            Err(failed) => failed,
        };
        let text = if self.context.is_secret { "***".into() } else { self.context.secrets.hide_in_body(&self.text()) };
        let message = if error.is_data() {
            let reason = self.reason(&path, &error.to_string());
            format!("the reply does not fit at {path}: {reason}; it begins: {}", excerpt(&text))
        } else {
            let content_type = self.header(CONTENT_TYPE.as_str()).unwrap_or_default();
            let what = match serde_json::from_slice::<serde::de::IgnoredAny>(&self.body) {
                Err(_) if text.trim_start().starts_with(['{', '[']) => format!("it begins: {}", excerpt(&text)),
                _ => format!("it is {}", describe_page(content_type, &text)),
            };
            format!("the reply is not complete JSON ({error}): {what}")
        };
        Err(self.error(ErrorKind::Decode, message).with_source(DecodeFailure(path)))
    }

    /// Why a value did not fit. The parser quotes values, and those may be secrets.
    pub(super) fn reason(&self, path: &str, reason: &str) -> String {
        if self.context.is_secret || path.split(['.', '[']).any(is_secret_name) {
            return without_value(reason);
        }
        // A flattened type does not name the member.
        let mut secrets = self.context.secrets.clone();
        secrets.push_members(&self.text());
        secrets.hide(reason)
    }

    /// A text of the reply without the secrets of its request.
    pub(super) fn hide(&self, text: &str) -> String {
        self.context.secrets.hide(text)
    }

    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        Error::new(kind, message)
            .with_request(self.context.request.clone())
            .with_status(self.status)
            .with_attempts(self.context.attempts)
            .sent(true)
    }
}

/// The place in a document, as the source of an error.
#[derive(Debug, thiserror::Error)]
#[error("at {0} of the document")]
struct DecodeFailure(String);

impl fmt::Debug for ApiResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiResponse")
            .field("request", &self.context.request.to_string())
            .field("status", &self.status.as_u16())
            .field("content_type", &self.header(CONTENT_TYPE.as_str()))
            .field("version", &self.version())
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
