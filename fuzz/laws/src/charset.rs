//! A body becomes the text that `encoding_rs` makes of it in one piece, wherever chunks end, or is
//! an error.
//!
//! Input: a line with the content type, then the body.

use attendee_sync_adapters::source::fuzzing::decode;
use encoding_rs::Encoding;

use crate::reading::cuts;

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let line_ends = input.iter().position(|byte| *byte == b'\n');
    let (content_type, body) = input.split_at(line_ends.unwrap_or(input.len()));
    let body = body.get(1..).unwrap_or_default();
    let decoded = |chunks: Vec<&[u8]>| {
        let decoded = decode(content_type, chunks)?;
        Some(decoded.map_err(|error| error.message))
    };
    let Some(whole) = decoded(vec![body]) else {
        return;
    };
    for chunks in cuts(body) {
        assert_eq!(decoded(chunks), Some(whole.clone()));
    }

    let Some(label) = plain_label(content_type) else {
        return;
    };
    if shows_itself(body) {
        return;
    }
    let encoding = Encoding::for_label_no_replacement(label.as_bytes());
    match encoding {
        None => assert!(whole.is_err(), "{label} is nothing to write in"),
        // UTF-8 is checked record by record, later.
        Some(encoding) if encoding == encoding_rs::UTF_8 || label.ends_with("ascii") => {
            assert_eq!(whole.as_deref(), Ok(body));
        }
        Some(encoding) => {
            let (text, _, is_damaged) = encoding.decode(body);
            match whole {
                Ok(found) => {
                    assert!(!is_damaged, "damaged as {label}");
                    assert_eq!(String::from_utf8(found).unwrap(), text);
                }
                Err(_) => assert!(is_damaged, "whole as {label}"),
            }
        }
    }
}

/// Whether a body may show by its bytes that it is in another charset than its label says.
fn shows_itself(body: &[u8]) -> bool {
    let is_other = |letter: char| !letter.is_ascii() && letter != char::REPLACEMENT_CHARACTER;
    let has_nul_between = body.len() > 3 && (body[0] == 0) != (body[1] == 0);
    Encoding::for_bom(body).is_some()
        || has_nul_between
        || body.is_ascii()
        || String::from_utf8_lossy(body).chars().any(is_other)
}

/// The charset of a content type that is as simple as most are.
fn plain_label(content_type: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(content_type).ok()?;
    let label = text.strip_prefix("text/csv; charset=")?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_:".contains(c);
    (!label.is_empty() && label.chars().all(is_plain)).then(|| label.to_ascii_lowercase())
}
