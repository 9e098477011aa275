//! Hooks in: a report has the source read, alone or together with others, and none is lost.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::time::Duration;

use attendee_sync_adapters::in_process::carrying_out_its_orders;
use attendee_sync_app::SyncScope;
use attendee_sync_app::ports::{ReadMode, RunCommand};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::hook::{HookOutcome, HookQueue, HookRefusal, HookTarget};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::{Coverage, RunState};
use attendee_sync_testkit::clock::TestClock;
use attendee_sync_testkit::queues::{Delivery, QueueStage};
use attendee_sync_testkit::waiting::pass;
use attendee_sync_testkit::world::{World, WorldBase, crowd, person, with};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

fn event() -> EventId {
    "devcon".parse().unwrap()
}

fn order() -> RunCommand {
    RunCommand::Hooks { event: event() }
}

/// An event whose source can be asked for one person, for one record and for what changed, with five attendees and an
/// address for hooks.
async fn begun(world: &World, source: Value) -> String {
    let mut whole = json!({"url": "https://registration.example.org/"});
    for (key, value) in source.as_object().unwrap() {
        whole[key] = value.clone();
    }
    let hook = json!({"email": "about.email", "source_id": "about.id"});
    world
        .configure("devcon", json!({"source": whole, "hook": hook}))
        .await;
    world.feed(crowd(5));
    world.sync("devcon").await;
    let owner = Actor::Owner;
    let url = world.app.as_of(&owner).make_hook_address(&event()).await;
    let url = url.unwrap().expose_secret().to_owned();
    let (start, key) = url.rsplit_once('/').unwrap();
    assert_eq!(start, "https://console.example.org/hooks/devcon");
    key.to_owned()
}

fn of_people() -> Value {
    json!({"one_person": {"parameter": "search"}, "incremental": {"parameter": "since"}})
}

fn of_records() -> Value {
    json!({
        "one_record": {"url": "https://registration.example.org/{source_id}"},
        "incremental": {"parameter": "since"}
    })
}

async fn report(world: &World, key: &str, about: &Value) {
    let body = json!({"event": "changed", "about": about}).to_string();
    let taken = world
        .app
        .receive_hook(&event(), key, &|_| None, body.as_bytes())
        .await;
    assert_eq!(taken.unwrap(), Ok(()));
}

async fn queue(world: &World) -> HookQueue {
    let stored = world.app.parts().store.hook_queue(&event()).await.unwrap();
    stored.unwrap().value
}

/// Delivers the orders that wait, once each.
async fn deliver(world: &World) {
    let stage = world.stage.as_ref().unwrap();
    for order in stage.drain_commands() {
        stage.execute(&world.app, &order).await.unwrap();
    }
}

fn seconds(world: &World, count: i64) {
    world.clock.later(SignedDuration::from_secs(count));
}

#[tokio::test]
async fn a_hook_has_the_person_read_whom_it_names_and_nobody_else() {
    let world = World::cloud(Delivery::Calm);
    let key = begun(&world, of_people()).await;
    let mut feed = crowd(6);
    feed[0] = with(
        person("p0000"),
        json!({"company": "Changed, and nobody said so"}),
    );
    world.feed(feed);
    report(&world, &key, &json!({"email": "P0005@example.org"})).await;
    report(&world, &key, &json!({"email": "p0005@example.org"})).await;
    let stage = world.stage.as_ref().unwrap();
    assert_eq!(stage.orders(), [order()], "one order for both");
    seconds(&world, 5);
    deliver(&world).await;
    let new = "p0005@example.org".parse().unwrap();
    assert_eq!(world.scripted().asked, [ReadMode::Person(new)]);
    let people = world.state("devcon").await;
    assert!(
        people.contains("p0005") && !people.contains("nobody said so"),
        "{people}"
    );
    let shown = world.app.hooks(&event()).await.unwrap();
    assert_eq!(shown.deliveries.len(), 1);
    assert_eq!(shown.deliveries[0].outcome, HookOutcome::People);
    assert_eq!(shown.waiting_since, None);
    assert!(stage.drain_commands().is_empty());
}

#[tokio::test]
async fn a_ticket_that_changed_hands_moves_by_a_hook() {
    for (source, about) in [
        (of_people(), json!({"email": "eve@example.org"})),
        (of_records(), json!({"id": "R-p0001"})),
    ] {
        let world = World::cloud(Delivery::Calm);
        let key = begun(&world, source).await;
        // A source that is asked for one answers with it alone.
        let given = with(
            person("p0001"),
            json!({"email": "eve@example.org", "first": "Eve"}),
        );
        world.feed(vec![given]);
        report(&world, &key, &about).await;
        seconds(&world, 5);
        deliver(&world).await;
        let run = world.app.newest_run(&event()).await.unwrap().unwrap();
        assert_eq!(run.state, RunState::Succeeded, "{run:?}");
        assert_eq!(run.extent, Coverage::OnePerson);
        assert_eq!((run.counts.added, run.counts.moved), (1, 1), "{run:?}");
        let state = world.state("devcon").await;
        assert!(state.contains("eve@example.org"), "{state}");
        assert_eq!(state.matches(" attending ").count(), 5, "{state}");
        // Nobody else is missing, and the next full read finds nothing to do about this one.
        let mut feed = crowd(5);
        feed[1] = with(
            person("p0001"),
            json!({"email": "eve@example.org", "first": "Eve"}),
        );
        world.feed(feed);
        let next = world.sync("devcon").await;
        assert_eq!((next.counts.added, next.counts.removed), (0, 0));
    }
}

#[tokio::test]
async fn a_hook_that_names_nobody_has_what_changed_read() {
    let world = World::cloud(Delivery::Calm);
    let key = begun(&world, of_people()).await;
    for body in ["", "no JSON", "[]", "{\"about\": {\"email\": \"nobody\"}}"] {
        let bytes = body.as_bytes();
        let of = event();
        let taken = world.app.receive_hook(&of, &key, &|_| None, bytes);
        assert_eq!(taken.await.unwrap(), Ok(()));
    }
    world.feed(vec![person("new")]);
    seconds(&world, 5);
    deliver(&world).await;
    assert!(
        matches!(world.asked(), ReadMode::Since(_)),
        "{:?}",
        world.asked()
    );
    assert_eq!(
        queue(&world).await.deliveries[0].outcome,
        HookOutcome::Changes
    );
    let state = world.state("devcon").await;
    assert_eq!(state.matches(" attending ").count(), 6, "{state}");
}

#[tokio::test]
async fn a_hook_while_a_run_is_under_way_is_followed_by_a_read_after_it() {
    let world = World::cloud(Delivery::Calm);
    let key = begun(&world, of_people()).await;
    let started = world
        .app
        .begin(&event(), SyncScope::Everyone)
        .await
        .unwrap();
    report(&world, &key, &json!({"email": "p0002@example.org"})).await;
    seconds(&world, 5);
    deliver(&world).await;
    let stage = world.stage.as_ref().unwrap();
    assert_eq!(stage.orders(), [order()], "it comes again");
    assert!(queue(&world).await.pending.is_some());
    let run = started.id().clone();
    let sync = RunCommand::Sync {
        run: run.clone(),
        scope: SyncScope::Everyone,
    };
    let over = stage.execute(&world.app, &sync).await.unwrap().unwrap();
    assert_eq!(over.id, run);
    deliver(&world).await;
    let newest = world.app.newest_run(&event()).await.unwrap().unwrap();
    assert!(newest.id.number > run.number && newest.extent == Coverage::OnePerson);
    assert_eq!(queue(&world).await.pending, None);
}

#[tokio::test]
async fn a_thousand_hooks_in_a_minute_ask_the_source_twenty_times_at_most() {
    let world = World::on(WorldBase {
        clock: TestClock::standing_at("2026-11-01T08:00:00Z"),
        stage: Some(QueueStage::new(Delivery::Calm)),
        ..WorldBase::of_one_machine()
    });
    let key = begun(&world, of_people()).await;
    world.feed(Vec::new());
    let writes = world.line.writes();
    for number in 0..1_000 {
        world.clock.later(SignedDuration::from_millis(60));
        let about = json!({"email": format!("p{number:04}@example.org")});
        report(&world, &key, &about).await;
        deliver(&world).await;
    }
    let asked = world.scripted().asked;
    assert!((15..=20).contains(&asked.len()), "{}", asked.len());
    let changes = |ask: &ReadMode| matches!(ask, ReadMode::Since(_));
    assert!(asked.iter().all(changes), "{asked:?}");
    let written = world.line.writes() - writes;
    assert!(written < 400, "most of them write nothing: {written}");
    seconds(&world, 10);
    deliver(&world).await;
    assert_eq!(queue(&world).await.pending, None, "the last is read, too");
    let (taken, refused) = world.app.hook_totals();
    assert_eq!((taken, refused.len()), (1_000, 0));
}

#[tokio::test]
async fn a_source_that_is_read_as_a_whole_is_read_once_in_fifteen_minutes() {
    let world = World::cloud(Delivery::Calm);
    let key = begun(&world, json!({})).await;
    world.feed(crowd(6));
    report(&world, &key, &json!({"email": "p0005@example.org"})).await;
    seconds(&world, 5);
    deliver(&world).await;
    assert_eq!(world.scripted().asked, [ReadMode::Everything]);
    for _ in 0..8 {
        report(&world, &key, &json!({"email": "p0004@example.org"})).await;
        seconds(&world, 60);
        deliver(&world).await;
    }
    assert_eq!(world.scripted().asked.len(), 1);
    seconds(&world, 500);
    deliver(&world).await;
    assert_eq!(world.scripted().asked.len(), 2);
    assert_eq!(queue(&world).await.pending, None);
}

#[tokio::test]
async fn what_is_refused_writes_nothing() {
    let world = World::cloud(Delivery::Calm);
    let key = begun(&world, of_people()).await;
    let writes = world.line.writes();
    for (of, key) in [
        ("devcon", "wrong"),
        ("nowhere", key.as_str()),
        ("devcon", ""),
    ] {
        let of: EventId = of.parse().unwrap();
        let refused = world.app.receive_hook(&of, key, &|_| None, b"{}").await;
        assert_eq!(refused.unwrap(), Err(HookRefusal::UnknownAddress));
    }
    let of = event();
    let large = world
        .app
        .refuse_hook(&of, &key, HookRefusal::TooLarge)
        .await;
    assert_eq!(large.unwrap(), HookRefusal::TooLarge);
    assert_eq!(world.line.writes(), writes);
    assert!(world.stage.as_ref().unwrap().drain_commands().is_empty());
    let (taken, refused) = world.app.hook_totals();
    assert_eq!((taken, refused[&HookRefusal::UnknownAddress]), (0, 3));
    let shown = world.app.hooks(&event()).await.unwrap();
    assert_eq!(shown.refused.len(), 1);
    assert_eq!(shown.refused[0].reason, HookRefusal::TooLarge);
    // A new address makes the old one useless.
    let owner = Actor::Owner;
    let new = world.app.as_of(&owner).make_hook_address(&event()).await;
    let new = new
        .unwrap()
        .expose_secret()
        .rsplit_once('/')
        .unwrap()
        .1
        .to_owned();
    let old = world
        .app
        .receive_hook(&event(), &key, &|_| None, b"{}")
        .await;
    assert_eq!(old.unwrap(), Err(HookRefusal::UnknownAddress));
    report(&world, &new, &json!({})).await;
}

#[tokio::test]
async fn a_hook_that_was_taken_survives_the_end_of_its_process_at_any_write() {
    for writes in 0.. {
        let world = World::cloud(Delivery::Calm);
        let key = begun(&world, of_people()).await;
        world.feed(crowd(6));
        report(&world, &key, &json!({"email": "p0005@example.org"})).await;
        seconds(&world, 5);
        let stage = world.stage.clone().unwrap();
        drop(stage.drain_commands());
        world.line.cut_after(writes);
        let cut = stage.execute(&world.app, &order()).await;
        let is_through = !world.line.is_cut();
        // A cut that comes right after the last write is one that nobody meets.
        assert!(cut.is_ok() || !is_through, "after {writes}");
        world.line.mend();
        // The message comes again, when nobody can be at it any more.
        world.wait_hours(2);
        for _ in 0..6 {
            stage.execute(&world.app, &order()).await.unwrap();
            deliver(&world).await;
            seconds(&world, 1_300);
        }
        let people = world.state("devcon").await;
        assert_eq!(
            people.matches(" attending ").count(),
            6,
            "after {writes}: {people}"
        );
        let queue = queue(&world).await;
        assert!(
            queue.pending.is_none() && queue.reading.is_none(),
            "{queue:?}"
        );
        if is_through {
            return;
        }
    }
}

#[tokio::test]
async fn a_source_that_fails_is_asked_again_for_what_hooks_reported() {
    let world = World::cloud(Delivery::Calm);
    let key = begun(&world, of_people()).await;
    world.feed_cut_off(Vec::new());
    report(&world, &key, &json!({"email": "p0005@example.org"})).await;
    seconds(&world, 5);
    deliver(&world).await;
    let failed = queue(&world).await;
    assert_eq!(failed.deliveries[0].outcome, HookOutcome::Failed);
    assert!(failed.pending.is_some());
    world.feed(crowd(6));
    for _ in 0..3 {
        seconds(&world, 60);
        deliver(&world).await;
    }
    assert_eq!(queue(&world).await.pending, None);
    let state = world.state("devcon").await;
    assert_eq!(state.matches(" attending ").count(), 6, "{state}");
}

#[tokio::test]
async fn an_erasure_reaches_what_hooks_reported() {
    let world = World::cloud(Delivery::Calm);
    let key = begun(&world, of_people()).await;
    report(&world, &key, &json!({"email": "p0001@example.org"})).await;
    let named = || {
        let items = world.line.items();
        let mut texts = items.iter().filter_map(|item| item.doc.as_deref());
        texts.any(|text| text.contains("p0001@example.org"))
    };
    assert!(named());
    let acme = "acme".parse().unwrap();
    let address = "p0001@example.org".parse().unwrap();
    world.app.erase_user(&acme, &address).await.unwrap();
    assert!(!named());
    assert!(
        queue(&world).await.pending.is_some(),
        "what changed is read"
    );
}

#[tokio::test(start_paused = true)]
async fn one_machine_reads_what_hooks_report_by_itself() {
    let world = World::made(WorldBase::of_one_machine(), carrying_out_its_orders);
    let key = begun(&world, of_people()).await;
    world.feed(crowd(6));
    report(&world, &key, &json!({"email": "p0005@example.org"})).await;
    attends(&world, "p0005").await;

    // What a process was reading when it ended is read after the next start.
    world.feed(crowd(7));
    let store = &world.app.parts().store;
    let stored = store.hook_queue(&event()).await.unwrap().unwrap();
    let mut left = stored.value;
    let target = HookTarget::Person("p0006@example.org".parse().unwrap());
    left.receive(Some(target), world.now());
    left.begin(world.now());
    let (of, version) = (event(), Some(stored.version));
    store.put_hook_queue(&of, &left, version).await.unwrap();
    let next = World::made(world.base().clone(), carrying_out_its_orders);
    next.app.resume_hooks().await.unwrap();
    attends(&next, "p0006").await;
}

/// Lets simulated time pass until somebody attends.
async fn attends(world: &World, name: &str) {
    for _ in 0..200 {
        if world.state("devcon").await.contains(name) {
            return;
        }
        pass(Duration::from_secs(1)).await;
    }
    panic!("{name} does not come");
}
