//! What people set in place of a sync, in words.

use super::AuditAction;

impl AuditAction {
    /// What was set by hand or in the app, where `whom` says of whom; nothing of any other action.
    pub(super) fn by_hand_in_words(&self, whom: &str) -> String {
        match self {
            Self::AttendeeAddedByHand { event, .. } => format!("added {whom} to {event} by hand"),
            Self::AttendeeEditedByHand { event, fields, .. } => {
                let fields = listed(fields.iter().map(|field| field.name()));
                format!("edited {whom} in {event} by hand: {fields}")
            }
            Self::AttendeeRemovedByHand { event, .. } => {
                format!("removed {whom} from the list of {event}")
            }
            Self::ByHandReleased { event, field, .. } => {
                format!("let {field} of {whom} in {event} follow the sync again")
            }
            Self::ProfileEditedInApp { event, fields, .. } => {
                let fields = listed(fields.iter().map(|field| field.name()));
                format!("passed on what {whom} edited in the app of {event}: {fields}")
            }
            Self::ListImported {
                event,
                import,
                added,
                changed,
            } => {
                format!("imported the list {import} into {event}: {added} added, {changed} changed")
            }
            Self::ImportUndone {
                event,
                import,
                people,
            } => format!("undid the import {import} of {event}: {people} people"),
            _ => String::new(),
        }
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
