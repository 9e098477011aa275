//! Sources that fail, stall, lie or never end: each ends in one clear message, on its page.

use std::time::Duration;

use attendee_sync_testkit::peers::{
    FaultyServer, RequestSeen, ScriptedAnswer, ServerStep, answer, chunk, head, json as page,
};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::{assert_says, read, source};

const JSON: &str = "content-type: application/json\r\n";

/// Reads from a server with these answers.
async fn read_from(
    answer: impl Fn(&RequestSeen) -> ScriptedAnswer + Send + Sync + 'static,
) -> Result<Vec<String>, String> {
    let server = FaultyServer::start(answer).await;
    let rest = json!({"limits": {"timeout_seconds": 1, "max_bytes": 100_000}});
    read(&source(&server.url("/p?e=42"), rest)).await
}

#[tokio::test]
async fn answers_that_may_pass_are_asked_for_again() {
    for (status, header) in [
        ("500 Internal Server Error", ""),
        ("429 Too Many Requests", "retry-after: 0\r\n"),
        (
            "429 Too Many Requests",
            "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        ),
        ("503 Service Unavailable", "retry-after: 0\r\n"),
        (
            "503 Service Unavailable",
            "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        ),
    ] {
        let read = read_from(move |asked| match asked.before {
            0 | 1 => answer(status, header, "<html>"),
            _ => page("[1]"),
        });
        assert_eq!(read.await.unwrap(), ["1"], "{status}");
    }
}

#[tokio::test]
async fn source_that_keeps_failing_is_given_up() {
    for (status, header, parts) in [
        (
            "502 Bad Gateway",
            "",
            ["the source failed (502 Bad Gateway)", "asked 3 times"],
        ),
        (
            "429 Too Many Requests",
            "",
            ["lower source.limits.requests_per_minute", "asked 3 times"],
        ),
        (
            "429 Too Many Requests",
            "retry-after: 3600\r\n",
            [
                "accepts no more requests",
                "asked 1 time, and the source asks to wait 3600 seconds",
            ],
        ),
        (
            "503 Service Unavailable",
            "retry-after: 0\r\n",
            ["the source failed (503", "asked 10 times"],
        ),
    ] {
        assert_says(read_from(move |_| answer(status, header, "")).await, &parts);
    }
}

#[tokio::test]
async fn connection_that_breaks_before_the_answer_is_tried_again() {
    let read = read_from(|asked| match asked.before {
        0 => vec![ServerStep::Reset],
        1 => vec![ServerStep::Send(b"HTTP/1.1 200".to_vec())],
        _ => page("[1]"),
    });
    assert_eq!(read.await.unwrap(), ["1"]);
    assert_says(
        read_from(|_| vec![ServerStep::Reset]).await,
        &["broke off before it answered"],
    );
}

#[tokio::test]
async fn other_statuses_are_not_asked_for_again() {
    for (status, part) in [
        ("404 Not Found", "there is nothing at http://127.0.0.1:"),
        (
            "400 Bad Request",
            "did not answer with a page (400 Bad Request)",
        ),
        (
            "304 Not Modified",
            "did not answer with a page (304 Not Modified)",
        ),
    ] {
        let server = FaultyServer::start(move |_| answer(status, "", "")).await;
        let read = read(&source(&server.url("/p?e=42"), json!({}))).await;
        assert!(!read.clone().unwrap_err().contains("e=42"));
        assert_says(read, &["page 1: ", part]);
        assert_eq!(server.targets().len(), 1);
    }
}

#[tokio::test]
async fn web_page_with_status_200_is_refused() {
    let read = read_from(|_| {
        answer(
            "200 OK",
            "content-type: text/html; charset=utf-8\r\n",
            "<!doctype html>",
        )
    });
    assert_says(
        read.await,
        &[
            "page 1: the answer is not JSON but a web page",
            "check the credential in source.authentication",
            "(200 OK, text/html; charset=utf-8)",
        ],
    );
}

#[tokio::test]
async fn answers_that_hold_no_list_are_refused() {
    for (body, part) in [
        ("", "the answer is empty"),
        (
            r#"{"error":"no such event"}"#,
            "in place of its list: error is \"no such event\"",
        ),
        ("[1][2]", "goes on after the end of its JSON"),
        ("[1 2]", "not valid JSON near record 1"),
    ] {
        assert_says(read_from(move |_| page(body)).await, &["page 1: ", part]);
    }
}

#[tokio::test]
async fn json_that_is_cut_off_is_refused_on_its_page() {
    let server = FaultyServer::start(|asked| match asked.before {
        0 => answer("200 OK", "link: </2>; rel=next\r\n", "[1]"),
        _ => page(r#"[2,{"id":"#),
    })
    .await;
    let rest = json!({"pagination": {"type": "link_header"}});
    let read = read(&source(&server.url("/"), rest)).await;
    assert_says(
        read,
        &["page 2: the answer was cut off in the middle of its JSON"],
    );
}

#[tokio::test]
async fn connection_that_breaks_in_the_body_is_not_mended() {
    let broken: [fn() -> ScriptedAnswer; 4] = [
        || {
            vec![
                ServerStep::Send(head("200 OK", "content-length: 100\r\n")),
                ServerStep::Send(b"[1".to_vec()),
            ]
        },
        || {
            let mut bytes = head("200 OK", "transfer-encoding: chunked\r\n");
            bytes.extend(chunk(b"[1,2]"));
            vec![ServerStep::Send(bytes)]
        },
        || {
            let mut bytes = head("200 OK", "transfer-encoding: chunked\r\n");
            bytes.extend(chunk(b"[1,"));
            bytes.extend_from_slice(b"zz\r\n");
            vec![ServerStep::Send(bytes)]
        },
        || {
            vec![
                ServerStep::Send(head("200 OK", "content-length: 100\r\n")),
                ServerStep::Send(b"[1,".to_vec()),
                ServerStep::Reset,
            ]
        },
    ];
    for answer in broken {
        let server = FaultyServer::start(move |_| answer()).await;
        let read = read(&source(&server.url("/"), json!({}))).await;
        assert_says(read, &["page 1: the answer broke off before its end"]);
        assert_eq!(server.targets().len(), 1);
    }
}

#[tokio::test]
async fn link_header_that_cannot_be_read_is_no_last_page() {
    for (header, pagination, part) in [
        (
            "</2; rel=next",
            "link_header",
            Some("page 1: the Link header"),
        ),
        ("</2; rel=next", "none", None),
    ] {
        let link = format!("link: {header}\r\n");
        let server = FaultyServer::start(move |_| answer("200 OK", &link, "[1]")).await;
        let rest = json!({"pagination": {"type": pagination}});
        let read = read(&source(&server.url("/"), rest)).await;
        match part {
            Some(part) => assert_says(read, &[part, "whether there are more pages"]),
            None => assert_eq!(read.unwrap(), ["1"]),
        }
    }
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = FaultyServer::start(|asked| {
        let next = match asked.before {
            0..3 => format!("link: </{}>; rel=next\r\n", asked.before),
            _ => String::new(),
        };
        let body = format!("[{}]", asked.before);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{next}\r\n",
            body.len()
        );
        vec![
            ServerStep::Send((head + &body).into_bytes()),
            ServerStep::Again,
        ]
    })
    .await;
    let rest = json!({"pagination": {"type": "link_header"}});
    assert_eq!(
        read(&source(&server.url("/"), rest)).await.unwrap().len(),
        4
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn body_without_end_stops_at_the_limit() {
    let read = read_from(|_| {
        let list = [head("200 OK", JSON), b"[0".to_vec()].concat();
        vec![
            ServerStep::Send(list),
            ServerStep::Repeat(b",{\"id\":1}".repeat(1000), usize::MAX),
        ]
    });
    assert_says(
        read.await,
        &[
            "page 1: the source sent more than 100000 bytes",
            "source.limits.max_bytes",
        ],
    );
}

#[tokio::test]
async fn limit_of_bytes_counts_all_pages() {
    let server = FaultyServer::start(|asked| {
        let link = format!("link: </{}>; rel=next\r\n", asked.before);
        answer(
            "200 OK",
            &link,
            format!("[{}{}]", " ".repeat(3_000), asked.before),
        )
    })
    .await;
    let rest = json!({"pagination": {"type": "link_header"}, "limits": {"max_bytes": 8_000}});
    let read = read(&source(&server.url("/p"), rest)).await;
    assert_says(read, &["page 3: the source sent more than 8000 bytes"]);
}

#[tokio::test]
async fn source_that_does_not_answer_is_given_up() {
    let read = read_from(|_| vec![ServerStep::Hurry, ServerStep::Hang]).await;
    assert_says(
        read,
        &[
            "did not answer within 1 seconds",
            "source.limits.timeout_seconds",
        ],
    );
}

#[tokio::test]
async fn connection_that_is_never_made_is_given_up() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    // Nobody accepts, and once the queue is full, nobody answers.
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let wait = Duration::from_millis(200);
    while let Ok(stream) = timeout(wait, TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
        assert!(waiting.len() < 100, "the queue is never full");
    }
    let rest = json!({"limits": {"timeout_seconds": 1}});
    tokio::time::pause();
    let read = read(&source(&format!("http://{address}/p"), rest)).await;
    assert_says(read, &["page 1: ", "did not answer within 1 seconds"]);
}

#[tokio::test]
async fn body_that_stops_coming_is_given_up() {
    let read = read_from(|_| {
        let begun = [head("200 OK", JSON), b"[1,".to_vec()].concat();
        vec![ServerStep::Send(begun), ServerStep::Hurry, ServerStep::Hang]
    });
    assert_says(
        read.await,
        &["page 1: the source stalled: it sent 3 bytes in 1 seconds"],
    );
}

#[tokio::test]
async fn body_that_trickles_is_given_up() {
    let read = read_from(|_| {
        vec![
            ServerStep::Send(head("200 OK", JSON)),
            ServerStep::Hurry,
            ServerStep::Trickle(vec![b' '; 1_000], Duration::from_millis(100)),
        ]
    });
    assert_says(read.await, &["page 1: the source stalled: it sent"]);
}
