//! What the cache does before and after a request is sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::header::{
    AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, SET_COOKIE,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, Method, StatusCode, Uri};

use super::Client;
use super::request::RequestBuilder;
use super::response::ApiResponse;
use super::run::{Call, Reply, Sink};
use crate::cache::{self, Cache, CacheMode, CacheStatus, Cached, Invalidation, Key, Kind, Lifetime, Mark, Question, Scope, Ticket, Use};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Query;

/// The header that tells what became of a request in the cache.
const X_NBX_CACHE: HeaderName = HeaderName::from_static("x-nbx-cache");

/// How long an upload may take of which nobody says how long it may take. One that takes longer is noted at its end all the same.
const LONGEST_UPLOAD: Duration = Duration::from_secs(600);

/// What a 304 says of a body that it does not have, and what is for one reply alone.
const OF_THE_BODY: [HeaderName; 6] = [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING, SET_COOKIE, X_NBX_CACHE];

/// A read that the cache takes part in.
pub(super) struct Visit<'a> {
    cache: &'a Cache,
    kind: Kind,
    mode: CacheMode,
    scope: Scope,
    /// A redirect leads elsewhere.
    uri: Uri,
    key: Key,
    /// Allows to store the answer: nobody wrote so far.
    ticket: Option<Ticket>,
    cached: Option<Cached>,
}

/// The notes of a write whose work goes on after its reply: kept until they are ended, or expire.
#[derive(Clone)]
pub(crate) struct Unfinished(Arc<Vec<Mark>>);

impl Unfinished {
    /// The work has come to its end.
    pub(crate) fn end(&self) {
        self.0.iter().for_each(Mark::end);
    }
}

impl fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unfinished")
    }
}

impl<'a> Visit<'a> {
    /// `None` where the cache has nothing to do with the request.
    pub(super) fn begin(call: &Call<'a>) -> Option<Visit<'a>> {
        let client = call.client;
        let config = client.config();
        let below = config.base_url.below_prefix(call.head.uri().path());
        let has_query = call.head.uri().query().is_some_and(|query| !query.is_empty());
        let is_candidate = call.head.method() == Method::GET
            && matches!(call.sink, Sink::Memory)
            && call.cache_mode != CacheMode::NoCache
            && !cache::has_conditions(call.head.headers());
        if !is_candidate || config.cache.is_off() {
            return None;
        }
        let kind = Kind::of(below, has_query)?;
        let scope = call.scope(below);
        let found = call.question(below, &scope, |question| config.cache.find(question, &scope))??;
        let uri = call.head.uri().clone();
        Some(Visit {
            cache: &config.cache,
            kind,
            mode: call.cache_mode,
            scope,
            uri,
            key: found.key,
            ticket: found.ticket,
            cached: found.cached,
        })
    }

    fn lifetime(&self, call: &Call<'_>, headers: &HeaderMap) -> Lifetime {
        call.client.config().cache_policy.lifetime(self.kind, self.mode, headers)
    }

    fn usable(&self, call: &Call<'_>, cached: &Cached) -> Use {
        self.lifetime(call, &cached.headers).usable(cached.age)
    }

    /// The entry, where it is used in place of the request.
    fn take_fresh(&mut self, call: &Call<'_>) -> Option<Cached> {
        // A larger one is an error, of which the server has to tell.
        let most = call.client.config().max_response_size;
        let is_usable = |cached: &Cached| cached.body.len() as u64 <= most && self.usable(call, cached) == Use::Fresh;
        let is_fresh = self.mode != CacheMode::Reload && self.cached.as_ref().is_some_and(is_usable);
        self.cached.take_if(|_| is_fresh)
    }

    /// The entry, where the server is unable to answer. It is looked up anew: somebody may have written since.
    fn take_stale(&mut self, call: &Call<'_>) -> Option<Cached> {
        if self.mode == CacheMode::Reload {
            return None;
        }
        let cached = self.cache.find_again(self.key, &self.scope)?.cached?;
        (self.usable(call, &cached) != Use::Validate).then_some(cached)
    }

    /// What asks the server whether the entry still holds.
    fn conditions(&self) -> Vec<(HeaderName, HeaderValue)> {
        let Some(cached) = self.cached.as_ref().filter(|_| self.mode != CacheMode::Reload) else { return Vec::new() };
        [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)]
            .into_iter()
            .filter_map(|(validator, condition)| Some((condition, cached.headers.get(validator)?.clone())))
            .collect()
    }

    /// The entry, where the server said that it still holds and nobody wrote meanwhile.
    fn take_renewed(&mut self, call: &Call<'_>, reply: &Reply) -> Option<Cached> {
        let mut cached = self.cached.take()?;
        for name in reply.headers.keys().filter(|name| !OF_THE_BODY.contains(name)) {
            cached.headers.remove(name);
            for value in reply.headers.get_all(name) {
                cached.headers.append(name, value.clone());
            }
        }
        let keep = keep(self.lifetime(call, &cached.headers));
        self.cache.renew(self.key, &self.scope, self.ticket?, &cached, keep).then_some(cached)
    }

    /// Stores an answer, or forgets the one that is there.
    fn settle(&self, call: &Call<'_>, reply: &Reply) {
        let policy = &call.client.config().cache_policy;
        let may_store = policy.may_store(reply.status, &reply.headers, &reply.body) && *call.head.uri() == self.uri;
        match self.ticket {
            Some(ticket) if may_store => {
                let mut headers = reply.headers.clone();
                headers.remove(SET_COOKIE);
                headers.remove(X_NBX_CACHE);
                let keep = keep(self.lifetime(call, &headers));
                self.cache.store(self.key, &self.scope, ticket, &headers, &reply.body, keep);
            }
            // What was there before is out of date, too, or gone, or forbidden by now.
            _ if reply.status.is_success() || cache::drops_entry(reply.status) => self.cache.remove(self.key),
            _ => {}
        }
    }
}

/// How long an entry is of use.
fn keep(lifetime: Lifetime) -> Duration {
    lifetime.fresh.max(lifetime.stale_if_error)
}

impl<'a> Call<'a> {
    pub(super) fn through_cache(self) -> Result<ApiResponse> {
        let visit = Visit::begin(&self);
        match (visit, self.cache_mode) {
            (Some(visit), _) => self.read(visit),
            (None, CacheMode::OnlyIfCached) => Err(self.not_cached()),
            (None, _) if self.is_read => self.read_past_cache(),
            (None, _) => self.write(),
        }
    }

    /// A read that the cache has nothing to do with, but for refusals: they end the use of what was read before.
    fn read_past_cache(mut self) -> Result<ApiResponse> {
        let reply = self.send()?;
        let config = self.client.config();
        if !config.cache.is_off() && cache::drops_entry(reply.status) {
            self.note_refused_token(&reply);
            let below = config.base_url.below_prefix(self.head.uri().path());
            self.question(below, &self.scope(below), |question| config.cache.forget(question));
        }
        Ok(self.response(reply))
    }

    /// A refused token must not read on.
    fn note_refused_token(&self, reply: &Reply) {
        let config = self.client.config();
        if cache::refuses_token(reply.status, &reply.body) {
            config.cache.end_use(&Scope { origin: config.base_url.normal(), app: String::new() });
        }
    }

    /// What a write has to reach so that the answer is not used any more.
    fn scope(&self, below: &str) -> Scope {
        let config = self.client.config();
        let app = match config.cache_policy.invalidation {
            Invalidation::Related => cache::app(below),
            Invalidation::Origin => String::new(),
        };
        Scope { origin: config.base_url.normal(), app }
    }

    /// `None` where the query cannot be read.
    fn question<T>(&self, below: &str, scope: &Scope, ask: impl FnOnce(&Question<'_>) -> T) -> Option<T> {
        let query = Query::parse(self.head.uri().query().unwrap_or_default()).ok()?;
        let identity = self.client.config().tls.identity();
        let (method, headers) = (self.head.method(), self.head.headers());
        Some(ask(&Question { method, origin: &scope.origin, below, query: &query, headers, identity: &identity, app: &scope.app }))
    }

    fn not_cached(&self) -> Error {
        let error = Error::new(ErrorKind::NotCached, "the cache has no fresh answer").with_request(self.info());
        error.with_hint("Nothing was sent: the request asked for the cache alone")
    }

    /// A read: fresh from the cache, or of the server.
    pub(super) fn read(mut self, mut visit: Visit<'a>) -> Result<ApiResponse> {
        if let Some(cached) = visit.take_fresh(&self) {
            return Ok(self.cached(visit.cache, cached, CacheStatus::Hit));
        }
        if visit.mode == CacheMode::OnlyIfCached {
            return Err(self.not_cached());
        }
        let conditions = visit.conditions();
        let names: Vec<HeaderName> = conditions.iter().map(|(name, _)| name.clone()).collect();
        self.head.headers_mut().extend(conditions);
        let mut outcome = self.send();
        names.iter().for_each(|name| drop(self.head.headers_mut().remove(name)));
        if let (Ok(reply @ Reply { status: StatusCode::NOT_MODIFIED, .. }), false) = (&outcome, names.is_empty()) {
            if let Some(cached) = visit.take_renewed(&self, reply) {
                return Ok(self.cached(visit.cache, cached, CacheStatus::Revalidated));
            }
            // Somebody wrote meanwhile, so what the server spoke of may be from before.
            visit.ticket = visit.cache.find_again(visit.key, &visit.scope).and_then(|found| found.ticket);
            outcome = self.send();
        }
        let is_unable = match &outcome {
            Ok(reply) => cache::is_unable(reply.status),
            Err(error) => matches!(error.kind(), ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::ConnectionLost),
        };
        if is_unable {
            if let Some(cached) = visit.take_stale(&self) {
                let reason = outcome.map_or_else(|error| error.to_string(), |reply| reply.status.to_string());
                log::warn!("{}: an answer of {} s ago is used: {reason}", self.info(), cached.age.unwrap_or_default().as_secs());
                return Ok(self.cached(visit.cache, cached, CacheStatus::Stale));
            }
        }
        let reply = outcome?;
        self.note_refused_token(&reply);
        visit.settle(&self, &reply);
        visit.cache.count(false);
        Ok(self.response(reply).with_cache_status(CacheStatus::Miss))
    }

    /// An answer from the cache.
    fn cached(self, cache: &Cache, cached: Cached, status: CacheStatus) -> ApiResponse {
        cache.count(status != CacheStatus::Stale);
        let age = cached.age.unwrap_or_default().as_secs();
        log::debug!("{} {} {status}, {age} s old", self.head.method(), self.head.uri().path());
        let mut headers = cached.headers;
        headers.insert(AGE, if status == CacheStatus::Revalidated { 0.into() } else { age.into() });
        let reply = Reply { status: StatusCode::OK, headers, body: cached.body };
        self.response(reply).with_cache_status(status)
    }

    /// A write: noted before it is sent, so that nothing from before it is read after it, by whomever.
    pub(super) fn write(mut self) -> Result<ApiResponse> {
        let config = self.client.config();
        let below = config.base_url.below_prefix(self.head.uri().path()).to_owned();
        let scope = self.scope(&below);
        self.marks = config.cache.begin_write(&scope, self.longest_attempt());
        let outcome = self.send();
        let is_job = outcome.as_ref().is_ok_and(|reply| cache::begins_job(self.head.method(), &below, reply.status));
        let is_unclear = match &outcome {
            Ok(reply) => cache::is_unclear(reply.status),
            // One that is not followed is an answer.
            Err(error) => error.may_have_been_sent() && error.kind() != ErrorKind::Redirect,
        };
        if is_job && !scope.app.is_empty() {
            // A job may write anywhere.
            self.marks.iter().for_each(Mark::end);
            let whole = Scope { app: String::new(), ..scope };
            self.marks = config.cache.begin_write(&whole, config.cache_policy.unclear_for);
        } else if is_job || is_unclear {
            self.keep_marks(config.cache_policy.unclear_for);
        } else if outcome.as_ref().map_or_else(Error::may_have_been_sent, |_| true) {
            self.marks.iter().for_each(Mark::end);
        } else {
            self.marks.iter().for_each(Mark::withdraw);
        }
        let marks = std::mem::take(&mut self.marks);
        let response = self.response(outcome?);
        Ok(if is_job { response.with_unfinished(Unfinished(Arc::new(marks))) } else { response })
    }

    pub(super) fn keep_marks(&self, expires_in: Duration) {
        self.marks.iter().for_each(|mark| mark.keep(expires_in));
    }

    /// How long a server may work on what an attempt sends.
    pub(super) fn longest_attempt(&self) -> Duration {
        self.limits.attempt.unwrap_or(LONGEST_UPLOAD).saturating_add(self.client.config().cache_policy.unclear_for)
    }
}

impl ApiResponse {
    fn with_cache_status(mut self, status: CacheStatus) -> ApiResponse {
        self.headers.insert(X_NBX_CACHE, HeaderValue::from_static(status.as_str()));
        if let Some(context) = Arc::get_mut(&mut self.context) {
            context.cache_status = Some(status);
        }
        self
    }

    fn with_unfinished(mut self, unfinished: Unfinished) -> ApiResponse {
        if let Some(context) = Arc::get_mut(&mut self.context) {
            context.unfinished = Some(unfinished);
        }
        self
    }
}

impl RequestBuilder {
    /// Takes an answer of up to this age from the cache. Where the server cannot answer, an older one may be used, as the [`CachePolicy`](crate::CachePolicy) says.
    ///
    /// Of this and the following three the last one counts.
    pub fn fresh_for(self, age: Duration) -> RequestBuilder {
        self.cache_mode(CacheMode::FreshFor(age))
    }

    /// Neither reads from the cache nor stores. A write is noted all the same.
    pub fn no_cache(self) -> RequestBuilder {
        self.cache_mode(CacheMode::NoCache)
    }

    /// Asks the server in any case, and stores its answer. An older one is not used, even where the server cannot answer.
    pub fn reload(self) -> RequestBuilder {
        self.cache_mode(CacheMode::Reload)
    }

    /// Sends nothing: without a fresh answer in the cache it is an error ([`ErrorKind::NotCached`]), and so is a write.
    pub fn only_if_cached(self) -> RequestBuilder {
        self.cache_mode(CacheMode::OnlyIfCached)
    }

    /// What this request wants of the cache. Default: what the client's handle says.
    pub fn cache_mode(self, mode: CacheMode) -> RequestBuilder {
        self.change(|request| {
            request.cache_mode = Some(mode);
            Ok(())
        })
    }
}

impl Client {
    /// A handle whose requests want this of the cache, over the same connections.
    pub fn with_cache_mode(&self, mode: CacheMode) -> Client {
        self.scoped(|scope| scope.cache_mode = mode)
    }

    /// Where answers are kept.
    pub fn cache(&self) -> &Cache {
        &self.config().cache
    }
}
