//! What becomes of each call of the table, and an eye on what is written.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_adapters::table::{Durability, WriteAction, WriteCondition};
use attendee_sync_testkit::table_calls::TableCall;
use attendee_sync_testkit::transport::{CallFate, CallFaults, FaultyTransport};
use attendee_sync_testkit::waiting::pass;

use super::control::{FaultControl, Sabotage};
use super::schedule::{CallKind, Port};
use super::watch::{Items, Watch, is_attendee};

/// After how long attendees are written back as they were, where that is broken on purpose.
const WRITTEN_BACK: Duration = Duration::from_secs(30);

/// What meets the calls of the table; copies share all of it.
#[derive(Clone)]
pub(super) struct TableFaults {
    faults: FaultControl,
    inner: Arc<Mutex<TableFaultsInner>>,
}

#[derive(Default)]
struct TableFaultsInner {
    writes: usize,
    /// Writes that could have been dropped so far, and the items of the one that was.
    droppable: usize,
    dropped: Vec<String>,
    watch: Watch,
}

impl TableFaults {
    pub(super) fn new(faults: FaultControl) -> Self {
        Self {
            faults,
            inner: Arc::default(),
        }
    }

    /// Writes that were done so far.
    pub(super) fn writes(&self) -> usize {
        self.inner.lock().unwrap().writes
    }

    /// The items of the write that was dropped on purpose.
    pub(super) fn dropped(&self) -> Vec<String> {
        self.inner.lock().unwrap().dropped.clone()
    }

    /// What the eye on the writes found wrong.
    pub(super) fn seen(&self) -> Vec<String> {
        self.inner.lock().unwrap().watch.wrong.clone()
    }

    fn sabotaged(&self, line: &FaultyTransport, call: &TableCall) -> CallFate {
        match self.faults.sabotage {
            Some(Sabotage::DropsWrite(number)) if call.is_write() => {
                self.without_one(call.clone(), number)
            }
            Some(Sabotage::WritesBack) if call.is_write() => {
                write_back_later(line, call);
                CallFate::Passes
            }
            _ => CallFate::Passes,
        }
    }

    /// The call without its action that has this number among all of all calls; nothing where that was
    /// all of it.
    fn without_one(&self, call: TableCall, number: usize) -> CallFate {
        let mut inner = self.inner.lock().unwrap();
        let actions = call.actions();
        let is_write = |action: &WriteAction| !matches!(action, WriteAction::Check(..));
        let writes = (0..).zip(&actions).filter(|(_, action)| is_write(action));
        let writes: Vec<usize> = writes.map(|(at, _)| at).collect();
        let first = inner.droppable;
        inner.droppable += writes.len();
        let at = number
            .checked_sub(first)
            .and_then(|at| writes.get(at).copied());
        let Some(at) = at.filter(|_| inner.dropped.is_empty()) else {
            return CallFate::Passes;
        };
        let key = actions[at].key();
        inner.dropped = vec![format!("{}/{}", key.pk, key.sk)];
        CallFate::Replaced(match call {
            TableCall::Transact(mut actions, durability) if actions.len() > 1 => {
                actions.remove(at);
                Some(TableCall::Transact(actions, durability))
            }
            TableCall::DeleteMany(mut keys) if keys.len() > 1 => {
                keys.remove(at);
                Some(TableCall::DeleteMany(keys))
            }
            _ => {
                // For its process it was done.
                inner.writes += 1;
                None
            }
        })
    }
}

/// Lets attendees be after a while as they were before a write.
fn write_back_later(line: &FaultyTransport, call: &TableCall) {
    let before = items_of(line);
    for action in call.actions() {
        let (WriteAction::Put(..), key) = (&action, action.key()) else {
            continue;
        };
        let Some(item) = before.get(key).filter(|_| is_attendee(key)) else {
            continue;
        };
        let put = WriteAction::Put(item.clone(), WriteCondition::Always);
        let line = line.clone();
        tokio::spawn(async move {
            pass(WRITTEN_BACK).await;
            line.pass(TableCall::Write(put)).await.unwrap();
        });
    }
}

/// A write that leads to what a table holds.
pub(super) fn settled(line: &FaultyTransport) -> TableCall {
    let puts = line.raw_items().into_iter().map(WriteAction::put).collect();
    TableCall::Transact(puts, Durability::Normal)
}

/// What a table holds.
pub(super) fn items_of(line: &FaultyTransport) -> Items {
    let items = line.raw_items().into_iter();
    items.map(|item| (item.key.clone(), item)).collect()
}

#[async_trait]
impl CallFaults for TableFaults {
    async fn fate(&self, line: &FaultyTransport, call: &TableCall) -> CallFate {
        match self.faults.meet(Port::Table(call.name())).await {
            None => self.sabotaged(line, call),
            Some(CallKind::Refused) => CallFate::Refused,
            Some(CallKind::Failed) => CallFate::Failed,
            Some(CallKind::Lost) => CallFate::Lost,
            Some(CallKind::Hung) => CallFate::Hung,
            Some(CallKind::CrashAfter) => CallFate::CrashAfter,
            Some(CallKind::Throttled(_)) => CallFate::Throttled,
            Some(CallKind::Partial) => CallFate::Partial,
            Some(_) => CallFate::Passes,
        }
    }

    async fn crash(&self) {
        self.faults.crash().await;
    }

    fn made(&self, call: &TableCall) {
        let mut inner = self.inner.lock().unwrap();
        inner.watch.look(call);
        inner.writes += 1;
    }
}
