//! Observes a feed as a whole: whether it still has the fields that the mapping uses, and the lists
//! within its elements. A feed without any usable record is rejected.

use std::collections::BTreeSet;

use attendee_sync_domain::config::TakenField;
use attendee_sync_domain::feed::FeedRecord;
use attendee_sync_domain::profile::AttendeeField;
use serde::{Deserialize, Serialize};

use crate::ports::Remark;

/// Most field names that a message lists.
const MAX_NAMES: usize = 20;

/// The observations of a feed so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sight {
    /// The keys of the mapping whose field some record had.
    present: BTreeSet<AttendeeField>,
    /// Whether a known record was skipped, so that its fields were not observed.
    passed_over: bool,
    /// Whether a record could be used.
    usable: bool,
    /// The names of the first record's fields.
    names: Vec<String>,
    /// The reason of the first rejected record.
    rejection: Option<String>,
    /// Elements without the list in which their records would be, and the first of them.
    unlisted: u64,
    first_unlisted: Option<(u32, String)>,
}

/// What the end of a run has to know of its feed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Lost {
    /// Whether no record could be used.
    pub(crate) everybody: bool,
    /// The keys of the mapping whose field no record had, though every record was evaluated.
    pub(crate) fields: Vec<AttendeeField>,
}

impl Sight {
    /// Observes the fields of a record.
    pub(crate) fn look_into(&mut self, record: &FeedRecord<'_>, taken: &[TakenField]) {
        if self.names.is_empty()
            && let Some(fields) = record.value.as_object()
        {
            self.names = fields.keys().take(MAX_NAMES).cloned().collect();
        }
        for field in taken {
            if !self.present.contains(&field.name) && record.find(&field.path).is_some() {
                self.present.insert(field.name);
            }
        }
    }

    /// Notes that a known record was skipped.
    pub(crate) fn pass_over(&mut self) {
        self.passed_over = true;
        self.usable = true;
    }

    /// Notes that a record could be used.
    pub(crate) fn use_one(&mut self) {
        self.usable = true;
    }

    /// Notes why a record was rejected.
    pub(crate) fn reject(&mut self, reason: &str) {
        self.rejection.get_or_insert_with(|| reason.to_owned());
    }

    /// Notes that an element lacks its inner list, right after the record at `position`.
    pub(crate) fn unlisted(&mut self, position: u32, name: &str) {
        self.unlisted += 1;
        self.first_unlisted
            .get_or_insert_with(|| (position, name.to_owned()));
    }

    /// Returns whether the feed had records, none of which could be used, and at least one was
    /// rejected.
    pub(crate) fn is_all_rejected(&self) -> bool {
        !self.usable && self.rejection.is_some()
    }

    /// Returns what the feed no longer has.
    pub(crate) fn lost(&self, taken: &[TakenField], records: u64) -> Lost {
        let gone = |field: &&TakenField| {
            // Where all records were skipped, their fields were not observed.
            records > 0
                && !self.names.is_empty()
                && !self.passed_over
                && !self.present.contains(&field.name)
        };
        let fields = taken.iter().filter(gone);
        Lost {
            everybody: !self.usable,
            fields: fields.map(|field| field.name).collect(),
        }
    }

    /// Returns why no record could be used.
    pub(crate) fn why_unusable(&self, taken: &[TakenField], records: u64) -> String {
        let lost = self.lost(taken, records);
        let gone = |field: &&TakenField| field.is_needed && lost.fields.contains(&field.name);
        let why = match (taken.iter().find(gone), &self.rejection) {
            (Some(field), _) => self.without(field),
            (None, Some(reason)) => {
                format!("none of the {records} records can be used; the first: {reason}")
            }
            (None, None) => "the source sent no record".to_owned(),
        };
        format!(
            "{why}. This source had people before, so this response counts as an error and nobody is removed"
        )
    }

    /// Returns the message that no record has a field.
    pub(crate) fn without(&self, field: &TakenField) -> String {
        format!(
            "no record has the field {}, which mapping.{} uses; the first record has: {}",
            field.path,
            field.name,
            self.names.join(", ")
        )
    }

    /// Returns a remark on elements without an inner list, if there are any.
    pub(crate) fn remark(&self) -> Option<Remark> {
        let (position, name) = self.first_unlisted.as_ref()?;
        let elements = match self.unlisted {
            1 => "1 element of the list has".to_owned(),
            many => format!("{many} elements of the list have"),
        };
        let reason = format!(
            "{elements} no list at \"{name}\", where source.records looks for records; the first comes after record \
             {position}. Have the source send an empty list where there is none"
        );
        Some(Remark::incomplete(
            "no_inner_list",
            "source.records",
            reason,
        ))
    }
}
