//! Parses one element of the list, or returns the reason why it cannot be read.

use serde_json::Value;

use super::number::with_long_numbers_as_text;
use super::splitter::MAX_RECORD_BYTES;

/// An element that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableElement {
    /// A stable code for programs.
    pub code: &'static str,
    /// The reason, for people.
    pub reason: String,
}

/// Parses an element; `None` represents one that was too long.
pub fn parse_element(bytes: Option<&[u8]>) -> Result<Value, UnreadableElement> {
    let Some(bytes) = bytes else {
        return Err(UnreadableElement {
            code: "too_long",
            reason: format!("longer than {MAX_RECORD_BYTES} bytes; it was not read"),
        });
    };
    parse_value(bytes).map_err(|error| match std::str::from_utf8(bytes) {
        Ok(_) => UnreadableElement {
            code: "not_json",
            reason: format!("the record is not valid JSON: {error}"),
        },
        Err(_) => UnreadableElement {
            code: "not_utf8",
            reason: "the record is not UTF-8; have the source send UTF-8, or set source.charset to what it sends, such as windows-1252".to_owned(),
        },
    })
}

/// Parses a source's JSON. A number that would lose digits becomes a text of the same characters.
pub fn parse_value(json: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(&with_long_numbers_as_text(json))
}
