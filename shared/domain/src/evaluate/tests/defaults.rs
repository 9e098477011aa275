//! Defaults: what stands in for a blank value.

use insta::assert_snapshot;
use serde_json::json;

use super::{mapping, record, text};

#[test]
fn a_default_stands_in_for_a_blank_value_wherever_it_comes_from() {
    let document = mapping(&json!({
        "title": {"path": "title", "default": " Mx\n"},
        "last_name": {"path": "last", "default": "-"},
        "company": {"expression": "company or parent.company", "default": "Self-employed"},
        "country": {"constant": "", "default": "NL"},
        "biography": {"path": "bio", "default": "Line\nline"},
        "digital_badge": {"path": "badge", "default": "https://example.org/none.png"},
    }));
    let blank = record(&json!({"title": " ", "last": null}));
    assert_snapshot!(text(&document, &blank), @r#"
    ann@example.org attends
      title: "Mx"
      first_name: "Ann"
      last_name: "-"
      company: "Self-employed"
      country: "NL"
      biography: "Line\nline"
      digital_badge: "https://example.org/none.png"
      source_id: "7"
    "#);
    let full = record(&json!({
        "title": "Dr", "company": "Example Works", "bio": "Writes", "badge": "https://example.org/7.png",
    }));
    assert_snapshot!(text(&document, &full), @r#"
    ann@example.org attends
      title: "Dr"
      first_name: "Ann"
      last_name: "Example"
      company: "Example Works"
      country: "NL"
      biography: "Writes"
      digital_badge: "https://example.org/7.png"
      source_id: "7"
    "#);
}

#[test]
fn a_default_does_not_stand_in_for_what_cannot_be_used() {
    let document = mapping(&json!({
        "title": {"path": "title", "default": "Mx"},
        "company": {"expression": "company | sum", "default": "Self-employed"},
        "groups": {"path": "groups", "default": "Guests"},
        "digital_badge": {"path": "badge", "default": "https://example.org/none.png"},
    }));
    let odd = record(&json!({
        "title": ["Dr"], "company": ["x"], "groups": {"name": "VIP"}, "badge": "none",
    }));
    assert_snapshot!(text(&document, &odd), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      source_id: "7"
      unusable: "title; company; groups; digital_badge"
    warning not_text title: expected text, found a list or an object; the field was left as it is
    warning expression_failed company: the expression failed: invalid operation, at "sum"
    warning not_text groups: a group is an object and was left out; where its name is in the field name, map groups by an expression such as LIST | map(attribute='name') | list, with the list's own path for LIST
    warning invalid_badge digital_badge: the digital badge is not an https URL; it was left as it is
    "#);
}

#[test]
fn a_default_that_cannot_be_used_is_said() {
    let document = mapping(&json!({
        "title": {"path": "title", "default": "x".repeat(251)},
        "digital_badge": {"path": "badge", "default": "http://example.org/none.png"},
    }));
    let text = text(&document, &record(&json!({})));
    assert!(text.contains("warning too_long title"), "{text}");
    assert!(
        text.contains("warning invalid_badge digital_badge"),
        "{text}"
    );
}

#[test]
fn the_default_of_groups_is_one_or_with_a_separator_several() {
    let groups = |options: &serde_json::Value, value: &serde_json::Value| {
        let text = text(
            &mapping(&json!({ "groups": options })),
            &record(&json!({ "groups": value })),
        );
        let line = text.lines().find(|line| line.starts_with("  groups: "));
        line.map(|line| line.replace("  groups: ", ""))
    };
    let one = json!({"path": "groups", "default": "Guests; Day 1"});
    let several = json!({"path": "groups", "default": "Guests; Day 1", "separator": ";"});
    let computed =
        json!({"expression": "groups | select('eq', 'VIP') | list", "default": "Guests"});
    for (options, value, expected) in [
        (&one, json!(null), "Guests; Day 1"),
        (&several, json!([]), "Guests; Day 1"),
        (&several, json!(" ;; "), "Guests; Day 1"),
        (&several, json!(["", null]), "Guests; Day 1"),
        (&several, json!("VIP"), "VIP"),
        (&computed, json!(["Crew"]), "Guests"),
        (&computed, json!(["Crew", "VIP"]), "VIP"),
    ] {
        assert_eq!(
            groups(options, &value),
            Some(format!("{expected:?}")),
            "{value}"
        );
    }
}
