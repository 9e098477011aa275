//! A cloud's scheduler and a timetable say the same.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::aws::{CronReading, invocations};
use super::*;
use crate::schedule::{CloudSchedule, HORIZON, cloud_schedules};

/// Zones of all kinds: without change of clocks, with one of an hour or of half an hour, in both
/// hemispheres, on both sides of the date line, at odd offsets, by the moon.
const ZONES: [&str; 11] = [
    "UTC",
    "Europe/Amsterdam",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Africa/Casablanca",
];

fn fired(
    schedules: &[CloudSchedule],
    after: Timestamp,
    until: Timestamp,
    reading: CronReading,
) -> Vec<Timestamp> {
    let mut all: Vec<Timestamp> = schedules
        .iter()
        .flat_map(|schedule| invocations(schedule, after, until, reading))
        .collect();
    all.sort();
    all
}

/// One line a schedule.
fn lines(schedules: &[CloudSchedule]) -> String {
    let line = |schedule: &CloudSchedule| {
        let date = |date: Option<Timestamp>| date.map_or("…".to_owned(), |date| date.to_string());
        let end = if schedule.delete_after {
            ", then deleted"
        } else {
            ""
        };
        format!(
            "{}: {} {}, {} to {}{end}",
            schedule.name,
            schedule.expression,
            schedule.time_zone,
            date(schedule.start),
            date(schedule.end)
        )
    };
    schedules.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn phases_are_a_schedule_each() {
    let event = document(json!({
        "goes_live": "2026-11-01T09:00", "starts": "2026-12-01T08:00", "ends": "2026-12-04T18:00",
        "schedule": {"auto_sync": "phases"}
    }));
    let schedules = |now| lines(&cloud_schedules(&event, at(now)).unwrap());
    insta::assert_snapshot!(schedules("2026-06-01T12:00:00Z"), @r"
    devcon.opening: at(2026-11-01T08:05:00) UTC, … to …, then deleted
    devcon.daily: cron(5 6 * * ? *) Europe/Amsterdam, 2026-11-02T04:35:00Z to 2026-12-01T05:35:00Z, then deleted
    devcon.hourly: cron(5 * * * ? *) UTC, 2026-12-01T06:35:00Z to 2026-12-04T17:35:00Z, then deleted
    devcon.final: at(2026-12-05T17:05:00) UTC, … to …, then deleted
    ");
    // A start that is past would be refused.
    insta::assert_snapshot!(schedules("2026-11-30T12:00:00Z"), @r"
    devcon.daily: cron(5 6 * * ? *) Europe/Amsterdam, … to 2026-12-01T05:35:00Z, then deleted
    devcon.hourly: cron(5 * * * ? *) UTC, 2026-12-01T06:35:00Z to 2026-12-04T17:35:00Z, then deleted
    devcon.final: at(2026-12-05T17:05:00) UTC, … to …, then deleted
    ");
    insta::assert_snapshot!(schedules("2026-12-01T06:40:00Z"), @r"
    devcon.hourly: cron(5 * * * ? *) UTC, … to 2026-12-04T17:35:00Z, then deleted
    devcon.final: at(2026-12-05T17:05:00) UTC, … to …, then deleted
    ");
    insta::assert_snapshot!(schedules("2026-12-05T12:00:00Z"), @"devcon.final: at(2026-12-05T17:05:00) UTC, … to …, then deleted");
    insta::assert_snapshot!(schedules("2026-12-05T18:00:00Z"), @"");
}

#[test]
fn an_event_that_goes_live_at_its_daily_time_has_no_schedule_of_its_own_for_that() {
    let event = document(json!({
        "goes_live": "2026-11-01T06:00", "starts": "2026-12-01T08:00", "ends": "2026-12-04T18:00",
        "schedule": {"auto_sync": "phases"}
    }));
    let schedules = cloud_schedules(&event, at("2026-06-01T12:00:00Z")).unwrap();
    let names: Vec<&str> = schedules.iter().map(|schedule| &*schedule.name).collect();
    assert_eq!(names, ["devcon.daily", "devcon.hourly", "devcon.final"]);
}

#[test]
fn days_on_which_clocks_change_over_the_daily_time_stand_alone() {
    let event = document(json!({
        "event": "nightly", "schedule": {"auto_sync": "daily", "daily_at": "02:30", "final_sync": "2027-05-01T12:00"}
    }));
    insta::assert_snapshot!(lines(&cloud_schedules(&event, at("2026-06-01T12:00:00Z")).unwrap()), @r"
    nightly.daily-until-20261025: cron(35 2 * * ? *) Europe/Amsterdam, … to 2026-10-24T01:05:00Z, then deleted
    nightly.daily-on-20261025: at(2026-10-25T00:35:00) UTC, … to …, then deleted
    nightly.daily-until-20270328: cron(35 2 * * ? *) Europe/Amsterdam, 2026-10-26T01:05:00Z to 2027-03-27T02:05:00Z, then deleted
    nightly.daily-on-20270328: at(2027-03-28T01:05:00) UTC, … to …, then deleted
    nightly.daily: cron(35 2 * * ? *) Europe/Amsterdam, 2027-03-29T00:05:00Z to 2027-05-01T01:05:00Z, then deleted
    nightly.final: at(2027-05-01T10:05:00) UTC, … to …, then deleted
    ");
}

#[test]
fn names_are_short_and_of_one_event_alone() {
    let mut names = BTreeSet::new();
    for event in ["a".repeat(43), "a".repeat(44), "b".repeat(64)] {
        let event = document(json!({
            "event": event, "schedule": {"auto_sync": "daily", "daily_at": "02:30"}
        }));
        for schedule in cloud_schedules(&event, at("2026-06-01T12:00:00Z")).unwrap() {
            assert!(schedule.name.len() <= 64, "{}", schedule.name);
            assert!(names.insert(schedule.name));
        }
    }
}

#[test]
fn off_is_no_schedule() {
    assert_eq!(
        cloud_schedules(&document(json!({})), at("2026-06-01T12:00:00Z")),
        Ok(Vec::new())
    );
}

fn local(minutes: i64) -> String {
    let time = at("2025-01-01T00:00:00Z") + SignedDuration::from_mins(minutes);
    time.strftime("%Y-%m-%dT%H:%M").to_string()
}

prop_compose! {
    fn an_event()(
        zone in prop::sample::select(&ZONES[..]),
        auto_sync in prop::sample::select(&["hourly", "daily", "phases"][..]),
        goes_live in 0_i64..4 * 365 * 24 * 60,
        live_for in 0_i64..200 * 24 * 60,
        lasts in 0_i64..10 * 24 * 60,
        ends_after in prop::option::of(0_i64..100 * 24 * 60),
        daily_at in prop_oneof![0_i64..4 * 60, 0_i64..24 * 60],
        says_daily_at in any::<bool>(),
        event in "[a-z]{1,60}",
    ) -> EventDocument {
        let ends = goes_live + live_for + lasts;
        let mut schedule = json!({"auto_sync": auto_sync});
        if says_daily_at || auto_sync == "daily" {
            schedule["daily_at"] = json!(format!("{:02}:{:02}", daily_at / 60, daily_at % 60));
        }
        if let Some(after) = ends_after {
            schedule["final_sync"] = json!(local(ends + after));
        }
        document(json!({
            "event": event, "time_zone": zone, "schedule": schedule,
            "goes_live": local(goes_live), "starts": local(goes_live + live_for), "ends": local(ends),
        }))
    }
}

#[test]
fn reminders_are_looked_for_each_hour_until_the_event_is_over() {
    let template = json!({
        "from": "DevCon <noreply@devcon.example>", "subject": "Hi", "body_markdown": "Hi"
    });
    let reminding = document(json!({
        "ends": "2026-12-04T18:00",
        "invitations": {"enabled": true, "template": template},
        "reminders": {"after_days": [7], "template": template}
    }));
    let made = cloud_schedules(&reminding, at("2026-11-01T00:00:00Z")).unwrap();
    let [schedule] = &made[..] else {
        panic!("{}", lines(&made))
    };
    let (from, until) = (at("2026-12-04T10:00:00Z"), at("2026-12-06T10:00:00Z"));
    // The event ends at 17:00 UTC, and looking for them half an hour later.
    let looks = invocations(schedule, from, until, CronReading::Early).len();
    assert!(matches!(looks, 7 | 8), "{looks}");
    let after = cloud_schedules(&reminding, until).unwrap();
    assert!(after.is_empty(), "{}", lines(&after));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn a_clouds_scheduler_and_the_timetable_say_the_same(event in an_event(), now in 0_i64..5 * 365 * 24 * 60 * 60) {
        let now = at("2025-01-01T00:00:00Z") + SignedDuration::from_secs(now);
        let until = now + HORIZON;
        let jitter = crate::schedule::jitter(&event.event);
        let expected: Vec<Timestamp> = slots(&event, now - jitter, until - jitter)
            .iter()
            .map(|slot| slot.at)
            .collect();
        let schedules = cloud_schedules(&event, now).unwrap();
        for schedule in &schedules {
            prop_assert!(schedule.start.is_none_or(|start| start > now), "{schedule:?}");
            prop_assert!(schedule.end.is_none_or(|end| end > now), "{schedule:?}");
        }
        for reading in [CronReading::Early, CronReading::Late] {
            let fired = fired(&schedules, now, until, reading);
            let differs = fired.iter().zip(&expected).find(|(fired, expected)| fired != expected);
            prop_assert!(
                fired == expected,
                "{reading:?}: {} and {} syncs, first {differs:?}\n{}", fired.len(), expected.len(), lines(&schedules)
            );
        }
    }
}
