//! Bringing an event over: what nobody reads any more goes from its log, and last its state moves to a partition
//! of its own. Where the state is says whether the rest is done, as whoever writes it moves it first.

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

/// How long a state that moved lies where it was, so that a process of the version before finds it.
const MOVED_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What the version before kept in a run's log beside the changes.
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
            // It may have moved between the two readings.
            found = self.table.get(&keys::state(event)).await?.or(former);
        }
        found.map(|item| item.versioned()).transpose()
    }

    /// Reads the state of an event's runs to write it: where it is that of the version before, the event is
    /// brought over first.
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

/// Brings those events over of which there is a state of the version before, for whoever may write configurations.
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

/// Brings an event over, where that is not done yet. The only process there is deletes the former state; any
/// other leaves word of it for a process of the version before that still runs, which then does nothing more
/// with the event.
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
            Migrator::Console => leave_word(&key, &former, now)?,
        };
        match store.table.write(action).await {
            Err(StoreError::Conflict) => {}
            other => return other,
        }
    }
}

/// A state by which the version before opens no run, and ends none.
fn leave_word(
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

/// Does all that is to be done before the state of this version is there, and puts it there last.
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
        // Another process was quicker, or one of the version before wrote it: the next look says.
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes marks of the log of the run under way, one for each batch, with what the batch counted: by these runs
/// of this version are counted. They name nobody, so a batch that comes again is planned again.
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
            // Another process made it.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
