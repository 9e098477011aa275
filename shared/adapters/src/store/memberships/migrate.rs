//! Migrates memberships from the form of earlier versions, which had an item for each member of a
//! group, to the journal.
//!
//! The users say in which groups they are, with the version that their entries need. First entries
//! for all users are added to the journal, then the format is noted, from which time nobody reads
//! the old items; last the old items are deleted. Until the format is noted, readers apply the
//! journal to the old items, and nothing is folded. Every step may be done twice, even by two
//! processes at the same time. This is the first step of a community's migration
//! (`store/migration`).

use attendee_sync_app::ports::{Migrator, People as _, StoreError};
use attendee_sync_domain::group::GroupKey;
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::memberships::{FoldThreshold, JournalPacker, MembershipEntry};
use attendee_sync_domain::people::{User, UserState};
use jiff::Timestamp;

use super::item_keys::{self, JournalWriter};
use super::{fold, lease};
use crate::store::migration::{CommunityFormat, advance, format};
use crate::store::people::person_of;
use crate::store::{TableStore, keys};
use crate::table::{
    Durability, KeyRange, QueryPaging, TableItem, TableItemBuilder, TableKey, WriteAction,
    WriteCondition,
};

/// Users that are read at a time.
const USERS: usize = 500;
/// The approximate size of a journal item's entries, in bytes.
const ITEM_BYTES: usize = 200_000;
/// Old items that are deleted at a time.
const PIECE: usize = 500;

/// Migrates a community's memberships, unless that is done already. Does nothing where another
/// process has the lease, except if this is the only process.
pub(in crate::store) async fn migrate(
    store: &TableStore,
    community: &CommunityId,
    by: Migrator,
    now: Timestamp,
) -> Result<(), StoreError> {
    if format(store, community).await? >= Some(CommunityFormat::Clean) {
        return Ok(());
    }
    if by == Migrator::OnlyProcess {
        // An ended process may have left a lease.
        return migrate_alone(store, community).await;
    }
    let Some(lease) = lease::acquire(store, community, now).await? else {
        return Ok(());
    };
    let migrated = migrate_alone(store, community).await;
    lease.release(store).await?;
    migrated
}

async fn migrate_alone(store: &TableStore, community: &CommunityId) -> Result<(), StoreError> {
    if format(store, community).await?.is_none() {
        write_entries_of_users(store, community).await?;
        advance(store, community, None, CommunityFormat::Packed).await?;
    }
    delete_former(store, community).await?;
    let packed = Some(CommunityFormat::Packed);
    advance(store, community, packed, CommunityFormat::Clean).await?;
    fold::fold(store, community, FoldThreshold::STANDARD).await
}

async fn write_entries_of_users(
    store: &TableStore,
    community: &CommunityId,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let partition = |shard| keys::users_partition(community, shard);
        let page = store.page_of_people(partition, after, USERS).await?;
        let Some(last) = page.last().map(person_of).transpose()? else {
            return Ok(());
        };
        if !write_entries(store, community, after, &page).await? {
            return Ok(());
        }
        after = Some(last);
    }
}

/// Writes the entries of some users. False where the format is noted by now: then another process has written the
/// entries of all, and those of these users may be older than what was folded since.
async fn write_entries(
    store: &TableStore,
    community: &CommunityId,
    after: Option<PersonId>,
    page: &[TableItem],
) -> Result<bool, StoreError> {
    let users = users_of(page)?;
    let mut packer = JournalPacker::default();
    let mut items = Vec::new();
    for (person, version, user) in &users {
        packer.add(*person, *version, user.groups.keys(), [].iter());
        if packer.bytes() > ITEM_BYTES {
            items.extend(packer.finish());
        }
    }
    items.extend(packer.finish());
    for (part, entries) in items.into_iter().enumerate() {
        let key = item_keys::journal_item(community, JournalWriter::Migration(after, part));
        let item = TableItemBuilder::new(key).data(entries).build();
        let is_open = WriteAction::Check(item_keys::format(community), WriteCondition::Absent);
        let actions = vec![WriteAction::put(item), is_open];
        match store.table.transact(actions, Durability::Normal).await {
            Ok(()) => {}
            Err(StoreError::Conflict) if format(store, community).await?.is_some() => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Returns the users on a page, with the versions they were read at. Erased users are in no group
/// and are left out.
fn users_of(page: &[TableItem]) -> Result<Vec<(PersonId, u64, User)>, StoreError> {
    let mut users = Vec::with_capacity(page.len());
    for item in page {
        let stored = item.versioned::<UserState>()?;
        if let UserState::User(user) = stored.value {
            users.push((person_of(item)?, stored.version, user));
        }
    }
    Ok(users)
}

async fn delete_former(store: &TableStore, community: &CommunityId) -> Result<(), StoreError> {
    for group in store.groups(community).await? {
        for shard in 0..keys::SHARDS {
            let pk = item_keys::former_members_partition(community, &group.key, shard);
            loop {
                let paging = QueryPaging {
                    limit: Some(PIECE),
                    ..QueryPaging::default()
                };
                let found = store.table.query(&pk, &KeyRange::All, paging).await?;
                let found: Vec<TableKey> = found.into_iter().map(|item| item.key).collect();
                store.table.delete_many(&found).await?;
                if found.len() < PIECE {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Returns the members of a group by the items of the previous form. Their version is lower than
/// any user's, so that every entry of the journal replaces them.
pub(super) async fn former_members(
    store: &TableStore,
    community: &CommunityId,
    group: &GroupKey,
) -> Result<Vec<MembershipEntry>, StoreError> {
    let mut members = Vec::new();
    for shard in 0..keys::SHARDS {
        let pk = item_keys::former_members_partition(community, group, shard);
        let range = KeyRange::All;
        for item in store
            .table
            .query(&pk, &range, QueryPaging::default())
            .await?
        {
            members.push(MembershipEntry {
                person: person_of(&item)?,
                version: 0,
                is_member: true,
            });
        }
    }
    Ok(members)
}
