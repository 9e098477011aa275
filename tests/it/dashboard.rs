//! What the list of events reads of the table.

use attendee_sync_app::{DashboardFilter, EventHealth};
use attendee_sync_domain::authority::Authority;
use attendee_sync_testkit::world::{World, person};
use serde_json::json;

#[tokio::test]
async fn a_list_of_three_hundred_events_reads_two_items_of_each() {
    const EVENTS: u64 = 300;
    let world = World::new();
    world.feed(vec![person("ada")]);
    for number in 0..EVENTS {
        world.configure(&format!("event-{number}"), json!({})).await;
    }
    world.sync("event-7").await;
    world.line.meter.begin();
    let all = DashboardFilter::default();
    let shown = world.app.dashboard(&Authority::owner(), &all).await;
    let shown = shown.unwrap();
    let usage = world.line.meter.read();
    let requests: u64 = usage.requests.values().sum();
    assert_eq!((shown.events.len() as u64, shown.is_cut), (EVENTS, false));
    assert!(
        shown
            .events
            .iter()
            .all(|one| one.health == EventHealth::Well)
    );
    // Beside them the list of communities, and of the events of each.
    assert!(requests <= 2 * EVENTS + 3, "{usage:?}");
}
