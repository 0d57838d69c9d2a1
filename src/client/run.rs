//! The one flow of every call: authorise → the cache, where it has the answer → send, again where that is safe → read → classify → store or invalidate.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, EXPECT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use log::{Level, debug, log_enabled, trace};

use super::request::{Body, Credential, Request};
use super::response::{ApiResponse, Context};
use super::{Client, redirect, retry};
use crate::auth::Token;
#[cfg(feature = "cache")]
use crate::cache::{CacheMode, Mark};
use crate::error::{Error, ErrorKind, RequestInfo, Result};
use crate::observer::Event;
use crate::query::Query;
use crate::redact::Secrets;
use crate::transport::{Failure, Limits, Outgoing};

/// Above this size the server is asked before a body is sent, so that an early refusal is seen.
const EXPECT_ABOVE: u64 = 1 << 20;

/// Where the body of a successful reply goes.
pub(super) enum Sink<'a> {
    Memory,
    Writer(&'a mut dyn Write),
}

/// A call on its way.
pub(super) struct Call<'a> {
    pub(super) client: &'a Client,
    pub(super) head: http::Request<()>,
    body: Body,
    pub(super) sink: Sink<'a>,
    pub(super) limits: Limits,
    pub(super) max_retries: u32,
    /// Whether it can be repeated without repeating an effect.
    pub(super) is_read: bool,
    #[cfg(feature = "cache")]
    pub(super) cache_mode: CacheMode,
    /// A write, as it is noted.
    #[cfg(feature = "cache")]
    pub(super) marks: Vec<Mark>,
    token: Option<Token>,
    secrets: Secrets,
    /// Whether its bodies are secrets as a whole.
    is_secret: bool,
    asks_for_less: bool,
    /// Whether the server may be asked before a large body is sent.
    may_expect: bool,
    pub(super) attempts: u32,
    /// Whether an attempt before the present one arrived, or may have.
    was_sent: bool,
    written: u64,
}

/// A reply that was read, before it is known whether it is the last.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

pub(super) fn run<'a>(client: &'a Client, request: Request, sink: Sink<'a>) -> Result<ApiResponse> {
    #[cfg(feature = "cache")]
    return Call::authorise(client, request, sink).through_cache();
    #[cfg(not(feature = "cache"))]
    {
        let mut call = Call::authorise(client, request, sink);
        call.send().map(|reply| call.response(reply))
    }
}

impl<'a> Call<'a> {
    /// Puts the credential and the headers of the scope to a request.
    fn authorise(client: &'a Client, request: Request, sink: Sink<'a>) -> Call<'a> {
        let config = client.config();
        let token = match &request.credential {
            Credential::OfClient => client.scope.token.clone(),
            Credential::Own(token) => Some(token.clone()),
            Credential::None => None,
        };
        let mut headers = client.scope.headers.clone();
        if !matches!(request.credential, Credential::OfClient) {
            headers.remove(AUTHORIZATION);
        }
        headers.extend(request.headers);
        if let (Some(token), false) = (&token, headers.contains_key(AUTHORIZATION)) {
            headers.insert(AUTHORIZATION, token.authorization());
        }
        let below = config.base_url.below_prefix(&request.path);
        let is_graphql = request.method == Method::POST && below == "/graphql/";
        let is_read = is_graphql || request.method.is_safe();
        if !is_read {
            // A connection that the server is about to close would take the write with it, so a new one is made and not kept.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let mut secrets = request.secrets;
        secrets.push_parameters(&request.query);
        headers.values().filter(|value| value.is_sensitive()).for_each(|value| push_header(&mut secrets, value));
        token.iter().chain(&client.scope.token).for_each(|token| push_token(&mut secrets, token));
        request.body.push_secrets(&mut secrets);
        let is_stream = matches!(sink, Sink::Writer(_)) || matches!(request.body, Body::Form(_));
        let limits = Limits {
            read: request.timeout.unwrap_or(config.timeouts.read),
            attempt: request.timeout.or((!is_stream).then_some(config.timeouts.attempt)),
            reuse_connection: is_read,
        };
        let is_secret = is_graphql || below.contains("/users/tokens/");
        let mut head = http::Request::new(());
        *head.method_mut() = request.method;
        *head.uri_mut() = request.uri;
        *head.headers_mut() = headers;
        Call {
            client,
            head,
            body: request.body,
            sink,
            limits,
            max_retries: request.max_retries.unwrap_or(config.retries.max),
            is_read,
            #[cfg(feature = "cache")]
            cache_mode: request.cache_mode.unwrap_or(client.scope.cache_mode),
            #[cfg(feature = "cache")]
            marks: Vec::new(),
            token,
            secrets,
            is_secret,
            asks_for_less: request.asks_for_less,
            may_expect: true,
            attempts: 0,
            was_sent: false,
            written: 0,
        }
    }

    /// The reply, after as many attempts as are safe and allowed.
    pub(super) fn send(&mut self) -> Result<Reply> {
        let retries = &self.client.config().retries;
        let mut retried = 0;
        let mut followed = 0;
        loop {
            let outcome = self.attempt();
            let may_repeat = self.written == 0 && self.body.is_untouched();
            let may_retry = may_repeat && retried < self.max_retries;
            let wait = match outcome {
                Ok(reply) if redirect::is_redirect(reply.status) => {
                    self.follow(&reply, followed)?;
                    followed += 1;
                    continue;
                }
                Ok(reply) if reply.status == StatusCode::EXPECTATION_FAILED && self.may_expect && self.body.is_untouched() => {
                    self.may_expect = false;
                    continue;
                }
                Ok(reply) if may_retry && retry::is_retried(reply.status, self.is_read) && !self.leaves(reply.status) => {
                    self.was_sent = true;
                    retry::wait(retries, retried + 1, Some(&reply.headers), SystemTime::now())
                }
                Ok(reply) => return Ok(reply),
                Err(failure)
                    if (may_retry || may_repeat && self.may_be_of_age(&failure))
                        && retry::is_retried_failure(&failure, self.is_read)
                        && !self.leaves_failure(&failure) =>
                {
                    self.was_sent |= failure.sent;
                    retry::wait(retries, retried + 1, None, SystemTime::now())
                }
                Err(failure) => return Err(self.error(failure)),
            };
            retried += 1;
            debug!("{} {}: next attempt in {} ms", self.head.method(), self.head.uri().path(), wait.as_millis());
            std::thread::sleep(wait);
            #[cfg(feature = "cache")]
            self.keep_marks(self.longest_attempt());
        }
    }

    /// One attempt, told to the log and the observer.
    fn attempt(&mut self) -> Result<Reply, Failure> {
        self.attempts += 1;
        // What is tried again begins on a connection that is surely alive.
        self.limits.reuse_connection &= self.attempts == 1;
        self.trace_request();
        let started = Instant::now();
        let outcome = self.exchange();
        self.report(&outcome, started.elapsed());
        outcome
    }

    /// Sends and reads.
    fn exchange(&mut self) -> Result<Reply, Failure> {
        let config = self.client.config();
        let mut head = self.head.clone();
        let (outgoing, size) = match &mut self.body {
            Body::None => (Outgoing::None, 0),
            Body::Bytes(bytes) => (Outgoing::Bytes(bytes), bytes.len() as u64),
            Body::Form(form) => {
                let parts = form.open().map_err(|error| Failure::new(error.kind(), error.to_string()))?;
                let size = parts.iter().fold(0, |size: u64, part| size.saturating_add(part.length));
                (Outgoing::Form(parts), size)
            }
        };
        if size > EXPECT_ABOVE && self.may_expect {
            head.headers_mut().insert(EXPECT, HeaderValue::from_static("100-continue"));
        }
        let (parts, incoming) = self.client.shared.transport.send(head, outgoing, self.limits)?.into_parts();
        let mut body = Vec::new();
        let has_none = *self.head.method() == Method::HEAD || matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        match &mut self.sink {
            // Some servers say gzip of no body at all.
            _ if has_none => {}
            Sink::Writer(writer) if parts.status.is_success() => incoming.copy(writer, &mut self.written, self.limits)?,
            _ => body = incoming.read(config.max_response_size, self.limits)?,
        }
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }

    /// Whether the caller has a better answer to this status than the same request again.
    fn leaves(&self, status: StatusCode) -> bool {
        self.asks_for_less && matches!(status.as_u16(), 502 | 504)
    }

    /// The same of a broken connection, unless it was one from the pool: those break by age.
    fn leaves_failure(&self, failure: &Failure) -> bool {
        self.asks_for_less && failure.sent && !self.limits.reuse_connection
    }

    /// Whether the connection may have come from the pool and broken by its age: who asks for less after a failure must not take that for one.
    fn may_be_of_age(&self, failure: &Failure) -> bool {
        self.asks_for_less && failure.sent && self.limits.reuse_connection
    }

    /// Goes where a redirect leads.
    fn follow(&mut self, reply: &Reply, followed: u32) -> Result<()> {
        let base_url = &self.client.config().base_url;
        let uri = redirect::target(base_url, self.head.uri(), &reply.headers, self.head.method().is_safe(), followed, &self.secrets)
            .map_err(|error| error.with_request(self.info()).with_status(reply.status).with_attempts(self.attempts))?;
        debug!("{} {}: redirected to {}", self.head.method(), self.head.uri().path(), uri.path());
        if let Ok(query) = Query::parse(uri.query().unwrap_or_default()) {
            self.secrets.push_parameters(&query);
        }
        *self.head.uri_mut() = uri;
        self.was_sent = true;
        Ok(())
    }

    pub(super) fn response(self, reply: Reply) -> ApiResponse {
        let context = Context {
            request: self.info(),
            token: self.token,
            secrets: self.secrets,
            is_secret: self.is_secret,
            attempts: self.attempts,
            is_read: self.is_read,
            is_api: self.client.config().base_url.below_prefix(self.head.uri().path()).starts_with("/api/"),
            written: self.written,
            #[cfg(feature = "cache")]
            cache_status: None,
            #[cfg(feature = "cache")]
            unfinished: None,
        };
        ApiResponse { status: reply.status, headers: reply.headers, body: reply.body, context: Arc::new(context) }
    }

    fn error(&self, failure: Failure) -> Error {
        let sent = failure.sent || self.was_sent;
        // A reply before this attempt was a refusal: what it refused had no effect.
        let may_repeat = self.is_read || !failure.sent;
        let is_retryable = may_repeat && (failure.is_passing || failure.kind == ErrorKind::Timeout);
        let mut message = self.secrets.hide(&failure.message);
        if self.written > 0 {
            message.push_str(&format!(", after {} bytes were written", self.written));
        }
        let mut error =
            Error::new(failure.kind, message).with_request(self.info()).sent(sent).retryable(is_retryable).with_attempts(self.attempts);
        if let Some(hint) = failure.hint {
            error = error.with_hint(hint);
        }
        match failure.source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }

    pub(super) fn info(&self) -> RequestInfo {
        RequestInfo::of(self.head.method(), self.head.uri())
    }

    fn report(&self, outcome: &Result<Reply, Failure>, duration: Duration) {
        let event = Event {
            method: self.head.method().clone(),
            path: self.head.uri().path().to_owned(),
            status: outcome.as_ref().ok().map(|reply| reply.status),
            error: outcome.as_ref().err().map(|failure| failure.kind),
            duration,
            bytes: outcome.as_ref().map_or(0, |reply| reply.body.len() as u64).max(self.written),
            attempt: self.attempts,
            may_reuse_connection: self.limits.reuse_connection,
        };
        debug!("{event}");
        if let (Ok(reply), true) = (outcome, log_enabled!(Level::Trace)) {
            trace!("reply: {}", self.shown(&reply.headers, &reply.body));
        }
        if let Some(observer) = &self.client.config().observer {
            observer.observe(&event);
        }
    }

    fn trace_request(&self) {
        if log_enabled!(Level::Trace) {
            trace!("{}", self.info());
            match &self.body {
                Body::None => {}
                Body::Bytes(bytes) => trace!("request: {}", self.shown(self.head.headers(), bytes)),
                Body::Form(form) => trace!("request: {form:?}"),
            }
        }
    }

    /// A body as the log may show it.
    fn shown(&self, headers: &HeaderMap, body: &[u8]) -> String {
        let is_json = headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
        match std::str::from_utf8(body) {
            Ok(text) if is_json && !self.is_secret => self.secrets.hide_in_body(text),
            _ => format!("{} bytes", body.len()),
        }
    }
}

/// What of a sensitive header is a secret: its value, and what stands behind the keyword or in the cookies.
fn push_header(secrets: &mut Secrets, value: &HeaderValue) {
    let value = String::from_utf8_lossy(value.as_bytes());
    secrets.push(&value);
    if let Some((_, credential)) = value.split_once(' ') {
        secrets.push(credential);
    }
    value.split("; ").filter_map(|cookie| cookie.split_once('=')).for_each(|(_, cookie)| secrets.push(cookie));
    if let Some(Ok(token)) = value.rsplit(' ').next().map(Token::new) {
        push_token(secrets, &token);
    }
}

fn push_token(secrets: &mut Secrets, token: &Token) {
    let (key, secret) = token.key_and_secret();
    secrets.push(secret);
    if let Some(key) = key {
        secrets.push(key);
        secrets.push(&token.expose());
    }
}

impl Body {
    /// Adds what a server could echo and nobody should read.
    fn push_secrets(&self, secrets: &mut Secrets) {
        match self {
            Body::None => {}
            Body::Bytes(bytes) => secrets.push_members(&String::from_utf8_lossy(bytes)),
            Body::Form(form) => form.push_secrets(secrets),
        }
    }

    /// Whether it can be sent from its beginning.
    fn is_untouched(&self) -> bool {
        match self {
            Body::None | Body::Bytes(_) => true,
            Body::Form(form) => form.is_untouched(),
        }
    }
}
