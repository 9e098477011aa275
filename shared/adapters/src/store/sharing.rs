//! What processes that share a run tell each other: legs, and how far the reading came.

use std::io::{Read, Write};

use async_trait::async_trait;
use attendee_sync_app::ports::{Runs as _, RunsStand, Sharing, StoreError};
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::Run;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;

use super::TableStore;
use super::keys;
use super::runs::{EventState, run_item};
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
            stopping: state.value.stopping,
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

    async fn ask_to_stop(&self, run: &RunId) -> Result<bool, StoreError> {
        loop {
            let Some(stored) = self.state(&run.event).await? else {
                return Ok(false);
            };
            if stored.value.under_way != Some(run.number) {
                return Ok(false);
            }
            let next = EventState {
                stopping: true,
                ..stored.value
            };
            match self
                .put_state(&run.event, &next, Some(stored.version))
                .await
            {
                Ok(()) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
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
        let range = KeyRange::Prefix(keys::leg_prefix(run));
        self.delete_range(&keys::log_partition(&run.event), &range)
            .await
    }
}

fn pack(state: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(state)?;
    encoder.finish()
}
