//! Hostile expressions: each ends with an error, at once and without much memory.

use serde_json::{Value, json};

use super::super::MAX_SOURCE;
use super::{error, evaluate, evaluate_below};
use crate::feed::MAX_RECORD_BYTES;

/// A record about as large as one may be: long lists and a long text.
fn heavy() -> Value {
    let numbers: Vec<Value> = (0..50_000).map(Value::from).collect();
    let texts: Vec<Value> = (0..300).map(|n| json!(format!("{n:0>1000}"))).collect();
    let record = json!({"n": numbers, "t": texts, "s": "x".repeat(400_000), "a": "x"});
    let size = record.to_string().len();
    assert!((900_000..MAX_RECORD_BYTES).contains(&size), "{size}");
    record
}

#[test]
fn an_expression_that_does_too_much_stops() {
    let record = heavy();
    for source in [
        "n | map('string') | list | length",
        "n | join(',')",
        "n | sort | unique | list",
        "n | select('in', n) | list",
        "n | selectattr('x', 'in', n) | list",
        "s | replace('x', 'yyyy')",
        "a | replace('', t[0]) | replace('0', t[0]) | replace('0', t[0])",
        "s ~ s ~ s ~ s",
        "n | string",
        "n | groupby('x')",
        "s | split('x') | length",
        "s | upper | lower | title | capitalize",
    ] {
        let text = error(source, &record);
        assert!(text.contains("too much work"), "{source}: {text}");
    }
}

#[test]
fn a_value_that_holds_another_many_times_over_cannot_be_made() {
    for source in [
        "'x' * 10 ** 9",
        "10 ** 9 * 'x'",
        "[[[[0] * 300] * 300] * 300] == [[[[0] * 300] * 300] * 300]",
        "([('x' * 10 ** 6)] * 1000) | string",
        "((0, 0) * 300) ~ ''",
        "a * 300",
        "range(100000) | list",
        "[range(100000), range(100000)] | string",
        "n | map('default', [1, 2, 3]) | list",
        "n | map(attribute='x', default=record) | list",
        "n | batch(2, record)",
        "n | slice(1000000000)",
        "a | indent(1000000000)",
        "record | pprint",
        "namespace(a=1)",
        "'%1000000000d' | format(1)",
        "'%(a)s%(a)s%(a)s' | format(a=record)",
    ] {
        let text = error(source, &json!({"n": [1, 2], "a": [1]}));
        assert!(
            text.starts_with("the expression cannot be used"),
            "{source}: {text}"
        );
    }
}

#[test]
fn many_references_to_a_heavy_record_are_refused() {
    let list = |count: usize| format!("[{}] | string | length", vec!["record"; count].join(","));
    let light = json!({});
    assert!(evaluate(&list(50), &light).is_ok());
    assert_eq!(
        error(&list(51), &light),
        "the expression cannot be used: it refers to more than 50 variables"
    );
    assert!(error(&list(50), &heavy()).contains("too much work"));
}

#[test]
fn a_result_that_is_too_large_or_too_deep_is_none() {
    let record = heavy();
    assert_eq!(
        error("[s, s, s]", &record),
        "the expression failed: its result is too large"
    );
    assert_eq!(
        error("n", &record),
        "the expression failed: its result is too large"
    );
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    assert_eq!(
        error("deep", &json!({ "deep": deep })),
        "the expression failed: its result is too deep"
    );
    let level = json!({"n": record["n"]});
    assert_eq!(
        evaluate_below("parent.n | length", &json!({}), vec![&level]),
        Ok(json!(50_000))
    );
}

#[test]
fn deep_and_long_expressions_do_not_overflow_the_stack() {
    let record = json!({"a": {"b": 1}});
    for (before, middle, after) in [
        ("(", "a", ")"),
        ("[", "a", "]"),
        ("{1:", "a", "}"),
        ("not ", "a", ""),
        ("-", "1", ""),
        ("1 if 1 else ", "1", ""),
        ("", "a", ".b"),
        ("", "a", "[0]"),
        ("", "a", "|d"),
        ("", "a", "[a"),
        ("", "1", "+1"),
        ("", "1", "**1"),
        ("", "1", "~1"),
        ("", "1", "<1"),
        ("", "1", " or 1"),
        ("", "1", " is odd"),
    ] {
        let times = (MAX_SOURCE - 1) / (before.len() + after.len());
        let source = format!("{}{middle}{}", before.repeat(times), after.repeat(times));
        assert!(source.len() <= MAX_SOURCE);
        let _ = evaluate(&source, &record);
    }
}
