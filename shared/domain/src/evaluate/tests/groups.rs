//! Groups a record names.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{evaluate, mapping, record, text};
use crate::evaluate::{MAX_GROUPS, RecordOutcome};
use crate::group::GroupName;

/// The groups that a value gives, separated by `;` where it is text.
fn groups(value: &Value) -> String {
    let document = mapping(&json!({"groups": {"path": "groups", "separator": ";"}}));
    let (outcome, issues) = evaluate(&document, &record(&json!({ "groups": value })));
    let RecordOutcome::Person(_, contribution) = outcome else {
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

/// The groups that a mapping gives of a value.
fn mapped(mapping_of_groups: &Value, fields: &Value) -> String {
    let document = mapping(&json!({ "groups": mapping_of_groups }));
    let (outcome, issues) = evaluate(&document, &record(fields));
    let RecordOutcome::Person(_, contribution) = outcome else {
        panic!("{issues:?}");
    };
    let names = contribution.incoming.groups.iter().map(GroupName::as_str);
    let issues = issues.iter().map(|issue| format!(" !{}", issue.code));
    names.collect::<Vec<_>>().join("|") + &issues.collect::<String>()
}

#[test]
fn a_list_in_a_text_is_a_list() {
    for (text, expected) in [
        (r#"["VIP", "Speaker"]"#, "VIP|Speaker"),
        (r#" ["VIP"] "#, "VIP"),
        ("[]", ""),
        ("[ ]", ""),
        (r#"["A, B", "C;D"]"#, "A, B|C;D"),
        (r#"[1, 2.5, null, "x"]"#, "1|2.5|x"),
        (r"[12345678901234567890123]", "12345678901234567890123"),
        (r#""[\"VIP\",\"Speaker\"]""#, "VIP|Speaker"),
        ("[&quot;VIP&quot;,&quot;Q&amp;A&quot;]", "VIP|Q&A"),
        ("['VIP', 'Speaker']", "VIP|Speaker"),
        ("['O''Neil', \"x\", 'y']", "O'Neil|x|y"),
        (r#"{VIP,"A, B"}"#, "VIP|A, B"),
        ("{}", ""),
        ("[VIP]", "[VIP]"),
        (r#"["VIP"#, r#"["VIP"#),
        (r#"[{"name": "VIP"}]"#, " !not_text"),
    ] {
        let fields = json!({ "tags": text });
        assert_eq!(mapped(&json!("tags"), &fields), expected, "{text}");
        let separated = json!({"path": "tags", "separator": "~"});
        assert_eq!(mapped(&separated, &fields), expected, "{text}");
    }
}

#[test]
fn a_separator_within_quotes_separates_nothing() {
    for (separator, text, expected) in [
        (",", r#""A, B",C"#, "A, B|C"),
        (",", r#"C, "A, B""#, "C|A, B"),
        (",", r#""say ""hi"", you",C"#, r#"say "hi", you|C"#),
        (",", r#"6" pipe, 4" pipe"#, r#"6" pipe|4" pipe"#),
        (",", r#""open, C"#, r#""open|C"#),
        (";", "'s Gravenhage; 't Hart", "'s Gravenhage|'t Hart"),
        (";", "'A; B'; C", "A; B|C"),
        ("\"", r#"A"B"#, "A|B"),
        (",", "", ""),
        (";", "Q&amp;A; R&#38;D; C", "Q&A|R&D|C"),
    ] {
        let mapping = json!({"path": "tags", "separator": separator});
        assert_eq!(
            mapped(&mapping, &json!({ "tags": text })),
            expected,
            "{text}"
        );
    }
}

#[test]
fn groups_come_from_several_places_and_add_up() {
    let places = json!([
        "tags", {"path": "tracks", "separator": ","}, {"expression": "'Speaker' if talks else ''"},
        {"path": "level", "default": "Guest"},
    ]);
    for (fields, expected) in [
        (
            json!({"tags": ["VIP"], "tracks": "Web, Data,vip", "talks": [1]}),
            "VIP|Web|Data|Speaker|Guest",
        ),
        (json!({"tags": "VIP", "level": "Gold"}), "VIP|Gold"),
        (json!({}), "Guest"),
        (
            json!({"tags": [{"title": "x"}], "level": "Gold"}),
            "Gold !not_text",
        ),
    ] {
        assert_eq!(mapped(&places, &fields), expected, "{fields}");
    }
    let one = json!([{"path": "tags"}]);
    let document = mapping(&json!({ "groups": one }));
    let written = serde_json::to_value(&document.mapping).unwrap();
    assert_eq!(written["groups"], "tags", "one place is written as one");
    let several = mapping(&json!({ "groups": places }));
    let written = serde_json::to_value(&several.mapping).unwrap();
    assert_eq!(written["groups"], places);
}

#[test]
fn a_group_that_is_an_object_is_told_with_what_to_write() {
    let document = mapping(&json!({"groups": "tags"}));
    let said = text(
        &document,
        &record(&json!({"tags": [{"id": 3, "title": "VIP"}]})),
    );
    assert!(
        said.contains("LIST | map(attribute='title') | list"),
        "{said}"
    );
    let mapping = json!({"expression": "tags | map(attribute='title') | list"});
    let tags = json!({"tags": [{"id": 3, "title": "VIP"}]});
    assert_eq!(mapped(&mapping, &tags), "VIP");
}

#[test]
fn groups_in_other_characters_are_one() {
    for name in [
        "VIP Lounge",
        "VIP\u{a0}Lounge",
        "V\u{200b}IP Lounge",
        "VIP Lou\u{ad}nge",
        "\u{feff}VIP Lounge",
        "\u{ff36}\u{ff29}\u{ff30} Lounge",
        "VIP &#76;ounge",
        "\u{202a}VIP Lounge\u{202c}",
        "vip lounge",
    ] {
        let both = json!({"tags": ["VIP Lounge", name]});
        assert_eq!(mapped(&json!("tags"), &both), "VIP Lounge", "{name:?}");
    }
}

#[test]
fn a_poisoned_text_of_quotes_is_cut_before_it_costs_anything() {
    let text = "\"a,".repeat(200_000);
    let mapping = json!({"path": "tags", "separator": ","});
    assert_eq!(mapped(&mapping, &json!({ "tags": text })), "\"a");
}
