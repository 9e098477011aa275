//! Folds a journal: writes its entries into new pages of each group that it names, and deletes it.
//!
//! The heads are read before the journal, and each is replaced only in the version that was read.
//! So of two folds at the same time one fails, and a valid head has only entries that the journal
//! had then. Only after all heads are written, the items of the journal that were read are deleted,
//! and no others. An interrupted fold leaves items that change nothing when they are folded again,
//! and pages that nobody reads.

use std::collections::HashMap;

use attendee_sync_app::ports::{People as _, StoreError};
use attendee_sync_domain::group::Group;
use attendee_sync_domain::ids::CommunityId;
use attendee_sync_domain::memberships::{
    FoldThreshold, GroupUpdates, PackedPage, PageIndex, count_members, fold as folded_entries,
    pack_pages,
};
use jiff::Timestamp;

use super::read::{GroupHead, GroupPages, Heads, StoredHead};
use super::{item_keys, journal, lease};
use crate::store::TableStore;
use crate::table::{QueryPaging, TableItem, TableItemBuilder, TableKey, WriteAction};

/// Bytes of a page; an item has at most 400 KB (`DynamoDB` documentation, "Quotas"). In tests a page has a few
/// people, so that small groups have several.
const PAGE_BYTES: usize = if cfg!(test) { 90 } else { 300_000 };

/// The number of journal entries that are processed at a time, at 32 bytes each: the journal of a
/// first sync may have millions, and is searched once for each such number.
const ENTRIES_AT_ONCE: usize = if cfg!(test) { 4 } else { 500_000 };

/// A group's pages after a fold.
struct FoldedGroup {
    group: String,
    generation: u64,
    fold: String,
}

/// Folds the journal where it is longer than the threshold allows and no other process has the lease.
pub(super) async fn fold_if_long(
    store: &TableStore,
    community: &CommunityId,
    threshold: FoldThreshold,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Most journals are short, which is seen without reading the pages.
    let items = journal::read(store, community).await?;
    if !threshold.is_exceeded(bytes_of(&items), items.len(), 0) {
        return Ok(());
    }
    drop(items);
    let Some(lease) = lease::acquire(store, community, now).await? else {
        return Ok(());
    };
    let folded = fold(store, community, threshold).await;
    lease.release(store).await?;
    folded
}

fn bytes_of(items: &[TableItem]) -> usize {
    let bytes = items.iter().filter_map(TableItem::data).map(<[u8]>::len);
    bytes.sum()
}

pub(super) async fn fold(
    store: &TableStore,
    community: &CommunityId,
    threshold: FoldThreshold,
) -> Result<(), StoreError> {
    let groups: Vec<Group> = store.groups(community).await?;
    let keys = groups.iter().map(|group| &group.key);
    let heads = Heads::read(store, community, keys).await?;
    // The journal is read after the heads, so it has every entry that is not in the pages of these
    // heads.
    let items = journal::read(store, community).await?;
    let is_long = threshold.is_exceeded(bytes_of(&items), items.len(), heads.page_bytes());
    if !heads.is_migrated || !is_long {
        return Ok(());
    }
    let mut folded = Vec::new();
    for round in rounds(journal::count(&items)?) {
        for (group, updates) in journal::of_groups(&items, round)? {
            let stored = heads.of(community, &group);
            match fold_group(store, community, group, stored, &updates).await {
                Ok(group) => folded.push(group),
                // Another fold was faster; that fold, or the next one, completes the work.
                Err(StoreError::Conflict) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
    let read: Vec<TableKey> = items.into_iter().map(|item| item.key).collect();
    store.table.delete_many(&read).await?;
    for group in folded {
        delete_other_pages(store, community, &group).await?;
    }
    Ok(())
}

/// Divides the groups so that a round has at most [`ENTRIES_AT_ONCE`] entries, or one group.
fn rounds(counts: HashMap<String, usize>) -> Vec<Vec<(String, usize)>> {
    let mut groups: Vec<(String, usize)> = counts.into_iter().collect();
    groups.sort_unstable();
    let mut rounds: Vec<Vec<(String, usize)>> = Vec::new();
    let mut room = 0;
    for (group, count) in groups {
        if let Some(round) = rounds.last_mut().filter(|_| count <= room) {
            round.push((group, count));
        } else {
            rounds.push(vec![(group, count)]);
            room = ENTRIES_AT_ONCE;
        }
        room = room.saturating_sub(count);
    }
    rounds
}

/// Writes a group's new pages, and then its head in place of the one that was read. Fails with
/// [`StoreError::Conflict`] where another fold wrote the head meanwhile.
async fn fold_group(
    store: &TableStore,
    community: &CommunityId,
    group: String,
    stored: StoredHead,
    updates: &GroupUpdates,
) -> Result<FoldedGroup, StoreError> {
    let before = GroupPages::packed(store, community, &group, stored.clone());
    let mut entries = Vec::new();
    for page in 0..before.index().len() {
        let page = before.entries(page).await?;
        entries.extend(page.ok_or(StoreError::Conflict)?);
    }
    let next = folded_entries(&entries, updates);
    if next == entries {
        return Ok(FoldedGroup {
            group,
            generation: stored.generation,
            fold: stored.head.fold,
        });
    }
    let fold = FoldedGroup {
        group,
        generation: stored.generation + 1,
        fold: format!("{:016x}", rand::random::<u64>()),
    };
    let pages = pack_pages(&next, PAGE_BYTES);
    let head = GroupHead {
        members: count_members(&next),
        bytes: pages.iter().map(|page| page.bytes.len()).sum(),
        fold: fold.fold.clone(),
        pages: PageIndex::of(&pages),
    };
    write_pages(store, community, &fold, pages).await?;
    let item = TableItemBuilder::new(item_keys::head(community, &fold.group))
        .version(fold.generation)
        .doc(&head)?
        .build();
    let expected = Some(stored.generation).filter(|generation| *generation > 0);
    store
        .table
        .write(WriteAction::put_if(item, expected))
        .await?;
    Ok(fold)
}

async fn write_pages(
    store: &TableStore,
    community: &CommunityId,
    fold: &FoldedGroup,
    pages: Vec<PackedPage>,
) -> Result<(), StoreError> {
    let name = (fold.generation, fold.fold.as_str());
    for (number, page) in pages.into_iter().enumerate() {
        let key = item_keys::page(community, &fold.group, name, number);
        let item = TableItemBuilder::new(key).data(page.bytes).build();
        store.table.write(WriteAction::put(item)).await?;
    }
    Ok(())
}

async fn delete_other_pages(
    store: &TableStore,
    community: &CommunityId,
    fold: &FoldedGroup,
) -> Result<(), StoreError> {
    let pk = item_keys::pages_partition(community, &fold.group);
    for range in item_keys::pages_beside(fold.generation, &fold.fold) {
        let pages = store
            .table
            .query(&pk, &range, QueryPaging::default())
            .await?;
        let keys: Vec<TableKey> = pages.into_iter().map(|page| page.key).collect();
        store.table.delete_many(&keys).await?;
    }
    Ok(())
}
