//! What the members of groups take in the table, and that lists and sizes are true whenever it is folded.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_domain::group::GroupName;
use attendee_sync_testkit::world::{World, acme, crowd, person};
use serde_json::{Value, json};

/// People who are in six groups each.
fn in_six_groups(count: usize) -> Vec<Value> {
    let mut feed = crowd(count);
    for record in &mut feed {
        let groups = json!([
            "Regular",
            "Lunch",
            "Track A",
            "Track B",
            "Party",
            "3#Regular"
        ]);
        record.as_object_mut().unwrap()["groups"] = groups;
    }
    feed
}

/// The items of the community but for its users, and those of the journal among them.
fn items_beside_users(world: &World) -> (usize, usize) {
    let items = world.line.items();
    let beside = items
        .iter()
        .filter(|item| item.pk.starts_with("C#") && !item.pk.contains("#U#"));
    let journal = beside.clone().filter(|item| item.pk == "C#acme#MJ");
    (
        beside.count(),
        journal.filter(|item| item.sk.starts_with("J#")).count(),
    )
}

#[tokio::test]
async fn a_first_sync_stores_no_item_for_a_person_and_group_and_folds_their_journal() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed(in_six_groups(3_000));
    world.sync("devcon").await;
    let (items, journal) = items_beside_users(&world);
    assert!(items < 40, "{items}");
    assert_eq!(journal, 0);
    let sizes =
        "3#Regular: 3000, Lunch: 3000, Party: 3000, Regular: 3000, Track A: 3000, Track B: 3000";
    assert_eq!(world.groups().await, sizes);
    let name = GroupName::parse("Track A").unwrap();
    let (mut found, mut after) = (0, None);
    loop {
        let page = world.app.members(&acme(), &name, after, 700).await;
        let (members, next) = page.unwrap().unwrap();
        found += members.len();
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, 3_000);

    let quiet = world.line.writes();
    world.sync("devcon").await;
    assert_eq!(world.line.writes() - quiet, 4, "a quiet run folds nothing");
    // A few people change: what is in the pages stays, and what changed is in the journal.
    let mut feed = in_six_groups(3_000);
    for record in feed.iter_mut().take(30) {
        record.as_object_mut().unwrap()["groups"] = json!(["Regular", "Speakers"]);
    }
    world.feed(feed);
    world.sync("devcon").await;
    let (_, journal) = items_beside_users(&world);
    assert!(journal > 0);
    let sizes = "3#Regular: 2970, Lunch: 2970, Party: 2970, Regular: 3000, Speakers: 30, Track A: 2970, Track B: 2970";
    assert_eq!(world.groups().await, sizes);
}

#[tokio::test]
async fn edits_by_hand_are_folded_once_there_are_many() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed(vec![person("ada"), person("bo")]);
    world.sync("devcon").await;
    let vip = GroupName::parse("VIP").unwrap();
    let ada = "ada@example.org".parse().unwrap();
    for _ in 0..130 {
        world.app.grant(&acme(), &vip, &ada).await.unwrap();
        assert_eq!(world.groups().await, "Regular: 2, VIP: 1");
        world.app.revoke(&acme(), &vip, &ada).await.unwrap();
    }
    let (_, journal) = items_beside_users(&world);
    assert!(journal < 10, "{journal}");
    assert_eq!(world.groups().await, "Regular: 2, VIP: 0");
}
