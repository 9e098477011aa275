//! What expressions see, what they are made of, and what they may cost.

mod cost;
mod filters;
mod language;
mod values;

use serde_json::{Value, json};

use super::{Expression, ExpressionError, ExpressionScope, Surroundings};
use crate::config::EventDocument;
use crate::feed::FeedRecord;
use crate::lookup::{LookupTable, Lookups};

fn document() -> EventDocument {
    serde_json::from_value(json!({
        "community": "acme", "event": "devcon-2026", "name": "DevCon 2026",
        "time_zone": "Europe/Amsterdam", "starts": "2026-12-01T08:00",
        "source": {"url": "https://registration.example.org/api"},
        "mapping": {"email": "mail", "first_name": "first", "last_name": "last"},
    }))
    .unwrap()
}

/// A side list `items` of what an attendee may hold.
fn lookups() -> Lookups {
    let items = [
        (
            "3",
            json!({"name": {"en": "VIP", "nl": "Eregast"}, "price": 120.5}),
        ),
        ("true", json!({"name": {"en": "Member"}})),
        ("gold", json!({"name": {"en": "Gold"}})),
    ];
    let items = items.map(|(key, record)| (key.to_owned(), record));
    Lookups([("items".to_owned(), LookupTable(items.into()))].into())
}

/// The expression's value on a record below `parents`, nearest first.
fn evaluate_below(
    source: &str,
    value: &Value,
    parents: Vec<&Value>,
) -> Result<Value, ExpressionError> {
    let surroundings = Surroundings::new(&document(), &lookups());
    let expression: Expression = source.parse()?;
    expression.evaluate(&ExpressionScope::of(
        &FeedRecord::within(value, parents),
        &surroundings,
    ))
}

fn evaluate(source: &str, record: &Value) -> Result<Value, ExpressionError> {
    evaluate_below(source, record, Vec::new())
}

/// What an expression is refused or fails with.
fn error(source: &str, record: &Value) -> String {
    match evaluate(source, record) {
        Ok(value) => panic!("{source} gave {:.200}", value.to_string()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_text_that_is_no_expression_is_told_where() {
    for (text, place) in [
        ("land or or ticket", Some(11)),
        ("land is is", None),
        ("company or first_name", None),
    ] {
        assert_eq!(Expression::fault_at(text), place, "{text}");
    }
}
