//! Who a record speaks of, and records that cannot be taken.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{document, evaluate, mapping, record, text};
use crate::config::EventDocument;
use crate::evaluate::{RecordOutcome, Rejection};

#[test]
fn a_record_without_a_usable_address_is_rejected_with_the_reason() {
    let reasons: Vec<String> = [
        json!(null),
        json!("  "),
        json!("ann"),
        json!("@example.org"),
        json!("ann@localhost"),
        json!("ann example@example.org"),
        json!("ann\r\nBcc: bo@example.org"),
        json!(format!("{}@example.org", "x".repeat(65))),
        json!(["ann@example.org"]),
        json!({"address": "ann@example.org"}),
        json!(17),
        json!(true),
    ]
    .iter()
    .map(|mail| text(&mapping(&json!({})), &record(&json!({ "mail": mail }))))
    .collect();
    assert_snapshot!(reasons.join("\n"), @"
    rejected
    error missing_email email: there is no e-mail address
    rejected
    error missing_email email: there is no e-mail address
    rejected
    error invalid_email email: there is no @ sign in the e-mail address
    rejected
    error invalid_email email: the e-mail address has no valid name before the @ sign
    rejected
    error invalid_email email: the e-mail address has no valid domain after the @ sign
    rejected
    error invalid_email email: the e-mail address contains a space, which is not allowed
    rejected
    error invalid_email email: the e-mail address contains a line break, which is not allowed
    rejected
    error invalid_email email: the e-mail address is too long
    rejected
    error invalid_email email: the e-mail address is not text
    rejected
    error invalid_email email: the e-mail address is not text
    rejected
    error invalid_email email: there is no @ sign in the e-mail address
    rejected
    error invalid_email email: there is no @ sign in the e-mail address
    ");
}

#[test]
fn one_address_in_other_spellings_is_one_person() {
    for mail in [
        " Ann@Example.ORG ",
        "ANN@EXAMPLE.ORG.",
        "\u{feff}ann@example.org\n",
        "\u{202a}ann\u{200b}@exam\u{ad}ple.org\u{202c}",
        "Ann Example <ann@example.org>",
        "mailto:Ann@example.org?subject=Hello",
        "ann@example.org;",
    ] {
        let (outcome, _) = evaluate(&mapping(&json!({})), &record(&json!({ "mail": mail })));
        let RecordOutcome::Person(email, _) = outcome else {
            panic!("{mail:?} was rejected");
        };
        assert_eq!(email.as_str(), "ann@example.org");
    }
}

#[test]
fn a_record_without_a_first_or_last_name_is_rejected() {
    let document = mapping(&json!({}));
    for missing in [json!(null), json!(" "), json!("\u{0}")] {
        let text = text(&document, &record(&json!({ "first": missing })));
        assert_eq!(
            text,
            "ann@example.org rejected\nerror missing_first_name first_name: there is no first name"
        );
    }
    assert_snapshot!(text(&document, &record(&json!({"last": ["Example"]}))), @"
    ann@example.org rejected
    warning not_text last_name: expected text, found a list or an object; the field was left as it is
    error missing_last_name last_name: there is no last name
    ");
}

#[test]
fn what_is_no_object_is_rejected() {
    let document = mapping(&json!({"email": {"expression": "mail"}}));
    let texts: Vec<String> = [
        json!(null),
        json!("ann@example.org"),
        json!(7),
        json!(true),
        json!([{"mail": "ann@example.org"}]),
    ]
    .iter()
    .map(|value| text(&document, value))
    .collect();
    assert_snapshot!(texts.join("\n"), @"
    rejected
    error not_an_object record: the record is null, not an object
    rejected
    error not_an_object record: the record is text, not an object
    rejected
    error not_an_object record: the record is a number, not an object
    rejected
    error not_an_object record: the record is true or false, not an object
    rejected
    error not_an_object record: the record is a list, not an object
    ");
}

fn rejection(document: &EventDocument, record: &Value) -> Rejection {
    match evaluate(document, record) {
        (RecordOutcome::Rejected(rejection), _) => rejection,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_rejected_record_tells_whose_it_is_as_far_as_it_says() {
    let named = document(&json!({
        "rules": [{"when": "age + 1 > 18", "then": "remove_attendee"}],
    }));
    let of = |email: Option<&str>, source_id: Option<&str>| Rejection {
        email: email.map(|email| email.parse().unwrap()),
        source_id: source_id.map(str::to_owned),
    };
    for (change, expected) in [
        (
            json!({"age": 1, "first": null}),
            of(Some("ann@example.org"), Some("7")),
        ),
        (json!({"age": "x"}), of(Some("ann@example.org"), Some("7"))),
        (json!({"age": "x", "mail": "nobody"}), of(None, Some("7"))),
        (json!({"age": 1, "mail": "nobody"}), of(None, Some("7"))),
        (
            json!({"age": 1, "last": "", "id": null}),
            of(Some("ann@example.org"), None),
        ),
    ] {
        assert_eq!(rejection(&named, &record(&change)), expected, "{change}");
    }
    assert_eq!(rejection(&named, &json!("text")), Rejection::default());
}

#[test]
fn an_expression_for_the_address_that_fails_is_said_once() {
    let document = mapping(&json!({"email": {"expression": "mail + 1"}}));
    assert_snapshot!(text(&document, &record(&json!({}))), @"
    rejected
    error expression_failed email: the expression failed: invalid operation
    ");
}
