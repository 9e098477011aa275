//! Fingerprints depend on all that says what a record means, and on nothing else.

use serde_json::{Value, json};

use super::document;
use crate::evaluate::Evaluator;
use crate::ids::PersonKey;

fn of(change: &Value) -> u64 {
    Evaluator::new(
        &document(change),
        &PersonKey([7; 32]),
        &crate::lookup::Lookups::default(),
    )
    .fingerprint(br#"{"id": 7}"#)
}

#[test]
fn what_a_record_means_is_part_of_its_fingerprint() {
    let changes = [
        json!({}),
        json!({"mapping": {"email": "email"}}),
        json!({"mapping": {"company": "company"}}),
        json!({"mapping": {"company": {"path": "company", "blank": "keep"}}}),
        json!({"mapping": {"company": {"path": "company", "apply": "if_empty"}}}),
        json!({"mapping": {"company": {"expression": "company"}}}),
        json!({"mapping": {"company": {"constant": "company"}}}),
        json!({"mapping": {"groups": {"path": "tags", "separator": ";"}}}),
        json!({"mapping": {"groups": {"path": "tags", "separator": ","}}}),
        json!({"rules": [{"when": "canceled", "then": "remove_attendee"}]}),
        json!({"rules": [{"when": "canceled", "then": "ignore"}]}),
        json!({"rules": [{"when": "canceled", "then": {"add_group": "VIP"}}]}),
        json!({"delete_flag": {"path": "erased"}}),
        json!({"delete_flag": {"path": "erased", "true_values": ["x"]}}),
        json!({"source": {"records": "$.results[*]"}}),
        json!({"source": {"format": "csv"}}),
    ];
    let mut fingerprints: Vec<u64> = changes.iter().map(of).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), changes.len());
}

#[test]
fn what_does_not_change_a_records_meaning_leaves_the_fingerprints() {
    for change in [
        json!({"name": "DevCon 2027"}),
        json!({"time_zone": "Europe/Amsterdam", "starts": "2026-12-01T08:00"}),
        json!({"schedule": {"auto_sync": "hourly"}}),
        json!({"missing": "remove_attendee"}),
        json!({"guards": {"removals_percent": 5}}),
        json!({"access": {"attendees_only": false}}),
        json!({"invitations": {"enabled": true, "template": {"from": "a@example.org", "subject": "Hi", "body_markdown": "Hi"}}}),
        json!({"source": {"url": "https://other.example.org/api", "limits": {"requests_per_minute": 5}}}),
        json!({"source": {"authentication": {"type": "bearer", "token": {"secret": "devcon-source"}}}}),
    ] {
        assert_eq!(of(&change), of(&json!({})), "{change}");
    }
}

#[test]
fn the_communitys_key_is_part_of_every_fingerprint() {
    let of = |key: u8| {
        Evaluator::new(
            &document(&json!({})),
            &PersonKey([key; 32]),
            &crate::lookup::Lookups::default(),
        )
        .fingerprint(b"{}")
    };
    assert_ne!(of(1), of(2));
    assert_eq!(of(1), of(1));
}

#[test]
fn every_byte_of_a_record_counts() {
    let evaluator = Evaluator::new(
        &document(&json!({})),
        &PersonKey([7; 32]),
        &crate::lookup::Lookups::default(),
    );
    let of = |bytes: &[u8]| evaluator.fingerprint(bytes);
    assert_ne!(of(br#"{"id": 7}"#), of(br#"{"id": 8}"#));
    assert_ne!(of(br#"{"id": 7}"#), of(br#"{"id":7}"#));
    assert_ne!(of(b""), 0);
}
