//! Records with the details that were asked for, without them, and those that need none.

use serde_json::{Value, json};

use super::*;
use crate::config::Condition;
use crate::feed::{FeedRecord, RecordDetails};

fn asking() -> EventDocument {
    document(&json!({
        "source": {"details": {"url": "https://registration.example.org/{id}"}},
        "mapping": {"source_id": "id", "company": "details.company",
            "job_title": {"expression": "details.jobs[0] or record.details"}},
        "rules": [
            {"when": "test", "then": "ignore"},
            {"when": "details.state == 'c'", "then": "remove_attendee"},
            {"when": "cancelled", "then": "remove_attendee"}
        ],
        "delete_flag": {"path": "erased"}
    }))
}

fn evaluator(document: &EventDocument) -> Evaluator {
    Evaluator::new(document, &PersonKey([7; 32]), &Lookups::default())
}

fn with_details(record: &Value, details: RecordDetails<'_>) -> String {
    let record = FeedRecord {
        details,
        ..FeedRecord::within(record, Vec::new())
    };
    as_text(&evaluator(&asking()).evaluate(&record, 11, 3))
}

#[test]
fn details_are_read_by_paths_expressions_and_rules() {
    let record = record(&json!({"details": "own"}));
    let details = json!({"company": "Initech", "jobs": ["Dev"]});
    let text = with_details(&record, RecordDetails::Given(&details));
    assert!(text.contains("Initech") && text.contains("Dev"), "{text}");
    let text = with_details(&record, RecordDetails::Given(&json!({})));
    assert!(text.contains("own"), "{text}");
    let text = with_details(&record, RecordDetails::Given(&json!({"state": "c"})));
    assert!(text.contains("emove"), "{text}");
}

#[test]
fn field_called_details_is_one_like_others_where_nobody_asks() {
    let record = record(&json!({"details": {"company": "Own"}}));
    let text = with_details(&record, RecordDetails::None);
    assert!(text.contains("Own"), "{text}");
}

#[test]
fn record_that_lacks_its_details_is_rejected_with_whom_it_names() {
    let record = record(&json!({"cancelled": true}));
    let record = FeedRecord {
        details: RecordDetails::Lacking("nothing there"),
        ..FeedRecord::within(&record, Vec::new())
    };
    let (outcome, issues) = evaluator(&asking()).evaluate(&record, 11, 3);
    let RecordOutcome::Rejected(rejection) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(rejection.email.unwrap().as_str(), "ann@example.org");
    assert_eq!(rejection.source_id.as_deref(), Some("7"));
    assert_eq!(
        (&*issues[0].code, &*issues[0].reason),
        ("no_details", "nothing there")
    );
}

#[test]
fn what_a_record_decides_by_itself_asks_for_no_details() {
    let evaluator = evaluator(&asking());
    for (more, asks) in [
        (json!({}), true),
        (json!({"test": true}), false),
        (json!({"cancelled": true}), false),
        (json!({"erased": true}), false),
        (json!({"erased": "perhaps"}), true),
    ] {
        let record = record(&more);
        let url = evaluator.details_url(&FeedRecord::within(&record, Vec::new()));
        let expected = asks.then(|| Ok("https://registration.example.org/7".to_owned()));
        assert_eq!(url, expected, "{more}");
    }
    let mut document = asking();
    document.rules[0].condition = Condition::Expression("details.test".parse().unwrap());
    let cancelled = record(&json!({"cancelled": true}));
    let url = super::Evaluator::new(&document, &PersonKey([7; 32]), &Lookups::default())
        .details_url(&FeedRecord::within(&cancelled, Vec::new()));
    assert!(url.is_some(), "its details may leave it out of scope");
}

#[test]
fn another_persons_record_is_told_where_the_address_is_in_the_record() {
    let record = record(&json!({}));
    let record = FeedRecord::within(&record, Vec::new());
    let is_of_another = |document: &EventDocument, email: &str| {
        evaluator(document).is_of_another(&record, &email.parse().unwrap())
    };
    assert!(is_of_another(&asking(), "bob@example.org"));
    assert!(!is_of_another(&asking(), "ann@example.org"));
    let by_details = document(&json!({
        "source": {"details": {"url": "https://registration.example.org/{id}"}},
        "mapping": {"email": {"expression": "details.mail or mail"}}
    }));
    assert!(!is_of_another(&by_details, "bob@example.org"));
}
