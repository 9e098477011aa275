use super::*;
use serde_json::json;

fn pager(style: Value) -> Pager {
    let url = "https://registration.example/people";
    let mut source = json!({"url": url});
    source["pagination"] = style;
    let source = serde_json::from_value(source).unwrap();
    let document = Url::parse(url).unwrap();
    let first = PageRequest::new(document.clone(), &source);
    Pager::new(
        &source,
        document.clone(),
        first,
        ServerOrigin::of(&document),
    )
}

fn after(pager: &mut Pager, records: u64, envelope: &Value) -> Result<Option<String>, String> {
    let request = pager.first.clone();
    let page = PageRead {
        request: &request,
        url: &request.url,
        headers: &HeaderMap::new(),
        envelope,
        records,
        last: None,
    };
    match pager.after(&page) {
        Ok(After::End) => Ok(None),
        Ok(After::Page(next)) => Ok(next.url.query().map(str::to_owned)),
        Ok(After::Itself) => Ok(Some("itself".to_owned())),
        Err(error) => Err(error.message),
    }
}

fn pages_of_a_total() -> Pager {
    pager(json!({"type": "page", "parameter": "page", "total_pages_path": "pages"}))
}

fn records_of_a_total() -> Pager {
    pager(
        json!({"type": "offset", "offset_parameter": "from", "limit_parameter": "limit",
        "limit": 10, "total_path": "total"}),
    )
}

#[test]
fn total_that_is_not_there_on_the_first_page_is_an_error() {
    for envelope in [
        json!([]),
        json!({"pages": null}),
        json!({"pages": "many"}),
        json!({"pages": -1}),
    ] {
        let message = after(&mut pages_of_a_total(), 3, &envelope).unwrap_err();
        assert!(message.contains("no whole number at pages"), "{message}");
    }
}

#[test]
fn empty_page_before_the_declared_end_is_an_error() {
    let mut pager = pages_of_a_total();
    assert_eq!(
        after(&mut pager, 3, &json!({"pages": 3})).unwrap().unwrap(),
        "page=2"
    );
    let message = after(&mut pager, 0, &json!([])).unwrap_err();
    assert!(
        message.contains("declared 3 pages, and this one holds no record"),
        "{message}"
    );
}

#[test]
fn event_without_registrations_is_a_whole_feed() {
    for pages in [0, 1] {
        assert_eq!(
            after(&mut pages_of_a_total(), 0, &json!({"pages": pages})),
            Ok(None)
        );
    }
    assert_eq!(
        after(&mut records_of_a_total(), 0, &json!({"total": 0})),
        Ok(None)
    );
}

#[test]
fn total_that_shrinks_while_it_is_read_still_has_to_be_met() {
    let mut pager = records_of_a_total();
    assert_eq!(
        after(&mut pager, 10, &json!({"total": 20}))
            .unwrap()
            .unwrap(),
        "from=10&limit=10"
    );
    let message = after(&mut pager, 0, &json!({"total": 0})).unwrap_err();
    assert!(
        message.contains("declared 20 records and sent 10"),
        "{message}"
    );
}

#[test]
fn total_that_grows_while_it_is_read_is_followed() {
    let mut pager = records_of_a_total();
    after(&mut pager, 10, &json!({"total": 15})).unwrap();
    assert!(
        after(&mut pager, 5, &json!({"total": 16}))
            .unwrap()
            .is_some()
    );
    assert_eq!(after(&mut pager, 1, &json!({"total": 16})), Ok(None));
}

#[test]
fn last_page_by_its_link_but_not_by_its_total_is_an_error() {
    let mut pager = pager(
        json!({"type": "page", "parameter": "page", "total_pages_path": "pages",
        "next_path": "next"}),
    );
    let message = after(&mut pager, 3, &json!({"pages": 2, "next": null})).unwrap_err();
    assert!(message.contains("declared 2 pages and sent 1"), "{message}");
}

#[test]
fn source_that_has_more_but_no_mark_is_an_error() {
    let mut pager =
        pager(json!({"type": "cursor", "parameter": "c", "path": "at", "more_path": "more"}));
    let message = after(&mut pager, 3, &json!({"more": true, "at": null})).unwrap_err();
    assert!(
        message.contains("nothing at at to continue from"),
        "{message}"
    );
}

#[test]
fn link_or_mark_of_another_type_is_an_error() {
    let mut links = pager(json!({"type": "next_link", "path": "next"}));
    assert!(after(&mut links, 1, &json!({"next": {"href": "/2"}})).is_err());
    let mut cursor = pager(json!({"type": "cursor", "parameter": "c", "path": "at"}));
    assert!(after(&mut cursor, 1, &json!({"at": {"id": 2}})).is_err());
}

#[test]
fn every_way_to_have_no_link_and_no_mark_is_understood() {
    for nothing in [
        json!(null),
        json!(false),
        json!(0),
        json!(0.0),
        json!(""),
        json!("  "),
        json!("0"),
        json!("null"),
        json!("None"),
        json!("false"),
        json!([]),
        json!({}),
    ] {
        let mut links = pager(json!({"type": "next_link", "path": "next"}));
        assert_eq!(after(&mut links, 1, &json!({"next": nothing})), Ok(None));
        let mut cursor = pager(json!({"type": "cursor", "parameter": "c", "path": "next"}));
        assert_eq!(after(&mut cursor, 1, &json!({"next": nothing})), Ok(None));
    }
    let mut cursor = pager(json!({"type": "cursor", "parameter": "c", "path": "next"}));
    for mark in [json!(7), json!(-1), json!("00"), json!("a")] {
        assert!(
            after(&mut cursor, 1, &json!({"next": mark}))
                .unwrap()
                .is_some()
        );
    }
}

#[test]
fn total_that_counts_too_many_names_its_key() {
    let mut offset = records_of_a_total();
    after(&mut offset, 4, &json!({"total": 6})).unwrap();
    let message = after(&mut offset, 0, &json!({"total": 6})).unwrap_err();
    assert!(
        message.contains("remove total_path (\"total\") out of source.pagination"),
        "{message}"
    );
    assert!(offset.end_at_nothing().is_err());
    let mut pages = pages_of_a_total();
    after(&mut pages, 4, &json!({"pages": 3})).unwrap();
    let message = after(&mut pages, 0, &json!({"pages": 3})).unwrap_err();
    assert!(message.contains("total_pages_path"), "{message}");
}

#[test]
fn every_way_to_say_no_is_understood() {
    for no in [
        json!(null),
        json!(false),
        json!(0),
        json!(" "),
        json!("0"),
        json!("false"),
    ] {
        assert!(!says_yes(Some(&no)), "{no}");
    }
    for yes in [
        json!(true),
        json!(2),
        json!("2"),
        json!("/next"),
        json!({"page": 2}),
    ] {
        assert!(says_yes(Some(&yes)), "{yes}");
    }
    assert!(!says_yes(None));
}
