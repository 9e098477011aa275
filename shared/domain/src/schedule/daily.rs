//! Instants at one local time of every day.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::timetable::{JUST_LESS, Span};

/// A local time of every day of a span.
#[derive(Debug, Clone)]
pub(super) struct Daily {
    pub(super) zone: TimeZone,
    pub(super) at: Time,
    pub(super) span: Span,
}

impl Daily {
    /// Returns the first instant after `instant`.
    pub(super) fn after(&self, instant: Timestamp) -> Option<Timestamp> {
        let before = instant.max(self.span.from.checked_sub(JUST_LESS).unwrap_or(instant));
        let next = self.days(before, 0, 1).find(|instant| *instant > before)?;
        self.span.holds(next).then_some(next)
    }

    /// The last up to `instant`.
    pub(super) fn up_to(&self, instant: Timestamp) -> Option<Timestamp> {
        let until = instant.min(self.span.last());
        // The search begins on the day after, because clocks may be put back across midnight.
        let last = self.days(until, 1, -1).find(|instant| *instant <= until)?;
        self.span.holds(last).then_some(last)
    }

    /// Returns the instants of some days, beginning so many days before or after `instant`,
    /// forwards or backwards.
    fn days(
        &self,
        instant: Timestamp,
        first: i32,
        step: i32,
    ) -> impl Iterator<Item = Timestamp> + use<'_> {
        let date = self.zone.to_datetime(instant).date();
        (0..5).filter_map(move |day| self.on(date.checked_add((first + day * step).days()).ok()?))
    }

    fn on(&self, date: Date) -> Option<Timestamp> {
        instant_of(date.to_datetime(self.at), &self.zone)
    }
}

/// Returns the instant at which the clocks of a zone show this time, to the minute. Where they skip
/// it, the first instant after the gap; where they show it twice, the first of the two.
pub(crate) fn instant_of(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let local = local.date().at(local.hour(), local.minute(), 0, 0);
    let instant = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok()?,
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok()?,
        AmbiguousOffset::Gap { before, .. } => {
            // With the offset before the gap, this time is in the hour after the gap.
            let after = before.to_timestamp(local).ok()?;
            let change = zone.preceding(after.checked_add(JUST_LESS).ok()?).next();
            change.map_or(after, |change| change.timestamp())
        }
    };
    // In early times the offset from UTC was not a whole number of minutes.
    let seconds = instant.as_second().rem_euclid(60);
    instant.checked_sub(SignedDuration::from_secs(seconds)).ok()
}
