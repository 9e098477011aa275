//! Further API tokens: made, listed and revoked by programs, in whichever process.

use std::sync::Arc;

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

use super::cloud::cloud;
use super::owner_token::Fixed;
use super::world::{ConsoleWorld, TOKEN, TestRequest};
use crate::{AuthenticationOptions, Authenticator};

const TOKENS: &str = "/api/v1/tokens";

#[tokio::test]
async fn a_token_is_shown_once_and_opens_what_its_role_allows() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let wanted = json!({"name": "Event app", "role": "app", "communities": ["acme"]});
    let made = world.send(TestRequest::post(TOKENS).json(&wanted)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let made = made.json();
    let token = made["token"].as_str().unwrap();
    assert_eq!(token.len(), 64);
    let listed = world.api("/tokens").await;
    let ours = listed["items"].as_array().unwrap().iter();
    let ours = ours.clone().find(|one| one["name"] == "Event app").unwrap();
    assert_eq!(
        ours,
        &json!({
            "name": "Event app", "made": "2026-11-01T12:00:00Z",
            "communities": [{"community": "acme", "role": "app"}]
        })
    );
    assert!(!listed.to_string().contains(token));
    let groups = || TestRequest::get("/api/v1/communities/acme/groups").bearer(token);
    assert_eq!(world.send(groups()).await.status, StatusCode::OK);
    let users = TestRequest::get("/api/v1/communities/acme/users").bearer(token);
    world.send(users).await.problem(403);
    world
        .send(TestRequest::post(TOKENS).json(&wanted))
        .await
        .problem(409);

    let path = format!("{TOKENS}/Event%20app");
    let revoke = || TestRequest::new("DELETE", &path).bearer(TOKEN);
    assert_eq!(world.send(revoke()).await.status, StatusCode::NO_CONTENT);
    world.send(groups()).await.problem(401);
    world.send(revoke()).await.problem(404);
    let log = world.api("/communities/acme/audit").await.to_string();
    assert!(log.contains("token_added") && log.contains("token_revoked"));
}

#[tokio::test]
async fn a_token_that_cannot_be_made_is_refused_with_the_reason() {
    let world = ConsoleWorld::with(Vec::new()).await;
    for (wanted, status) in [
        (json!({"name": "a/b", "role": "app"}), 422),
        (json!({"name": "a", "role": "king"}), 422),
        (json!({"name": "a", "role": "app", "for": "ever"}), 422),
        (
            json!({"name": "a", "role": "app", "communities": ["none"]}),
            404,
        ),
    ] {
        let ask = TestRequest::post(TOKENS).json(&wanted);
        world.send(ask).await.problem(status);
    }
    let wanted = json!({"name": "a", "role": "admin"});
    for token in ["admin-of-acme", "viewer-of-all"] {
        let ask = TestRequest::post(TOKENS).json(&wanted).bearer(token);
        world.send(ask).await.problem(403);
    }
}

#[tokio::test]
async fn what_another_process_revoked_opens_nothing_a_minute_later() {
    let (one, queues) = cloud().await;
    let other = one.another(Some(&queues));
    let token = "operator-of-acme";
    let call = || one.send(TestRequest::get("/api/v1/communities").bearer(token));
    let browser = one.browser_of(token).await;
    assert_eq!(call().await.status, StatusCode::OK);
    let revoke = TestRequest::new("DELETE", &format!("{TOKENS}/{token}")).bearer(TOKEN);
    assert_eq!(other.send(revoke).await.status, StatusCode::NO_CONTENT);
    one.clock.later(SignedDuration::from_mins(1));
    call().await.problem(401);
    assert_eq!(browser.open("/").await.header("location"), "/sign-in");
    // The owner's is none of them.
    one.api("/communities").await;
}

#[tokio::test]
async fn once_the_owner_has_another_token_their_links_and_sessions_open_nothing() {
    let world = ConsoleWorld::empty().await;
    let link = world.access.sign_in_path().await.unwrap();
    let link = link.split_once('=').unwrap().1;
    let by_link = world.browser().await;
    let by_token = world.browser_of(TOKEN).await;
    let of_owner = |token: &'static str| {
        let entrances = AuthenticationOptions {
            owner: Some(Arc::new(Fixed(token))),
            ..AuthenticationOptions::default()
        };
        Authenticator::by(entrances, &world.app)
    };
    let (same, changed) = (
        of_owner(TOKEN),
        of_owner("71d05be8f3c94a26e8b10f7d5c62a934"),
    );
    for browser in [&by_link, &by_token] {
        let id = browser.cookie.split_once('=').unwrap().1;
        assert!(same.session(id).await.unwrap().is_some());
        assert!(changed.session(id).await.unwrap().is_none());
    }
    assert!(changed.redeem(link).await.unwrap().is_none());
}
