//! What is due after which runs. The event's jitter is five minutes.

use super::*;
use crate::run::RunHold;
use crate::schedule::{Due, PastSyncs, Why, due, upcoming};

fn hourly() -> EventDocument {
    document(json!({"time_zone": "UTC", "schedule": {"auto_sync": "hourly"}}))
}

fn daily() -> EventDocument {
    document(json!({
        "time_zone": "UTC", "schedule": {"auto_sync": "daily", "daily_at": "06:00"}
    }))
}

fn ending() -> EventDocument {
    document(json!({
        "time_zone": "UTC", "schedule": {"auto_sync": "hourly", "final_sync": "2026-11-05T18:00"}
    }))
}

fn next(document: &EventDocument, runs: &[Run], now: &str) -> Option<Due> {
    due(document, &PastSyncs::of(runs), at(now)).unwrap()
}

fn expect(document: &EventDocument, runs: &[Run], now: &str, expected: &str, why: Why) {
    let expected = Due {
        at: at(expected),
        why,
    };
    assert_eq!(next(document, runs, now), Some(expected));
}

#[test]
fn off_is_never_due() {
    let runs = [failed("2026-11-01T08:00:00Z")];
    assert_eq!(
        next(&document(json!({})), &runs, "2026-11-01T09:00:00Z"),
        None
    );
    assert_eq!(
        next(&document(json!({})), &[], "2026-11-01T09:00:00Z"),
        None
    );
}

#[test]
fn the_next_slot_after_the_last_sync_is_due() {
    let runs = [good("2026-11-01T08:05:00Z")];
    let due = "2026-11-01T09:05:00Z";
    expect(&hourly(), &runs, "2026-11-01T08:30:00Z", due, Why::Schedule);
    expect(&hourly(), &runs, "2026-11-01T09:05:40Z", due, Why::Schedule);
    assert!(
        next(&hourly(), &runs, "2026-11-01T09:05:00Z")
            .unwrap()
            .is_now(at(due))
    );
    assert!(
        !next(&hourly(), &runs, "2026-11-01T09:04:00Z")
            .unwrap()
            .is_now(at("2026-11-01T09:04:59Z"))
    );
}

#[test]
fn an_event_that_never_synced_catches_up_with_its_timetable() {
    expect(
        &hourly(),
        &[],
        "2026-11-01T08:30:00Z",
        "2026-11-01T08:05:00Z",
        Why::CatchUp,
    );
    let later = document(json!({
        "time_zone": "UTC", "goes_live": "2026-11-28T09:00", "starts": "2026-12-01T08:00",
        "ends": "2026-12-01T11:00", "schedule": {"auto_sync": "phases"}
    }));
    expect(
        &later,
        &[],
        "2026-11-01T08:30:00Z",
        "2026-11-28T09:05:00Z",
        Why::Schedule,
    );
}

#[test]
fn what_was_missed_is_made_up_for_once() {
    let off = [good("2026-11-01T08:05:00Z")];
    let now = "2026-11-04T10:30:00Z";
    expect(&hourly(), &off, now, "2026-11-04T10:05:00Z", Why::CatchUp);
    expect(&daily(), &off, now, "2026-11-04T06:05:00Z", Why::CatchUp);
    let back = [good(now), good("2026-11-01T08:05:00Z")];
    expect(
        &hourly(),
        &back,
        "2026-11-04T10:32:00Z",
        "2026-11-04T11:05:00Z",
        Why::Schedule,
    );
    expect(
        &daily(),
        &back,
        "2026-11-04T10:32:00Z",
        "2026-11-05T06:05:00Z",
        Why::Schedule,
    );
}

#[test]
fn a_sync_begun_by_hand_counts_as_that_hours() {
    // It began in the hour of the slot, though before the slot.
    let runs = [good("2026-11-01T09:01:00Z"), good("2026-11-01T08:05:00Z")];
    expect(
        &hourly(),
        &runs,
        "2026-11-01T09:03:00Z",
        "2026-11-01T10:05:00Z",
        Why::Schedule,
    );
    let runs = [good("2026-11-01T08:58:00Z"), good("2026-11-01T08:05:00Z")];
    expect(
        &hourly(),
        &runs,
        "2026-11-01T09:00:00Z",
        "2026-11-01T09:05:00Z",
        Why::Schedule,
    );
}

#[test]
fn previews_and_syncs_of_one_person_do_not_count() {
    let preview = Run {
        mode: RunMode::Preview,
        ..good("2026-11-01T09:20:00Z")
    };
    for other in [
        preview,
        of_one_person("2026-11-01T09:20:00Z", RunState::Succeeded),
        of_one_person("2026-11-01T09:20:00Z", RunState::Failed),
    ] {
        let runs = [other, good("2026-11-01T08:05:00Z")];
        expect(
            &hourly(),
            &runs,
            "2026-11-01T09:30:00Z",
            "2026-11-01T09:05:00Z",
            Why::CatchUp,
        );
        assert_eq!(PastSyncs::of(&runs).failing_since(), None);
    }
}

#[test]
fn nothing_is_due_for_the_time_a_sync_is_under_way() {
    let runs = [run("2026-11-01T08:05:00Z", RunState::Reading)];
    expect(
        &hourly(),
        &runs,
        "2026-11-01T10:30:00Z",
        "2026-11-01T11:05:00Z",
        Why::Schedule,
    );
    // And what passed meanwhile is not made up for.
    let long = Run {
        milliseconds: 2 * 3_600_000,
        ..good("2026-11-01T08:05:00Z")
    };
    expect(
        &hourly(),
        &[long],
        "2026-11-01T10:06:00Z",
        "2026-11-01T11:05:00Z",
        Why::Schedule,
    );
}

/// Lets syncs fail from `now` on, one by one, each a minute after it was due; gives the minutes
/// between them and why each was due.
fn failures(document: &EventDocument, now: &str, count: usize) -> Vec<(i64, Why)> {
    let mut runs = vec![failed(now)];
    let mut gaps = Vec::new();
    while gaps.len() < count {
        let last = runs[0].started;
        let next = due(
            document,
            &PastSyncs::of(&runs),
            last + SignedDuration::from_mins(1),
        )
        .unwrap()
        .unwrap();
        gaps.push((next.at.duration_since(last).as_mins(), next.why));
        runs.insert(0, failed(&next.at.to_string()));
    }
    gaps
}

#[test]
fn a_source_that_keeps_failing_is_tried_again_after_growing_gaps() {
    use Why::{Retry, Schedule};
    // A run takes a minute here.
    assert_eq!(
        failures(&hourly(), "2026-11-01T08:05:00Z", 7),
        [
            (6, Retry),
            (11, Retry),
            (21, Retry),
            (22, Schedule),
            (60, Schedule),
            (60, Schedule),
            (60, Schedule)
        ]
    );
    assert_eq!(
        failures(&daily(), "2026-11-01T06:05:00Z", 11),
        [
            (6, Retry),
            (11, Retry),
            (21, Retry),
            (41, Retry),
            (81, Retry),
            (161, Retry),
            (321, Retry),
            (641, Retry),
            (157, Schedule),
            (1440, Schedule),
            (1440, Schedule)
        ]
    );
}

#[test]
fn it_goes_on_by_itself_with_the_first_success() {
    let runs = [
        failed("2026-11-01T08:11:00Z"),
        failed("2026-11-01T08:05:00Z"),
        good("2026-11-01T07:05:00Z"),
    ];
    let past = PastSyncs::of(&runs);
    assert_eq!(past.failing_since(), Some(at("2026-11-01T08:05:00Z")));
    assert_eq!(past.last_success(), Some(at("2026-11-01T07:06:00Z")));
    expect(
        &hourly(),
        &runs,
        "2026-11-01T08:12:00Z",
        "2026-11-01T08:22:00Z",
        Why::Retry,
    );
    let mut recovered = runs.to_vec();
    recovered.insert(0, good("2026-11-01T08:22:00Z"));
    assert_eq!(PastSyncs::of(&recovered).failing_since(), None);
    expect(
        &hourly(),
        &recovered,
        "2026-11-01T08:24:00Z",
        "2026-11-01T09:05:00Z",
        Why::Schedule,
    );
    recovered.insert(0, failed("2026-11-01T09:05:00Z"));
    expect(
        &hourly(),
        &recovered,
        "2026-11-01T09:06:00Z",
        "2026-11-01T09:11:00Z",
        Why::Retry,
    );
}

#[test]
fn what_a_guard_holds_is_no_failure() {
    let hold = Some(RunHold {
        people: 12,
        invitations: 0,
        guards: Vec::new(),
        decision: None,
    });
    let waiting = Run {
        hold: hold.clone(),
        ..run("2026-11-01T08:05:00Z", RunState::Held)
    };
    // Approved, and that failed: the source was read all the same.
    let unapplied = Run {
        state: RunState::Failed,
        finished: Some(at("2026-11-01T08:50:00Z")),
        ..waiting.clone()
    };
    for run in [waiting, unapplied] {
        let runs = [run, failed("2026-11-01T07:05:00Z")];
        assert_eq!(PastSyncs::of(&runs).failing_since(), None);
        assert_eq!(
            PastSyncs::of(&runs).last_success(),
            Some(at("2026-11-01T08:06:00Z"))
        );
        expect(
            &hourly(),
            &runs,
            "2026-11-01T08:55:00Z",
            "2026-11-01T09:05:00Z",
            Why::Schedule,
        );
    }
}

#[test]
fn the_final_sync_is_the_last_and_tried_once_more() {
    let before = good("2026-11-05T17:05:00Z");
    let runs = std::slice::from_ref(&before);
    expect(
        &ending(),
        runs,
        "2026-11-05T17:30:00Z",
        "2026-11-05T18:05:00Z",
        Why::Final,
    );
    let runs = [good("2026-11-05T18:05:00Z"), before.clone()];
    assert_eq!(next(&ending(), &runs, "2026-11-05T18:10:00Z"), None);
    let mut runs = vec![failed("2026-11-05T18:05:00Z"), before];
    expect(
        &ending(),
        &runs,
        "2026-11-05T18:07:00Z",
        "2026-11-05T18:11:00Z",
        Why::Retry,
    );
    runs.insert(0, failed("2026-11-05T18:11:00Z"));
    assert_eq!(next(&ending(), &runs, "2026-11-05T18:20:00Z"), None);
    // What a person tries later is theirs.
    runs.insert(0, good("2026-11-06T10:00:00Z"));
    runs.insert(0, failed("2026-11-06T11:00:00Z"));
    assert_eq!(next(&ending(), &runs, "2026-11-06T12:00:00Z"), None);
}

#[test]
fn a_final_sync_that_was_missed_is_made_up_for_within_a_month() {
    let runs = [good("2026-11-04T10:05:00Z")];
    expect(
        &ending(),
        &runs,
        "2026-11-20T00:00:00Z",
        "2026-11-05T18:05:00Z",
        Why::Final,
    );
    expect(
        &ending(),
        &[],
        "2026-11-20T00:00:00Z",
        "2026-11-05T18:05:00Z",
        Why::Final,
    );
    // Runs are kept for 90 days: without any, nobody knows whether it was made.
    assert_eq!(next(&ending(), &[], "2027-02-20T00:00:00Z"), None);
    assert_eq!(next(&ending(), &runs, "2027-02-20T00:00:00Z"), None);
    let failing = [failed("2026-11-05T18:05:00Z")];
    assert_eq!(next(&ending(), &failing, "2027-02-20T00:00:00Z"), None);
}

#[test]
fn what_failed_before_the_timetable_begins_is_not_tried_again() {
    let later = document(json!({
        "time_zone": "UTC", "goes_live": "2026-11-28T09:00", "starts": "2026-12-01T08:00",
        "ends": "2026-12-01T11:00", "schedule": {"auto_sync": "phases"}
    }));
    let runs = [failed("2026-11-01T10:00:00Z")];
    expect(
        &later,
        &runs,
        "2026-11-01T10:30:00Z",
        "2026-11-28T09:05:00Z",
        Why::Schedule,
    );
}

#[test]
fn a_clock_that_was_ahead_does_not_put_off_the_next_sync() {
    for ahead in [good("2027-06-01T08:05:00Z"), failed("2027-06-01T08:05:00Z")] {
        expect(
            &hourly(),
            &[ahead],
            "2026-11-01T08:30:00Z",
            "2026-11-01T08:05:00Z",
            Why::CatchUp,
        );
    }
}

#[test]
fn the_next_syncs_are_told_ahead() {
    let told = |document: &EventDocument, runs: &[Run], now: &str| {
        let next = upcoming(document, &PastSyncs::of(runs), at(now), 4).unwrap();
        let line = |due: Due| format!("{} {:?}", due.at, due.why);
        next.into_iter().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(told(&hourly(), &[good("2026-11-01T08:05:00Z")], "2026-11-01T08:30:00Z"), @r"
    2026-11-01T09:05:00Z Schedule
    2026-11-01T10:05:00Z Schedule
    2026-11-01T11:05:00Z Schedule
    2026-11-01T12:05:00Z Schedule
    ");
    // What is due now is due now, and not when it was missed.
    insta::assert_snapshot!(told(&ending(), &[good("2026-11-03T08:05:00Z")], "2026-11-05T16:30:00Z"), @r"
    2026-11-05T16:30:00Z CatchUp
    2026-11-05T17:05:00Z Schedule
    2026-11-05T18:05:00Z Final
    ");
    insta::assert_snapshot!(told(&daily(), &[failed("2026-11-01T06:05:00Z")], "2026-11-01T06:07:00Z"), @r"
    2026-11-01T06:11:00Z Retry
    2026-11-02T06:05:00Z Schedule
    2026-11-03T06:05:00Z Schedule
    2026-11-04T06:05:00Z Schedule
    ");
    insta::assert_snapshot!(told(&document(json!({})), &[], "2026-11-01T06:07:00Z"), @"");
}
