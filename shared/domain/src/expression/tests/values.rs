//! What expressions see, and what our filters make of it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::country;
use super::{error, evaluate, evaluate_below};

#[test]
fn an_expression_sees_fields_and_levels_above() {
    let ticket = json!({"canceled": false, "item": 3, "parent": "own"});
    let order = json!({"status": "c", "x": {"y": 1}});
    let event = json!({"name": "E"});
    let parents = vec![&order, &event];
    for (source, expected) in [
        ("canceled or parent.status in ['c', 'e']", json!(true)),
        ("item == 3", json!(true)),
        ("record.parent", json!("own")),
        ("parent.parent.name", json!("E")),
        ("parent.x.y", json!(1)),
        ("absent.also.absent", json!(null)),
        ("parent.parent.parent.name", json!(null)),
    ] {
        let value = evaluate_below(source, &ticket, parents.clone());
        assert_eq!(value, Ok(expected), "{source}");
    }
}

#[test]
fn an_expression_sees_the_event() {
    for (source, expected) in [
        ("event.id", json!("devcon-2026")),
        ("event.name", json!("DevCon 2026")),
        ("event.community", json!("acme")),
        ("event.time_zone", json!("Europe/Amsterdam")),
        ("event.starts", json!("2026-12-01T08:00:00")),
        ("event.starts | date('%d.%m.')", json!("01.12.")),
        ("event.goes_live", json!(null)),
        ("event.nothing.at.all", json!(null)),
    ] {
        assert_eq!(evaluate(source, &json!({})), Ok(expected), "{source}");
    }
}

#[test]
fn a_side_list_is_looked_up_in_by_number_boolean_and_text() {
    let record = json!({"item": 3, "text": "3", "float": 3.0, "member": true, "level": "gold", "none": null, "list": [3]});
    for (source, expected) in [
        ("lookup.items[item].name.en", json!("VIP")),
        ("lookup.items[text].name.nl", json!("Eregast")),
        ("lookup.items[float].price", json!(120.5)),
        ("lookup.items[member].name.en", json!("Member")),
        ("lookup.items[level].name.en", json!("Gold")),
        ("lookup.items.gold.name.en", json!("Gold")),
        ("lookup.items[4].name.en", json!(null)),
        ("lookup.items[none].name.en", json!(null)),
        ("lookup.items[list].name.en", json!(null)),
        ("lookup.items[absent.field].name.en", json!(null)),
        ("lookup.rooms[item].name.en or 'unknown'", json!("unknown")),
        (
            "lookup['items'][3].name.de | default('none')",
            json!("none"),
        ),
    ] {
        assert_eq!(evaluate(source, &record), Ok(expected), "{source}");
    }
}

#[test]
fn a_reserved_word_wins_over_a_field_of_the_record() {
    let record = json!({"event": "own", "lookup": "own", "record": "own", "parent": "own"});
    for (source, expected) in [
        ("event.id", json!("devcon-2026")),
        ("lookup.items[3].name.en", json!("VIP")),
        (
            "record.event ~ record.lookup ~ record.record ~ record.parent",
            json!("ownownownown"),
        ),
        ("parent", json!(null)),
    ] {
        assert_eq!(evaluate(source, &record), Ok(expected), "{source}");
    }
}

#[test]
fn numbers_keep_their_digits() {
    let record = json!({
        "big": 9_007_199_254_740_993_u64, "most": u64::MAX, "least": i64::MIN,
        "one": 1.0, "tiny": 1e-7, "large": 1e21,
    });
    for (source, expected) in [
        ("big", "9007199254740993"),
        ("big + 1", "9007199254740994"),
        ("most", "18446744073709551615"),
        ("most + 1", "\"18446744073709551616\""),
        ("least", "-9223372036854775808"),
        ("one", "1.0"),
        ("tiny", "1e-7"),
        ("large", "1e+21"),
    ] {
        let value = evaluate(source, &record).unwrap();
        assert_eq!(value.to_string(), expected, "{source}");
    }
}

#[test]
fn split_gives_the_parts_without_the_space_around_them() {
    let record = json!({"tags": " a ; b;;c d "});
    for (source, expected) in [
        ("tags | split(';')", json!(["a", "b", "", "c d"])),
        ("tags | split", json!(["a", ";", "b;;c", "d"])),
        ("tags | split('')", json!(["a", ";", "b;;c", "d"])),
        ("(tags | split(';'))[1]", json!("b")),
    ] {
        assert_eq!(evaluate(source, &record), Ok(expected), "{source}");
    }
}

#[test]
fn a_date_is_written_on_the_clock_of_the_event() {
    let record = json!({
        "instant": "2026-12-01T23:30:00Z", "local": "2026-12-01T23:30", "unix": 1_796_167_800,
        "milliseconds": 1_796_167_800_000_i64, "text": "1796167800", "blank": " ", "null": null,
        "several": ["2026-12-01", "2026-12-02"],
    });
    for (source, expected) in [
        ("instant | date", json!("2026-12-02")),
        (
            "instant | date('%d.%m.%Y %H:%M')",
            json!("02.12.2026 00:30"),
        ),
        ("local | date('%d.%m.%Y %H:%M')", json!("01.12.2026 23:30")),
        ("unix | date", json!("2026-12-02")),
        ("milliseconds | date", json!("2026-12-02")),
        ("text | date", json!("2026-12-02")),
        ("blank | date", json!(" ")),
        ("null | date", json!(null)),
        ("absent | date('%Y')", json!(null)),
        ("several | map('date', '%d.') | join(' ')", json!("01. 02.")),
    ] {
        assert_eq!(evaluate(source, &record), Ok(expected), "{source}");
    }
    for value in [
        json!("soon"),
        json!(true),
        json!([1]),
        json!({"date": "2026-12-01"}),
        json!(1e300),
    ] {
        assert_eq!(
            error("when | date", &json!({ "when": value })),
            "the expression failed: the value is not a date, at \"date\"",
            "{value}"
        );
    }
    assert_eq!(
        error("local | date('%Q')", &record),
        "the expression failed: the date cannot be written in that form, at \"date('%Q')\""
    );
}

#[test]
fn a_country_comes_from_any_code_or_name() {
    let record = json!({
        "a2": "nl", "a3": "KOR", "number": 528, "text": "528", "name": "Great Britain",
        "odd": "Gondor", "list": ["nl"], "float": 528.5, "many": ["DE", "Belgique"],
    });
    for (source, expected) in [
        ("a2 | country", json!("Netherlands")),
        ("a3 | country", json!("South Korea")),
        ("number | country", json!("Netherlands")),
        ("text | country", json!("Netherlands")),
        ("name | country", json!("United Kingdom")),
        ("name | country_code", json!("GB")),
        (
            "many | map('country') | join(', ')",
            json!("Germany, Belgium"),
        ),
        ("odd | country", json!("Gondor")),
        ("odd | country_code", json!("")),
        ("float | country", json!(528.5)),
        ("list | country", json!(["nl"])),
        ("list | country_code", json!("")),
        ("absent | country", json!(null)),
        ("absent | country_code or 'NL'", json!("NL")),
    ] {
        assert_eq!(evaluate(source, &record), Ok(expected), "{source}");
    }
}

#[test]
fn the_code_of_a_codes_country_is_that_code() {
    let table = include_str!("../countries.txt").lines();
    let codes: Vec<&str> = table.filter_map(|line| line.get(..2)).collect();
    assert_eq!(codes.len(), 250);
    for code in codes {
        let country = country::of_text(code).unwrap();
        assert_eq!(country::of_text(country.name), Some(country), "{code}");
        let value = evaluate("code | country | country_code", &json!({ "code": code }));
        assert_eq!(value, Ok(json!(code)));
    }
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9T:.+Z-]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn no_value_makes_a_filter_panic(value in anything(), form in any::<String>()) {
        let record = json!({ "a": value, "form": form });
        for source in [
            "a", "a | country", "a | country_code", "a | date", "a | date(form)", "a | split(form)",
            "lookup.items[a].name", "lookup[a]", "event[a]", "a | string", "a == record",
            "a | list | unique | sort",
        ] {
            let _ = evaluate(source, &record);
        }
    }

    #[test]
    fn a_value_comes_out_as_it_went_in(value in anything()) {
        prop_assert_eq!(evaluate("a", &json!({ "a": value })), Ok(value));
    }

    #[test]
    fn no_text_makes_the_language_panic(source in "[a-c0-9 |().,'\\[\\]{}*+~=<>:-]{0,40}") {
        let _ = evaluate(&source, &json!({"a": 1, "b": "x", "c": [1, 2]}));
    }
}
