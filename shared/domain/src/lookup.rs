//! Side lists of a source, such as its ticket types: small lists that are read once per run, in
//! which expressions look records up by their keys.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// The side lists, by the name that expressions use.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct Lookups(pub BTreeMap<String, LookupTable>);

/// One side list: its records by their keys, written as text by [`key`]. Of two records with the
/// same key, the later one is used.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(transparent)]
pub struct LookupTable(pub BTreeMap<String, Value>);

/// Returns a key as text: the same for `3`, `3.0` and `"3"`, so that a number finds a record whose
/// key the source writes as text. `None` for null, a list or an object.
#[must_use]
pub fn key(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => {
            let text = number.to_string();
            Some(text.strip_suffix(".0").map_or(text.clone(), str::to_owned))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_the_same_as_number_and_as_text() {
        for (value, text) in [
            (json!(3), Some("3")),
            (json!(3.0), Some("3")),
            (json!("3"), Some("3")),
            (json!("3.0"), Some("3.0")),
            (json!(-2.5), Some("-2.5")),
            (
                json!(18_446_744_073_709_551_615_u64),
                Some("18446744073709551615"),
            ),
            (json!(true), Some("true")),
            (json!(null), None),
            (json!([3]), None),
        ] {
            assert_eq!(key(&value).as_deref(), text, "{value}");
        }
    }
}
