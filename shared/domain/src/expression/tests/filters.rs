//! The filters for texts of other systems, and what is said of an expression that cannot be meant.

use serde_json::{Value, json};

use super::super::Expression;
use super::{error, evaluate};

#[test]
fn a_text_that_holds_json_is_read() {
    let record = json!({
        "tags": "[\"VIP\", \"A, B\"]", "info": "{\"a\": {\"b\": 12345678901234567890123}}",
        "list": ["x"], "blank": " ", "bad": "{",
    });
    for (source, value) in [
        ("tags | from_json", json!(["VIP", "A, B"])),
        ("(tags | from_json)[1]", json!("A, B")),
        ("(info | from_json).a.b", json!("12345678901234567890123")),
        ("(info | from_json).a.x.y", Value::Null),
        ("list | from_json", json!(["x"])),
        (
            "blank | from_json | default('none', true) | trim",
            json!(""),
        ),
        ("nowhere | from_json", Value::Null),
    ] {
        assert_eq!(evaluate(source, &record).unwrap(), value, "{source}");
    }
    let text = error("bad | from_json", &record);
    assert!(text.contains("the text is not JSON"), "{text}");
    let nested = json!({"a": "[".repeat(5_000)});
    assert!(error("a | from_json", &nested).contains("not JSON"));
}

#[test]
fn references_are_decoded_where_a_field_keeps_them() {
    let record = json!({"bio": "Fish &amp; chips&#33;"});
    assert_eq!(
        evaluate("bio | unescape", &record).unwrap(),
        "Fish & chips!"
    );
}

#[test]
fn a_regular_expression_finds_its_first_group_or_all_of_it() {
    let record = json!({"note": "Sits in room 12, table 7", "id": 4711});
    for (source, value) in [
        ("note | match('room ([0-9]+)')", "12"),
        ("note | match('room [0-9]+')", "room 12"),
        ("note | match('(hall|room) ([0-9]+)')", "room"),
        ("note | match('cellar')", ""),
        ("id | match('^47')", "47"),
        ("nowhere | match('x')", ""),
        ("'yes' if note | match('table \\\\d+$') else 'no'", "yes"),
        ("['a1', 'b'] | map('match', '[0-9]') | join('|')", "1|"),
    ] {
        assert_eq!(evaluate(source, &record).unwrap(), value, "{source}");
    }
}

#[test]
fn a_text_is_replaced_as_it_was_and_a_regular_expression_wherever_it_matches() {
    let record = json!({"phone": "+31 (0)20 555", "name": "Dr. Ann [guest]", "drake": "Drake", "a": "a.b|c"});
    for (source, value) in [
        // Texts, as before there were regular expressions.
        ("phone | replace('(0)', '')", "+31 20 555"),
        ("name | replace('Dr. ', '')", "Ann [guest]"),
        ("drake | replace('Dr.', '')", "Drake"),
        ("name | replace('[guest]', '')", "Dr. Ann "),
        ("a | replace('.', '-')", "a-b|c"),
        ("a | replace('|', '-')", "a.b-c"),
        ("a | replace('$', '-')", "a.b|c"),
        ("phone | replace(' ', '')", "+31(0)20555"),
        // Regular expressions.
        ("phone | replace('[^0-9]+', '')", "31020555"),
        ("phone | replace('\\\\D', '')", "31020555"),
        ("name | replace('^(Dr|Prof)\\\\. ', '')", "Ann [guest]"),
        (
            "name | replace('(\\\\w+)\\\\. (\\\\w+).*', '$2, $1')",
            "Ann, Dr",
        ),
        ("name | replace('(\\\\w+)\\\\. (\\\\w+).*', '\\\\2')", "Ann"),
        ("drake | replace('a.+', '')", "Dr"),
    ] {
        assert_eq!(evaluate(source, &record).unwrap(), value, "{source}");
    }
}

#[test]
fn a_regular_expression_is_read_when_the_document_is_and_bounded() {
    for source in [
        "a | match('(')",
        "a | replace('[0-9', 'x') | replace('[0-9]](', 'x')",
        "a | map('match', '(') | list",
        "a | match('(a{1000}){1000}')",
    ] {
        let text = error(source, &json!({}));
        assert!(text.contains("no regular expression"), "{source}: {text}");
    }
    let long = json!({"a": "a".repeat(20_000)});
    let text = error("a | match('b')", &long);
    assert!(text.contains("too long for a regular"), "{text}");
    let many: Vec<String> = (0..500).map(|n| "a".repeat(400) + &n.to_string()).collect();
    let pattern = "(a|aa)*".repeat(60);
    let text = error(
        &format!("n | map('match', '{pattern}b') | list | length"),
        &json!({ "n": many }),
    );
    assert!(text.contains("too much work"), "{text}");
}

#[test]
fn what_another_language_writes_is_named_with_what_to_write() {
    for (source, hint) in [
        ("status = 'x'", "use == to compare"),
        ("a and b = 2", "use == to compare"),
        ("status == 'x' AND paid", "write and in small letters"),
        ("status == 'x' Or paid", "write or in small letters"),
        ("NOT paid", "write not in small letters"),
        ("a && b", "write and in place of &&"),
        ("a || b", "write or in place of ||"),
        ("!paid", "write not in place of !"),
        ("a === 'b'", "write == in place of ==="),
        ("a <> 'b'", "write != in place of <>"),
        ("a == \u{2018}b\u{2019}", "write straight quotes"),
        ("status IN ['a']", "write in in small letters"),
    ] {
        let text = error(source, &json!({}));
        assert!(text.contains(hint), "{source}: {text}");
    }
    for source in ["a ==", "map(attribute='x'", "a == '&& ! = AND"] {
        let text = error(source, &json!({}));
        assert!(!text.contains("; "), "{source}: {text}");
    }
}

fn mistakes(source: &str) -> String {
    let expression: Expression = source.parse().unwrap();
    expression.mistakes_of_condition().join("\n")
}

#[test]
fn a_condition_that_never_holds_or_always_does_is_told() {
    for (source, told) in [
        ("status | lower == 'Cancelled'", "write 'cancelled'"),
        ("status | lower in ['cancelled', 'Void']", "write 'void'"),
        ("'x' == status | upper", "write 'X'"),
        ("status | trim == ' a'", "write 'a'"),
        ("paid | int == '0'", "without quotes"),
        ("tags | length == '2'", "without quotes"),
        ("code | string == 7", "write '7'"),
        ("'status' == 'cancelled'", "a field is named without quotes"),
        ("status == null", "write none"),
        ("paid == TRUE", "write true"),
        ("status == 'a' or 'b'", "field in ['one', 'two']"),
        ("not 'cancelled'", "always true"),
        ("'cancelled'", "name the field"),
        ("a and (b or status | lower != 'X')", "write 'x'"),
    ] {
        let text = mistakes(source);
        assert!(text.contains(told), "{source}: {text:?}");
    }
    for source in [
        "status == 'Cancelled'",
        "status | lower == 'cancelled'",
        "status in ['a', 'b'] or paid",
        "(company or 'x') == 'x'",
        "email == buyer.email",
        "true",
        "status in 'abc'",
        "amount | float > 3",
        "amount | int == 3",
        "record.null",
        "status is none",
        "not canceled",
        "'x' in tags",
        "tags | join(',') == 'A,B'",
    ] {
        assert_eq!(mistakes(source), "", "{source}");
    }
    let mapped: Expression = "company or 'Self-employed'".parse().unwrap();
    assert_eq!(mapped.mistakes(), [""; 0]);
}
