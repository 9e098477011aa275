//! A timetable as a cloud's scheduler is told it: as data, in the words of `EventBridge` Scheduler.
//!
//! Its documentation ("Schedule types in `EventBridge` Scheduler",
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>) says that a cron
//! expression is skipped on a day whose clocks skip its time, and runs once on a day whose clocks
//! show it twice; not which of the two. It says that invocations stop "on, or before" the end date.
//! Nothing here depends on what it leaves open:
//!
//! - Hours are counted in UTC, by `cron` with a minute only. `rate` would count from when the
//!   schedule was made, and a new configuration would shift it.
//! - A day on which the clocks skip the daily time or show it twice gets a one-time schedule in
//!   UTC, and the daily expression ends before that day and starts again after it.
//! - Starts and ends lie half an hour from the nearest invocation.

use jiff::civil::Time;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use xxhash_rust::xxh3::xxh3_64;

use super::daily::Daily;
use super::hourly::Hourly;
use super::purge::purge_time;
use super::timetable::{Span, Timetable, TimetablePart, end_of_event, jitter};
use crate::config::EventDocument;
use crate::ids::EventId;
use crate::zone::UnknownZone;

/// How far ahead days are searched on which the clocks change. An event that still syncs daily
/// after that needs new schedules.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(2 * 366 * 24);

/// The distance of starts and ends from the nearest invocation.
const MARGIN: SignedDuration = SignedDuration::from_mins(30);

/// Event ids of this length and more are replaced by a hash: names have at most 64 characters (API
/// reference of `EventBridge` Scheduler, `CreateSchedule`), and the longest word after an id has
/// 21.
const EVENT_PART: usize = 44;

/// A schedule to create in `EventBridge` Scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudSchedule {
    /// Unique in an installation. Begins with the event's id, or a hash of a long one, and a full
    /// stop.
    pub name: String,
    /// `ScheduleExpression`.
    pub expression: String,
    /// `ScheduleExpressionTimezone`.
    pub time_zone: String,
    /// `StartDate`; absent where it would be in the past, which is not allowed.
    pub start: Option<Timestamp>,
    /// `EndDate`.
    pub end: Option<Timestamp>,
    /// Whether the schedule deletes itself after its last invocation (`ActionAfterCompletion`).
    pub delete_after: bool,
}

/// The schedules that make an event sync, and its people be purged, as its configuration says, from `now` on.
pub fn cloud_schedules(
    document: &EventDocument,
    now: Timestamp,
) -> Result<Vec<CloudSchedule>, UnknownZone> {
    let purge = purge_time(document)?.filter(|at| *at > now);
    let purge = purge.map(|at| one_time(format!("{}purge", cloud_prefix(&document.event)), at));
    let others = reminder_schedule(document, now).into_iter().chain(purge);
    let Some(timetable) = Timetable::of(document)? else {
        return Ok(others.collect());
    };
    let made = Making {
        timetable: &timetable,
        prefix: cloud_prefix(&document.event),
        zone_name: &document.time_zone,
        now,
    };
    let schedules = timetable.parts.iter().flat_map(|part| match part {
        TimetablePart::Opening(time) => made.opening(*time).into_iter().collect(),
        TimetablePart::Final(time) => made.once("final", *time).into_iter().collect(),
        TimetablePart::Hourly(hourly) => made.hourly(hourly).into_iter().collect(),
        TimetablePart::Daily(daily) => made.daily(daily),
    });
    Ok(schedules.chain(others).collect())
}

/// The schedule by which reminders are looked for each hour, until the event is over. What it orders is the same as
/// that of a sync: to do what is due.
fn reminder_schedule(document: &EventDocument, now: Timestamp) -> Option<CloudSchedule> {
    if document.reminders.is_none() || !document.invitations.enabled {
        return None;
    }
    let end = end_of_event(document).and_then(|end| end.checked_add(MARGIN).ok());
    if end.is_some_and(|end| end <= now) {
        return None;
    }
    // Half an hour away from the syncs of the same event.
    let minute = 30 + jitter(&document.event).as_mins();
    Some(CloudSchedule {
        name: format!("{}reminders", cloud_prefix(&document.event)),
        expression: format!("cron({minute} * * * ? *)"),
        time_zone: "UTC".to_owned(),
        start: None,
        end,
        delete_after: end.is_some(),
    })
}

fn one_time(name: String, at: Timestamp) -> CloudSchedule {
    CloudSchedule {
        name,
        expression: format!("at({})", at.strftime("%Y-%m-%dT%H:%M:%S")),
        time_zone: "UTC".to_owned(),
        start: None,
        end: None,
        delete_after: true,
    }
}

/// Returns the prefix of the names of an event's schedules. No other event's names have it, because
/// ids contain no full stop.
#[must_use]
pub fn cloud_prefix(event: &EventId) -> String {
    match event.as_str().get(..EVENT_PART) {
        None => format!("{event}."),
        // Ids contain no underscore, so no other event has this name.
        Some(_) => format!("_{:016x}.", xxh3_64(event.as_str().as_bytes())),
    }
}

struct Making<'t> {
    timetable: &'t Timetable,
    prefix: String,
    zone_name: &'t str,
    now: Timestamp,
}

/// Invocations of one expression.
struct Stretch {
    /// Whether the invocation before `first` also belongs to this expression.
    begun: bool,
    first: Timestamp,
    last: Option<Timestamp>,
}

impl Making<'_> {
    fn opening(&self, time: Timestamp) -> Option<CloudSchedule> {
        let is_daily = self.timetable.parts.iter().any(|part| match part {
            TimetablePart::Daily(daily) => daily.up_to(time) == Some(time),
            _ => false,
        });
        // A daily sync may take place at the same time as the first sync when the event goes live.
        if is_daily {
            None
        } else {
            self.once("opening", time)
        }
    }

    fn once(&self, name: &str, time: Timestamp) -> Option<CloudSchedule> {
        let at = self.at(time).filter(|at| *at > self.now)?;
        Some(one_time(format!("{}{name}", self.prefix), at))
    }

    fn hourly(&self, hourly: &Hourly) -> Option<CloudSchedule> {
        let past = self.now.checked_sub(self.timetable.jitter).ok()?;
        let first = self.at(hourly.after(past)?)?;
        let stretch = Stretch {
            begun: hourly.up_to(past).is_some(),
            first,
            last: self.end_of(hourly.span, |last| hourly.up_to(last)),
        };
        let minute = TimeZone::UTC.to_datetime(first).minute();
        let expression = format!("cron({minute} * * * ? *)");
        self.recurring("hourly", expression, "UTC", &stretch)
    }

    fn daily(&self, daily: &Daily) -> Vec<CloudSchedule> {
        let clock = daily.at.wrapping_add(self.timetable.jitter);
        let expression = format!("cron({} {} * * ? *)", clock.minute(), clock.hour());
        let is_usual = |at| shows_once(&daily.zone, at, clock);
        let (past, horizon) = (
            self.now
                .checked_sub(self.timetable.jitter)
                .unwrap_or(self.now),
            self.now.checked_add(HORIZON).unwrap_or(Timestamp::MAX),
        );
        let mut begun = daily
            .up_to(past)
            .and_then(|time| self.at(time))
            .is_some_and(is_usual);
        let mut schedules = Vec::new();
        let mut stretch: Option<Stretch> = None;
        let mut next = daily.after(past);
        while let Some(time) = next.filter(|time| *time <= horizon) {
            next = daily.after(time);
            let Some(at) = self.at(time) else { break };
            if is_usual(at) {
                let first = stretch.map_or(at, |stretch| stretch.first);
                let last = Some(at);
                stretch = Some(Stretch { begun, first, last });
                continue;
            }
            let day = daily.zone.to_datetime(at).strftime("%Y%m%d");
            let name = format!("daily-until-{day}");
            schedules.extend(stretch.take().and_then(|stretch| {
                self.recurring(&name, expression.clone(), self.zone_name, &stretch)
            }));
            schedules.extend(self.once(&format!("daily-on-{day}"), time));
            begun = false;
        }
        // Days after the horizon are not examined.
        let beyond = next.and_then(|time| self.at(time));
        let first = stretch.map(|stretch| stretch.first).or(beyond);
        schedules.extend(first.and_then(|first| {
            let last = self.end_of(daily.span, |last| daily.up_to(last));
            let stretch = Stretch { begun, first, last };
            self.recurring("daily", expression, self.zone_name, &stretch)
        }));
        schedules
    }

    fn recurring(
        &self,
        name: &str,
        expression: String,
        time_zone: &str,
        stretch: &Stretch,
    ) -> Option<CloudSchedule> {
        if stretch.last.is_some_and(|last| last <= self.now) {
            return None;
        }
        let start = if stretch.begun {
            None
        } else {
            stretch.first.checked_sub(MARGIN).ok()
        };
        Some(CloudSchedule {
            name: format!("{}{name}", self.prefix),
            expression,
            time_zone: time_zone.to_owned(),
            start: start.filter(|start| *start > self.now),
            end: stretch.last.and_then(|last| last.checked_add(MARGIN).ok()),
            delete_after: stretch.last.is_some(),
        })
    }

    /// Returns when the last sync of a part begins; `None` where the part has no end.
    fn end_of(
        &self,
        span: Span,
        up_to: impl Fn(Timestamp) -> Option<Timestamp>,
    ) -> Option<Timestamp> {
        let last = span.has_end().then(|| up_to(span.last())).flatten()?;
        self.at(last)
    }

    fn at(&self, time: Timestamp) -> Option<Timestamp> {
        self.timetable.at(time)
    }
}

/// Returns whether the clocks show this time at this instant, and at no other instant of that day.
fn shows_once(zone: &TimeZone, at: Timestamp, clock: Time) -> bool {
    let shown = zone.to_datetime(at);
    let unique = matches!(
        zone.to_ambiguous_timestamp(shown).offset(),
        AmbiguousOffset::Unambiguous { .. }
    );
    unique && (shown.hour(), shown.minute()) == (clock.hour(), clock.minute())
}
