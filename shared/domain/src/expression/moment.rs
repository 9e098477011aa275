//! Reads the forms in which sources write a date or a time.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The default format of a date: ISO 8601.
const ISO_DATE: &str = "%Y-%m-%d";
/// Longest accepted format, in bytes. Even a short format can produce padded text, but at most 255
/// characters per directive.
const MAX_FORM: usize = 100;
/// The smallest Unix time that is read as milliseconds: as seconds it would be the year 5138, as
/// milliseconds it is March 1973.
const MILLISECONDS_FROM: f64 = 1e11;

/// An instant, or a date and time in an unknown time zone.
#[derive(Debug, PartialEq)]
pub(super) enum Moment {
    Instant(Timestamp),
    Local(DateTime),
}

impl Moment {
    /// Reads RFC 3339 and RFC 9557, ISO 8601 dates (also `20261201`) and local date-times, and
    /// Unix time of at least nine digits: fewer may be anything, such as a year.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.trim_start_matches('-');
        if digits.len() > 8 && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Self::of_unix(text.parse().ok()?);
        }
        let instant = text.parse().map(Self::Instant);
        instant.or_else(|_| text.parse().map(Self::Local)).ok()
    }

    /// Reads Unix time: seconds, or milliseconds where the number is that large.
    pub(super) fn of_unix(number: f64) -> Option<Self> {
        let seconds = if number.abs() >= MILLISECONDS_FROM {
            number / 1_000.0
        } else {
            number
        };
        let since = SignedDuration::try_from_secs_f64(seconds).ok()?;
        Timestamp::from_duration(since).ok().map(Self::Instant)
    }

    /// Formats it by strftime, in the time zone `zone` where it is an instant. `None` where the
    /// format is invalid, too long, or needs what a local time does not have.
    pub(super) fn write(&self, form: Option<&str>, zone: &TimeZone) -> Option<String> {
        let form = form.unwrap_or(ISO_DATE);
        if form.len() > MAX_FORM {
            return None;
        }
        match self {
            Self::Instant(instant) => {
                strtime::format(form, &instant.to_zoned_datetime(zone.clone()))
            }
            Self::Local(local) => strtime::format(form, *local),
        }
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(moment: Option<Moment>) -> Option<String> {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        moment?.write(Some("%Y-%m-%d %H:%M"), &zone)
    }

    #[test]
    fn an_instant_is_written_on_the_clock_of_the_zone_and_a_local_time_as_it_is() {
        for (text, expected) in [
            ("2026-12-01T23:30:00Z", "2026-12-02 00:30"),
            ("2026-12-01T23:30:00+01:00", "2026-12-01 23:30"),
            ("2026-12-01T23:30:00.123456-0500", "2026-12-02 05:30"),
            ("2026-12-01 23:30:00Z", "2026-12-02 00:30"),
            ("2026-12-01T23:30:00+00:00[UTC]", "2026-12-02 00:30"),
            ("2026-12-01T23:30", "2026-12-01 23:30"),
            ("2026-12-01 23:30:59", "2026-12-01 23:30"),
            (" 2026-12-01 ", "2026-12-01 00:00"),
            ("20261201", "2026-12-01 00:00"),
            ("1796167800", "2026-12-02 00:30"),
            ("1796167800000", "2026-12-02 00:30"),
            ("1796167800.5", "2026-12-02 00:30"),
            ("-100000000", "1966-10-31 15:13"),
        ] {
            assert_eq!(
                written(Moment::of_text(text)).as_deref(),
                Some(expected),
                "{text}"
            );
        }
        assert_eq!(
            written(Moment::of_unix(0.0)).as_deref(),
            Some("1970-01-01 01:00")
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "soon",
            "2026",
            "1",
            "12345678",
            "2026-13-01",
            "2026-02-30",
            "01/12/2026",
            "0000-00-00",
            "2026-12-01T25:00",
            "99999999999999999999",
            "-",
            "1.2.3.4.5.6",
            "nan",
        ] {
            assert_eq!(Moment::of_text(text), None, "{text:?}");
        }
        for number in [f64::NAN, f64::INFINITY, 1e300, -1e300] {
            assert_eq!(Moment::of_unix(number), None, "{number}");
        }
    }

    #[test]
    fn a_form_that_cannot_be_written_is_none() {
        let local = Moment::of_text("2026-12-01").unwrap();
        let utc = TimeZone::UTC;
        assert_eq!(
            local.write(Some("%d.%m.%Y"), &utc).as_deref(),
            Some("01.12.2026")
        );
        for form in ["%Q", "%z", "%", &"%Y".repeat(51)] {
            assert_eq!(local.write(Some(form), &utc), None, "{form}");
        }
    }
}
