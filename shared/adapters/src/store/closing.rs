//! Taking an event out: first no run of it begins any more, then what it left is deleted.

use attendee_sync_app::ports::{Departure, StoreError};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::people::UserState;

use super::DynamoStore;
use super::apply::next;
use super::client::{MAX_ACTIONS, Paging, Range};
use super::item::Builder;
use super::keys::{self, Key};
use super::runs::EventState;

/// Items deleted at a time.
const PIECE: usize = 500;
/// Most groups a person leaves in the transaction of her other items.
const MAX_LEAVES: usize = MAX_ACTIONS - 2;

pub(super) async fn close(
    store: &DynamoStore,
    document: &EventDocument,
    version: u64,
) -> Result<(), StoreError> {
    let event = &document.event;
    let stored = store.state(event).await?;
    let expected = stored.as_ref().map(|stored| stored.version);
    let state = stored.map(|stored| stored.value).unwrap_or_default();
    if state.under_way.is_some() {
        return Err(StoreError::Conflict);
    }
    let state = Builder::new(keys::state(event))
        .version(next(expected))
        .doc(&EventState {
            closing: true,
            ..state
        })?
        .build();
    let note = Builder::new(keys::closing(&document.community, event)).build();
    let actions = vec![
        store.delete_if_action(&keys::configuration(event), version)?,
        store.delete_action(&keys::event_pointer(&document.community, event))?,
        store.put_action(state, expected)?,
        store.replace_action(note)?,
    ];
    store.transact(actions).await
}

pub(super) async fn closing(
    store: &DynamoStore,
    community: &CommunityId,
) -> Result<Vec<EventId>, StoreError> {
    let pk = keys::community_partition(community);
    let range = Range::Prefix(keys::CLOSING_PREFIX.to_owned());
    let items = store.query(&pk, &range, Paging::default()).await?;
    let name = |key: &Key| key.sk.strip_prefix(keys::CLOSING_PREFIX)?.parse().ok();
    Ok(items.iter().filter_map(|item| name(&item.key())).collect())
}

/// In as few transactions as hold them.
pub(super) async fn depart(
    store: &DynamoStore,
    community: &CommunityId,
    event: &EventId,
    people: &[Departure],
) -> Result<(), StoreError> {
    let mut actions = Vec::new();
    for departure in people {
        let person = departure.person;
        let left: Vec<Key> = departure
            .leaves
            .iter()
            .map(|group| keys::membership(community, group, person))
            .collect();
        let mut hers = Vec::with_capacity(left.len() + 2);
        if left.len() > MAX_LEAVES {
            // More than fit beside her: deleted first, and again if done again.
            store.delete_many(&left).await?;
        } else {
            for key in &left {
                hers.push(store.delete_action(key)?);
            }
        }
        if let Some(put) = &departure.user {
            let user = Builder::new(keys::user(community, person))
                .version(next(put.expected))
                .doc(&UserState::User(put.value.clone()))?
                .build();
            hers.push(store.put_action(user, put.expected)?);
        }
        hers.push(store.delete_if_action(&keys::attendee(event, person), departure.version)?);
        if actions.len() + hers.len() > MAX_ACTIONS {
            store.transact(std::mem::take(&mut actions)).await?;
        }
        actions.extend(hers);
    }
    if actions.is_empty() {
        return Ok(());
    }
    store.transact(actions).await
}

pub(super) async fn end(
    store: &DynamoStore,
    community: &CommunityId,
    event: &EventId,
) -> Result<(), StoreError> {
    for partition in keys::partitions_of(event) {
        loop {
            let paging = Paging {
                limit: Some(PIECE),
                ..Paging::default()
            };
            let items = store.query(&partition, &Range::All, paging).await?;
            let found: Vec<Key> = items.iter().map(|item| item.key().clone()).collect();
            store.delete_many(&found).await?;
            if found.len() < PIECE {
                break;
            }
        }
    }
    let Some(stored) = store.state(event).await? else {
        return Ok(());
    };
    let state = Builder::new(keys::state(event))
        .version(next(Some(stored.version)))
        .doc(&EventState {
            newest: stored.value.newest,
            ..EventState::default()
        })?
        .build();
    let actions = vec![
        store.put_action(state, Some(stored.version))?,
        store.delete_action(&keys::closing(community, event))?,
    ];
    store.transact(actions).await
}
