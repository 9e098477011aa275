//! Recognises values by their form, whatever their fields are called.

use serde_json::Value;

use super::names::plain;
use crate::email::EmailAddress;
use crate::expression::is_country;

/// Titles before names, without case, accents and dots.
const HONORIFICS: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "doctor",
    "sir",
    "dame",
    "lady",
    "lord",
    "rev",
    "herr",
    "frau",
    "hr",
    "fr",
    "dipl",
    "ing",
    "mag",
    "phd",
    "m",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "mademoiselle",
    "dhr",
    "mevr",
    "mevrouw",
    "de heer",
    "mw",
    "drs",
    "ir",
    "sr",
    "sra",
    "srta",
    "senor",
    "senora",
    "senorita",
    "don",
    "dona",
    "sig",
    "sigra",
    "signor",
    "signora",
    "signore",
    "dott",
    "dottssa",
    "dottore",
    "dottoressa",
    "avv",
    "senhor",
    "senhora",
    "doutor",
    "doutora",
    "herrn",
    "hon",
    "pd",
];
/// Longest text that is examined.
const MAX_TEXT: usize = 2_000;

/// Returns whether a value is empty.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.iter().all(is_blank),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value as one text; none for lists and objects.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns a value as an example: one short line.
pub(super) fn example_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().filter_map(text_of).collect();
            texts.join("; ")
        }
        value => text_of(value)?,
    };
    (!text.is_empty()).then(|| shown(&text))
}

/// A number with its noun.
pub(super) fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

/// Returns a text shortened to fit on a line.
pub(super) fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

pub(super) fn is_email(text: &str) -> bool {
    text.contains('@')
        && text.len() < 300
        && !text.contains(['/', ' '])
        && text.parse::<EmailAddress>().is_ok()
}

pub(super) fn is_url(text: &str) -> bool {
    let is_http = text.starts_with("http://") || text.starts_with("https://");
    is_http && !text.contains(char::is_whitespace)
}

/// Returns whether a URL leads to an image or a PDF, as a badge can be.
pub(super) fn is_badge_file(text: &str) -> bool {
    let path = text
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    text.starts_with("https://")
        && [".pdf", ".png", ".jpg", ".jpeg"]
            .iter()
            .any(|end| path.ends_with(end))
}

pub(super) fn is_honorific(text: &str) -> bool {
    let text: String = plain(text)
        .chars()
        .filter(|letter| !".()".contains(*letter))
        .collect();
    let mut words = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty());
    text.len() <= 30
        && (HONORIFICS.contains(&text.trim())
            || words.next().is_some_and(|word| HONORIFICS.contains(&word)))
}

/// Whether a text is the name or a code of a country.
pub(super) fn names_country(text: &str) -> bool {
    !text.bytes().all(|byte| byte.is_ascii_digit()) && is_country(text)
}

/// Whether a text can be a person's name or a part of it.
pub(super) fn is_name(text: &str) -> bool {
    let has_letter = text.chars().any(char::is_alphabetic);
    let is_clean = !text.contains(['@', '/', '_', '{', '<', '='])
        && !text.chars().any(|letter| letter.is_ascii_digit());
    has_letter && is_clean && text.chars().count() <= 80
}

/// Whether a text can be first and last name together.
pub(super) fn is_full_name(text: &str) -> bool {
    is_name(text) && (2..=6).contains(&text.split_whitespace().count())
}

/// Whether a text is a date, a time or an instant.
pub(super) fn is_moment(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let others = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let signs = text.bytes().filter(|byte| b"-/:.".contains(byte)).count();
    (4..=20).contains(&digits) && others <= 3 && signs >= 2 && text.len() <= 40
}

/// Whether a text names a choice, such as a kind of ticket: short, and neither number, time, address nor flag.
pub(super) fn is_label(text: &str) -> bool {
    let is_flag = matches!(
        plain(text).as_str(),
        "true" | "false" | "yes" | "no" | "null" | "none" | "ja" | "nein"
    );
    let has_letter = text.chars().any(char::is_alphabetic);
    has_letter
        && text.chars().count() <= 80
        && !is_flag
        && !is_moment(text)
        && !is_url(text)
        && !text.contains('@')
        && !is_code(text)
}

/// Returns whether a text was made by a machine: long, without spaces, with digits among letters.
fn is_code(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() >= 16 && !text.contains(char::is_whitespace) && digits >= 3
}

/// Returns whether a text can identify a record.
pub(super) fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && !text.contains(char::is_whitespace)
        && !is_url(text)
        && !text.contains('@')
        && !is_moment(text)
        && !matches!(text, "true" | "false")
}

/// Returns whether a text is prose or a short line: neither an address nor a number.
pub(super) fn is_words(text: &str) -> bool {
    text.len() <= MAX_TEXT
        && text.chars().any(char::is_alphabetic)
        && !is_url(text)
        && !is_email(text)
        && !matches!(text, "true" | "false")
        && !is_moment(text)
}

/// Roles that people have at an event, in contrast to their jobs.
const EVENT_ROLES: &[&str] = &[
    "attendee",
    "participant",
    "speaker",
    "staff",
    "exhibitor",
    "sponsor",
    "organizer",
    "organiser",
    "visitor",
    "press",
    "vip",
    "volunteer",
    "moderator",
    "guest",
    "crew",
    "delegate",
    "teilnehmer",
    "referent",
    "besucher",
    "presse",
    "aussteller",
    "helfer",
    "orateur",
    "intervenant",
    "visiteur",
    "spreker",
    "deelnemer",
    "ponente",
    "asistente",
    "relatore",
    "partecipante",
    "palestrante",
    "participante",
];

pub(super) fn is_event_role(text: &str) -> bool {
    EVENT_ROLES.contains(&plain(text).as_str())
}
