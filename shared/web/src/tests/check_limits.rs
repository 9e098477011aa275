//! Checks of sources are a few at a time in a community.

use std::time::Duration;

use axum::http::StatusCode;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::SignedDuration;
use serde_json::json;
use tokio::time::timeout;

use super::cloud::cloud;
use super::world::{ConsoleWorld, IN_CLOUD, TOKEN, TestRequest, TestResponse, document, person};
use crate::check_places::{CheckKind, CheckPlaces};

fn trial() -> TestRequest {
    TestRequest::post("/api/v1/events/devcon/configuration/test").json(&document())
}

fn preview() -> TestRequest {
    TestRequest::post("/api/v1/events/devcon/runs").json(&json!({"mode": "preview"}))
}

fn doctor() -> TestRequest {
    TestRequest::post("/api/v1/events/devcon/doctor").bearer(TOKEN)
}

fn assert_refused(answer: &TestResponse) {
    let problem = answer.problem(429);
    assert_eq!(problem["type"], "urn:attendee-sync:problem:too-many-checks");
    assert_eq!(answer.header("retry-after"), "5");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("try again"), "{detail}");
}

#[tokio::test]
async fn the_third_check_of_a_community_is_refused_until_one_is_over() {
    for checks in [
        [trial(), trial(), trial()],
        [preview(), trial(), doctor()],
        [doctor(), preview(), preview()],
    ] {
        let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
        world.hold();
        let mut asked: FuturesUnordered<_> =
            checks.into_iter().map(|check| world.send(check)).collect();
        let first = timeout(Duration::from_secs(30), asked.next()).await;
        let first = first.expect("one of three is refused while the source is slow");
        assert_refused(&first.unwrap());
        world.release();
        while let Some(answer) = asked.next().await {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        }
        assert_eq!(world.send(trial()).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn pages_say_why_there_is_no_further_check() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let browser = world.browser().await;
    world.hold();
    let events = ["devcon", "second"];
    let mut second = document();
    second["event"] = json!("second");
    let put = TestRequest::put("/api/v1/events/second/configuration").json(&second);
    assert_eq!(world.send(put).await.status, StatusCode::CREATED);
    for event in events {
        let path = format!("/events/{event}/doctor");
        let begun = browser.submit(&path, &[]).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    }
    // Who looks at one that is under way needs no place.
    let joined = browser.submit("/events/devcon/doctor", &[]).await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.body);
    let preview = browser.submit("/events/devcon/preview", &[]);
    let preview = timeout(Duration::from_secs(30), preview).await;
    let preview = preview.expect("a preview beside two checks is refused");
    assert_eq!(preview.status, StatusCode::TOO_MANY_REQUESTS);
    let why = "already runs two previews, connection tests or feed checks";
    assert!(preview.body.contains(why), "{}", preview.body);
    world.release();
}

#[tokio::test]
async fn the_processes_of_the_cloud_share_the_places_of_a_community() {
    let (one, queues) = cloud().await;
    let other = one.another(Some(&queues));
    let acme = "acme".parse().unwrap();
    let there = CheckPlaces::new(&other.app, IN_CLOUD);
    let first = there.take(&acme, CheckKind::Feed).await.unwrap();
    let _second = there.take(&acme, CheckKind::Feed).await.unwrap();
    assert_refused(&one.send(trial()).await);
    assert_refused(&one.send(preview()).await);
    assert_refused(&one.send(doctor()).await);
    there.give_back(first).await;
    for _ in 0..3 {
        assert_eq!(one.send(trial()).await.status, StatusCode::OK);
    }
    // A process that ended without giving its place back holds it for no longer than a request lives.
    let _third = there.take(&acme, CheckKind::Feed).await.unwrap();
    assert_refused(&one.send(trial()).await);
    one.clock.later(SignedDuration::from_secs(30));
    assert_eq!(one.send(trial()).await.status, StatusCode::OK);
}
