//! What people see of syncs that come by themselves.

use serde_json::json;

use super::world::{ConsoleWorld, document, person};

async fn hourly() -> ConsoleWorld {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let mut hourly = document();
    hourly["schedule"] = json!({"auto_sync": "hourly"});
    world.app.configure(&hourly).await.unwrap();
    world
}

#[tokio::test]
async fn the_next_syncs_are_told_in_the_events_time_zone() {
    let world = hourly().await;
    world.sync().await;
    let schedule = world.api("/events/devcon/schedule").await;
    let next = schedule["next"].as_array().unwrap();
    assert_eq!(next.len(), 5, "{schedule}");
    assert_eq!(schedule["auto_sync"], "hourly");
    assert_eq!(schedule["failing_since"], json!(null));
    let at = next[0]["at"].as_str().unwrap();
    let browser = world.browser().await;
    let page = browser.page("/events/devcon/configuration").await;
    assert!(page.contains("Next automatic syncs"), "{page}");
    assert!(
        page.contains(at) && page.contains(" CET</time> (in "),
        "{page}"
    );
    let events = browser.page("/").await;
    assert!(
        events.contains("next <time") && events.contains(at),
        "{events}"
    );
}

#[tokio::test]
async fn a_source_that_keeps_failing_is_shown_with_since_when_and_the_next_try() {
    let world = hourly().await;
    world.source_fails("page 1: the source failed (500 Internal Server Error)");
    world.sync().await;
    let browser = world.browser().await;
    for path in ["/events/devcon", "/events/devcon/groups"] {
        let page = browser.page(path).await;
        assert!(
            page.contains("Every sync has failed since 1 Nov 2026, 13:00:00 CET."),
            "{page}"
        );
        assert!(page.contains("The next attempt is <time"), "{page}");
    }
    assert!(
        browser
            .page("/")
            .await
            .contains("Every sync has failed since 1 Nov 2026")
    );
    world.registered(vec![person(1, "Ada")]);
    world.sync().await;
    assert!(!browser.page("/events/devcon").await.contains("has failed"));
}

#[tokio::test]
async fn an_event_without_a_schedule_says_that_it_has_none() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let page = world
        .browser()
        .await
        .page("/events/devcon/configuration")
        .await;
    assert!(page.contains("This event syncs only on request"), "{page}");
    assert!(!page.contains("Next automatic syncs"));
}
