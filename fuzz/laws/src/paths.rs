//! Paths: what is printed is the path again, and a field that was found is found by its path.
//!
//! Input: a line with a path, then JSON: a record, or a list of it and the levels above it.

use std::time::{Duration, Instant};

use attendee_sync_domain::feed::{FeedRecord, FieldPath, FieldsFound, RecordsPath, expand, listed};
use serde_json::Value;

use crate::text::{first_line, text};

/// What a long path may take under a sanitizer; a few milliseconds do.
const LONGEST: Duration = Duration::from_secs(2);

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let input = text(input);
    let (text, json) = first_line(input);
    let field: Option<FieldPath> = text.parse().ok();
    let records: Option<RecordsPath> = text.parse().ok();
    let value: Option<Value> = serde_json::from_str(json).ok();
    if let Some(path) = &field {
        let printed = path.to_string();
        assert_eq!(printed.parse().as_ref(), Ok(path));
        let written = serde_json::to_string(path).unwrap();
        assert_eq!(serde_json::from_str::<FieldPath>(&written).unwrap(), *path);
    }
    if let Some(path) = &records {
        assert_eq!(path.to_string().parse().as_ref(), Ok(path));
        let written = serde_json::to_string(path).unwrap();
        assert_eq!(
            serde_json::from_str::<RecordsPath>(&written).unwrap(),
            *path
        );
        if let Some(value) = &value {
            let is_each = path.to_string() == "$[*][*]";
            let found = expand(path, value).len();
            assert!(!is_each || found == listed(value).map_or(0, |list| list.len()));
        }
    }
    if let Some(value) = &value {
        finds_what_it_found(value, field.as_ref());
    }
    if text.len() < 32 {
        is_read_fast(text, value.as_ref());
    }
}

fn finds_what_it_found(value: &Value, path: Option<&FieldPath>) {
    let levels: Vec<&Value> = match value {
        Value::Array(levels) => levels.iter().collect(),
        other => vec![other],
    };
    let Some((value, parents)) = levels.split_first() else {
        return;
    };
    let record = FeedRecord::within(value, parents.to_vec());
    if let Some(path) = path {
        assert_eq!(record.find(path), record.find(path));
    }
    let mut fields = FieldsFound::default();
    fields.see(&record);
    for field in fields.list() {
        let path: FieldPath = field.path.parse().unwrap();
        let found = record.find(&path);
        let found = found.unwrap_or_else(|| panic!("{path:?} was found and is not there"));
        assert!(!found.is_object());
        if let (Some(example), Value::String(text)) = (&field.example, found) {
            let start = example.strip_suffix('…').unwrap_or(example);
            assert!(text.trim().starts_with(start), "{path:?} leads elsewhere");
        }
    }
}

/// The text many times over is read in time, too.
fn is_read_fast(text: &str, value: Option<&Value>) {
    let began = Instant::now();
    for between in ["", "."] {
        let long = format!("{text}{between}").repeat(1_000);
        let field = long.parse::<FieldPath>();
        let records = format!("${long}[*]").parse::<RecordsPath>();
        let Some(value) = value else {
            continue;
        };
        if let Ok(path) = field {
            let _ = path.find(value);
        }
        if let Ok(path) = records {
            let _ = expand(&path, value);
        }
    }
    assert!(began.elapsed() < LONGEST, "{text:?} takes long");
}
