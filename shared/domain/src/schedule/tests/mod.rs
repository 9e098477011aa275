//! Tests of schedules: what a timetable says, what is due after which runs, and that a cloud's
//! scheduler is told the same.

mod aws;
mod cloud;
mod due;
mod purge;
mod timetable;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::timetable::{SyncSlot, Timetable};
use crate::config::{EventDocument, SourceAddresses, check};
use crate::ids::{RunId, RunNumber};
use crate::run::{Coverage, Run, RunMode, RunState};
use crate::zone::time_zone;

/// A small document with `change` laid over it.
#[expect(clippy::needless_pass_by_value, reason = "it is called with literals")]
fn document(change: Value) -> EventDocument {
    let mut document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon", "time_zone": "Europe/Amsterdam",
        "source": {"url": "https://registration.example.org/"},
        "mapping": {"email": "mail", "first_name": "first", "last_name": "last"}
    });
    for (key, value) in change.as_object().unwrap() {
        document[key] = value.clone();
    }
    check(&document, &SourceAddresses::Public).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn timetable(document: &EventDocument) -> Timetable {
    Timetable::of(document).unwrap().expect("it is not off")
}

fn zone(document: &EventDocument) -> TimeZone {
    time_zone(&document.time_zone).unwrap()
}

/// The slots after one instant and up to another.
fn slots(document: &EventDocument, after: Timestamp, until: Timestamp) -> Vec<SyncSlot> {
    let timetable = timetable(document);
    let following = |slot: &SyncSlot| timetable.after(slot.time);
    std::iter::successors(timetable.after(after), following)
        .take_while(|slot| slot.time <= until)
        .collect()
}

/// Slots on the clocks of the event, without jitter.
fn text(document: &EventDocument, slots: &[SyncSlot]) -> String {
    let zone = zone(document);
    let line = |slot: &SyncSlot| {
        let end = if slot.is_final { " final" } else { "" };
        let shown = zone.to_datetime(slot.time).strftime("%a %Y-%m-%d %H:%M");
        format!("{shown} {}{end}", zone.to_offset(slot.time))
    };
    slots.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A sync that began then and took a minute.
fn run(started: &str, state: RunState) -> Run {
    let id = RunId {
        event: "devcon".parse().unwrap(),
        number: RunNumber(1),
    };
    let mut run = Run::begin(id, RunMode::Sync, at(started));
    run.state = state;
    if state.is_over() {
        run.milliseconds = 60_000;
        run.finished = Some(run.started + SignedDuration::from_mins(1));
    }
    run
}

fn failed(started: &str) -> Run {
    run(started, RunState::Failed)
}

fn good(started: &str) -> Run {
    run(started, RunState::Succeeded)
}

fn of_one_person(started: &str, state: RunState) -> Run {
    Run {
        extent: Coverage::OnePerson,
        ..run(started, state)
    }
}
