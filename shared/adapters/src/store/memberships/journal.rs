//! Writing the journal: one item for all whose groups change in a transaction.

use std::collections::HashMap;

use attendee_sync_app::ports::{AttendanceRemoval, PlannedErasure, StoreError};
use attendee_sync_domain::group::GroupKey;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::memberships::{
    GroupUpdates, JournalItem, JournalPacker, MalformedEntries, MembershipEntry,
};
use attendee_sync_domain::people::LogRef;
use attendee_sync_domain::plan::{PersonPlan, PersonStep};

use super::item_keys::{self, JournalWriter};
use crate::store::TableStore;
use crate::store::apply::next;
use crate::table::{QueryPaging, TableItem, TableItemBuilder, WriteAction};

/// The groups that a person joins and leaves with a write of their user.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct GroupChanges<'p> {
    pub(in crate::store) person: PersonId,
    /// The version that the write gives to the user.
    pub(in crate::store) version: u64,
    pub(in crate::store) joins: &'p [GroupKey],
    pub(in crate::store) leaves: &'p [GroupKey],
}

impl<'p> GroupChanges<'p> {
    /// Returns what a plan changes; `None` where it does not write the user.
    pub(in crate::store) fn of_plan(
        plan: &'p PersonPlan,
        erasures: &'p [PlannedErasure],
    ) -> Option<Self> {
        match &plan.step {
            PersonStep::Erase => {
                let mut erasures = erasures.iter();
                let planned = erasures.find(|planned| planned.erasure.person == plan.person);
                planned.map(Self::of_erasure)
            }
            PersonStep::StayErased(_) => None,
            PersonStep::Write {
                user,
                joins,
                leaves,
                ..
            } => user.as_ref().map(|put| Self {
                person: plan.person,
                version: next(put.expected),
                joins,
                leaves,
            }),
        }
    }

    /// Returns what an erasure changes: the person leaves all their groups.
    pub(in crate::store) fn of_erasure(planned: &'p PlannedErasure) -> Self {
        Self {
            person: planned.erasure.person,
            version: next(planned.expected),
            joins: &[],
            leaves: &planned.erasure.groups,
        }
    }

    /// Returns what the removal from an event changes; `None` where there is no user.
    pub(in crate::store) fn of_attendance_removal(
        attendance_removal: &'p AttendanceRemoval,
    ) -> Option<Self> {
        attendance_removal.user.as_ref().map(|put| Self {
            person: attendance_removal.person,
            version: next(put.expected),
            joins: &[],
            leaves: &attendance_removal.leaves,
        })
    }
}

/// Returns the item of the journal for some people of a batch, to be written in the transaction that writes
/// their users; `None` where nobody's groups change. No two transactions of a batch may name the same part: the
/// second one fails with [`StoreError::Conflict`].
pub(in crate::store) fn journal_item<'p>(
    community: &CommunityId,
    event: &EventId,
    batch: LogRef,
    part: &str,
    plans: impl IntoIterator<Item = &'p PersonPlan>,
    erasures: &'p [PlannedErasure],
) -> Option<WriteAction> {
    let changes = plans.into_iter();
    let changes = changes.filter_map(|plan| GroupChanges::of_plan(plan, erasures));
    item(community, JournalWriter::Batch(event, batch, part), changes)
}

/// Returns the item of the journal for a write outside of runs; `None` where nobody's groups change.
pub(in crate::store) fn item_by_hand<'p>(
    community: &CommunityId,
    changes: impl IntoIterator<Item = GroupChanges<'p>>,
) -> Option<WriteAction> {
    item(community, JournalWriter::Edit, changes)
}

fn item<'p>(
    community: &CommunityId,
    writer: JournalWriter<'_>,
    changes: impl IntoIterator<Item = GroupChanges<'p>>,
) -> Option<WriteAction> {
    let mut packer = JournalPacker::default();
    for change in changes {
        let (joins, leaves) = (change.joins.iter(), change.leaves.iter());
        packer.add(change.person, change.version, joins, leaves);
    }
    let key = item_keys::journal_item(community, writer);
    let item = TableItemBuilder::new(key).data(packer.finish()?).build();
    // An existing item has the entries of another transaction and must not be overwritten.
    Some(WriteAction::put_if(item, None))
}

/// Reads the journal of a community.
pub(super) async fn read(
    store: &TableStore,
    community: &CommunityId,
) -> Result<Vec<TableItem>, StoreError> {
    let pk = item_keys::journal_partition(community);
    let range = item_keys::journal();
    store.table.query(&pk, &range, QueryPaging::default()).await
}

/// Returns how many entries the items have of each group that they name.
pub(super) fn count(items: &[TableItem]) -> Result<HashMap<String, usize>, StoreError> {
    let mut counts = HashMap::new();
    each(items, |item| item.count(&mut counts))?;
    Ok(counts)
}

/// Returns the newest entries that the items have for these groups; each group comes with the
/// expected number of entries.
pub(super) fn of_groups(
    items: &[TableItem],
    groups: impl IntoIterator<Item = (String, usize)>,
) -> Result<HashMap<String, GroupUpdates>, StoreError> {
    let groups = groups.into_iter();
    let mut entries: HashMap<String, Vec<MembershipEntry>> = groups
        .map(|(group, count)| (group, Vec::with_capacity(count)))
        .collect();
    each(items, |item| item.add_to(&mut entries))?;
    let newest = entries.into_iter();
    Ok(newest
        .map(|(group, entries)| (group, entries.into()))
        .collect())
}

fn each(
    items: &[TableItem],
    mut look: impl FnMut(&JournalItem<'_>) -> Result<(), MalformedEntries>,
) -> Result<(), StoreError> {
    for item in items {
        JournalItem::read(item.data().unwrap_or_default())
            .and_then(|read| look(&read))
            .map_err(|error| item.corrupt(error))?;
    }
    Ok(())
}
