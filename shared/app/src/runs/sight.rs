//! What a reading sees of a feed as a whole: whether it still has what the mapping takes from it, and the lists
//! within its elements. A feed that has nothing to use any more is none.

use std::collections::BTreeSet;

use attendee_sync_domain::config::TakenField;
use attendee_sync_domain::feed::FeedRecord;
use attendee_sync_domain::profile::AttendeeField;
use serde::{Deserialize, Serialize};

use crate::ports::Remark;

/// Most field names that a message lists.
const MAX_NAMES: usize = 20;

/// What was seen of a feed so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sight {
    /// Keys of the mapping whose field a record had.
    present: BTreeSet<AttendeeField>,
    /// Whether a record of somebody was passed over as known, so that nobody saw what it has.
    passed_over: bool,
    /// Whether a record spoke of somebody.
    usable: bool,
    /// Names that the first record has.
    names: Vec<String>,
    /// Why the first record that was rejected was.
    rejection: Option<String>,
    /// Elements without the list in which their records would be, and the first of them.
    unlisted: u64,
    first_unlisted: Option<(u32, String)>,
}

/// What the end of a run has to know of its feed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Lost {
    /// No record spoke of anybody.
    pub(crate) everybody: bool,
    /// Keys of the mapping whose field no record had, though every record was looked into.
    pub(crate) fields: Vec<AttendeeField>,
}

impl Sight {
    /// Looks into a record.
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

    /// Notes that a record of somebody was passed over as known.
    pub(crate) fn pass_over(&mut self) {
        self.passed_over = true;
        self.usable = true;
    }

    /// Notes that a record spoke of somebody.
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

    /// Whether the feed held records, and none of them could be used, as far as one was rejected.
    pub(crate) fn is_all_rejected(&self) -> bool {
        !self.usable && self.rejection.is_some()
    }

    /// What the feed has no more.
    pub(crate) fn lost(&self, taken: &[TakenField], records: u64) -> Lost {
        let gone = |field: &&TakenField| {
            // Of records that were all passed over, nobody saw what they have.
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

    /// Why no record could be used.
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

    /// That no record has a field.
    pub(crate) fn without(&self, field: &TakenField) -> String {
        format!(
            "no record has the field {}, which mapping.{} uses; the first record has: {}",
            field.path,
            field.name,
            self.names.join(", ")
        )
    }

    /// What is to be said of elements without an inner list.
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
