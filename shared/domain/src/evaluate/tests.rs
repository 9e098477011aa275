//! What is made of one record: its person, what it says of them, and what there is to say about it.

mod defaults;
mod delete_flag;
mod details;
mod fingerprint;
mod groups;
mod issues;
mod names;
mod rejected;
mod rules;
mod values;

use serde_json::{Value, json};

use super::{Contribution, Disposition, Evaluator, RecordOutcome, Rejection};
use crate::config::EventDocument;
use crate::feed::{RecordsPath, expand};
use crate::group::GroupName;
use crate::ids::PersonKey;
use crate::issue::Issue;
use crate::lookup::Lookups;

/// A document of which the record's own fields are mapped by name; `change` replaces parts of it.
fn document(change: &Value) -> EventDocument {
    let mut document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example.org/api"},
        "mapping": {"source_id": "id", "email": "mail", "first_name": "first", "last_name": "last"},
    });
    merge(&mut document, change);
    serde_json::from_value(document).unwrap()
}

fn merge(into: &mut Value, change: &Value) {
    match (into.as_object_mut(), change.as_object()) {
        (Some(object), Some(change)) => {
            for (name, value) in change {
                merge(object.entry(name).or_insert(Value::Null), value);
            }
        }
        _ => *into = change.clone(),
    }
}

fn mapping(mapping: &Value) -> EventDocument {
    document(&json!({ "mapping": mapping }))
}

/// A record of someone with an address and a name; `more` adds fields and replaces them.
fn record(more: &Value) -> Value {
    let mut record = json!({"id": 7, "mail": "ann@example.org", "first": "Ann", "last": "Example"});
    for (name, value) in more.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

fn evaluate(document: &EventDocument, record: &Value) -> (RecordOutcome, Vec<Issue>) {
    evaluate_in(document, "$[*]", record)
}

/// Evaluates the last record in an element of the list.
fn evaluate_in(
    document: &EventDocument,
    path: &str,
    element: &Value,
) -> (RecordOutcome, Vec<Issue>) {
    let path: RecordsPath = path.parse().unwrap();
    let records = expand(&path, element);
    Evaluator::new(document, &PersonKey([7; 32]), &Lookups::default()).evaluate(
        records.last().unwrap(),
        11,
        3,
    )
}

fn text(document: &EventDocument, record: &Value) -> String {
    as_text(&evaluate(document, record))
}

/// An outcome and its issues as short text.
fn as_text((outcome, issues): &(RecordOutcome, Vec<Issue>)) -> String {
    let mut lines = Vec::new();
    match outcome {
        RecordOutcome::Ignored => lines.push("ignored".to_owned()),
        RecordOutcome::Rejected(Rejection { email, .. }) => lines.push(match email {
            Some(email) => format!("{email} rejected"),
            None => "rejected".to_owned(),
        }),
        RecordOutcome::Nameless(contribution) => {
            lines.push(format!("no address: {:?}", contribution.disposition));
        }
        RecordOutcome::Person(email, contribution) => {
            let wish = match contribution.disposition {
                Disposition::Live => "attends".to_owned(),
                Disposition::Remove(rule) => format!("removed by rule {rule}"),
                Disposition::UserOnly(rule) => format!("a user only by rule {rule}"),
                Disposition::Erase => "erased".to_owned(),
            };
            lines.push(format!("{email} {wish}"));
            said(contribution, &mut lines);
        }
    }
    for issue in issues {
        let severity = format!("{:?}", issue.severity).to_lowercase();
        let field = issue.field.as_deref().unwrap_or_default();
        lines.push(format!(
            "{severity} {} {field}: {}",
            issue.code, issue.reason
        ));
    }
    lines.join("\n")
}

fn said(contribution: &Contribution, lines: &mut Vec<String>) {
    let incoming = &contribution.incoming;
    let mut say = |name: &str, value: String| lines.push(format!("  {name}: {value:?}"));
    for (field, value) in incoming.profile.iter() {
        say(field.name(), value.to_owned());
    }
    if !incoming.groups.is_empty() {
        let groups: Vec<&str> = incoming.groups.iter().map(GroupName::as_str).collect();
        say("groups", groups.join("; "));
    }
    if let Some(url) = &incoming.digital_badge {
        say("digital_badge", url.clone());
    }
    if let Some(id) = &incoming.source_id {
        say("source_id", id.clone());
    }
    if !incoming.unusable.is_empty() {
        let fields: Vec<&str> = incoming.unusable.iter().map(|field| field.name()).collect();
        say("unusable", fields.join("; "));
    }
}
