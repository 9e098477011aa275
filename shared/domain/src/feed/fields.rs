//! Collects the fields of records, from which people choose for the mapping.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::FeedRecord;

/// Most fields listed; further ones are ignored.
const MAX_FIELDS: usize = 500;
/// Most levels of objects within a record that are examined.
const MAX_DEPTH: usize = 6;
/// Most characters of an example.
const MAX_EXAMPLE: usize = 80;

/// A field that was found in records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct FieldFound {
    /// Its path, as a mapping writes it.
    pub path: String,
    /// Number of records with a value there.
    pub filled: u64,
    /// One of the values, where it is text, a number or a boolean. It is personal data.
    pub example: Option<String>,
}

/// Collects the fields of records.
#[derive(Debug, Default)]
pub struct FieldsFound(BTreeMap<String, (u64, Option<String>)>);

impl FieldsFound {
    /// Examines one record and the levels above it.
    pub fn see(&mut self, record: &FeedRecord<'_>) {
        if let Value::Object(fields) = record.value {
            self.object("", fields, 0);
        }
        if let Some(Value::Object(fields)) = record.details.value() {
            self.object("details.", fields, 0);
        }
        let mut prefix = String::new();
        for level in &record.parents {
            prefix.push_str("parent.");
            if let Value::Object(fields) = level {
                self.object(&prefix, fields, 0);
            }
        }
    }

    /// Returns all fields, by path.
    #[must_use]
    pub fn list(self) -> Vec<FieldFound> {
        let field = |(path, (filled, example))| FieldFound {
            path,
            filled,
            example,
        };
        self.0.into_iter().map(field).collect()
    }

    fn object(&mut self, prefix: &str, fields: &Map<String, Value>, depth: usize) {
        // A path cannot contain a quote within quotes.
        for (name, value) in fields.iter().filter(|(name, _)| !name.contains('"')) {
            let path = format!("{prefix}{}", step(name, prefix, depth));
            match value {
                Value::Object(inner) if depth < MAX_DEPTH => {
                    self.object(&format!("{path}."), inner, depth + 1);
                }
                // Lists of objects need expressions; often this is the very list of records.
                Value::Array(list) if list.iter().any(Value::is_object) => {}
                Value::Object(_) => {}
                _ => self.value(path, value),
            }
        }
    }

    fn value(&mut self, path: String, value: &Value) {
        if self.0.len() >= MAX_FIELDS && !self.0.contains_key(&path) {
            return;
        }
        let (filled, example) = self.0.entry(path).or_default();
        let text = example_of(value);
        *filled += u64::from(text.is_some());
        if example.is_none() {
            *example = text;
        }
    }
}

/// Returns a name as a step of a path, quoted where it would otherwise have another meaning.
pub(crate) fn step(name: &str, prefix: &str, depth: usize) -> String {
    let means_a_level = match name {
        "parent" => depth == 0,
        "record" => prefix.is_empty(),
        _ => false,
    };
    if name.is_empty() || name.trim() != name || name.contains(['.', '[', ']']) || means_a_level {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

fn example_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().filter_map(example_of).collect();
            texts.join("; ")
        }
        Value::Null | Value::Object(_) => return None,
    };
    match text.char_indices().nth(MAX_EXAMPLE) {
        _ if text.is_empty() => None,
        Some((end, _)) => Some(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FieldPath;
    use serde_json::json;

    #[test]
    fn every_field_found_is_found_again_by_its_path() {
        let order = json!({"code": "A1", "parent": "A0", "invoice": {"company": "Initech"}, "positions": [{}]});
        let ticket = json!({
            "id": 7, "name": {"given": "Ada", "family": " "}, "tags": ["a", "b"],
            "urn:x.y": {"org": "Z"}, "parent": "own", "checked": false, "none": null,
            "answers": [{"question": 1}]
        });
        let record = FeedRecord::within(&ticket, vec![&order]);
        let mut fields = FieldsFound::default();
        fields.see(&record);
        let list = fields.list();
        let lines: Vec<String> = list
            .iter()
            .map(|field| format!("{} {} {:?}", field.path, field.filled, field.example))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        "parent" 1 Some("own")
        "urn:x.y".org 1 Some("Z")
        checked 1 Some("false")
        id 1 Some("7")
        name.family 0 None
        name.given 1 Some("Ada")
        none 0 None
        parent."parent" 1 Some("A0")
        parent.code 1 Some("A1")
        parent.invoice.company 1 Some("Initech")
        tags 1 Some("a; b")
        "#);
        for field in list {
            let path: FieldPath = field.path.parse().unwrap();
            assert!(record.find(&path).is_some(), "{path}");
        }
    }

    #[test]
    fn a_record_with_endless_fields_lists_some() {
        let many: Map<String, Value> = (0..2_000)
            .map(|number| (format!("f{number}"), json!(1)))
            .collect();
        let value = Value::Object(many);
        let mut fields = FieldsFound::default();
        fields.see(&FeedRecord::within(&value, Vec::new()));
        assert_eq!(fields.list().len(), MAX_FIELDS);
    }
}
