//! How long a source may keep us waiting before it is asked again, and when to give up.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The wait before the second try, where the source does not name one; it doubles.
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest all waits of one feed may take.
const LONGEST: Duration = Duration::from_mins(5);
/// Tries of one request where the source does not say when to come back.
const TRIES: u32 = 3;
/// Tries of one request where it does.
const TRIES_AS_ASKED: u32 = 10;

/// What is left of the patience with one feed.
pub(super) struct Patience {
    first: Duration,
    left: Duration,
}

impl Patience {
    pub(super) fn new(first: Duration) -> Self {
        Self {
            first,
            left: LONGEST,
        }
    }

    /// How long to wait after `tries` failed tries, the source having `asked` for a time; `None`
    /// where it is time to give up.
    pub(super) fn wait(&mut self, tries: u32, asked: Option<Duration>) -> Option<Duration> {
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
        self.left = self.left.checked_sub(wait)?;
        Some(wait)
    }
}

/// What `Retry-After` asks for: seconds or a date (RFC 9110), the latter counted from the answer's
/// own date where it has one.
pub(super) fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| DateTimeParser::new().parse_timestamp(text).ok();
    let then = date(text)?;
    let now = headers
        .get(DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(date)
        .unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
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

    #[test]
    fn waits_double_and_end_after_the_third_try() {
        let mut patience = Patience::new(Duration::from_secs(4));
        for (tries, least, most) in [(1, 2, 4), (2, 4, 8)] {
            let wait = patience.wait(tries, None).unwrap().as_secs_f64();
            assert!(
                (f64::from(least)..=f64::from(most)).contains(&wait),
                "{wait}"
            );
        }
        assert_eq!(patience.wait(3, None), None);
    }

    #[test]
    fn source_that_asks_for_more_than_five_minutes_in_all_is_given_up() {
        let mut patience = Patience::new(FIRST_WAIT);
        let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
        assert_eq!(patience.wait(1, minutes(6)), None);
        assert_eq!(patience.wait(1, minutes(4)), minutes(4));
        assert_eq!(patience.wait(2, minutes(2)), None);
        assert_eq!(patience.wait(10, Some(Duration::ZERO)), None);
    }
}
