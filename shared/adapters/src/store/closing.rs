//! Closes events: first no run can begin, then the rest of the event is deleted.

use attendee_sync_app::ports::{AttendanceRemoval, StoreError};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::people::UserState;

use super::TableStore;
use super::apply::next;
use super::keys;
use super::memberships::{GroupChanges, item_by_hand};
use super::runs::EventState;
use crate::table::TableKey;
use crate::table::{Durability, TableItemBuilder, WriteAction};
use crate::table::{KeyRange, QueryPaging};

/// Items deleted at a time.
const PIECE: usize = 500;

pub(super) async fn close(
    store: &TableStore,
    document: &EventDocument,
    version: u64,
) -> Result<(), StoreError> {
    let event = &document.event;
    let stored = store.state_to_write(event).await?;
    let expected = stored.as_ref().map(|stored| stored.version);
    let state = stored.map(|stored| stored.value).unwrap_or_default();
    if state.under_way.is_some() {
        return Err(StoreError::Conflict);
    }
    let state = TableItemBuilder::new(keys::state(event))
        .version(next(expected))
        .doc(&EventState {
            closing: true,
            ..state
        })?
        .build();
    let note = TableItemBuilder::new(keys::closing(&document.community, event)).build();
    let actions = vec![
        WriteAction::delete_if(keys::configuration(event), version),
        WriteAction::delete(keys::hook_address(event)),
        WriteAction::delete(keys::event_pointer(&document.community, event)),
        WriteAction::put_if(state, expected),
        WriteAction::put(note),
    ];
    store.table.transact(actions, Durability::Normal).await
}

pub(super) async fn closing(
    store: &TableStore,
    community: &CommunityId,
) -> Result<Vec<EventId>, StoreError> {
    let pk = keys::closings_partition(community);
    let items = store
        .table
        .query(&pk, &KeyRange::All, QueryPaging::default())
        .await?;
    Ok(items
        .iter()
        .filter_map(|item| item.key.sk.parse().ok())
        .collect())
}

/// Writes the removals in as few transactions as possible, each with the groups that its people
/// leave.
pub(super) async fn remove_attendance(
    store: &TableStore,
    community: &CommunityId,
    event: &EventId,
    people: &[AttendanceRemoval],
) -> Result<(), StoreError> {
    // Each person has two items, and the journal has one.
    let most = store.table.transaction_limits().actions.saturating_sub(1) / 2;
    for part in people.chunks(most.max(1)) {
        let mut actions = Vec::with_capacity(2 * part.len() + 1);
        for attendance_removal in part {
            if let Some(put) = &attendance_removal.user {
                let user = TableItemBuilder::new(keys::user(community, attendance_removal.person))
                    .version(next(put.expected))
                    .doc(&UserState::User(put.value.clone()))?
                    .build();
                actions.push(WriteAction::put_if(user, put.expected));
            }
            let attendee = keys::attendee(event, attendance_removal.person);
            actions.push(WriteAction::delete_if(attendee, attendance_removal.version));
        }
        let changes = part.iter().filter_map(GroupChanges::of_attendance_removal);
        actions.extend(item_by_hand(community, changes));
        store.table.transact(actions, Durability::Normal).await?;
    }
    Ok(())
}

pub(super) async fn end(
    store: &TableStore,
    community: &CommunityId,
    event: &EventId,
) -> Result<(), StoreError> {
    for partition in keys::partitions_of(event) {
        delete_partition(store, &partition).await?;
    }
    let Some(stored) = store.state_to_write(event).await? else {
        return Ok(());
    };
    let state = TableItemBuilder::new(keys::state(event))
        .version(next(Some(stored.version)))
        .doc(&EventState {
            newest: stored.value.newest,
            ..EventState::default()
        })?
        .build();
    let actions = vec![
        WriteAction::put_if(state, Some(stored.version)),
        WriteAction::delete(keys::closing(community, event)),
    ];
    store.table.transact(actions, Durability::Normal).await
}

/// Deletes all items of a partition, some at a time.
pub(super) async fn delete_partition(
    store: &TableStore,
    partition: &str,
) -> Result<(), StoreError> {
    let paging = QueryPaging {
        limit: Some(PIECE),
        ..QueryPaging::default()
    };
    loop {
        let items = store.table.query(partition, &KeyRange::All, paging).await?;
        let found: Vec<TableKey> = items.into_iter().map(|item| item.key).collect();
        store.table.delete_many(&found).await?;
        if found.len() < PIECE {
            return Ok(());
        }
    }
}
