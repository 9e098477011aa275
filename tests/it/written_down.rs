//! Who is erased while a run is under way is in nothing that it keeps: not in what it wrote down for the next
//! process, and not in what waits for its end.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::{App, CommandOutcome, SyncScope};
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::permissions::{Function, acting_as};
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::world::{World, crowd, person, with};
use serde_json::{Value, json};
use tokio::time::Instant;

fn event() -> EventId {
    "devcon".parse().unwrap()
}

async fn erase(app: &App, name: &str) {
    let address = format!("{name}@example.org").parse().unwrap();
    let community = "acme".parse().unwrap();
    app.erase_user(&community, &address).await.unwrap();
}

/// Everything that a run has written down, in words.
async fn written_down(world: &World) -> String {
    let mut all = String::new();
    for number in world
        .app
        .parts()
        .store
        .runs_with_checkpoint(&event())
        .await
        .unwrap()
    {
        let run = RunId {
            event: event(),
            number,
        };
        let stored = world
            .app
            .parts()
            .store
            .load_checkpoint(&run)
            .await
            .unwrap()
            .unwrap();
        assert!(stored.is_alone, "something lies beside it");
        all.push_str(&String::from_utf8(stored.state.unwrap_or_default()).unwrap());
    }
    all
}

fn cancelled(name: &str) -> Value {
    with(person(name), json!({"cancelled": true}))
}

/// Records that are rejected, people who are to leave, and others, so that a process ends before the end.
fn feed() -> Vec<Value> {
    let mut feed = vec![
        cancelled("ada"),
        cancelled("bo"),
        with(person("cy"), json!({"first": ""})),
    ];
    feed.extend(crowd(20));
    feed
}

/// A world in which all attend, and the sources now say otherwise.
async fn synced() -> World {
    let world = World::cloud(Delivery::Calm);
    world.configure("devcon", json!({})).await;
    let mut first = crowd(20);
    first.extend([person("ada"), person("bo"), person("cy")]);
    world.feed(first);
    world.sync("devcon").await;
    world.feed(feed());
    world
        .stage
        .as_ref()
        .unwrap()
        .time_of_each_process(Duration::ZERO);
    world
}

/// Begins a run and puts it down after its first page.
async fn suspended(world: &World) -> RunId {
    put_down_while(world, || ()).await
}

/// The same, with something that is done once the run is open.
async fn put_down_while(world: &World, once_open: impl FnOnce()) -> RunId {
    let started = world
        .app
        .begin(&event(), SyncScope::Everyone)
        .await
        .unwrap();
    let id = started.id().clone();
    once_open();
    let work = world.app.begin_run(started, Instant::now());
    let came = acting_as(Function::Fetch, work).await.unwrap();
    assert!(matches!(came, CommandOutcome::Suspended(_)), "{came:?}");
    id
}

/// Works the run off that was put down.
async fn to_the_end(world: &World, id: &RunId) {
    let over = world
        .stage
        .as_ref()
        .unwrap()
        .work(&world.app)
        .await
        .unwrap();
    let run = over.into_iter().find(|run| run.id == *id).unwrap();
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert!(run.counts.add_up(), "{:?}", run.counts);
    assert_eq!((run.counts.records_read, run.counts.rejected), (23, 1));
    assert_eq!(written_down(world).await, "");
}

#[tokio::test]
async fn an_erasure_reaches_what_a_run_wrote_down() {
    let world = synced().await;
    let run = suspended(&world).await;
    let before = written_down(&world).await;
    assert!(before.contains("ada@example.org") && before.contains("bo@example.org"));
    assert!(
        !before.contains("R-cy"),
        "ids of rejected records name people"
    );
    erase(&world.app, "ada").await;
    let after = written_down(&world).await;
    assert!(
        !after.contains("ada@") && !after.contains("R-ada"),
        "{after}"
    );
    assert!(after.contains("bo@example.org"));
    to_the_end(&world, &run).await;
    let state = world.state("devcon").await;
    assert!(
        !state.contains("ada@") && state.contains("bo@example.org removed"),
        "{state}"
    );
}

#[tokio::test]
async fn whoever_is_erased_amid_the_writing_down_is_not_in_it() {
    for at in 0.. {
        let world = synced().await;
        let app = Arc::clone(&world.app);
        let mut before = 0;
        let run = put_down_while(&world, || {
            before = world.line.writes();
            let erasing = async move { erase(&app, "ada").await };
            world.line.before_write(at, erasing);
        });
        let run = run.await;
        if world.line.writes() - before <= at {
            assert!(at > 1, "{at}");
            return;
        }
        let left = written_down(&world).await;
        let names = left.contains("ada@") || left.contains("R-ada");
        assert!(!names, "before write {at}: {left}");
        to_the_end(&world, &run).await;
    }
}

#[tokio::test]
async fn a_process_that_goes_on_amid_an_erasure_leaves_nobody_in_what_it_writes_down() {
    for at in 0.. {
        let world = synced().await;
        let run = suspended(&world).await;
        let app = Arc::clone(&world.app);
        let order = world
            .stage
            .as_ref()
            .unwrap()
            .drain_commands()
            .pop()
            .unwrap();
        let stage = world.stage.clone().unwrap();
        let before = world.line.writes();
        world.line.before_write(at, async move {
            let work = app.execute(&order, Instant::now());
            let came = acting_as(Function::Fetch, work).await.unwrap();
            assert!(matches!(came, CommandOutcome::Suspended(_)), "{came:?}");
        });
        erase(&world.app, "ada").await;
        if world.line.writes() - before <= at {
            assert!(at > 3, "{at}");
            return;
        }
        let left = written_down(&world).await;
        assert!(
            !left.contains("ada@") && !left.contains("R-ada"),
            "before write {at}: {left}"
        );
        stage.reconcile_all(&world.app).await.unwrap();
        to_the_end(&world, &run).await;
    }
}

#[tokio::test]
async fn what_a_process_left_that_ended_while_it_wrote_down_goes_with_the_erasure() {
    let mut met = 0;
    for cut in 0.. {
        let world = synced().await;
        suspended(&world).await;
        let order = world
            .stage
            .as_ref()
            .unwrap()
            .drain_commands()
            .pop()
            .unwrap();
        world.line.cut_after(cut);
        let work = world.app.execute(&order, Instant::now());
        let came = acting_as(Function::Fetch, work).await;
        world.line.mend();
        erase(&world.app, "ada").await;
        let left = written_down(&world).await;
        assert!(
            !left.contains("ada@") && !left.contains("R-ada"),
            "cut at {cut}: {left}"
        );
        if came.is_ok() {
            break;
        }
        met += 1;
    }
    assert!(met > 4, "{met}");
}

#[tokio::test]
async fn a_run_about_the_person_who_is_erased_comes_to_nothing() {
    let world = synced().await;
    let scope = SyncScope::One("ada@example.org".parse().unwrap());
    let started = world.app.begin(&event(), scope).await.unwrap();
    let run = started.id().clone();
    let worked = acting_as(
        Function::Fetch,
        world.app.begin_run(started, Instant::now()),
    );
    worked.await.unwrap();
    assert!(written_down(&world).await.contains("ada@example.org"));
    erase(&world.app, "ada").await;
    assert_eq!(written_down(&world).await, "");
    world
        .stage
        .as_ref()
        .unwrap()
        .work(&world.app)
        .await
        .unwrap();
    let run = world.app.run(&run).await.unwrap();
    assert_eq!(run.state, RunState::Interrupted, "{run:?}");
    assert!(!world.state("devcon").await.contains("ada@"));
}

/// The sort keys of what waits for the end of runs.
fn staged(world: &World) -> Vec<String> {
    let items = world.line.items().into_iter();
    let of_log = items.filter(|item| item.pk == "E#devcon#LOG");
    of_log
        .map(|item| item.sk)
        .filter(|sk| sk.starts_with("H#") && sk.contains("#b"))
        .collect()
}

#[tokio::test]
async fn an_erasure_reaches_what_waits_for_the_end_of_a_run_and_the_end_leaves_nothing() {
    let world = synced().await;
    let stage = world.stage.clone().unwrap();
    stage.time_of_each_process(Duration::from_mins(10));
    let started = world
        .app
        .begin(&event(), SyncScope::Everyone)
        .await
        .unwrap();
    let run = started.id().clone();
    let soon = Instant::now() + Duration::from_millis(50);
    world.app.begin_run(started, soon).await.unwrap();
    stage.reconcile_all(&world.app).await.unwrap();
    let names = |held: Vec<(String, Vec<attendee_sync_app::ports::Held>)>| {
        let held = held.into_iter().flat_map(|(_, held)| held);
        let mut names: Vec<String> = held.map(|held| held.delta.email.to_string()).collect();
        names.sort();
        names
    };
    let waiting = world.app.parts().store.staged(&run, None).await.unwrap();
    assert_eq!(names(waiting), ["ada@example.org", "bo@example.org"]);
    erase(&world.app, "ada").await;
    let waiting = world.app.parts().store.staged(&run, None).await.unwrap();
    assert_eq!(names(waiting), ["bo@example.org"]);
    stage.work(&world.app).await.unwrap();
    assert_eq!(staged(&world), Vec::<String>::new());
    let run = world.app.run(&run).await.unwrap();
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
}
