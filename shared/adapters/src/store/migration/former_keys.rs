//! The keys of the version before, where they are others than those of this one.

use attendee_sync_app::ports::KeptKey;
use attendee_sync_domain::ids::{CommunityId, EventId, RunNumber};

use crate::store::keys;
use crate::table::TableKey;

/// The state of an event's runs, beside its configuration.
pub(super) fn state(event: &EventId) -> TableKey {
    TableKey {
        sk: "STATE".to_owned(),
        ..keys::configuration(event)
    }
}

/// The beginning of the sort keys of the notes of erasures, beside the community's key.
pub(super) const ERASURES: &str = "ERASE#";
/// The beginning of the sort keys of the notes of events that were taken out, in the same partition.
pub(super) const CLOSINGS: &str = "CLOSE#";

/// What the drafts of a community were sealed with, among the sessions.
pub(super) fn draft_secret(community: &CommunityId) -> TableKey {
    keys::kept(KeptKey::of(&format!("draft secret of {community}")))
}

/// The beginning of the sort keys of what was about to be written, in an event's log. It names people.
pub(in crate::store) const INTENTS: &str = "T#";
/// The beginning of the sort keys of which batches were done, in an event's log.
pub(super) const BATCHES_DONE: &str = "D#";

/// The beginning of the sort keys of what a run changed.
pub(super) fn changes_of(run: RunNumber) -> String {
    format!("{}{}#", keys::CHANGES, keys::number(run))
}
