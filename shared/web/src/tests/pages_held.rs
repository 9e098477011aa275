//! What people see of changes that a guard holds, and decide about them.

use axum::http::StatusCode;
use serde_json::json;

use super::world::{ConsoleWorld, person};

const RUN: &str = "/events/devcon/runs/2";

#[tokio::test]
async fn a_held_run_says_why_what_waits_and_what_each_button_does() {
    let world = ConsoleWorld::held().await;
    let browser = world.browser().await;
    let page = browser.page(RUN).await;
    for text in [
        "Run 2 waits for your decision</h2>",
        "12 of 30 attendees would be removed from the event. More than 20 % needs your approval.",
        "Applying removes 12 people from the event.",
        "Apply these 12 changes</button>",
        "Discarding changes nothing.",
        "Discard these 12 changes</button>",
        "p12@example.org",
        ">Remove</span>",
        "No changes so far.",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for path in [
        "/events/devcon",
        "/events/devcon/groups",
        "/events/devcon/runs",
    ] {
        let page = browser.page(path).await;
        assert!(page.contains("Run 2 waits for your decision."), "{path}");
        assert!(page.contains("href=\"/events/devcon/runs/2\""), "{path}");
    }
    let runs = browser.page("/events/devcon/runs").await;
    assert!(runs.contains("<span class=\"state held\">Held</span>"));
    assert!(browser.page("/").await.contains("wait for your decision"));
    let first = browser.page("/events/devcon/runs/1").await;
    assert!(!first.contains("Apply these"));
}

#[tokio::test]
async fn what_is_approved_is_applied_and_the_page_says_so() {
    let world = ConsoleWorld::held().await;
    let browser = world.browser().await;
    // The second click does no harm.
    for _ in 0..2 {
        let answer = browser.submit(&format!("{RUN}/approve"), &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        assert_eq!(answer.header("location"), RUN);
    }
    world.settled().await;
    let page = browser.page(RUN).await;
    assert!(page.contains("12 removals approved."), "{page}");
    assert!(page.contains(">Removed</span>") && !page.contains("Apply these"));
    let attendees = browser.page("/events/devcon?status=removed").await;
    assert!(attendees.contains("p12@example.org"));
    assert!(!attendees.contains("waits for your decision"));
}

#[tokio::test]
async fn an_approval_under_way_can_be_followed_though_a_newer_run_failed() {
    let world = ConsoleWorld::held().await;
    world.source_fails("the source answered 500");
    world.sync().await;
    let browser = world.browser().await;
    let run = "devcon.2".parse().unwrap();
    let started = world.app.begin_approval(&run).await.unwrap();
    let page = browser.page(RUN).await;
    assert!(page.contains("Applying the approved changes"), "{page}");
    let progress = browser.open("/events/devcon/progress").await.json();
    assert_eq!(progress["run"], "devcon.2");
    for path in ["/", "/events/devcon"] {
        let page = browser.page(path).await;
        assert!(!page.contains("waits for your decision"), "{path}: {page}");
    }
    let preview = browser.submit("/events/devcon/preview", &[]).await;
    assert_eq!(preview.status, StatusCode::CONFLICT);
    world.app.finish(started).await.unwrap();
    let page = browser.page(RUN).await;
    assert!(page.contains("12 removals approved."));
}

#[tokio::test]
async fn what_is_discarded_is_gone_and_the_page_says_so() {
    let world = ConsoleWorld::held().await;
    let browser = world.browser().await;
    for decision in ["discard", "discard", "approve"] {
        let answer = browser.submit(&format!("{RUN}/{decision}"), &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    let page = browser.page(RUN).await;
    assert!(
        page.contains("12 removals discarded. Nobody was changed."),
        "{page}"
    );
    let removed = browser.page("/events/devcon?status=removed").await;
    assert!(removed.contains("Nobody was removed from this event."));
}

#[tokio::test]
async fn a_decision_while_another_run_is_under_way_names_it() {
    let world = ConsoleWorld::held().await;
    let browser = world.browser().await;
    world.hold();
    browser.submit("/events/devcon/runs", &[]).await;
    for decision in ["approve", "discard"] {
        let answer = browser.submit(&format!("{RUN}/{decision}"), &[]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.body.contains("devcon.3"), "{}", answer.body);
    }
    world.release();
    world.settled().await;
    let older = browser.page(RUN).await;
    assert!(
        older.contains("a newer run checked the same people"),
        "{older}"
    );
    assert!(older.contains("Run 3 waits for your decision."));
}

#[tokio::test]
async fn a_run_that_waits_is_named_after_a_newer_one_failed() {
    let world = ConsoleWorld::held().await;
    let browser = world.browser().await;
    world.source_fails("the source answered 500");
    world.sync().await;
    for path in ["/", "/events/devcon"] {
        let page = browser.page(path).await;
        assert!(
            page.contains("Run 2 waits for your decision"),
            "{path}: {page}"
        );
    }
}

#[tokio::test]
async fn a_run_that_holds_nobody_asks_for_attention_alone() {
    let people = (1..=20).map(|id| person(id, "Ada"));
    let nameless = (21..=60).map(|id| json!({"email": format!("p{id}@example.org")}));
    let world = ConsoleWorld::with(people.chain(nameless).collect()).await;
    world.sync().await;
    let browser = world.browser().await;
    let page = browser.page("/events/devcon/runs/1").await;
    for text in [
        "Run 1 needs your attention",
        "40 of 60 records were rejected.",
        "none of them removes anything",
        "Mark as seen</button>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Apply these"));
    browser.submit("/events/devcon/runs/1/discard", &[]).await;
    let page = browser.page("/events/devcon/runs/1").await;
    assert!(!page.contains("needs your attention"), "{page}");
}

#[tokio::test]
async fn a_preview_says_that_a_sync_would_be_held() {
    let world = ConsoleWorld::held().await;
    let browser = world.browser().await;
    let preview = browser.submit("/events/devcon/preview", &[]).await;
    for text in [
        "A sync now would wait for your decision.",
        "12 of 30 attendees would be removed",
        "The changes of 12 people would wait for your approval. All other changes would be applied.",
    ] {
        assert!(preview.body.contains(text), "{text}: {}", preview.body);
    }
}

#[tokio::test]
async fn a_run_says_how_much_of_the_feed_it_read() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    world.not_modified();
    world.sync().await;
    let browser = world.browser().await;
    let page = browser.page("/events/devcon/runs/2").await;
    for text in [
        "nothing new in",
        "The source reports no changes since the last run, so nothing was read.",
        "Not needed",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let run = world.api("/runs/devcon.2").await;
    assert_eq!(run["extent"], "not_modified");
}
