//! What people see after they synced one person.

use axum::http::StatusCode;
use serde_json::json;

use super::world::{Browser, ConsoleWorld, person};

/// Syncs one person by the form; gives the page it leads to.
async fn sync_one(world: &ConsoleWorld, browser: &Browser<'_>, email: &str) -> String {
    let answer = browser
        .submit("/events/devcon/runs", &[("email", email)])
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = answer.header("location").to_owned();
    assert!(!page.contains('@') && !page.contains("%40"), "{page}");
    world.settled().await;
    browser.page(&page).await
}

#[tokio::test]
async fn what_changed_of_one_person_is_shown_field_by_field() {
    let world = ConsoleWorld::with(vec![person(1, "Ada"), person(2, "Bob")]).await;
    let browser = world.browser().await;
    let added = sync_one(&world, &browser, "P2@example.org").await;
    for text in [
        "Added to the event.",
        "Bob Doe",
        "<ins dir=\"auto\">Bob</ins>",
        ">Attending</span>",
    ] {
        assert!(added.contains(text), "{text}: {added}");
    }
    world.registered(vec![person(1, "Ada"), person(2, "Rob")]);
    let updated = sync_one(&world, &browser, "p2@example.org").await;
    for text in [
        "Updated.",
        "Rob Doe",
        "<del dir=\"auto\">Bob</del>",
        "<ins dir=\"auto\">Rob</ins>",
    ] {
        assert!(updated.contains(text), "{text}: {updated}");
    }
    assert!(!updated.contains("p1@example.org"));
}

#[tokio::test]
async fn where_nothing_changed_their_state_is_shown() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let browser = world.browser().await;
    let page = sync_one(&world, &browser, "p1@example.org").await;
    for text in [
        "Nothing changed: the event already has the data of the source.",
        "Ada Doe",
        ">Attending</span>",
        "Example Ltd",
        "Speakers",
        "last changed",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

#[tokio::test]
async fn that_the_source_has_no_such_record_is_said() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let browser = world.browser().await;
    let nobody = sync_one(&world, &browser, "nobody@example.org").await;
    for text in [
        "Nothing changed: the source has no record with this e-mail address, or a rule ignores it",
        "Nobody with this address is in the event.",
    ] {
        assert!(nobody.contains(text), "{text}: {nobody}");
    }
    // They are gone from the feed, and stays in the event.
    world.registered(Vec::new());
    let gone = sync_one(&world, &browser, "p1@example.org").await;
    for text in ["the source has no record", "Ada Doe", ">Attending</span>"] {
        assert!(gone.contains(text), "{text}: {gone}");
    }
}

#[tokio::test]
async fn what_there_is_to_say_about_their_record_is_said() {
    let mut wordy = person(1, "Ada");
    wordy["company"] = json!("x".repeat(251));
    let world = ConsoleWorld::with(vec![wordy, person(2, "Bob")]).await;
    let browser = world.browser().await;
    let page = sync_one(&world, &browser, "p1@example.org").await;
    for text in ["Added to the event.", "250 characters", ">Warning</span>"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    world.source_fails("the source answered 500");
    let failed = sync_one(&world, &browser, "p1@example.org").await;
    for text in ["the source could not be read", "Ada Doe"] {
        assert!(failed.contains(text), "{text}: {failed}");
    }
}

#[tokio::test]
async fn one_person_waits_for_the_run_under_way() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let browser = world.browser().await;
    world.hold();
    browser.submit("/events/devcon/runs", &[]).await;
    let one = browser
        .submit("/events/devcon/runs", &[("email", "p1@example.org")])
        .await;
    assert_eq!(one.status, StatusCode::CONFLICT);
    assert!(one.body.contains("devcon.1"), "{}", one.body);
    world.release();
    world.settled().await;
}
