//! Hides personal data from the Markdown parser: each value is encoded in characters of Unicode's
//! private use area, which the parser ignores, and decoded from its result. So data never becomes
//! markup.

use std::fmt::{self, Write as _};

use crate::text::is_bidi_control;

/// The character for the byte 0 of a value; the characters for the other bytes follow it.
const FIRST: u32 = 0x0010_F000;
/// Marks the start of a value, even of an empty one.
const OPEN: char = '\u{10F100}';
/// Marks the end of a value.
const CLOSE: char = '\u{10F101}';

/// A part of a text that may hold values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mail) enum TemplatePiece {
    /// Text of the template's author.
    Text(String),
    /// A value.
    Value(String),
}

/// Removes the placeholder characters from a text.
pub(in crate::mail) fn without(text: &str) -> String {
    let is_ours = |c: char| byte_of(c).is_some() || matches!(c, OPEN | CLOSE);
    text.chars().filter(|c| !is_ours(*c)).collect()
}

/// Writes a value as a placeholder. Drops control characters, except line breaks, and characters
/// that change the direction of the text after them.
pub(in crate::mail) fn write(out: &mut impl fmt::Write, value: &str) -> fmt::Result {
    let value = without(&value.replace("\r\n", "\n"));
    let mut text = String::with_capacity(4 * (value.len() + 2));
    text.push(OPEN);
    for c in value.chars().filter_map(clean) {
        let mut bytes = [0; 4];
        let letters = c.encode_utf8(&mut bytes).bytes();
        text.extend(letters.filter_map(|byte| char::from_u32(FIRST + u32::from(byte))));
    }
    text.push(CLOSE);
    out.write_str(&text)
}

fn clean(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
        c if is_bidi_control(c) => None,
        c if c.is_control() => Some(' '),
        c => Some(c),
    }
}

/// Splits a parser's output into text and values.
pub(in crate::mail) fn pieces(text: &str) -> Vec<TemplatePiece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut value: Option<Vec<u8>> = None;
    for c in text.chars() {
        match (c, &mut value) {
            (OPEN, None) => {
                push_text(&mut pieces, &mut plain);
                value = Some(Vec::new());
            }
            (CLOSE, Some(bytes)) => {
                let bytes = std::mem::take(bytes);
                pieces.push(TemplatePiece::Value(
                    String::from_utf8_lossy(&bytes).into_owned(),
                ));
                value = None;
            }
            // A character outside a placeholder comes from an author's `&#x10F000;`.
            (OPEN | CLOSE, _) => {}
            (c, value) => match (byte_of(c), value) {
                (Some(byte), Some(bytes)) => bytes.push(byte),
                (Some(_), None) => {}
                (None, _) => plain.push(c),
            },
        }
    }
    push_text(&mut pieces, &mut plain);
    pieces
}

fn push_text(pieces: &mut Vec<TemplatePiece>, plain: &mut String) {
    if !plain.is_empty() {
        pieces.push(TemplatePiece::Text(std::mem::take(plain)));
    }
}

fn byte_of(c: char) -> Option<u8> {
    u32::from(c).checked_sub(FIRST)?.try_into().ok()
}

/// Returns the text with its values inserted.
pub(in crate::mail) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for piece in pieces(text) {
        let (TemplatePiece::Text(part) | TemplatePiece::Value(part)) = piece;
        let _ = plain.write_str(&part);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &str) -> String {
        let mut text = String::new();
        write(&mut text, value).unwrap();
        text
    }

    #[test]
    fn a_value_is_read_back_as_it_was_and_shows_no_letter_of_its_own() {
        for value in ["", "Ada", "[x](y) **z** <b>", "Zoë 数\n# h", "\u{10F101}b"] {
            let text = written(value);
            assert!(
                text.chars().all(|c| c as u32 >= FIRST),
                "{value:?} shows through"
            );
            let expected = without(value);
            assert_eq!(
                pieces(&format!("a{text}b")),
                [
                    TemplatePiece::Text("a".to_owned()),
                    TemplatePiece::Value(expected),
                    TemplatePiece::Text("b".to_owned())
                ]
            );
        }
    }

    #[test]
    fn control_characters_and_changes_of_direction_are_no_part_of_a_value() {
        let text = written("a\u{0}b\tc\r\nd\u{202e}e\u{2028}f");
        assert_eq!(plain(&text), "a b c\nde\nf");
    }

    #[test]
    fn letters_in_the_wrong_place_are_dropped() {
        for text in [
            "a\u{10F100}b\u{10F041}",
            "a\u{10F101}b",
            "ab\u{10F041}",
            "a\u{10F100}b",
        ] {
            assert_eq!(plain(text), "ab", "{text:?}");
        }
    }
}
