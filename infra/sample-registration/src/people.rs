//! Invents the registration with a given number: always the same one, so that a demonstration can be repeated.
//!
//! A few numbers carry the faults that every real list has: see [`Wart`].

use jiff::{SignedDuration, Timestamp};

use crate::names::{
    CULTURES, Culture, DOMAINS, JOB_TITLES, ORGANISATIONS, TAGS, TITLES, TOPICS, pick,
};
use crate::record::{SamplePerson, SampleRecord, SampleStatus};

/// The first registration came in at 2026-09-01T08:00:00Z.
const OPENED: Timestamp = Timestamp::constant(1_788_249_600, 0);

/// The registration that another one, [`TWIN`], repeats.
pub(crate) const REPEATED: usize = 42;
/// The registration of a person who had already registered as [`REPEATED`].
pub(crate) const TWIN: usize = 375;

/// Names repeat after this many people: 16 cultures, each with 8 given and 8 family names.
const DISTINCT_NAMES: usize = 16 * 8 * 8;

/// The fault of a registration.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wart {
    NoEmail,
    NoFamilyName,
    RegisteredTwice,
}

fn wart(number: usize) -> Option<Wart> {
    match number {
        17 | 260 => Some(Wart::NoEmail),
        133 => Some(Wart::NoFamilyName),
        TWIN => Some(Wart::RegisteredTwice),
        _ => None,
    }
}

/// The registration with this number, as it first came in. Numbers count from 1.
pub(crate) fn registration(number: usize) -> SampleRecord {
    let id = format!("R-{number:04}");
    SampleRecord {
        status: if number.is_multiple_of(37) {
            SampleStatus::Cancelled
        } else {
            SampleStatus::Confirmed
        },
        ticket: ticket(number),
        person: person(number),
        tags: tags(number),
        badge_url: (!number.is_multiple_of(29))
            .then(|| format!("https://badges.example.org/{id}.pdf")),
        erased: false,
        updated_at: minutes_after_opening(number * 47),
        id,
    }
}

/// A time of registration or change; the clock of the machine plays no part.
pub(crate) fn minutes_after_opening(minutes: usize) -> Timestamp {
    let minutes = i64::try_from(minutes).unwrap_or(i64::MAX / 60);
    OPENED
        .checked_add(SignedDuration::from_mins(minutes))
        .unwrap_or(OPENED)
}

fn person(number: usize) -> SamplePerson {
    if wart(number) == Some(Wart::RegisteredTwice) {
        let mut person = person(REPEATED);
        person.email = person.email.map(|email| email.to_uppercase());
        return person;
    }
    let Some((culture, given_name, family_name)) = name(number) else {
        unreachable!("each index is taken modulo the length of its list")
    };
    SamplePerson {
        title: if number.is_multiple_of(5) {
            pick(&TITLES, number / 5)
        } else {
            ""
        },
        given_name,
        family_name: (wart(number) != Some(Wart::NoFamilyName)).then_some(family_name),
        email: (wart(number) != Some(Wart::NoEmail))
            .then(|| email(number, given_name, family_name)),
        job_title: unless_skipped(number, 11, pick(&JOB_TITLES, number * 7)),
        organisation: unless_skipped(number, 13, pick(&ORGANISATIONS, number * 3 + number / 20)),
        country: unless_skipped(number, 19, culture.country),
        bio: number
            .is_multiple_of(6)
            .then(|| format!("{given_name} speaks about {}.", pick(&TOPICS, number / 6))),
    }
}

/// Returns an empty answer for every so many people: they leave an optional question blank.
fn unless_skipped(number: usize, every: usize, answer: &'static str) -> &'static str {
    if number.is_multiple_of(every) {
        ""
    } else {
        answer
    }
}

fn name(number: usize) -> Option<(&'static Culture, &'static str, &'static str)> {
    let culture = CULTURES.get(number % CULTURES.len())?;
    let turn = number / CULTURES.len();
    let given = culture.given.get(turn % 8)?;
    let family = culture.family.get((turn / 8 + turn) % 8)?;
    Some((culture, given, family))
}

fn email(number: usize, given_name: &str, family_name: &str) -> String {
    let domain = pick(&DOMAINS, number);
    let (given, family) = (local_part(given_name), local_part(family_name));
    if given.is_empty() || family.is_empty() {
        format!("guest.{number}@{domain}")
    } else if number < DISTINCT_NAMES {
        format!("{given}.{family}@{domain}")
    } else {
        format!("{given}.{family}.{number}@{domain}")
    }
}

/// Returns the letters of a name without their diacritics, in lower case. A name in another script
/// gives an empty text.
fn local_part(name: &str) -> String {
    name.chars()
        .flat_map(char::to_lowercase)
        .filter_map(unmarked)
        .collect()
}

fn unmarked(letter: char) -> Option<char> {
    Some(match letter {
        'a'..='z' => letter,
        'à'..='å' | 'ă' | 'ą' | 'ạ'..='ặ' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ę' | 'ě' | 'ẹ'..='ệ' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ı' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ơ' | 'ọ'..='ợ' => 'o',
        'ř' => 'r',
        'ß' | 'ś' | 'ş' | 'š' => 's',
        'ť' => 't',
        'ù'..='ü' | 'ů' | 'ũ' | 'ư' | 'ụ'..='ự' => 'u',
        'ý' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        _ => return None,
    })
}

fn ticket(number: usize) -> &'static str {
    match number {
        _ if number % 40 == 7 => "Press",
        _ if number % 25 == 4 => "VIP",
        _ if number % 12 == 5 => "Speaker",
        _ if number % 9 == 2 => "Student",
        _ => "Regular",
    }
}

fn tags(number: usize) -> Vec<&'static str> {
    match number % 4 {
        0 => Vec::new(),
        1 => vec![pick(&TAGS, number / 4)],
        2 => vec![pick(&TAGS, number / 4), pick(&TAGS, number / 4 + 2)],
        _ => vec![pick(&TAGS, number / 3)],
    }
}
