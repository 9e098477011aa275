//! The delete flag: only what is clearly true erases.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{document, evaluate, record, text};
use crate::config::EventDocument;
use crate::evaluate::{Disposition, RecordOutcome};

fn flag(values: &Value) -> EventDocument {
    let mut flag = json!({"path": "erased"});
    for (name, value) in values.as_object().unwrap() {
        flag[name] = value.clone();
    }
    document(&json!({ "delete_flag": flag }))
}

/// What a value of the flag does: `erases`, `keeps`, or `unclear`.
fn does(document: &EventDocument, value: &Value) -> &'static str {
    let (outcome, issues) = evaluate(document, &record(&json!({ "erased": value })));
    let RecordOutcome::Person(_, contribution) = outcome else {
        panic!("{issues:?}");
    };
    let unclear = issues
        .iter()
        .any(|issue| issue.code == "unclear_delete_flag");
    match (contribution.disposition, unclear) {
        (Disposition::Erase, false) => "erases",
        (Disposition::Live, false) => "keeps",
        (Disposition::Live, true) => "unclear",
        other => panic!("{value}: {other:?}"),
    }
}

#[test]
fn only_what_is_clearly_true_erases() {
    let document = flag(&json!({}));
    for (value, expected) in [
        (json!(true), "erases"),
        (json!("true"), "erases"),
        (json!("True"), "erases"),
        (json!("TRUE"), "erases"),
        (json!(" YES "), "erases"),
        (json!("yes\r\n"), "erases"),
        (json!(1), "erases"),
        (json!("1"), "erases"),
        (json!(false), "keeps"),
        (json!("False"), "keeps"),
        (json!(" no "), "keeps"),
        (json!(0), "keeps"),
        (json!("0"), "keeps"),
        (json!(""), "keeps"),
        (json!("  "), "keeps"),
        (json!(null), "keeps"),
        (json!(1.0), "unclear"),
        (json!("1.0"), "unclear"),
        (json!(2), "unclear"),
        (json!(-1), "unclear"),
        (json!("maybe"), "unclear"),
        (json!("y"), "unclear"),
        (json!("truee"), "unclear"),
        (json!("true true"), "unclear"),
        (json!("not true"), "unclear"),
        (json!("null"), "unclear"),
        (json!([]), "unclear"),
        (json!([true]), "unclear"),
        (json!({}), "unclear"),
        (json!({"value": true}), "unclear"),
    ] {
        assert_eq!(does(&document, &value), expected, "{value}");
    }
}

#[test]
fn flag_with_a_control_character_in_it_erases_nobody() {
    let document = flag(&json!({}));
    for value in ["tr\u{0}ue", "\u{0}yes", "1\u{7f}", "\u{0}", "n\u{8}o"] {
        assert_eq!(does(&document, &json!(value)), "unclear", "{value:?}");
    }
}

#[test]
fn an_absent_flag_erases_nobody() {
    assert_snapshot!(text(&flag(&json!({})), &record(&json!({}))), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      source_id: "7"
    "#);
    let deep = flag(&json!({"path": "privacy.erased"}));
    assert_snapshot!(text(&deep, &record(&json!({"privacy": "erased"}))), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      source_id: "7"
    "#);
}

#[test]
fn flag_that_is_neither_true_nor_false_deletes_nobody() {
    let document = flag(&json!({}));
    assert_snapshot!(text(&document, &record(&json!({"erased": "maybe"}))), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      source_id: "7"
    warning unclear_delete_flag delete_flag: the delete flag is neither clearly true nor clearly false ("maybe"); list its value in delete_flag.true_values or delete_flag.false_values; nobody was erased
    "#);
    assert_snapshot!(text(&document, &record(&json!({"erased": [true]}))), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      source_id: "7"
    warning unclear_delete_flag delete_flag: the delete flag is a list or an object; nobody was erased
    "#);
}

#[test]
fn the_organisers_own_values_replace_the_usual_ones() {
    let document = flag(&json!({"true_values": ["Gelöscht ", "X"], "false_values": ["aktiv"]}));
    for (value, expected) in [
        (json!("gelöscht"), "erases"),
        (json!("GELÖSCHT"), "erases"),
        (json!("x"), "erases"),
        (json!(" Aktiv"), "keeps"),
        (json!(true), "unclear"),
        (json!("yes"), "unclear"),
        (json!(null), "unclear"),
        (json!(""), "unclear"),
    ] {
        assert_eq!(does(&document, &value), expected, "{value}");
    }
}

#[test]
fn a_flagged_record_needs_an_address_and_no_name() {
    let document = flag(&json!({}));
    let nameless = record(&json!({"erased": true, "first": null, "last": null}));
    assert_snapshot!(text(&document, &nameless), @r#"
    ann@example.org erased
      source_id: "7"
    "#);
    let nobody = record(&json!({"erased": true, "mail": "nobody"}));
    assert_snapshot!(text(&document, &nobody), @"
    no address: Erase
    ");
}

#[test]
fn the_flag_wins_over_a_rule_that_removes() {
    let document = document(&json!({
        "delete_flag": {"path": "erased"},
        "rules": [{"when": "canceled", "then": "remove_attendee"}],
    }));
    let both = record(&json!({"erased": "yes", "canceled": true}));
    assert_snapshot!(text(&document, &both), @r#"
    ann@example.org erased
      source_id: "7"
    "#);
}

#[test]
fn any_value_that_is_not_blank_erases_where_the_document_says_so() {
    let document = flag(&json!({"true_values": "any"}));
    let said = |value: Value| {
        let (outcome, issues) = evaluate(&document, &record(&json!({ "erased": value })));
        let RecordOutcome::Person(_, contribution) = outcome else {
            panic!("{issues:?}");
        };
        let erases = contribution.disposition == Disposition::Erase;
        (erases, issues.len())
    };
    for value in [
        json!("2026-11-02T09:15:00Z"),
        json!("2026-11-02"),
        json!(1_762_000_000),
        json!(true),
        json!("yes"),
        json!("deleted"),
        json!("02.11.2026 09:15"),
        json!("10:00"),
    ] {
        assert_eq!(said(value.clone()), (true, 0), "{value}");
    }
    for value in [
        json!(null),
        json!(""),
        json!(" \u{a0}"),
        json!("\u{200b}"),
        json!(false),
        json!("false"),
        json!(0),
        json!("0"),
        json!("no"),
    ] {
        assert_eq!(said(value.clone()), (false, 0), "{value}");
    }
    // What may stand for no value erases nobody, and is told.
    for value in [
        json!("NULL"),
        json!("None"),
        json!("n/a"),
        json!("-"),
        json!("NaT"),
        json!("\\N"),
        json!("0000-00-00 00:00:00"),
        json!("0001-01-01T00:00:00Z"),
        json!("00:00"),
        json!([]),
        json!({}),
        json!(["2026-11-02"]),
    ] {
        assert_eq!(said(value.clone()), (false, 1), "{value}");
    }
    let (outcome, _) = evaluate(&document, &record(&json!({})));
    assert!(
        matches!(outcome, RecordOutcome::Person(_, one) if one.disposition == Disposition::Live)
    );
    let own = flag(&json!({"true_values": "any", "false_values": ["", "active"]}));
    let active = text(&own, &record(&json!({"erased": "Active"})));
    assert!(active.contains("attends"), "{active}");
}
