use super::*;
use proptest::prelude::*;
use serde_json::json;

fn split(path: &str, body: &[u8], step: usize) -> Result<(Vec<String>, Value), FeedError> {
    let path: RecordsPath = path.parse().unwrap();
    let mut splitter = RecordSplitter::new(&path);
    let mut units = Vec::new();
    for chunk in body.chunks(step) {
        splitter.push(chunk, &mut |unit| match unit {
            Unit::Bytes(bytes) => units.push(String::from_utf8_lossy(bytes).into_owned()),
            Unit::TooLong => units.push("too long".to_owned()),
        })?;
    }
    let ended = splitter.finish()?;
    if ended.has_list {
        return Ok((units, ended.envelope));
    }
    Err(ended.no_list())
}

#[test]
fn records_and_envelope_are_the_same_however_the_body_is_cut() {
    let body = r#" {"count": 3, "meta": {"results": [9]}, "results": [
        {"a": "x]}\"{", "b": [1, {"c": 2}]} , {"a":"\\"},"text",17 , null
    ], "next": "https://example.org/?page=2"} "#;
    for step in [1, 2, 3, 7, 1000] {
        let (units, envelope) = split("$.results[*]", body.as_bytes(), step).unwrap();
        assert_eq!(
            units,
            [
                r#"{"a": "x]}\"{", "b": [1, {"c": 2}]}"#,
                r#"{"a":"\\"}"#,
                r#""text""#,
                "17",
                "null"
            ],
            "step {step}"
        );
        assert_eq!(
            envelope,
            json!({"count": 3, "meta": {"results": [9]}, "results": [],
                   "next": "https://example.org/?page=2"})
        );
    }
}

#[test]
fn a_bare_list_an_empty_list_and_a_deep_list_are_found() {
    assert_eq!(split("$[*]", b"[1,2]", 1).unwrap().0, ["1", "2"]);
    assert_eq!(split("$[*]", b"\xEF\xBB\xBF[ ]", 1).unwrap().0.len(), 0);
    let deep = br#"{"x": {"b": [3]}, "a": {"x": [4], "b": [5]}}"#;
    assert_eq!(split("$.a.b[*]", deep, 1).unwrap().0, ["5"]);
    assert_eq!(split("$['a'].b[*]", deep, 50).unwrap().0, ["5"]);
}

#[test]
fn what_is_not_a_feed_is_refused_with_the_reason() {
    for (body, reason) in [
        ("", "the answer is empty"),
        (" \n", "the answer is empty"),
        ("<html>", "the answer is not JSON: it starts with '<'"),
        (
            r#"{"results": [{"a": 1}"#,
            "the answer was cut off in the middle of its JSON",
        ),
        (
            r#"{"results": [{"a": 1}]"#,
            "the answer was cut off in the middle of its JSON",
        ),
        (
            r#"{"results": []} x"#,
            "the answer goes on after the end of its JSON",
        ),
        (
            r#"{"results": [1 2]}"#,
            "the list of records is not valid JSON near record 1",
        ),
        (
            r#"{"results": [1,,2]}"#,
            "the list of records is not valid JSON near record 1",
        ),
        (
            r#"{"results": [1,]}"#,
            "the list of records is not valid JSON near record 1",
        ),
        (
            r#"{"results": null}"#,
            "there is no list at $.results: there is null",
        ),
        (
            r#"{"error": "no"}"#,
            "there is no list at $.results: there is no \"results\", only error",
        ),
        (
            "[1]",
            "there is no list at $.results: \"results\" would be in a list",
        ),
        (
            r#"{"results": [], "a": b}"#,
            "the answer is not valid JSON around its records",
        ),
    ] {
        let error = split("$.results[*]", body.as_bytes(), 4).unwrap_err();
        assert_eq!(error.to_string(), reason, "{body}");
    }
}

#[test]
fn a_byte_order_mark_is_passed_over_and_a_part_of_one_is_not_json() {
    for step in 1..5 {
        assert_eq!(split("$[*]", b" \xEF\xBB\xBF\n[1]", step).unwrap().0, ["1"]);
        for body in [
            &b"\xEF[1]"[..],
            b"\xBB[1]",
            b"\xEF\xBB [1]",
            b"\xBF\xBB\xEF[1]",
        ] {
            let error = split("$[*]", body, step).unwrap_err();
            assert!(matches!(error, FeedError::NotJson(_)), "{body:?}: {error}");
        }
    }
}

#[test]
fn a_list_that_is_somewhere_else_is_named() {
    for (path, body, found) in [
        (
            "$[*]",
            r#"{"next": null, "results": []}"#,
            "a list at $.results",
        ),
        (
            "$.data[*]",
            r#"{"data": {"b": [], "a": [1], "n": 1}}"#,
            "lists at $.data.a, $.data.b",
        ),
    ] {
        let error = split(path, body.as_bytes(), 4).unwrap_err();
        let found = format!("there is an object, with {found}");
        assert!(error.to_string().ends_with(&found), "{error}");
    }
}

#[test]
fn a_record_that_is_too_long_is_skipped_and_the_next_one_is_read() {
    let long = format!("[\"{}\",1]", "x".repeat(MAX_RECORD_BYTES));
    for step in [65_536, 10_000_000] {
        assert_eq!(
            split("$[*]", long.as_bytes(), step).unwrap().0,
            ["too long", "1"]
        );
    }
}

#[test]
fn endless_nesting_and_an_endless_envelope_are_refused() {
    let deep = "[".repeat(1_000);
    let error = split("$.results[*]", deep.as_bytes(), 100).unwrap_err();
    assert!(matches!(error, FeedError::TooDeep), "{error}");
    let wide = format!("{{\"a\": \"{}\"", "x".repeat(MAX_ENVELOPE_BYTES));
    let error = split("$.results[*]", wide.as_bytes(), 4_096).unwrap_err();
    assert!(matches!(error, FeedError::EnvelopeTooLong), "{error}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~é\"\\\\\\[\\]{},:]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"\\\\]{1,2}", inner, 0..5).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn every_list_is_split_into_its_elements(
        elements in prop::collection::vec(any_json(), 0..8),
        around in any_json(),
        pretty: bool,
        step in 1_usize..40,
    ) {
        let body = json!({"a": around, "list": elements, "z": around});
        let text = if pretty { serde_json::to_string_pretty(&body) } else { serde_json::to_string(&body) };
        let (units, envelope) = split("$.list[*]", text.unwrap().as_bytes(), step).unwrap();
        let read: Vec<Value> = units.iter().map(|unit| serde_json::from_str(unit).unwrap()).collect();
        prop_assert_eq!(read, elements);
        prop_assert_eq!(envelope, json!({"a": around, "list": [], "z": around}));
    }

    #[test]
    fn no_bytes_make_the_splitter_panic(body in prop::collection::vec(any::<u8>(), 0..200), step in 1_usize..20) {
        let _refused_or_not = split("$.list[*]", &body, step);
    }
}
