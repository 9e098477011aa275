//! Lists that people upload, in place of a source that is asked at a URL.

use std::fmt;
use std::sync::Arc;

use crate::ids::EventId;

use super::source::FeedFormat;

/// Where the list of a source comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ListOrigin {
    /// The source is asked at its URL.
    #[default]
    Asked,
    /// It was uploaded, and is stored with this event.
    Stored(EventId),
    /// Somebody gives it along, to try out a document that is not stored.
    Given(GivenList),
}

/// A list that somebody gives: text in CSV or JSON. It names people, so it is never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenList {
    /// The text.
    pub bytes: Arc<[u8]>,
    /// What it is written in.
    pub format: FeedFormat,
}

impl fmt::Debug for GivenList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenList")
            .field("bytes", &self.bytes.len())
            .field("format", &self.format)
            .finish()
    }
}

impl GivenList {
    /// Takes text that somebody pasted or uploaded.
    ///
    /// # Errors
    ///
    /// Fails, in words for people, where it is neither JSON nor a table in CSV.
    pub fn new(bytes: Vec<u8>) -> Result<Self, NoList> {
        let format = format_of(&bytes)?;
        Ok(Self {
            bytes: bytes.into(),
            format,
        })
    }

    /// The media type of its text.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        media_type(self.format)
    }
}

/// The media type of a format.
#[must_use]
pub fn media_type(format: FeedFormat) -> &'static str {
    match format {
        FeedFormat::Json => "application/json",
        FeedFormat::Ndjson => "application/x-ndjson",
        FeedFormat::Csv => "text/csv",
    }
}

/// Why some bytes are no list; the text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoList {
    /// There is nothing.
    #[error("it is empty; give a list with a line for each person")]
    Empty,
    /// It is a document of another kind.
    #[error("this is {0}; save the list as CSV, XLSX or JSON and give that")]
    Other(&'static str),
    /// It is JSON that does not end well.
    #[error("it begins as JSON and cannot be read as such ({0}); give all of it")]
    Json(String),
}

/// How files begin that are no list.
const OTHERS: [(&[u8], &str); 6] = [
    (b"\xd0\xcf\x11\xe0", "a file of an old Excel (XLS)"),
    (b"PK\x03\x04", "a compressed file"),
    (b"%PDF", "a PDF file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"<", "a web page, or XML"),
    (b"\x89PNG", "a picture"),
];

fn format_of(bytes: &[u8]) -> Result<FeedFormat, NoList> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = text.trim_ascii();
    if text.is_empty() {
        return Err(NoList::Empty);
    }
    if let Some((_, what)) = OTHERS.iter().find(|(begin, _)| text.starts_with(begin)) {
        return Err(NoList::Other(what));
    }
    if !text.starts_with(b"{") && !text.starts_with(b"[") {
        return Ok(FeedFormat::Csv);
    }
    let mut values =
        serde_json::Deserializer::from_slice(text).into_iter::<serde::de::IgnoredAny>();
    let mut count = 0;
    for value in &mut values {
        match value {
            Ok(_) => count += 1,
            Err(error) => return Err(NoList::Json(error.to_string())),
        }
    }
    Ok(match count {
        0 | 1 => FeedFormat::Json,
        _ => FeedFormat::Ndjson,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_told_by_its_text() {
        let format = |text: &str| GivenList::new(text.as_bytes().to_vec()).map(|list| list.format);
        assert_eq!(format("[{\"id\": 1}]"), Ok(FeedFormat::Json));
        assert_eq!(format("\u{feff} {\"data\": []}\n"), Ok(FeedFormat::Json));
        assert_eq!(format("{\"id\": 1}\n{\"id\": 2}\n"), Ok(FeedFormat::Ndjson));
        assert_eq!(format("id;email\n1;a@b.nl\n"), Ok(FeedFormat::Csv));
        assert_eq!(format("  \n"), Err(NoList::Empty));
        assert!(matches!(format("[{\"id\": 1}"), Err(NoList::Json(_))));
        assert!(matches!(format("<html>"), Err(NoList::Other(_))));
        assert!(matches!(format("%PDF-1.7"), Err(NoList::Other(_))));
    }

    #[test]
    fn what_a_list_holds_is_not_shown() {
        let list = GivenList::new(b"email\nada@example.org\n".to_vec()).unwrap();
        assert!(!format!("{list:?}").contains("ada"));
    }
}
