//! Orders and batches over SQS.

use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{Batches, Order, Orders, Parcel, QueueError};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::messages::{body_of_order, body_of_parcel};

/// Most bytes of a message, and of all messages of one request (Amazon SQS, "Message quotas").
pub(super) const MAX_BYTES: usize = 1_048_576;
/// Most messages of one request (Amazon SQS API reference, `SendMessageBatch`).
pub(super) const MAX_ENTRIES: usize = 10;
/// The longest delay of a message (Amazon SQS, "Message quotas").
const MAX_DELAY_SECONDS: u64 = 900;
/// How often messages that a request left out are sent again.
const ROUNDS: u32 = 5;

pub(super) fn failed<E>(operation: &'static str) -> impl FnOnce(E) -> QueueError
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |error| QueueError::Failed {
        operation,
        source: Box::new(error),
    }
}

/// Orders, each to the queue of whoever carries it out.
#[derive(Debug, Clone)]
pub struct SqsOrders {
    client: Client,
    runs: String,
    invitations: String,
}

impl SqsOrders {
    /// Orders about runs go to the first queue, orders to send mail to the second; both by URL.
    #[must_use]
    pub fn new(client: Client, runs: impl Into<String>, invitations: impl Into<String>) -> Self {
        Self {
            client,
            runs: runs.into(),
            invitations: invitations.into(),
        }
    }
}

#[async_trait]
impl Orders for SqsOrders {
    async fn order(&self, order: &Order, after: Duration) -> Result<(), QueueError> {
        let queue = match order {
            Order::Post { .. } => &self.invitations,
            Order::Due { .. }
            | Order::Sync { .. }
            | Order::Continue { .. }
            | Order::Approval { .. } => &self.runs,
        };
        let delay = after.as_secs().min(MAX_DELAY_SECONDS);
        self.client
            .send_message()
            .queue_url(queue)
            .message_body(body_of_order(order)?)
            .set_delay_seconds(i32::try_from(delay).ok().filter(|delay| *delay > 0))
            .send()
            .await
            .map_err(failed("SendMessage"))?;
        Ok(())
    }
}

/// Batches, some in each request.
#[derive(Debug, Clone)]
pub struct SqsBatches {
    client: Client,
    queue: String,
}

impl SqsBatches {
    /// Batches go to the queue of this URL.
    #[must_use]
    pub fn new(client: Client, queue: impl Into<String>) -> Self {
        Self {
            client,
            queue: queue.into(),
        }
    }

    /// Sends messages in one request, and again what it left out.
    async fn send_some(&self, mut bodies: Vec<String>) -> Result<(), QueueError> {
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(Duration::from_millis(100 << round)).await;
            }
            let mut request = self.client.send_message_batch().queue_url(&self.queue);
            for (number, body) in bodies.iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .message_body(body)
                    .build()
                    .map_err(failed("SendMessageBatch"))?;
                request = request.entries(entry);
            }
            let answer = request.send().await.map_err(failed("SendMessageBatch"))?;
            let refused = answer.failed();
            if let Some(fault) = refused.iter().find(|entry| entry.sender_fault()) {
                return Err(QueueError::Failed {
                    operation: "SendMessageBatch",
                    source: format!("a message was refused: {}", fault.code()).into(),
                });
            }
            let again: Vec<usize> = refused
                .iter()
                .filter_map(|entry| entry.id().parse().ok())
                .collect();
            let mut number = 0;
            bodies.retain(|_| {
                number += 1;
                again.contains(&(number - 1))
            });
            if bodies.is_empty() {
                return Ok(());
            }
        }
        Err(QueueError::Failed {
            operation: "SendMessageBatch",
            source: "some messages were not taken, however often they were sent".into(),
        })
    }
}

#[async_trait]
impl Batches for SqsBatches {
    async fn send(&self, parcels: &[Parcel]) -> Result<(), QueueError> {
        for bodies in messages_of(parcels)? {
            self.send_some(bodies).await?;
        }
        Ok(())
    }
}

/// The messages of as few requests as hold them, in order.
pub fn messages_of(parcels: &[Parcel]) -> Result<Vec<Vec<String>>, QueueError> {
    let mut requests: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for parcel in parcels {
        let body = body_of_parcel(parcel)?;
        if body.len() > MAX_BYTES {
            return Err(QueueError::Failed {
                operation: "SendMessageBatch",
                source: format!(
                    "batch {} of run {}.{} takes {} bytes, and a message {MAX_BYTES} at most; \
                     somebody's records are too many or too long",
                    parcel.batch.number,
                    parcel.policy.event,
                    parcel.batch.run.0,
                    body.len()
                )
                .into(),
            });
        }
        bytes += body.len();
        match requests.last_mut() {
            Some(request) if request.len() < MAX_ENTRIES && bytes <= MAX_BYTES => {
                request.push(body);
            }
            _ => {
                bytes = body.len();
                requests.push(vec![body]);
            }
        }
    }
    Ok(requests)
}
