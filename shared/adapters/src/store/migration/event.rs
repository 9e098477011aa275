//! Migrates an event: deletes items in its log that nobody reads any more, and last moves its state
//! to a partition of its own. The place of the state shows whether the rest is done, as every
//! process that writes the state moves it first.

use std::collections::{BTreeMap, HashSet};

use attendee_sync_app::ports::{BatchMark, Migrator, StoreError};
use attendee_sync_domain::ids::{EventId, RunNumber};
use attendee_sync_domain::people::{LogRef, Versioned};
use attendee_sync_domain::run::Counts;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::former_keys;
use crate::store::runs::EventState;
use crate::store::{TableStore, keys};
use crate::table::{
    Durability, KeyRange, QueryPaging, TableItem, TableItemBuilder, TableKey, WriteAction,
    WriteCondition,
};

/// How long a replacement of the state stays at the former place, for processes of the previous
/// version.
const MOVED_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The part of a run's log that the previous version stored beside the changes.
#[derive(Deserialize)]
struct FormerLogPart {
    #[serde(default)]
    counts: Counts,
}

impl TableStore {
    /// Reads the state of an event's runs, wherever it is.
    pub(in crate::store) async fn state(
        &self,
        event: &EventId,
    ) -> Result<Option<Versioned<EventState>>, StoreError> {
        let mut found = self.table.get(&keys::state(event)).await?;
        if found.is_none() {
            let former = self.table.get(&former_keys::state(event)).await?;
            // The state may have been moved between the two reads.
            found = self.table.get(&keys::state(event)).await?.or(former);
        }
        found.map(|item| item.versioned()).transpose()
    }

    /// Reads the state of an event's runs to write it. Where it is still at the place of the
    /// previous version, the event is migrated first.
    pub(in crate::store) async fn state_to_write(
        &self,
        event: &EventId,
    ) -> Result<Option<Versioned<EventState>>, StoreError> {
        loop {
            if let Some(item) = self.table.get(&keys::state(event)).await? {
                return Ok(Some(item.versioned()?));
            }
            let Some(former) = self.table.get(&former_keys::state(event)).await? else {
                let moved = self.table.get(&keys::state(event)).await?;
                return moved.map(|item| item.versioned()).transpose();
            };
            bring_over(self, event, &former.versioned()?).await?;
        }
    }
}

/// Migrates those events that have a state of the previous version; for a process that may write
/// configurations.
pub(super) async fn migrate_events(
    store: &TableStore,
    events: &[EventId],
    by: Migrator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let keys: Vec<TableKey> = events.iter().map(former_keys::state).collect();
    let found = store.table.get_many(&keys).await?;
    let left = found.iter().filter(|item| item.expires.is_none());
    let left: HashSet<&TableKey> = left.map(|item| &item.key).collect();
    for (event, key) in events.iter().zip(&keys) {
        if left.contains(key) {
            migrate_event(store, event, by, now).await?;
        }
    }
    Ok(())
}

/// Migrates an event, unless it is migrated already. The only process of an installation deletes
/// the former state; any other process replaces it, so that a process of the previous version that
/// still runs does nothing more with the event.
async fn migrate_event(
    store: &TableStore,
    event: &EventId,
    by: Migrator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let key = former_keys::state(event);
    loop {
        if store.state_to_write(event).await?.is_none() {
            return Ok(());
        }
        let Some(item) = store.table.get(&key).await? else {
            return Ok(());
        };
        let former = item.versioned::<EventState>()?;
        let action = match by {
            Migrator::Run => return Ok(()),
            Migrator::OnlyProcess => WriteAction::delete_if(key.clone(), former.version),
            Migrator::Console if former.value.closing && item.expires.is_some() => return Ok(()),
            Migrator::Console => replace_former_state(&key, &former, now)?,
        };
        match store.table.write(action).await {
            Err(StoreError::Conflict) => {}
            other => return other,
        }
    }
}

/// Returns the write of a state by which the previous version opens and ends no run.
fn replace_former_state(
    key: &TableKey,
    former: &Versioned<EventState>,
    now: Timestamp,
) -> Result<WriteAction, StoreError> {
    let word = EventState {
        newest: former.value.newest,
        closing: true,
        ..EventState::default()
    };
    let item = TableItemBuilder::new(key.clone())
        .version(former.version + 1)
        .expires(now.saturating_add(MOVED_KEPT).unwrap_or(now))
        .doc(&word)?;
    Ok(WriteAction::put_if(item.build(), Some(former.version)))
}

/// Does all that must be done before the new state exists, and writes the new state last.
async fn bring_over(
    store: &TableStore,
    event: &EventId,
    former: &Versioned<EventState>,
) -> Result<(), StoreError> {
    if let Some(number) = former.value.under_way {
        mark_by_the_log(store, event, number).await?;
    }
    let log = keys::log_partition(event);
    for prefix in [former_keys::INTENTS, former_keys::BATCHES_DONE] {
        let range = KeyRange::Prefix(prefix.to_owned());
        store.delete_range(&log, &range).await?;
    }
    let state = TableItemBuilder::new(keys::state(event))
        .version(former.version)
        .doc(&former.value)?;
    let unchanged = WriteCondition::Version(former.version);
    let actions = vec![
        WriteAction::put_if(state.build(), None),
        WriteAction::Check(former_keys::state(event), unchanged),
    ];
    match store.table.transact(actions, Durability::Normal).await {
        // Another process was faster, or one of the previous version wrote the state: the next read
        // shows which.
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Creates marks from the log of the run under way, one for each batch, with the counts of the
/// batch: this version counts runs by their marks. These marks name nobody, so a redelivered batch
/// is planned again.
async fn mark_by_the_log(
    store: &TableStore,
    event: &EventId,
    run: RunNumber,
) -> Result<(), StoreError> {
    let prefix = former_keys::changes_of(run);
    let log = keys::log_partition(event);
    let mut batches: BTreeMap<u32, (Counts, Option<u64>)> = BTreeMap::new();
    for item in store
        .table
        .query(
            &log,
            &KeyRange::Prefix(prefix.clone()),
            QueryPaging::default(),
        )
        .await?
    {
        let rest = item.key.sk.strip_prefix(&prefix).unwrap_or_default();
        let Some(number) = rest.split('#').next().and_then(|batch| batch.parse().ok()) else {
            continue;
        };
        let (counts, expires) = batches.entry(number).or_default();
        counts.add(&item.unpacked::<FormerLogPart>()?.counts);
        *expires = item.expires;
    }
    for (number, (counts, expires)) in batches {
        let mut mark = BatchMark::new(0);
        mark.beside = counts;
        let key = keys::mark(event, LogRef(run, number));
        let item = TableItem {
            expires,
            ..TableItemBuilder::new(key).version(1).packed(&mark)?.build()
        };
        match store.table.write(WriteAction::put_if(item, None)).await {
            // Another process created the mark.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
