//! Names that no record of a feed has.

use serde_json::{Value, json};

use super::document;
use crate::evaluate::NameWatch;
use crate::feed::{RecordsPath, expand};

/// What is said of rules and a mapping once these elements of the list were read.
fn told_in(change: &Value, path: &str, elements: &[Value]) -> Vec<String> {
    let mut names = NameWatch::of(&document(change));
    let path: RecordsPath = path.parse().unwrap();
    for element in elements {
        for record in expand(&path, element) {
            names.see(&record);
        }
        // It goes from one process to another.
        names = serde_json::from_value(serde_json::to_value(&names).unwrap()).unwrap();
    }
    let issues = names.issues().into_iter();
    issues
        .map(|issue| format!("{}: {}", issue.field.unwrap_or_default(), issue.reason))
        .collect()
}

fn told(when: &str, records: &[Value]) -> String {
    let rules = json!({"rules": [{"when": when, "then": "remove_attendee"}]});
    told_in(&rules, "$[*]", records).join("\n")
}

#[test]
fn a_name_that_no_record_has_is_told_with_what_was_meant() {
    let records = [
        json!({"status": "paid", "invoice": {"state": "open"}, "none": null}),
        json!({"status": "cancelled", "orderStatus": 1, "tags": ["a"], "ticketType": "x"}),
    ];
    for (when, said) in [
        (
            "status == cancelled",
            "no record has a field cancelled, so that it is always blank; if the text is meant, write it in quotes: 'cancelled'",
        ),
        ("status in [cancelled]", "write it in quotes: 'cancelled'"),
        ("Status == 'cancelled'", "did you mean status?"),
        ("order_status == 1", "did you mean orderStatus?"),
        ("statsu == 'cancelled'", "did you mean status?"),
        ("record.Status", "did you mean status?"),
        (
            "invoice.State == 'open'",
            "no record has a field invoice.State, so that it is always blank; did you mean state?",
        ),
        (
            "canceled == 1",
            "no record has a field canceled, so that it is always blank; if the text is meant, write it in quotes: 'canceled'",
        ),
        ("ticket_type | lower == 'x'", "did you mean ticketType?"),
    ] {
        let text = told(when, &records);
        assert!(text.contains(said), "{when}: {text:?}");
    }
    for when in [
        "status == 'cancelled'",
        "orderStatus",
        "none.at.all",
        "tags.first",
        "tags[0]",
        "invoice.state",
        // Such a field may be there only when it is true.
        "canceled",
        "not canceled and status == 'paid'",
        "canceled is defined and canceled == 1",
        "canceled | default(false)",
        "event.name == 'x'",
        "lookup.items[status].name",
        "tags | selectattr('x') | list",
    ] {
        assert_eq!(told(when, &records), "", "{when}");
    }
    assert_eq!(told("canceled == 1", &[]), "", "nothing was read");
}

#[test]
fn levels_above_and_fields_of_rules_are_looked_for_too() {
    let order = json!({"code": "A", "lines": [{"id": 1, "State": "x"}]});
    let rules = json!({"rules": [
        {"field": "state", "is": "x", "then": "ignore"},
        {"field": "parent.Code", "not_blank": true, "then": "ignore"},
        {"field": "parent.code", "is": "A", "then": "ignore"},
        {"field": "record.id", "is": 1, "then": "ignore"},
        {"when": "parent.kode == 'A'", "then": "ignore"},
    ]});
    assert_eq!(
        told_in(&rules, "$.orders[*].lines[*]", &[order]),
        [
            "rules[0].field: no record has a field state, so that it is always blank; did you mean State?",
            "rules[1].field: no record has a field parent.Code, so that it is always blank; did you mean code?",
            "rules[4].when: no record has a field parent.kode, so that it is always blank; check the name",
        ]
    );
}

/// A field that a source leaves out while it is blank is no mistake there; a slip is.
#[test]
fn a_mapping_is_told_of_slips_alone() {
    let mapping = |expression: &str| {
        let change = json!({"mapping": {"company": {"expression": expression}}});
        told_in(&change, "$[*]", &[json!({"companyName": "x"})]).join("\n")
    };
    assert_eq!(mapping("employer or 'none'"), "");
    assert!(mapping("company_name | trim").contains("did you mean companyName?"));
}
