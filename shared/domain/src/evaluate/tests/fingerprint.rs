//! Fingerprints depend on all that says what a record means, and on nothing else.

use serde_json::{Value, json};

use super::document;
use crate::evaluate::Evaluator;
use crate::ids::PersonKey;
use crate::lookup::{LookupTable, Lookups};

fn evaluator(change: &Value, lookups: &Value) -> Evaluator {
    let lists = lookups.as_object().unwrap().iter().map(|(name, records)| {
        let records = records.as_object().unwrap().clone().into_iter().collect();
        (name.clone(), LookupTable(records))
    });
    Evaluator::new(
        &document(change),
        &PersonKey([7; 32]),
        &Lookups(lists.collect()),
    )
}

fn of(change: &Value) -> u64 {
    Evaluator::new(&document(change), &PersonKey([7; 32]), &Lookups::default())
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
        json!({"source": {"details": {"url": "https://registration.example.org/{id}"}}}),
        json!({"source": {"details": {"url": "https://registration.example.org/{source_id}"}}}),
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
            &Lookups::default(),
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
        &Lookups::default(),
    );
    let of = |bytes: &[u8]| evaluator.fingerprint(bytes);
    assert_ne!(of(br#"{"id": 7}"#), of(br#"{"id": 8}"#));
    assert_ne!(of(br#"{"id": 7}"#), of(br#"{"id":7}"#));
    assert_ne!(of(b""), 0);
}

#[test]
fn where_there_are_expressions_the_event_and_the_side_lists_count() {
    let with = |more: &Value| {
        let mut change = json!({"rules": [{"when": "lookup.items[item].free", "then": "ignore"}]});
        for (name, value) in more.as_object().unwrap() {
            change[name] = value.clone();
        }
        change
    };
    let none = json!({});
    let items = json!({"items": {"3": {"free": true}}});
    let all = [
        evaluator(&with(&none), &none),
        evaluator(&with(&none), &items),
        evaluator(&with(&none), &json!({"items": {"3": {"free": false}}})),
        evaluator(&with(&none), &json!({"items": {"4": {"free": true}}})),
        evaluator(&with(&none), &json!({"rooms": {"3": {"free": true}}})),
        evaluator(&with(&json!({"name": "DevCon 2027"})), &none),
        evaluator(&with(&json!({"time_zone": "Europe/Amsterdam"})), &none),
        evaluator(&with(&json!({"starts": "2026-12-01T08:00"})), &none),
        evaluator(&with(&json!({"ends": "2026-12-01T08:00"})), &none),
        evaluator(&with(&json!({"event": "other"})), &none),
    ];
    for hashes in [
        all.each_ref().map(Evaluator::mapping_hash),
        all.each_ref().map(|evaluator| evaluator.fingerprint(b"{}")),
    ] {
        let distinct: std::collections::BTreeSet<u64> = hashes.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
    let again = evaluator(&with(&none), &items);
    assert_eq!(again.mapping_hash(), all[1].mapping_hash());
    assert_eq!(
        evaluator(&none, &items).mapping_hash(),
        evaluator(&none, &none).mapping_hash()
    );
}

#[test]
fn the_meaning_is_the_same_in_every_process_and_gives_no_fingerprint_away() {
    let evaluator = evaluator(&json!({}), &json!({}));
    // Another number here means that the next run of every event reads everything again.
    assert_eq!(evaluator.mapping_hash(), 13_421_281_459_814_245_652);
    assert_ne!(evaluator.mapping_hash(), evaluator.seed);
}
