//! Extracts the address from a text as people and programs write it: with a name, as a link, or
//! with copied punctuation.

use crate::text::{compatible, lower, unescape};

use super::EmailError;

/// Characters that may surround an address and are no part of it.
const AROUND: &str =
    ",;'\"`\u{b4}\u{2018}\u{2019}\u{201a}\u{201c}\u{201d}\u{201e}\u{ab}\u{bb}\u{2039}\u{203a}";

/// Returns the address in a text, in lower case and without invisible characters. The caller checks
/// whether it is valid.
pub(super) fn address(text: &str) -> Result<String, EmailError> {
    let mut text = if text.is_ascii() && !text.contains('&') {
        text.to_ascii_lowercase()
    } else {
        compatible(&lower(&compatible(&unescape(&lower(text)))))
    };
    // Each round removes one layer.
    while let Some(inner) = within(&text)? {
        text = inner;
    }
    Ok(text)
}

/// Returns the text without its outermost layer; `None` where it has none.
fn within(text: &str) -> Result<Option<String>, EmailError> {
    let bare = text.trim().trim_start_matches(|c| AROUND.contains(c));
    let bare = bare
        .trim_end_matches(|c| AROUND.contains(c) || c == '.')
        .trim();
    if bare.len() < text.len() {
        return Ok(Some(bare.to_owned()));
    }
    if let Some(link) = text.strip_prefix("mailto:") {
        let address = link.split('?').next().unwrap_or_default();
        return Ok(Some(plain(address)));
    }
    // A comment (RFC 5322, section 3.2.2) is a name, too, and may itself contain brackets.
    if let Some((before, comment)) = text.split_once('(')
        && let Some(comment) = comment.strip_suffix(')')
        && !comment.contains(['(', ')'])
        && before.contains('@')
    {
        return Ok(Some(before.to_owned()));
    }
    let Some((before, rest)) = text.split_once('<') else {
        return Ok(None);
    };
    match rest.split_once('>') {
        Some((inner, after)) if after.trim().is_empty() && !inner.contains('<') => {
            Ok(Some(inner.to_owned()))
        }
        Some((_, after)) if before.contains('@') || after.contains('@') => Err(EmailError::Several),
        _ => Ok(None),
    }
}

/// A link's address with its escaped characters (RFC 6068, section 2).
fn plain(escaped: &str) -> String {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_or_else(
        |_| escaped.to_owned(),
        |text| compatible(&lower(&compatible(&text))),
    )
}
