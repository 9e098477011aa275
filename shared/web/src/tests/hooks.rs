//! Hooks of registration systems over HTTP, and the page that shows them.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use attendee_sync_domain::hook::sign_standard;

use super::world::{Browser, ConsoleWorld, TestRequest, person};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Makes an address by the page, which shows it once; gives its path.
async fn address(world: &ConsoleWorld, browser: &Browser<'_>) -> String {
    let made = browser.submit("/events/devcon/hooks/address", &[]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let leads_to = made.header("location").to_owned();
    let shown = browser.page(&leads_to).await;
    let (_, url) = shown.split_once("<code class=\"copy\">").unwrap();
    let (url, _) = url.split_once("</code>").unwrap();
    let again = browser.page(&leads_to).await;
    assert!(!again.contains(url), "it is shown once");
    let start = format!("{}/hooks/devcon/", world.app.public_url());
    assert!(url.starts_with(&start), "{url}");
    let at = url.find("/hooks/").unwrap();
    url[at..].to_owned()
}

async fn signed_event(world: &ConsoleWorld, browser: &Browser<'_>) {
    let form = [
        ("signature", "standard_webhooks"),
        ("secret", SECRET),
        ("email", "data.email"),
        ("source_id", "=data.link | match('([0-9]+)$')"),
    ];
    let saved = browser.submit("/events/devcon/hooks", &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let name = "devcon-hook-secret";
    assert_eq!(world.stored(name).as_deref(), Some(SECRET));
}

fn signed(path: &str, at: Timestamp, body: &str) -> TestRequest {
    let signature = sign_standard(SECRET, "msg_1", at, body.as_bytes()).unwrap();
    TestRequest::post(path)
        .with("webhook-id", "msg_1")
        .with("webhook-timestamp", &at.as_second().to_string())
        .with("webhook-signature", &signature)
        .body("application/json", body.to_owned())
}

#[tokio::test]
async fn a_signed_hook_is_taken_and_shown_and_any_other_is_refused() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let browser = world.browser().await;
    let path = address(&world, &browser).await;
    signed_event(&world, &browser).await;
    let body = json!({"data": {"email": "p1@example.org"}}).to_string();
    let now = world.app.now();
    let taken = world.send(signed(&path, now, &body)).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.body);

    let forged = signed(&path, now, &body).with("webhook-id", "msg_2");
    let old = now.checked_sub(jiff::SignedDuration::from_mins(6)).unwrap();
    let large = "x".repeat(1024 * 1024 + 1);
    for (hook, status) in [
        (forged, 401),
        (signed(&path, old, &body), 401),
        (
            TestRequest::post(&path).body("application/json", body.clone()),
            401,
        ),
        (signed(&path, now, &large), 413),
        (signed("/hooks/devcon/0123", now, &body), 404),
        (signed("/hooks/nowhere/0123", now, &body), 404),
        (
            signed(
                "/hooks/Not an event/0123".replace(' ', "%20").as_str(),
                now,
                &body,
            ),
            404,
        ),
    ] {
        let refused = world.send(hook).await;
        refused.problem(status);
    }
    let metrics = world
        .send(TestRequest::get("/metrics?events=1").bearer(super::world::TOKEN))
        .await;
    for line in [
        "attendee_sync_hooks_accepted_total 1",
        "attendee_sync_hooks_refused_total{reason=\"wrong_signature\"} 1",
        "attendee_sync_runs_total{state=\"succeeded\"} 1",
        "attendee_sync_last_success_age_seconds{event=\"devcon\"}",
    ] {
        assert!(metrics.body.contains(line), "{line}: {}", metrics.body);
    }
    assert_eq!(
        world.send(TestRequest::get("/metrics")).await.status,
        StatusCode::UNAUTHORIZED
    );
    let page = browser.page("/events/devcon/hooks").await;
    for text in [
        "waits to be read",
        "Wrong signature",
        "Signed more than five minutes ago",
        "No signature",
        "Larger than 1 MiB",
        "A secret is stored",
        "=data.link | match(",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains(SECRET) && !page.contains(&path), "{page}");
    let shown = world
        .send(TestRequest::get("/api/v1/events/devcon/hook").json(&json!({})))
        .await;
    assert_eq!(shown.json()["refused"][0]["reason"], "too_large");
}

#[tokio::test]
async fn an_address_that_is_tried_out_too_often_is_not_looked_at() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let mut last = StatusCode::OK;
    for _ in 0..301 {
        let guess = TestRequest::post("/hooks/devcon/guess").from([192, 0, 2, 1]);
        last = world.send(guess).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let other = TestRequest::post("/hooks/devcon/guess").from([192, 0, 2, 2]);
    assert_eq!(world.send(other).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_form_of_hooks_says_what_is_wrong_and_keeps_the_secret() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let browser = world.browser().await;
    let typed = [("signature", "tito"), ("email", "[")];
    let refused = browser.submit("/events/devcon/hooks", &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("role=\"alert\""), "{}", refused.body);
    let unsigned = browser
        .submit("/events/devcon/hooks", &[("signature", "tito")])
        .await;
    assert_eq!(unsigned.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unsigned
            .body
            .contains("Give the secret that hooks are signed with"),
        "{}",
        unsigned.body
    );
    signed_event(&world, &browser).await;
    // The secret stays where nobody types another, also through the form of everything else.
    let kept = [("signature", "hmac"), ("header", "X-Signature")];
    let saved = browser.submit("/events/devcon/hooks", &kept).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let stored = world
        .app
        .document(&"devcon".parse().unwrap())
        .await
        .unwrap();
    let hook = serde_json::to_value(stored.hook).unwrap();
    let expected = json!({
        "signature": "hmac", "secret": {"secret": "devcon-hook-secret"}, "header": "X-Signature"
    });
    assert_eq!(hook, expected);
    let form = browser.form("/events/devcon/configuration").await;
    let saved = browser
        .send_form("/events/devcon/configuration", &form)
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let stored = world
        .app
        .document(&"devcon".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(serde_json::to_value(stored.hook).unwrap(), expected);
    // Not signed any more: the secret goes from the document.
    let none = browser
        .submit("/events/devcon/hooks", &[("signature", "none")])
        .await;
    assert_eq!(none.status, StatusCode::SEE_OTHER, "{}", none.body);
    let stored = world
        .app
        .document(&"devcon".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(stored.hook, None);
}
