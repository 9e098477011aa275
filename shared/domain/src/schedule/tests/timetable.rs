//! What timetables say, in times without jitter, but for the tests of jitter.

use std::collections::BTreeMap;

use super::*;
use crate::schedule::jitter;
use crate::zone::UnknownZone;

fn during(document: &EventDocument, after: &str, until: &str) -> String {
    text(document, &slots(document, at(after), at(until)))
}

fn daily(zone: &str, daily_at: &str) -> EventDocument {
    document(json!({
        "time_zone": zone, "schedule": {"auto_sync": "daily", "daily_at": daily_at}
    }))
}

#[expect(clippy::needless_pass_by_value, reason = "it is called with literals")]
fn phases(change: Value) -> EventDocument {
    let mut event = json!({
        "goes_live": "2026-11-28T09:00", "starts": "2026-12-01T08:00", "ends": "2026-12-01T11:00",
        "schedule": {"auto_sync": "phases"}
    });
    for (key, value) in change.as_object().unwrap() {
        event[key] = value.clone();
    }
    document(event)
}

#[test]
fn off_has_no_timetable() {
    assert!(Timetable::of(&document(json!({}))).unwrap().is_none());
    let unknown = EventDocument {
        time_zone: "Mars/Base".to_owned(),
        ..document(json!({"schedule": {"auto_sync": "hourly"}}))
    };
    let refused = Timetable::of(&unknown).map(|_| ());
    assert_eq!(refused, Err(UnknownZone("Mars/Base".to_owned())));
}

#[test]
fn hourly_is_every_hour_also_where_clocks_change() {
    let document = document(json!({"schedule": {"auto_sync": "hourly"}}));
    insta::assert_snapshot!(during(&document, "2026-03-28T22:59:59Z", "2026-03-29T02:00:00Z"), @r"
    Sun 2026-03-29 00:00 +01
    Sun 2026-03-29 01:00 +01
    Sun 2026-03-29 03:00 +02
    Sun 2026-03-29 04:00 +02
    ");
    insta::assert_snapshot!(during(&document, "2026-10-24T23:00:00Z", "2026-10-25T02:59:59Z"), @r"
    Sun 2026-10-25 02:00 +02
    Sun 2026-10-25 02:00 +01
    Sun 2026-10-25 03:00 +01
    ");
}

#[test]
fn daily_is_at_its_local_time_before_and_after_clocks_change() {
    insta::assert_snapshot!(
        during(&daily("Europe/Amsterdam", "06:00"), "2026-03-27T05:00:00Z", "2026-03-30T12:00:00Z"),
        @r"
    Sat 2026-03-28 06:00 +01
    Sun 2026-03-29 06:00 +02
    Mon 2026-03-30 06:00 +02
    ");
}

#[test]
fn daily_at_a_time_that_clocks_skip_is_at_the_first_instant_after_the_gap() {
    insta::assert_snapshot!(
        during(&daily("Europe/Amsterdam", "02:30"), "2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z"),
        @r"
    Sat 2026-03-28 02:30 +01
    Sun 2026-03-29 03:00 +02
    Mon 2026-03-30 02:30 +02
    ");
    // The first minute of a gap is in it; this one has half an hour.
    insta::assert_snapshot!(
        during(&daily("Australia/Lord_Howe", "02:00"), "2026-10-02T16:00:00Z", "2026-10-05T00:00:00Z"),
        @r"
    Sun 2026-10-04 02:30 +11
    Mon 2026-10-05 02:00 +11
    ");
    // A gap of a whole day: the island went to the other side of the date line.
    insta::assert_snapshot!(
        during(&daily("Pacific/Apia", "06:00"), "2011-12-29T00:00:00Z", "2011-12-31T12:00:00Z"),
        @r"
    Thu 2011-12-29 06:00 -10
    Sat 2011-12-31 00:00 +14
    Sat 2011-12-31 06:00 +14
    ");
}

#[test]
fn daily_at_a_time_that_clocks_show_twice_is_once_the_first_time() {
    insta::assert_snapshot!(
        during(&daily("America/New_York", "01:30"), "2026-10-31T00:00:00Z", "2026-11-02T12:00:00Z"),
        @r"
    Sat 2026-10-31 01:30 -04
    Sun 2026-11-01 01:30 -04
    Mon 2026-11-02 01:30 -05
    ");
}

#[test]
fn phases_go_through_an_events_life() {
    insta::assert_snapshot!(
        during(&phases(json!({})), "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
        @r"
    Sat 2026-11-28 09:00 +01
    Sun 2026-11-29 06:00 +01
    Mon 2026-11-30 06:00 +01
    Tue 2026-12-01 06:00 +01
    Tue 2026-12-01 08:00 +01
    Tue 2026-12-01 09:00 +01
    Tue 2026-12-01 10:00 +01
    Tue 2026-12-01 11:00 +01
    Wed 2026-12-02 11:00 +01 final
    ");
}

#[test]
fn phases_count_hours_from_the_start_and_days_at_their_time() {
    let event = phases(json!({
        "starts": "2026-11-29T08:30", "ends": "2026-11-29T10:00",
        "schedule": {"auto_sync": "phases", "daily_at": "23:15", "final_sync": "2026-11-29T12:00"}
    }));
    insta::assert_snapshot!(
        during(&event, "2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
        @r"
    Sat 2026-11-28 09:00 +01
    Sat 2026-11-28 23:15 +01
    Sun 2026-11-29 08:30 +01
    Sun 2026-11-29 09:30 +01
    Sun 2026-11-29 12:00 +01 final
    ");
}

#[test]
fn the_final_sync_ends_hourly_and_daily() {
    for schedule in [
        json!({"auto_sync": "hourly", "final_sync": "2026-12-05T18:30"}),
        json!({"auto_sync": "daily", "daily_at": "18:00", "final_sync": "2026-12-05T18:30"}),
    ] {
        let document = document(json!({"schedule": schedule}));
        let last = slots(
            &document,
            at("2026-12-05T16:30:00Z"),
            at("2030-01-01T00:00:00Z"),
        );
        insta::allow_duplicates! {
            insta::assert_snapshot!(text(&document, &last), @r"
            Sat 2026-12-05 18:00 +01
            Sat 2026-12-05 18:30 +01 final
            ");
        }
    }
}

#[test]
fn the_last_slot_up_to_an_instant_is_the_one_before_the_next() {
    let event = phases(json!({}));
    let timetable = timetable(&event);
    let all = slots(
        &event,
        at("2026-01-01T00:00:00Z"),
        at("2030-01-01T00:00:00Z"),
    );
    assert!(
        timetable
            .up_to(all[0].time - SignedDuration::from_nanos(1))
            .is_none()
    );
    for pair in all.windows(2) {
        assert_eq!(timetable.up_to(pair[0].time), Some(pair[0]));
        let before = pair[1].time - SignedDuration::from_nanos(1);
        assert_eq!(timetable.up_to(before), Some(pair[0]));
    }
    assert_eq!(
        timetable.up_to(at("2040-01-01T00:00:00Z")),
        all.last().copied()
    );
}

#[test]
fn a_day_that_clocks_go_back_into_has_had_its_slot() {
    // At 00:01 on Sunday it was 23:01 on Saturday again.
    let timetable = timetable(&daily("America/St_Johns", "00:00"));
    let sunday = at("2010-11-07T02:30:00Z");
    for again_saturday in ["2010-11-07T02:31:00Z", "2010-11-07T03:00:00Z"] {
        let last = timetable.up_to(at(again_saturday)).unwrap();
        assert_eq!(last.time, sunday);
        let next = timetable.after(at(again_saturday)).unwrap();
        assert_eq!(next.time, at("2010-11-08T03:30:00Z"));
    }
}

#[test]
fn events_of_the_same_time_are_spread_over_a_few_minutes() {
    let mut minutes = BTreeMap::new();
    for number in 0..10_000 {
        let event = format!("event-{number}").parse().unwrap();
        let jitter = jitter(&event);
        assert!(jitter < SignedDuration::from_mins(10));
        *minutes.entry(jitter.as_secs()).or_insert(0) += 1;
    }
    assert_eq!(minutes.len(), 10);
    assert!(
        minutes.values().all(|events| (850..1150).contains(events)),
        "{minutes:?}"
    );
}

#[test]
fn jitter_is_the_same_in_every_edition_and_version() {
    let minutes = |event: &str| jitter(&event.parse().unwrap()).as_mins();
    assert_eq!(
        ["devcon", "sample-event", "devcon-2026"].map(minutes),
        [5, 6, 9]
    );
    let slot = timetable(&document(json!({"schedule": {"auto_sync": "hourly"}})))
        .after(at("2026-11-01T08:00:00Z"))
        .unwrap();
    assert_eq!(slot.time, at("2026-11-01T09:00:00Z"));
    assert_eq!(slot.at, slot.time + jitter(&"devcon".parse().unwrap()));
}
