//! The details of records over HTTP: with the source's credential, a few at a time, and from its server alone.

use std::time::Duration;

use attendee_sync_app::ports::{NoDetails, Sources};
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{FaultyServer, ServerStep, answer, json as page};
use serde_json::{Value, json};

use super::{CANARY, source, sources, without_canary};

fn with_details(server: &FaultyServer) -> SourceSettings {
    source(
        &server.url("/people?event=42"),
        json!({
            "authentication": {"type": "header", "name": "X-Key", "value": {"secret": "canary"}},
            "headers": {"X-Tenant": "7"},
            "details": {"url": server.url("/people/{id}")},
        }),
    )
}

async fn ask(source: &SourceSettings, urls: &[String]) -> Vec<Result<Value, NoDetails>> {
    let sources = sources(SourceAddresses::Any);
    let details = sources.details(source, false).await;
    let details = details.map_err(|error| without_canary(&error)).unwrap();
    let answers = details.ask(urls).await;
    assert!(!format!("{answers:?}").contains("c4n4ry"), "{answers:?}");
    answers
}

#[tokio::test]
async fn details_are_asked_for_with_the_credential_a_few_at_a_time_and_in_order() {
    let server = FaultyServer::start(|asked| {
        assert_eq!(asked.headers["x-key"], CANARY);
        assert_eq!(asked.headers["x-tenant"], "7");
        assert_eq!(asked.method, "GET");
        let mut steps = vec![ServerStep::Wait(Duration::from_millis(20))];
        let id = asked.target.strip_prefix("/people/").unwrap();
        steps.extend(page(format!("\u{feff}{{\"id\":\"{id}\"}}")));
        steps
    })
    .await;
    let urls: Vec<String> = (0..12)
        .map(|id| server.url(&format!("/people/{id}")))
        .collect();
    let answers = ask(&with_details(&server), &urls).await;
    for (id, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), json!({"id": id.to_string()}));
    }
    assert!(server.peak() <= 4, "{}", server.peak());
}

#[tokio::test]
async fn what_fails_is_told_with_its_address_and_without_what_is_secret() {
    let server = FaultyServer::start(|asked| match asked.target.as_str() {
        "/people/gone" => answer("404 Not Found", "", "{}"),
        "/people/bad" => answer("500 Internal Server Error", "", CANARY),
        "/people/web" => answer("200 OK", "content-type: text/html\r\n", "<html>"),
        "/people/empty" => page(""),
        "/people/long" => page(format!("[\"{}\"]", "x".repeat(1 << 20))),
        "/people/a%40b.example" => answer("404 Not Found", "", ""),
        _ => page("{}"),
    })
    .await;
    let source = with_details(&server);
    for (id, words, of_record) in [
        ("gone", "nothing at", true),
        ("bad", "500", false),
        ("web", "not JSON (200 OK, text/html)", true),
        ("empty", "empty", true),
        ("long", "longer than 1048576 bytes", true),
    ] {
        let url = server.url(&format!("/people/{id}"));
        let answers = ask(&source, std::slice::from_ref(&url)).await;
        let NoDetails {
            reason,
            of_record: found,
        } = answers[0].clone().unwrap_err();
        assert!(
            reason.contains(words) && reason.contains(&format!("/people/{id}")),
            "{reason}"
        );
        assert_eq!(found, of_record, "{reason}");
    }
    assert_eq!(
        server
            .targets()
            .iter()
            .filter(|target| target.ends_with("bad"))
            .count(),
        3
    );
    let answers = ask(&source, &[server.url("/people/a%40b.example")]).await;
    let reason = &answers[0].as_ref().unwrap_err().reason;
    assert!(
        reason.contains("/people/{id}") && !reason.contains("b.example"),
        "{reason}"
    );
}

#[tokio::test]
async fn links_of_records_lead_to_the_source_and_redirects_elsewhere_get_no_credential() {
    let other = FaultyServer::start(|asked| {
        assert!(!asked.headers.contains_key("x-key"));
        page(r#"{"from":"other"}"#)
    })
    .await;
    let away = other.url("/x");
    let server = FaultyServer::start(move |asked| match asked.target.as_str() {
        "/away" => answer("302 Found", &format!("location: {away}\r\n"), ""),
        target => page(json!({"at": target, "key": asked.headers["x-key"] == CANARY}).to_string()),
    })
    .await;
    let source = with_details(&server);
    let urls = [
        "http://inner.local:8080/people/7?a=1&amp;b=2".to_owned(),
        "/people/8".to_owned(),
        "ftp://x/9".to_owned(),
        server.url("/away"),
    ];
    let answers = ask(&source, &urls).await;
    assert_eq!(
        answers[0],
        Ok(json!({"at": "/people/7?a=1&b=2", "key": true}))
    );
    assert_eq!(answers[1], Ok(json!({"at": "/people/8", "key": true})));
    assert!(answers[2].is_err());
    assert_eq!(answers[3], Ok(json!({"from": "other"})));
}

#[tokio::test]
async fn requests_for_details_wait_as_the_source_asks() {
    let server = FaultyServer::start(|asked| match asked.before {
        0 => {
            let mut steps = answer("429 Too Many Requests", "retry-after: 1\r\n", "");
            steps.insert(0, ServerStep::Hurry);
            steps
        }
        _ => page("{}"),
    })
    .await;
    let began = tokio::time::Instant::now();
    let mut source = with_details(&server);
    source.limits.requests_per_minute = 60;
    let urls: Vec<String> = (0..5)
        .map(|id| server.url(&format!("/people/{id}")))
        .collect();
    let answers = ask(&source, &urls).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(
        began.elapsed() >= Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn requests_for_details_keep_to_the_pace_of_their_source() {
    let server = FaultyServer::start(|_| page("{}")).await;
    let mut source = with_details(&server);
    // Twenty a minute: three at once, and the others more than three seconds apart.
    source.limits.requests_per_minute = 20;
    let urls: Vec<String> = (0..8)
        .map(|id| server.url(&format!("/people/{id}")))
        .collect();
    let answers = tokio::time::timeout(Duration::from_secs(1), ask(&source, &urls)).await;
    assert!(
        answers.is_err(),
        "eight requests need five turns of three seconds"
    );
    assert!(
        server.asked().len() <= 3,
        "{} requests",
        server.asked().len()
    );
}
