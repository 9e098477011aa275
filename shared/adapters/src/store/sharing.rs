//! What processes that share a run tell each other: legs, what waits of a batch, which batches are
//! reconciled, and how far the reading came.

use std::io::{Read, Write};

use async_trait::async_trait;
use attendee_sync_app::ports::{BatchDone, Held, Runs as _, RunsStand, Sharing, StoreError};
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::Run;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;

use super::TableStore;
use super::keys;
use super::runs::{EventState, run_item};
use crate::table::TableKey;
use crate::table::{ItemBody, TableItem, TableItemBuilder, WriteAction, WriteCondition};
use crate::table::{KeyRange, QueryPaging, failed};

/// Bytes of a part of how far a run came: an item takes 400 KB (`DynamoDB` documentation, "Quotas").
const PART_BYTES: usize = 350_000;
/// Most bytes of how far a run came, unpacked.
const MAX_UNPACKED: u64 = 512 * 1024 * 1024;

#[async_trait]
impl Sharing for TableStore {
    async fn standing_of(&self, event: &EventId) -> Result<Option<RunsStand>, StoreError> {
        let state = self.state(event).await?;
        Ok(state.map(|state| RunsStand {
            newest: state.value.newest,
            under_way: state.value.under_way,
            alive: state.value.alive,
            leg: state.value.leg,
            closing: state.value.closing,
        }))
    }

    async fn claim_leg(&self, run: &RunId, leg: u32, now: Timestamp) -> Result<bool, StoreError> {
        let Some(stored) = self.state(&run.event).await? else {
            return Ok(false);
        };
        if stored.value.under_way != Some(run.number) || stored.value.leg != leg {
            return Ok(false);
        }
        let next = EventState {
            leg: leg + 1,
            alive: Some(now),
            ..stored.value
        };
        match self
            .put_state(&run.event, &next, Some(stored.version))
            .await
        {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn amend_run(&self, before: &Run, after: &Run) -> Result<(), StoreError> {
        let ItemBody::Document(before) = run_item(before)?.body else {
            return Err(StoreError::Conflict);
        };
        let condition = WriteCondition::Document(before);
        let action = WriteAction::Put(run_item(after)?, condition);
        self.table.write(action).await
    }

    async fn put_unless_over(&self, run: &Run) -> Result<bool, StoreError> {
        let Some(before) = self.run(&run.id).await? else {
            return Ok(false);
        };
        if before.state.is_over() {
            return Ok(before == *run);
        }
        match self.amend_run(&before, run).await {
            Ok(()) => Ok(true),
            // A write whose answer was lost is sent again, and meets itself.
            Err(StoreError::Conflict) => Ok(self.run(&run.id).await?.as_ref() == Some(run)),
            Err(error) => Err(error),
        }
    }

    async fn park(
        &self,
        run: &RunId,
        (batch, part): (u32, u32),
        held: &[Held],
        keep_until: Timestamp,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::parked(run, batch, part))
            .packed(&held)?
            .expires(keep_until)
            .build();
        self.table.write(WriteAction::put(item)).await
    }

    async fn parked(&self, run: &RunId, batch: u32) -> Result<Vec<Held>, StoreError> {
        let range = KeyRange::Prefix(keys::parked_in(run, batch));
        let items = self
            .table
            .query(
                &keys::log_partition(&run.event),
                &range,
                QueryPaging::default(),
            )
            .await?;
        let mut held = Vec::new();
        for item in &items {
            held.extend(item.unpacked::<Vec<Held>>()?);
        }
        Ok(held)
    }

    async fn unpark(&self, run: &RunId) -> Result<(), StoreError> {
        self.delete_all(run, keys::parked_prefix(run)).await
    }

    async fn note_done(
        &self,
        run: &RunId,
        batch: u32,
        done: &BatchDone,
        keep_until: Timestamp,
    ) -> Result<(), StoreError> {
        let item = TableItemBuilder::new(keys::done(run, batch))
            .packed(done)?
            .expires(keep_until)
            .build();
        self.table.write(WriteAction::put(item)).await
    }

    async fn done(&self, run: &RunId, batch: u32) -> Result<Option<BatchDone>, StoreError> {
        let item = self.table.get(&keys::done(run, batch)).await?;
        item.map(|item| item.unpacked()).transpose()
    }

    async fn done_from(
        &self,
        run: &RunId,
        batch: u32,
    ) -> Result<Vec<(u32, BatchDone)>, StoreError> {
        let prefix = keys::done_prefix(run);
        let range = KeyRange::Between(format!("{prefix}{batch:06}"), format!("{prefix}~"));
        let items = self
            .table
            .query(
                &keys::log_partition(&run.event),
                &range,
                QueryPaging::default(),
            )
            .await?;
        let mut all = Vec::with_capacity(items.len());
        for item in &items {
            let key = item.key.clone();
            let number = key.sk.strip_prefix(&prefix).and_then(|b| b.parse().ok());
            all.extend(number.zip(Some(item.unpacked()?)));
        }
        Ok(all)
    }

    async fn put_down(
        &self,
        run: &RunId,
        state: &[u8],
        keep_until: Timestamp,
    ) -> Result<(), StoreError> {
        self.clear_down(run).await?;
        let packed = pack(state).map_err(failed("PutItem"))?;
        for (part, bytes) in packed.chunks(PART_BYTES).enumerate() {
            let item = TableItemBuilder::new(keys::leg(run, part))
                .data(bytes.to_vec())
                .expires(keep_until)
                .build();
            self.table.write(WriteAction::put(item)).await?;
        }
        Ok(())
    }

    async fn taken_down(&self, run: &RunId) -> Result<Option<Vec<u8>>, StoreError> {
        let range = KeyRange::Prefix(keys::leg_prefix(run));
        let items = self
            .table
            .query(
                &keys::log_partition(&run.event),
                &range,
                QueryPaging::default(),
            )
            .await?;
        if items.is_empty() {
            return Ok(None);
        }
        let parts: Vec<Vec<u8>> = items.into_iter().filter_map(TableItem::into_data).collect();
        let mut state = Vec::new();
        DeflateDecoder::new(parts.concat().as_slice())
            .take(MAX_UNPACKED)
            .read_to_end(&mut state)
            .map_err(failed("Query"))?;
        Ok(Some(state))
    }

    async fn clear_down(&self, run: &RunId) -> Result<(), StoreError> {
        self.delete_all(run, keys::leg_prefix(run)).await
    }
}

impl TableStore {
    async fn delete_all(&self, run: &RunId, prefix: String) -> Result<(), StoreError> {
        let pk = keys::log_partition(&run.event);
        let items = self
            .table
            .query(&pk, &KeyRange::Prefix(prefix), QueryPaging::default())
            .await?;
        let keys: Vec<TableKey> = items.iter().map(|item| item.key.clone()).collect();
        self.table.delete_many(&keys).await
    }
}

fn pack(state: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(state)?;
    encoder.finish()
}
