//! An expression on a record: whatever both are, it ends soon and says the same again.
//!
//! Input: a line with the expression, then JSON: a record, or a list of it and the levels above it.

use std::sync::LazyLock;

use attendee_sync_domain::config::{SourceAddresses, check};
use attendee_sync_domain::expression::{Expression, ExpressionScope, Surroundings};
use attendee_sync_domain::feed::FeedRecord;
use attendee_sync_domain::lookup::{LookupTable, Lookups};
use serde_json::{Value, json};

use crate::base::base_document;
use crate::text::{first_line, text};

static SURROUNDINGS: LazyLock<Surroundings> = LazyLock::new(|| {
    let document = check(&base_document(), &SourceAddresses::Public).unwrap();
    let items = [
        ("3", json!({"name": {"en": "Standard"}})),
        ("4", json!([1, "x"])),
    ];
    let items = items.map(|(key, item)| (key.to_owned(), item));
    let lookups = [("items".to_owned(), LookupTable(items.into()))];
    Surroundings::new(&document, &Lookups(lookups.into()))
});

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let input = text(input);
    let (source, json) = first_line(input);
    let Ok(expression) = source.parse::<Expression>() else {
        return;
    };
    assert_eq!(expression.source(), source);
    let levels = match serde_json::from_str(json) {
        Ok(Value::Array(levels)) => levels,
        Ok(other) => vec![other],
        Err(_) => vec![json!({"a": "x", "b": [1, 2], "c": {"d": null}, "e": 0.5})],
    };
    let Some((value, parents)) = levels.split_first() else {
        return;
    };
    let scope = || {
        let parents = parents.iter().collect();
        ExpressionScope::of(&FeedRecord::within(value, parents), &SURROUNDINGS)
    };
    let result = expression.evaluate(&scope());
    assert_eq!(
        result,
        expression.evaluate(&scope()),
        "another the second time"
    );
    // A result may fail to be JSON where the value itself has a truth, not the other way round.
    if result.is_ok() {
        assert!(expression.holds(&scope()).is_ok());
    }
    if let Ok(value) = result {
        assert!(size(&value) <= 1 << 20, "a large result");
    }
}

/// What a value comes to in memory, in bytes of text and its items.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 32 + size(item)).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, item)| 32 + name.len() + size(item))
            .sum(),
        _ => 0,
    }
}
