//! The way to the table: calls at each of which something can go wrong, and an eye on what is written.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_adapters::table::{
    Durability, KeyRange, QueryPaging, Table, TableItem, TransactionLimits, WriteAction,
    WriteCondition,
};
use attendee_sync_app::ports::StoreError;

use super::control::{FaultControl, Sabotage};
use super::schedule::{CallKind, Port};
use super::watch::{Items, Watch, is_attendee};
use crate::permissions::refusal;
use crate::table_calls::{TableAnswer, TableCall, TableTransport, cloud_limits, refused};

/// How long a client of the cloud waits for an answer before it asks again (`clients::dynamodb`).
const ATTEMPT: Duration = Duration::from_secs(3);
/// After how long it gives up altogether.
const OPERATION: Duration = Duration::from_mins(1);
/// How often it asks, and how long it waits in between where it is throttled.
const ATTEMPTS: u32 = 10;
const WAIT: Duration = Duration::from_secs(3);

type Answered = Result<TableAnswer, StoreError>;

/// What came of asking once.
enum CallAttempt {
    Answered(Answered),
    Throttled,
    /// Nothing came back; the second time the answer is this one, where it is known.
    Unanswered(Option<Answered>),
}

/// Copies share all of it.
#[derive(Clone)]
pub(super) struct FaultyTransport {
    engine: SqliteTable,
    /// Calls are answered one after the other, whoever dropped them meanwhile.
    order: Arc<tokio::sync::Mutex<()>>,
    faults: FaultControl,
    /// Whether the client asks again by itself, as that of `DynamoDB` does.
    asks_again: bool,
    inner: Arc<Mutex<FaultyTransportInner>>,
}

#[derive(Default)]
struct FaultyTransportInner {
    writes: usize,
    /// Writes that could have been dropped so far, and the items of the one that was.
    droppable: usize,
    dropped: Vec<String>,
    watch: Watch,
}

impl std::fmt::Debug for FaultyTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FaultLine")
    }
}

impl FaultyTransport {
    pub(super) fn new(faults: FaultControl, asks_again: bool) -> Self {
        Self {
            engine: SqliteTable::in_memory().unwrap(),
            order: Arc::default(),
            faults,
            asks_again,
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

    /// What the table holds.
    pub(super) fn items(&self) -> Items {
        self.inner.lock().unwrap().watch.items.clone()
    }

    /// A write that leads to what the table holds.
    pub(super) fn settled(&self) -> TableCall {
        let puts = self.items().into_values().map(WriteAction::put).collect();
        TableCall::Transact(puts, Durability::Normal)
    }

    /// What the eye on the writes found wrong.
    pub(super) fn seen(&self) -> Vec<String> {
        self.inner.lock().unwrap().watch.wrong.clone()
    }

    /// What the engine has under this partition key.
    pub(super) async fn stored(&self, pk: &str) -> Vec<TableItem> {
        let all = (&KeyRange::All, QueryPaging::default());
        self.engine.query(pk, all.0, all.1).await.unwrap()
    }

    /// Makes a call that meets nothing.
    pub(super) async fn send_calmly(&self, call: TableCall) -> TableAnswer {
        self.pass(call).await.unwrap()
    }

    /// Lets a call through. It is done to the end also where nobody waits for it any more.
    async fn pass(&self, call: TableCall) -> Answered {
        let line = self.clone();
        let done = tokio::spawn(async move {
            let _alone = line.order.lock().await;
            let answered = call.clone().make(&line.engine).await?;
            if call.is_write() {
                let mut inner = line.inner.lock().unwrap();
                inner.watch.look(&call);
                inner.writes += 1;
            }
            Ok(answered)
        });
        done.await.unwrap()
    }

    /// Asks as a client does: again by itself where it got no answer or is throttled.
    async fn meet(&self, call: TableCall) -> Answered {
        for _ in 0..ATTEMPTS {
            match self.attempt(call.clone()).await {
                CallAttempt::Answered(answered) => return answered,
                CallAttempt::Throttled if self.asks_again => tokio::time::sleep(WAIT).await,
                CallAttempt::Throttled => break,
                CallAttempt::Unanswered(known) => {
                    tokio::time::sleep(ATTEMPT).await;
                    if let Some(known) = known {
                        return known;
                    }
                }
            }
        }
        Err(refused("throttled"))
    }

    async fn attempt(&self, call: TableCall) -> CallAttempt {
        let asked = tokio::time::Instant::now();
        let Some(kind) = self.faults.meet(Port::Table(call.name())).await else {
            let answered = self.pass_sabotaged(call).await;
            if self.asks_again && asked.elapsed() > OPERATION {
                // The process stood still with the request on its way, and finds its time over.
                return CallAttempt::Answered(Err(refused("timed out")));
            }
            return CallAttempt::Answered(answered);
        };
        CallAttempt::Answered(match kind {
            CallKind::Refused => Err(refused("refused")),
            CallKind::Failed => self.pass(call).await.and(Err(refused("failed"))),
            CallKind::Lost => {
                // A transaction that is sent again is known by its token (`ClientRequestToken`).
                let has_token = matches!(call, TableCall::Transact(..));
                let answered = self.pass(call).await;
                return CallAttempt::Unanswered(has_token.then_some(answered));
            }
            CallKind::Hung => return CallAttempt::Unanswered(None),
            CallKind::CrashAfter => match self.pass(call).await {
                Ok(_) => {
                    self.faults.crash().await;
                    Err(refused("crashed"))
                }
                Err(error) => Err(error),
            },
            CallKind::Throttled(_) => return CallAttempt::Throttled,
            CallKind::Partial => self.pass_partly(call).await,
            _ => self.pass(call).await,
        })
    }

    async fn pass_sabotaged(&self, call: TableCall) -> Answered {
        match self.faults.sabotage {
            Some(Sabotage::DropsWrite(number)) if call.is_write() => {
                return match self.without_one(call, number) {
                    Some(rest) => self.pass(rest).await,
                    // For its process it was done.
                    None => Ok(TableAnswer::Done),
                };
            }
            Some(Sabotage::WritesBack) if call.is_write() => self.write_back_later(&call),
            _ => {}
        }
        self.pass(call).await
    }

    /// The call without its action that has this number among all of all calls; nothing where that was
    /// all of it.
    fn without_one(&self, call: TableCall, number: usize) -> Option<TableCall> {
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
            return Some(call);
        };
        let key = actions[at].key();
        inner.dropped = vec![format!("{}/{}", key.pk, key.sk)];
        match call {
            TableCall::Transact(mut actions, durability) if actions.len() > 1 => {
                actions.remove(at);
                Some(TableCall::Transact(actions, durability))
            }
            TableCall::DeleteMany(mut keys) if keys.len() > 1 => {
                keys.remove(at);
                Some(TableCall::DeleteMany(keys))
            }
            _ => {
                inner.writes += 1;
                None
            }
        }
    }

    /// Lets attendees be after a while as they were before a write.
    fn write_back_later(&self, call: &TableCall) {
        let before = self.items();
        for action in call.actions() {
            let (WriteAction::Put(..), key) = (&action, action.key()) else {
                continue;
            };
            let Some(item) = before.get(key).filter(|_| is_attendee(key)) else {
                continue;
            };
            let put = WriteAction::Put(item.clone(), WriteCondition::Always);
            let line = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(30)).await;
                line.send_calmly(TableCall::Write(put)).await;
            });
        }
    }

    /// Does about half of a call that may be done by half, and fails.
    async fn pass_partly(&self, call: TableCall) -> Answered {
        if let TableCall::DeleteMany(mut keys) = call {
            keys.truncate(keys.len() / 2);
            self.pass(TableCall::DeleteMany(keys)).await?;
        }
        Err(refused("parts of the request stayed unprocessed"))
    }
}

#[async_trait]
impl TableTransport for FaultyTransport {
    fn limits(&self) -> TransactionLimits {
        if self.asks_again {
            cloud_limits()
        } else {
            self.engine.transaction_limits()
        }
    }

    async fn send(&self, call: TableCall) -> Answered {
        if let Some(refusal) = self.asks_again.then(|| refusal(&call)).flatten() {
            return Err(StoreError::Failed {
                operation: "test",
                source: refusal.into(),
            });
        }
        self.meet(call).await
    }
}
