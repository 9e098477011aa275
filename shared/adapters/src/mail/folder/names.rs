//! The names of the files in a mail folder: the time, the people (64 bits of each id), the number
//! of the invitation, and a random part.

use std::fmt;
use std::str::FromStr;

use attendee_sync_app::ports::OutgoingMail;
use attendee_sync_domain::ids::PersonId;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const EXTENSION: &str = ".eml";
/// The ending of a file's name while it is written.
const PARTIAL: &str = ".partial";
/// The format of the time, which sorts by time. 23 characters.
const TIME: &str = "%Y%m%dT%H%M%S.%6fZ";
/// Separates the people whom a test names.
const AND: char = '_';
/// The text that earlier versions wrote in place of the people of a test.
const UNKNOWN: &str = "test";

/// `TIME-PEOPLE-NUMBER-RANDOM.eml`: for an invitation its attendee and its number; for a test its
/// recipient, the person whose invitation it shows, and 0. Names are built from these parts alone,
/// so no name points out of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    text: String,
    date: Timestamp,
}

impl Name {
    pub(super) fn of(mail: &OutgoingMail) -> Self {
        let date = mail.date;
        let time = date.to_zoned_datetime(TimeZone::UTC).strftime(TIME);
        let random: u32 = rand::random();
        let about = mail.about.as_ref();
        let named = about.map(|about| about.person);
        let people: Vec<String> = named.iter().chain(&mail.concerns).map(short).collect();
        let people = match people.as_slice() {
            [] => UNKNOWN.to_owned(),
            people => people.join(&AND.to_string()),
        };
        let number = about.map_or(0, |about| about.number);
        let text = format!("{time}-{people}-{number}-{random:08x}{EXTENSION}");
        Self { text, date }
    }

    /// Returns when the mail was written.
    pub(super) fn date(&self) -> Timestamp {
        self.date
    }
}

/// A person as names of files have them.
fn short(person: &PersonId) -> String {
    format!("{:016x}", person.short())
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text is not the name of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAName;

impl FromStr for Name {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let stem = text.strip_suffix(EXTENSION).ok_or(NotAName)?;
        Ok(Self {
            text: text.to_owned(),
            date: date_of(stem).ok_or(NotAName)?,
        })
    }
}

/// Returns when the mail was written whose file has this name, given without its ending.
fn date_of(stem: &str) -> Option<Timestamp> {
    let parts: Vec<&str> = stem.split('-').collect();
    let [time, people, number, random] = parts.as_slice() else {
        return None;
    };
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let is_number = (1..=10).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let are_people = *people == UNKNOWN || people.split(AND).all(|person| is_hex(person, 16));
    if time.len() != 23 || !are_people || !is_number || !is_hex(random, 8) {
        return None;
    }
    let date = DateTime::strptime(TIME, time).ok()?;
    let date = date.to_zoned_datetime(TimeZone::UTC).ok()?;
    Some(date.timestamp())
}

/// Returns whether a file, even an incomplete one, is a mail that names this person. The name of a
/// test of an earlier version names nobody, so it may concern anybody.
pub(super) fn is_of(name: &str, person: PersonId) -> bool {
    let people = name.split('-').nth(1).unwrap_or_default();
    let is_unknown = || people == UNKNOWN && is_past(name, Timestamp::MAX, Timestamp::MAX);
    people.split(AND).any(|named| named == short(&person)) || is_unknown()
}

/// How a finished mail names this person: whether it went to them, and whether it shows their invitation. `None` where
/// it does not name them, or where its name does not say whom it names.
pub(super) fn about(name: &str, person: PersonId) -> Option<(bool, bool)> {
    let parsed: Result<Name, NotAName> = name.parse();
    parsed.ok()?;
    let people: Vec<&str> = name.split('-').nth(1)?.split(AND).collect();
    let person = short(&person);
    let is_to_them = people.first().is_some_and(|first| *first == person);
    let shows_them = people.last().is_some_and(|last| *last == person);
    (is_to_them || shows_them).then_some((is_to_them, shows_them))
}

/// Returns whether a file is a mail that was written before `old`, or one that was begun before
/// `abandoned` and never finished.
pub(super) fn is_past(name: &str, old: Timestamp, abandoned: Timestamp) -> bool {
    let before = |stem: &str, limit| date_of(stem).is_some_and(|date| date < limit);
    match (name.strip_suffix(EXTENSION), name.strip_suffix(PARTIAL)) {
        (Some(stem), _) => before(stem, old),
        (None, Some(stem)) => before(stem, abandoned),
        (None, None) => false,
    }
}
