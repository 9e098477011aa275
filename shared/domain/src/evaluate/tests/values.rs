//! Profile fields: where values come from and what is made of them.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{as_text, evaluate, evaluate_in, mapping, record, text};
use crate::evaluate::RecordOutcome;
use crate::profile::{AttendeeField, ProfileField};

/// The company a record with this value in `company` gives, and what was said about it.
fn company(value: &Value) -> (Option<String>, Vec<String>) {
    let document = mapping(&json!({"company": "company"}));
    let (outcome, issues) = evaluate(&document, &record(&json!({ "company": value })));
    let RecordOutcome::Person(_, contribution) = outcome else {
        panic!("{issues:?}");
    };
    let company = contribution.incoming.profile.get(ProfileField::Company);
    (
        company.map(str::to_owned),
        issues.into_iter().map(|issue| issue.code).collect(),
    )
}

#[test]
fn a_field_comes_from_a_path_a_constant_or_an_expression() {
    let document = mapping(&json!({
        "title": "person.titles[1]",
        "job_title": {"path": "\"job.title\""},
        "country": {"constant": " NL "},
        "company": {"expression": "employer.name or 'Self-employed'"},
        "biography": {"expression": "answers | selectattr('q', 'eq', 'bio') | map(attribute='a') | first"},
    }));
    let record = record(&json!({
        "person": {"titles": ["Mx", "Dr"]},
        "job.title": "Engineer",
        "answers": [{"q": "diet", "a": "none"}, {"q": "bio", "a": "Writes tests."}],
    }));
    assert_snapshot!(text(&document, &record), @r#"
    ann@example.org attends
      title: "Dr"
      first_name: "Ann"
      last_name: "Example"
      job_title: "Engineer"
      company: "Self-employed"
      country: "NL"
      biography: "Writes tests."
      source_id: "7"
    "#);
}

#[test]
fn a_nested_record_takes_fields_from_the_levels_above() {
    let document = mapping(&json!({
        "company": "parent.invoice.company",
        "country": {"expression": "parent.invoice.country | upper"},
        "additional_info": "parent.parent.code",
    }));
    let element = json!({"code": "A1", "order": {
        "invoice": {"company": "Example Works", "country": "nl"},
        "tickets": [record(&json!({}))],
    }});
    let path = "$.orders[*].order.tickets[*]";
    assert_snapshot!(as_text(&evaluate_in(&document, path, &element)), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      company: "Example Works"
      country: "NL"
      additional_info: "A1"
      source_id: "7"
    "#);
}

#[test]
fn numbers_and_booleans_are_taken_as_text() {
    for (value, text) in [
        (json!(42), "42"),
        (json!(-1.5), "-1.5"),
        (json!(0), "0"),
        (json!(9_007_199_254_740_993_u64), "9007199254740993"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(i64::MIN), "-9223372036854775808"),
        (json!(1.0), "1.0"),
        (json!(0.1), "0.1"),
        (json!(1e21), "1e+21"),
        (json!(1.5e-7), "1.5e-7"),
        (json!(true), "true"),
        (json!(false), "false"),
    ] {
        assert_eq!(company(&value), (Some(text.to_owned()), vec![]), "{value}");
    }
    let document = mapping(&json!({"company": {"expression": "value"}}));
    for (value, text) in [
        (json!(u64::MAX), "18446744073709551615"),
        (json!(1.0), "1.0"),
        (json!(1.5e-7), "1.5e-7"),
        (json!(true), "true"),
    ] {
        let (outcome, _) = evaluate(&document, &record(&json!({ "value": value })));
        let RecordOutcome::Person(_, contribution) = outcome else {
            panic!("{value}");
        };
        let company = contribution.incoming.profile.get(ProfileField::Company);
        assert_eq!(company, Some(text), "{value}");
    }
    let document = mapping(&json!({"company": {"expression": "floor | int * 10"}}));
    assert_snapshot!(text(&document, &record(&json!({"floor": 4}))), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      company: "40"
      source_id: "7"
    "#);
}

#[test]
fn null_absent_and_blank_are_all_blank_and_no_issue() {
    for value in [
        json!(null),
        json!(""),
        json!(" \t\u{a0}\n"),
        json!("\u{0}\u{7}"),
    ] {
        assert_eq!(company(&value), (None, vec![]), "{value}");
    }
    let document = mapping(&json!({
        "company": "nowhere.at",
        "country": {"expression": "nowhere.at.all"},
        "title": {"expression": "none"},
    }));
    assert_snapshot!(text(&document, &record(&json!({}))), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      source_id: "7"
    "#);
}

#[test]
fn a_list_or_an_object_where_text_is_expected_is_left_out_with_a_warning() {
    let document = mapping(&json!({
        "company": "company",
        "country": {"expression": "[1, 2]"},
        "digital_badge": "badge",
    }));
    let record = record(&json!({
        "id": [1], "company": {"name": "Example Works"}, "badge": ["https://example.org/1.png"],
    }));
    assert_snapshot!(text(&document, &record), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      unusable: "company; country; digital_badge"
    warning not_text source_id: expected text, found a list or an object; the field was left as it is
    warning not_text company: expected text, found a list or an object; the field was left as it is
    warning not_text country: expected text, found a list or an object; the field was left as it is
    warning not_text digital_badge: expected text, found a list or an object; the field was left as it is
    "#);
}

#[test]
fn an_expression_that_fails_leaves_its_field_with_a_warning() {
    let document = mapping(&json!({"company": {"expression": "company | sum"}}));
    assert_snapshot!(text(&document, &record(&json!({"company": [1, "x"]}))), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      source_id: "7"
      unusable: "company"
    warning expression_failed company: the expression failed: invalid operation, at "sum"
    "#);
}

#[test]
fn a_value_that_is_too_long_is_cut_between_characters() {
    let fits = "é".repeat(250);
    assert_eq!(company(&json!(fits)), (Some(fits.clone()), vec![]));
    let long = format!("{fits}x");
    assert_eq!(
        company(&json!(long)),
        (Some(fits), vec!["too_long".to_owned()])
    );
    let spaced = format!("{} {}", "x".repeat(249), "y".repeat(9));
    assert_eq!(company(&json!(spaced)).0, Some("x".repeat(249)));

    let document = mapping(&json!({"biography": "biography"}));
    let (outcome, issues) = evaluate(
        &document,
        &record(&json!({"biography": "😀".repeat(4_001), "id": "9".repeat(251)})),
    );
    let RecordOutcome::Person(_, contribution) = outcome else {
        panic!("{issues:?}");
    };
    let biography = contribution
        .incoming
        .profile
        .get(ProfileField::Biography)
        .unwrap();
    assert_eq!(biography.chars().count(), 4_000);
    assert_eq!(contribution.incoming.source_id, Some("9".repeat(250)));
    let reasons: Vec<String> = issues.into_iter().map(|issue| issue.reason).collect();
    assert_snapshot!(reasons.join("\n"), @"
    longer than 250 characters; it was cut there
    longer than 4000 characters; it was cut there
    ");
}

#[test]
fn control_characters_are_stripped() {
    for (value, text) in [
        ("Exa\u{0}mple\u{7f} Works\u{85}", "Example Works"),
        ("\r\nExample Works\r\n", "Example Works"),
        ("Example\r\nBcc: x", "Example Bcc: x"),
        ("Example\u{2028}Works", "Example Works"),
        ("\u{1b}[31mExample", "[31mExample"),
    ] {
        assert_eq!(
            company(&json!(value)),
            (Some(text.to_owned()), vec![]),
            "{value:?}"
        );
    }
}

/// In a list, a right-to-left override would turn round what stands beside the name.
#[test]
fn no_name_changes_the_direction_of_text() {
    let turning = |text: &str| json!(format!("\u{2067}{text}\u{202e}\u{200f}\u{61c}"));
    let mapped = json!({
        "title": "title", "job_title": "job", "company": "company", "country": "country",
        "biography": "bio", "groups": "groups",
    });
    let said = json!({
        "id": turning("7"), "first": turning("Ann"), "last": turning("Example"), "title": turning("Dr."),
        "job": turning("Engineer"), "company": turning("Example Works"), "country": turning("Norway"),
        "bio": turning("Builds things."), "groups": [turning("VIP"), turning("")],
    });
    assert_snapshot!(text(&mapping(&mapped), &record(&said)), @r#"
    ann@example.org attends
      title: "Dr."
      first_name: "Ann"
      last_name: "Example"
      job_title: "Engineer"
      company: "Example Works"
      country: "Norway"
      biography: "Builds things."
      groups: "VIP"
      source_id: "7"
    "#);
    // A name of nothing else is none, and a default is taken in its place.
    let nobody = record(&json!({"first": turning("")}));
    let text_of = text(&mapping(&json!({})), &nobody);
    assert!(text_of.contains("there is no first name"), "{text_of}");
    let stood_in = json!({"first_name": {"path": "first", "default": turning("Guest")}});
    let text_of = text(&mapping(&stood_in), &nobody);
    assert!(text_of.contains("first_name: \"Guest\""), "{text_of}");
}

#[test]
fn a_digital_badge_is_an_https_url() {
    let document = mapping(&json!({"digital_badge": "badge"}));
    assert_snapshot!(text(&document, &record(&json!({"badge": " https://badges.example.org/a b.png "}))), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      digital_badge: "https://badges.example.org/a b.png"
      source_id: "7"
    "#);
    for bad in [
        "http://badges.example.org/1.png",
        "ftp://badges.example.org/1.png",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "//badges.example.org/1.png",
        "badges.example.org/1.png",
        "https://",
        &format!("https://badges.example.org/{}", "x".repeat(2_000)),
    ] {
        let (outcome, issues) = evaluate(&document, &record(&json!({ "badge": bad })));
        let RecordOutcome::Person(_, contribution) = outcome else {
            panic!("{bad}: {issues:?}");
        };
        assert_eq!(contribution.incoming.digital_badge, None, "{bad}");
        assert!(
            contribution
                .incoming
                .unusable
                .contains(&AttendeeField::DigitalBadge),
            "{bad}"
        );
        assert_eq!(issues.len(), 1, "{bad}: {issues:?}");
        assert_eq!(issues[0].code, "invalid_badge", "{bad}");
    }
}

#[test]
fn the_same_name_in_other_characters_is_one_name() {
    let company_of = |text: &str| company(&json!(text)).0.unwrap_or_default();
    for (text, clean) in [
        ("Mole &amp; Pier", "Mole & Pier"),
        ("Mole &amp;amp; Pier", "Mole & Pier"),
        ("O&#039;Neil", "O'Neil"),
        ("O&#x27;Neil", "O'Neil"),
        ("M&uuml;ller", "M\u{fc}ller"),
        ("Mu\u{308}ller", "M\u{fc}ller"),
        ("AT&T", "AT&T"),
        ("Fish & Chips; Co", "Fish & Chips; Co"),
        ("Mole\u{a0}\u{a0}Pier", "Mole Pier"),
        ("\u{3000}Mole Pier\u{202f}", "Mole Pier"),
        ("Mo\u{ad}le\u{200b} Pier\u{feff}", "Mole Pier"),
        ("Mole&nbsp;Pier&shy;", "Mole Pier"),
        ("Mole&#8203;", "Mole"),
        ("&lt;Mole&gt;", "<Mole>"),
        (
            "\u{645}\u{6cc}\u{200c}\u{631}",
            "\u{645}\u{6cc}\u{200c}\u{631}",
        ),
    ] {
        assert_eq!(company_of(text), clean, "{text:?}");
    }
    for blank in ["\u{200b}", "&nbsp;", "\u{2066}\u{a0}"] {
        assert_eq!(company(&json!(blank)), (None, vec![]), "{blank:?}");
    }
}

/// They may be HTML, where a decoded reference would be a tag.
#[test]
fn long_texts_keep_their_references_and_their_lines() {
    let document =
        mapping(&json!({"biography": "bio", "additional_info": {"expression": "bio | unescape"}}));
    let record = record(&json!({"bio": "One &lt;b&gt;\u{a0}two\nthree\u{200b}"}));
    let said = text(&document, &record);
    assert!(
        said.contains(r#"biography: "One &lt;b&gt; two\nthree""#),
        "{said}"
    );
    assert!(
        said.contains(r#"additional_info: "One <b> two\nthree""#),
        "{said}"
    );
}

#[test]
fn a_source_id_in_other_characters_is_the_same() {
    let evaluator = |id: &str| {
        let (outcome, _) = evaluate(&mapping(&json!({})), &record(&json!({ "id": id })));
        let RecordOutcome::Person(_, contribution) = outcome else {
            panic!("{id:?}");
        };
        (contribution.key, contribution.incoming.source_id)
    };
    for id in [
        "T-1\u{200b}",
        "\u{feff}T-1",
        "T\u{ad}-1",
        " T-1\u{a0}",
        "\u{ff34}-\u{ff11}",
    ] {
        assert_eq!(evaluator(id), evaluator("T-1"), "{id:?}");
    }
    assert_ne!(evaluator("t-1").0, evaluator("T-1").0);
    assert_ne!(evaluator("T&amp;1").0, evaluator("T&1").0);
}
