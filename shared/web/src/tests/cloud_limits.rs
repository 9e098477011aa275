//! How long a request may take in the cloud, and what the wire there is.

use std::time::Duration;

use attendee_sync_testkit::queues::{Delivery, QueueStage};
use attendee_sync_testkit::waiting::pass;
use axum::http::StatusCode;
use serde_json::json;

use super::cloud::cloud;
use super::world::{ConsoleWorld, IN_CLOUD, ON_ONE_MACHINE, TOKEN, TestRequest, document, person};

const DOCTOR: &str = "/events/devcon/doctor";

/// A process of the cloud whose requests may take a moment, and a source that takes longer.
async fn in_a_hurry() -> ConsoleWorld {
    let queues = QueueStage::new(Delivery::Calm);
    let moment = Some(Duration::from_millis(20));
    let world = ConsoleWorld::in_cloud(&queues, moment).await;
    let world = world.configured(vec![person(1, "Ada")]).await;
    world.hold();
    world
}

#[tokio::test]
async fn what_takes_longer_than_a_request_may_is_a_problem_that_says_so() {
    let world = in_a_hurry().await;
    let devcon = "/api/v1/events/devcon";
    let preview = json!({"mode": "preview"});
    for (ask, says) in [
        (
            TestRequest::post(&format!("{devcon}/runs")).json(&preview),
            "too slow for a preview",
        ),
        (
            TestRequest::post(&format!("{devcon}/configuration/test")).json(&document()),
            "too long to respond",
        ),
        (
            TestRequest::post(&format!("{devcon}/doctor")).bearer(TOKEN),
            "too large or too slow for this check",
        ),
        (
            TestRequest::get(&format!("{devcon}/attendees/p1@example.org/source")).bearer(TOKEN),
            "source.one_person",
        ),
    ] {
        let problem = world.send(ask).await.problem(504);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{detail}");
    }
    let browser = world.browser_of(TOKEN).await;
    let preview = browser.submit("/events/devcon/preview", &[]).await;
    assert_eq!(preview.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(preview.body.contains("too slow for a preview"));
    let doctor = browser.submit(DOCTOR, &[]).await;
    assert_eq!(doctor.status, StatusCode::GATEWAY_TIMEOUT);
    let who = [("who", "p1@example.org")];
    let desk = browser
        .submit("/events/devcon/help-desk/source", &who)
        .await;
    assert_eq!(desk.status, StatusCode::SEE_OTHER, "{}", desk.body);
    let place = desk.header("location").replace("#source", "");
    let desk = browser.page(&place).await;
    assert!(desk.contains("takes too long to read"), "{desk}");
}

#[tokio::test]
async fn on_one_machine_a_request_takes_as_long_as_it_likes() {
    tokio::time::pause();
    let hour = || pass(Duration::from_hours(1));
    assert!(ON_ONE_MACHINE.wait_for_answer(hour(), "").await.is_ok());
    let begun = tokio::time::Instant::now();
    assert!(IN_CLOUD.wait_for_answer(hour(), "").await.is_err());
    // The gateway's 30 seconds, with room for what is around.
    assert!(begun.elapsed() < Duration::from_secs(28));
}

#[tokio::test]
async fn a_feed_is_examined_before_the_answer_and_known_to_the_next_process() {
    let (one, queues) = cloud().await;
    let browser = one.browser_of(TOKEN).await;
    assert!(browser.page(DOCTOR).await.contains("up to 22 seconds"));
    let answer = browser.submit(DOCTOR, &[]).await;
    assert_eq!(answer.header("location"), DOCTOR, "{}", answer.body);
    let other = one.another(Some(&queues));
    let there = other.signed_in(browser.cookie.clone()).await;
    let page = there.page(DOCTOR).await;
    assert!(page.contains("The event can be synced."), "{page}");
    assert!(!page.contains("Started 1 Nov"), "{page}");
    assert_eq!((one.readings(), other.readings()), (1, 0));
    other.clock.later(jiff::SignedDuration::from_hours(1));
    assert!(there.page(DOCTOR).await.contains("It changes nothing."));
}

#[tokio::test]
async fn wrong_tokens_are_counted_by_the_address_that_the_gateway_names() {
    let world = ConsoleWorld::empty().await;
    let (one, other) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    let sign_in = |token: &str, from| {
        let ask = TestRequest::post("/sign-in")
            .form(&[("token", token)])
            .from(from);
        // What a browser says of itself counts for nothing.
        world.send(ask.with("x-forwarded-for", "203.0.113.9"))
    };
    for _ in 0..10 {
        let wrong = sign_in("guess", one).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    }
    let refused = sign_in(TOKEN, one).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(sign_in(TOKEN, other).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn over_tls_the_cookie_is_secure_and_no_other_is_taken() {
    let world = ConsoleWorld::empty().await;
    let host = "console.example";
    let sign_in = |host: &str| {
        let ask = TestRequest::post("/sign-in").form(&[("token", TOKEN)]);
        world.send(ask.with("host", host))
    };
    let answer = sign_in(host).await;
    let cookie = answer.header("set-cookie").to_owned();
    assert!(
        cookie.starts_with("__Host-attendee_sync_session="),
        "{cookie}"
    );
    for part in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    let open = |cookie: &str| world.send(TestRequest::get("/").with("host", host).cookie(cookie));
    assert_eq!(open(pair).await.status, StatusCode::OK);
    let plain = pair.strip_prefix("__Host-").unwrap();
    assert_eq!(open(plain).await.header("location"), "/sign-in");
    // On this machine itself there is no TLS.
    let answer = sign_in("127.0.0.1:8080").await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("attendee_sync_session="), "{cookie}");
    assert!(!cookie.contains("Secure"), "{cookie}");
    let (world, _) = cloud().await;
    let ask = TestRequest::post("/sign-in").form(&[("token", TOKEN)]);
    let answer = world.send(ask).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-") && cookie.ends_with("; Secure"));
}
