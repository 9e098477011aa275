//! The keys of memberships: a partition for the journal of a community, and one for the pages of each group.

use attendee_sync_domain::group::GroupKey;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::LogRef;

use super::super::keys::number;
use crate::table::{KeyRange, TableKey};

/// Returns the partition of the items that all groups of a community share: journal, lease and
/// format.
pub(super) fn journal_partition(community: &CommunityId) -> String {
    format!("C#{community}#MJ")
}

/// The writer of an item of the journal.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum JournalWriter<'w> {
    /// A part of a batch of an event's run.
    Batch(&'w EventId, LogRef, &'w str),
    /// Any write outside of runs.
    Edit,
    /// A migration, of the users after this one.
    Migration(Option<PersonId>, usize),
}

const JOURNAL: &str = "J#";

/// The range of the journal's items.
pub(super) fn journal() -> KeyRange {
    KeyRange::Prefix(JOURNAL.to_owned())
}

pub(super) fn journal_item(community: &CommunityId, writer: JournalWriter<'_>) -> TableKey {
    let sk = match writer {
        JournalWriter::Batch(event, LogRef(run, batch), part) => {
            format!("{JOURNAL}E#{event}#{}#{batch:06}#{part}", number(run))
        }
        JournalWriter::Edit => format!("{JOURNAL}H#{:032x}", rand::random::<u128>()),
        JournalWriter::Migration(after, part) => {
            let after = after.map(|person| person.to_string());
            format!("{JOURNAL}M#{}#{part:06}", after.unwrap_or_default())
        }
    };
    TableKey {
        pk: journal_partition(community),
        sk,
    }
}

/// Returns the key of the item with the format of the memberships.
pub(in crate::store) fn format(community: &CommunityId) -> TableKey {
    TableKey {
        pk: journal_partition(community),
        sk: "FORMAT".to_owned(),
    }
}

/// Returns the key of the lease, which keeps a second process from folding or migrating at the same
/// time.
pub(super) fn lease(community: &CommunityId) -> TableKey {
    TableKey {
        pk: journal_partition(community),
        sk: "LEASE".to_owned(),
    }
}

pub(super) fn pages_partition(community: &CommunityId, group: &str) -> String {
    format!("C#{community}#M#{group}")
}

pub(super) fn head(community: &CommunityId, group: &str) -> TableKey {
    TableKey {
        pk: pages_partition(community, group),
        sk: "HEAD".to_owned(),
    }
}

/// Returns the prefix of the sort keys of one fold's pages. Each fold has a name of its own, so
/// that of two folds at the same time neither overwrites the pages of the other.
fn pages_prefix(generation: u64, fold: &str) -> String {
    format!("P#{generation:010}#{fold}#")
}

pub(super) fn page(
    community: &CommunityId,
    group: &str,
    (generation, fold): (u64, &str),
    page: usize,
) -> TableKey {
    TableKey {
        pk: pages_partition(community, group),
        sk: format!("{}{page:06}", pages_prefix(generation, fold)),
    }
}

/// Returns the ranges of all pages up to this generation except those of this fold: older pages,
/// and those of folds that did not write their head. A fold on top of this one may be writing a
/// later generation.
pub(super) fn pages_beside(generation: u64, fold: &str) -> [KeyRange; 2] {
    let own = pages_prefix(generation, fold);
    let behind = format!("{own}~");
    [
        KeyRange::Between("P#".to_owned(), own),
        KeyRange::Between(behind, format!("P#{generation:010}#~")),
    ]
}

/// Returns one of the partitions in which an earlier version stored an item for each member of a
/// group.
pub(super) fn former_members_partition(
    community: &CommunityId,
    group: &GroupKey,
    shard: u8,
) -> String {
    format!("C#{community}#G#{shard:x}#{group}")
}
