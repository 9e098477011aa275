//! Rules: which win, in which order they apply, and what happens when one fails.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{as_text, document, evaluate, evaluate_in, record, text};
use crate::config::EventDocument;
use crate::evaluate::RecordOutcome;

fn rules(rules: &Value) -> EventDocument {
    document(&json!({"rules": rules, "mapping": {"groups": "groups"}}))
}

#[test]
fn a_record_that_is_ignored_is_ignored_whatever_else_holds() {
    let document = document(&json!({
        "delete_flag": {"path": "erased"},
        "rules": [
            {"when": "true", "then": "remove_attendee"},
            {"when": "test", "then": "ignore"},
            {"when": "true", "then": {"add_group": "VIP"}},
        ],
    }));
    let record = record(&json!({"test": true, "erased": true, "mail": "", "first": null}));
    assert_snapshot!(text(&document, &record), @"ignored");
}

#[test]
fn the_first_rule_that_removes_is_named() {
    let document = rules(&json!([
        {"when": "status == 'x'", "then": "remove_attendee"},
        {"when": "canceled", "then": "remove_attendee"},
        {"when": "true", "then": "remove_attendee"},
    ]));
    assert_snapshot!(text(&document, &record(&json!({"canceled": true}))), @r#"
    ann@example.org removed by rule 2
      source_id: "7"
    "#);
}

#[test]
fn a_removed_record_needs_an_address_and_no_name() {
    let document = rules(&json!([{"when": "canceled", "then": "remove_attendee"}]));
    let nameless = record(&json!({"canceled": 1, "first": null, "last": null, "groups": ["VIP"]}));
    assert_snapshot!(text(&document, &nameless), @r#"
    ann@example.org removed by rule 1
      source_id: "7"
    "#);
    let nobody = record(&json!({"canceled": 1, "mail": null}));
    assert_snapshot!(text(&document, &nobody), @"
    no address: Remove(1)
    ");
}

#[test]
fn a_record_of_a_user_only_says_what_an_attendees_says() {
    let document = rules(&json!([
        {"when": "true", "then": {"add_group": "Guests"}},
        {"when": "guest", "then": "user_only"},
        {"when": "canceled", "then": "remove_attendee"},
    ]));
    let read = |change: Value| text(&document, &record(&change));
    let guest = read(json!({"guest": true}));
    let attends = read(json!({}));
    let by_rule = "ann@example.org a user only by rule 2";
    assert_eq!(guest, attends.replace("ann@example.org attends", by_rule));
    assert!(guest.contains("Guests"), "{guest}");
    for (change, expected) in [
        (json!({"canceled": true}), "removed by rule 3"),
        (json!({"mail": null}), "rejected"),
        (json!({"first": null, "last": null}), "rejected"),
    ] {
        let mut guest = json!({"guest": true});
        for (field, value) in change.as_object().unwrap() {
            guest[field] = value.clone();
        }
        let read = read(guest);
        assert!(read.contains(expected), "{read}");
    }
}

#[test]
fn groups_are_added_and_taken_away_in_the_order_of_the_rules() {
    let add_then_remove = json!([
        {"when": "true", "then": {"add_group": "Guests"}},
        {"when": "true", "then": {"remove_group": "guests"}},
        {"when": "true", "then": {"remove_group": "crew"}},
        {"when": "true", "then": {"add_group": " VIP  Lounge "}},
        {"when": "true", "then": {"add_group": "vip lounge"}},
        {"when": "false", "then": {"add_group": "Nobody"}},
    ]);
    let record = record(&json!({"groups": ["Crew", "Speakers"]}));
    assert_snapshot!(text(&rules(&add_then_remove), &record), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      groups: "Speakers; VIP Lounge"
      source_id: "7"
    "#);
    let remove_then_add = json!([
        {"when": "true", "then": {"remove_group": "Crew"}},
        {"when": "true", "then": {"add_group": "CREW"}},
    ]);
    assert_snapshot!(text(&rules(&remove_then_add), &record), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      groups: "Speakers; CREW"
      source_id: "7"
    "#);
}

#[test]
fn a_condition_looks_at_the_levels_above() {
    let document = rules(&json!([
        {"when": "parent.testmode", "then": "ignore"},
        {"when": "canceled or parent.status in ['c', 'e']", "then": "remove_attendee"},
    ]));
    let order = |status: &str, test: bool| {
        let element = json!({"status": status, "testmode": test, "tickets": [record(&json!({}))]});
        as_text(&evaluate_in(&document, "$[*].tickets[*]", &element))
    };
    let texts = [order("p", true), order("c", false), order("p", false)];
    assert_snapshot!(texts.join("\n"), @r#"
    ignored
    ann@example.org removed by rule 2
      source_id: "7"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      source_id: "7"
    "#);
}

#[test]
fn a_rule_that_fails_rejects_the_record() {
    let document = rules(&json!([
        {"when": "true", "then": {"add_group": "VIP"}},
        {"when": "age + 1 > 18", "then": "remove_attendee"},
    ]));
    assert_snapshot!(text(&document, &record(&json!({"age": "secret"}))), @r#"
    ann@example.org rejected
    error rule_failed rules[1]: rule 2 could not be applied: the expression failed: invalid operation, at "age + 1"
    "#);
}

#[test]
fn a_rule_that_fails_does_not_reject_what_another_one_ignores() {
    let fails = json!({"when": "age + 1 > 18", "then": "remove_attendee"});
    let ignores = json!({"when": "test", "then": "ignore"});
    let ticket = record(&json!({"age": "secret", "test": true}));
    for order in [[&ignores, &fails], [&fails, &ignores]] {
        assert_eq!(text(&rules(&json!(order)), &ticket), "ignored");
    }
    let real = record(&json!({"age": "secret", "test": false}));
    assert!(text(&rules(&json!([fails, ignores])), &real).contains("rejected"));
}

#[test]
fn of_several_rules_that_fail_the_first_is_named() {
    let fails = json!({"when": "age + 1 > 18", "then": "ignore"});
    let document = rules(&json!([{"when": "false", "then": "ignore"}, fails, fails]));
    assert_snapshot!(text(&document, &record(&json!({"age": "secret", "mail": "nobody"}))), @r#"
    rejected
    error rule_failed rules[1]: rule 2 could not be applied: the expression failed: invalid operation, at "age + 1"
    "#);
}

#[test]
fn a_rule_that_would_run_for_ever_rejects_the_record() {
    let document = rules(&json!([
        {"when": "answers | map('upper') | list | length", "then": "ignore"},
    ]));
    let answers = vec!["yes"; 20_000];
    assert_snapshot!(text(&document, &record(&json!({"answers": answers}))), @r#"
    ann@example.org rejected
    error rule_failed rules[0]: rule 1 could not be applied: the expression failed: it takes too much work for one record, at "map('upper')"
    "#);
}

#[test]
fn a_condition_sees_the_event() {
    let document = document(&json!({
        "ends": "2026-12-04T18:00",
        "rules": [{"when": "valid_until < event.ends", "then": "remove_attendee"}],
    }));
    let until = |date: &str| text(&document, &record(&json!({"valid_until": date})));
    assert!(until("2026-12-01").contains("removed by rule 1"));
    assert!(until("2027-01-01").contains("attends"));
}

/// Whether a rule by field holds on a record: then its person is removed.
fn holds(test: &Value, record: &Value) -> Result<bool, String> {
    let mut rule = test.clone();
    rule["then"] = json!("remove_attendee");
    let document = document(&json!({ "rules": [rule] }));
    match evaluate(&document, record) {
        (RecordOutcome::Person(_, contribution), _) => {
            Ok(contribution.disposition != crate::evaluate::Disposition::Live)
        }
        (_, issues) => Err(issues[0].reason.clone()),
    }
}

#[test]
fn a_rule_by_field_compares_as_names_are_cleaned() {
    let field = |test: &str, values: Value| json!({"field": "s", test: values});
    let is = |values| field("is", values);
    for (test, value, expected) in [
        (is(json!("cancelled")), json!("cancelled"), true),
        (is(json!("cancelled")), json!(" Cancelled\u{a0}"), true),
        (is(json!("cancelled")), json!("CANC\u{200b}ELLED"), true),
        (is(json!("Q&A")), json!("q&amp;a"), true),
        (is(json!("cancelled")), json!("not cancelled"), false),
        (is(json!("cancelled")), json!(null), false),
        (is(json!(["a", "b"])), json!("B"), true),
        (is(json!(["a", "b"])), json!(["x", "b"]), true),
        (is(json!("3")), json!(3), true),
        (is(json!(3)), json!("3"), true),
        (is(json!(3)), json!(3.0), true),
        (is(json!(true)), json!(true), true),
        (is(json!("true")), json!(true), true),
        (is(json!("yes")), json!(true), false),
        (
            is(json!("12345678901234567890123")),
            json!("12345678901234567890123"),
            true,
        ),
        (field("is_not", json!("paid")), json!("Paid"), false),
        (field("is_not", json!("paid")), json!("open"), true),
        (
            field("is_not", json!(["paid", "free"])),
            json!("free"),
            false,
        ),
        (field("is_not", json!("paid")), json!(null), true),
        (
            field("is_not", json!("paid")),
            json!(["open", "paid"]),
            false,
        ),
        (
            field("contains", json!("vip")),
            json!("Big VIP ticket"),
            true,
        ),
        (field("contains", json!(["x", "vip"])), json!("VIP"), true),
        (field("contains", json!("vip")), json!(["VIP", "y"]), true),
        (field("contains", json!("vip")), json!(["VIP plus"]), false),
        (field("contains", json!("vip")), json!(null), false),
        (field("blank", json!(true)), json!("\u{200b} "), true),
        (field("blank", json!(true)), json!([]), true),
        (field("blank", json!(true)), json!(null), true),
        (field("blank", json!(true)), json!(0), false),
        (field("blank", json!(false)), json!("x"), true),
        (field("not_blank", json!(true)), json!("x"), true),
        (field("not_blank", json!(true)), json!(""), false),
        (field("not_blank", json!(false)), json!(""), true),
    ] {
        let holds = holds(&test, &record(&json!({ "s": value })));
        assert_eq!(holds, Ok(expected), "{test} {value}");
    }
    assert_eq!(holds(&is(json!("x")), &record(&json!({}))), Ok(false));
    let nested = json!({"field": "ticket.\"a.b\"", "is": "x"});
    let ticket = record(&json!({"ticket": {"a.b": "X"}}));
    assert_eq!(holds(&nested, &ticket), Ok(true));
}

#[test]
fn an_object_is_compared_with_nothing() {
    for test in [
        json!({"field": "s", "is": "x"}),
        json!({"field": "s", "is_not": "x"}),
    ] {
        for value in [json!({"name": "x"}), json!([{"name": "x"}])] {
            let failed = holds(&test, &record(&json!({ "s": value }))).unwrap_err();
            assert!(failed.contains("the field s holds an object"), "{failed}");
        }
    }
}

#[test]
fn a_rule_is_written_as_it_was_read() {
    for rule in [
        json!({"field": "a.b", "is": "x", "then": "ignore"}),
        json!({"field": "a", "is_not": ["x", "y"], "then": {"add_group": "VIP"}}),
        json!({"field": "a", "contains": "x", "then": "ignore"}),
        json!({"field": "a", "blank": true, "then": "ignore"}),
        json!({"field": "a", "not_blank": true, "then": "ignore"}),
        json!({"when": "a == 1", "then": "ignore"}),
    ] {
        let read = document(&json!({ "rules": [rule] }));
        let written = serde_json::to_value(&read.rules).unwrap();
        assert_eq!(written, json!([rule]));
    }
}
