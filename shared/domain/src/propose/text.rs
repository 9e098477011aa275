//! Reads an answer as text: detects its format, and returns its content as JSON.

use serde_json::{Map, Value};

use crate::config::FeedFormat;

/// Most rows of a table, or lines, that are read.
const MAX_ROWS: usize = 200;
/// Most columns of a table.
const MAX_COLUMNS: usize = 500;
/// Separators of columns, the most usual first.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// An answer that was read as text.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposeText {
    /// The detected format.
    pub format: FeedFormat,
    /// Its content; of a table, and of JSON in lines, the first rows.
    pub body: Value,
    /// The reason for the format.
    pub reason: String,
}

/// Reads an answer of which only the text is known: JSON, JSON in lines, or a table.
///
/// # Errors
///
/// Fails where the text is empty, a web page, or neither JSON nor a table, with a sentence that
/// says so.
pub fn text_answer(text: &str) -> Result<ProposeText, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err("the answer is empty".to_owned());
    }
    if text.starts_with('<') {
        let is_page = text
            .get(..300)
            .unwrap_or(text)
            .to_lowercase()
            .contains("html");
        return Err(if is_page {
            "the answer is a web page, not data; check the address"
        } else {
            "the answer is XML, which this program does not read; ask for JSON or CSV"
        }
        .to_owned());
    }
    if let Ok(body) = serde_json::from_str(text) {
        return Ok(ProposeText {
            format: FeedFormat::Json,
            body,
            reason: "the answer is JSON".to_owned(),
        });
    }
    if text.starts_with('{')
        && let Some(body) = lines(text)
    {
        return Ok(ProposeText {
            format: FeedFormat::Ndjson,
            body,
            reason: "each line of the answer is a JSON object".to_owned(),
        });
    }
    if text.starts_with(['{', '[']) {
        return Err("the answer begins like JSON, but is not whole".to_owned());
    }
    let (body, separator) =
        table(text).ok_or("the answer is neither JSON nor a table with columns")?;
    let name = match separator {
        ',' => "commas",
        ';' => "semicolons",
        '\t' => "tabs",
        _ => "bars",
    };
    Ok(ProposeText {
        format: FeedFormat::Csv,
        body,
        reason: format!("the answer is a table whose columns are separated by {name}"),
    })
}

fn lines(text: &str) -> Option<Value> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(MAX_ROWS)
        .collect();
    let parsed: Vec<Option<Value>> = lines
        .iter()
        .map(|line| serde_json::from_str(line).ok())
        .collect();
    // The last line may be incomplete.
    let (last, whole) = parsed.split_last()?;
    let rows: Vec<Value> = whole
        .iter()
        .cloned()
        .collect::<Option<Vec<Value>>>()?
        .into_iter()
        .chain(last.clone())
        .collect();
    (!rows.is_empty() && rows.iter().all(Value::is_object)).then_some(Value::Array(rows))
}

/// Returns the rows of a table as objects whose keys are the first row, and the separator of its
/// columns.
fn table(text: &str) -> Option<(Value, char)> {
    let (said, text) = match text.split_once('\n') {
        Some((first, rest)) if first.len() < 8 && first.to_lowercase().starts_with("sep=") => {
            (first.trim().chars().nth(4), rest)
        }
        _ => (None, text),
    };
    let first = text.lines().next()?;
    let count = |separator: &char| first.matches(*separator).count();
    let separator = said.or_else(|| {
        let mut known = SEPARATORS.to_vec();
        known.sort_by_key(|separator| std::cmp::Reverse(count(separator)));
        known
            .first()
            .copied()
            .filter(|separator| count(separator) > 0)
    })?;
    let mut rows = cells(text, separator).into_iter();
    let head = rows.next()?;
    let is_head = head.len() > 1
        && head.len() <= MAX_COLUMNS
        && head
            .iter()
            .any(|cell| cell.chars().any(char::is_alphabetic));
    let object = |row: Vec<String>| {
        let fields: Map<String, Value> = head
            .iter()
            .cloned()
            .zip(row.into_iter().map(Value::String))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        Value::Object(fields)
    };
    let rows: Vec<Value> = rows
        .filter(|row| row.iter().any(|cell| !cell.is_empty()))
        .map(object)
        .collect();
    (is_head && !rows.is_empty()).then_some((Value::Array(rows), separator))
}

/// Returns the cells of a table's first rows. Quoted cells may contain separators, line breaks and
/// doubled quotes.
fn cells(text: &str, separator: char) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(row) = rows.last_mut() else { break };
        let Some(cell) = row.last_mut() else { break };
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if is_quoted || cell.trim().is_empty() => is_quoted = !is_quoted,
            letter if letter == separator && !is_quoted => row.push(String::new()),
            '\n' if !is_quoted => {
                if rows.len() > MAX_ROWS {
                    break;
                }
                rows.push(vec![String::new()]);
            }
            '\r' if !is_quoted => {}
            letter => cell.push(letter),
        }
    }
    for cell in rows.iter_mut().flatten() {
        *cell = cell.trim().to_owned();
    }
    rows
}
