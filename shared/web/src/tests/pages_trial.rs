//! What people see when they test a document as text, and what becomes of the credential beside it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{Browser, ConsoleWorld, TestResponse, document, person};

const PAGE: &str = "/events/devcon/configuration/document";
const TEST: &str = "/events/devcon/configuration/document/test";

async fn test(browser: &Browser<'_>, fields: &[(&str, &str)]) -> TestResponse {
    browser.submit(TEST, fields).await
}

fn with_token(token: &Value) -> String {
    let mut document = document();
    document["source"]["authentication"] = json!({"type": "bearer", "token": token});
    document.to_string()
}

#[tokio::test]
async fn a_test_shows_the_request_each_record_and_the_fields() {
    let nameless = json!({"id": "T-2", "email": "p2@example.org", "age": 41});
    let world = ConsoleWorld::with(vec![person(1, "Ada"), nameless]).await;
    let browser = world.browser().await;
    let offered = browser.page(PAGE).await;
    assert!(offered.contains("formaction=\"/events/devcon/configuration/document/test#outcome\""));
    let mut unsaved = document();
    unsaved["name"] = json!("Not saved");
    unsaved["mapping"]["job_title"] = json!({"expression": "'age ' ~ age"});
    let answer = test(&browser, &[("document", &unsaved.to_string())]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    for text in [
        "The source responded. Of 2 records: 1 would attend, 1 rejected.",
        "Nothing was saved and no attendee was changed.",
        "GET https://registration.example/attendees",
        "authorization: Bearer …",
        "&#34;first&#34;: &#34;Ada&#34;",
        "<dt>E-mail</dt><dd>p1@example.org</dd>",
        "<dt>Groups</dt><dd>Speakers</dd>",
        "Rejected",
        "T-2",
        "<code class=\"copy\">company</code>",
        "1 of 2",
        "&#34;Not saved&#34;",
    ] {
        assert!(answer.body.contains(text), "{text}: {}", answer.body);
    }
    let stored = browser.page(PAGE).await;
    assert!(!stored.contains("Not saved"));
    assert_eq!(world.api("/events/devcon/runs").await["items"], json!([]));
}

#[tokio::test]
async fn a_test_says_of_each_rule_how_many_records_it_matches() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bo")]).await;
    let browser = world.browser().await;
    let mut unsaved = document();
    unsaved["rules"] = json!([
        {"when": "first == 'Bo'", "then": "ignore"},
        {"field": "first", "is": "nobody", "then": "remove_attendee"},
    ]);
    let answer = test(&browser, &[("document", &unsaved.to_string())]).await;
    for row in [
        "Rule 1, when first == &#39;Bo&#39;: ignores the record</th><td data-label=\"Matches\" class=\"number\">1 of 2<",
        "Rule 2, when first is &#39;nobody&#39;: removes the person from the event</th><td data-label=\"Matches\" class=\"number\">0 of 2<",
    ] {
        assert!(answer.body.contains(row), "{row}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_was_typed_survives_a_test_that_fails() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let cut_off = test(
        &browser,
        &[("document", "{\"name\": \"half"), ("version", "1")],
    )
    .await;
    assert_eq!(cut_off.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "Test not run.",
        "this is not JSON",
        "{&#34;name&#34;: &#34;half",
        "name=\"version\" value=\"1\"",
    ] {
        assert!(cut_off.body.contains(text), "{text}: {}", cut_off.body);
    }
    let mut other = document();
    other["event"] = json!("another");
    let other = test(&browser, &[("document", &other.to_string())]).await;
    assert!(other.body.contains("the ID of an event cannot be changed"));
    world.source_fails("the source answered 401 Unauthorized; check its credential");
    let failed = test(&browser, &[("document", &document().to_string())]).await;
    assert_eq!(failed.status, StatusCode::OK);
    for text in [
        "The source could not be read.",
        "The source answered 401 Unauthorized; check its credential.",
        "No response.",
        "&#34;DevCon 2026&#34;",
    ] {
        assert!(failed.body.contains(text), "{text}: {}", failed.body);
    }
}

#[tokio::test]
async fn a_credential_is_put_in_place_and_never_shown() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let named = with_token(&json!({"secret": "devcon-token"}));
    let fields = [("document", named.as_str()), ("version", "1")];
    let tried = test(
        &browser,
        &[&fields[..], &[("credential", "s3cr3t-value")]].concat(),
    )
    .await;
    assert_eq!(tried.status, StatusCode::OK);
    assert_eq!(
        world.credential_asked_with(),
        Some("s3cr3t-value".to_owned())
    );
    assert!(!tried.body.contains("s3cr3t-value"), "{}", tried.body);
    assert!(tried.body.contains("is kept for this form"));
    let handle = tried.between("name=\"kept\" value=\"", "\"").to_owned();

    // The same form goes on with it: a test, a refusal, and then it is saved.
    let again = test(&browser, &[&fields[..], &[("kept", &handle)]].concat()).await;
    assert_eq!(
        world.credential_asked_with(),
        Some("s3cr3t-value".to_owned())
    );
    assert_eq!(again.between("name=\"kept\" value=\"", "\""), handle);
    let late = [
        ("document", named.as_str()),
        ("version", "9"),
        ("kept", &handle),
    ];
    let refused = browser.submit(PAGE, &late).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.between("name=\"kept\" value=\"", "\""), handle);
    let saved = browser
        .submit(PAGE, &[&fields[..], &[("kept", &handle)]].concat())
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(
        world.stored("devcon-token"),
        Some("s3cr3t-value".to_owned())
    );
    let page = browser.page(PAGE).await;
    assert!(page.contains("One is stored as devcon-token."), "{page}");
    assert!(!page.contains("s3cr3t-value") && !page.contains("name=\"kept\""));

    // Left empty, the stored one stays.
    let fields = [
        ("document", named.as_str()),
        ("version", "2"),
        ("credential", ""),
    ];
    let kept = browser.submit(PAGE, &fields).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    assert_eq!(
        world.stored("devcon-token"),
        Some("s3cr3t-value".to_owned())
    );
}

#[tokio::test]
async fn a_handle_opens_nothing_for_another_session() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let (browser, other) = (world.browser().await, world.browser().await);
    let named = with_token(&json!({"secret": "devcon-token"}));
    let fields = [("document", named.as_str()), ("credential", "s3cr3t-value")];
    let tried = test(&browser, &fields).await;
    let handle = tried.between("name=\"kept\" value=\"", "\"").to_owned();
    let stolen = [("document", named.as_str()), ("kept", handle.as_str())];
    let answer = test(&other, &stolen).await;
    assert!(!answer.body.contains("name=\"kept\""));
    assert_eq!(world.credential_asked_with(), None);
}

#[tokio::test]
async fn a_credential_without_a_place_is_refused() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let plain = document().to_string();
    let fields = [("document", plain.as_str()), ("credential", "s3cr3t-value")];
    let refused = test(&browser, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("<code>credential</code>"),
        "{}",
        refused.body
    );
    assert!(!refused.body.contains("s3cr3t-value"));
}
