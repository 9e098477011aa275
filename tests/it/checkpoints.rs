//! A run that several processes share: one reads, others reconcile, and whoever finds all done closes
//! it.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use attendee_sync_app::ports::RunCommand;
use attendee_sync_app::{CommandOutcome, Reconciled, SyncScope};
use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::{Action, Run, RunState};
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::world::{World, crowd, person, with};
use jiff::SignedDuration;
use serde_json::json;
use tokio::time::Instant;

async fn world() -> World {
    let world = World::cloud(Delivery::Wild);
    world.configure("devcon", json!({})).await;
    world
}

fn later() -> Instant {
    Instant::now() + Duration::from_mins(10)
}

#[tokio::test]
async fn many_batches_come_twice_and_in_disorder_and_end_as_one() {
    let world = world().await;
    world.feed(crowd(950));
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.added, 950);
    assert_eq!(world.changes(&run.id).await.len(), 950);
    let state = world.state("devcon").await;
    let quiet = world.line.writes();
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.unchanged, 950);
    assert_eq!(
        world.line.writes() - quiet,
        4,
        "a quiet run writes only itself"
    );
    assert_eq!(world.state("devcon").await, state);

    let one_machine = World::new();
    one_machine.configure("devcon", json!({})).await;
    one_machine.feed(crowd(950));
    one_machine.sync("devcon").await;
    assert_eq!(one_machine.state("devcon").await, state);
}

#[tokio::test]
async fn a_feed_longer_than_a_process_may_take_goes_on_in_the_next() {
    let world = world().await;
    world
        .configure("devcon", json!({"missing": "remove_attendee"}))
        .await;
    world.feed(crowd(300));
    let stage = world.stage.as_ref().unwrap();
    // Each process has taken a page when its time is over.
    stage.time_of_each_process(Duration::ZERO);
    let run = world.sync("devcon").await;
    assert_eq!((run.counts.added, run.pages), (300, 43));
    assert!(run.complete);

    let mut feed = crowd(295);
    feed[3]["company"] = json!("Umbrella");
    world.feed(feed);
    let run = world.sync("devcon").await;
    let counts = run.counts;
    assert_eq!(
        (counts.updated, counts.unchanged, counts.missing_removed),
        (1, 294, 5)
    );
    let quiet = world.sync("devcon").await;
    assert_eq!(quiet.counts.unchanged, 295);
}

#[tokio::test]
async fn an_order_that_comes_twice_is_carried_out_once() {
    let world = world().await;
    world.feed(crowd(3));
    let event = "devcon".parse().unwrap();
    let id = world
        .app
        .order_sync(&event, SyncScope::Everyone)
        .await
        .unwrap();
    let run = world.app.run(&id).await.unwrap();
    assert_eq!(run.state, RunState::Queued);
    let stage = world.stage.as_ref().unwrap();
    let order = stage.orders().pop().unwrap();
    let over = stage.work(&world.app).await.unwrap();
    assert_eq!(over.len(), 1);
    assert_eq!(over[0].counts.added, 3);
    let again = world.app.execute(&order, later()).await.unwrap();
    assert!(matches!(again, CommandOutcome::Nothing(_)), "{again:?}");
    let again = RunCommand::Continue {
        run: id,
        checkpoint_number: 1,
    };
    let again = world.app.execute(&again, later()).await.unwrap();
    assert!(matches!(again, CommandOutcome::Nothing(_)), "{again:?}");
}

#[tokio::test]
async fn a_batch_of_an_older_run_that_comes_late_changes_nothing() {
    let world = world().await;
    world.feed(crowd(3));
    world.sync("devcon").await;
    world.feed(vec![with(person("p0000"), json!({"company": "Umbrella"}))]);
    world.sync("devcon").await;
    let after = world.state("devcon").await;
    let stage = world.stage.as_ref().unwrap();
    for batch_message in stage.sent() {
        let late = world.app.reconcile_message(batch_message).await.unwrap();
        let counts = match &late {
            Reconciled::Applied(counts) => counts.updated + counts.removed,
            Reconciled::Outdated => 0,
        };
        assert!(counts <= 1, "{late:?}");
    }
    assert_eq!(world.state("devcon").await, after);
}

#[tokio::test(start_paused = true)]
async fn a_run_nobody_works_on_any_more_is_given_up_and_its_late_batches_count_for_nothing() {
    let world = world().await;
    world.feed(crowd(250));
    let event = "devcon".parse().unwrap();
    let stage = world.stage.as_ref().unwrap();
    let started = world.app.begin(&event, SyncScope::Everyone).await.unwrap();
    let dead = started.id().clone();
    // Its process ends while it waits for its batches.
    let work = world.app.begin_run(started, later());
    tokio::time::timeout(Duration::from_millis(300), work)
        .await
        .unwrap_err();
    let batches = stage.sent();
    assert_eq!(batches.len(), 7);
    let first = world
        .app
        .reconcile_message(batches[0].clone())
        .await
        .unwrap();
    assert!(matches!(first, Reconciled::Applied(_)));
    stage.lose_batches();

    // Too early: it may be alive.
    let busy = world.app.order_sync(&event, SyncScope::Everyone).await;
    assert!(
        matches!(busy, Err(attendee_sync_app::Error::Busy(_))),
        "{busy:?}"
    );
    world.wait_hours(1);
    world
        .app
        .order_sync(&event, SyncScope::Everyone)
        .await
        .unwrap();
    let given_up = world.app.run(&dead).await.unwrap();
    assert_eq!(
        (given_up.state, given_up.counts.added),
        (RunState::Interrupted, 40)
    );
    assert!(given_up.counts.add_up());
    let late = world
        .app
        .reconcile_message(batches[1].clone())
        .await
        .unwrap();
    assert_eq!(late, Reconciled::Outdated);
    let over = stage.work(&world.app).await.unwrap();
    let counts = over[0].counts;
    assert_eq!((counts.added, counts.unchanged), (210, 40), "{over:?}");
    assert_eq!(world.people("devcon").await.len(), 250);
}

#[tokio::test(start_paused = true)]
async fn batches_that_cannot_be_reconciled_end_their_run_and_count_when_they_are_given_back() {
    let world = world().await;
    world.configure("devcon", json!({"invitations": {"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
    }}})).await;
    world.feed(crowd(250));
    let event = "devcon".parse().unwrap();
    let stage = world.stage.as_ref().unwrap();
    let started = world.app.begin(&event, SyncScope::Everyone).await.unwrap();
    let id = started.id().clone();
    // Its process has all the time until one of seven batches is done.
    let deadline = Instant::now() + Duration::from_millis(1_500);
    let work = world.app.begin_run(started, deadline);
    let one_batch = async {
        while stage.sent().is_empty() {
            tokio::task::yield_now().await;
        }
        let batch = stage.sent()[0].clone();
        world.app.reconcile_message(batch).await.unwrap();
    };
    let (suspended, ()) = tokio::join!(work, one_batch);
    let suspended = suspended.unwrap();
    assert!(
        matches!(suspended, CommandOutcome::Suspended(_)),
        "{suspended:?}"
    );
    let batches = stage.sent();
    stage.lose_batches();
    world.wait_hours(2);
    let over = stage.work(&world.app).await.unwrap();
    assert_eq!(over[0].state, RunState::Failed);
    let reason = over[0].reason.clone().unwrap();
    assert!(reason.contains("6 of 7 batches"), "{reason}");
    assert_eq!(over[0].counts.added, 40);
    assert_eq!(world.postbox.recipients().len(), 40);

    // Given back by hand, once what was wrong is mended.
    for batch in &batches[1..] {
        let late = world.app.reconcile_message(batch.clone()).await.unwrap();
        assert!(matches!(late, Reconciled::Applied(_)), "{late:?}");
    }
    let run = world.app.run(&id).await.unwrap();
    assert_eq!(run.counts.added, 250);
    assert!(run.counts.add_up());
    stage.work(&world.app).await.unwrap();
    assert_eq!(world.postbox.recipients().len(), 250);
    let next = world.sync("devcon").await;
    assert_eq!(next.counts.unchanged, 250);
}

/// Its run is over, the batch is given back, and the process that has it ends at any of its writes;
/// then the next run begins, and the batch is outdated.
#[tokio::test]
async fn who_was_written_and_never_told_is_invited_by_the_next_run() {
    for cut in 0.. {
        let world = world().await;
        world.configure("devcon", json!({"invitations": {"enabled": true, "template": {
            "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
        }}})).await;
        world.feed(crowd(3));
        let event = "devcon".parse().unwrap();
        let stage = world.stage.as_ref().unwrap();
        let started = world.app.begin(&event, SyncScope::Everyone).await.unwrap();
        let deadline = Instant::now() + Duration::from_millis(100);
        let suspended = world.app.begin_run(started, deadline).await.unwrap();
        assert!(
            matches!(suspended, CommandOutcome::Suspended(_)),
            "{suspended:?}"
        );
        let batch = stage.sent()[0].clone();
        stage.lose_batches();
        world.wait_hours(2);
        let over = stage.work(&world.app).await.unwrap();
        assert_eq!(over[0].state, RunState::Failed);

        world.line.cut_after(cut);
        let given_back = world.app.reconcile_message(batch).await;
        world.line.mend();
        world.sync("devcon").await;
        world.sync("devcon").await;
        world.app.dispatch_invitations(&event).await.unwrap();
        let expected = ["p0000", "p0001", "p0002"].map(|name| format!("{name}@example.org"));
        assert_eq!(world.postbox.recipients(), expected, "cut at {cut}");
        let runs = world.app.runs(&event, None, 50).await.unwrap();
        let added: u64 = runs.iter().map(|run| run.counts.added).sum();
        assert_eq!(added, 3, "cut at {cut}");
        if given_back.is_ok() {
            assert!(cut > 1, "{cut}");
            return;
        }
    }
}

/// The process that has a batch stands still at any of its writes, past the end of its run and the
/// beginning of the next; it does this write and ends. The run after the next puts it into the log.
#[tokio::test]
async fn what_a_process_wrote_that_stood_still_past_the_end_of_its_run_is_told() {
    for (known, feed, changes) in [(0, crowd(3), 3), (3, moved(), 5)] {
        for write in 0.. {
            let world = world().await;
            world.feed(crowd(known));
            world.sync("devcon").await;
            world.feed(feed.clone());
            if !stood_still(&world, write).await {
                assert!(write > 0, "{write}");
                break;
            }
            world.sync("devcon").await;
            world.sync("devcon").await;
            let (mut logged, mut counted) = (0, 0);
            let event = "devcon".parse().unwrap();
            for run in world.app.runs(&event, None, 50).await.unwrap() {
                logged += world.changes(&run.id).await.len() as u64;
                counted += run.counts.added + run.counts.updated;
            }
            let what = format!("{known} known, at write {write}");
            assert_eq!((logged, counted), (changes, changes), "{what}");
        }
    }
}

/// Lets a process stand still at one of its writes until the next run has sent its batches, and end then;
/// false where it has not so many writes.
async fn stood_still(world: &World, write: i64) -> bool {
    let event = "devcon".parse().unwrap();
    let stage = world.stage.as_ref().unwrap();
    let started = world.app.begin(&event, SyncScope::Everyone).await.unwrap();
    let deadline = Instant::now() + Duration::from_millis(100);
    world.app.begin_run(started, deadline).await.unwrap();
    let batch = stage.sent().pop().unwrap();
    stage.lose_batches();
    let others = world.restarted();
    let line = world.line.clone();
    world.line.before_write(write, async move {
        others.wait_hours(2);
        let (stage, app) = (others.stage.as_ref().unwrap(), &others.app);
        let _of_the_dead = stage.drain_commands();
        app.order_sync(&event, SyncScope::Everyone).await.unwrap();
        for order in stage.drain_commands() {
            let deadline = Instant::now() + Duration::from_millis(100);
            app.execute(&order, deadline).await.unwrap();
        }
        line.cut_after(0);
    });
    let late = world.app.reconcile_message(batch).await;
    if !world.line.is_cut() {
        late.unwrap();
        return false;
    }
    world.line.mend();
    stage.work(&world.app).await.unwrap();
    true
}

/// A run that changes two people is given up: the process that has them ended at any of its writes, and
/// their message does not come again. Gives the world and whether it came through.
async fn given_up(cut: i64) -> (World, bool) {
    let world = world().await;
    world.feed(crowd(3));
    world.sync("devcon").await;
    world.feed(moved());
    let event = "devcon".parse().unwrap();
    let stage = world.stage.as_ref().unwrap();
    let started = world.app.begin(&event, SyncScope::Everyone).await.unwrap();
    let deadline = Instant::now() + Duration::from_millis(100);
    world.app.begin_run(started, deadline).await.unwrap();
    let batch = stage.sent().pop().unwrap();
    stage.lose_batches();
    world.line.cut_after(cut);
    let done = world.app.reconcile_message(batch).await;
    world.line.mend();
    world.wait_hours(2);
    let over = stage.work(&world.app).await.unwrap();
    assert!(over.iter().all(|run| run.counts.add_up()), "{over:?}");
    (world, done.is_ok())
}

/// Three people of whom two changed the company.
fn moved() -> Vec<serde_json::Value> {
    let mut feed = crowd(3);
    for record in &mut feed[..2] {
        record["company"] = json!("Umbrella");
    }
    feed
}

/// What the logs say of companies, run after run, and what the counts come to.
async fn told_of_companies(world: &World) -> (Vec<String>, u64) {
    let (mut told, mut counted) = (Vec::new(), 0);
    let event: attendee_sync_domain::ids::EventId = "devcon".parse().unwrap();
    let mut runs = world.app.runs(&event, None, 50).await.unwrap();
    runs.reverse();
    for run in runs {
        counted += run.counts.updated;
        let changes = world.changes(&run.id).await;
        for change in changes
            .iter()
            .filter(|change| change.action == Action::Updated)
        {
            let [company] = change.fields.as_slice() else {
                panic!("{change:?}");
            };
            let [before, after] =
                [&company.before, &company.after].map(|text| text.clone().unwrap());
            told.push(format!(
                "{}: {before} to {after}",
                change.email.as_ref().unwrap()
            ));
        }
    }
    (told, counted)
}

#[tokio::test]
async fn who_was_changed_by_a_run_that_was_given_up_is_told_once() {
    for cut in 0.. {
        let (world, came_through) = given_up(cut).await;
        world.sync("devcon").await;
        world.sync("devcon").await;
        let (mut told, counted) = told_of_companies(&world).await;
        told.sort();
        let expected =
            ["p0000", "p0001"].map(|name| format!("{name}@example.org: Initech to Umbrella"));
        assert_eq!(
            (told.as_slice(), counted),
            (expected.as_slice(), 2),
            "cut at {cut}"
        );
        let quiet = world.line.writes();
        world.sync("devcon").await;
        assert_eq!(world.line.writes() - quiet, 4, "cut at {cut}");
        if came_through {
            assert!(cut > 1, "{cut}");
            return;
        }
    }
}

/// The feed is again as it was before the run that was given up: of a record nobody could tell that
/// somebody is to be written.
#[tokio::test]
async fn who_was_changed_is_as_the_feed_says_also_where_it_says_what_it_said_before() {
    let untouched = world().await;
    untouched.feed(crowd(3));
    untouched.sync("devcon").await;
    let wanted = untouched.state("devcon").await;
    for cut in 0.. {
        let (world, came_through) = given_up(cut).await;
        world.feed(crowd(3));
        world.sync("devcon").await;
        assert_eq!(world.state("devcon").await, wanted, "cut at {cut}");
        let (told, counted) = told_of_companies(&world).await;
        for name in ["p0000", "p0001"] {
            let theirs: Vec<&String> = told.iter().filter(|line| line.starts_with(name)).collect();
            assert!(theirs.len().is_multiple_of(2), "cut at {cut}: {told:?}");
        }
        assert_eq!(told.len() as u64, counted, "cut at {cut}");
        if came_through {
            assert_eq!(counted, 4);
            return;
        }
    }
}

#[tokio::test]
async fn losses_wait_for_the_end_of_the_run_and_are_judged_together() {
    let world = world().await;
    world.feed(crowd(100));
    world.sync("devcon").await;
    let cancelled = |count: usize| {
        let mut feed = crowd(100);
        for record in &mut feed[..count] {
            record["cancelled"] = json!(true);
        }
        feed
    };
    world.feed(cancelled(40));
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Held, "{run:?}");
    assert_eq!(
        world.state("devcon").await.matches("attending").count(),
        100
    );
    world.app.order_approval(&run.id).await.unwrap();
    let over = world
        .stage
        .as_ref()
        .unwrap()
        .work(&world.app)
        .await
        .unwrap();
    assert_eq!(
        (over[0].state, over[0].counts.removed),
        (RunState::Succeeded, 40)
    );
    assert_eq!(world.state("devcon").await.matches("attending").count(), 60);
    world.feed(cancelled(45));
    let run = world.sync("devcon").await;
    assert_eq!(run.counts.removed, 5);
}

/// A feed after which everything is different: people come, change, go and are erased.
fn second_feed() -> Vec<serde_json::Value> {
    let mut feed = crowd(9);
    feed[1]["company"] = json!("Umbrella");
    feed[2]["groups"] = json!(["VIP", "Speakers"]);
    feed[3]["cancelled"] = json!(true);
    feed[4]["erased"] = json!(true);
    feed.push(person("new"));
    feed.push(with(
        person("new"),
        json!({"id": "R-2", "groups": ["Late"]}),
    ));
    feed.push(json!({"id": "R-bad", "email": "nobody", "first": "x", "last": "y"}));
    feed
}

async fn after_first_sync() -> World {
    let world = world().await;
    world.feed(crowd(8));
    world.sync("devcon").await;
    world.feed(second_feed());
    world
}

/// The run's process, and those that reconcile, end at any write of them; their messages come again,
/// and where a run's own message is lost with its process, the next sync takes its place.
#[tokio::test]
async fn a_crash_between_any_two_writes_loses_nothing() {
    let calm = after_first_sync().await;
    let before = calm.line.writes();
    calm.sync("devcon").await;
    let writes = calm.line.writes() - before;
    let wanted = calm.state("devcon").await;
    let groups = calm.groups().await;
    assert!(writes > 10, "{writes}");
    for crash_after in 0..writes {
        let world = after_first_sync().await;
        let what = format!("crash after {crash_after} of {writes}");
        world.line.cut_after(crash_after);
        let crashed = world.try_sync("devcon").await;
        world.line.mend();
        let next = world.restarted();
        let stage = next.stage.as_ref().unwrap();
        // What was delivered and not acknowledged comes again.
        stage.deliver_again();
        stage.reconcile_all(&next.app).await.unwrap();
        next.wait_hours(1);
        stage.work(&next.app).await.unwrap();
        let event = "devcon".parse().unwrap();
        if crashed.is_err() {
            match next.app.order_sync(&event, SyncScope::Everyone).await {
                Ok(_) => {
                    stage.work(&next.app).await.unwrap();
                }
                Err(error) => panic!("{what}: {error}"),
            }
        }
        let run = next.sync("devcon").await;
        assert_eq!(
            run.counts.added + run.counts.updated + run.counts.removed,
            0,
            "{what}"
        );
        assert_eq!(next.state("devcon").await, wanted, "{what}");
        assert_eq!(next.groups().await, groups, "{what}");
        let quiet = next.line.writes();
        next.sync("devcon").await;
        let quiet = next.line.writes() - quiet;
        // A rejected record has an issue and its batch a mark; the second delivery may write both once
        // more before the run is over.
        assert!((6..=8).contains(&quiet), "{what}: {quiet} writes");
        let mut added = 0;
        for run in next.app.runs(&event, None, 50).await.unwrap() {
            assert!(run.counts.add_up(), "{what}: {run:?}");
            let changes = next.changes(&run.id).await;
            added += changes
                .iter()
                .filter(|change| {
                    change
                        .email
                        .as_ref()
                        .is_some_and(|email| email.as_str() == "new@example.org")
                })
                .count();
        }
        assert_eq!(added, 1, "{what}: who came is in the log once");
    }
}

/// What waits for the end of a run is applied by the run's own process; no message of it comes again.
/// The process ends before a write, or stands still until others gave the run up, does the write and ends.
#[tokio::test]
async fn what_the_end_of_a_run_took_away_is_in_its_log_wherever_its_process_ended() {
    let event: attendee_sync_domain::ids::EventId = "devcon".parse().unwrap();
    let calm = after_first_sync().await;
    let before = calm.line.writes();
    calm.sync("devcon").await;
    let writes = calm.line.writes() - before;
    let moments = [false, true].map(|late| (0..writes).map(move |write| (write, late)));
    for (cut, is_late) in moments.into_iter().flatten() {
        let world = after_first_sync().await;
        if is_late {
            let (others, line, event) = (world.restarted(), world.line.clone(), event.clone());
            world.line.before_write(cut, async move {
                others.wait_hours(1);
                let _given_up = others.app.order_sync(&event, SyncScope::Everyone).await;
                line.cut_after(0);
            });
        } else {
            world.line.cut_after(cut);
        }
        let _crashed = world.try_sync("devcon").await;
        world.line.mend();
        let next = world.restarted();
        let stage = next.stage.as_ref().unwrap();
        stage.deliver_again();
        stage.reconcile_all(&next.app).await.unwrap();
        next.wait_hours(1);
        stage.work(&next.app).await.unwrap();
        let _given_up = next.app.order_sync(&event, SyncScope::Everyone).await;
        stage.work(&next.app).await.unwrap();
        next.sync("devcon").await;
        let (mut removed, mut erased, mut counts) = (0, 0, (0, 0));
        for run in next.app.runs(&event, None, 50).await.unwrap() {
            for change in next.changes(&run.id).await {
                removed += usize::from(change.action == Action::Removed);
                erased += usize::from(change.action == Action::Erased);
            }
            counts = (counts.0 + run.counts.removed, counts.1 + run.counts.erased);
        }
        let what = format!("cut at {cut}, late: {is_late}");
        assert_eq!((removed, erased), (1, 1), "in the logs, {what}");
        assert_eq!(counts, (2, 1), "in the counts, {what}");
    }
}

#[tokio::test]
async fn a_run_that_was_given_up_stays_over_when_its_process_wakes_and_puts_it_down() {
    async fn begun() -> (World, Arc<attendee_sync_app::App>) {
        let world = world().await;
        world.feed(crowd(20));
        let app = Arc::clone(&world.app);
        (world, app)
    }
    async fn one_page(app: &attendee_sync_app::App) -> RunId {
        let event = "devcon".parse().unwrap();
        let started = app.begin(&event, SyncScope::Everyone).await.unwrap();
        let id = started.id().clone();
        let worked = app.begin_run(started, Instant::now()).await;
        assert!(
            matches!(
                worked,
                Ok(CommandOutcome::Suspended(_) | CommandOutcome::Nothing(_))
            ),
            "{worked:?}"
        );
        id
    }
    let (calm, app) = begun().await;
    let before = calm.line.writes();
    one_page(&app).await;
    for write in 2..calm.line.writes() - before {
        let (world, app) = begun().await;
        let (others, hour) = (
            Arc::clone(&app),
            world.now() + SignedDuration::from_hours(1),
        );
        let clock = world.restarted();
        world.line.before_write(write, async move {
            clock.set_clock(hour);
            let event = "devcon".parse().unwrap();
            others
                .order_sync(&event, SyncScope::Everyone)
                .await
                .unwrap();
        });
        let dead = one_page(&app).await;
        let run = app.run(&dead).await.unwrap();
        assert!(run.state.is_over(), "woken before write {write}: {run:?}");
    }
}

/// The process that ends a run stands still before any of its reads or writes, and others give the run
/// up: what they stored stays.
#[tokio::test]
async fn a_run_that_was_given_up_stays_as_it_was_when_its_process_wakes_and_ends_it() {
    /// A run of which all is read and reconciled, and the order for its last process.
    async fn read() -> (World, RunId, RunCommand) {
        let world = after_first_sync().await;
        let event = "devcon".parse().unwrap();
        let started = world.app.begin(&event, SyncScope::Everyone).await.unwrap();
        let id = started.id().clone();
        let deadline = Instant::now() + Duration::from_millis(100);
        world.app.begin_run(started, deadline).await.unwrap();
        let stage = world.stage.as_ref().unwrap();
        stage.reconcile_all(&world.app).await.unwrap();
        let order = stage.drain_commands().pop().unwrap();
        (world, id, order)
    }
    /// Gives the run up, and notes how it ended.
    async fn give_up(others: World, dead: RunId, noted: Arc<Mutex<Option<Run>>>) {
        others.wait_hours(1);
        let asked = others
            .app
            .order_sync(&dead.event, SyncScope::Everyone)
            .await;
        // Once it is stored how it ended, there is nothing to give up.
        assert!(asked.is_ok(), "{asked:?}");
        let run = others.app.run(&dead).await.unwrap();
        noted.lock().unwrap().replace(run);
    }
    let (calm, _, order) = Box::pin(read()).await;
    let before = (calm.line.reads(), calm.line.writes());
    let over = calm.app.execute(&order, later()).await.unwrap();
    assert!(matches!(over, CommandOutcome::Over(_)), "{over:?}");
    let (reads, writes) = (calm.line.reads() - before.0, calm.line.writes() - before.1);
    calm.sync("devcon").await;
    let wanted = calm.state("devcon").await;
    // By the first it takes the run.
    let moments = (1..reads)
        .map(|read| (read, true))
        .chain((1..writes).map(|write| (write, false)));
    for (moment, is_read) in moments {
        let what = format!("{} {moment}", if is_read { "read" } else { "write" });
        let (world, dead, order) = Box::pin(read()).await;
        let noted = Arc::new(Mutex::new(None));
        let happens = give_up(world.restarted(), dead.clone(), Arc::clone(&noted));
        if is_read {
            world.line.before_read(moment, happens);
        } else {
            world.line.before_write(moment, happens);
        }
        let _woken = world.app.execute(&order, later()).await;
        let stored = world.app.run(&dead).await.unwrap();
        let given_up = noted.lock().unwrap().take().unwrap();
        assert!(stored.counts.add_up(), "{what}: {stored:?}");
        assert_eq!(stored.state, given_up.state, "{what}");
        let stage = world.stage.as_ref().unwrap();
        stage.work(&world.app).await.unwrap();
        world.sync("devcon").await;
        assert_eq!(world.state("devcon").await, wanted, "{what}");
    }
}

#[tokio::test]
async fn a_sync_that_failed_is_ordered_again_for_when_its_retry_is_due() {
    let world = world().await;
    let hourly = json!({"schedule": {"auto_sync": "hourly"}});
    world.configure("devcon", hourly).await;
    world.wait_hours(2);
    world.feed_cut_off(crowd(3));
    let stage = world.stage.as_ref().unwrap();
    let event: attendee_sync_domain::ids::EventId = "devcon".parse().unwrap();
    let due = RunCommand::Due {
        event: event.clone(),
    };
    let over = stage.execute(&world.app, &due).await.unwrap();
    assert_eq!(over.unwrap().state, RunState::Failed);
    let retry = RunCommand::Retry {
        event: event.clone(),
    };
    assert_eq!(stage.orders(), vec![retry.clone()]);
    // The message comes before its time: it waits on.
    let _waits = stage.drain_commands();
    let early = world.app.execute(&retry, later()).await.unwrap();
    assert!(matches!(early, CommandOutcome::Nothing(_)), "{early:?}");
    assert_eq!(stage.drain_commands(), vec![retry.clone()]);
    world.set_clock(world.now() + jiff::SignedDuration::from_mins(10));
    world.feed(crowd(3));
    let over = stage.execute(&world.app, &retry).await.unwrap();
    assert_eq!(over.unwrap().state, RunState::Succeeded);
    assert_eq!(stage.orders(), []);
}
