//! Side lists: read with the source's credential, from its server alone, and kept by key.

use attendee_sync_app::ports::Sources;
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{FaultyServer, answer, json as page};
use serde_json::{Value, json};

use super::{CANARY, assert_says, merge, source, sources, without_canary};

async fn lookups(source: &SourceSettings) -> Result<Value, String> {
    let read = sources(SourceAddresses::Any).lookups(source).await;
    let lookups = read.map_err(|error| without_canary(&error))?;
    let lists = lookups
        .lookups
        .0
        .into_iter()
        .map(|(name, list)| (name, json!(list.0)));
    Ok(lists.collect())
}

fn with_items(server: &FaultyServer, url: &str, rest: Value) -> SourceSettings {
    let mut document = json!({
        "authentication": {"type": "header", "name": "X-Key", "value": {"secret": "canary"}},
        "lookups": {"items": {"url": url, "records": "$.results[*]", "key": "id"}},
    });
    merge(&mut document, rest);
    source(&server.url("/attendees"), document)
}

async fn refused(source: &SourceSettings, parts: &[&str]) {
    let read = lookups(source).await.map(|lists| vec![lists.to_string()]);
    assert_says(read, &[&["source.lookups.items: "], parts].concat());
}

#[tokio::test]
async fn a_list_that_offers_more_than_its_one_page_says_so() {
    let server =
        FaultyServer::start(|_| page(r#"{"next":"/items/?page=2","results":[{"id":1}]}"#)).await;
    let source = with_items(&server, &server.url("/items/"), json!({}));
    let lists = sources(SourceAddresses::Any)
        .lookups(&source)
        .await
        .unwrap();
    let remark = &lists.remarks[0];
    assert!(remark.incomplete, "{remark:?}");
    assert_eq!(remark.field, "source.lookups.items.pagination");
    let says = &remark.reason;
    assert!(
        says.contains("next") && says.contains("source.lookups.items.pagination"),
        "{says}"
    );
}

#[tokio::test]
async fn lists_are_read_page_by_page_with_the_credential_and_headers() {
    let server = FaultyServer::start(|asked| {
        assert_eq!(asked.headers["x-key"], CANARY);
        assert_eq!(asked.headers["x-tenant"], "7");
        assert!(asked.headers["accept"].starts_with("application/json"));
        match asked.target.as_str() {
            "/items/?all=1" => page(r#"{"next":"/items/?page=2","results":[{"id":1,"n":"a"}]}"#),
            "/items/?page=2&all=1" => page(r#"{"results":[{"id":2,"n":"b"},{"id":1,"n":"c"}]}"#),
            "/rooms" => page(r#"{"data":[{"in":[{"code":"X","n":1}]}]}"#),
            _ => answer("404 Not Found", "", ""),
        }
    })
    .await;
    let rest = json!({
        "headers": {"X-Tenant": "7"},
        "pagination": {"type": "page", "parameter": "page"},
        "lookups": {"items": {"pagination": {"type": "next_link", "path": "next"}}, "rooms": {"url": server.url("/rooms"), "records": "$.data[*].in[*]",
            "key": "code"}},
    });
    let lists = lookups(&with_items(&server, &server.url("/items/?all=1"), rest)).await;
    assert_eq!(
        lists.unwrap(),
        json!({
            "items": {"1": {"id": 1, "n": "c"}, "2": {"id": 2, "n": "b"}},
            "rooms": {"X": {"code": "X", "n": 1}},
        })
    );
}

#[tokio::test]
async fn numbered_pages_are_read_too_and_the_feeds_format_is_not_theirs() {
    let server = FaultyServer::start(|asked| match asked.target.as_str() {
        "/items?page=1" => page(r#"{"results":[{"id":1}]}"#),
        _ => page(r#"{"results":[]}"#),
    })
    .await;
    let paging = json!({"type": "page", "parameter": "page"});
    let rest = json!({"format": "csv", "lookups": {"items": {"pagination": paging}}});
    let lists = lookups(&with_items(&server, &server.url("/items"), rest)).await;
    assert_eq!(lists.unwrap(), json!({"items": {"1": {"id": 1}}}));
}

#[tokio::test]
async fn list_is_not_paged_as_the_records_are_and_is_not_asked_for_as_they_are() {
    let server = FaultyServer::start(|asked| {
        assert_eq!(
            (&*asked.method, &*asked.target, &*asked.body),
            ("GET", "/items", "")
        );
        page(r#"{"results":[{"id":1}]}"#)
    })
    .await;
    for rest in [
        json!({"pagination": {"type": "page", "parameter": "page", "total_pages_path": "pages"}}),
        json!({"pagination": {"type": "next_link", "path": "next"}}),
        json!({"method": "POST", "body": {"page": 1}, "pagination":
            {"type": "page", "parameter": "page", "in": "body"}}),
    ] {
        let lists = lookups(&with_items(&server, &server.url("/items"), rest)).await;
        assert_eq!(lists.unwrap(), json!({"items": {"1": {"id": 1}}}));
    }
}

#[tokio::test]
async fn keys_are_text_and_records_without_one_are_passed_over() {
    let server = FaultyServer::start(|_| {
        page(
            r#"{"results":[{"id":"a b"},{"id":7},{"id":1.5},{"id":true},
            {"id":null},{"id":""},{"id":[1]},{"no":1},3]}"#,
        )
    })
    .await;
    let lists = lookups(&with_items(&server, &server.url("/items"), json!({}))).await;
    let lists = lists.unwrap();
    let keys: Vec<&String> = lists["items"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["1.5", "7", "a b", "true"]);
}

#[tokio::test]
async fn list_on_another_server_is_not_asked_for() {
    let other = FaultyServer::start(|_| page("[]")).await;
    let server = FaultyServer::start(|_| page("[]")).await;
    let url = other.url("/items?key=c4n4ry");
    let source = with_items(&server, &url, json!({}));
    refused(&source, &["/items is not on the server of source.url"]).await;
    assert!(other.asked().is_empty() && server.asked().is_empty());
}

#[tokio::test]
async fn link_to_another_server_is_asked_for_at_the_source() {
    let other = FaultyServer::start(|_| page("[]")).await;
    let next = other.url("/2");
    let server = FaultyServer::start(move |asked| match asked.before {
        0 => page(format!(r#"{{"next":"{next}","results":[{{"id":1}}]}}"#)),
        _ => page(r#"{"results":[{"id":2}]}"#),
    })
    .await;
    let paging = json!({"type": "next_link", "path": "next"});
    let rest = json!({"lookups": {"items": {"pagination": paging}}});
    let lists = lookups(&with_items(&server, &server.url("/items"), rest)).await;
    assert_eq!(
        lists.unwrap(),
        json!({"items": {"1": {"id": 1}, "2": {"id": 2}}})
    );
    assert!(other.asked().is_empty());
    assert_eq!(server.targets(), ["/items", "/2"]);
}

#[tokio::test]
async fn list_with_too_much_in_it_is_refused() {
    let many: Vec<Value> = (0..=20_000).map(|id| json!({"id": id})).collect();
    let many = json!({"results": many}).to_string();
    let long = format!("{{\"results\":[{}", " ".repeat(20_000_001));
    let record = json!({"results": [{"id": 1, "text": "x".repeat(1024 * 1024)}]}).to_string();
    for (body, parts) in [
        (many, &["more than 20000 entries"][..]),
        (
            long,
            &[
                "page 1: the source sent more than 20000000 bytes",
                "lookup list",
            ][..],
        ),
        (record, &["a record of it is too long"][..]),
        (
            r#"{"results":[{"id":nul}]}"#.to_owned(),
            &["not valid JSON"][..],
        ),
        (
            "{}".to_owned(),
            &["page 1: there is no list at $.results"][..],
        ),
    ] {
        let server = FaultyServer::start(move |_| page(&body)).await;
        refused(
            &with_items(&server, &server.url("/items"), json!({})),
            parts,
        )
        .await;
    }
}

#[tokio::test]
async fn source_without_lists_is_not_asked() {
    let server = FaultyServer::start(|_| page("[]")).await;
    let lists = lookups(&source(&server.url("/"), json!({}))).await;
    assert_eq!(lists.unwrap(), json!({}));
    assert!(server.asked().is_empty());
}
