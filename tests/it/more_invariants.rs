//! More of the invariants: what feeds that end early, crashes and triggers at the same moment may
//! not do.

#![expect(clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::sync::Arc;

use attendee_sync_app::SyncScope;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::{Counts, RunState};
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::{Value, json};

/// A world with the event `devcon` of three people.
async fn three() -> World {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed(vec![person("ada"), person("bo"), person("cy")]);
    world.sync("devcon").await;
    world
}

/// A feed that takes two people out, one of them for good, and brings a new one.
fn that_takes_people_out() -> Vec<Value> {
    vec![
        with(person("ada"), json!({"cancelled": true})),
        with(person("bo"), json!({"erased": true})),
        person("zoe"),
    ]
}

#[tokio::test]
async fn a_feed_that_is_cut_off_takes_nobody_out() {
    let world = three().await;
    world.feed_cut_off(that_takes_people_out());
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!((run.state, run.complete), (RunState::Failed, false));
    assert_eq!((run.counts.removed, run.counts.erased), (0, 0));
    assert_eq!(run.counts.records_read, 3);
    assert!(run.counts.add_up(), "{:?}", run.counts);
    let state = world.state("devcon").await;
    assert_eq!(state.matches("attending").count(), 4, "{state}");

    // The whole feed does.
    world.feed(that_takes_people_out());
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.removed, run.counts.erased), (2, 1));
}

#[tokio::test]
async fn a_feed_with_too_many_records_takes_nobody_out() {
    let world = three().await;
    let source = json!({
        "url": "https://registration.example.org/",
        "limits": {"max_records": 3},
    });
    world.configure("devcon", json!({"source": source})).await;
    let mut feed = that_takes_people_out();
    feed.push(person("one-more"));
    world.feed(feed);
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Failed);
    assert_eq!((run.counts.removed, run.counts.erased), (0, 0));
    assert_eq!(run.counts.records_read, 3);
    let state = world.state("devcon").await;
    assert_eq!(state.matches("attending").count(), 4, "{state}");
}

/// A feed that adds, updates, removes and erases, in several batches.
fn of_many_changes() -> Vec<Value> {
    let mut feed = crowd(230);
    for number in [3, 70, 110] {
        feed[number]["company"] = json!("Hooli");
    }
    feed[5]["cancelled"] = json!(true);
    feed[7]["erased"] = json!(true);
    feed
}

#[tokio::test]
async fn runs_that_follow_a_crash_tell_the_whole_story() {
    let calm = World::new();
    calm.configure("devcon", json!({})).await;
    calm.feed(crowd(120));
    calm.sync("devcon").await;
    let before = calm.line.writes();
    calm.feed(of_many_changes());
    let wanted = calm.sync("devcon").await;
    let writes = calm.line.writes() - before;
    let wanted_changes = calm.changes(&wanted.id).await.len();
    assert_eq!(wanted_changes, 110 + 3 + 1 + 1);

    // The first two writes open the run.
    for crash_after in 2..writes {
        let line = FaultyTransport::new();
        let world = World::over(line.clone());
        world.configure("devcon", json!({})).await;
        world.feed(crowd(120));
        world.sync("devcon").await;
        world.feed(of_many_changes());
        line.cut_after(crash_after);
        let _cut_off = world.try_sync("devcon").await;
        drop(world);

        line.mend();
        let world = World::over(line);
        world.feed(of_many_changes());
        for started in world.app.recover().await.unwrap() {
            world.app.finish(started).await.unwrap();
        }
        let (mut counts, mut changes) = (Counts::default(), 0);
        for run in world.app.runs(&wanted.id.event, None, 9).await.unwrap() {
            assert!(run.counts.add_up(), "crash after {crash_after}: {run:?}");
            if run.id.number >= wanted.id.number {
                counts.add(&run.counts);
                changes += world.changes(&run.id).await.len();
            }
        }
        let of = |counts: &Counts| (counts.added, counts.updated, counts.removed, counts.erased);
        assert_eq!(of(&counts), of(&wanted.counts), "crash after {crash_after}");
        assert_eq!(changes, wanted_changes, "crash after {crash_after}");
    }
}

#[tokio::test]
async fn of_many_triggers_at_the_same_moment_one_begins() {
    let world = three().await;
    let event: EventId = "devcon".parse().unwrap();
    let mut triggers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let app = Arc::clone(&world.app);
        let event = event.clone();
        triggers.spawn(async move { app.begin(&event, SyncScope::Everyone).await });
    }
    let mut begun = Vec::new();
    for outcome in triggers.join_all().await {
        match outcome {
            Ok(started) => begun.push(started),
            Err(error) => assert!(error.to_string().contains("is under way"), "{error}"),
        }
    }
    assert_eq!(begun.len(), 1);
}

/// Two people with two records each, and what becomes of them: the further record of the one is
/// cancelled, and stands before their other one; that of the other is gone.
fn further_records_go() -> [Vec<Value>; 2] {
    let further = |name: &str| with(person(name), json!({"id": "R-further", "groups": ["VIP"]}));
    let mut before = crowd(130);
    before.extend([further("p0003"), further("p0004")]);
    let mut after = vec![with(further("p0003"), json!({"cancelled": true}))];
    after.extend(crowd(5));
    after.extend((5..130).map(|number| {
        let change = json!({"company": "Hooli"});
        with(person(&format!("p{number:04}")), change)
    }));
    [before, after]
}

#[tokio::test]
async fn a_record_that_comes_up_again_after_a_crash_is_counted_once() {
    let [before, after] = further_records_go();
    let calm = World::new();
    calm.configure("devcon", json!({})).await;
    calm.feed(before.clone());
    calm.sync("devcon").await;
    let writes = calm.line.writes();
    calm.feed(after.clone());
    let run = calm.sync("devcon").await;
    let writes = calm.line.writes() - writes;
    assert_eq!(run.counts.records_read, 131);
    assert_eq!((run.counts.updated, run.counts.unchanged), (127, 4));

    for crash_after in 0..writes {
        let line = FaultyTransport::new();
        let world = World::over(line.clone());
        world.configure("devcon", json!({})).await;
        world.feed(before.clone());
        world.sync("devcon").await;
        world.feed(after.clone());
        line.cut_after(crash_after);
        let _cut_off = world.try_sync("devcon").await;
        assert!(line.is_cut(), "no crash after {crash_after} writes");
        drop(world);

        line.mend();
        // The second process ends at once, too, with what it had written by then.
        let world = World::over(line.clone());
        world.feed(after.clone());
        line.cut_after(3);
        for run in world.app.recover().await.into_iter().flatten() {
            let _cut_off = world.app.finish(run).await;
        }
        drop(world);

        line.mend();
        let world = World::over(line);
        world.feed(after.clone());
        for again in world.app.recover().await.unwrap() {
            world.app.finish(again).await.unwrap();
        }
        // Where the first process ended before it had opened its run, nobody knew of one.
        world.sync("devcon").await;
        let mut updated = 0;
        for run in world.app.runs(&run.id.event, None, 9).await.unwrap() {
            assert!(run.counts.add_up(), "crash after {crash_after}: {run:?}");
            updated += run.counts.updated;
        }
        assert_eq!(updated, run.counts.updated, "crash after {crash_after}");
    }
}
