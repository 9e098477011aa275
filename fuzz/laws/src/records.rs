//! A JSON body is cut into the records that `serde_json` finds in it, wherever its chunks end.
//!
//! Input: a digit that chooses where the records lie, then the body.

use attendee_sync_domain::config::FeedFormat;
use attendee_sync_domain::feed::{RecordsPath, expand, parse_element};
use serde_json::Value;

use crate::reading::{BodyReading, read};
use crate::strict::Strict;

/// Paths, and their steps in our own words: `*` is each element of a list.
const PATHS: [(&str, &[&str]); 6] = [
    ("$[*]", &["*"]),
    ("$.r[*]", &["r", "*"]),
    ("$.a.b[*]", &["a", "b", "*"]),
    ("$.r[*].p[*]", &["r", "*", "p", "*"]),
    ("$.r[*].a.p[*][*]", &["r", "*", "a", "p", "*", "*"]),
    ("$['a b'][\"c.d\"][*].p", &["a b", "c.d", "*", "p"]),
];

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let (text, steps) = PATHS[usize::from(*choice) % PATHS.len()];
    let path: RecordsPath = text.parse().unwrap();
    let reading = read(FeedFormat::Json, &path, body);

    // A byte order mark is not JSON to `serde_json`.
    let begin = body.iter().position(|byte| !b" \t\r\n".contains(byte));
    let json = &body[begin.unwrap_or(body.len())..];
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    let Ok(Strict(whole)) = serde_json::from_slice::<Strict>(json) else {
        refuses_what_is_no_json(json, &reading);
        return;
    };
    let list_at = steps.iter().position(|step| *step == "*").unwrap();
    let (names, below) = (&steps[..list_at], &steps[list_at + 1..]);
    // What may stand for a list is for the tests.
    let Some(list) = at(&whole, names).and_then(Value::as_array) else {
        return;
    };

    assert_eq!(reading.records.len(), list.len());
    for (found, expected) in reading.records.iter().zip(list) {
        let element = parse_element(found.as_deref()).unwrap();
        assert_eq!(element, *expected);
        let mut records = Vec::new();
        reach(&element, below, &mut vec![], &mut records);
        let expanded = expand(&path, &element);
        let expanded = expanded
            .into_iter()
            .map(|record| (record.value, record.parents));
        assert_eq!(expanded.collect::<Vec<_>>(), records);
    }
    let mut around = whole.clone();
    *at_mut(&mut around, names) = Value::Array(Vec::new());
    assert_eq!(reading.end, Ok(around));
}

/// A body that was read to its end, with every record in order, has to be JSON, but for two fields
/// of one name and what is nested deeper than `serde_json` follows.
fn refuses_what_is_no_json(json: &[u8], reading: &BodyReading) {
    let is_read = reading.end.is_ok()
        && reading
            .records
            .iter()
            .all(|record| parse_element(record.as_deref()).is_ok());
    if !is_read {
        return;
    }
    if let Err(error) = serde_json::from_slice::<Value>(json) {
        let text = error.to_string();
        assert!(text.starts_with("recursion limit"), "read, but {text}");
    }
}

fn at<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    names
        .iter()
        .try_fold(value, |value, name| value.as_object()?.get(*name))
}

fn at_mut<'v>(value: &'v mut Value, names: &[&str]) -> &'v mut Value {
    names.iter().fold(value, |value, name| &mut value[*name])
}

/// The records that lie `steps` below a value, each with the levels above it, nearest first.
fn reach<'v>(
    value: &'v Value,
    steps: &[&str],
    above: &mut Vec<&'v Value>,
    records: &mut Vec<(&'v Value, Vec<&'v Value>)>,
) {
    let Some((step, steps)) = steps.split_first() else {
        records.push((value, above.iter().rev().copied().collect()));
        return;
    };
    match value {
        Value::Array(list) if *step == "*" => {
            for value in list {
                reach(value, steps, above, records);
            }
        }
        // One record alone, or records by their numbers.
        Value::Object(fields) if *step == "*" => {
            let is_number = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
            if fields
                .iter()
                .all(|(name, value)| is_number(name) && value.is_object())
            {
                for value in fields.values() {
                    reach(value, steps, above, records);
                }
            } else {
                reach(value, steps, above, records);
            }
        }
        Value::Object(fields) => {
            if let Some(inner) = fields.get(*step) {
                above.push(value);
                reach(inner, steps, above, records);
                above.pop();
            }
        }
        _ => {}
    }
}
