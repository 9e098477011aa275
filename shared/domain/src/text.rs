//! One cleaning for every text that comes in: the same text in other characters is one text.
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

/// Whether a character changes the direction of the text around it and is itself not seen: the
/// property `Bidi_Control` of Unicode (UAX #9, section 2). A name with one of them can look like
/// another name, and turns round what a list shows beside it.
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

/// The text as one line: white space of every kind is a single space, with none at the ends, and
/// control characters go. Empty where nothing that can be seen is in it.
pub(crate) fn line(text: &str) -> String {
    words(&seen(text))
}

/// The text with its line breaks and tabs: no-break spaces and their like are spaces, other control
/// characters go, and so does white space at the ends.
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

/// The form by which ids are told apart: fullwidth letters, ligatures and the like are ordinary ones,
/// and nothing is in it that is not seen. Capital letters stay.
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

/// In lower case, where the Turkish capital I with a dot is an i: its dot would stay as a character
/// of its own that nobody types.
pub(crate) fn lower(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    for c in text.to_lowercase().chars() {
        if c != '\u{307}' || !lower.ends_with('i') {
            lower.push(c);
        }
    }
    lower
}

/// In Unicode form NFKC, without what is not seen.
pub(crate) fn compatible(text: &str) -> String {
    let once: String = printable(text).nfkc().collect();
    // Taken out between, such a character may have kept two others from becoming one.
    without_invisible(&once).nfkc().collect()
}

/// In Unicode form NFC, without what is not seen and means nothing.
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

/// The text without control characters, but for those that are white space.
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
