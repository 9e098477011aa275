//! Syncs that begin by themselves, over the real store and a clock that a test sets. When they are
//! due is tested in the domain; here it is that runs, as they are stored, lead there.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_app::{DashboardFilter, Error, EventHealth, SyncScope};
use attendee_sync_domain::authority::Authority;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::{Run, RunState};
use attendee_sync_domain::schedule::{Why, jitter};
use attendee_sync_testkit::world::{World, crowd, person, with};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id(event: &str) -> EventId {
    event.parse().unwrap()
}

/// A world at this time, with an event in Amsterdam that syncs so, and a feed of five people.
async fn world(now: &str, schedule: Value) -> World {
    let world = World::new();
    world.set_clock(at(now));
    world.feed(crowd(5));
    configure(&world, "devcon", schedule).await;
    world
}

async fn configure(world: &World, event: &str, schedule: Value) {
    let change = json!({"time_zone": "Europe/Amsterdam", "schedule": schedule});
    world.configure(event, change).await;
}

/// When the event's runs began, without its jitter, on the clocks of Amsterdam.
fn times(runs: &[Run]) -> Vec<String> {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap();
    let time = |run: &Run| {
        let started = run.started - jitter(&run.id.event);
        let shown = zone.to_datetime(started).strftime("%d %H:%M");
        shown.to_string()
    };
    runs.iter().map(time).collect()
}

fn states(runs: &[Run]) -> BTreeSet<&str> {
    runs.iter().map(|run| run.state.name()).collect()
}

#[tokio::test]
async fn an_event_that_is_off_syncs_only_when_asked() {
    let world = world("2026-11-01T08:00:00Z", json!({"auto_sync": "off"})).await;
    assert!(
        world
            .serve_until(at("2026-12-01T08:00:00Z"))
            .await
            .is_empty()
    );
    world.sync("devcon").await;
    assert!(
        world
            .serve_until(at("2027-01-01T08:00:00Z"))
            .await
            .is_empty()
    );
    assert!(world.app.begin_due(&id("devcon")).await.unwrap().is_none());
    assert_eq!(world.app.schedule(&id("devcon")).await.unwrap().next, []);
}

#[tokio::test]
async fn hourly_is_every_hour_and_a_run_begun_by_hand_counts_as_that_hours() {
    let world = world("2026-11-01T08:30:00Z", json!({"auto_sync": "hourly"})).await;
    let runs = world.serve_until(at("2026-11-01T11:58:00Z")).await;
    // It had never synced.
    assert_eq!(
        times(&runs),
        ["01 09:25", "01 10:00", "01 11:00", "01 12:00"]
    );
    assert_eq!(states(&runs), ["succeeded"].into());
    world.set_clock(at("2026-11-01T12:01:00Z"));
    world.sync("devcon").await;
    let runs = world.serve_until(at("2026-11-01T13:30:00Z")).await;
    assert_eq!(times(&runs), ["01 14:00"]);
}

#[tokio::test]
async fn daily_keeps_its_local_time_when_clocks_change() {
    let daily = json!({"auto_sync": "daily", "daily_at": "06:00"});
    let world = world("2026-03-26T20:00:00Z", daily).await;
    world.sync("devcon").await;
    let runs = world.serve_until(at("2026-03-31T20:00:00Z")).await;
    assert_eq!(
        times(&runs),
        ["27 06:00", "28 06:00", "29 06:00", "30 06:00", "31 06:00"]
    );
    let night = runs[2].started.duration_since(runs[1].started);
    assert_eq!(night.as_hours(), 23);
}

#[tokio::test]
async fn phases_carry_an_event_through_its_life() {
    let world = World::new();
    world.set_clock(at("2026-11-20T08:00:00Z"));
    world.feed(crowd(5));
    let event = json!({
        "time_zone": "Europe/Amsterdam", "goes_live": "2026-11-28T09:00",
        "starts": "2026-11-30T08:00", "ends": "2026-11-30T10:00",
        "schedule": {"auto_sync": "phases"}
    });
    world.configure("devcon", event).await;
    let told = world.app.schedule(&id("devcon")).await.unwrap().next;
    let whys: Vec<Why> = told.iter().map(|due| due.why).collect();
    assert_eq!(whys, [Why::Schedule; 5]);
    let runs = world.serve_until(at("2027-11-20T08:00:00Z")).await;
    assert_eq!(
        times(&runs),
        [
            "28 09:00", "29 06:00", "30 06:00", "30 08:00", "30 09:00", "30 10:00", "01 10:00"
        ]
    );
    let began: Vec<Timestamp> = runs.iter().map(|run| run.started).collect();
    for (told, began) in told.iter().zip(began) {
        let late = began.duration_since(told.at);
        assert!(
            !late.is_negative() && late < SignedDuration::from_secs(10),
            "{told:?} {began}"
        );
    }
    let schedule = world.app.schedule(&id("devcon")).await.unwrap();
    assert_eq!(schedule.next, []);
    assert_eq!(
        schedule.last_success,
        runs.last().and_then(|run| run.finished)
    );
}

#[tokio::test]
async fn a_machine_that_was_off_for_three_days_makes_up_with_one_run() {
    for schedule in [
        json!({"auto_sync": "hourly"}),
        json!({"auto_sync": "daily", "daily_at": "06:00"}),
    ] {
        let world = world("2026-11-01T08:00:00Z", schedule).await;
        world.serve_until(at("2026-11-01T08:30:00Z")).await;
        world.wait_hours(72);
        let next = &world.app.schedule(&id("devcon")).await.unwrap().next[0];
        assert_eq!(next.why, Why::CatchUp);
        let runs = world.serve_until(at("2026-11-04T08:50:00Z")).await;
        assert_eq!(times(&runs), ["04 09:25"]);
    }
}

#[tokio::test]
async fn a_source_that_fails_is_tried_after_growing_gaps_and_shown_as_failing() {
    let world = world("2026-11-01T08:00:00Z", json!({"auto_sync": "hourly"})).await;
    let first = world.sync("devcon").await;
    world.feed_cut_off(crowd(5));
    let runs = world.serve_until(at("2026-11-01T12:59:00Z")).await;
    assert_eq!(states(&runs), ["failed"].into());
    assert_eq!(
        times(&runs),
        [
            "01 10:00", "01 10:05", "01 10:15", "01 10:35", "01 11:00", "01 12:00", "01 13:00"
        ]
    );
    let schedule = world.app.schedule(&id("devcon")).await.unwrap();
    assert_eq!(schedule.failing_since, Some(runs[0].started));
    assert_eq!(schedule.last_success, first.finished);
    let all = DashboardFilter::default();
    let shown = world.app.dashboard(&Authority::owner(), &all).await;
    let events = shown.unwrap().events;
    assert_eq!(events[0].health, EventHealth::Failing);
    assert_eq!(events[0].failing_since, Some(runs[0].started));
    assert_eq!(events[0].next_sync.unwrap().at, schedule.next[0].at);
    assert_eq!(events[0].runs.first(), runs.last());

    // What the help desk does meanwhile is no success.
    world.feed(crowd(5));
    let one = SyncScope::One("p0001@example.org".parse().unwrap());
    world.app.sync(&id("devcon"), one).await.unwrap();
    let schedule = world.app.schedule(&id("devcon")).await.unwrap();
    assert_eq!(schedule.failing_since, Some(runs[0].started));

    let runs = world.serve_until(at("2026-11-01T14:59:00Z")).await;
    assert_eq!(times(&runs), ["01 14:00", "01 15:00"]);
    assert_eq!(states(&runs), ["succeeded"].into());
    let schedule = world.app.schedule(&id("devcon")).await.unwrap();
    assert_eq!(schedule.failing_since, None);
    assert_eq!(schedule.last_success, runs[1].finished);
}

#[tokio::test]
async fn a_source_that_fails_for_weeks_is_failing_since_its_first_failure() {
    let world = world("2026-11-01T08:00:00Z", json!({"auto_sync": "hourly"})).await;
    world.feed_cut_off(crowd(1));
    let runs = world.serve_until(at("2026-11-08T08:00:00Z")).await;
    assert_eq!(runs.len(), 3 + 7 * 24);
    let schedule = world.app.schedule(&id("devcon")).await.unwrap();
    assert_eq!(schedule.failing_since, Some(runs[0].started));
}

#[tokio::test]
async fn a_sync_of_one_person_that_fails_is_not_tried_again() {
    let world = world("2026-11-01T08:00:00Z", json!({"auto_sync": "hourly"})).await;
    world.sync("devcon").await;
    world.feed_cut_off(Vec::new());
    let one = SyncScope::One("p0001@example.org".parse().unwrap());
    let run = world.app.sync(&id("devcon"), one).await.unwrap();
    assert_eq!(run.state, RunState::Failed);
    let schedule = world.app.schedule(&id("devcon")).await.unwrap();
    assert_eq!(schedule.failing_since, None);
    assert_eq!(schedule.next[0].why, Why::Schedule);
}

#[tokio::test]
async fn what_a_guard_holds_is_no_failure() {
    let world = world("2026-11-01T08:00:00Z", json!({"auto_sync": "hourly"})).await;
    world.feed(crowd(40));
    world.sync("devcon").await;
    let cancel = |record| with(record, json!({"cancelled": true}));
    world.feed(crowd(40).into_iter().map(cancel).collect());
    let runs = world.serve_until(at("2026-11-01T10:30:00Z")).await;
    assert_eq!(states(&runs), ["held"].into());
    assert_eq!(
        times(&runs),
        ["01 10:00", "01 11:00"],
        "nothing is tried again, nothing is switched off"
    );
    let schedule = world.app.schedule(&id("devcon")).await.unwrap();
    assert_eq!(schedule.failing_since, None);
    assert_eq!(schedule.last_success, runs[1].finished);
}

#[tokio::test]
async fn a_final_sync_that_fails_is_tried_once_more_and_no_more() {
    let ending = json!({"auto_sync": "hourly", "final_sync": "2026-11-01T11:30"});
    let world = world("2026-11-01T08:00:00Z", ending).await;
    world.sync("devcon").await;
    world.serve_until(at("2026-11-01T10:20:00Z")).await;
    world.feed_cut_off(crowd(5));
    let runs = world.serve_until(at("2027-11-01T10:20:00Z")).await;
    assert_eq!(times(&runs), ["01 11:30", "01 11:35"]);
    assert!(
        world
            .app
            .schedule(&id("devcon"))
            .await
            .unwrap()
            .failing_since
            .is_some()
    );
}

#[tokio::test]
async fn a_changed_configuration_takes_effect() {
    let world = world("2026-11-01T08:00:00Z", json!({"auto_sync": "off"})).await;
    world.sync("devcon").await;
    world.wait_hours(1);
    configure(&world, "devcon", json!({"auto_sync": "hourly"})).await;
    let runs = world.serve_until(at("2026-11-01T10:30:00Z")).await;
    assert_eq!(times(&runs), ["01 10:00", "01 11:00"]);
    configure(
        &world,
        "devcon",
        json!({"auto_sync": "daily", "daily_at": "06:00"}),
    )
    .await;
    let runs = world.serve_until(at("2026-11-02T10:30:00Z")).await;
    assert_eq!(times(&runs), ["02 06:00"]);
    configure(&world, "devcon", json!({"auto_sync": "off"})).await;
    assert!(
        world
            .serve_until(at("2026-11-09T08:00:00Z"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn nothing_begins_while_a_run_is_under_way() {
    let world = world("2026-11-01T08:30:00Z", json!({"auto_sync": "hourly"})).await;
    let started = world.app.begin_due(&id("devcon")).await.unwrap().unwrap();
    world.wait_hours(2);
    assert!(world.app.begin_due(&id("devcon")).await.unwrap().is_none());
    let next = &world.app.schedule(&id("devcon")).await.unwrap().next[0];
    assert!(next.at > world.now());
    // What passed while it ran is not made up for.
    world.app.finish(started).await.unwrap();
    assert!(world.app.begin_due(&id("devcon")).await.unwrap().is_none());
}

#[tokio::test]
async fn two_timers_do_not_begin_the_same_sync() {
    let world = world("2026-11-01T08:30:00Z", json!({"auto_sync": "hourly"})).await;
    let event = id("devcon");
    let (one, other) = tokio::join!(world.app.begin_due(&event), world.app.begin_due(&event));
    let begun = [one.unwrap(), other.unwrap()];
    assert_eq!(begun.iter().flatten().count(), 1);
}

#[tokio::test]
async fn a_run_of_one_person_under_way_puts_a_sync_off_and_no_more() {
    let world = world("2026-11-01T08:30:00Z", json!({"auto_sync": "hourly"})).await;
    let one = SyncScope::One("p0001@example.org".parse().unwrap());
    let started = world.app.begin(&id("devcon"), one).await.unwrap();
    assert!(world.app.begin_due(&id("devcon")).await.unwrap().is_none());
    let asked = world.app.begin(&id("devcon"), SyncScope::Everyone).await;
    assert!(matches!(asked, Err(Error::Busy(_))));
    world.app.finish(started).await.unwrap();
    assert!(world.app.begin_due(&id("devcon")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_clock_that_was_ahead_does_not_stop_syncs() {
    let world = world("2027-06-01T08:30:00Z", json!({"auto_sync": "hourly"})).await;
    world.serve_until(at("2027-06-01T09:30:00Z")).await;
    world.set_clock(at("2026-11-01T08:30:00Z"));
    let runs = world.serve_until(at("2026-11-01T10:30:00Z")).await;
    assert_eq!(times(&runs), ["01 09:25", "01 10:00", "01 11:00"]);
}

#[tokio::test]
async fn two_hundred_events_do_not_begin_in_one_instant() {
    let world = World::new();
    world.set_clock(at("2026-11-01T08:20:00Z"));
    world.feed(vec![person("ada")]);
    for number in 0..200 {
        configure(
            &world,
            &format!("event-{number}"),
            json!({"auto_sync": "hourly"}),
        )
        .await;
    }
    let mut minutes: BTreeMap<i8, usize> = BTreeMap::new();
    for (event, due) in world.app.next_syncs().await.unwrap() {
        let told = world.app.schedule(&event).await.unwrap().next;
        assert_eq!(due.why, Why::CatchUp);
        let minute = TimeZone::UTC.to_datetime(told[1].at).minute();
        *minutes.entry(minute).or_default() += 1;
    }
    assert_eq!(minutes.values().sum::<usize>(), 200);
    assert_eq!(
        minutes.keys().copied().collect::<Vec<_>>(),
        (0..10).collect::<Vec<_>>()
    );
    assert!(minutes.values().all(|events| *events <= 40), "{minutes:?}");
}
