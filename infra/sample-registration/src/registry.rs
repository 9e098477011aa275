//! The registrations as they are now, and the small steps by which they change between two
//! readings.

use crate::names::{JOB_TITLES, ORGANISATIONS, TAGS, after, pick};
use crate::people::{TWIN, minutes_after_opening, registration};
use crate::record::{SampleRecord, SampleStatus};

/// People on the list at first. One of them is on it twice.
pub(crate) const PEOPLE_AT_FIRST: usize = 500;
const PROFILE_CHANGES: usize = 3;
const NEW_PEOPLE: usize = 2;
/// From one step to the next, an hour passes on the sample's own clock, which starts after the last registration.
const MINUTES_PER_STEP: usize = 60;
const FIRST_STEP_AT_MINUTE: usize = 30_000;

/// All registrations, in the order they came in.
#[derive(Debug)]
pub(crate) struct Registry {
    records: Vec<SampleRecord>,
    readings: usize,
}

impl Registry {
    /// The list before anyone has read it.
    pub(crate) fn new() -> Self {
        let records = (1..=PEOPLE_AT_FIRST + 1).map(registration).collect();
        Self {
            records,
            readings: 0,
        }
    }

    pub(crate) fn records(&self) -> &[SampleRecord] {
        &self.records
    }

    /// Begins a reading: the first finds the list as it was created, each later one finds it one
    /// step further.
    pub(crate) fn begin_reading(&mut self) {
        if self.readings > 0 {
            self.take_step(self.readings);
        }
        self.readings += 1;
    }

    fn take_step(&mut self, step: usize) {
        let known = self.records.len();
        for nth in 0..PROFILE_CHANGES {
            self.change_profile(step, nth);
        }
        self.cancel_one(step);
        for number in known + 1..=known + NEW_PEOPLE {
            let mut record = registration(number);
            record.status = SampleStatus::Confirmed;
            record.updated_at = time_of(step);
            self.records.push(record);
        }
    }

    fn change_profile(&mut self, step: usize, nth: usize) {
        let start = step * 37 + nth * 151;
        let Some(record) = self.next_confirmed(start) else {
            return;
        };
        let person = &mut record.person;
        match nth {
            0 => person.job_title = after(&JOB_TITLES, person.job_title),
            1 => person.organisation = after(&ORGANISATIONS, person.organisation),
            _ => toggle(&mut record.tags, pick(&TAGS, step)),
        }
        record.updated_at = time_of(step);
    }

    fn cancel_one(&mut self, step: usize) {
        if let Some(record) = self.next_confirmed(step * 97 + 11) {
            record.status = SampleStatus::Cancelled;
            record.updated_at = time_of(step);
        }
    }

    /// The first confirmed registration from `start` on, round the list; never the one that repeats another, nor an
    /// incomplete one, where a change would not show.
    fn next_confirmed(&mut self, start: usize) -> Option<&mut SampleRecord> {
        let count = self.records.len();
        let index = (0..count)
            .map(|offset| (start + offset) % count)
            .find(|index| self.records.get(*index).is_some_and(changeable))?;
        self.records.get_mut(index)
    }
}

fn changeable(record: &SampleRecord) -> bool {
    let complete = record.person.email.is_some() && record.person.family_name.is_some();
    let twin = record.id == registration(TWIN).id;
    record.status == SampleStatus::Confirmed && complete && !twin
}

fn toggle(tags: &mut Vec<&'static str>, tag: &'static str) {
    if tags.contains(&tag) {
        tags.retain(|other| *other != tag);
    } else {
        tags.push(tag);
    }
}

fn time_of(step: usize) -> jiff::Timestamp {
    minutes_after_opening(FIRST_STEP_AT_MINUTE + step * MINUTES_PER_STEP)
}
