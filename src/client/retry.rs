//! Whether an attempt may be followed by another, and after which wait.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};

use crate::config::Retries;
use crate::error::ErrorKind;
use crate::transport::Failure;

/// Whether a reply is one to ask again for. What reads may be asked again after a failing gateway, too.
pub(super) fn is_retried(status: StatusCode, is_read: bool) -> bool {
    match status.as_u16() {
        429 => true,
        502..=504 => is_read,
        _ => false,
    }
}

/// Whether a failure is one to try again after: nothing was sent, or it was a read whose connection broke.
pub(super) fn is_retried_failure(failure: &Failure, is_read: bool) -> bool {
    failure.is_passing && (!failure.sent || is_read && failure.kind == ErrorKind::ConnectionLost)
}

/// The wait before the next attempt: what the server asks for, else ever longer, in both cases not above the most that is allowed.
pub(super) fn wait(retries: &Retries, attempt: u32, headers: Option<&HeaderMap>, now: SystemTime) -> Duration {
    if let Some(asked) = headers.and_then(|headers| retry_after(headers, now)) {
        return asked.min(retries.max_wait);
    }
    let doubled = retries.backoff.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(retries.max_wait);
    // Half of it is random, so that clients that failed together do not come back together.
    let random = (RandomState::new().hash_one(attempt) >> 40) as f64 / (1_u64 << 24) as f64;
    doubled.mul_f64(0.5 + random / 2.0)
}

/// What the server asks for: seconds or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())])
    }

    #[test]
    fn retry_after_takes_seconds_and_dates_and_is_capped() {
        let now = httpdate::parse_http_date("Mon, 23 Nov 2026 10:00:00 GMT").unwrap();
        let retries = Retries::max(3);
        for (value, seconds) in [
            ("7", 7),
            ("0", 0),
            ("86400", 30),
            ("Mon, 23 Nov 2026 10:00:09 GMT", 9),
            ("Mon, 23 Nov 2026 12:00:00 GMT", 30),
            ("Mon, 23 Nov 2026 09:00:00 GMT", 0),
        ] {
            assert_eq!(wait(&retries, 1, Some(&asked(value)), now), Duration::from_secs(seconds), "{value}");
        }
    }

    #[test]
    fn backoff_doubles_within_bounds_and_never_overflows() {
        let retries = Retries::default();
        let now = SystemTime::now();
        for (attempt, low, high) in [(1, 250, 500), (2, 500, 1000), (3, 1000, 2000), (40, 15_000, 30_000), (u32::MAX, 15_000, 30_000)] {
            let wait = wait(&retries, attempt, Some(&asked("soon")), now).as_millis();
            assert!((low..=high).contains(&wait), "{attempt}: {wait}");
        }
    }
}
