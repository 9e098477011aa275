//! What the doctor says of small feeds.

use serde_json::{Value, json};

use super::*;
use crate::config::{SourceAddresses, check};
use crate::evaluate::Evaluator;
use crate::lookup::Lookups;

fn document(change: &Value) -> EventDocument {
    let mut document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example.org/"},
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
            "country": "country", "groups": "groups", "digital_badge": "badge"
        },
        "delete_flag": {"path": "erased"},
        "rules": [{"when": "cancelled", "then": "remove_attendee"}, {"when": "test", "then": "ignore"}]
    });
    for (key, value) in change.as_object().unwrap() {
        document[key] = value.clone();
    }
    check(&document, &SourceAddresses::Public).unwrap()
}

fn diagnose_as(change: &Value, records: &[Value]) -> Diagnosis {
    let document = document(change);
    let key = PersonKey([7; 32]);
    let evaluator = Evaluator::new(&document, &key, &Lookups::default());
    let mut examination = Examination::new(&document, &key);
    for (position, value) in (1..).zip(records) {
        let record = FeedRecord::within(value, Vec::new());
        let (outcome, issues) = evaluator.evaluate(&record, 1, position);
        examination.record(&record, position, &outcome, &issues);
        examination.count_rules(&evaluator.fired(&record));
    }
    examination.conclude()
}

fn diagnose(records: &[Value]) -> Diagnosis {
    diagnose_as(&json!({}), records)
}

fn person(name: &str) -> Value {
    json!({
        "id": format!("R-{name}"), "email": format!("{name}@example.org"), "first": name,
        "last": "Example", "country": "Netherlands", "groups": ["Regular"],
        "badge": format!("https://badges.example.org/{name}.pdf"), "cancelled": false, "test": false
    })
}

fn with(mut record: Value, field: &str, value: Value) -> Value {
    record[field] = value;
    record
}

fn said(diagnosis: &Diagnosis) -> String {
    let lines: Vec<String> = diagnosis
        .findings
        .iter()
        .map(|finding| {
            let at: Vec<String> = finding
                .examples
                .iter()
                .map(|example| example.position.to_string())
                .collect();
            format!(
                "{:?} {} {}: {} [{}]",
                finding.severity,
                finding.field.as_deref().unwrap_or("-"),
                finding.code,
                finding.message,
                at.join(" ")
            )
        })
        .collect();
    lines.join("\n")
}

#[test]
fn a_feed_that_is_in_order_has_no_findings() {
    let diagnosis = diagnose(&[person("ada"), person("bob")]);
    assert_eq!(said(&diagnosis), "");
    assert!(!diagnosis.is_serious());
    assert_eq!(
        (diagnosis.records, diagnosis.people, diagnosis.groups),
        (2, 2, 1)
    );
}

#[test]
fn what_is_wrong_is_said_once_with_how_often_and_where() {
    let diagnosis = diagnose(&[
        person("ada"),
        with(person("bob"), "email", json!("bob@gmial.com")),
        with(person("cy"), "email", Value::Null),
        with(person("dan"), "last", json!(" ")),
        with(person("eve"), "last", Value::Null),
        with(person("fay"), "erased", json!("perhaps")),
        with(person("gus"), "country", json!("Atlantis")),
        with(person("hal"), "groups", json!(["Regular", "Reguler"])),
        with(person("ada"), "id", json!("R-2")),
        with(
            person("ivy"),
            "badge",
            json!("http://badges.example.org/ivy"),
        ),
        with(person("joe"), "cancelled", json!(true)),
        with(person("kim"), "test", json!(1)),
    ]);
    insta::assert_snapshot!(said(&diagnosis), @r#"
    Error last_name missing_last_name: 2 records: there is no last name [4 5]
    Error email missing_email: 1 record: there is no e-mail address [3]
    Warning digital_badge invalid_badge: 1 record: the digital badge is not an https URL; it was left as it is [10]
    Warning email unlikely_domain: 1 address is at gmial.com: probably gmail.com was meant; such a person can neither sign in nor get mail [2]
    Warning delete_flag unknown_delete_flag: 1 record: the delete flag is "perhaps", which is listed neither as true nor as false; nobody is erased by it until it is [6]
    Notice email shared_address: 1 e-mail address is shared by 2 records: each becomes one attendee, and where they differ the record with the greater source id counts; check that these are one person each [1]
    Notice country unknown_country: 1 record: not the name or code of a country: Atlantis []
    Notice groups group_of_one: 1 group with one member, often a misspelling: Reguler []
    "#);
    assert_eq!(
        (
            diagnosis.attending,
            diagnosis.removed,
            diagnosis.ignored,
            diagnosis.rejected
        ),
        (7, 1, 1, 3)
    );
    assert!(
        !diagnosis.is_serious(),
        "bad records are no reason not to sync"
    );
}

#[test]
fn a_path_that_leads_nowhere_and_fields_that_nothing_uses_are_named() {
    let record = |name: &str| {
        with(
            with(person(name), "nation", json!("NL")),
            "diet",
            json!("vegan"),
        )
    };
    let mapping = json!({"mapping": {
        "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
        "country": "county", "groups": "groups", "title": {"expression": "diet | upper"}
    }});
    let diagnosis = diagnose_as(&mapping, &[record("ada"), record("bob")]);
    insta::assert_snapshot!(said(&diagnosis), @r"
    Warning mapping.country never_filled: no record has a value at county; check the path []
    Notice mapping unmapped_fields: 2 fields that nothing uses: badge, nation []
    ");
}

#[test]
fn a_feed_that_nobody_could_be_synced_from_is_serious() {
    assert_eq!(diagnose(&[]).findings[0].code, "no_records");
    let nameless: Vec<Value> = (0..30)
        .map(|number| with(person(&format!("p{number}")), "first", Value::Null))
        .collect();
    let diagnosis = diagnose(&nameless);
    assert!(diagnosis.is_serious());
    let codes: Vec<&str> = diagnosis.findings.iter().map(|f| f.code.as_str()).collect();
    assert!(
        codes.contains(&"mostly_rejected") && codes.contains(&"nobody_attends"),
        "{codes:?}"
    );
}

#[test]
fn badges_of_every_server_are_looked_at_and_not_all_of_them() {
    let records: Vec<Value> = (0..200)
        .map(|number| {
            let host = if number == 150 {
                "other.example.org"
            } else {
                "badges.example.org"
            };
            with(
                person(&format!("p{number}")),
                "badge",
                json!(format!("https://{host}/{number}.png")),
            )
        })
        .collect();
    let document = document(&json!({}));
    let key = PersonKey([7; 32]);
    let evaluator = Evaluator::new(&document, &key, &Lookups::default());
    let mut examination = Examination::new(&document, &key);
    for (position, value) in (1..).zip(&records) {
        let record = FeedRecord::within(value, Vec::new());
        let (outcome, issues) = evaluator.evaluate(&record, 1, position);
        examination.record(&record, position, &outcome, &issues);
    }
    let badges = examination.badges();
    assert_eq!(badges.len(), BADGES);
    assert!(
        badges.contains(&"https://other.example.org/150.png".to_owned()),
        "{badges:?}"
    );
}

#[test]
fn no_finding_names_a_person() {
    let canary = with(
        with(person("canary"), "country", json!("Netherlands")),
        "badge",
        json!("ftp://canary"),
    );
    let doubled = vec![
        canary.clone(),
        canary.clone(),
        with(canary, "last", Value::Null),
    ];
    let text = serde_json::to_string(&diagnose(&doubled)).unwrap();
    assert!(
        !text.contains("canary@") && !text.contains("\"canary\""),
        "{text}"
    );
}

#[test]
fn each_rule_has_its_number_of_records() {
    let cancelled = with(person("bob"), "cancelled", json!(true));
    let diagnosis = diagnose(&[person("ada"), cancelled.clone(), cancelled]);
    let rules: Vec<(u32, &str, u64)> = diagnosis
        .rules
        .iter()
        .map(|rule| (rule.rule, rule.condition.as_str(), rule.records))
        .collect();
    assert_eq!(rules, [(1, "cancelled", 2), (2, "test", 0)]);
}

#[test]
fn a_name_that_no_record_has_is_told() {
    let rules =
        json!({"rules": [{"when": "Cancelled == 'x' or last == yes", "then": "remove_attendee"}]});
    let diagnosis = diagnose_as(&rules, &[person("ada"), person("cy")]);
    assert_eq!(
        said(&diagnosis),
        "Warning rules[0].when unknown_name: no record has a field Cancelled, so that it is always blank; did you mean cancelled? []\n\
         Warning rules[0].when unknown_name: no record has a field yes, so that it is always blank; if the text is meant, write it in quotes: 'yes' []\n\
         Notice mapping unmapped_fields: 2 fields that nothing uses: cancelled, test []"
    );
}

#[test]
fn a_record_out_of_scope_is_asked_for_no_flag() {
    let ignored = with(person("bob"), "test", json!(true));
    let ignored = with(ignored, "erased", json!("perhaps"));
    let diagnosis = diagnose(&[person("ada"), person("cy"), ignored]);
    assert_eq!((diagnosis.ignored, said(&diagnosis)), (1, String::new()));
}

#[test]
fn an_element_that_cannot_be_read_is_a_rejected_record() {
    let document = document(&json!({}));
    let key = PersonKey([7; 32]);
    let mut examination = Examination::new(&document, &key);
    let issue = Issue::new(Severity::Error, 3, "not_json", "it is no JSON");
    examination.unreadable(&issue);
    let diagnosis = examination.conclude();
    assert_eq!((diagnosis.records, diagnosis.rejected), (1, 1));
    let said = said(&diagnosis);
    assert!(said.contains("1 record: it is no JSON [3]"), "{said}");
}
