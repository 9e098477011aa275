//! What the files of a mail folder are called: when, about whom (as 64 bits of her id), which.

use std::fmt;
use std::str::FromStr;

use attendee_sync_app::ports::Mail;
use attendee_sync_domain::ids::PersonId;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const EXTENSION: &str = ".eml";
/// Sorts as the times do. 23 characters.
const TIME: &str = "%Y%m%dT%H%M%S.%6fZ";

/// `TIME-PERSON-NUMBER-RANDOM.eml`, or `TIME-test-0-RANDOM.eml`. Nothing else names a file, so no
/// name leads out of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    text: String,
    date: Timestamp,
}

impl Name {
    pub(super) fn of(mail: &Mail) -> Self {
        let date = mail.date;
        let time = date.to_zoned_datetime(TimeZone::UTC).strftime(TIME);
        let random: u32 = rand::random();
        let text = match &mail.about {
            Some(about) => {
                let person = about.person.short();
                let number = about.number;
                format!("{time}-{person:016x}-{number}-{random:08x}{EXTENSION}")
            }
            None => format!("{time}-test-0-{random:08x}{EXTENSION}"),
        };
        Self { text, date }
    }

    pub(super) fn date(&self) -> Timestamp {
        self.date
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Not the name of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAName;

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let stem = text.strip_suffix(EXTENSION).ok_or(NotAName)?;
        let parts: Vec<&str> = stem.split('-').collect();
        let [time, person, number, random] = parts.as_slice() else {
            return Err(NotAName);
        };
        let is_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
        };
        let is_number =
            (1..=10).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        let is_person = *person == "test" || is_hex(person, 16);
        if time.len() != 23 || !is_person || !is_number || !is_hex(random, 8) {
            return Err(NotAName);
        }
        let date = DateTime::strptime(TIME, time)
            .and_then(|date| date.to_zoned_datetime(TimeZone::UTC))
            .map_err(|_| NotAName)?;
        Ok(Self {
            text: text.to_owned(),
            date: date.timestamp(),
        })
    }
}

/// Whether a file, be it half written, is a mail to this person.
pub(super) fn is_of(name: &str, person: PersonId) -> bool {
    name.split('-').nth(1) == Some(format!("{:016x}", person.short()).as_str())
}
