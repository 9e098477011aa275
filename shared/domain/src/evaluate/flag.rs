//! Evaluates the delete flag of one record: whether it orders the erasure of its person.

use serde_json::Value;

use crate::config::{DeleteFlag, TrueValues};
use crate::feed::FeedRecord;
use crate::text;

/// Longest flag value that an issue repeats, in characters: enough for a word, too little to
/// identify a person.
const MAX_SHOWN: usize = 16;
/// Words that represent no value or no clear value, where any value orders an erasure.
const NO_VALUES: [&str; 20] = [
    "null",
    "none",
    "nil",
    "nan",
    "nat",
    "undefined",
    "n/a",
    "na",
    "n",
    "f",
    "off",
    "never",
    "-",
    "--",
    "\u{2013}",
    "\u{2014}",
    "\\n",
    "[]",
    "{}",
    "unknown",
];

/// Returns whether the flag orders an erasure. A value that is neither clearly true nor clearly
/// false is an error, in words for people, and erases nobody (invariant 2).
pub(super) fn flagged(flag: &DeleteFlag, record: &FeedRecord<'_>) -> Result<bool, String> {
    // Control characters stay here, unlike in a profile field: a value that contains one is not
    // clearly anything.
    let value = match record.find(&flag.path) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.trim().to_lowercase(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        Some(Value::Array(_) | Value::Object(_)) => {
            return Err("the delete flag is a list or an object; nobody was erased".to_owned());
        }
    };
    let listed = |values: &[String]| {
        values
            .iter()
            .any(|listed| listed.trim().to_lowercase() == value)
    };
    let is_blank = text::line(&value).is_empty();
    match &flag.true_values {
        TrueValues::Listed(values) if listed(values) => Ok(true),
        TrueValues::Listed(_) if listed(&flag.false_values) => Ok(false),
        TrueValues::Any if is_blank || listed(&flag.false_values) => Ok(false),
        TrueValues::Any if !says_nothing(&value) => Ok(true),
        _ => Err(unclear(&value)),
    }
}

/// Returns whether a text represents no value: a word for it, or the zero date of a database or a
/// program.
fn says_nothing(value: &str) -> bool {
    let zeros = |value: &str| {
        let mut characters = value.chars();
        value.contains('0') && characters.all(|c| c == '0' || !c.is_alphanumeric())
    };
    let is_zero_date =
        || value.starts_with("0000-") || value.starts_with("0001-01-01") || zeros(value);
    NO_VALUES.contains(&value) || is_zero_date()
}

fn unclear(value: &str) -> String {
    let is_word = value.len() <= MAX_SHOWN && value.bytes().all(|b| b.is_ascii_lowercase());
    let shown = match value {
        "" => " (a blank)".to_owned(),
        _ if is_word => format!(" (\"{value}\")"),
        _ => String::new(),
    };
    format!(
        "the delete flag is neither clearly true nor clearly false{shown}; list its value in delete_flag.true_values or delete_flag.false_values; nobody was erased"
    )
}
