//! The keys of the previous version, where they differ from those of this one.

use attendee_sync_app::ports::KeptKey;
use attendee_sync_domain::ids::{CommunityId, EventId, RunNumber};

use crate::store::keys;
use crate::table::TableKey;

/// Returns the key of the state of an event's runs, beside its configuration.
pub(super) fn state(event: &EventId) -> TableKey {
    TableKey {
        sk: "STATE".to_owned(),
        ..keys::configuration(event)
    }
}

/// The prefix of the sort keys of the notes of erasures, beside the community's key.
pub(super) const ERASURES: &str = "ERASE#";
/// The prefix of the sort keys of the notes of closed events, in the same partition.
pub(super) const CLOSINGS: &str = "CLOSE#";

/// Returns the key of the secret of a community's drafts, among the sessions.
pub(super) fn draft_secret(community: &CommunityId) -> TableKey {
    keys::kept(KeptKey::of(&format!("draft secret of {community}")))
}

/// The prefix of the sort keys of planned writes in an event's log. They name people.
pub(in crate::store) const INTENTS: &str = "T#";
/// The prefix of the sort keys of finished batches in an event's log.
pub(super) const BATCHES_DONE: &str = "D#";

/// Returns the prefix of the sort keys of a run's changes.
pub(super) fn changes_of(run: RunNumber) -> String {
    format!("{}{}#", keys::CHANGES, keys::number(run))
}
