//! Requests for less than the whole feed: what changed since a time, or one person.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::feed::FieldPath;
use crate::zone::time_zone;

/// Requests only what changed since the last run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Incremental {
    /// The query parameter that carries the time.
    pub parameter: String,
    /// How far before the last run the request reaches back, in seconds.
    #[serde(default = "overlap")]
    pub overlap_seconds: u32,
    /// How often everything is read nevertheless, in hours.
    #[serde(default = "full_every")]
    pub full_every_hours: u32,
    /// The format of the parameter's value, in the conversion specifications of `strftime`.
    #[serde(default = "rfc_3339", skip_serializing_if = "is_rfc_3339")]
    pub format: String,
    /// The time zone of a value that names none, such as `Europe/Amsterdam`. Without it, the
    /// request reaches back 14 hours more, which is enough in every zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// Requests one person alone, where the source can filter by address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OnePersonRequest {
    /// The query parameter that carries the address.
    pub parameter: String,
    /// The parameter's value, in which `{email}` is replaced by the address.
    #[serde(
        default = "email_placeholder",
        skip_serializing_if = "is_email_placeholder"
    )]
    pub format: String,
}

fn email_placeholder() -> String {
    OnePersonRequest::PLACEHOLDER.to_owned()
}

fn is_email_placeholder(format: &String) -> bool {
    format == OnePersonRequest::PLACEHOLDER
}

impl OnePersonRequest {
    /// The placeholder for the address.
    pub const PLACEHOLDER: &'static str = "{email}";

    /// The parameter's value for an address.
    #[must_use]
    pub fn value(&self, email: &EmailAddress) -> String {
        self.format.replace(Self::PLACEHOLDER, email.as_str())
    }
}

/// Asking for one record alone, where the source can be asked for one by its id. The answer is an element of the list
/// as the list has it, with whatever is nested in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OneRecordRequest {
    /// Its URL, with `{source_id}` where the id goes.
    pub url: String,
    /// Where the answer has it; not given, the answer is the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<FieldPath>,
}

impl OneRecordRequest {
    /// Stands for the id.
    pub const PLACEHOLDER: &'static str = "{source_id}";

    /// Returns the URL of the record with this id, in which the id is one segment of the path or one value of the
    /// query, whatever letters it has.
    #[must_use]
    pub fn url_of(&self, source_id: &str) -> String {
        let encoded = one_segment(source_id);
        self.url.replace(Self::PLACEHOLDER, &encoded)
    }
}

/// Encodes all but the unreserved letters (RFC 3986, section 2.3). Dots alone would lead to another path.
fn one_segment(text: &str) -> String {
    let is_dots = text.chars().all(|letter| letter == '.');
    text.bytes().fold(String::new(), |mut encoded, byte| {
        let is_plain =
            byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) || (byte == b'.' && !is_dots);
        if is_plain {
            encoded.push(char::from(byte));
        } else {
            let _never_fails = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

fn rfc_3339() -> String {
    Incremental::RFC_3339.to_owned()
}

fn is_rfc_3339(format: &String) -> bool {
    format == Incremental::RFC_3339
}

impl Incremental {
    /// The usual way to write a time.
    pub const RFC_3339: &'static str = "%Y-%m-%dT%H:%M:%SZ";

    /// The parameter's value for a time; `None` where the format or the zone cannot be used.
    #[must_use]
    pub fn value(&self, since: Timestamp) -> Option<String> {
        let (since, zone) = match &self.time_zone {
            Some(name) => {
                let zone = time_zone(name).ok()?;
                (before_repeated_hour(since, &zone), zone)
            }
            None if self.says_its_zone() => (since, TimeZone::UTC),
            None => (since.checked_sub(ANY_ZONE).ok()?, TimeZone::UTC),
        };
        jiff::fmt::strtime::format(&self.format, &since.to_zoned_datetime(zone)).ok()
    }

    /// Returns whether the format itself writes the zone of its times, or needs none.
    fn says_its_zone(&self) -> bool {
        self.says_utc()
            || ["%z", "%:", "%Z", "%s", "%Q"]
                .iter()
                .any(|part| self.format.contains(part))
    }

    /// Returns whether the format says explicitly that its times are in UTC.
    #[must_use]
    pub fn says_utc(&self) -> bool {
        let upper = self.format.to_ascii_uppercase();
        let upper = upper.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let is_z = upper.ends_with('Z') && !upper.ends_with("%Z");
        is_z || ["UTC", "GMT", "+00:00", "+0000"]
            .iter()
            .any(|zone| self.format.contains(zone))
    }
}

/// The largest difference between UTC and a local time. West of Greenwich, where the difference
/// matters, it is at most 12 hours; anywhere it is at most 14.
const ANY_ZONE: SignedDuration = SignedDuration::from_hours(14);

/// The longest step that clocks are put back by.
const PUT_BACK: SignedDuration = SignedDuration::from_hours(1);

/// Returns a time that a clock shows earlier than everything it shows after `since`: a clock that
/// is about to be put back shows one hour twice.
fn before_repeated_hour(since: Timestamp, zone: &TimeZone) -> Timestamp {
    let offset = |at: Timestamp| i64::from(zone.to_offset(at).seconds());
    let later = since.checked_add(PUT_BACK).unwrap_or(since);
    let lost = (offset(since) - offset(later)).max(0);
    since
        .checked_sub(SignedDuration::from_secs(lost))
        .unwrap_or(since)
}

fn overlap() -> u32 {
    300
}

fn full_every() -> u32 {
    24
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(format: &str, zone: Option<&str>, since: &str) -> String {
        let incremental = Incremental {
            parameter: "since".to_owned(),
            overlap_seconds: 0,
            full_every_hours: 24,
            format: format.to_owned(),
            time_zone: zone.map(str::to_owned),
        };
        incremental.value(since.parse().unwrap()).unwrap()
    }

    #[test]
    fn format_without_a_zone_asks_for_14_hours_more_unless_the_zone_is_given() {
        let since = "2026-06-15T20:00:00Z";
        for (format, zone, written) in [
            ("%Y-%m-%dT%H:%M:%S", None, "2026-06-15T06:00:00"),
            (
                "updated_at>=%Y-%m-%d %H:%M:%S",
                None,
                "updated_at>=2026-06-15 06:00:00",
            ),
            ("%Y-%m-%d", None, "2026-06-15"),
            (
                "%Y-%m-%dT%H:%M:%S",
                Some("America/Chicago"),
                "2026-06-15T15:00:00",
            ),
            (
                "%Y-%m-%dT%H:%M:%S",
                Some("Asia/Kathmandu"),
                "2026-06-16T01:45:00",
            ),
            ("%Y-%m-%dT%H:%M:%S", Some("UTC"), "2026-06-15T20:00:00"),
            ("%Y-%m-%dT%H:%M:%SZ", None, "2026-06-15T20:00:00Z"),
            ("gt'%Y-%m-%dT%H:%M:%SZ'", None, "gt'2026-06-15T20:00:00Z'"),
            ("%Y-%m-%dT%H:%M:%S+00:00", None, "2026-06-15T20:00:00+00:00"),
            ("%Y-%m-%d %H:%M:%S UTC", None, "2026-06-15 20:00:00 UTC"),
            (
                "%a, %d %b %Y %H:%M:%S GMT",
                None,
                "Mon, 15 Jun 2026 20:00:00 GMT",
            ),
            ("%s", None, "1781553600"),
            (
                "%Y-%m-%dT%H:%M:%S%:z",
                Some("Europe/Amsterdam"),
                "2026-06-15T22:00:00+02:00",
            ),
            ("%Y-%m-%dT%H:%M:%S%z", None, "2026-06-15T20:00:00+0000"),
        ] {
            assert_eq!(value(format, zone, since), written, "{format} in {zone:?}");
        }
    }

    #[test]
    fn hour_that_clocks_show_twice_is_asked_for_from_its_first_beginning() {
        // The clock is put back at 2026-10-25T01:00:00Z from 03:00 to 02:00.
        for (since, written) in [
            ("2026-10-24T23:59:00Z", "01:59"),
            ("2026-10-25T00:10:00Z", "01:10"),
            ("2026-10-25T00:59:00Z", "01:59"),
            ("2026-10-25T01:10:00Z", "02:10"),
        ] {
            assert_eq!(
                value("%H:%M", Some("Europe/Amsterdam"), since),
                written,
                "{since}"
            );
        }
    }
}
