//! An eye on every write that is done: what is stored of a person never goes back to an older run, and
//! who was erased stays so.

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_adapters::table::{ItemBody, TableItem, TableKey, WriteAction};
use attendee_sync_testkit::table_calls::TableCall;
use serde_json::Value;

/// Items by key.
pub(super) type Items = BTreeMap<TableKey, TableItem>;

/// What was written so far.
#[derive(Default)]
pub(super) struct Watch {
    /// The newest run that wrote an attendee.
    runs: BTreeMap<TableKey, u64>,
    /// Users who are only a tombstone.
    erased: BTreeSet<TableKey>,
    /// What was wrong.
    pub(super) wrong: Vec<String>,
}

fn name(key: &TableKey) -> String {
    format!("{}/{}", key.pk, key.sk)
}

/// Whether it is an attendee's item: of the partitions `E#…#A#…`.
pub(super) fn is_attendee(key: &TableKey) -> bool {
    key.pk.starts_with("E#") && key.pk.contains("#A#")
}

/// Whether it is a user's item: of the partitions `C#…#U#…`.
fn is_user(key: &TableKey) -> bool {
    key.pk.starts_with("C#") && key.pk.contains("#U#")
}

/// The document of an item; null where it has none.
pub(super) fn document(item: &TableItem) -> Value {
    match &item.body {
        ItemBody::Document(json) => serde_json::from_str(json).unwrap(),
        ItemBody::Empty | ItemBody::Data(_) => Value::Null,
    }
}

impl Watch {
    /// Looks at a write that was done.
    pub(super) fn look(&mut self, call: &TableCall) {
        for action in call.actions() {
            match action {
                WriteAction::Put(item, _) => {
                    if is_attendee(&item.key) {
                        self.attendee(&item.key, &document(&item));
                    } else if is_user(&item.key) {
                        self.user(&item.key, &document(&item));
                    }
                }
                WriteAction::Delete(key, _) => {
                    if !matches!(call, TableCall::Transact(..)) {
                        self.runs.remove(&key);
                    }
                }
                WriteAction::Check(..) => {}
            }
        }
    }

    fn attendee(&mut self, key: &TableKey, document: &Value) {
        let run = document["run"].as_u64().unwrap_or(0);
        let newest = self.runs.entry(key.clone()).or_insert(run);
        if run < *newest {
            let wrong = format!("C4: run {run} wrote {} over run {newest}", name(key));
            self.wrong.push(wrong);
        }
        *newest = run.max(*newest);
    }

    fn user(&mut self, key: &TableKey, document: &Value) {
        if document.get("erased").is_some() {
            self.erased.insert(key.clone());
        } else if self.erased.contains(key) {
            let wrong = format!("C4: {} was erased and came back", name(key));
            self.wrong.push(wrong);
        }
    }
}
