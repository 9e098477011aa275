//! A table that the version before wrote is used as it was: held runs can be approved, invitations still wait,
//! what was unfinished is finished, and a run that was under way is followed. Whatever ends the process that
//! brings it over, and whoever else is at it.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use attendee_sync_adapters::table::TableItem;
use attendee_sync_app::ports::{BatchMessage, Migrator, RunCommand, StoreError};
use attendee_sync_app::{CommandOutcome, Reconciled, SyncScope};
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use attendee_sync_domain::run::{Run, RunState};
use attendee_sync_testkit::permissions::{Function, acting_as};
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, acme, crowd, devcon, person, with};
use attendee_sync_tests::former::as_the_version_before;
use serde_json::{Value, json};
use tokio::time::Instant;

fn run_id(number: u32) -> RunId {
    RunId {
        event: devcon(),
        number: RunNumber(number),
    }
}

fn inviting() -> Value {
    json!({"missing": "remove_attendee", "invitations": {"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
    }}})
}

/// What is done with a world to bring its table into the form of the version before.
fn turned_back(world: &World) -> Vec<TableItem> {
    as_the_version_before(world.line.raw_items())
}

/// An event that was synced twice and holds a run, whose invitations wait; an erasure that is not finished; and an
/// event that was taken out and is not deleted yet.
async fn left_by_the_version_before() -> Vec<TableItem> {
    let world = World::cloud(Delivery::Calm);
    world.configure("devcon", inviting()).await;
    world.feed(crowd(24));
    world.sync("devcon").await;
    let mut feed = crowd(24);
    feed[3] = with(
        feed[3].clone(),
        json!({"company": "Umbrella", "groups": ["Speakers"]}),
    );
    world.feed(feed);
    world.sync("devcon").await;
    world.feed(crowd(10));
    assert_eq!(
        world.try_sync("devcon").await.unwrap().state,
        RunState::Held
    );
    world.configure("camp", json!({})).await;
    world.feed(crowd(3));
    world.sync("camp").await;
    let camp: EventId = "camp".parse().unwrap();
    world.app.close_event(&camp, 1).await.unwrap();
    world.app.new_draft_secret(&acme()).await.unwrap();
    // The erasure ends right after its tombstone.
    world.line.cut_after(1);
    let address = "p0001@example.org".parse().unwrap();
    world.app.erase_user(&acme(), &address).await.unwrap_err();
    world.line.mend();
    turned_back(&world)
}

/// Only the console may write where the version before had it all; now nothing else is there.
fn check_partitions(world: &World, when: &str) {
    let items = world.line.items();
    let in_partition = |name: &str| -> Vec<String> {
        let of = items.iter().filter(|item| item.pk == name);
        of.map(|item| item.sk.clone()).collect()
    };
    assert_eq!(
        in_partition("C#acme"),
        ["COMMUNITY", "EVENT#devcon"],
        "{when}"
    );
    assert_eq!(in_partition("E#devcon"), ["CONFIG"], "{when}");
    let former = items.iter().filter(|item| {
        let of_log = item.pk.ends_with("#LOG");
        item.pk.contains("#G#")
            || item.pk.starts_with("K#")
            || of_log && (item.sk.starts_with("T#") || item.sk.starts_with("D#"))
    });
    let former: Vec<&str> = former.map(|item| item.pk.as_str()).collect();
    assert!(former.is_empty(), "{when}: {former:?}");
}

/// Everything is as it was, and what was unfinished is finished.
async fn check_all_is_there(world: &World, when: &str) {
    let runs = world.app.runs(&devcon(), None, 9).await.unwrap();
    let states: Vec<(u32, RunState)> = runs
        .iter()
        .map(|run| (run.id.number.0, run.state))
        .collect();
    let (held, done) = (RunState::Held, RunState::Succeeded);
    assert_eq!(
        states[states.len() - 3..],
        [(3, held), (2, done), (1, done)],
        "{when}"
    );
    assert_eq!(
        (
            runs[runs.len() - 1].counts.added,
            runs[runs.len() - 2].counts.updated
        ),
        (24, 1),
        "{when}"
    );
    world.app.finish_erasures(&acme()).await.unwrap();
    world.app.finish_closings(&acme()).await.unwrap();
    assert!(
        world
            .app
            .parts()
            .store
            .erasures(&acme())
            .await
            .unwrap()
            .is_empty(),
        "{when}"
    );
    assert!(
        world
            .app
            .parts()
            .store
            .closing(&acme())
            .await
            .unwrap()
            .is_empty(),
        "{when}"
    );
    let people = world.people("devcon").await;
    assert_eq!(people.len(), 23, "{when}");
    assert_eq!(world.groups().await, "Regular: 23, Speakers: 0", "{when}");
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    assert_eq!(world.postbox.recipients().len(), 23, "{when}");
}

/// What was held can be approved, and what comes then is counted on.
async fn check_it_goes_on(world: &World, when: &str) {
    let approved = world.app.approve(&run_id(3)).await.unwrap();
    assert_eq!(approved.state, RunState::Succeeded, "{when}: {approved:?}");
    assert_eq!(approved.counts.missing_removed, 14, "{when}");
    let mut feed = crowd(10);
    feed.remove(1);
    feed.push(person("ada"));
    world.feed(feed);
    let run = world.sync("devcon").await;
    assert_eq!(
        (run.id.number.0, run.counts.added),
        (4, 1),
        "{when}: {run:?}"
    );
}

async fn bring_over(world: &World, by: Migrator) -> Result<(), StoreError> {
    let function = match by {
        Migrator::Run => Function::Fetch,
        Migrator::Console | Migrator::OnlyProcess => Function::Http,
    };
    let now = world.now();
    acting_as(
        function,
        world.app.parts().store.bring_over(&acme(), by, now),
    )
    .await
}

#[tokio::test]
async fn a_directory_is_brought_over_wherever_that_is_cut_off() {
    let former = left_by_the_version_before().await;
    let mut cuts = 0;
    for cut in 0.. {
        let world = World::over(FaultyTransport::with_items(&former));
        world.line.cut_after(cut);
        let done = bring_over(&world, Migrator::OnlyProcess).await;
        world.line.mend();
        let when = format!("cut off at {cut}");
        bring_over(&world, Migrator::OnlyProcess).await.unwrap();
        check_partitions(&world, &when);
        let writes = world.line.writes();
        bring_over(&world, Migrator::OnlyProcess).await.unwrap();
        assert_eq!(world.line.writes(), writes, "{when}");
        check_all_is_there(&world, &when).await;
        if cut % 5 == 0 || done.is_ok() {
            check_it_goes_on(&world, &when).await;
        }
        if done.is_ok() {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 15, "{cuts}");
}

fn cloud_over(items: &[TableItem]) -> World {
    World::cloud_over(FaultyTransport::with_items(items), Delivery::Calm)
}

#[tokio::test]
async fn a_table_of_the_cloud_is_brought_over_by_runs_and_the_console_wherever_they_end() {
    let former = left_by_the_version_before().await;
    let mut cuts = 0;
    for cut in 0.. {
        let world = cloud_over(&former);
        let when = format!("cut off at {cut}");
        // A run first, then the console, and again once no process of the version before is left.
        let mut all = true;
        world.line.cut_after(cut);
        for (by, hours) in [
            (Migrator::Run, 0),
            (Migrator::Console, 0),
            (Migrator::Console, 2),
        ] {
            world.wait_hours(hours);
            all &= bring_over(&world, by).await.is_ok();
        }
        world.line.mend();
        bring_over(&world, Migrator::Run).await.unwrap();
        check_all_is_there(&world, &when).await;
        for hours in [1, 2, 2] {
            world.wait_hours(hours);
            bring_over(&world, Migrator::Run).await.unwrap();
            bring_over(&world, Migrator::Console).await.unwrap();
        }
        assert!(
            world
                .app
                .parts()
                .store
                .erasures(&acme())
                .await
                .unwrap()
                .len()
                <= 1,
            "{when}"
        );
        check_all_is_there(&world, &when).await;
        let _swept = world.line.sweep("2030-01-01T00:00:00Z".parse().unwrap());
        check_partitions(&world, &when);
        if all {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 15, "{cuts}");
}

#[tokio::test]
async fn two_processes_that_bring_over_at_the_same_time_do_no_harm() {
    let former = left_by_the_version_before().await;
    for (first, second) in [
        (Migrator::Run, Migrator::Console),
        (Migrator::Console, Migrator::Run),
        (Migrator::Console, Migrator::Console),
    ] {
        for at in 0.. {
            let world = cloud_over(&former);
            let beside = Arc::new(world.restarted());
            let app = Arc::clone(&beside.app);
            let now = world.now();
            world.line.before_write(at, async move {
                let _done = app.parts().store.bring_over(&acme(), second, now).await;
            });
            bring_over(&world, first).await.unwrap();
            let when = format!("{first:?}, {second:?} before write {at}");
            for _ in 0..2 {
                world.wait_hours(2);
                bring_over(&world, Migrator::Console).await.unwrap();
            }
            check_all_is_there(&world, &when).await;
            if world.line.writes() < at || at > 40 {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_process_of_the_version_before_opens_no_run_once_the_console_was_at_it() {
    let world = cloud_over(&left_by_the_version_before().await);
    bring_over(&world, Migrator::Console).await.unwrap();
    let items = world.line.items();
    let left = items
        .iter()
        .find(|item| item.pk == "E#devcon" && item.sk == "STATE")
        .unwrap();
    let doc: Value = serde_json::from_str(left.doc.as_deref().unwrap()).unwrap();
    assert_eq!(doc, json!({"newest": 3, "closing": true}));
    assert!(left.expires.is_some());
    check_it_goes_on_in_the_cloud(&world).await;
}

async fn check_it_goes_on_in_the_cloud(world: &World) {
    world.app.order_approval(&run_id(3)).await.unwrap();
    let stage = world.stage.as_ref().unwrap();
    let over = stage.work(&world.app).await.unwrap();
    assert_eq!(
        (over[0].state, over[0].counts.missing_removed),
        (RunState::Succeeded, 14)
    );
    let run = world.sync("devcon").await;
    assert_eq!(run.id.number.0, 4);
}

#[tokio::test]
async fn a_run_finishes_what_was_left_before_any_console_was_opened() {
    let world = cloud_over(&left_by_the_version_before().await);
    world.feed(crowd(24));
    let run = world.sync("devcon").await;
    assert_eq!(run.id.number.0, 4);
    assert!(
        world
            .app
            .parts()
            .store
            .erasures(&acme())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        world
            .app
            .parts()
            .store
            .closing(&acme())
            .await
            .unwrap()
            .is_empty()
    );
    let people = world.people("devcon").await;
    assert!(
        people
            .iter()
            .all(|person| person.email.to_string() != "p0001@example.org"),
        "{people:?}"
    );
    // What is done is not done again, though the notes of the version before still lie there.
    world.configure("camp", json!({})).await;
    world.feed(crowd(3));
    world.sync("camp").await;
    world.sync("camp").await;
    assert_eq!(world.people("camp").await.len(), 3);
}

thread_local! {
    /// The batches that the run of [`under_way`] sent.
    static SENT: RefCell<Vec<BatchMessage>> = const { RefCell::new(Vec::new()) };
}

/// A run of the version before that was put down after two pages. The batch of the second is still in the queue.
async fn under_way() -> (World, RunCommand) {
    let world = World::cloud(Delivery::Calm);
    world.configure("devcon", inviting()).await;
    world.feed(crowd(60));
    let stage = world.stage.clone().unwrap();
    stage.time_of_each_process(Duration::ZERO);
    let started = world
        .app
        .begin(&devcon(), SyncScope::Everyone)
        .await
        .unwrap();
    world.app.begin_run(started, Instant::now()).await.unwrap();
    stage.reconcile_all(&world.app).await.unwrap();
    let order = stage.drain_commands().pop().unwrap();
    world.app.execute(&order, Instant::now()).await.unwrap();
    let order = stage.drain_commands().pop().unwrap();
    assert!(matches!(order, RunCommand::Continue { .. }), "{order:?}");
    SENT.replace(stage.sent());
    let next = cloud_over(&turned_back(&world));
    next.set_clock(world.now());
    next.feed(crowd(60));
    (next, order)
}

fn check_followed(before: &Run, after: &Run) {
    assert_eq!(before.state, RunState::Interrupted, "{before:?}");
    assert!(before.counts.added > 0, "{before:?}");
    assert!(before.counts.add_up(), "{before:?}");
    assert_eq!(after.state, RunState::Succeeded, "{after:?}");
    assert_eq!(after.counts.added + after.counts.unchanged, 60);
    assert_eq!(after.follows.as_ref().unwrap().run, before.id.number);
}

#[tokio::test]
async fn a_run_that_was_put_down_by_the_version_before_is_ended_and_followed() {
    let (world, order) = under_way().await;
    let stage = world.stage.as_ref().unwrap();
    let after = stage.execute(&world.app, &order).await.unwrap().unwrap();
    let before = world.app.run(&run_id(1)).await.unwrap();
    check_followed(&before, &after);
    assert_eq!(world.people("devcon").await.len(), 60);
    // The order comes again, and later runs count the old one as it was.
    let again = world
        .app
        .execute(&order, Instant::now() + Duration::from_mins(1))
        .await
        .unwrap();
    assert!(matches!(again, CommandOutcome::Nothing(_)), "{again:?}");
    world.sync("devcon").await;
    assert_eq!(world.app.run(&run_id(1)).await.unwrap(), before);
    stage.work(&world.app).await.unwrap();
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    assert_eq!(world.postbox.recipients().len(), 60);
}

#[tokio::test]
async fn a_run_whose_process_ended_under_the_version_before_is_ended_and_followed_on_one_machine() {
    let (cloud, _) = under_way().await;
    let world = World::over(cloud.line.clone());
    world.set_clock(cloud.now());
    world.feed(crowd(60));
    bring_over(&world, Migrator::OnlyProcess).await.unwrap();
    let started = world.app.recover().await.unwrap().pop().unwrap();
    let after = world.app.finish(started).await.unwrap();
    check_followed(&world.app.run(&run_id(1)).await.unwrap(), &after);
}

/// A batch message as that version wrote it: with what it had counted of each person, and without what this one adds.
fn former_parcel(batch_message: &BatchMessage) -> BatchMessage {
    let mut batch_message = serde_json::to_value(batch_message).unwrap();
    batch_message["batch"]
        .as_object_mut()
        .unwrap()
        .remove("expects_strangers");
    for person in batch_message["batch"]["people"].as_array_mut().unwrap() {
        person["counted"] = json!(1);
        for record in person["contributions"].as_array_mut().unwrap() {
            record.as_object_mut().unwrap().remove("key");
        }
    }
    serde_json::from_value(batch_message).unwrap()
}

#[tokio::test]
async fn a_batch_that_the_version_before_sent_is_applied_or_outdated() {
    let (world, order) = under_way().await;
    let stage = world.stage.as_ref().unwrap();
    let sent = SENT.take();
    let last = former_parcel(sent.last().unwrap());
    let work = world.app.reconcile_message(last.clone());
    let applied = acting_as(Function::Reconcile, work).await.unwrap();
    assert!(
        matches!(&applied, Reconciled::Applied(counts) if counts.added == 7),
        "{applied:?}"
    );
    stage.execute(&world.app, &order).await.unwrap();
    assert_eq!(world.app.run(&run_id(1)).await.unwrap().counts.added, 14);
    let work = world.app.reconcile_message(last);
    let late = acting_as(Function::Reconcile, work).await.unwrap();
    assert_eq!(late, Reconciled::Outdated);
    assert_eq!(world.people("devcon").await.len(), 60);
}

#[tokio::test]
async fn an_erasure_takes_whoever_it_is_about_out_of_what_the_version_before_left() {
    let (world, _) = under_way().await;
    let log = |world: &World| -> Vec<String> {
        let items = world.line.items().into_iter();
        let of_log = items.filter(|item| item.pk == "E#devcon#LOG");
        of_log
            .map(|item| item.sk)
            .filter(|sk| sk.starts_with("T#") || sk.starts_with("L#"))
            .collect()
    };
    assert!(log(&world).iter().any(|sk| sk.starts_with("T#")));
    let address = "p0001@example.org".parse().unwrap();
    world.app.erase_user(&acme(), &address).await.unwrap();
    let left = log(&world);
    assert_eq!(left, ["L#0000000001#HEAD"], "{left:?}");
}
