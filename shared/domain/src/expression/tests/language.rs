//! What is refused when an expression is read, and how a failure on a record is put.

use insta::assert_snapshot;
use serde_json::json;

use super::{error, evaluate};

#[test]
fn what_does_not_exist_is_refused_when_it_is_read() {
    let texts: Vec<String> = [
        "item ==",
        "country | contry",
        "x is blankish",
        "tags | map('uper')",
        "tags | select('blankish')",
        "tags | selectattr('q', 'like', 'x')",
        "range(10)",
        "name.upper()",
        "debug()",
        "a or (b and [c, {'k': d | nope}])",
        &format!("{:5000}", "x"),
    ]
    .iter()
    .map(|source| error(source, &json!({})))
    .collect();
    assert_snapshot!(texts.join("\n"), @r#"
    the expression does not compile: syntax error: unexpected end of input, expected expression (in <expression>:1)
    the expression cannot be used: there is no filter "contry"
    the expression cannot be used: there is no test "blankish"
    the expression cannot be used: there is no filter "uper"
    the expression cannot be used: there is no test "blankish"
    the expression cannot be used: there is no test "like"
    the expression cannot be used: there are no functions and methods, only filters
    the expression cannot be used: there are no functions and methods, only filters
    the expression cannot be used: there are no functions and methods, only filters
    the expression cannot be used: there is no filter "nope"
    the expression is longer than 2048 bytes
    "#);
}

/// What leads out of sandboxes of this family of languages.
#[test]
fn nothing_leads_from_a_value_to_what_it_is_made_of() {
    let record = json!({"name": "Ada", "list": [1]});
    for blank in [
        "''.__class__",
        "''.__class__.__mro__[1].__subclasses__",
        "name['__class__']",
        "name | attr('__class__')",
        "record.__init__.__globals__.os",
        "list.__len__",
        "self",
        "environment",
        "namespace",
        "range",
        "dict",
        "debug",
        "loop",
        "cycler.__init__",
        "env",
    ] {
        assert_eq!(evaluate(blank, &record), Ok(json!(null)), "{blank}");
    }
    for refused in [
        "name.__class__()",
        "''.join(['a'])",
        "lipsum()",
        "self.__init__()",
        "super()",
        "caller()",
        "name | eval",
        "name | tojson",
        "name | format(1)",
        "name | safe",
    ] {
        let text = error(refused, &record);
        assert!(text.contains("cannot be used"), "{refused}: {text}");
    }
}

#[test]
fn every_filter_and_test_of_the_language_is_there() {
    for filter in super::super::language::FILTERS {
        let text = match evaluate(&format!("a | {filter}"), &json!({"a": [1]})) {
            Ok(_) => continue,
            Err(error) => error.to_string(),
        };
        assert!(!text.contains("unknown"), "{filter}: {text}");
    }
    for test in super::super::language::TESTS {
        let source = format!("a | select('{test}', 1) | list");
        if let Err(error) = evaluate(&source, &json!({"a": [1]})) {
            assert!(!error.to_string().contains("unknown"), "{test}: {error}");
        }
    }
}

#[test]
fn only_numbers_are_multiplied() {
    let record = json!({"price": 2.5, "seats": "3", "list": [1, 2]});
    for (source, expected) in [
        ("price | float * 2", json!(5.0)),
        ("2 * (seats | int)", json!(6)),
        ("(seats | int + 1) * -(list | length)", json!(-8)),
        ("(seats | float - 1) * (price | round(0)) ** 2", json!(8.0)),
    ] {
        assert_eq!(evaluate(source, &record), Ok(expected), "{source}");
    }
    for source in [
        "price * 2",
        "list * 2",
        "[0] * 3",
        "'x' * 3",
        "(price or list) * 2",
        "(1, 2) * 2",
        "(list + list) * 2",
        "seats | int(default=[0]) * 3",
        "seats | int(default=list) * 3",
    ] {
        let text = error(source, &record);
        assert!(text.contains("* is for numbers alone"), "{source}: {text}");
    }
}

#[test]
fn a_failure_names_its_kind_and_place_and_no_value() {
    let record = json!({"age": "canary", "list": ["canary", 1]});
    let texts: Vec<String> = [
        "age + 1 > 18",
        "age + 1",
        "list | sum",
        "'x' ~ (list | join | int)",
        "age | date('%d.%m.%Y') or 'none'",
        "list[0] | abs",
    ]
    .iter()
    .map(|source| error(source, &record))
    .collect();
    assert!(!texts.join("\n").contains("canary"));
    assert_snapshot!(texts.join("\n"), @r#"
    the expression failed: invalid operation, at "age + 1"
    the expression failed: invalid operation
    the expression failed: invalid operation, at "sum"
    the expression failed: invalid operation, at "int"
    the expression failed: the value is not a date, at "date('%d.%m.%Y')"
    the expression failed: invalid operation, at "abs"
    "#);
}
