//! Instants an hour apart. Clock changes do not affect them.

use jiff::{SignedDuration, Timestamp};

use super::timetable::{JUST_LESS, Span};

pub(super) const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Every hour of a span.
#[derive(Debug, Clone)]
pub(super) struct Hourly {
    /// Seconds after the full hour, in UTC.
    past_the_hour: i64,
    pub(super) span: Span,
}

impl Hourly {
    /// Returns instants on the full hour, in UTC.
    pub(super) fn on_the_hour(span: Span) -> Self {
        Self {
            past_the_hour: 0,
            span,
        }
    }

    /// Returns instants that begin with the span.
    pub(super) fn from_the_beginning(span: Span) -> Self {
        Self {
            past_the_hour: span.from.as_second().rem_euclid(HOUR.as_secs()),
            span,
        }
    }

    /// Returns the first instant after `instant`.
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

    /// Returns the last instant up to `instant`, as if there were no span.
    fn hour_of(&self, instant: Timestamp) -> Option<Timestamp> {
        let seconds = instant.as_second() - self.past_the_hour;
        let hours = seconds.div_euclid(HOUR.as_secs());
        Timestamp::from_second(hours * HOUR.as_secs() + self.past_the_hour).ok()
    }
}
