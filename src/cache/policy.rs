//! What may be cached and for how long: pure functions of a request, a reply and the age of an entry.

use std::borrow::Cow;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE, VARY};
use http::{HeaderMap, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// How long replies of one kind may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// For so long after it was fetched a reply is used without asking the server.
    pub fresh: Duration,
    /// For so long after it was fetched a reply is used where the server cannot be reached or answers 502, 503 or 504, after all retries ([`Retries::none`](crate::Retries::none) makes that quick).
    pub stale_if_error: Duration,
}

impl Lifetime {
    /// Both in seconds.
    pub const fn seconds(fresh: u64, stale_if_error: u64) -> Lifetime {
        Lifetime { fresh: Duration::from_secs(fresh), stale_if_error: Duration::from_secs(stale_if_error) }
    }
}

/// How far a write reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Invalidation {
    /// No reply of the origin from before the write is used again, on any branch. Default: a write changes counters, display names and what it cascades to, anywhere.
    #[default]
    Origin,
    /// Only replies of the same app (`dcim`, `ipam`, one plugin) are given up by those who have this setting, whoever writes. Replies of other apps stay as they were until their time is over: names and
    /// counters in nested objects, what a deletion took along, the change log (`core`). A job gives up all in any case.
    Related,
}

/// How long replies are used, and what a write does to them: a setting of [`ConfigBuilder::cache_policy`](crate::ConfigBuilder::cache_policy).
///
/// | kind | as | fresh | stale if error |
/// | --- | --- | --- | --- |
/// | list | `dcim/devices/?site=lon` | 60 s | 300 s |
/// | object with a query | `dcim/devices/1/?fields=name` | 30 s | 120 s |
/// | object | `dcim/devices/1/` | 15 s | 60 s |
/// | other | `dcim/racks/1/elevation/`, `schema/` | 15 s | 60 s |
///
/// ```
/// use netbox_sdk::{CachePolicy, Lifetime};
///
/// let policy = CachePolicy { lists: Lifetime::seconds(10, 3600), ..CachePolicy::default() };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePolicy {
    /// Pages of lists.
    pub lists: Lifetime,
    /// One object with a query.
    pub objects_with_query: Lifetime,
    /// One object.
    pub objects: Lifetime,
    /// Anything else below `/api/`.
    pub others: Lifetime,
    /// Replies with a larger body, in bytes, are not stored. Default 16 MiB.
    pub max_body: u64,
    /// How far a write reaches. Default: [`Invalidation::Origin`].
    pub invalidation: Invalidation,
    /// How long a server may still work on a write that ended without an answer, or on a job that was begun: so long nothing is used or stored. It ends earlier where [`Job::wait`](crate::Job::wait) or
    /// [`Job::refresh`](crate::Job::refresh) saw the end of the job. Default 120 s.
    pub unclear_for: Duration,
}

impl Default for CachePolicy {
    fn default() -> CachePolicy {
        CachePolicy {
            lists: Lifetime::seconds(60, 300),
            objects_with_query: Lifetime::seconds(30, 120),
            objects: Lifetime::seconds(15, 60),
            others: Lifetime::seconds(15, 60),
            max_body: 16 << 20,
            invalidation: Invalidation::Origin,
            unclear_for: Duration::from_secs(120),
        }
    }
}

/// What a request wants of the cache. That of the request counts in place of that of its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CacheMode {
    /// As the [`CachePolicy`] says.
    #[default]
    Default,
    /// A reply of up to this age is fresh.
    FreshFor(Duration),
    /// Neither read nor stored.
    NoCache,
    /// Not read, but stored.
    Reload,
    /// Nothing is sent: without a fresh reply it is an error ([`ErrorKind::NotCached`](crate::ErrorKind::NotCached)).
    OnlyIfCached,
}

/// What a path leads to, as far as it decides how long its replies are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    List,
    ObjectWithQuery,
    Object,
    Other,
}

/// The resources of `/api/` that are one object, not a list.
const SINGLES: [[&str; 2]; 3] = [["users", "config"], ["extras", "dashboard"], ["dcim", "connected-device"]];

/// What changes without a write, or what nobody else may see.
const NEVER: [&[&str]; 8] = [
    &["status"],
    &["authentication-check"],
    &["core", "jobs"],
    &["core", "background-queues"],
    &["core", "background-tasks"],
    &["core", "background-workers"],
    &["extras", "scripts"],
    &["plugins", "branching"],
];

impl Kind {
    /// `below` is the path below the sub-path, as `/api/dcim/devices/`. `None` is never cached.
    pub(crate) fn of(below: &str, has_query: bool) -> Option<Kind> {
        let path = below_api(below)?;
        let segments = segments(&path);
        let is_token = segments.starts_with(&["users", "tokens"]);
        if is_token
            || segments.iter().any(|segment| segment.starts_with("available-"))
            || NEVER.iter().any(|path| segments.starts_with(path))
        {
            return None;
        }
        let below_app = segments.len() - app_depth(&segments);
        Some(match below_app {
            1 if SINGLES.iter().any(|path| segments == path) => Kind::Other,
            1 => Kind::List,
            2 if has_query => Kind::ObjectWithQuery,
            2 => Kind::Object,
            _ => Kind::Other,
        })
    }
}

/// How many segments name the app: two of a plugin.
fn app_depth(segments: &[&str]) -> usize {
    let depth = if segments.first() == Some(&"plugins") { 2 } else { 1 };
    depth.min(segments.len())
}

/// What stands below `/api/`, as servers read it: they decode a path before they look where it leads.
fn below_api(below: &str) -> Option<Cow<'_, str>> {
    Some(percent_decode_str(below.strip_prefix("/api/")?).decode_utf8_lossy())
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// The app that a path belongs to: `dcim`, or `plugins/gpon`. Empty where it belongs to none.
pub(crate) fn app(below: &str) -> String {
    let path = below_api(below).unwrap_or_default();
    let segments = segments(&path);
    segments[..app_depth(&segments)].join("/")
}

/// Whether the caller makes conditions of their own, whose reply is no whole one.
pub(crate) fn has_conditions(headers: &HeaderMap) -> bool {
    [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, IF_RANGE, RANGE, CACHE_CONTROL]
        .iter()
        .any(|name| headers.contains_key(name))
}

impl CachePolicy {
    /// How long a reply may be used, by kind and by what the request and the reply itself say.
    pub(crate) fn lifetime(&self, kind: Kind, mode: CacheMode, stored: &HeaderMap) -> Lifetime {
        let mut lifetime = match kind {
            Kind::List => self.lists,
            Kind::ObjectWithQuery => self.objects_with_query,
            Kind::Object => self.objects,
            Kind::Other => self.others,
        };
        if let Some(limit) = max_age(stored) {
            lifetime.fresh = lifetime.fresh.min(limit);
        }
        if let CacheMode::FreshFor(limit) = mode {
            lifetime.fresh = limit;
            lifetime.stale_if_error = lifetime.stale_if_error.max(limit);
        }
        if ["no-cache", "must-revalidate", "proxy-revalidate"].iter().any(|name| has_directive(stored, name)) {
            lifetime.stale_if_error = Duration::ZERO;
        }
        lifetime
    }

    /// Whether a reply may be kept.
    pub(crate) fn may_store(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> bool {
        status == StatusCode::OK
            && body.len() as u64 <= self.max_body
            && is_text(headers, body)
            && !has_directive(headers, "no-store")
            && !headers.get_all(VARY).iter().any(|value| value.as_bytes().contains(&b'*'))
            && !says_nothing(body)
    }
}

/// Whether a write begins work that goes on after its reply.
pub(crate) fn begins_job(method: &Method, below: &str, status: StatusCode) -> bool {
    let path = below_api(below).unwrap_or_default();
    let begins = match segments(&path)[..] {
        ["extras", "scripts", "upload"] => false,
        ["extras", "scripts", ..] => *method == Method::POST,
        // One with an interval is read again as soon as it is saved.
        ["core", "data-sources"] | ["core", "data-sources", _] => *method != Method::DELETE,
        ["core", "background-tasks", _, "enqueue" | "requeue"] => *method == Method::POST,
        ["core", "data-sources", _, "sync"] => *method == Method::POST,
        ["plugins", .., "sync" | "merge" | "revert" | "migrate" | "archive"] => *method == Method::POST,
        _ => false,
    };
    status == StatusCode::ACCEPTED || status.is_success() && begins
}

/// Whether the answer to a write leaves open what became of it: a gateway gave up (some have statuses of their own for that, as 524), the server may go on.
pub(crate) fn is_unclear(status: StatusCode) -> bool {
    matches!(status.as_u16(), 502..=599)
}

/// Whether the server is unable to answer, so that an older answer is better than none.
pub(crate) fn is_unable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 502..=504)
}

/// Whether a refusal ends the use of what was read before.
pub(crate) fn drops_entry(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 403 | 404 | 410)
}

/// Whether a refusal is one of the token itself, not of one thing. NetBox says 403 to both.
pub(crate) fn refuses_token(status: StatusCode, body: &[u8]) -> bool {
    status == StatusCode::UNAUTHORIZED
        || status == StatusCode::FORBIDDEN && String::from_utf8_lossy(body).to_ascii_lowercase().contains("token")
}

/// Text, and JSON that is whole: a connection may have ended early unseen. A page of HTML is no answer of the API, whatever stands before NetBox.
fn is_text(headers: &HeaderMap, body: &[u8]) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media_type == "application/json" || media_type.ends_with("+json") {
        return serde_json::from_slice::<IgnoredAny>(body).is_ok();
    }
    media_type.starts_with("text/") && media_type != "text/html"
}

/// A list without objects: another client may just have made the one that is looked for.
fn says_nothing(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum List {
        Page { results: Vec<IgnoredAny> },
        Whole(Vec<IgnoredAny>),
    }
    // An empty page is little more than its links, and ends with its list.
    body.is_empty()
        || (body.len() < 16 << 10 || body.ends_with(b"\"results\":[]}"))
            && match serde_json::from_slice(body) {
                Ok(List::Page { results } | List::Whole(results)) => results.is_empty(),
                Err(_) => false,
            }
}

fn directives(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let parts = headers.get_all(CACHE_CONTROL).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    parts.map(|part| std::str::from_utf8(part).unwrap_or_default().trim())
}

fn has_directive(headers: &HeaderMap, name: &str) -> bool {
    directives(headers).any(|directive| directive.split('=').next().unwrap_or_default().trim().eq_ignore_ascii_case(name))
}

/// What the server, or a proxy before it, allows at most. What cannot be read allows nothing.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    if has_directive(headers, "no-cache") {
        return Some(Duration::ZERO);
    }
    directives(headers).find_map(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let seconds = value.trim().trim_matches('"').parse().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("max-age").then_some(Duration::from_secs(seconds))
    })
}

/// What can be done with an entry of some age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// In place of the request.
    Fresh,
    /// To ask whether it still holds, and where the server is unable to answer.
    Stale,
    /// To ask whether it still holds.
    Validate,
}

impl Lifetime {
    /// `None` is an age below zero: a clock was set back, so nobody knows how old it is.
    pub(crate) fn usable(&self, age: Option<Duration>) -> Use {
        match age {
            Some(age) if age < self.fresh => Use::Fresh,
            Some(age) if age < self.stale_if_error => Use::Stale,
            _ => Use::Validate,
        }
    }
}

#[cfg(test)]
mod tests;
