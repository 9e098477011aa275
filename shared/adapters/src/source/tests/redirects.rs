//! Redirects: within the server of the document with its credential, to another without, and to a
//! page for people not at all.

use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_testkit::peers::{FaultyServer, RequestSeen, answer, json as page};
use serde_json::{Value, json};

use super::{CANARY, assert_says, read, read_as, source};

const REDIRECTS: [&str; 5] = [
    "301 Moved Permanently",
    "302 Found",
    "303 See Other",
    "307 Temporary Redirect",
    "308 Permanent Redirect",
];

fn kinds_of_credential() -> Vec<Value> {
    let secret = json!({"secret": "canary"});
    vec![
        json!({"type": "bearer", "token": secret}),
        json!({"type": "basic", "username": "me", "password": secret}),
        json!({"type": "header", "name": "X-Api-Key", "value": secret}),
        json!({"type": "query", "name": "key", "value": secret}),
    ]
}

/// What of the document came with a request.
fn carries(asked: &RequestSeen) -> bool {
    let shown = format!("{asked:?}");
    ["c4n4ry", "bWU6Y", "x-tenant", "authorization", "x-api-key"]
        .iter()
        .any(|part| shown.contains(part))
}

#[tokio::test]
async fn another_server_gets_nothing_that_the_document_gives() {
    for status in REDIRECTS {
        for authentication in kinds_of_credential() {
            let store = FaultyServer::start(|_| answer("200 OK", "", "id,email\r\n1,a\r\n")).await;
            // A careless server copies the whole query, the credential too.
            let location = store.url("/9f.csv?Expires=18&Signature=ab%2Fc&key=c4n4ry%2B%2Fsecret");
            let header = format!("location: {location}\r\n");
            let server = FaultyServer::start(move |_| answer(status, &header, "")).await;
            let rest = json!({"format": "csv", "authentication": authentication,
                "headers": {"X-Tenant": CANARY}});
            let read = read(&source(&server.url("/export"), rest)).await;
            assert_eq!(read.unwrap(), [r#"{"id":"1","email":"a"}"#], "{status}");
            assert!(carries(&server.asked()[0]));
            let asked = &store.asked()[0];
            if authentication["type"] == "query" {
                assert!(!carries(asked), "{asked:?}");
                assert_eq!(asked.target, "/9f.csv?Expires=18&Signature=ab%2Fc");
            } else {
                assert!(
                    !format!("{:?}", asked.headers).contains("c4n4ry"),
                    "{asked:?}"
                );
                assert!(!asked.headers.contains_key("authorization"), "{asked:?}");
            }
        }
    }
}

#[tokio::test]
async fn way_back_from_another_server_has_no_credential() {
    let server = FaultyServer::start(|asked| match asked.target.as_str() {
        "/p" => {
            let host = asked.headers["host"].replace("127.0.0.1", "localhost");
            answer(
                "302 Found",
                &format!("location: http://{host}/away\r\n"),
                "",
            )
        }
        "/away" => {
            let host = asked.headers["host"].replace("localhost", "127.0.0.1");
            answer(
                "302 Found",
                &format!("location: http://{host}/back\r\n"),
                "",
            )
        }
        _ if carries(asked) => answer("500 Internal Server Error", "", ""),
        _ => page("[1]"),
    })
    .await;
    let authentication = json!({"type": "bearer", "token": {"secret": "canary"}});
    let rest = json!({"authentication": authentication});
    assert_eq!(read(&source(&server.url("/p"), rest)).await.unwrap(), ["1"]);
    assert_eq!(server.targets(), ["/p", "/away", "/back"]);
}

#[tokio::test]
async fn pages_after_a_redirect_are_asked_for_at_the_source() {
    let server = FaultyServer::start(|asked| {
        let elsewhere = asked.headers["host"].replace("127.0.0.1", "localhost");
        let to = |path: &str| format!("location: http://{elsewhere}{path}\r\n");
        match asked.target.as_str() {
            "/p?e=42" => answer("302 Found", &to("/store/1?sig=1"), ""),
            "/store/1?sig=1" => page(r#"{"r":[1],"next":"?page=2"}"#),
            "/p?page=2&e=42" => answer("302 Found", &to("/store/2?sig=2"), ""),
            "/store/2?sig=2" => page(r#"{"r":[2]}"#),
            _ => answer("404 Not Found", "", ""),
        }
    })
    .await;
    let rest = json!({"pagination": {"type": "next_link", "path": "next"}, "records": "$.r[*]"});
    let records = read(&source(&server.url("/p?e=42"), rest)).await;
    assert_eq!(records.unwrap(), ["1", "2"]);
}

#[tokio::test]
async fn another_server_that_refuses_or_cannot_be_asked_is_named() {
    for (status, parts) in [
        (
            "403 Forbidden",
            [
                "which refused to answer (403",
                "goes to the server of source.url alone",
            ],
        ),
        (
            "404 Not Found",
            ["did not answer with a page (404", "registration provider"],
        ),
    ] {
        let store = FaultyServer::start(move |_| answer(status, "", "")).await;
        let header = format!("location: {}\r\n", store.url("/9f?Signature=k%2Fv"));
        let server = FaultyServer::start(move |_| answer("302 Found", &header, "")).await;
        let read = read(&source(&server.url("/p"), json!({}))).await;
        assert!(!read.clone().unwrap_err().contains("k%2Fv"));
        assert_says(read, &[&["page 1: ", "/9f"][..], &parts].concat());
    }
}

#[tokio::test]
async fn private_server_is_not_redirected_to_where_only_public_ones_are_allowed() {
    for location in [
        "http://169.254.169.254/latest/meta-data",
        "https://10.0.0.7/p",
        "http://registration.internal:8000/p",
        "https://localhost/p",
    ] {
        let header = format!("location: {location}\r\n");
        let server = FaultyServer::start(move |_| answer("302 Found", &header, "")).await;
        let allowed = SourceAddresses::PublicAnd(server.url(""));
        let read = read_as(&source(&server.url("/p"), json!({})), allowed).await;
        let message = read.clone().unwrap_err();
        assert!(!message.contains("source.url"), "{message}");
        assert_says(
            read,
            &[
                "redirected to another server",
                "that can be reached from here",
            ],
        );
        assert_eq!(server.targets().len(), 1);
    }
}

#[tokio::test]
async fn redirect_to_a_page_for_people_asks_for_the_credential() {
    let web_page = || {
        answer(
            "200 OK",
            "content-type: text/html; charset=utf-8\r\n",
            "<html>",
        )
    };
    for (location, format) in [
        ("/login?next=%2Fp", "json"),
        ("/users/sign_in", "csv"),
        ("/welcome", "json"),
        ("/welcome", "csv"),
        ("http://localhost:1/accounts/login/", "ndjson"),
    ] {
        let header = format!("location: {location}\r\n");
        let server = FaultyServer::start(move |asked| match asked.target.as_str() {
            "/p" => answer("302 Found", &header, ""),
            _ => web_page(),
        })
        .await;
        let authentication = json!({"type": "bearer", "token": {"secret": "canary"}});
        let with = json!({"format": format, "authentication": authentication});
        let refused = read(&source(&server.url("/p"), with)).await;
        assert!(!refused.clone().unwrap_err().contains("it starts with"));
        assert_says(
            refused,
            &["redirected to a web page", "check the credential"],
        );
        let without = read(&source(&server.url("/p"), json!({"format": format}))).await;
        assert_says(without, &["set source.authentication"]);
    }
}

#[tokio::test]
async fn body_is_sent_on_within_the_server_alone() {
    let server = FaultyServer::start(|asked| match asked.target.as_str() {
        "/p" => answer("308 Permanent Redirect", "location: /v2\r\n", ""),
        _ => page(format!("[{}]", asked.body)),
    })
    .await;
    let rest = json!({"method": "POST", "body": {"q": 1}});
    let records = read(&source(&server.url("/p"), rest.clone())).await;
    assert_eq!(records.unwrap(), [r#"{"q":1}"#]);
    let other = FaultyServer::start(|_| page("[1]")).await;
    let location = other.url("/9f");
    for (status, is_followed) in REDIRECTS.map(|status| (status, status < "307")) {
        let header = format!("location: {location}\r\n");
        let server = FaultyServer::start(move |_| answer(status, &header, "")).await;
        let read = read(&source(&server.url("/p"), rest.clone())).await;
        if is_followed {
            assert_eq!(read.unwrap(), ["1"]);
        } else {
            assert_says(read, &["its body is given to no other"]);
        }
    }
    assert!(
        other
            .asked()
            .iter()
            .all(|asked| asked.body.is_empty() && asked.method == "GET")
    );
}
