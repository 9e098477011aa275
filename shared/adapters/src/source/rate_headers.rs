//! Parses when to retry from the headers of an answer: `Retry-After` (RFC 9110), and the headers by
//! which servers announce how much of an allowance is left and when it is renewed.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// Headers with the time at which an allowance begins anew: seconds from now, or a Unix time.
const RESETS: [&str; 5] = [
    "ratelimit-reset",
    "x-ratelimit-reset",
    "x-rate-limit-reset",
    "x-ratelimit-reset-after",
    "x-rate-limit-reset-after",
];
/// Headers with the number of requests that are left.
const REMAINDERS: [&str; 3] = [
    "ratelimit-remaining",
    "x-ratelimit-remaining",
    "x-rate-limit-remaining",
];
/// The header that has both as parameters, in any version of its draft.
const BOTH: &str = "ratelimit";
/// A number of seconds from here on is a Unix time: as a wait it would be three years.
const UNIX_TIMES_FROM: f64 = 1e8;
/// A Unix time from here on is in milliseconds, or in a thousandth of those, and so on.
const MILLISECONDS_FROM: f64 = 1e11;

/// An answer that is not final: the same request may get another one later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AskAgain {
    /// How long the source asked for a pause, if it did.
    pub(super) after: Option<Duration>,
    /// The reason.
    pub(super) because: Because,
}

/// Why the same request may have another answer later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Because {
    /// The server failed.
    Failure,
    /// It was asked too often.
    TooOften,
    /// The answer is being prepared.
    BeingMade,
}

/// Returns how to retry after an answer; `None` where the answer would stay the same.
pub(super) fn ask_again(status: StatusCode, headers: &HeaderMap) -> Option<AskAgain> {
    let retry_after = retry_after(headers);
    let is_spent = remainder(headers) == Some(0.0);
    let reset = || reset(headers);
    let (after, because) = match status {
        StatusCode::ACCEPTED => (retry_after, Because::BeingMade),
        StatusCode::TOO_MANY_REQUESTS => (retry_after.or_else(reset), Because::TooOften),
        _ if status.is_server_error() => {
            let after = retry_after.or_else(|| reset().filter(|_| is_spent));
            (after, Because::Failure)
        }
        // A request without a valid credential stays refused, whatever the headers say.
        StatusCode::UNAUTHORIZED => return None,
        _ if status.is_client_error() && (retry_after.is_some() || is_spent) => {
            (retry_after.or_else(reset), Because::TooOften)
        }
        _ => return None,
    };
    Some(AskAgain { after, because })
}

/// Returns for how long the source must not be requested after an answer that used up an allowance.
pub(super) fn spent_until(headers: &HeaderMap) -> Option<Duration> {
    (remainder(headers) == Some(0.0)).then(|| reset(headers))?
}

/// Returns the wait of `Retry-After`: seconds, a date, or a Unix time.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let milliseconds = text(headers, "retry-after-ms").and_then(|text| text.parse::<u64>().ok());
    milliseconds
        .map(Duration::from_millis)
        .or_else(|| wait_in(headers, headers.get(RETRY_AFTER)?.to_str().ok()?))
}

fn reset(headers: &HeaderMap) -> Option<Duration> {
    let own = RESETS.iter().find_map(|name| text(headers, name));
    let value = own.or_else(|| parameter(text(headers, BOTH)?, &["reset", "t"]));
    wait_in(headers, value?)
}

fn remainder(headers: &HeaderMap) -> Option<f64> {
    let own = REMAINDERS.iter().find_map(|name| text(headers, name));
    let value = own.or_else(|| parameter(text(headers, BOTH)?, &["remaining", "r"]));
    value?.trim().parse().ok()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A parameter of `"default";r=0;t=30` or of `limit=100, remaining=0, reset=30`.
fn parameter<'t>(text: &'t str, names: &[&str]) -> Option<&'t str> {
    let pairs = text
        .split([';', ','])
        .filter_map(|part| part.split_once('='));
    let mut wanted = pairs.filter(|(name, _)| names.contains(&name.trim()));
    wanted.next().map(|(_, value)| value)
}

/// Returns the wait that a text stands for. A time is compared with the answer's own date where it
/// has one, as the source's clock may be wrong.
fn wait_in(headers: &HeaderMap, text: &str) -> Option<Duration> {
    let text = text.trim();
    let until = |then: Timestamp| {
        let now = date(headers, &DATE).unwrap_or_else(Timestamp::now);
        Duration::try_from(then.duration_since(now)).unwrap_or_default()
    };
    if let Ok(number) = text.parse::<f64>() {
        if number < UNIX_TIMES_FROM {
            return seconds(number.max(0.0));
        }
        let mut time = number;
        while time >= MILLISECONDS_FROM && time.is_finite() {
            time /= 1_000.0;
        }
        let since_epoch = SignedDuration::try_from_secs_f64(time).ok()?;
        return Timestamp::from_duration(since_epoch).ok().map(until);
    }
    if let Some(then) = date_in(text) {
        return Some(until(then));
    }
    let spoken: SignedDuration = text.parse().ok()?;
    Some(Duration::try_from(spoken).unwrap_or_default())
}

fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok()
}

/// The date in a header (RFC 9110, section 5.6.7).
pub(super) fn date(headers: &HeaderMap, name: &HeaderName) -> Option<Timestamp> {
    date_in(headers.get(name)?.to_str().ok()?.trim())
}

/// A date in any of the forms of RFC 9110, or of RFC 3339.
fn date_in(text: &str) -> Option<Timestamp> {
    let usual = DateTimeParser::new().parse_timestamp(text).ok();
    let obsolete = || {
        ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
            .iter()
            .find_map(|format| {
                let read = strtime::parse(format, text).ok()?.to_datetime().ok()?;
                TimeZone::UTC.to_timestamp(read).ok()
            })
    };
    usual.or_else(|| text.parse().ok()).or_else(obsolete)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

    fn headers(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = headers.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn retry_after_is_seconds_a_date_or_a_unix_time() {
        for (value, seconds) in [
            ("120", 120.0),
            (" 0 ", 0.0),
            ("1.5", 1.5),
            ("-1", 0.0),
            ("2s", 2.0),
            ("1m30s", 90.0),
            ("Sun, 06 Nov 1994 08:50:07 GMT", 30.0),
            ("Sunday, 06-Nov-94 08:50:07 GMT", 30.0),
            ("Sun Nov  6 08:50:07 1994", 30.0),
            ("1994-11-06T08:50:07Z", 30.0),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
            ("784111807", 30.0),
            ("784111807.5", 30.5),
            ("784111807500", 30.5),
            ("784111000", 0.0),
        ] {
            let headers = headers(&[DATE, ("retry-after", value)]);
            let wait = ask_again(StatusCode::TOO_MANY_REQUESTS, &headers)
                .unwrap()
                .after;
            assert_eq!(wait, Some(Duration::from_secs_f64(seconds)), "{value}");
        }
        for value in ["soon", "", "NaN", "inf"] {
            let headers = headers(&[("retry-after", value)]);
            let again = ask_again(StatusCode::TOO_MANY_REQUESTS, &headers);
            assert_eq!(again.unwrap().after, None, "{value}");
        }
    }

    #[test]
    fn reset_is_seconds_or_a_unix_time_under_whichever_name() {
        for header in [
            ("x-ratelimit-reset", "30"),
            ("x-ratelimit-reset", "784111807"),
            ("x-ratelimit-reset", "784111807000"),
            ("ratelimit-reset", "30"),
            ("x-rate-limit-reset", "784111807"),
            ("x-ratelimit-reset-after", "30.0"),
            ("ratelimit", "\"default\";r=0;t=30"),
            ("ratelimit", "limit=100, remaining=0, reset=30"),
            ("retry-after-ms", "30000"),
        ] {
            let again = ask_again(StatusCode::TOO_MANY_REQUESTS, &headers(&[DATE, header]));
            let after = again.unwrap().after;
            assert_eq!(after, Some(Duration::from_secs(30)), "{header:?}");
        }
    }

    #[test]
    fn what_asks_to_wait_is_told_from_what_stays_as_it_is() {
        let retry = ("retry-after", "1");
        let spent = ("x-ratelimit-remaining", "0");
        let reset = ("x-ratelimit-reset", "5");
        let second = Some(Duration::from_secs(1));
        let five = Some(Duration::from_secs(5));
        for (status, sent, expected) in [
            (403, &[retry][..], Some((second, Because::TooOften))),
            (403, &[spent], Some((None, Because::TooOften))),
            (403, &[spent, reset], Some((five, Because::TooOften))),
            (403, &[("x-ratelimit-remaining", "7"), reset], None),
            (403, &[reset], None),
            (403, &[], None),
            (403, &[("retry-after", "soon")], None),
            (401, &[retry], None),
            (404, &[], None),
            (420, &[retry], Some((second, Because::TooOften))),
            (503, &[retry], Some((second, Because::Failure))),
            (503, &[spent, reset], Some((five, Because::Failure))),
            (503, &[reset], Some((None, Because::Failure))),
            (202, &[], Some((None, Because::BeingMade))),
            (202, &[retry], Some((second, Because::BeingMade))),
            (429, &[retry, reset], Some((second, Because::TooOften))),
            (200, &[retry], None),
            (302, &[retry], None),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let again = ask_again(status, &headers(sent));
            let found = again.map(|again| (again.after, again.because));
            assert_eq!(found, expected, "{status} {sent:?}");
        }
    }

    #[test]
    fn allowance_that_an_answer_used_up_is_waited_for() {
        for (sent, seconds) in [
            (
                &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")][..],
                Some(5),
            ),
            (
                &[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "5")],
                None,
            ),
            (&[("x-ratelimit-remaining", "0")], None),
            (&[("ratelimit", "\"a\";r=0;t=7")], Some(7)),
            (&[], None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(spent_until(&headers(sent)), expected, "{sent:?}");
        }
    }
}
