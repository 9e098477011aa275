//! Stores run checkpoints: parts, and a head that says which parts are valid.
//!
//! Each write has parts of its own, named by the version that its head gets and by a random stamp.
//! So no process overwrites the parts of another, and the parts of a process that ended before it
//! wrote its head are recognised as invalid.

use std::collections::BTreeSet;
use std::io::{Read, Write};

use async_trait::async_trait;
use attendee_sync_app::ports::{Checkpoint, Checkpoints, StoreError};
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TableStore;
use super::apply::next;
use super::keys;
use crate::table::{
    KeyRange, QueryPaging, TableItem, TableItemBuilder, TableKey, WriteAction, failed,
};

/// The size of a part in bytes: an item has at most 400 KB (`DynamoDB` documentation, "Quotas").
const PART_BYTES: usize = 350_000;
/// The maximum size of a checkpoint, decompressed, in bytes.
const MAX_UNPACKED: u64 = 512 * 1024 * 1024;
/// How often a checkpoint is read again because other processes replace its parts meanwhile.
const MAX_TRIES: usize = 5;

/// The prefix of the sort keys of all checkpoints.
const CHECKPOINTS_PREFIX: &str = "L#";

/// Says which parts are valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CheckpointHead {
    /// Distinguishes its parts from those of other writes of the same version.
    stamp: u32,
    /// The number of its parts; 0 where no checkpoint is valid.
    parts: usize,
}

fn prefix(run: &RunId) -> String {
    format!("{CHECKPOINTS_PREFIX}{}#", keys::number(run.number))
}

fn key(run: &RunId, rest: &str) -> TableKey {
    TableKey {
        pk: keys::log_partition(&run.event),
        sk: format!("{}{rest}", prefix(run)),
    }
}

fn head_key(run: &RunId) -> TableKey {
    key(run, "HEAD")
}

/// Returns the prefix of the sort keys of one write's parts, after that of the run.
fn parts_of(version: u64, stamp: u32) -> String {
    format!("P#{version:010}#{stamp:08x}#")
}

#[async_trait]
impl Checkpoints for TableStore {
    async fn save_checkpoint(
        &self,
        run: &RunId,
        state: &[u8],
        keep_until: Timestamp,
    ) -> Result<(), StoreError> {
        loop {
            let head = self.table.get(&head_key(run)).await?;
            let read = head.and_then(|head| head.version);
            let put = self.replace_checkpoint(run, read, Some(state), keep_until);
            match put.await {
                // An erasure replaced the checkpoint meanwhile.
                Err(StoreError::Conflict) => {}
                other => return other,
            }
        }
    }

    async fn replace_checkpoint(
        &self,
        run: &RunId,
        read: Option<u64>,
        state: Option<&[u8]>,
        keep_until: Timestamp,
    ) -> Result<(), StoreError> {
        let packed = match state {
            Some(state) => pack(state).map_err(failed("PutItem"))?,
            None => Vec::new(),
        };
        let version = next(read);
        let stamp = rand::random();
        let own = parts_of(version, stamp);
        let mut parts = Vec::new();
        for (number, bytes) in packed.chunks(PART_BYTES).enumerate() {
            let key = key(run, &format!("{own}{number:06}"));
            let item = TableItemBuilder::new(key.clone())
                .data(bytes.to_vec())
                .expires(keep_until);
            self.table.write(WriteAction::put(item.build())).await?;
            parts.push(key);
        }
        let head = CheckpointHead {
            stamp,
            parts: parts.len(),
        };
        let head = TableItemBuilder::new(head_key(run))
            .version(version)
            .expires(keep_until)
            .doc(&head)?;
        let put = WriteAction::put_if(head.build(), read);
        if let Err(error) = self.table.write(put).await {
            if matches!(error, StoreError::Conflict) {
                self.table.delete_many(&parts).await?;
            }
            return Err(error);
        }
        self.delete_beside(run, version, &own).await
    }

    async fn load_checkpoint(&self, run: &RunId) -> Result<Option<Checkpoint>, StoreError> {
        let range = KeyRange::Prefix(prefix(run));
        let pk = keys::log_partition(&run.event);
        let mut found = None;
        for _ in 0..MAX_TRIES {
            let items = self
                .table
                .query(&pk, &range, QueryPaging::default())
                .await?;
            if items.is_empty() {
                return Ok(None);
            }
            let checkpoint = checkpoint(run, items)?;
            let is_whole = checkpoint.state.is_some() || checkpoint.version.is_none();
            // The parts may have been replaced while they were read.
            if is_whole || found.as_ref() == Some(&checkpoint) {
                return Ok(Some(checkpoint));
            }
            found = Some(checkpoint);
        }
        Ok(found)
    }

    async fn delete_checkpoint(&self, run: &RunId) -> Result<(), StoreError> {
        let pk = keys::log_partition(&run.event);
        self.delete_range(&pk, &KeyRange::Prefix(prefix(run))).await
    }

    async fn runs_with_checkpoint(&self, event: &EventId) -> Result<Vec<RunNumber>, StoreError> {
        let pk = keys::log_partition(event);
        let range = KeyRange::Prefix(CHECKPOINTS_PREFIX.to_owned());
        let items = self
            .table
            .query(&pk, &range, QueryPaging::default())
            .await?;
        let number = |item: &TableItem| {
            let rest = item.key.sk.strip_prefix(CHECKPOINTS_PREFIX)?;
            rest.split('#').next()?.parse().ok().map(RunNumber)
        };
        let runs: BTreeSet<RunNumber> = items.iter().filter_map(number).collect();
        Ok(runs.into_iter().collect())
    }
}

impl TableStore {
    /// Deletes the parts of older writes, and of other writes of this version, which lost the race.
    /// Parts of a later version may belong to a process that is about to write its head.
    async fn delete_beside(&self, run: &RunId, version: u64, own: &str) -> Result<(), StoreError> {
        let prefix = prefix(run);
        let pk = keys::log_partition(&run.event);
        let ranges = [
            // The parts of the previous version had no names of their own.
            (format!("{prefix}0"), format!("{prefix}9~")),
            (format!("{prefix}P#"), format!("{prefix}{own}")),
            (
                format!("{prefix}{own}~"),
                format!("{prefix}P#{version:010}#~"),
            ),
        ];
        for (first, last) in ranges {
            let range = KeyRange::Between(first, last);
            self.delete_range(&pk, &range).await?;
        }
        Ok(())
    }
}

/// Joins the items of a run's checkpoint.
fn checkpoint(run: &RunId, items: Vec<TableItem>) -> Result<Checkpoint, StoreError> {
    let head_key = head_key(run);
    let Some(head) = items.iter().find(|item| item.key == head_key) else {
        return Ok(Checkpoint {
            version: None,
            state: None,
            is_alone: false,
        });
    };
    let head = head.versioned::<CheckpointHead>()?;
    let all = items.len();
    let own = format!(
        "{}{}",
        prefix(run),
        parts_of(head.version, head.value.stamp)
    );
    let mut packed = Vec::new();
    let mut parts = 0;
    for item in items {
        if item.key.sk.starts_with(&own) {
            packed.extend(item.into_data().unwrap_or_default());
            parts += 1;
        }
    }
    let is_whole = parts == head.value.parts && parts > 0;
    let state = is_whole.then(|| unpack(&packed)).transpose();
    Ok(Checkpoint {
        version: Some(head.version),
        state: state.map_err(failed("Query"))?,
        is_alone: all == parts + 1,
    })
}

fn pack(state: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(state)?;
    encoder.finish()
}

fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut state = Vec::new();
    let limited = DeflateDecoder::new(packed).take(MAX_UNPACKED);
    std::io::BufReader::new(limited).read_to_end(&mut state)?;
    Ok(state)
}
