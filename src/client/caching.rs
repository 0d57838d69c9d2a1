//! What the cache does before and after a request is sent.

use std::sync::Arc;
use std::time::Duration;

use http::header::{AGE, ETAG, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, SET_COOKIE};
use http::{HeaderMap, HeaderName, Method, StatusCode};

use super::Client;
use super::request::RequestBuilder;
use super::response::ApiResponse;
use super::run::{Call, Reply, Sink};
use crate::cache::{self, Cache, CacheMode, CacheStatus, Cached, Invalidation, Key, Kind, Lifetime, Mark, Question, Scope, Ticket, Use};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Query;

/// The header that tells what became of a request in the cache.
const X_NBX_CACHE: HeaderName = HeaderName::from_static("x-nbx-cache");

/// How long an upload may take of which nobody says how long it may take.
const LONGEST_UPLOAD: Duration = Duration::from_secs(3600);

/// A read that the cache takes part in.
pub(super) struct Visit<'a> {
    cache: &'a Cache,
    kind: Kind,
    mode: CacheMode,
    scope: Scope,
    key: Key,
    /// Allows to store the answer: nobody wrote so far.
    ticket: Option<Ticket>,
    cached: Option<Cached>,
}

/// The notes of a write whose work goes on after its reply: kept until they are ended, or expire.
#[derive(Debug, Clone)]
pub(crate) struct Unfinished(Arc<Vec<Mark>>);

impl Unfinished {
    /// The work has come to its end.
    pub(crate) fn end(&self) {
        self.0.iter().for_each(Mark::end);
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
        let scope = Scope { origin: config.base_url.to_string(), app: cache::app(below) };
        let query = Query::parse(call.head.uri().query().unwrap_or_default()).ok()?;
        let question = Question { method: call.head.method(), origin: &scope.origin, below, query: &query, headers: call.head.headers() };
        let found = config.cache.find(&question, &scope)?;
        Some(Visit { cache: &config.cache, kind, mode: call.cache_mode, key: found.key, ticket: found.ticket, cached: found.cached, scope })
    }

    fn lifetime(&self, call: &Call<'_>, headers: &HeaderMap) -> Lifetime {
        call.client.config().cache_policy.lifetime(self.kind, self.mode, headers)
    }

    fn usable(&self, call: &Call<'_>, cached: &Cached) -> Use {
        self.lifetime(call, &cached.headers).usable(cached.age)
    }

    /// The entry, where it is used in place of the request.
    fn take_fresh(&mut self, call: &Call<'_>) -> Option<Cached> {
        let is_fresh = self.mode != CacheMode::Reload && self.cached.as_ref().is_some_and(|cached| self.usable(call, cached) == Use::Fresh);
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
        for name in reply.headers.keys() {
            cached.headers.insert(name, reply.headers[name].clone());
        }
        let keep = keep(self.lifetime(call, &cached.headers));
        self.cache.renew(self.key, &self.scope, self.ticket?, &cached, keep).then_some(cached)
    }

    /// Stores an answer, or forgets the one that is there.
    fn settle(&self, call: &Call<'_>, reply: &Reply) {
        let policy = &call.client.config().cache_policy;
        if cache::drops_entry(reply.status) {
            self.cache.remove(self.key);
        } else if let (Some(ticket), true) = (self.ticket, policy.may_store(reply.status, &reply.headers, &reply.body)) {
            let mut headers = reply.headers.clone();
            headers.remove(SET_COOKIE);
            headers.remove(X_NBX_CACHE);
            self.cache.store(self.key, &self.scope, ticket, &headers, &reply.body, keep(self.lifetime(call, &headers)));
        }
    }
}

/// How long an entry is of use.
fn keep(lifetime: Lifetime) -> Duration {
    lifetime.fresh.max(lifetime.stale_if_error)
}

impl<'a> Call<'a> {
    /// A read: fresh from the cache, or of the server.
    pub(super) fn read(mut self, mut visit: Visit<'a>) -> Result<ApiResponse> {
        if let Some(cached) = visit.take_fresh(&self) {
            return Ok(self.cached(visit.cache, cached, CacheStatus::Hit));
        }
        if visit.mode == CacheMode::OnlyIfCached {
            let error = Error::new(ErrorKind::NotCached, "the cache has no fresh answer").with_request(self.info());
            return Err(error.with_hint("Nothing was sent: the request asked for the cache alone"));
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
        let app = match config.cache_policy.invalidation {
            Invalidation::Related => cache::app(&below),
            Invalidation::Origin => String::new(),
        };
        let scope = Scope { origin: config.base_url.to_string(), app };
        let unclear_for = config.cache_policy.unclear_for;
        let marks = config.cache.begin_write(&scope, self.longest().saturating_add(unclear_for));
        let outcome = self.send();
        let is_job = outcome.as_ref().is_ok_and(|reply| cache::begins_job(self.head.method(), &below, reply.status));
        let is_unclear = match &outcome {
            Ok(reply) => cache::is_unclear(reply.status),
            Err(error) => error.may_have_been_sent(),
        };
        if is_job || is_unclear {
            marks.iter().for_each(|mark| mark.keep(unclear_for));
        } else {
            marks.iter().for_each(Mark::end);
        }
        let mut response = self.response(outcome?);
        if is_job {
            response = response.with_unfinished(Unfinished(Arc::new(marks)));
        }
        Ok(response)
    }

    /// How long all attempts may take together.
    fn longest(&self) -> Duration {
        let attempt = self.limits.attempt.unwrap_or(LONGEST_UPLOAD);
        attempt.saturating_add(self.client.config().retries.max_wait).saturating_mul(self.max_retries.saturating_add(1))
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
    /// Takes an answer of up to this age from the cache.
    pub fn fresh_for(self, age: Duration) -> RequestBuilder {
        self.cache_mode(CacheMode::FreshFor(age))
    }

    /// Neither reads from the cache nor stores. A write is noted all the same.
    pub fn no_cache(self) -> RequestBuilder {
        self.cache_mode(CacheMode::NoCache)
    }

    /// Asks the server in any case, and stores its answer.
    pub fn reload(self) -> RequestBuilder {
        self.cache_mode(CacheMode::Reload)
    }

    /// Sends nothing: without a fresh answer in the cache it is an error ([`ErrorKind::NotCached`]).
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
