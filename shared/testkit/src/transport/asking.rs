//! The table at the end of the way, as an edition's client asks it, and what may become of each call.

use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_adapters::table::{Table as _, TransactionLimits};
use attendee_sync_app::ports::StoreError;

use super::FaultyTransport;
use crate::permissions::refusal;
use crate::table_calls::{TableAnswer, TableCall, TableTransport, cloud_limits, refused};

/// How long a client of the cloud waits for an answer before it asks again (`clients::dynamodb`).
const ATTEMPT: Duration = Duration::from_secs(3);
/// After how long it gives up altogether.
const OPERATION: Duration = Duration::from_mins(1);
/// How often it asks, and how long it waits in between where it is throttled.
const ATTEMPTS: u32 = 10;
const WAIT: Duration = Duration::from_secs(3);

/// What came of a call.
pub type Answered = Result<TableAnswer, StoreError>;

/// What becomes of a call.
#[derive(Debug)]
pub enum CallFate {
    /// It is made and answered.
    Passes,
    /// This call is made in its place; where there is none, the answer says that it was made.
    Replaced(Option<TableCall>),
    /// It is not made, and fails.
    Refused,
    /// It is made, and fails.
    Failed,
    /// It is made, and no answer comes.
    Lost,
    /// It is not made, and no answer comes.
    Hung,
    /// It is not made: the caller is to come again.
    Throttled,
    /// About half of it is made, where that is possible, and it fails.
    Partial,
    /// It is made, and its process ends.
    CrashAfter,
}

/// Says of each call what becomes of it.
#[async_trait]
pub trait CallFaults: Send + Sync {
    /// The fate of a call that comes by this way.
    async fn fate(&self, line: &FaultyTransport, call: &TableCall) -> CallFate;

    /// Ends the process that makes the call.
    async fn crash(&self);

    /// Looks at a write that was made.
    fn made(&self, call: &TableCall);
}

/// What came of asking once.
enum CallAttempt {
    Answered(Answered),
    Throttled,
    /// Nothing came back; the second time the answer is this one, where it is known.
    Unanswered(Option<Answered>),
}

/// The way as an edition has it.
#[derive(Debug, Clone)]
pub struct TransportTable {
    pub(super) line: FaultyTransport,
    pub(super) is_cloud: bool,
}

impl TransportTable {
    /// Asks as a client does: that of `DynamoDB` again by itself where it got no answer or is throttled.
    async fn ask(&self, faults: &dyn CallFaults, call: TableCall) -> Answered {
        for _ in 0..ATTEMPTS {
            match self.attempt(faults, call.clone()).await {
                CallAttempt::Answered(answered) => return answered,
                CallAttempt::Throttled if self.is_cloud => tokio::time::sleep(WAIT).await,
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

    async fn attempt(&self, faults: &dyn CallFaults, call: TableCall) -> CallAttempt {
        let asked = tokio::time::Instant::now();
        let line = &self.line;
        CallAttempt::Answered(match faults.fate(line, &call).await {
            CallFate::Passes => {
                let answered = line.pass(call).await;
                if self.is_cloud && asked.elapsed() > OPERATION {
                    // The process stood still with the request on its way, and finds its time over.
                    return CallAttempt::Answered(Err(refused("timed out")));
                }
                answered
            }
            CallFate::Replaced(Some(other)) => line.pass(other).await,
            CallFate::Replaced(None) => Ok(TableAnswer::Done),
            CallFate::Refused => Err(refused("refused")),
            CallFate::Failed => line.pass(call).await.and(Err(refused("failed"))),
            CallFate::Lost => {
                // A transaction that is sent again is known by its token (`ClientRequestToken`).
                let has_token = matches!(call, TableCall::Transact(..));
                let answered = line.pass(call).await;
                return CallAttempt::Unanswered(has_token.then_some(answered));
            }
            CallFate::Hung => return CallAttempt::Unanswered(None),
            CallFate::CrashAfter => match line.pass(call).await {
                Ok(_) => {
                    faults.crash().await;
                    Err(refused("crashed"))
                }
                Err(error) => Err(error),
            },
            CallFate::Throttled => return CallAttempt::Throttled,
            CallFate::Partial => self.pass_partly(call).await,
        })
    }

    /// Makes about half of a call that may be made by half, and fails.
    async fn pass_partly(&self, call: TableCall) -> Answered {
        if let TableCall::DeleteMany(mut keys) = call {
            keys.truncate(keys.len() / 2);
            self.line.pass(TableCall::DeleteMany(keys)).await?;
        }
        Err(refused("parts of the request stayed unprocessed"))
    }
}

#[async_trait]
impl TableTransport for TransportTable {
    fn limits(&self) -> TransactionLimits {
        if self.is_cloud {
            cloud_limits()
        } else {
            self.line.engine.transaction_limits()
        }
    }

    async fn send(&self, call: TableCall) -> Answered {
        if self.line.is_cut_for(&call).await {
            return Err(refused("cut"));
        }
        if let Some(refusal) = self.is_cloud.then(|| refusal(&call)).flatten() {
            return Err(StoreError::Failed {
                operation: "test",
                source: refusal.into(),
            });
        }
        match &self.line.faults {
            Some(faults) => self.ask(faults.as_ref(), call).await,
            None => self.line.pass(call).await,
        }
    }
}
