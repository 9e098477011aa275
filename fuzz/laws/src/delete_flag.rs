//! The delete flag erases for the values that the document lists as true, and for no other.
//!
//! Input: JSON with the field's `value`, or without it, and `true_values` and `false_values`.

use std::sync::LazyLock;

use attendee_sync_domain::config::{EventDocument, SourceAddresses, check};
use attendee_sync_domain::evaluate::{Disposition, Evaluator, RecordOutcome};
use attendee_sync_domain::feed::FeedRecord;
use attendee_sync_domain::ids::PersonKey;
use attendee_sync_domain::lookup::Lookups;
use serde_json::{Value, json};

use crate::base::base_document;

static DOCUMENT: LazyLock<EventDocument> = LazyLock::new(|| {
    let mut document = base_document();
    document["rules"] = json!([]);
    document["invitations"] = json!({});
    document["mapping"] = json!({"email": "email", "first_name": "name", "last_name": "name"});
    check(&document, &SourceAddresses::Public).unwrap()
});

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    let mut flag = json!({"path": "erased"});
    for list in ["true_values", "false_values"] {
        if let Some(values) = input.get(list) {
            flag[list] = values.clone();
        }
    }
    let mut record = json!({"email": "ada@example.org", "name": "Ada"});
    if let Some(value) = input.get("value") {
        record["erased"] = value.clone();
    }
    let Some(document) = with_flag(&flag) else {
        return;
    };
    if flag["true_values"].is_string() {
        // Any value: the law is about lists.
        return;
    }
    let lists = [&flag["true_values"], &flag["false_values"]];
    let [yes, no] = [
        (lists[0], ["true", "1", "yes"].as_slice()),
        (lists[1], &["", "false", "0", "no"]),
    ]
    .map(|(list, default)| values(list, default));

    let evaluator = Evaluator::new(&document, &PersonKey([7; 32]), &Lookups::default());
    let evaluated = || evaluator.evaluate(&FeedRecord::within(&record, Vec::new()), 1, 1);
    let (outcome, issues) = evaluated();
    assert_eq!((outcome.clone(), issues.clone()), evaluated());
    let RecordOutcome::Person(_, contribution) = outcome else {
        panic!("a flag makes no record a bad one");
    };
    let erases = contribution.disposition == Disposition::Erase;
    let said = folded(record.get("erased").unwrap_or(&Value::Null));
    let is_listed = |list: &[String]| said.as_ref().is_some_and(|said| list.contains(said));
    assert_eq!(erases, is_listed(&yes), "{record}");
    // What is neither is said to somebody.
    let is_unclear = !is_listed(&yes) && !is_listed(&no);
    assert_eq!(issues.len(), usize::from(is_unclear), "{record}");
}

/// The document with this flag, where such a document is accepted. The whole check takes long.
fn with_flag(flag: &Value) -> Option<EventDocument> {
    let mut document = DOCUMENT.clone();
    document.delete_flag = Some(serde_json::from_value(flag.clone()).ok()?);
    let whole = serde_json::to_value(&document).ok()?;
    check(&whole, &SourceAddresses::Public).ok()
}

fn values(list: &Value, default: &[&str]) -> Vec<String> {
    match list.as_array() {
        Some(list) => list.iter().filter_map(folded).collect(),
        None => default.iter().map(|text| (*text).to_owned()).collect(),
    }
}

/// What is compared; `None` for what is no value at all.
fn folded(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.trim().to_lowercase()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
