//! Issues name fields and positions, never what a record says of a person.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{document, evaluate, record};
use crate::config::EventDocument;
use crate::issue::{Issue, Severity};

const FIELDS: [&str; 12] = [
    "mail", "first", "last", "title", "job", "company", "country", "info", "bio", "groups",
    "badge", "erased",
];

/// Every field is mapped, from paths and from expressions, and there is a rule that may fail.
fn everything() -> EventDocument {
    document(&json!({
        "mapping": {
            "title": "title", "job_title": {"expression": "job | upper"}, "company": "company",
            "country": {"expression": "country + 1"}, "additional_info": "info", "biography": "bio",
            "groups": {"path": "groups", "separator": ";"}, "digital_badge": "badge",
        },
        "delete_flag": {"path": "erased"},
        "rules": [{"when": "limit | int > 3", "then": "remove_attendee"}],
    }))
}

fn assert_no_canary(issues: &[Issue]) {
    for issue in issues {
        let mut issue = issue.clone();
        if issue.code == "unclear_delete_flag"
            && let Some((before, word)) = issue.reason.split_once(" (\"")
        {
            // It names a flag that is one short word.
            let (word, after) = word.split_once("\")").unwrap();
            assert!(word.len() <= 16 && word.bytes().all(|byte| byte.is_ascii_lowercase()));
            issue.reason = format!("{before}{after}");
        }
        let written = serde_json::to_string(&issue).unwrap();
        assert!(!written.to_lowercase().contains("canary"), "{written}");
    }
}

#[test]
fn no_issue_repeats_a_value_of_the_record() {
    let canary = "Canary <canary@secret.example.org> ".repeat(200);
    let odd = [
        json!(canary),
        json!([canary]),
        json!({ "canary": canary }),
        json!("https//canary"),
    ];
    let mut found = Vec::new();
    for field in FIELDS.iter().chain(&["limit"]) {
        for value in &odd {
            let (_, issues) = evaluate(&everything(), &record(&json!({ *field: value })));
            assert_no_canary(&issues);
            found.extend(issues.into_iter().map(|issue| issue.code));
        }
    }
    found.sort();
    found.dedup();
    insta::assert_snapshot!(found.join(" "), @"expression_failed invalid_badge invalid_email missing_first_name missing_last_name not_text rule_failed too_long unclear_delete_flag");
}

#[test]
fn a_record_that_is_no_object_is_not_repeated() {
    for value in [json!("canary"), json!(["canary"])] {
        assert_no_canary(&evaluate(&everything(), &value).1);
    }
}

#[test]
fn every_issue_has_the_place_and_the_source_id() {
    let bad = record(&json!({"badge": "none", "erased": "maybe", "country": 1, "last": null}));
    let (_, issues) = evaluate(&everything(), &bad);
    assert_eq!(issues.len(), 3, "{issues:?}");
    for issue in &issues {
        assert_eq!(
            (issue.position, issue.source_id.as_deref()),
            (3, Some("7")),
            "{issue:?}"
        );
        assert!(issue.field.is_some(), "{issue:?}");
    }
}

fn odd_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!("canary@example.org")),
        "[ -~é\\u{0}\r\n]{0,8}".prop_map(|text| json!(format!("canary{text}"))),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("canary[a-c]", inner, 0..3).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn any_record_is_taken_or_rejected_with_one_error(values in prop::collection::vec(odd_value(), FIELDS.len())) {
        let fields: Value = FIELDS.into_iter().zip(values).collect();
        let (outcome, issues) = evaluate(&everything(), &record(&fields));
        assert_no_canary(&issues);
        let errors = issues.iter().filter(|issue| issue.severity == Severity::Error).count();
        let rejected = matches!(outcome, crate::evaluate::RecordOutcome::Rejected(_));
        prop_assert_eq!(errors, usize::from(rejected));
    }
}
