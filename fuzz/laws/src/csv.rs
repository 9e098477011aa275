//! CSV is read as the `csv` crate reads it, wherever chunks end: a row an object, keyed by the header.

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_domain::config::FeedFormat;
use attendee_sync_domain::feed::RecordsPath;
use serde_json::{Map, Value};

use crate::reading::read;

type CsvLawRow = Vec<Vec<u8>>;

/// Panics where the law is broken by this input.
pub fn hold(body: &[u8]) {
    let reading = read(FeedFormat::Csv, &RecordsPath::default(), body);

    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let Some(rows) = rows(text).filter(|rows| !rows.is_empty() && !is_odd(text)) else {
        return;
    };
    if reading.end == Ok(Value::Bool(false)) {
        return;
    }
    if is_surely_whole(text, &rows) {
        assert_eq!(reading.end, Ok(Value::Null));
    }
    if reading.end.is_err() {
        return;
    }
    let (header, rows) = rows.split_first().unwrap();
    let names = names(header);
    assert_eq!(reading.records.len(), rows.len());
    for (record, row) in reading.records.iter().zip(rows) {
        let record = record.as_deref().unwrap();
        match expected(&names, row) {
            Some(expected) => {
                let found: Value = serde_json::from_slice(record).unwrap();
                assert_eq!(found, expected);
            }
            // What is not UTF-8 is a record that cannot be parsed.
            None => assert!(serde_json::from_slice::<Value>(record).is_err()),
        }
    }
}

/// The rows by the `csv` crate. The delimiter is told by the header, the first line that has
/// anything on it.
fn rows(text: &[u8]) -> Option<Vec<CsvLawRow>> {
    let header = text.iter().position(|byte| !b"\r\n".contains(byte))?;
    let (mut commas, mut semicolons, mut quoted) = (0, 0, false);
    for byte in &text[header..] {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'\r' | b'\n' => break,
            b',' => commas += 1,
            b';' => semicolons += 1,
            _ => {}
        }
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if semicolons > commas { b';' } else { b',' })
        .from_reader(text);
    let rows = reader.byte_records();
    let rows = rows.map(|row| Some(row.ok()?.iter().map(<[u8]>::to_vec).collect()));
    let mut rows: Vec<CsvLawRow> = rows.collect::<Option<_>>()?;
    // Neither a row of blanks nor the header once more is a record.
    rows.retain(|row| row.iter().any(|field| !field.trim_ascii().is_empty()));
    let header = rows.first().cloned();
    let mut place = 0;
    rows.retain(|row| {
        place += 1;
        place == 1 || Some(row) != header.as_ref()
    });
    Some(rows)
}

/// Whether the two readings differ on purpose: in spaces beside quotes, in further delimiters, and in what a
/// header with quotes is separated by.
fn is_odd(text: &[u8]) -> bool {
    let begin = text.trim_ascii_start();
    let line = begin
        .split(|byte| b"\r\n".contains(byte))
        .next()
        .unwrap_or_default();
    let has = |byte: u8| line.contains(&byte);
    let has_pair = |pair: &[u8]| text.windows(2).any(|two| two == pair);
    has(b'\t')
        || has(b'|')
        || (has(b'"') && has(b',') && has(b';'))
        || line
            .to_ascii_lowercase()
            .windows(4)
            .any(|word| word == b"sep=")
        || has_pair(b" \"")
        || has_pair(b"\" ")
}

/// Whether nobody could doubt that the body is a table that ends where it should.
fn is_surely_whole(text: &[u8], rows: &[CsvLawRow]) -> bool {
    let first = text.trim_ascii_start().first();
    let goes_on = [text, b"x\n"].concat();
    let more = self::rows(&goes_on).unwrap();
    text.ends_with(b"\n")
        && !matches!(first, Some(b'<' | b'{' | b'[') | None)
        // Not inside quotes: what follows is a row of its own.
        && more.len() == rows.len() + 1
        && more[..rows.len()] == *rows
}

fn names(header: &CsvLawRow) -> Vec<String> {
    let mut names = Vec::new();
    let mut taken = BTreeSet::new();
    // Where to go on counting: with thousands of one name, this must not take longest here.
    let mut next = BTreeMap::new();
    for (place, name) in header.iter().enumerate() {
        let name = String::from_utf8_lossy(name);
        let is_blank = |letter: char| letter.is_whitespace() || letter == '\u{feff}';
        let name = match name.trim_matches(is_blank) {
            "" => format!("column {}", place + 1),
            name => name.to_owned(),
        };
        let from = next.get(&name).copied().unwrap_or(2);
        let numbered = (from..).map(|number| (number + 1, format!("{name} {number}")));
        let mut choices = std::iter::once((from, name.clone())).chain(numbered);
        let (from, choice) = choices.find(|(_, choice)| !taken.contains(choice)).unwrap();
        next.insert(name, from);
        taken.insert(choice.clone());
        names.push(choice);
    }
    names
}

/// `None` where it is not UTF-8.
fn expected(names: &[String], row: &CsvLawRow) -> Option<Value> {
    let text = |field: &Vec<u8>| Some(Value::String(String::from_utf8(field.clone()).ok()?));
    let beyond = row.get(names.len()..).unwrap_or_default();
    if beyond.iter().any(|field| !field.is_empty()) {
        let fields: Option<Vec<Value>> = row.iter().map(text).collect();
        return fields.map(Value::Array);
    }
    let fields = names.iter().cloned().zip(row);
    let fields: Option<Map<String, Value>> = fields
        .map(|(name, field)| Some((name, text(field)?)))
        .collect();
    fields.map(Value::Object)
}
