//! Newline-delimited JSON: a record a line that is not blank, wherever chunks end.

use attendee_sync_domain::config::FeedFormat;
use attendee_sync_domain::feed::RecordsPath;
use serde_json::{Map, Value};

use crate::reading::read;

/// Panics where the law is broken by this input.
pub fn hold(body: &[u8]) {
    let reading = read(FeedFormat::Ndjson, &RecordsPath::default(), body);

    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let lines: Vec<&[u8]> = text
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .collect();
    let marks = body.windows(3).filter(|three| three == b"\xEF\xBB\xBF");
    let is_object = |line: &&[u8]| serde_json::from_slice::<Map<String, Value>>(line).is_ok();
    if marks.count() <= 1 && lines.iter().all(is_object) {
        assert_eq!(reading.end, Ok(Value::Null));
    }
    if reading.end.is_err() {
        return;
    }
    // A byte order mark on a later line, after blank ones, goes as well.
    let first = lines.first().map(|line| {
        let bare = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        bare.trim_ascii()
    });
    let first = first.filter(|line| !line.is_empty());
    let found: Vec<&[u8]> = reading
        .records
        .iter()
        .flatten()
        .map(Vec::as_slice)
        .collect();
    if first.is_some() {
        let expected: Vec<&[u8]> = first.into_iter().chain(lines.into_iter().skip(1)).collect();
        assert_eq!(found, expected);
        assert!(found.iter().take(1).all(|line| line.starts_with(b"{")));
    }
}
