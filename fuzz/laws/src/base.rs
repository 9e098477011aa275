//! The document that inputs change, and how.

use serde_json::{Map, Value};

/// A document that every part of a target's own is merged into (RFC 7396).
pub(crate) fn base_document() -> Value {
    let text = include_str!("base.json");
    serde_json::from_str(text).unwrap_or_default()
}

/// Merges a patch into a document, as RFC 7396 says.
pub(crate) fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(fields) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(&name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), value);
        }
    }
}
