//! EventBridge Scheduler as its documentation describes it, for the expressions that are used here:
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>. Written against that
//! page and not against the code under test.
//!
//! "When time shifts forward in the Spring, if a cron expression falls on a non-existent date and
//! time, your schedule invocation is skipped. When time shifts backwards in the Fall, your schedule
//! runs only once and does not repeat its invocation." Which of the two times it runs is not said,
//! nor whether starts and ends are inclusive: [`Reading`] takes both sides.

#![expect(clippy::doc_markdown, reason = "the name of a product")]

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::schedule::CloudSchedule;

/// A way to read what the documentation leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CronReading {
    /// A doubled time runs the first time; starts and ends are inclusive.
    Early,
    /// It runs the second time; starts and ends are exclusive.
    Late,
}

/// The invocations after one instant and up to another.
pub(super) fn invocations(
    schedule: &CloudSchedule,
    after: Timestamp,
    until: Timestamp,
    reading: CronReading,
) -> Vec<Timestamp> {
    let zone = TimeZone::get(&schedule.time_zone).unwrap();
    let (kind, fields) = schedule
        .expression
        .strip_suffix(')')
        .unwrap()
        .split_once('(')
        .unwrap();
    let all: Vec<Timestamp> = match kind {
        "at" => {
            let local: DateTime = fields.parse().unwrap();
            instants(local, &zone).into_iter().collect()
        }
        "rate" => panic!("when it begins depends on when it was made"),
        "cron" => cron(fields, &zone, after, until, reading),
        other => panic!("{other} is no kind of expression"),
    };
    let may_run = |at: &Timestamp| match reading {
        CronReading::Early => {
            schedule.start.is_none_or(|start| start <= *at)
                && schedule.end.is_none_or(|end| *at <= end)
        }
        CronReading::Late => {
            schedule.start.is_none_or(|start| start < *at)
                && schedule.end.is_none_or(|end| *at < end)
        }
    };
    let asked = |at: &Timestamp| after < *at && *at <= until;
    all.into_iter().filter(may_run).filter(asked).collect()
}

fn cron(
    fields: &str,
    zone: &TimeZone,
    after: Timestamp,
    until: Timestamp,
    reading: CronReading,
) -> Vec<Timestamp> {
    let [minute, hour, rest @ ..] = &*fields.split(' ').collect::<Vec<_>>() else {
        panic!("{fields} are too few fields")
    };
    assert_eq!(rest, ["*", "*", "?", "*"], "every day");
    let minute: i8 = minute.parse().unwrap();
    let hours: Vec<i8> = match *hour {
        "*" => (0..24).collect(),
        one => vec![one.parse().unwrap()],
    };
    let (mut date, last): (Date, Date) = (
        zone.to_datetime(after).date() - 1.day(),
        zone.to_datetime(until).date() + 1.day(),
    );
    let mut all = Vec::new();
    while date <= last {
        for hour in &hours {
            let found = instants(date.at(*hour, minute, 0, 0), zone);
            all.extend(match reading {
                CronReading::Early => found.first().copied(),
                CronReading::Late => found.last().copied(),
            });
        }
        date += 1.day();
    }
    all
}

/// Every instant at which a zone's clocks show this: none, one or two.
fn instants(local: DateTime, zone: &TimeZone) -> BTreeSet<Timestamp> {
    let as_utc = TimeZone::UTC.to_timestamp(local).unwrap();
    // Whatever the offset is, it is one that the zone has within a day and a bit.
    let offsets: BTreeSet<i32> = (-30..=30)
        .step_by(if zone == &TimeZone::UTC { 30 } else { 3 })
        .map(|hours| {
            zone.to_offset(as_utc + SignedDuration::from_hours(hours))
                .seconds()
        })
        .collect();
    offsets
        .into_iter()
        .map(|offset| as_utc - SignedDuration::from_secs(offset.into()))
        .filter(|instant| zone.to_datetime(*instant) == local)
        .collect()
}
