//! The client side of the table: how an edition's client retries, and the possible fates of each
//! call.

use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_adapters::table::{Table as _, TransactionLimits};
use attendee_sync_app::ports::StoreError;

use super::FaultyTransport;
use crate::permissions::refusal;
use crate::table_calls::{TableAnswer, TableCall, TableTransport, cloud_limits, refused};

/// How long a client of the cloud waits for an answer before it retries (`clients::dynamodb`).
const ATTEMPT: Duration = Duration::from_secs(3);
/// The time after which the client gives up.
const OPERATION: Duration = Duration::from_mins(1);
/// Most attempts, and the wait before an attempt after throttling.
const ATTEMPTS: u32 = 10;
const WAIT: Duration = Duration::from_secs(3);

/// The result of a call.
pub type Answered = Result<TableAnswer, StoreError>;

/// The fate of a call.
#[derive(Debug)]
pub enum CallFate {
    /// The call is executed and answered.
    Passes,
    /// Another call is executed in its place. If there is none, the answer claims that the call was
    /// executed.
    Replaced(Option<TableCall>),
    /// The call is not executed, and fails.
    Refused,
    /// The call is executed, but reported as failed.
    Failed,
    /// The call is executed, and no answer arrives.
    Lost,
    /// The call is not executed, and no answer arrives.
    Hung,
    /// The call is not executed, and the caller has to retry.
    Throttled,
    /// About half of the call is executed, where that is possible, and it fails.
    Partial,
    /// The call is executed, and then its process ends.
    CrashAfter,
}

/// Decides the fate of each call.
#[async_trait]
pub trait CallFaults: Send + Sync {
    /// Returns the fate of a call through this transport.
    async fn fate(&self, line: &FaultyTransport, call: &TableCall) -> CallFate;

    /// Ends the process that makes the call.
    async fn crash(&self);

    /// Observes a write that was executed.
    fn made(&self, call: &TableCall);
}

/// The result of one attempt.
enum CallAttempt {
    Answered(Answered),
    Throttled,
    /// No answer arrived. The second attempt gets this answer, if it is known.
    Unanswered(Option<Answered>),
}

/// The table as an edition sees it.
#[derive(Debug, Clone)]
pub struct TransportTable {
    pub(super) line: FaultyTransport,
    pub(super) is_cloud: bool,
}

impl TransportTable {
    /// Makes a call like a client: the client of `DynamoDB` retries where it got no answer or is
    /// throttled.
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
                    // The process was suspended during the request, and its time is over.
                    return CallAttempt::Answered(Err(refused("timed out")));
                }
                answered
            }
            CallFate::Replaced(Some(other)) => line.pass(other).await,
            CallFate::Replaced(None) => Ok(TableAnswer::Done),
            CallFate::Refused => Err(refused("refused")),
            CallFate::Failed => line.pass(call).await.and(Err(refused("failed"))),
            CallFate::Lost => {
                // A repeated transaction is recognised by its token (`ClientRequestToken`).
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

    /// Executes about half of a call that can be split, and fails.
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
