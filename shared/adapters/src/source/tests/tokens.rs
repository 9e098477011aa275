//! Tokens that are asked for: how, how long they are kept, and what is said where there is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use attendee_sync_app::ports::{ReadMode, Sources};
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{
    FaultyServer, RequestSeen, ScriptedAnswer, ServerStep, answer, head, json as page,
};
use serde_json::{Value, json};

use super::{Always, CANARY, assert_says, drain, read, source, sources, without_canary};
use crate::source::HttpSources;

/// The form of a client's id and secret in the header: `base64("me%26:c4n4ry%2B%2Fsecret")`.
const BASIC: &str = "Basic bWUlMjY6YzRuNHJ5JTJCJTJGc2VjcmV0";

/// A kind of authentication, with settings of its own.
type TokenKind = fn(&FaultyServer, Value) -> Value;

fn client(tokens: &FaultyServer, rest: Value) -> Value {
    let mut authentication = json!({
        "type": "oauth2_client_credentials",
        "token_url": tokens.url("/oauth2/token?tenant=7"),
        "client_id": "me&",
        "client_secret": {"secret": "canary"},
    });
    super::merge(&mut authentication, rest);
    authentication
}

fn login(tokens: &FaultyServer, rest: Value) -> Value {
    let mut authentication = json!({
        "type": "login",
        "url": tokens.url("/auth/login"),
        "username": "me@example.org",
        "password": {"secret": "canary"},
    });
    super::merge(&mut authentication, rest);
    authentication
}

fn paged(server: &FaultyServer, authentication: &Value) -> SourceSettings {
    let rest = json!({
        "authentication": authentication,
        "pagination": {"type": "next_link", "path": "next"},
        "records": "$.r[*]",
    });
    source(&server.url("/p"), rest)
}

/// Gives the tokens `token-0`, `token-1`, and so on.
async fn token_endpoint(rest: &'static str) -> FaultyServer {
    FaultyServer::start(move |asked| {
        page(format!(
            r#"{{"access_token":"token-{}","token_type":"bEARER"{rest}}}"#,
            asked.before
        ))
    })
    .await
}

/// Two pages for those who carry the token of this number.
async fn source_for(accepted: Arc<AtomicUsize>) -> FaultyServer {
    FaultyServer::start(move |asked| {
        let wanted = format!("Bearer token-{}", accepted.load(Ordering::SeqCst));
        match asked.headers.get("authorization") {
            Some(found) if *found == wanted && asked.target == "/p" => {
                page(r#"{"r":[1],"next":"/p2"}"#)
            }
            Some(found) if *found == wanted => page(r#"{"r":[2]}"#),
            _ => answer("401 Unauthorized", "", "no"),
        }
    })
    .await
}

/// Moves the clock on.
async fn later(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

async fn read_with(sources: &HttpSources, source: &SourceSettings) -> Result<Vec<String>, String> {
    let read = async { drain(sources.open(source, &ReadMode::Everything).await?.as_mut()).await };
    read.await.map_err(|error| without_canary(&error))
}

#[tokio::test]
async fn client_asks_with_its_secret_in_the_header() {
    let tokens = token_endpoint("").await;
    let server = source_for(Arc::default()).await;
    let authentication = client(&tokens, json!({"scope": "event/attendees:read more"}));
    let records = read(&paged(&server, &authentication)).await.unwrap();
    assert_eq!(records, ["1", "2"]);
    let [asked] = &tokens.asked()[..] else {
        panic!("asked {} times for a token", tokens.asked().len());
    };
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.target, "/oauth2/token?tenant=7");
    assert_eq!(asked.headers["authorization"], BASIC);
    assert_eq!(
        asked.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert!(asked.headers["user-agent"].starts_with("attendee-sync/"));
    assert_eq!(
        asked.body,
        "grant_type=client_credentials&client_id=me%26&scope=event%2Fattendees%3Aread+more"
    );
}

#[tokio::test]
async fn client_may_ask_with_its_secret_in_the_body() {
    let tokens = token_endpoint("").await;
    let server = source_for(Arc::default()).await;
    let authentication = client(&tokens, json!({"client_authentication": "post"}));
    read(&paged(&server, &authentication)).await.unwrap();
    let asked = &tokens.asked()[0];
    assert!(!asked.headers.contains_key("authorization"));
    assert_eq!(
        asked.body,
        "grant_type=client_credentials&client_id=me%26&client_secret=c4n4ry%2B%2Fsecret"
    );
}

#[tokio::test]
async fn user_signs_in_with_a_password() {
    let tokens = FaultyServer::start(|_| page(r#"{"data":{"jwt":"token-0"}}"#)).await;
    let server = source_for(Arc::default()).await;
    let authentication = login(
        &tokens,
        json!({"username_field": "user", "token_path": "data.jwt"}),
    );
    let records = read(&paged(&server, &authentication)).await.unwrap();
    assert_eq!(records, ["1", "2"]);
    let asked = &tokens.asked()[0];
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.headers["content-type"], "application/json");
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body, json!({"user": "me@example.org", "password": CANARY}));
}

#[tokio::test]
async fn token_is_kept_from_run_to_run_until_shortly_before_it_expires() {
    for expiry in [r#","expires_in":3600"#, r#","expires_in":"3600""#] {
        let tokens = token_endpoint(expiry).await;
        let accepted = Arc::new(AtomicUsize::new(0));
        let server = source_for(Arc::clone(&accepted)).await;
        let source = paged(&server, &client(&tokens, json!({})));
        let sources = sources(SourceAddresses::Any);
        for (minutes_later, asked) in [(0, 1), (58, 1), (2, 2)] {
            later(Duration::from_mins(minutes_later)).await;
            accepted.store(asked - 1, Ordering::SeqCst);
            assert_eq!(read_with(&sources, &source).await.unwrap(), ["1", "2"]);
            assert_eq!(tokens.asked().len(), asked, "{minutes_later} minutes later");
        }
        assert_eq!(server.asked().len(), 6, "no expired token was tried");
    }
}

#[tokio::test]
async fn token_that_expires_while_a_feed_is_read_is_not_tried() {
    let tokens = token_endpoint(r#","expires_in":3600"#).await;
    let accepted = Arc::new(AtomicUsize::new(0));
    let server = source_for(Arc::clone(&accepted)).await;
    let source = paged(&server, &client(&tokens, json!({})));
    let sources = sources(SourceAddresses::Any);
    let mut feed = sources.open(&source, &ReadMode::Everything).await.unwrap();
    feed.next().await.unwrap().unwrap();
    later(Duration::from_hours(1)).await;
    accepted.store(1, Ordering::SeqCst);
    assert_eq!(drain(feed.as_mut()).await.unwrap(), ["2"]);
    assert_eq!(server.targets(), ["/p", "/p2"]);
}

#[tokio::test]
async fn token_is_given_to_no_other_client_scope_or_secret() {
    let tokens = FaultyServer::start(|_| page(r#"{"access_token":"token-0"}"#)).await;
    let server = source_for(Arc::default()).await;
    let sources = sources(SourceAddresses::Any);
    let others = [
        json!({}),
        json!({"client_id": "you"}),
        json!({"scope": "all"}),
        json!({"client_secret": "other"}),
        json!({"client_authentication": "post"}),
        json!({"token_url": tokens.url("/other")}),
    ];
    for _ in 0..2 {
        for other in &others {
            let source = paged(&server, &client(&tokens, other.clone()));
            read_with(&sources, &source).await.unwrap();
        }
    }
    assert_eq!(tokens.asked().len(), others.len());
}

#[tokio::test]
async fn refused_token_is_renewed_once_and_the_page_asked_for_again() {
    for kind in [client, login] {
        let tokens = FaultyServer::start(|asked| {
            page(format!(
                r#"{{"access_token":"token-{0}","token":"token-{0}"}}"#,
                asked.before
            ))
        })
        .await;
        let accepted = Arc::new(AtomicUsize::new(0));
        let server = source_for(Arc::clone(&accepted)).await;
        let source = paged(&server, &kind(&tokens, json!({})));
        let sources = sources(SourceAddresses::Any);
        let mut feed = sources.open(&source, &ReadMode::Everything).await.unwrap();
        feed.next().await.unwrap().unwrap();
        // Withdrawn while the feed is read.
        accepted.store(1, Ordering::SeqCst);
        assert_eq!(drain(feed.as_mut()).await.unwrap(), ["2"]);
        assert_eq!(tokens.asked().len(), 2);
        assert_eq!(server.targets(), ["/p", "/p2", "/p2"]);
    }
}

#[tokio::test]
async fn source_that_refuses_new_tokens_too_is_reported() {
    let tokens = token_endpoint("").await;
    let server = source_for(Arc::new(AtomicUsize::new(9))).await;
    let read = read(&paged(&server, &client(&tokens, json!({})))).await;
    assert_says(
        read,
        &["page 1: the source refused the credentials (401 Unauthorized)"],
    );
    assert_eq!((tokens.asked().len(), server.asked().len()), (2, 2));
}

#[tokio::test]
async fn refused_client_is_reported_with_a_code_that_is_a_plain_word() {
    let long = format!(r#"{{"error":"{}"}}"#, "x".repeat(41));
    for (body, shown) in [
        (
            r#"{"error":"invalid_client","error_description":"c4n4ry+/secret"}"#.to_owned(),
            "(401 Unauthorized, invalid_client)",
        ),
        (
            r#"{"error":"no <b>such</b> client"}"#.to_owned(),
            "(401 Unauthorized)",
        ),
        (r#"{"error":{"code":4}}"#.to_owned(), "(401 Unauthorized)"),
        (long, "(401 Unauthorized)"),
        ("<html>".to_owned(), "(401 Unauthorized)"),
    ] {
        let tokens =
            FaultyServer::start(move |_| answer("401 Unauthorized", "", body.clone())).await;
        let server = source_for(Arc::default()).await;
        let read = read(&paged(&server, &client(&tokens, json!({})))).await;
        let endpoint = format!(
            "the token endpoint at {}: it gave no token",
            tokens.url("/oauth2/token")
        );
        assert_says(read, &[&endpoint, shown, "check client_id, client_secret"]);
        assert!(server.asked().is_empty());
        assert_eq!(tokens.asked().len(), 1);
    }
}

#[tokio::test]
async fn answers_without_a_usable_token_are_refused() {
    let answers: [(Always, &str); 8] = [
        (
            || page(r#"{"access_token":"t","token_type":"mac"}"#),
            "token_type is not bearer",
        ),
        (
            || page(r#"{"access_token":"t","token_type":1}"#),
            "token_type is not bearer",
        ),
        (|| page(r#"{"token":"t"}"#), "no text at access_token"),
        (
            || page(r#"{"access_token":"a\nb"}"#),
            "such as a line break",
        ),
        (|| page("<html>"), "is not JSON"),
        (
            || page(format!("{}{{}}", " ".repeat(70_000))),
            "longer than 65536 bytes",
        ),
        (
            || answer("302 Found", "location: https://evil.example/\r\n", ""),
            "put the address it ends at in source.authentication.token_url",
        ),
        (
            || {
                vec![
                    ServerStep::Send(head("200 OK", "content-length: 9\r\n")),
                    ServerStep::Hang,
                ]
            },
            "not whole within 1 seconds",
        ),
    ];
    for (answer, part) in answers {
        let tokens = FaultyServer::start(move |_| answer()).await;
        let server = source_for(Arc::default()).await;
        let mut source = paged(&server, &client(&tokens, json!({})));
        source.limits.timeout_seconds = 1;
        assert_says(read(&source).await, &["page 1: the token endpoint", part]);
        assert!(server.asked().is_empty());
    }
}

#[tokio::test]
async fn sign_in_is_named_where_it_fails() {
    let tokens = FaultyServer::start(|_| answer("422 Unprocessable Content", "", "no")).await;
    let server = source_for(Arc::default()).await;
    let refused = read(&paged(&server, &login(&tokens, json!({})))).await;
    assert_says(
        refused,
        &[
            "page 1: the sign-in at http://127",
            "(422",
            "check username, password",
        ],
    );
}

#[tokio::test]
async fn token_endpoint_that_fails_for_a_moment_is_asked_again() {
    let tokens = FaultyServer::start(|asked| match asked.before {
        0 => answer("503 Service Unavailable", "retry-after: 0\r\n", ""),
        1 => vec![ServerStep::Reset],
        _ => page(r#"{"access_token":"token-0"}"#),
    })
    .await;
    let server = source_for(Arc::default()).await;
    let records = read(&paged(&server, &client(&tokens, json!({})))).await;
    assert_eq!(records.unwrap(), ["1", "2"]);
    let failing = FaultyServer::start(|_| answer("500 Internal Server Error", "", "")).await;
    let read = read(&paged(&server, &client(&failing, json!({})))).await;
    assert_says(read, &["the token endpoint", "(500", "asked 3 times"]);
}

#[tokio::test]
async fn token_endpoint_has_to_be_at_a_public_address() {
    let tokens = token_endpoint("").await;
    let server = source_for(Arc::default()).await;
    let source = paged(&server, &client(&tokens, json!({})));
    let only_source = SourceAddresses::PublicAnd(server.url(""));
    let read = super::read_as(&source, only_source).await;
    assert_says(read, &["the token endpoint at", "only https is allowed"]);
    assert!(tokens.asked().is_empty());
}

#[tokio::test]
async fn token_and_secret_are_not_shown_where_they_are_echoed() {
    const TOKEN: &str = "tokencanary==";
    let echoes: [fn(&RequestSeen) -> ScriptedAnswer; 2] = [
        |_| page(format!(r#"{{"{TOKEN} {CANARY} {BASIC}":1}}"#)),
        |_| {
            let place = format!("location: https://evil.example/{TOKEN}/{CANARY}\r\n");
            answer("302 Found", &place, "")
        },
    ];
    let kinds: [(TokenKind, &[&str]); 2] = [
        (client, &["tokencanary", "bWUlMjY6YzRuN"]),
        (login, &["tokencanary"]),
    ];
    for (kind, secrets) in kinds {
        for echo in echoes {
            let tokens = FaultyServer::start(|_| {
                page(format!(r#"{{"access_token":"{TOKEN}","token":"{TOKEN}"}}"#))
            })
            .await;
            let server = FaultyServer::start(echo).await;
            let message = read(&paged(&server, &kind(&tokens, json!({})))).await;
            let message = message.unwrap_err();
            for secret in secrets {
                assert!(!message.contains(secret), "{message}");
            }
        }
    }
}
