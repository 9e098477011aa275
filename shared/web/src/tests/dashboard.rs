//! The dashboard: the events that need somebody come first.

use serde_json::json;

use super::world::{ConsoleWorld, TOKEN, TestRequest, document, person};

/// The events of a page, in its order.
fn order(page: &str) -> Vec<&str> {
    let rows = page.split("<th scope=\"row\"><a href=\"/events/").skip(1);
    rows.filter_map(|row| row.split(['"', '/']).next())
        .collect()
}

async fn event(world: &ConsoleWorld, id: &str, name: &str, schedule: &str) {
    let mut event = document();
    event["event"] = json!(id);
    event["name"] = json!(name);
    event["schedule"] = json!({"auto_sync": schedule});
    let path = format!("/api/v1/events/{id}/configuration");
    let made = world.send(TestRequest::put(&path).json(&event)).await;
    assert!(made.status.is_success(), "{}", made.body);
}

async fn sync(world: &ConsoleWorld, id: &str) {
    let path = format!("/api/v1/events/{id}/runs");
    let begun = world
        .send(TestRequest::post(&path).json(&json!({"mode": "sync"})))
        .await;
    assert!(begun.status.is_success(), "{}", begun.body);
    let event = id.parse().unwrap();
    while world.app.run_under_way(&event).await.unwrap().is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_fails_comes_first_then_what_waits_then_what_is_overdue() {
    // `devcon` has a run that holds removals.
    let world = ConsoleWorld::held().await;
    for (id, name, schedule) in [
        ("a-fine", "A fine event", "off"),
        ("b-late", "B is late", "hourly"),
        ("z-fails", "Z fails", "off"),
    ] {
        event(&world, id, name, schedule).await;
        sync(&world, id).await;
    }
    world.clock.later(jiff::SignedDuration::from_hours(3));
    world.source_fails("the source answered 503");
    sync(&world, "z-fails").await;
    let browser = world.browser().await;
    let page = browser.page("/").await;
    assert_eq!(
        order(&page),
        ["z-fails", "devcon", "b-late", "a-fine"],
        "{page}"
    );
    for text in [
        "Every sync has failed since 1 Nov 2026",
        "<summary>Why",
        "The source answered 503.",
        "Run 2 waits for your decision",
        "Overdue",
        "Of the last 2 runs, 1 read the source",
        "Failing (1)",
        "Fine (1)",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for (query, events) in [
        ("?state=failing", vec!["z-fails"]),
        ("?state=held", vec!["devcon"]),
        ("?state=overdue", vec!["b-late"]),
        ("?search=LATE", vec!["b-late"]),
        ("?search=fine&state=well&community=acme", vec!["a-fine"]),
        ("?search=fine&state=failing", vec![]),
        ("?community=globex", vec![]),
    ] {
        let page = browser.page(&format!("/{query}")).await;
        assert_eq!(order(&page), events, "{query}: {page}");
    }
    assert!(
        browser
            .page("/?search=none")
            .await
            .contains("No events match.")
    );
}

#[tokio::test]
async fn the_help_desk_comes_from_there_to_its_search_and_to_nothing_else() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let page = world.browser_of("helpdesk-of-acme").await.page("/").await;
    assert!(page.contains("href=\"/events/devcon/help-desk\""), "{page}");
    for gone in [
        "href=\"/events/devcon\"",
        "/runs/",
        "/audit",
        "Sync attendees now",
        "Add an event",
    ] {
        assert!(!page.contains(gone), "{gone}: {page}");
    }
    let page = world.browser_of(TOKEN).await.page("/").await;
    assert!(
        page.contains("class=\"number\">1</td>") || page.contains(">about 1<"),
        "{page}"
    );
}

#[tokio::test]
async fn three_hundred_events_are_ordered_on_one_page() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    for number in 0..300 {
        event(
            &world,
            &format!("event-{number:03}"),
            &format!("Event {number:03}"),
            "off",
        )
        .await;
    }
    world.source_fails("away");
    sync(&world, "event-299").await;
    let page = world.browser().await.page("/").await;
    let shown = order(&page);
    assert_eq!(
        (shown.len(), shown[0], shown[1]),
        (301, "event-299", "devcon")
    );
}

#[tokio::test]
async fn a_sync_under_way_says_how_far_it_has_read_where_one_read_all_before() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    let browser = world.browser().await;
    let begin = async || {
        world.hold();
        browser.submit("/events/devcon/runs", &[]).await;
        let page = browser.page("/events/devcon").await;
        let progress = browser.page("/events/devcon/progress").await;
        (
            page,
            serde_json::from_str::<serde_json::Value>(&progress).unwrap(),
        )
    };
    let (page, progress) = begin().await;
    assert!(
        page.contains("<progress aria-label=\"In progress\" max=\"100\">"),
        "{page}"
    );
    assert_eq!(progress["percent"], json!(null), "{progress}");
    world.release();
    world.settled().await;
    let (page, progress) = begin().await;
    assert!(
        page.contains("max=\"100\" value=\"0\"") && page.contains("last whole read"),
        "{page}"
    );
    assert_eq!(progress["percent"], json!(0), "{progress}");
    world.release();
    world.settled().await;
}
