//! The beginning of a feed, with what was asked and answered, and no credential in it.

use attendee_sync_app::ports::{FeedSample, Sources};
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{FaultyServer, ServerStep, answer, head, json as page};
use serde_json::{Value, json};

use super::{CANARY, source, sources};

async fn sample(source: &SourceSettings, most: usize) -> FeedSample {
    let sample = sources(SourceAddresses::Any).sample(source, most).await;
    let shown = format!(
        "{:?} {:?} {:?}",
        sample.request, sample.answer, sample.units
    );
    for form in ["c4n4ry", "YzRuNHJ5", "token-0"] {
        assert!(!shown.contains(form), "{form} in {shown}");
    }
    sample
}

fn texts(sample: &FeedSample) -> Vec<String> {
    let text = |unit: &Option<Vec<u8>>| match unit {
        Some(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        None => "too long".to_owned(),
    };
    sample.units.as_ref().unwrap().iter().map(text).collect()
}

fn header<'s>(sample: &'s FeedSample, name: &str) -> Option<&'s str> {
    let mut headers = sample.request.headers.iter();
    let found = headers.find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn request_is_shown_as_it_was_sent_without_its_credential() {
    let secret = json!({"secret": "canary"});
    for (authentication, query, (name, shown)) in [
        (
            json!({"type": "basic", "username": "me", "password": secret}),
            "",
            ("authorization", "Basic …"),
        ),
        (
            json!({"type": "bearer", "scheme": "Token", "token": secret}),
            "",
            ("authorization", "Token …"),
        ),
        (
            json!({"type": "header", "name": "X-Api-Key", "value": "k y"}),
            "",
            ("x-api-key", "…"),
        ),
        (
            json!({"type": "query", "name": "api key", "value": "k"}),
            "&api+key=…",
            ("accept", "application/vnd.api+json"),
        ),
    ] {
        let server = FaultyServer::start(|_| page("[1]")).await;
        let twice = if authentication.to_string().contains("canary") {
            CANARY
        } else {
            "a"
        };
        let rest = json!({"authentication": authentication,
            "headers": {"Accept": "application/vnd.api+json", "X-Twice": twice}});
        let sample = sample(&source(&server.url("/p?e=42"), rest), 5).await;
        assert_eq!(texts(&sample), ["1"]);
        assert_eq!(sample.request.method, "GET");
        assert_eq!(sample.request.url, server.url(&format!("/p?e=42{query}")));
        assert_eq!(header(&sample, name), Some(shown), "{authentication}");
        let asked = &server.asked()[0];
        for (name, value) in &sample.request.headers {
            let sent = &asked.headers[name];
            assert!(
                value == sent || value.contains('…'),
                "{name}: {value}, not {sent}"
            );
        }
        let shown: Vec<&String> = sample
            .request
            .headers
            .iter()
            .map(|(name, _)| name)
            .collect();
        for sent in asked.headers.keys().filter(|sent| *sent != "host") {
            assert!(shown.contains(&sent), "{sent} is not in {shown:?}");
        }
    }
}

#[tokio::test]
async fn only_as_much_is_read_as_is_wanted() {
    let server = FaultyServer::start(|_| {
        vec![
            ServerStep::Send([head("200 OK", ""), b"[0".to_vec()].concat()),
            ServerStep::Send(b",1,2,3".to_vec()),
            ServerStep::Hang,
        ]
    })
    .await;
    let sample = sample(&source(&server.url("/p"), json!({})), 2).await;
    assert_eq!(texts(&sample), ["0", "1"]);
    assert!(sample.more);
}

#[tokio::test]
async fn it_is_said_whether_there_is_more() {
    for (body, most, more) in [
        (r#"{"r":[1,2]}"#, 2, false),
        (r#"{"r":[1,2]}"#, 1, true),
        (r#"{"r":[1,2],"next":"/2"}"#, 2, true),
        (r#"{"r":[]}"#, 2, false),
    ] {
        let server = FaultyServer::start(move |_| page(body)).await;
        let rest =
            json!({"records": "$.r[*]", "pagination": {"type": "next_link", "path": "next"}});
        let sample = sample(&source(&server.url("/p"), rest), most).await;
        assert_eq!(sample.more, more, "{body}");
        assert!(texts(&sample).len() <= most);
        assert_eq!(server.targets(), ["/p"]);
    }
}

#[tokio::test]
async fn elements_too_long_are_told_from_others() {
    let server =
        FaultyServer::start(|_| page(format!("[1,\"{}\",2]", "x".repeat(1024 * 1024)))).await;
    let sample = sample(&source(&server.url("/p"), json!({})), 3).await;
    assert_eq!(texts(&sample), ["1", "too long", "2"]);
}

#[tokio::test]
async fn answer_is_shown_also_where_it_is_an_error() {
    for (status, number) in [
        ("403 Forbidden", 403),
        ("404 Not Found", 404),
        ("500 Internal Server Error", 500),
    ] {
        let server = FaultyServer::start(move |_| {
            answer(status, &format!("content-type: text/{CANARY}\r\n"), "no")
        })
        .await;
        let rest = json!({"authentication": {"type": "bearer", "token": {"secret": "canary"}}});
        let sample = sample(&source(&server.url("/p"), rest), 3).await;
        let message = sample.units.unwrap_err().message;
        assert!(message.contains(&format!("({status})")), "{message}");
        let answer = sample.answer.unwrap();
        assert_eq!(answer.status, number);
        assert_eq!(answer.content_type.as_deref(), Some("text/…"));
        assert!(answer.milliseconds < 5_000);
    }
}

#[tokio::test]
async fn without_a_token_the_request_is_shown_and_was_not_made() {
    let server = FaultyServer::start(|asked| match asked.target.as_str() {
        "/token" => answer("400 Bad Request", "", r#"{"error":"invalid_scope"}"#),
        _ => page("[1]"),
    })
    .await;
    let rest = json!({"authentication": {"type": "oauth2_client_credentials",
        "token_url": server.url("/token"), "client_id": "me", "client_secret": CANARY}});
    let sample = sample(&source(&server.url("/p"), rest), 3).await;
    assert!(sample.answer.is_none());
    assert_eq!(sample.request.url, server.url("/p"));
    assert_eq!(header(&sample, "authorization"), Some("Bearer …"));
    let message = sample.units.unwrap_err().message;
    assert!(message.contains("the token endpoint") && message.contains("invalid_scope"));
    assert_eq!(server.targets(), ["/token"]);
}

#[tokio::test]
async fn token_is_not_shown() {
    let server = FaultyServer::start(|asked| match asked.target.as_str() {
        "/token" => page(r#"{"token":"token-0"}"#),
        _ => page("[1]"),
    })
    .await;
    let rest = json!({"authentication": {"type": "login", "url": server.url("/token"),
        "username": "me", "password": CANARY}});
    let sample = sample(&source(&server.url("/p"), rest), 3).await;
    assert_eq!(header(&sample, "authorization"), Some("Bearer …"));
    assert_eq!(texts(&sample), ["1"]);
}

#[tokio::test]
async fn missing_secret_is_an_error_before_any_request() {
    let rest: Value = json!({"authentication": {"type": "bearer", "token": {"secret": "gone"}}});
    let sample = sample(&source("http://127.0.0.1:1/p", rest), 3).await;
    assert!(sample.units.unwrap_err().message.contains("\"gone\""));
    assert_eq!(sample.request.url, "http://127.0.0.1:1/p");
    assert!(sample.answer.is_none());
}

#[tokio::test]
async fn whole_text_is_seen_also_where_no_list_is_found_or_enough_was_read() {
    let many: Vec<u32> = (0..200).collect();
    let body = json!({"data": {"people": many, "next": "/p?page=2"}}).to_string();
    for (records, is_found) in [("$.data.people[*]", true), ("$[*]", false)] {
        let body = body.clone();
        let server = FaultyServer::start(move |_| page(body.clone())).await;
        let sample = sample(&source(&server.url("/p"), json!({"records": records})), 3).await;
        assert_eq!(sample.units.is_ok(), is_found, "{records}");
        let text = sample.answer.unwrap().text;
        assert_eq!(
            serde_json::from_slice::<Value>(&text).unwrap()["data"]["next"],
            "/p?page=2"
        );
    }
}

#[tokio::test]
async fn headers_that_tell_of_paging_and_authentication_are_kept_and_no_others() {
    let server = FaultyServer::start(|_| {
        let headers =
            "WWW-Authenticate: Basic realm=\"x\"\r\nX-Total-Count: 45\r\nSet-Cookie: session=1\r\n";
        answer("401 Unauthorized", headers, "no")
    })
    .await;
    let sample = sample(&source(&server.url("/p"), json!({})), 3).await;
    let mut headers = sample.answer.unwrap().headers;
    headers.sort_unstable();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["www-authenticate", "x-total-count"]);
}
