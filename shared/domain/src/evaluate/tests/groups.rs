//! Groups a record names.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{evaluate, mapping, record, text};
use crate::evaluate::{MAX_GROUPS, Outcome};
use crate::group::GroupName;

/// The groups that a value gives, separated by `;` where it is text.
fn groups(value: &Value) -> String {
    let document = mapping(&json!({"groups": {"path": "groups", "separator": ";"}}));
    let (outcome, issues) = evaluate(&document, &record(&json!({ "groups": value })));
    let Outcome::Person(_, contribution) = outcome else {
        panic!("{issues:?}");
    };
    let names: Vec<&str> = contribution
        .incoming
        .groups
        .iter()
        .map(GroupName::as_str)
        .collect();
    let issues = issues.iter().map(|issue| format!(" !{}", issue.code));
    names.join("|") + &issues.collect::<String>()
}

#[test]
fn groups_come_from_a_list_or_from_a_text_with_a_separator() {
    for (value, expected) in [
        (json!(["VIP", "Crew"]), "VIP|Crew"),
        (json!("VIP; Crew ;;  "), "VIP|Crew"),
        (json!("VIP"), "VIP"),
        (json!("VIP, Crew"), "VIP, Crew"),
        (json!(["VIP; Crew"]), "VIP; Crew"),
        (json!([1, 2.5, true, "x"]), "1|2.5|true|x"),
        (json!(3), "3"),
        (json!([null, "", " ", "VIP"]), "VIP"),
        (json!(null), ""),
        (json!([]), ""),
    ] {
        assert_eq!(groups(&value), expected, "{value}");
    }
}

#[test]
fn without_a_separator_a_text_is_one_group() {
    let document = mapping(&json!({"groups": "groups"}));
    assert_snapshot!(text(&document, &record(&json!({"groups": "VIP; Crew"}))), @r#"
    ann@example.org attends
      first_name: "Ann"
      last_name: "Example"
      groups: "VIP; Crew"
      source_id: "7"
    "#);
}

#[test]
fn groups_that_differ_in_case_or_spacing_are_one_in_the_first_spelling() {
    assert_eq!(
        groups(&json!(["Vip Lounge", "VIP  lounge", "crew", "\tCREW\n"])),
        "Vip Lounge|crew"
    );
}

#[test]
fn a_groups_name_has_no_control_characters_and_at_most_a_hundred() {
    assert_eq!(groups(&json!(["VI\u{0}P"])), "VIP");
    assert_eq!(
        groups(&json!(["é".repeat(300)])),
        format!("{} !too_long", "é".repeat(100))
    );
    assert_eq!(groups(&json!(["é".repeat(100)])), "é".repeat(100));
}

#[test]
fn a_group_that_is_a_list_or_an_object_is_left_out_with_a_warning() {
    assert_eq!(
        groups(&json!(["VIP", {"name": "Crew"}, ["x"]])),
        "VIP !not_text"
    );
    assert_eq!(groups(&json!({"name": "Crew"})), " !not_text");
}

#[test]
fn more_than_a_hundred_groups_are_cut_with_a_warning() {
    let names = |count: usize| {
        (0..count)
            .map(|n| json!(format!("Group {n}")))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        groups(&json!(names(MAX_GROUPS))).split('|').count(),
        MAX_GROUPS
    );
    let cut = groups(&json!(names(MAX_GROUPS + 1)));
    assert!(cut.ends_with("|Group 99 !too_many"), "{cut}");
    let same = vec![json!("VIP"); 1_000];
    assert_eq!(groups(&json!(same)), "VIP");
}

#[test]
fn a_poisoned_list_of_groups_is_cut_before_it_costs_anything() {
    // Comparing each with each would take some ten thousand million steps.
    let names: Vec<u32> = (0..150_000).collect();
    assert!(groups(&json!(names)).ends_with("|99 !too_many"));
}
