//! Cleans all incoming texts in the same way, so that the same text in different characters is one
//! text.
//!
//! | form | for | what it does |
//! |---|---|---|
//! | [`line`], [`lines`] | names and long texts, as they are stored | NFC; goes: what is not seen, control characters |
//! | [`identity`] | source ids | the same in NFKC, and without any joiner |
//! | [`folded`] | what is compared without regard to spelling | the same in lower case |
//!
//! Each of them applied twice is the same as applied once. Addresses have rules of their own (`email`).

mod entity;
mod invisible;

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

pub(crate) use entity::unescape;
use invisible::{without_invisible, without_meaningless};

/// Returns whether a character changes the direction of the text around it and is itself invisible:
/// the property `Bidi_Control` of Unicode (UAX #9, section 2). A name with such a character can
/// look like another name, and reverses the text that a list shows beside it.
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// Returns the text as one line: every kind of white space becomes a single space, white space at
/// the ends and control characters are removed. The result is empty where no visible character is
/// left.
pub(crate) fn line(text: &str) -> String {
    words(&seen(text))
}

/// Returns the text with its line breaks and tabs: no-break spaces and similar characters become
/// spaces, other control characters and white space at the ends are removed.
pub(crate) fn lines(text: &str) -> String {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let spaced = |c: char| {
        if c.is_whitespace() && !c.is_control() {
            ' '
        } else {
            c
        }
    };
    let text: String = text.chars().filter(kept).map(spaced).collect();
    seen(&text).trim().to_owned()
}

/// Returns the form by which ids are distinguished: fullwidth letters, ligatures and similar
/// characters become ordinary ones, and invisible characters are removed. Case is kept.
pub(crate) fn identity(text: &str) -> String {
    if text.is_ascii() {
        return words(&printable(text));
    }
    words(&compatible(text))
}

/// The form by which names are compared: as [`identity`], in lower case.
pub(crate) fn folded(text: &str) -> String {
    if text.is_ascii() {
        let mut folded = words(&printable(text));
        folded.make_ascii_lowercase();
        return folded;
    }
    words(&compatible(&lower(&compatible(text))))
}

/// Returns the text in lower case. The Turkish capital I with a dot becomes an i, because its dot
/// would remain as a separate character that nobody types.
pub(crate) fn lower(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    for c in text.to_lowercase().chars() {
        if c != '\u{307}' || !lower.ends_with('i') {
            lower.push(c);
        }
    }
    lower
}

/// Returns the text in Unicode form NFKC, without invisible characters.
pub(crate) fn compatible(text: &str) -> String {
    let once: String = printable(text).nfkc().collect();
    // A removed character may have kept two others from being composed.
    without_invisible(&once).nfkc().collect()
}

/// Returns the text in Unicode form NFC, without invisible characters that have no meaning.
fn seen(text: &str) -> String {
    if text.is_ascii() {
        return printable(text).into_owned();
    }
    composed(&without_meaningless(&composed(&printable(text))))
}

fn composed(text: &str) -> String {
    if is_nfc(text) {
        text.to_owned()
    } else {
        text.nfc().collect()
    }
}

/// Returns the text without control characters, except for white space.
fn printable(text: &str) -> Cow<'_, str> {
    let goes = |c: char| c.is_control() && !c.is_whitespace();
    if text.contains(goes) {
        text.replace(goes, "").into()
    } else {
        text.into()
    }
}

fn words(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

#[cfg(test)]
mod tests;
