//! Questions in a body, with the paging in it, and marks that are in the last record.

use attendee_sync_app::ports::{ReadMode, Sources};
use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_testkit::peers::{FaultyServer, answer, json as page};
use serde_json::{Value, json};

use super::{assert_says, read, source, sources, units};

fn graphql(paging: &Value) -> Value {
    json!({
        "method": "POST",
        "body": {"query": "query($after: String) { … }", "variables": {"event": 42, "after": null}},
        "records": "$.data.people.nodes[*]",
        "pagination": paging,
    })
}

fn by_cursor() -> Value {
    graphql(
        &json!({"type": "cursor", "in": "body", "parameter": "variables.after",
        "path": "data.people.pageInfo.endCursor", "more_path": "data.people.pageInfo.hasNextPage"}),
    )
}

async fn graphql_server() -> FaultyServer {
    FaultyServer::start(|asked| {
        assert_eq!(asked.method, "POST");
        assert_eq!(asked.headers["content-type"], "application/json");
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(body["variables"]["event"], 42);
        let (node, cursor, more) = match body["variables"]["after"].as_str() {
            None => (1, "c1", true),
            Some("c1") => (2, "c2", true),
            Some("c2") => (3, "c3", false),
            Some(_) => return answer("400 Bad Request", "", ""),
        };
        let info = json!({"endCursor": cursor, "hasNextPage": more});
        page(json!({"data": {"people": {"nodes": [node], "pageInfo": info}}}).to_string())
    })
    .await
}

#[tokio::test]
async fn cursor_goes_into_the_body() {
    let server = graphql_server().await;
    let records = read(&source(&server.url("/graphql?v=1"), by_cursor())).await;
    assert_eq!(records.unwrap(), ["1", "2", "3"]);
    assert_eq!(server.targets(), ["/graphql?v=1"; 3]);
}

#[tokio::test]
async fn reading_of_bodies_goes_on_where_it_was_left() {
    let server = graphql_server().await;
    let source = source(&server.url("/graphql"), by_cursor());
    let sources = sources(SourceAddresses::Any);
    let mut feed = sources.open(&source, &ReadMode::Everything).await.unwrap();
    let mut records = Vec::new();
    loop {
        let Some(block) = feed.next().await.unwrap() else {
            break;
        };
        records.extend(units(&block));
        let place = feed.place().unwrap();
        feed = sources
            .resume(&source, &ReadMode::Everything, &place)
            .await
            .unwrap();
    }
    assert_eq!(records, ["1", "2", "3"]);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn numbers_of_pages_and_records_go_into_the_body() {
    for (paging, seen) in [
        (
            json!({"type": "page", "in": "body", "parameter": "page.number",
                "size_parameter": "page.size", "size": 2}),
            [
                r#"{"page":{"number":1,"size":2}}"#,
                r#"{"page":{"number":2,"size":2}}"#,
            ],
        ),
        (
            json!({"type": "offset", "in": "body", "offset_parameter": "from",
                "limit_parameter": "limit", "limit": 1}),
            [r#"{"from":0,"limit":1}"#, r#"{"from":1,"limit":1}"#],
        ),
    ] {
        let server = FaultyServer::start(|asked| match asked.before {
            0 => page("[1]"),
            _ => page("[]"),
        })
        .await;
        let rest = json!({"method": "POST", "body": {}, "pagination": paging});
        assert_eq!(read(&source(&server.url("/p"), rest)).await.unwrap(), ["1"]);
        let bodies: Vec<String> = server.asked().into_iter().map(|asked| asked.body).collect();
        assert_eq!(bodies, seen);
    }
}

#[tokio::test]
async fn pages_of_a_body_are_fetched_ahead() {
    let server = FaultyServer::start(|asked| {
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        page(json!({"r": [body["page"]], "pages": 5}).to_string())
    })
    .await;
    let paging = json!({"type": "page", "in": "body", "parameter": "page",
        "total_pages_path": "pages"});
    let rest =
        json!({"method": "POST", "body": {"q": ""}, "records": "$.r[*]", "pagination": paging});
    let records = read(&source(&server.url("/p"), rest)).await.unwrap();
    assert_eq!(records, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn mark_is_in_the_last_record() {
    let by_id = |path: &str, more: Option<&str>| {
        let mut paging = json!({"type": "cursor", "parameter": "after", "path": path});
        if let Some(more) = more {
            paging["more_path"] = json!(more);
        }
        paging
    };
    for (records, format, first, second, empty, paging) in [
        (
            "$.data[*]",
            "json",
            r#"{"data":[{"id":"a"},{"id":"b"}],"more":true}"#,
            r#"{"data":[{"id":"c"}],"more":false}"#,
            None,
            by_id("data[-1].id", Some("more")),
        ),
        (
            "$.data[*]",
            "json",
            r#"{"data":[{"id":"a"},{"id":"b"}]}"#,
            r#"{"data":[{"id":"c"}]}"#,
            Some(r#"{"data":[]}"#),
            by_id("data[-1].id", None),
        ),
        (
            "$[*]",
            "json",
            r#"[{"id":"a"},{"id":"b"}]"#,
            r#"[{"id":"c"}]"#,
            Some("[]"),
            by_id("[-1].id", None),
        ),
        (
            "$[*]",
            "ndjson",
            "{\"id\":\"a\"}\n{\"id\":\"b\"}\n",
            "{\"id\":\"c\"}\n",
            Some(""),
            by_id("[-1].id", None),
        ),
        (
            "$[*]",
            "csv",
            "id\r\na\r\nb\r\n",
            "id\r\nc\r\n",
            Some("id\r\n"),
            by_id("[-1].id", None),
        ),
    ] {
        let server = FaultyServer::start(move |asked| match asked.target.as_str() {
            "/p" => page(first),
            "/p?after=b" => page(second),
            "/p?after=c" => page(empty.unwrap()),
            _ => answer("404 Not Found", "", ""),
        })
        .await;
        let rest = json!({"records": records, "format": format, "pagination": paging});
        let records = read(&source(&server.url("/p"), rest)).await.unwrap();
        assert_eq!(records.len(), 3, "{format} {paging}");
    }
}

#[tokio::test]
async fn mark_that_the_last_record_lacks_is_an_error() {
    let server = FaultyServer::start(|_| page(r#"{"data":[{"id":1},{"no":1}]}"#)).await;
    let paging = json!({"type": "cursor", "parameter": "after", "path": "data[-1].id"});
    let rest = json!({"records": "$.data[*]", "pagination": paging});
    let read = read(&source(&server.url("/p"), rest)).await;
    assert_says(
        read,
        &["page 1: the last record of the page has nothing at data[-1].id"],
    );
}
