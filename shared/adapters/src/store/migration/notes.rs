//! Moves the notes of unfinished erasures and of closed events from beside the community's key to
//! partitions that runs may write.
//!
//! A run may read the former partition and may not delete there, so it may find a note again after
//! its work was done. So a note is moved only while its subject still exists: the tombstone, or the
//! mark that the event is closed.

use attendee_sync_app::ports::{Erasure, Migrator, People as _, StoreError};
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::people::UserState;

use super::former_keys;
use crate::store::{TableStore, keys};
use crate::table::{
    Durability, KeyRange, QueryPaging, TableItem, TableItemBuilder, TableKey, WriteAction,
};

pub(super) async fn move_notes(
    store: &TableStore,
    community: &CommunityId,
    by: Migrator,
) -> Result<(), StoreError> {
    for item in former(store, community, former_keys::ERASURES).await? {
        let erasure: Erasure = item.doc()?;
        let stored = store.user(community, erasure.person).await?;
        let tombstone = stored.filter(|user| matches!(user.value, UserState::Erased(_)));
        let current = tombstone.map(|tombstone| {
            let user = keys::user(community, erasure.person);
            WriteAction::check(user, Some(tombstone.version))
        });
        let note = TableItemBuilder::new(keys::erasure(community, erasure.person)).doc(&erasure)?;
        move_note(store, item.key, note.build(), current, by).await?;
    }
    for item in former(store, community, former_keys::CLOSINGS).await? {
        let name = item.key.sk.strip_prefix(former_keys::CLOSINGS);
        let Some(event) = name.and_then(|name| name.parse::<EventId>().ok()) else {
            continue;
        };
        let stored = store.state_to_write(&event).await?;
        let current = stored.filter(|state| state.value.closing).map(|state| {
            let key = keys::state(&event);
            WriteAction::check(key, Some(state.version))
        });
        let note = TableItemBuilder::new(keys::closing(community, &event)).build();
        move_note(store, item.key, note, current, by).await?;
    }
    Ok(())
}

async fn former(
    store: &TableStore,
    community: &CommunityId,
    prefix: &str,
) -> Result<Vec<TableItem>, StoreError> {
    let pk = keys::community_partition(community);
    let range = KeyRange::Prefix(prefix.to_owned());
    let paging = QueryPaging::default();
    store.table.query(&pk, &range, paging).await
}

/// Writes a note at its new place, if its subject still exists (`current`), and deletes the former
/// one, if this process may.
async fn move_note(
    store: &TableStore,
    former: TableKey,
    note: TableItem,
    current: Option<WriteAction>,
    by: Migrator,
) -> Result<(), StoreError> {
    let mut actions = Vec::new();
    if let Some(current) = current {
        actions.push(WriteAction::put(note));
        actions.push(current);
    }
    if by != Migrator::Run {
        actions.push(WriteAction::delete(former));
    }
    if actions.is_empty() {
        return Ok(());
    }
    match store.table.transact(actions, Durability::PowerCut).await {
        // The subject was changed meanwhile; the next process tries again.
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}
