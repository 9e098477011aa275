//! The ways in which sources say that there is no more, and what only looks like one of them.

use attendee_sync_app::ports::{ReadMode, Sources};
use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_testkit::peers::{FaultyServer, ScriptedAnswer, answer, json as page};
use serde_json::{Value, json};

use super::{Always, assert_says, drain, read, source, sources};

fn styles() -> [Value; 5] {
    [
        json!({"type": "page", "parameter": "page"}),
        json!({"type": "offset", "offset_parameter": "from", "limit_parameter": "n", "limit": 1}),
        json!({"type": "cursor", "parameter": "c", "path": "next"}),
        json!({"type": "next_link", "path": "next"}),
        json!({"type": "link_header"}),
    ]
}

/// A page of one record, with every way to lead to a next one.
fn first() -> ScriptedAnswer {
    answer(
        "200 OK",
        "link: <?two=1>; rel=next\r\n",
        r#"{"r":[1],"next":"?two=1","meta":{"page":1}}"#,
    )
}

async fn ended_by(paging: &Value, last: Always) -> Result<Vec<String>, String> {
    let server = FaultyServer::start(move |asked| match asked.before {
        0 => first(),
        _ => last(),
    })
    .await;
    let rest = json!({"pagination": paging, "records": "$.r[*]"});
    read(&source(&server.url("/p"), rest)).await
}

#[tokio::test]
async fn page_that_holds_nothing_is_the_end_in_whichever_words() {
    let ends: [Always; 12] = [
        || page(r#"{"r":[],"next":null}"#),
        || page(r#"{"r":{},"next":null,"meta":{}}"#),
        || page(r#"{"r":null}"#),
        || page(r#"{"r":false,"next":false}"#),
        || page(r#"{"meta":{"page":2},"next":""}"#),
        || page("{}"),
        || page("[]"),
        || page("null"),
        || page("\n null \n"),
        || page(" \n"),
        || answer("204 No Content", "", ""),
        || answer("205 Reset Content", "", ""),
    ];
    for paging in styles() {
        for (number, end) in ends.into_iter().enumerate() {
            let read = ended_by(&paging, end).await;
            assert_eq!(read, Ok(vec!["1".to_owned()]), "{number} {paging}");
        }
    }
}

#[tokio::test]
async fn page_that_is_not_there_is_the_end_where_pages_are_counted() {
    let refusals: [Always; 6] = [
        || answer("404 Not Found", "", r#"{"detail":"Invalid page."}"#),
        || answer("404 Not Found", "", "<html>"),
        || answer("410 Gone", "", ""),
        || answer("416 Range Not Satisfiable", "", ""),
        || {
            answer(
                "400 Bad Request",
                "",
                r#"{"code":"rest_post_invalid_page_number"}"#,
            )
        },
        || {
            answer(
                "422 Unprocessable Entity",
                "",
                r#"{"error":"Page out of range"}"#,
            )
        },
    ];
    for paging in styles() {
        let is_counted = paging["type"] == "page" || paging["type"] == "offset";
        for refusal in refusals {
            let read = ended_by(&paging, refusal).await;
            if is_counted {
                assert_eq!(read, Ok(vec!["1".to_owned()]), "{paging}");
            } else {
                assert_says(read, &["page 2: "]);
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_end_is_an_error() {
    let faults: [Always; 11] = [
        || page(r#"{"success":false,"error":"no such event"}"#),
        || page(r#"{"message":"rate limit","meta":{}}"#),
        || page(r#"{"r":{"a":1}}"#),
        || page(r#"{"r":"see the log"}"#),
        || {
            answer(
                "400 Bad Request",
                "",
                r#"{"error":"offset exceeds the maximum"}"#,
            )
        },
        || answer("400 Bad Request", "", ""),
        || answer("403 Forbidden", "", ""),
        || page(r#"{"r":["#),
        || page("nul"),
        || page("nulls"),
        || page("nu{}"),
    ];
    for paging in styles() {
        for fault in faults {
            assert_says(ended_by(&paging, fault).await, &["page 2: "]);
        }
    }
}

#[tokio::test]
async fn first_page_that_is_not_there_is_an_error() {
    for paging in styles() {
        for status in ["404 Not Found", "410 Gone", "416 Range Not Satisfiable"] {
            let server = FaultyServer::start(move |_| answer(status, "", "")).await;
            let rest = json!({"pagination": paging, "records": "$.r[*]"});
            let read = read(&source(&server.url("/p"), rest)).await;
            assert_says(read, &["page 1: there is nothing at", "check source.url"]);
        }
    }
}

#[tokio::test]
async fn page_that_was_announced_and_is_not_there_is_an_error() {
    for (paging, part) in [
        (
            json!({"type": "page", "parameter": "page", "total_pages_path": "n"}),
            "total_pages_path",
        ),
        (
            json!({"type": "offset", "offset_parameter": "from", "limit_parameter": "limit",
                "limit": 1, "total_path": "n"}),
            "total_path",
        ),
        (
            json!({"type": "page", "parameter": "page", "next_path": "n"}),
            "there is nothing at",
        ),
    ] {
        for (status, body) in [("404 Not Found", ""), ("204 No Content", "")] {
            if status.starts_with("204") && part.starts_with("there") {
                continue;
            }
            let server = FaultyServer::start(move |asked| match asked.before {
                0 => page(r#"{"r":[1],"n":3}"#),
                _ => answer(status, "", body),
            })
            .await;
            let rest = json!({"pagination": paging, "records": "$.r[*]"});
            assert_says(
                read(&source(&server.url("/p"), rest)).await,
                &["page 2: ", part],
            );
        }
    }
}

#[tokio::test]
async fn source_where_nothing_changed_may_answer_with_no_content() {
    let server = FaultyServer::start(|_| answer("204 No Content", "", "")).await;
    let rest = json!({"incremental": {"parameter": "since"}, "records": "$.r[*]",
        "pagination": {"type": "page", "parameter": "page", "total_pages_path": "n"}});
    for format in ["json", "csv", "ndjson"] {
        let mut source = source(&server.url("/p"), rest.clone());
        source.format = serde_json::from_value(json!(format)).unwrap();
        if format != "json" {
            source.pagination = serde_json::from_value(json!({"type": "none"})).unwrap();
        }
        for ask in [
            ReadMode::Since("2026-01-01T09:00:00Z".parse().unwrap()),
            ReadMode::Everything,
        ] {
            let opened = sources(SourceAddresses::Any).open(&source, &ask).await;
            let records = drain(opened.unwrap().as_mut()).await.unwrap();
            assert!(records.is_empty());
        }
    }
}

#[tokio::test]
async fn cursor_or_link_that_leads_to_itself_is_the_end_where_nothing_new_comes() {
    for paging in [
        json!({"type": "cursor", "parameter": "c", "path": "next"}),
        json!({"type": "next_link", "path": "next"}),
    ] {
        for (last, asked) in [
            (r#"{"r":[],"next":"?c=a"}"#, 2),
            (r#"{"r":[2],"next":"?c=a"}"#, 3),
        ] {
            let by_mark = paging["type"] == "cursor";
            // A link that leads to its own page of records is a circle.
            if !by_mark && asked == 3 {
                continue;
            }
            let link = if by_mark { "a" } else { "?c=a" };
            let written = |body: &str| body.replace("?c=a", link);
            let (first, last) = (written(r#"{"r":[1],"next":"?c=a"}"#), written(last));
            let server = FaultyServer::start(move |asked| match asked.before {
                0 => page(&first),
                _ => page(&last),
            })
            .await;
            let rest = json!({"pagination": paging, "records": "$.r[*]"});
            let records = read(&source(&server.url("/p"), rest)).await.unwrap();
            assert_eq!(records.len(), asked - 1, "{paging}");
            assert_eq!(server.asked().len(), asked, "{paging}");
        }
    }
}

#[tokio::test]
async fn what_was_read_is_given_out_before_a_later_page_fails() {
    let server = FaultyServer::start(|asked| match asked.before {
        0 => page(r#"{"r":[1],"next":"?two=1"}"#),
        _ => answer("403 Forbidden", "", ""),
    })
    .await;
    let rest = json!({"pagination": {"type": "next_link", "path": "next"}, "records": "$.r[*]"});
    let source = source(&server.url("/p"), rest);
    let opened = sources(SourceAddresses::Any)
        .open(&source, &ReadMode::Everything)
        .await;
    let mut feed = opened.unwrap();
    let block = feed.next().await.unwrap().unwrap();
    assert_eq!(super::units(&block), ["1"]);
    assert!(feed.next().await.is_err());
}
