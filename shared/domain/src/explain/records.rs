//! The person's records: what each orders, and its values.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::evaluate::{Contribution, Disposition};
use crate::group::GroupName;
use crate::people::Attendee;
use crate::profile::AttendeeField;

/// A record, as it was when it was last read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct RecordExplained {
    /// The record's position in the feed, counting from 1.
    pub position: u32,
    /// Its id in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// What the record orders.
    pub disposition: Disposition,
    /// The same in words.
    pub says: String,
    /// The values of the record, by field; empty unless the record makes the person attend.
    pub fields: BTreeMap<&'static str, String>,
    /// The groups that the record gives, after the rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupName>,
    /// Mapped fields whose value could not be used.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unusable: BTreeSet<AttendeeField>,
}

pub(super) fn records(attendee: &Attendee) -> Vec<RecordExplained> {
    attendee.records.iter().map(record).collect()
}

fn record(record: &Contribution) -> RecordExplained {
    let incoming = &record.incoming;
    let profile = incoming.profile.iter();
    let badge = incoming.digital_badge.clone();
    RecordExplained {
        position: record.position,
        source_id: incoming.source_id.clone(),
        disposition: record.disposition,
        says: in_words(record.disposition),
        fields: profile
            .map(|(field, value)| (field.name(), value.to_owned()))
            .chain(badge.map(|badge| ("digital_badge", badge)))
            .collect(),
        groups: incoming.groups.clone(),
        unusable: incoming.unusable.clone(),
    }
}

fn in_words(disposition: Disposition) -> String {
    match disposition {
        Disposition::Live => "grants access".to_owned(),
        Disposition::Remove(rule) => format!("rule {rule} removes them from the event"),
        Disposition::UserOnly(rule) => {
            format!("rule {rule} makes them a user of the community who does not attend")
        }
        Disposition::Erase => "the delete flag erases them".to_owned(),
    }
}

/// Explains a record that would remove the person while another record makes them attend.
pub(super) fn overridden_removal(records: &[RecordExplained]) -> Option<String> {
    let live = records
        .iter()
        .find(|record| record.disposition == Disposition::Live)?;
    let (removing, rule) = records.iter().find_map(|record| match record.disposition {
        Disposition::Remove(rule) => Some((record, rule)),
        _ => None,
    })?;
    Some(format!(
        "Because of record {}, rule {rule} would remove them, but record {} grants access, which takes precedence",
        removing.position, live.position
    ))
}
