//! Credentials arrive at the source, and nowhere else.

use attendee_sync_app::ports::{ReadMode, Sources};
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{
    FaultyServer, RequestSeen, ScriptedAnswer, answer, json as page,
};
use serde_json::{Value, json};

use super::{CANARY, assert_says, read, read_as, source, sources, without_canary};

fn secret() -> Value {
    json!({"secret": "canary"})
}

/// Answers two pages to those who carry `header` or ask with the query, 401 to others.
fn guarded(asked: &RequestSeen, header: (&str, &str)) -> ScriptedAnswer {
    let carried = asked.headers.get(header.0).map(String::as_str) == Some(header.1);
    let in_query = asked.target.contains("&key=c4n4ry%2B%2Fsecret");
    match (carried || in_query, asked.before) {
        (false, _) => answer("401 Unauthorized", "", "no"),
        (true, 0) => page(r#"{"r":[1],"next":"?page=2&key=old"}"#),
        (true, _) => page(r#"{"r":[2]}"#),
    }
}

async fn server(header: (&'static str, &'static str)) -> FaultyServer {
    FaultyServer::start(move |asked| guarded(asked, header)).await
}

fn paged(server: &FaultyServer, authentication: &Value) -> SourceSettings {
    let rest = json!({
        "authentication": authentication,
        "pagination": {"type": "next_link", "path": "next"},
        "records": "$.r[*]",
    });
    source(&server.url("/p?e=42"), rest)
}

#[tokio::test]
async fn every_kind_of_credential_is_sent_with_every_page() {
    let token = format!("Token {CANARY}");
    let bearer = format!("Bearer {CANARY}");
    for (header, authentication) in [
        (
            ("authorization", "Basic bWU6YzRuNHJ5Ky9zZWNyZXQ="),
            json!({"type": "basic", "username": "me", "password": secret()}),
        ),
        (
            ("authorization", bearer.leak()),
            json!({"type": "bearer", "token": secret()}),
        ),
        (
            ("authorization", token.leak()),
            json!({"type": "bearer", "scheme": "Token", "token": secret()}),
        ),
        (
            ("x-api-key", CANARY),
            json!({"type": "header", "name": "X-Api-Key", "value": secret()}),
        ),
        (
            ("nobody", "has it"),
            json!({"type": "query", "name": "key", "value": secret()}),
        ),
    ] {
        let server = server(header).await;
        let records = read(&paged(&server, &authentication)).await;
        assert_eq!(records.unwrap(), ["1", "2"], "{authentication}");
    }
}

#[tokio::test]
async fn parameter_with_the_credential_replaces_the_one_in_a_link() {
    let server = server(("nobody", "has it")).await;
    let authentication = json!({"type": "query", "name": "key", "value": CANARY});
    read(&paged(&server, &authentication)).await.unwrap();
    assert_eq!(
        server.targets(),
        [
            "/p?e=42&key=c4n4ry%2B%2Fsecret",
            "/p?page=2&e=42&key=c4n4ry%2B%2Fsecret"
        ]
    );
}

#[tokio::test]
async fn headers_of_the_document_and_our_name_are_sent() {
    let server = FaultyServer::start(|asked| {
        let headers = &asked.headers;
        assert!(headers["user-agent"].starts_with("attendee-sync/"));
        assert_eq!(headers["accept"], "application/vnd.api+json");
        assert_eq!(headers["x-tenant"], "7");
        page("[1]")
    })
    .await;
    let headers = json!({"headers": {"Accept": "application/vnd.api+json", "X-Tenant": "7"}});
    assert_eq!(
        read(&source(&server.url("/"), headers)).await.unwrap(),
        ["1"]
    );
}

#[tokio::test]
async fn refused_credential_is_reported_on_its_page() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let server = FaultyServer::start(move |asked| match asked.before {
            0 => page(r#"{"r":[1],"next":"?page=2"}"#),
            _ => answer(status, "", CANARY),
        })
        .await;
        let read = read(&paged(
            &server,
            &json!({"type": "bearer", "token": secret()}),
        ))
        .await;
        assert_says(
            read,
            &["page 2: the source refused the credentials", status],
        );
    }
}

#[tokio::test]
async fn source_that_wants_a_credential_says_where_it_goes() {
    let server = server(("x-api-key", CANARY)).await;
    let read = read(&paged(&server, &json!({"type": "none"}))).await;
    assert_says(read, &["page 1", "401", "set source.authentication"]);
}

#[tokio::test]
async fn missing_secret_is_named_with_the_way_to_give_it() {
    let authentication = json!({"type": "bearer", "token": {"secret": "devcon-source"}});
    let source = source(
        "http://127.0.0.1:1/",
        json!({"authentication": authentication}),
    );
    assert_says(
        read(&source).await,
        &["\"devcon-source\"", "ATTENDEE_SYNC_SECRET_DEVCON_SOURCE"],
    );
}

#[tokio::test]
async fn credential_that_cannot_be_sent_is_refused() {
    let authentication = json!({"type": "header", "name": "X-Key", "value": "c4n4ry\nX: y"});
    let source = source(
        "http://127.0.0.1:1/",
        json!({"authentication": authentication}),
    );
    assert_says(read(&source).await, &["such as a line break"]);
}

#[tokio::test]
async fn path_into_a_format_without_one_is_refused() {
    let paths = json!({"format": "csv", "pagination": {"type": "next_link", "path": "next"}});
    let read = read(&source("http://127.0.0.1:1/", paths)).await;
    assert_says(read, &["only JSON has one"]);
}

#[tokio::test]
async fn redirect_on_the_same_server_is_followed_with_the_credential() {
    let server = FaultyServer::start(|asked| match asked.target.as_str() {
        "/p?e=42" => answer("307 Temporary Redirect", "location: /v2/p?e=42\r\n", ""),
        "/v2/p?e=42" if asked.headers["x-api-key"] == CANARY => {
            page(r#"{"r":[1],"next":"?page=2"}"#)
        }
        "/v2/p?page=2&e=42" => page(r#"{"r":[2]}"#),
        _ => answer("404 Not Found", "", ""),
    })
    .await;
    let authentication = json!({"type": "header", "name": "X-Api-Key", "value": secret()});
    assert_eq!(
        read(&paged(&server, &authentication)).await.unwrap(),
        ["1", "2"]
    );
}

#[tokio::test]
async fn redirects_without_end_are_refused() {
    let server = FaultyServer::start(|asked| {
        answer("302 Found", &format!("location: /{}\r\n", asked.before), "")
    })
    .await;
    assert_says(
        read(&source(&server.url("/p"), json!({}))).await,
        &["more than 5 times"],
    );
    assert_eq!(server.targets().len(), 6);
}

#[tokio::test]
async fn private_addresses_are_refused_where_only_public_ones_are_allowed() {
    let server = FaultyServer::start(|_| page("[1]")).await;
    let port = server.port();
    for (url, part) in [
        (server.url("/p"), "only https is allowed"),
        (
            format!("https://127.0.0.1:{port}/p"),
            "127.0.0.1 is at a private",
        ),
        (format!("https://[::1]:{port}/p"), "is at a private"),
        (
            "https://169.254.169.254/latest".to_owned(),
            "169.254.169.254 is at a private",
        ),
        (
            format!("https://localhost:{port}/p"),
            "localhost is at a private",
        ),
    ] {
        let read = read_as(&source(&url, json!({})), SourceAddresses::Public).await;
        assert_says(read, &["page 1: ", part, "--allow-private-sources"]);
    }
    assert!(server.targets().is_empty());
}

#[tokio::test]
async fn one_private_origin_may_be_allowed() {
    let server = FaultyServer::start(|_| page("[1]")).await;
    let origin = SourceAddresses::PublicAnd(server.url(""));
    let read = read_as(&source(&server.url("/p"), json!({})), origin).await;
    assert_eq!(read.unwrap(), ["1"]);
}

#[tokio::test]
async fn echoed_credential_is_not_shown() {
    let echoes: [fn(&RequestSeen) -> ScriptedAnswer; 4] = [
        |_| {
            answer(
                "200 OK",
                &format!("content-type: text/{CANARY}\r\n"),
                "<html>",
            )
        },
        |_| page(format!(r#"{{"{CANARY}":1}}"#)),
        |_| {
            answer(
                "302 Found",
                &format!("location: https://{CANARY}/c4n4ry%2B%2Fsecret\r\n"),
                "",
            )
        },
        |_| {
            page(format!(
                r#"{{"r":[1],"next":"//evil.example/{CANARY}?{CANARY}"}}"#
            ))
        },
    ];
    for echo in echoes {
        let server = FaultyServer::start(echo).await;
        for authentication in [
            json!({"type": "bearer", "token": secret()}),
            json!({"type": "query", "name": "key", "value": secret()}),
        ] {
            read(&paged(&server, &authentication)).await.unwrap_err();
        }
    }
}

#[tokio::test]
async fn nothing_is_shown_where_nobody_answers() {
    let authentication = json!({"type": "query", "name": "key", "value": secret()});
    let closed = source(
        "http://127.0.0.1:1/p",
        json!({"authentication": authentication}),
    );
    let sources = sources(SourceAddresses::Any);
    assert!(!format!("{sources:?} {closed:?}").contains(CANARY));
    let mut feed = sources.open(&closed, &ReadMode::Everything).await.unwrap();
    let Err(error) = feed.next().await else {
        panic!("a closed port answered");
    };
    let message = without_canary(&error);
    assert!(
        message.contains("127.0.0.1 could not be reached"),
        "{message}"
    );
    assert!(message.contains("asked 3 times"), "{message}");
}
