//! How long a source may keep us waiting before it is asked again, and when to give up.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use tokio::time::Instant;

/// The wait before the second try, where the source does not name one; it doubles.
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest all waits of one feed may take.
pub(super) const LONGEST: Duration = Duration::from_mins(5);
/// Tries of one request where the source does not say when to come back.
const TRIES: u32 = 3;
/// Tries of one request where it does.
const TRIES_AS_ASKED: u32 = 10;

/// What is left of the patience with one feed. Requests that wait at the same time use it up once.
pub(super) struct Patience {
    first: Duration,
    left: Duration,
    /// The end of the last wait so far.
    until: Option<Instant>,
    /// When the source wants to be asked again, by any request.
    told: Option<Instant>,
}

impl Patience {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            left: longest,
            until: None,
            told: None,
        }
    }

    /// Until when to wait after `tries` failed tries, the source having `asked` for a time; `None`
    /// where it is time to give up.
    pub(super) fn wait(
        &mut self,
        now: Instant,
        tries: u32,
        asked: Option<Duration>,
    ) -> Option<Instant> {
        let allowed = if asked.is_some() {
            TRIES_AS_ASKED
        } else {
            TRIES
        };
        if tries >= allowed {
            return None;
        }
        let wait = asked.unwrap_or_else(|| {
            let longest = self.first * 2_u32.saturating_pow(tries.saturating_sub(1));
            // Between half and all of it, so that runs that failed together do not retry together.
            longest.mul_f64(rand::random_range(0.5..1.0))
        });
        let then = now.checked_add(wait)?;
        let waiting_since = self.until.map_or(now, |until| until.max(now));
        let more = then.saturating_duration_since(waiting_since);
        self.left = self.left.checked_sub(more)?;
        self.until = self.until.max(Some(then));
        if asked.is_some() {
            self.told = self.told.max(Some(then));
        }
        Some(then)
    }

    /// When the source wants to be asked again, if it said so.
    pub(super) fn told_to_wait_until(&self) -> Option<Instant> {
        self.told
    }
}

/// What `Retry-After` asks for: seconds or a date (RFC 9110), the latter counted from the answer's
/// own date where it has one.
pub(super) fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = date(headers, &RETRY_AFTER)?;
    let now = date(headers, &DATE).unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

/// The date in a header (RFC 9110, section 5.6.7).
pub(super) fn date(headers: &HeaderMap, name: &HeaderName) -> Option<Timestamp> {
    let text = headers.get(name)?.to_str().ok()?;
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&'static str, &'static str)]) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        asked_wait(&headers)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (value, seconds) in [
            ("120", 120),
            (" 0 ", 0),
            ("Sun, 06 Nov 1994 08:50:07 GMT", 30),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ] {
            let wait = asked(&[date, ("retry-after", value)]);
            assert_eq!(wait, Some(Duration::from_secs(seconds)), "{value}");
        }
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[]), None);
    }

    fn patience() -> (Patience, Instant) {
        (
            Patience::new(Duration::from_secs(4), LONGEST),
            Instant::now(),
        )
    }

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn waits_double_and_end_after_the_third_try() {
        let (mut patience, now) = patience();
        for (tries, least, most) in [(1, 2, 4), (2, 4, 8)] {
            let wait = (patience.wait(now, tries, None).unwrap() - now).as_secs_f64();
            assert!(
                (f64::from(least)..=f64::from(most)).contains(&wait),
                "{wait}"
            );
        }
        assert_eq!(patience.wait(now, 3, None), None);
    }

    #[test]
    fn source_that_asks_for_more_than_five_minutes_in_all_is_given_up() {
        let (mut patience, now) = patience();
        assert_eq!(patience.wait(now, 1, Some(6 * MINUTE)), None);
        let then = patience.wait(now, 1, Some(4 * MINUTE)).unwrap();
        assert_eq!(then, now + 4 * MINUTE);
        assert_eq!(patience.wait(then, 2, Some(2 * MINUTE)), None);
        assert_eq!(patience.wait(then, 10, Some(Duration::ZERO)), None);
        assert_eq!(patience.wait(now, 1, Some(Duration::MAX)), None);
    }

    #[test]
    fn requests_that_wait_together_use_patience_up_once_and_hold_the_others_back() {
        let (mut patience, now) = patience();
        for _ in 0..4 {
            let then = patience.wait(now, 1, Some(4 * MINUTE));
            assert_eq!(then, Some(now + 4 * MINUTE));
        }
        assert_eq!(patience.told_to_wait_until(), Some(now + 4 * MINUTE));
    }
}
