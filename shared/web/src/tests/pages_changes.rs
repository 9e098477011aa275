//! How the page of a run tells its changes.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{Browser, ConsoleWorld, person};

const RUN: &str = "/events/devcon/runs/2";

fn people(count: usize) -> Vec<Value> {
    (1..=count).map(|id| person(id, "Ada")).collect()
}

/// The ticket of the first goes to somebody else, who has a name of their own.
fn ticket_moves(world: &ConsoleWorld) {
    let mut all = people(30);
    all[0]["email"] = json!("zoe@example.org");
    all[0]["first"] = json!("Zo\u{eb}");
    world.registered(all);
}

async fn previewed(browser: &Browser<'_>) -> String {
    let answer = browser.submit("/events/devcon/preview", &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn a_ticket_that_moved_is_told_with_both_people_until_one_is_erased() {
    let world = ConsoleWorld::with(people(30)).await;
    world.sync().await;
    let browser = world.browser().await;
    ticket_moves(&world);
    let page = previewed(&browser).await;
    let planned =
        "Would move from <bdi>Ada Doe (p1@example.org)</bdi> to <bdi>zoe@example.org</bdi>.";
    assert!(page.contains(planned), "{page}");
    world.sync().await;
    let page = browser.page(RUN).await;
    let moved = "Moved from <bdi>Ada Doe (p1@example.org)</bdi> to <bdi>Zo\u{eb} Doe (zoe@example.org)</bdi>.";
    assert!(page.contains(moved), "{page}");
    let changes = world.api("/runs/devcon.2/changes?action=moved").await;
    let zoe = world.api("/events/devcon/attendees/zoe@example.org").await;
    assert_eq!(changes["items"][0]["moved_to"], zoe["person"]);

    let community = "acme".parse().unwrap();
    let address = "zoe@example.org".parse().unwrap();
    let erased = world.app.erase_user(&community, &address);
    erased.await.unwrap();
    let page = browser.page(RUN).await;
    assert!(!page.contains("zoe@example.org"), "{page}");
    assert!(
        page.contains("the ticket now has another address."),
        "{page}"
    );
}

#[tokio::test]
async fn whoever_was_added_is_a_line_with_their_name() {
    let world = ConsoleWorld::with(people(1)).await;
    world.sync().await;
    let page = world.browser().await.page("/events/devcon/runs/1").await;
    let name =
        "<th scope=\"row\"><bdi>Ada Doe</bdi> <span class=\"who\">p1@example.org</span></th>";
    assert!(page.contains(name), "{page}");
    assert!(
        page.contains("<details><summary>5 fields</summary>"),
        "{page}"
    );
    world.registered(vec![person(1, "Zo\u{eb}")]);
    world.sync().await;
    let page = world.browser().await.page(RUN).await;
    assert!(
        page.contains("<th scope=\"row\"><span class=\"who\">"),
        "{page}"
    );
    assert!(!page.contains("<details><summary>"), "{page}");
}

#[tokio::test]
async fn changes_that_wait_have_links_between_their_pages() {
    let world = ConsoleWorld::with(people(400)).await;
    world.sync().await;
    let mut all = people(400);
    for record in &mut all[..150] {
        record["canceled"] = json!(true);
    }
    world.registered(all);
    world.sync().await;
    let browser = world.browser().await;
    let page = browser.page(RUN).await;
    let next = "<nav class=\"pager\" aria-label=\"Pages of waiting changes\"><a href=\"/events/devcon/runs/2?held=1#held\">Next waiting changes</a></nav>";
    assert!(page.contains(next), "{page}");
    let page = browser.page(&format!("{RUN}?held=1")).await;
    let first = "<a href=\"/events/devcon/runs/2#held\">First waiting changes</a></nav>";
    assert!(page.contains(first), "{page}");
}
