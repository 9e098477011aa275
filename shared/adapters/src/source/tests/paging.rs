//! One test for each way in which a page leads to the next, and for those that lead nowhere.

use attendee_sync_testkit::peers::{FaultyServer, answer, json as page};
use serde_json::{Value, json};

use super::{assert_says, read, source};

/// Serves `pages` by their path and query, and 404 for all else.
async fn pages(pages: &'static [(&'static str, &'static str)]) -> FaultyServer {
    FaultyServer::start(move |asked| {
        let found = pages.iter().find(|(target, _)| *target == asked.target);
        match found {
            Some((_, body)) => page(body),
            None => answer("404 Not Found", "", ""),
        }
    })
    .await
}

async fn read_pages(server: &FaultyServer, pagination: Value) -> Result<Vec<String>, String> {
    let rest = json!({"pagination": pagination, "records": "$.r[*]"});
    read(&source(&server.url("/p?e=42"), rest)).await
}

#[tokio::test]
async fn one_page_is_read_without_paging() {
    let server = pages(&[("/p?e=42", r#"{"r":[{"id":1},{"id":2}],"next":"/other"}"#)]).await;
    let records = read_pages(&server, json!({"type": "none"})).await.unwrap();
    assert_eq!(records, [r#"{"id":1}"#, r#"{"id":2}"#]);
    assert_eq!(server.targets(), ["/p?e=42"]);
}

#[tokio::test]
async fn relative_and_query_only_links_are_followed_to_a_null_link() {
    let server = pages(&[
        ("/p?e=42", r#"{"next":"?page=2","r":[1]}"#),
        ("/p?page=2&e=42", r#"{"r":[2],"next":"q/3"}"#),
        ("/q/3?e=42", r#"{"r":[],"next":"/last?x=%20y"}"#),
        ("/last?x=%20y&e=42", r#"{"r":[4],"next":null}"#),
    ])
    .await;
    let records = read_pages(&server, json!({"type": "next_link", "path": "next"})).await;
    assert_eq!(records.unwrap(), ["1", "2", "4"]);
}

#[tokio::test]
async fn absolute_link_is_followed_and_a_blank_or_absent_one_ends() {
    for end in [r#"{"r":[2],"next":"  "}"#, r#"{"r":[2]}"#] {
        let server = FaultyServer::start(move |asked| {
            let host = &asked.headers["host"];
            match asked.before {
                0 => page(format!(r#"{{"r":[1],"next":"http://{host}/two#top"}}"#)),
                _ => page(end),
            }
        })
        .await;
        let records = read_pages(&server, json!({"type": "next_link", "path": "next"})).await;
        assert_eq!(records.unwrap(), ["1", "2"]);
        assert_eq!(server.targets(), ["/p?e=42", "/two?e=42"]);
    }
}

#[tokio::test]
async fn links_in_the_header_are_followed() {
    let server = FaultyServer::start(|asked| match asked.target.as_str() {
        "/p?e=42" => answer(
            "200 OK",
            "link: </x>; rel=prev, <?page=2>; rel=\"last next\"\r\n",
            r#"{"r":[1]}"#,
        ),
        "/p?page=2&e=42" => answer("200 OK", "link: </p>; rel=\"first\"\r\n", r#"{"r":[2]}"#),
        _ => answer("404 Not Found", "", ""),
    })
    .await;
    let records = read_pages(&server, json!({"type": "link_header"})).await;
    assert_eq!(records.unwrap(), ["1", "2"]);
}

#[tokio::test]
async fn numbered_pages_end_at_the_declared_one() {
    let server = pages(&[
        (
            "/p?e=42&page%5Bn%5D=0&size=1",
            r#"{"r":[1],"m":{"pages":2}}"#,
        ),
        (
            "/p?e=42&page%5Bn%5D=1&size=1",
            r#"{"m":{"pages":"2"},"r":[2]}"#,
        ),
    ])
    .await;
    let paging = json!({"type": "page", "parameter": "page[n]", "start": 0, "size_parameter": "size",
        "size": 1, "total_pages_path": "m.pages"});
    assert_eq!(read_pages(&server, paging).await.unwrap(), ["1", "2"]);
}

#[tokio::test]
async fn numbered_pages_end_where_the_source_says_there_is_no_other() {
    let server = pages(&[
        ("/p?e=42&page=1", r#"{"r":[1],"more":2}"#),
        ("/p?e=42&page=2", r#"{"r":[],"more":true}"#),
        ("/p?e=42&page=3", r#"{"r":[3],"more":null}"#),
    ])
    .await;
    let paging = json!({"type": "page", "parameter": "page", "next_path": "more"});
    assert_eq!(read_pages(&server, paging).await.unwrap(), ["1", "3"]);
}

#[tokio::test]
async fn numbered_pages_without_a_total_end_at_the_first_empty_one() {
    let server = pages(&[
        ("/p?e=42&page=1", r#"{"r":[1]}"#),
        ("/p?e=42&page=2", r#"{"r":[2]}"#),
        ("/p?e=42&page=3", r#"{"r":[]}"#),
    ])
    .await;
    let paging = json!({"type": "page", "parameter": "page"});
    assert_eq!(read_pages(&server, paging).await.unwrap(), ["1", "2"]);
}

#[tokio::test]
async fn next_offset_follows_what_was_received() {
    let server = pages(&[
        ("/p?e=42&from=0&limit=10", r#"{"total":5,"r":[1,2,3]}"#),
        ("/p?e=42&from=3&limit=10", r#"{"total":5,"r":[4,5]}"#),
    ])
    .await;
    let paging = json!({"type": "offset", "offset_parameter": "from", "limit_parameter": "limit",
        "limit": 10, "total_path": "total"});
    assert_eq!(read_pages(&server, paging).await.unwrap().len(), 5);
}

#[tokio::test]
async fn offsets_without_a_total_end_at_an_empty_page() {
    let server = pages(&[
        ("/p?e=42&from=1&limit=2", r#"{"r":[1,2]}"#),
        ("/p?e=42&from=3&limit=2", r#"{"r":[3]}"#),
        ("/p?e=42&from=4&limit=2", r#"{"r":[]}"#),
    ])
    .await;
    let paging = json!({"type": "offset", "offset_parameter": "from", "start": 1,
        "limit_parameter": "limit", "limit": 2});
    assert_eq!(read_pages(&server, paging).await.unwrap(), ["1", "2", "3"]);
}

#[tokio::test]
async fn cursor_is_followed_until_there_is_none() {
    let server = pages(&[
        ("/p?e=42", r#"{"r":[1],"c":{"at":"YQ==+1"}}"#),
        ("/p?e=42&cursor=YQ%3D%3D%2B1", r#"{"r":[2],"c":{"at":7}}"#),
        ("/p?e=42&cursor=7", r#"{"r":[]}"#),
    ])
    .await;
    let paging = json!({"type": "cursor", "parameter": "cursor", "path": "c.at"});
    assert_eq!(read_pages(&server, paging).await.unwrap(), ["1", "2"]);
}

#[tokio::test]
async fn cursor_ends_where_the_source_says_there_is_no_more() {
    let server = pages(&[
        ("/p?e=42", r#"{"r":[1],"at":"a","more":true}"#),
        ("/p?e=42&cursor=a", r#"{"r":[2],"at":"b","more":false}"#),
    ])
    .await;
    let paging =
        json!({"type": "cursor", "parameter": "cursor", "path": "at", "more_path": "more"});
    assert_eq!(read_pages(&server, paging).await.unwrap(), ["1", "2"]);
}

#[tokio::test]
async fn link_in_a_circle_is_refused() {
    let server = pages(&[
        ("/p?e=42", r#"{"r":[1],"next":"/p?page=2"}"#),
        ("/p?page=2&e=42", r#"{"r":[2],"next":"/p?e=42"}"#),
    ])
    .await;
    let read = read_pages(&server, json!({"type": "next_link", "path": "next"})).await;
    assert_says(
        read,
        &["page 3: the paging goes in a circle", "/p was asked before"],
    );
    assert_eq!(server.targets().len(), 2);
}

#[tokio::test]
async fn cursor_that_stays_the_same_is_refused() {
    let server =
        FaultyServer::start(|asked| page(format!(r#"{{"r":[{}],"at":"a"}}"#, asked.before))).await;
    let read = read_pages(
        &server,
        json!({"type": "cursor", "parameter": "c", "path": "at"}),
    )
    .await;
    assert_says(read, &["page 3: the paging goes in a circle"]);
}

#[tokio::test]
async fn page_that_repeats_the_one_before_is_refused() {
    let server =
        FaultyServer::start(|asked| page(format!(r#"{{"r":[1,2],"n":{}}}"#, asked.before))).await;
    let read = read_pages(&server, json!({"type": "page", "parameter": "page"})).await;
    assert_says(
        read,
        &[
            "page 2: this page holds the same records as the one before",
            "name that in total_pages_path",
        ],
    );
}

#[tokio::test]
async fn empty_pages_without_end_are_refused() {
    let server =
        FaultyServer::start(|asked| page(format!(r#"{{"r":[],"at":{}}}"#, asked.before + 1))).await;
    let read = read_pages(
        &server,
        json!({"type": "cursor", "parameter": "c", "path": "at"}),
    )
    .await;
    assert_says(read, &["page 100: 100 pages in a row hold no record"]);
}

#[tokio::test]
async fn feed_that_stops_short_of_its_total_is_refused() {
    let server = pages(&[
        ("/p?e=42&from=0&limit=2", r#"{"total":5,"r":[1,2]}"#),
        ("/p?e=42&from=2&limit=2", r#"{"total":5,"r":[3,4]}"#),
        ("/p?e=42&from=4&limit=2", r#"{"r":[]}"#),
    ])
    .await;
    let paging = json!({"type": "offset", "offset_parameter": "from", "limit_parameter": "limit",
        "limit": 2, "total_path": "total"});
    let read = read_pages(&server, paging).await;
    assert_says(
        read,
        &[
            "page 3: the source declared 5 records and sent 4",
            "remove total_path (\"total\") out of source.pagination",
        ],
    );
}
