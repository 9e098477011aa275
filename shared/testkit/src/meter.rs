//! Measures the cost of calls of the table, as `DynamoDB` counts it (`DynamoDB` documentation,
//! "Read and write operations"): strongly consistent reads in units of 4 KB, writes in units of 1
//! KB, and twice as much in a transaction.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_adapters::table::{ItemBody, Table, TableItem, TableKey, WriteAction};
use attendee_sync_app::ports::StoreError;

use crate::table_calls::{TableAnswer, TableCall};

const READ_UNIT: usize = 4 * 1024;
const WRITE_UNIT: usize = 1024;
/// Most keys of one `BatchGetItem`, requests of one `BatchWriteItem`, and bytes of one answer to a
/// `Query`.
const MAX_GETS: usize = 100;
const MAX_BATCH_WRITES: usize = 25;
const PAGE: usize = 1024 * 1024;

/// The consumed capacity.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Usage {
    /// Read request units.
    pub read_units: f64,
    /// Write request units.
    pub write_units: f64,
    /// Requests, by operation.
    pub requests: BTreeMap<String, u64>,
}

/// Counts while it is switched on.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Option<Usage>>>);

/// The bytes of an item as `DynamoDB` counts them: its attributes with their names.
#[must_use]
pub fn item_bytes(item: &TableItem) -> usize {
    let number = |name: &str, number: Option<u64>| {
        number.map_or(0, |number| {
            name.len() + 1 + number.to_string().len().div_ceil(2)
        })
    };
    let body = match &item.body {
        ItemBody::Empty => 0,
        ItemBody::Document(json) => "doc".len() + json.len(),
        ItemBody::Data(bytes) => "data".len() + bytes.len(),
    };
    "pk".len()
        + item.key.pk.len()
        + "sk".len()
        + item.key.sk.len()
        + number("v", item.version)
        + number("expires", item.expires)
        + body
}

#[expect(clippy::cast_precision_loss, reason = "units are few")]
fn units(bytes: usize, unit: usize) -> f64 {
    bytes.div_ceil(unit).max(1) as f64
}

impl Meter {
    /// Starts counting.
    pub fn begin(&self) {
        *self.0.lock().unwrap() = Some(Usage::default());
    }

    /// Returns the capacity consumed since the last start, and starts again from zero.
    #[must_use]
    pub fn read(&self) -> Usage {
        let mut usage = self.0.lock().unwrap();
        usage.replace(Usage::default()).unwrap_or_default()
    }

    /// Returns whether it is switched on.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.lock().unwrap().is_some()
    }

    /// Makes a call and counts its cost.
    pub(crate) async fn call(
        &self,
        table: &SqliteTable,
        call: TableCall,
    ) -> Result<TableAnswer, StoreError> {
        let written = call.actions();
        let keys: Vec<TableKey> = written.iter().map(|action| action.key().clone()).collect();
        let before = table.get_many(&keys).await?;
        let answer = call.clone().make(table).await;
        let counted = match &answer {
            Ok(answer) => answer.clone(),
            Err(_) => TableAnswer::Done,
        };
        self.count(&call, &written, &before, &counted);
        answer
    }

    fn count(
        &self,
        call: &TableCall,
        written: &[WriteAction],
        before: &[TableItem],
        answer: &TableAnswer,
    ) {
        let mut usage = self.0.lock().unwrap();
        let Some(usage) = usage.as_mut() else { return };
        let found = match answer {
            TableAnswer::Items(items) => items.as_slice(),
            TableAnswer::Count(_) | TableAnswer::Done => &[],
        };
        let single = |item: &TableItem| units(item_bytes(item), READ_UNIT);
        let all: usize = found.iter().map(item_bytes).sum();
        let write = |action: &WriteAction| {
            let old = before.iter().find(|item| item.key == *action.key());
            let new = match action {
                WriteAction::Put(item, _) => item_bytes(item),
                WriteAction::Delete(..) | WriteAction::Check(..) => 0,
            };
            units(old.map_or(0, item_bytes).max(new), WRITE_UNIT)
        };
        let writes: f64 = written.iter().map(write).sum();
        let (operation, requests) = match call {
            TableCall::Get(_) => {
                usage.read_units += found.iter().map(single).sum::<f64>().max(1.0);
                ("GetItem", 1)
            }
            TableCall::GetMany(keys) => {
                usage.read_units += found.iter().map(single).sum::<f64>();
                usage.read_units += units(keys.len() - found.len(), 1)
                    * if keys.len() > found.len() { 1.0 } else { 0.0 };
                ("BatchGetItem", keys.len().div_ceil(MAX_GETS))
            }
            TableCall::Query(..) | TableCall::Count(_) => {
                usage.read_units += units(all, READ_UNIT);
                ("Query", all.div_ceil(PAGE).max(1))
            }
            TableCall::Write(WriteAction::Put(..)) => {
                usage.write_units += writes;
                ("PutItem", 1)
            }
            TableCall::Write(WriteAction::Delete(..)) | TableCall::Take(_) => {
                usage.write_units += writes;
                ("DeleteItem", 1)
            }
            TableCall::DeleteMany(keys) => {
                usage.write_units += writes;
                ("BatchWriteItem", keys.len().div_ceil(MAX_BATCH_WRITES))
            }
            TableCall::Transact(..) | TableCall::Write(WriteAction::Check(..)) => {
                usage.write_units += 2.0 * writes;
                ("TransactWriteItems", 1)
            }
            TableCall::PurgeDeleted => return,
        };
        *usage.requests.entry(operation.to_owned()).or_default() += requests as u64;
    }
}
