//! Checks an event's dates and its schedule: their order, and years that are probably typing
//! errors.

use jiff::ToSpan;
use jiff::civil::DateTime;

use super::Checks;
use crate::config::document::{AutoSync, EventDocument};

/// Years in which an event may take place.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// Most years between the day on which an event goes live and its end.
const LONGEST_YEARS: i32 = 3;

/// Most years between the end of an event and its final sync.
const LATEST_FINAL_YEARS: i32 = 1;

impl Checks<'_> {
    pub(super) fn dates(&mut self, document: &EventDocument) {
        let schedule = &document.schedule;
        for (path, date) in [
            ("goes_live", document.goes_live),
            ("starts", document.starts),
            ("ends", document.ends),
            ("purge_after", document.purge_after),
            ("schedule.final_sync", schedule.final_sync),
        ] {
            self.refuse_if(
                date.is_some_and(|date| !YEARS.contains(&date.year())),
                path,
                "the year is not between 2000 and 2100",
            );
        }
        self.refuse_if(
            is_before(document.ends, document.starts),
            "ends",
            "before the event starts",
        );
        self.refuse_if(
            is_before(document.starts, document.goes_live),
            "goes_live",
            "after the event starts",
        );
        self.refuse_if(
            is_before(schedule.final_sync, document.goes_live),
            "schedule.final_sync",
            "before the event goes live: the schedule would end before it starts",
        );
        for (date, name) in [
            (document.goes_live, "the event goes live"),
            (document.starts, "the event starts"),
            (document.ends, "the event ends"),
            (schedule.final_sync, "its final sync"),
        ] {
            self.refuse_if(
                is_before(document.purge_after, date),
                "purge_after",
                &format!("before {name}: give a later time"),
            );
        }
        self.refuse_if(
            schedule.auto_sync == AutoSync::Daily && schedule.daily_at.is_none(),
            "schedule.daily_at",
            "a daily sync needs its local time, such as 06:00",
        );
        if schedule.auto_sync == AutoSync::Phases {
            self.phases(document);
        }
    }

    fn phases(&mut self, document: &EventDocument) {
        let bounds = [document.goes_live, document.starts, document.ends];
        self.refuse_if(
            bounds.iter().any(Option::is_none),
            "schedule.auto_sync",
            "phases need goes_live, starts and ends",
        );
        let final_sync = document.schedule.final_sync;
        self.refuse_if(
            is_before(final_sync, document.ends),
            "schedule.final_sync",
            "before the event ends: the hourly syncs would end with it; leave it out for one day after the end",
        );
        self.refuse_if(
            is_before(
                years_after(document.goes_live, LONGEST_YEARS),
                document.ends,
            ),
            "ends",
            "more than three years after the event goes live: is a year mistyped?",
        );
        self.refuse_if(
            is_before(years_after(document.ends, LATEST_FINAL_YEARS), final_sync),
            "schedule.final_sync",
            "more than a year after the event ends: is the year mistyped?",
        );
    }
}

fn is_before(date: Option<DateTime>, other: Option<DateTime>) -> bool {
    date.zip(other).is_some_and(|(date, other)| date < other)
}

fn years_after(date: Option<DateTime>, years: i32) -> Option<DateTime> {
    date?.checked_add(years.years()).ok()
}
