//! Moments as NetBox writes them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, as `2026-11-23T08:55:09.320477Z`. No moment comes twice, so that what was written later is later.
pub(super) fn now() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = u64::try_from(since.as_micros()).unwrap_or(u64::MAX - 1);
    let next = |last| micros.max(last + 1);
    let last = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(next(last))).unwrap_or_default();
    let micros = next(last);
    moment(micros / 1_000_000, (micros % 1_000_000) as u32)
}

fn moment(seconds: u64, micros: u32) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{micros:06}Z", second / 3600, second / 60 % 60, second % 60)
}

/// The day that comes so many days after 1 January 1970.
fn date(days: u64) -> (u64, u64, u64) {
    // Years begin in March, so that a leap day is their last. 719,468 days lie between 1 March 0000 and 1970.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months + 2) / 5 + 1;
    let month = if months < 10 { months + 3 } else { months - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

/// Whether a text is a day of the calendar, as `2026-02-28`.
pub(super) fn is_date(text: &str) -> bool {
    read_date(text).is_some()
}

/// A day, or a moment, with all its digits. `None` where the calendar and the clock have no such one.
pub(super) fn read(text: &str) -> Option<String> {
    let (day, time) = text.trim().split_once(['T', ' ']).map_or((text.trim(), None), |(day, time)| (day, Some(time)));
    let (year, month, day) = read_date(day)?;
    let day = format!("{year:04}-{month:02}-{day:02}");
    let Some(time) = time else { return Some(day) };
    let clock = time.split(['Z', '+', '-']).next().unwrap_or_default();
    let parts: Vec<&str> = clock.split(':').collect();
    let fits =
        |part: &str, most: f64| part.as_bytes().first().is_some_and(u8::is_ascii_digit) && part.parse().is_ok_and(|part: f64| part < most);
    let most = [24.0, 60.0, 60.0];
    ((2..=3).contains(&parts.len()) && parts.iter().zip(most).all(|(part, most)| fits(part, most))).then(|| format!("{day}T{time}"))
}

fn read_date(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next().filter(|year| year.len() == 4)?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let year: u16 = year.parse().ok().filter(|year| *year > 0)?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (parts.next().is_none() && (1..=days).contains(&day)).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        assert_eq!(moment(0, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(moment(1_709_208_000, 7), "2024-02-29T12:00:00.000007Z");
        assert_eq!(moment(1_795_489_363, 309_665), "2026-11-24T03:02:43.309665Z");
        assert_eq!(moment(4_107_542_399, 999_999), "2100-02-28T23:59:59.999999Z");
    }
}
