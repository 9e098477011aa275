//! Describes an answer that is not what was expected, and what to do about it.

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::FeedFormat;
use serde_json::Value;

use super::told;

/// The number of bytes from which the kind of an answer can be told.
pub(super) const ENOUGH: usize = 1_024;
/// The maximum number of characters of an answer that are shown.
const SHOWN: usize = 100;

/// Returns the error that an answer is not in the document's format, judged by its first bytes.
pub(super) fn not(format: FeedFormat, beginning: &[u8]) -> SourceError {
    let (name, word) = match format {
        FeedFormat::Json => ("JSON", "json"),
        FeedFormat::Ndjson => ("one JSON object a line", "ndjson"),
        FeedFormat::Csv => ("CSV", "csv"),
    };
    let text = String::from_utf8_lossy(beginning);
    let text =
        text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    let what = what_came(format, beginning, text);
    SourceError::new(format!(
        "the answer is not {name} but {what} (source.format is {word})"
    ))
}

fn what_came(format: FeedFormat, bytes: &[u8], text: &str) -> String {
    let is_json = text.starts_with(['{', '[']);
    if let Some(file) = file_type(bytes) {
        return format!("{file}; have the source send CSV or JSON");
    }
    if text.starts_with('<') {
        return markup(text);
    }
    match format {
        FeedFormat::Csv | FeedFormat::Ndjson if is_json => match told::error_in_text(text) {
            Some(error) => format!("an error of the source: {error}"),
            None if format == FeedFormat::Ndjson && text.starts_with('[') => {
                "one JSON list; set source.format to json".to_owned()
            }
            None => "JSON; set source.format to json".to_owned(),
        },
        FeedFormat::Json | FeedFormat::Ndjson if is_table(text) => format!(
            "what looks like a table, with {}; set source.format to csv if it is",
            quoted(first_line(text))
        ),
        _ if text.is_empty() => "nothing that can be read".to_owned(),
        _ => format!(
            "a text that begins with {}; see whether it says what is wrong, and check source.url and \
             source.authentication",
            quoted(first_line(text))
        ),
    }
}

/// Returns the kind of a file with these first bytes.
fn file_type(bytes: &[u8]) -> Option<&'static str> {
    const TYPES: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "a zip file, as Excel's .xlsx is one"),
        (b"\xD0\xCF\x11\xE0", "an Excel file (.xls)"),
        (b"%PDF", "a PDF"),
        (
            b"\x1F\x8B",
            "a file that was packed with gzip more than twice",
        ),
        (b"\x28\xB5\x2F\xFD", "a file that is packed with zstd"),
        (b"BZh", "a file that is packed with bzip2"),
    ];
    let found = TYPES.iter().find(|(start, _)| bytes.starts_with(start));
    found.map(|(_, name)| *name)
}

/// Returns whether bytes are the beginning of a file that is no text.
pub(super) fn is_file(bytes: &[u8]) -> bool {
    file_type(bytes).is_some()
}

fn markup(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let is_page = ["<!doctype html", "<html", "<head", "<body", "<title"]
        .iter()
        .any(|tag| lower.contains(tag));
    if !is_page && lower.starts_with("<?xml") {
        return "XML; have the source send JSON or CSV".to_owned();
    }
    let title = lower.find("<title").and_then(|start| {
        let text = text.get(start..)?;
        let (_, text) = text.split_once('>')?;
        let (title, _) = text.split_once('<')?;
        Some(format!(" called {}", quoted(title))).filter(|_| !title.trim().is_empty())
    });
    format!(
        "a web page{}, like a web page to sign in on or an error page; check the credential in \
         source.authentication, and that source.url is the address of the API or the export",
        title.unwrap_or_default()
    )
}

/// Returns whether the first line of a text looks like the header of a table.
fn is_table(text: &str) -> bool {
    let line = first_line(text);
    let separators = [',', ';', '\t', '|'];
    text.contains(['\n', '\r'])
        && separators
            .iter()
            .any(|mark| line.matches(*mark).count() > 1)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// A text of the source in quotes, cut, and without addresses of people.
pub(super) fn quoted(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        words.push(if word.contains('@') { "…" } else { word });
    }
    let text: String = words
        .join(" ")
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("\"{shown}{more}\"")
}

/// Returns a value of the source as text, where it is short.
pub(super) fn value_in_words(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Object(_) | Value::Array(_) => quoted(&value.to_string().replace('"', "'")),
        other => other.to_string(),
    }
}
