//! The configured schedule of an event: instants, without regard to past syncs.

use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use xxhash_rust::xxh3::xxh3_64;

use super::daily::{Daily, instant_of};
use super::hourly::Hourly;
use crate::config::{AutoSync, EventDocument};
use crate::ids::EventId;
use crate::zone::{UnknownZone, time_zone};

/// The default time of daily syncs before an event in phases starts: before people come to work,
/// and in Europe after the backups of most systems.
pub const DAILY_AT: Time = time(6, 0, 0, 0);

/// The number of minutes over which events with the same time are spread.
const SPREAD_MINUTES: u64 = 10;

/// The smallest step of a timestamp.
pub(super) const JUST_LESS: SignedDuration = SignedDuration::from_nanos(1);

/// Returns the delay of an event's syncs after their times, in whole minutes, because a cloud's
/// scheduler has no finer steps. It is always the same for the same event, in every edition.
#[must_use]
pub fn jitter(event: &EventId) -> SignedDuration {
    let minutes = xxh3_64(event.as_str().as_bytes()) % SPREAD_MINUTES;
    SignedDuration::from_mins(minutes.try_into().unwrap_or(0))
}

/// When an event ends; `None` where its document does not say so.
#[must_use]
pub fn end_of_event(document: &EventDocument) -> Option<Timestamp> {
    let zone = time_zone(&document.time_zone).ok()?;
    instant_of(document.ends?, &zone)
}

/// One sync of a timetable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncSlot {
    /// The time without jitter: a sync that begins at this time or later counts for the slot.
    pub time: Timestamp,
    /// The time at which the sync begins.
    pub at: Timestamp,
    /// Whether no sync follows.
    pub is_final: bool,
}

/// The automatic syncs of an event.
#[derive(Debug, Clone)]
pub struct Timetable {
    pub(super) jitter: SignedDuration,
    pub(super) parts: Vec<TimetablePart>,
}

/// A part of a timetable, in times without jitter.
#[derive(Debug, Clone)]
pub(super) enum TimetablePart {
    /// The sync when the event goes live.
    Opening(Timestamp),
    /// A local time of every day.
    Daily(Daily),
    /// Every hour.
    Hourly(Hourly),
    /// The final sync.
    Final(Timestamp),
}

impl TimetablePart {
    fn after(&self, time: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Opening(once) | Self::Final(once) => (*once > time).then_some(*once),
            Self::Daily(daily) => daily.after(time),
            Self::Hourly(hourly) => hourly.after(time),
        }
    }

    fn up_to(&self, time: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Opening(once) | Self::Final(once) => (*once <= time).then_some(*once),
            Self::Daily(daily) => daily.up_to(time),
            Self::Hourly(hourly) => hourly.up_to(time),
        }
    }
}

/// The instants from a beginning up to an end, without the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Span {
    pub(super) fn holds(&self, instant: Timestamp) -> bool {
        self.from <= instant && instant < self.until
    }

    /// Returns the last instant of the span.
    pub(super) fn last(&self) -> Timestamp {
        self.until.checked_sub(JUST_LESS).unwrap_or(self.until)
    }

    pub(super) fn has_end(&self) -> bool {
        self.until < Timestamp::MAX
    }
}

impl Timetable {
    /// Returns the timetable of a configuration; `None` where the event has no automatic syncs.
    pub fn of(document: &EventDocument) -> Result<Option<Self>, UnknownZone> {
        if document.schedule.auto_sync == AutoSync::Off {
            return Ok(None);
        }
        let zone = time_zone(&document.time_zone)?;
        let parts = parts(document, &zone);
        Ok(parts.map(|parts| Self {
            jitter: jitter(&document.event),
            parts,
        }))
    }

    /// The first slot whose time is after `time`.
    #[must_use]
    pub fn after(&self, time: Timestamp) -> Option<SyncSlot> {
        let next = |part: &TimetablePart| self.slot(part, part.after(time)?);
        self.parts
            .iter()
            .filter_map(next)
            .min_by_key(|slot| slot.time)
    }

    /// Returns the last slot whose time is `time` or earlier.
    #[must_use]
    pub fn up_to(&self, time: Timestamp) -> Option<SyncSlot> {
        let last = |part: &TimetablePart| self.slot(part, part.up_to(time)?);
        self.parts
            .iter()
            .filter_map(last)
            .max_by_key(|slot| slot.time)
    }

    /// The last slot that has begun at `now`.
    #[must_use]
    pub fn begun(&self, now: Timestamp) -> Option<SyncSlot> {
        self.up_to(now.checked_sub(self.jitter).ok()?)
    }

    fn slot(&self, part: &TimetablePart, time: Timestamp) -> Option<SyncSlot> {
        Some(SyncSlot {
            time,
            at: self.at(time)?,
            is_final: matches!(part, TimetablePart::Final(_)),
        })
    }

    /// Returns when the slot of this time begins.
    pub(super) fn at(&self, time: Timestamp) -> Option<Timestamp> {
        time.checked_add(self.jitter).ok()
    }
}

/// Returns the parts of a schedule that is not off; `None` where a date is missing or is no valid
/// instant, which the check of documents refuses.
fn parts(document: &EventDocument, zone: &TimeZone) -> Option<Vec<TimetablePart>> {
    let schedule = &document.schedule;
    let local = |time| instant_of(time, zone);
    let final_sync = match schedule.final_sync {
        Some(time) => Some(local(time)?),
        None => None,
    };
    let whole = Span {
        from: Timestamp::MIN,
        until: final_sync.unwrap_or(Timestamp::MAX),
    };
    let daily = |span| {
        TimetablePart::Daily(Daily {
            zone: zone.clone(),
            at: schedule.daily_at.unwrap_or(DAILY_AT),
            span,
        })
    };
    match schedule.auto_sync {
        AutoSync::Off => None,
        AutoSync::Hourly => Some(ending(
            vec![TimetablePart::Hourly(Hourly::on_the_hour(whole))],
            final_sync,
        )),
        AutoSync::Daily => Some(ending(vec![daily(whole)], final_sync)),
        AutoSync::Phases => {
            let (goes_live, starts) = (local(document.goes_live?)?, local(document.starts?)?);
            let ends = document.ends?;
            let final_sync = match final_sync {
                Some(time) => time,
                None => local(ends.checked_add(1.day()).ok()?)?,
            };
            let before = Span {
                from: goes_live,
                until: starts.min(final_sync),
            };
            let during = Span {
                from: starts,
                // An event whose duration is a whole number of hours also syncs at its end.
                until: local(ends)?.checked_add(JUST_LESS).ok()?.min(final_sync),
            };
            let opening = before
                .holds(goes_live)
                .then_some(TimetablePart::Opening(goes_live));
            let phases = opening.into_iter().chain([
                daily(before),
                TimetablePart::Hourly(Hourly::from_the_beginning(during)),
            ]);
            Some(ending(phases.collect(), Some(final_sync)))
        }
    }
}

fn ending(mut parts: Vec<TimetablePart>, final_sync: Option<Timestamp>) -> Vec<TimetablePart> {
    parts.extend(final_sync.map(TimetablePart::Final));
    parts
}
