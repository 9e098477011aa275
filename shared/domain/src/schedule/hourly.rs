//! Instants an hour apart. Clocks that change do not matter to them.

use jiff::{SignedDuration, Timestamp};

use super::timetable::{JUST_LESS, Span};

pub(super) const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Every hour of a span.
#[derive(Debug, Clone)]
pub(super) struct Hourly {
    /// How many seconds after the full hour, in UTC.
    past_the_hour: i64,
    pub(super) span: Span,
}

impl Hourly {
    /// On the hour, in UTC.
    pub(super) fn on_the_hour(span: Span) -> Self {
        Self {
            past_the_hour: 0,
            span,
        }
    }

    /// From the beginning of the span.
    pub(super) fn from_the_beginning(span: Span) -> Self {
        Self {
            past_the_hour: span.from.as_second().rem_euclid(HOUR.as_secs()),
            span,
        }
    }

    /// The first after `instant`.
    pub(super) fn after(&self, instant: Timestamp) -> Option<Timestamp> {
        let before = instant.max(self.span.from.checked_sub(JUST_LESS).unwrap_or(instant));
        let next = self.hour_of(before)?.checked_add(HOUR).ok()?;
        self.span.holds(next).then_some(next)
    }

    /// The last up to `instant`.
    pub(super) fn up_to(&self, instant: Timestamp) -> Option<Timestamp> {
        let last = self.hour_of(instant.min(self.span.last()))?;
        self.span.holds(last).then_some(last)
    }

    /// The last up to `instant`, were there no span.
    fn hour_of(&self, instant: Timestamp) -> Option<Timestamp> {
        let seconds = instant.as_second() - self.past_the_hour;
        let hours = seconds.div_euclid(HOUR.as_secs());
        Timestamp::from_second(hours * HOUR.as_secs() + self.past_the_hour).ok()
    }
}
