//! What people see of the source doctor.

use axum::http::StatusCode;
use serde_json::json;

use super::world::{ConsoleWorld, TestRequest, document, person};

const DOCTOR: &str = "/events/devcon/doctor";

/// Waits until no examination is under way; gives the page.
async fn known_diagnosis(world: &ConsoleWorld) -> String {
    let browser = world.browser().await;
    loop {
        let page = browser.page(DOCTOR).await;
        if !page.contains("Started 1 Nov") {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_whole_feed_is_checked_in_the_background_and_a_second_click_joins() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(1, "Ada")]).await;
    let browser = world.browser().await;
    let offered = browser.page("/events/devcon/configuration").await;
    assert!(offered.contains("Check the whole feed"), "{offered}");
    assert!(browser.page(DOCTOR).await.contains("It changes nothing."));
    world.hold();
    for _ in 0..2 {
        let answer = browser.submit(DOCTOR, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(answer.header("location"), DOCTOR);
    }
    let page = browser.page(DOCTOR).await;
    for text in [
        "Started 1 Nov 2026, 13:00:00 CET",
        "data-progress=\"/events/devcon/doctor/progress\"",
        "<noscript><meta http-equiv=\"refresh\"",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let progress = browser.open("/events/devcon/doctor/progress").await.json();
    assert_eq!(
        progress,
        json!({"under_way": true, "figures": {"elapsed": "0.0 s"}})
    );
    world.release();
    let page = known_diagnosis(&world).await;
    assert_eq!(world.readings(), 1);
    for text in [
        "The event can be synced.",
        "Nothing was changed.",
        "1 notice</h2>",
        "1 e-mail address is shared by 2 records",
        "title=\"1 Nov 2026, 13:00:00 CET\"",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("http-equiv") && !page.contains("p1@example.org"));
    assert_eq!(world.api("/events/devcon/runs").await["items"], json!([]));
    let progress = browser.open("/events/devcon/doctor/progress").await.json();
    assert_eq!(progress, json!({"under_way": false}));
}

#[tokio::test]
async fn findings_are_grouped_by_how_much_they_matter() {
    let people = (1..=3).map(|id| person(id, "Ada"));
    let nameless = json!({"id": "T-9", "email": "p9@gmial.com", "last": "Doe"});
    let slip = json!({"id": "T-8", "email": "p8@gmial.com", "first": "Bo", "last": "Doe"});
    let world = ConsoleWorld::with(people.chain([nameless, slip]).collect()).await;
    let browser = world.browser().await;
    browser.submit(DOCTOR, &[]).await;
    let page = known_diagnosis(&world).await;
    for text in [
        "some records would be rejected",
        "1 error</h2>",
        "4 (T-9)",
        "1 warning</h2>",
        "probably gmail.com was meant",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let mut changed = document();
    changed["name"] = json!("Renamed");
    let put = TestRequest::put("/api/v1/events/devcon/configuration").json(&changed);
    assert_eq!(world.send(put).await.status, StatusCode::OK);
    let later = browser.page(DOCTOR).await;
    assert!(
        later.contains("The configuration has changed since this check."),
        "{later}"
    );
}

#[tokio::test]
async fn that_the_source_fails_is_the_first_finding() {
    let world = ConsoleWorld::with(Vec::new()).await;
    world.source_fails("the source answered 401 Unauthorized; check its credential");
    let browser = world.browser().await;
    browser.submit(DOCTOR, &[]).await;
    let page = known_diagnosis(&world).await;
    for text in [
        "Correct the errors below before you sync the event.",
        "The source answered 401 Unauthorized; check its credential.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}
