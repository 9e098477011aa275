//! Guards at any size of event: people who are merely missing, and the list of another event.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_app::SyncScope;
use attendee_sync_domain::run::{Run, RunState};
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::{Value, json};

async fn event(records: &[Value], change: Value) -> World {
    let world = World::new();
    world.configure("devcon", change).await;
    world.feed(records.to_vec());
    world.sync("devcon").await;
    world
}

async fn attending(world: &World) -> usize {
    let state = world.state("devcon").await;
    let attends = |line: &&str| line.contains(" attending ");
    state.lines().filter(attends).count()
}

/// A run after which so many of a crowd are left in the feed.
async fn left(of: usize, left: usize) -> (World, Run) {
    let everyone = crowd(of);
    let world = event(&everyone, json!({"missing": "remove_attendee"})).await;
    world.feed(everyone.iter().take(left).cloned().collect());
    let run = world.try_sync("devcon").await.unwrap();
    assert!(run.counts.add_up(), "{:?}", run.counts);
    (world, run)
}

#[tokio::test]
async fn most_people_of_a_small_event_are_not_taken_out_for_being_missing() {
    for (of, stay, is_held) in [
        (4, 1, true),
        (5, 2, true),
        (2, 1, false),
        (3, 1, false),
        (4, 2, false),
        (12, 6, false),
    ] {
        let (world, run) = left(of, stay).await;
        let state = if is_held {
            RunState::Held
        } else {
            RunState::Succeeded
        };
        assert_eq!(run.state, state, "{stay} of {of}: {run:?}");
        let expected = if is_held { of } else { stay };
        assert_eq!(attending(&world).await, expected, "{stay} of {of}");
    }
}

#[tokio::test]
async fn what_was_approved_is_counted_as_what_it_was() {
    let (world, run) = left(5, 1).await;
    assert_eq!(
        run.reason.as_deref(),
        Some(
            "4 of 5 attendees are missing from the source and would be removed; check that it still sends the whole list; the changes of 4 people wait for approval"
        )
    );
    assert_eq!((run.counts.unchanged, run.counts.missing_removed), (1, 0));
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!(approved.state, RunState::Succeeded, "{approved:?}");
    let counts = &approved.counts;
    assert_eq!((counts.unchanged, counts.missing_removed), (1, 4));
    assert!(counts.add_up(), "{counts:?}");
    assert_eq!(attending(&world).await, 1);
}

#[tokio::test]
async fn a_preview_says_that_missing_people_would_be_held() {
    let everyone = crowd(4);
    let world = event(&everyone, json!({"missing": "remove_attendee"})).await;
    world.feed(everyone[..1].to_vec());
    let devcon = "devcon".parse().unwrap();
    let preview = world.app.preview(&devcon, SyncScope::Everyone);
    let reason = preview.await.unwrap().run.reason.unwrap_or_default();
    assert!(reason.contains("3 of 4 attendees are missing"), "{reason}");
}

#[tokio::test]
async fn a_rule_takes_all_of_a_small_event_out() {
    let everyone = crowd(4);
    let world = event(&everyone, json!({})).await;
    let cancel = |record: &Value| with(record.clone(), json!({"cancelled": true}));
    world.feed(everyone.iter().map(cancel).collect());
    assert_eq!(world.sync("devcon").await.counts.removed, 4);
}

#[tokio::test]
async fn the_list_of_another_event_waits_where_the_event_has_a_limit() {
    let everyone = crowd(20);
    let limited = json!({"guards": {"additions_percent": 60}});
    let world = event(&everyone, limited).await;
    assert_eq!(attending(&world).await, 20, "the first sync adds anybody");
    let others = |count: usize| (0..count).map(|at| person(&format!("other{at:02}")));
    world.feed(everyone.iter().cloned().chain(others(12)).collect());
    assert_eq!(world.sync("devcon").await.counts.added, 12);

    world.feed(everyone.iter().cloned().chain(others(40)).collect());
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Held, "{run:?}");
    assert!(
        run.reason
            .as_deref()
            .unwrap()
            .contains("28 people would be added to 32 attendees"),
        "{run:?}"
    );
    assert_eq!((run.counts.added, attending(&world).await), (0, 32));
    assert!(run.counts.add_up(), "{:?}", run.counts);
    let approved = world.app.approve(&run.id).await.unwrap();
    assert_eq!((approved.counts.added, attending(&world).await), (28, 60));
    assert!(approved.counts.add_up(), "{:?}", approved.counts);
}
