use super::*;
use serde_json::json;

#[test]
fn a_field_path_follows_names_indexes_and_quoted_names() {
    let value = json!({"a": {"b.c": [{"d": 1}]}});
    let path: FieldPath = "a.\"b.c\"[0].d".parse().unwrap();
    assert_eq!(path.find(&value), Some(&json!(1)));
    assert_eq!("a.x".parse::<FieldPath>().unwrap().find(&value), None);
}

#[test]
fn an_index_below_zero_counts_from_the_end() {
    let value = json!([{"a": [1, 2]}, {"a": [3, 4]}]);
    for (path, found) in [
        ("[-1].a[-2]", Some(json!(3))),
        ("[0].a[-1]", Some(json!(2))),
        ("[-3].a", None),
    ] {
        let path: FieldPath = path.parse().unwrap();
        assert_eq!(path.find(&value), found.as_ref(), "{path}");
    }
}

#[test]
fn a_path_through_the_last_record_is_followed_from_it() {
    let last = json!({"id": 7, "in": [{"id": 8}]});
    for (path, records, found) in [
        ("data[-1].id", "$.data[*]", Some(json!(7))),
        ("[-1].id", "$[*]", Some(json!(7))),
        (
            "a.\"b.c\"[-1].in[-1].id",
            "$.a['b.c'][*].in[*]",
            Some(json!(8)),
        ),
        ("data[-1]", "$.data[*]", Some(last.clone())),
        ("data[0].id", "$.data[*]", None),
        ("other[-1].id", "$.data[*]", None),
        ("data.id", "$.data[*]", None),
        ("data", "$.data[*]", None),
    ] {
        let path: FieldPath = path.parse().unwrap();
        let within = path.within_last_record(&records.parse().unwrap());
        let value = within.as_ref().and_then(|within| within.find(&last));
        assert_eq!(value, found.as_ref(), "{path} in {records}");
    }
}

#[test]
fn a_value_is_put_where_a_path_leads() {
    for (path, after) in [
        (
            "variables.after",
            json!({"variables": {"after": 1}, "list": [{}]}),
        ),
        ("list[0].x", json!({"variables": null, "list": [{"x": 1}]})),
        ("list[-1]", json!({"variables": null, "list": [1]})),
        ("new", json!({"variables": null, "list": [{}], "new": 1})),
    ] {
        let path: FieldPath = path.parse().unwrap();
        let mut body = json!({"variables": null, "list": [{}]});
        assert_eq!(path.put(&mut body, json!(1)), Ok(()));
        assert_eq!(body, after, "{path}");
    }
    for path in ["list.x", "list[1]", "list[-2].x", "text.x"] {
        let path: FieldPath = path.parse().unwrap();
        let mut body = json!({"text": "", "list": [{}]});
        assert_eq!(path.put(&mut body, json!(1)), Err(NoPlace), "{path}");
    }
}

#[test]
fn a_field_path_names_a_column_unless_it_leads_further() {
    for (path, own, column) in [
        ("mail", Some("mail"), Some("mail")),
        ("record.mail", Some("mail"), Some("mail")),
        (
            "\"E-mail address\"",
            Some("E-mail address"),
            Some("E-mail address"),
        ),
        ("\"parent\"", Some("parent"), Some("parent")),
        ("a.b", Some("a"), None),
        ("a[0]", Some("a"), None),
        ("parent.mail", None, None),
        ("record", None, None),
    ] {
        let path: FieldPath = path.parse().unwrap();
        assert_eq!((path.own_field(), path.column()), (own, column), "{path}");
    }
}

#[test]
fn a_broken_field_path_is_refused() {
    for bad in [
        "", "a.", ".a", "a[x]", "a[0", "a[-0]", "a[--1]", "[0]a", "\"a", "a\"b\"",
    ] {
        assert!(bad.parse::<FieldPath>().is_err(), "{bad}");
    }
}

#[test]
fn a_records_path_is_split_at_its_first_list() {
    let path: RecordsPath = "$.data['the results'][*].positions[*]".parse().unwrap();
    assert_eq!(path.list, ["data", "the results"]);
    assert_eq!(path.below, [Below::Name("positions".into()), Below::Each]);
    assert_eq!(
        "$[*]".parse::<RecordsPath>().unwrap(),
        RecordsPath::default()
    );
}

#[test]
fn a_records_path_without_root_or_list_is_refused() {
    for (bad, error) in [
        ("results[*]", PathError::NoRoot),
        ("$.results", PathError::NoList),
        ("$..results[*]", PathError::EmptyStep),
        ("$.*", PathError::Unexpected('*')),
        ("$.a[0]", PathError::Unexpected('[')),
    ] {
        assert_eq!(bad.parse::<RecordsPath>().unwrap_err(), error, "{bad}");
    }
}
