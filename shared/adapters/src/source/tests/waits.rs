//! Answers that ask to wait: they are waited for, and what only looks like one is not.

use std::time::Duration;

use attendee_sync_app::ports::{Feed, ReadMode, Sources};
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{FaultyServer, ServerStep, answer, json as page};
use attendee_sync_testkit::waiting::until;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{assert_says, read, source, sources};
use crate::source::HttpSources;

fn with_credential() -> Value {
    json!({"authentication": {"type": "bearer", "token": {"secret": "canary"}}})
}

/// Reads on until it is shown that the reading waits.
async fn until_it_waits(sources: &HttpSources, source: &SourceSettings, feed: &mut dyn Feed) {
    let shown = until(|| sources.waits_until(source).is_some());
    tokio::select! {
        _ = feed.next() => panic!("it does not wait"),
        () = shown => {}
    }
}

#[tokio::test]
async fn answer_that_asks_to_wait_is_asked_for_again() {
    for (status, headers) in [
        ("429 Too Many Requests", "retry-after: 0\r\n"),
        ("429 Too Many Requests", "retry-after: 0.01\r\n"),
        (
            "429 Too Many Requests",
            "x-ratelimit-reset: 1\r\nx-ratelimit-reset: 0\r\n",
        ),
        (
            "429 Too Many Requests",
            "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: 784111777\r\n",
        ),
        (
            "429 Too Many Requests",
            "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-ratelimit-reset: 784111777\r\n",
        ),
        ("403 Forbidden", "retry-after: 0\r\n"),
        ("403 Forbidden", "x-ratelimit-remaining: 0\r\n"),
        ("420 Enhance Your Calm", "retry-after: 0\r\n"),
        ("503 Service Unavailable", "retry-after: 0\r\n"),
        ("202 Accepted", ""),
        ("202 Accepted", "retry-after: 0\r\n"),
        ("202 Accepted", "location: /p\r\n"),
        ("202 Accepted", "location: /job/7\r\n"),
    ] {
        let server = FaultyServer::start(move |asked| match asked.before {
            0 | 1 => answer(status, headers, r#"{"status":"wait"}"#),
            _ => page("[1]"),
        })
        .await;
        let records = read(&source(&server.url("/p"), with_credential())).await;
        assert_eq!(records.unwrap(), ["1"], "{status} {headers}");
        assert_eq!(server.asked().len(), 3, "{status} {headers}");
    }
}

#[tokio::test]
async fn refusal_without_a_wait_is_about_the_credential() {
    for headers in ["", "x-ratelimit-remaining: 12\r\n", "retry-after: soon\r\n"] {
        let server = FaultyServer::start(move |_| answer("403 Forbidden", headers, "")).await;
        let read = read(&source(&server.url("/p"), with_credential())).await;
        assert_says(read, &["refused the credentials (403"]);
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn source_that_never_stops_asking_to_wait_is_given_up_with_the_right_reason() {
    for (status, headers, part) in [
        (
            "403 Forbidden",
            "retry-after: 0\r\n",
            "accepts no more requests for now (403",
        ),
        (
            "403 Forbidden",
            "retry-after: 86400\r\n",
            "asks to wait 86400 seconds",
        ),
        (
            "429 Too Many Requests",
            "retry-after: 0\r\n",
            "requests_per_minute",
        ),
        (
            "202 Accepted",
            "retry-after: 86400\r\n",
            "still preparing the response (202",
        ),
    ] {
        let server = FaultyServer::start(move |_| answer(status, headers, "")).await;
        let read = read(&source(&server.url("/p"), with_credential())).await;
        assert!(!read.clone().unwrap_err().contains("credential"));
        assert_says(read, &[part]);
        assert!(server.asked().len() <= 10);
    }
}

#[tokio::test]
async fn wait_is_shown_and_holds_other_readings_back() {
    let server = FaultyServer::start(|asked| match asked.before {
        0 => answer("429 Too Many Requests", "retry-after: 60\r\n", ""),
        _ => vec![ServerStep::Hang],
    })
    .await;
    let sources = sources(SourceAddresses::Any);
    let source = source(&server.url("/p"), json!({}));
    assert_eq!(sources.waits_until(&source), None);
    let mut feed = sources.open(&source, &ReadMode::Everything).await.unwrap();
    until_it_waits(&sources, &source, feed.as_mut()).await;
    let mut other = sources.open(&source, &ReadMode::Everything).await.unwrap();
    tokio::time::pause();
    let less = Duration::from_secs(50);
    assert!(timeout(less, other.next()).await.is_err(), "it waits, too");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn allowance_that_a_page_used_up_is_waited_for() {
    let server = FaultyServer::start(|asked| match asked.before {
        0 => answer(
            "200 OK",
            "link: <?page=2>; rel=next\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 60\r\n",
            "[1]",
        ),
        _ => page("[2]"),
    })
    .await;
    let sources = sources(SourceAddresses::Any);
    let rest = json!({"pagination": {"type": "link_header"}});
    let source = source(&server.url("/p"), rest);
    let mut feed = sources.open(&source, &ReadMode::Everything).await.unwrap();
    assert!(feed.next().await.unwrap().is_some());
    until_it_waits(&sources, &source, feed.as_mut()).await;
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn head_that_is_too_large_is_named() {
    let header = format!("x-long: {}\r\n", "x".repeat(1_000));
    let headers = header.repeat(1_000);
    let server = FaultyServer::start(move |_| answer("200 OK", &headers, "[1]")).await;
    let read = read(&source(&server.url("/p"), json!({}))).await;
    assert_says(
        read,
        &[
            "more headers than can be read",
            "contact your registration provider",
        ],
    );
    assert_eq!(server.asked().len(), 1);
}
