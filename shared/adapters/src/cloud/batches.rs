//! Batches of changed people to the reconcile function, over SQS.

use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{BatchMessage, BatchQueue, QueueError};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use rand::RngExt;

use super::cutting::requests;
use super::wire::message_text;

const OPERATION: &str = "SendMessageBatch";

/// How often messages that SQS did not accept are sent again: the waits double from 100 ms, for
/// some three seconds in all. What SQS refuses for longer is no passing failure.
const ROUNDS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// Sends batches to a queue.
#[derive(Debug, Clone)]
pub struct SqsBatches {
    client: Client,
    queue: String,
}

/// Why messages were not accepted, as the codes of SQS. Its texts are left out: they might repeat
/// what was sent.
#[derive(Debug, thiserror::Error)]
enum BatchRefusal {
    #[error("SQS refused {messages} messages for good ({code})")]
    ForGood { messages: usize, code: String },
    #[error("SQS did not take {messages} messages in {ROUNDS} repetitions ({code})")]
    StillOpen { messages: usize, code: String },
}

fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> QueueError {
    QueueError::Failed {
        operation: OPERATION,
        source: source.into(),
    }
}

impl SqsBatches {
    /// Sends to the queue at this URL.
    #[must_use]
    pub fn new(client: Client, queue: impl Into<String>) -> Self {
        Self {
            client,
            queue: queue.into(),
        }
    }

    /// Sends the messages of one request, and sends those again that were not accepted.
    async fn deliver(&self, mut messages: Vec<String>) -> Result<(), QueueError> {
        let mut round = 0;
        loop {
            let answer = self.ask(&messages).await?;
            if let Some(refusal) = refused_for_good(&answer) {
                return Err(failed(refusal));
            }
            let code = answer.failed.first().map(|entry| entry.code.clone());
            messages = left(messages, &answer);
            if messages.is_empty() {
                return Ok(());
            }
            if round == ROUNDS {
                return Err(failed(BatchRefusal::StillOpen {
                    messages: messages.len(),
                    code: code.unwrap_or_else(|| "no answer".to_owned()),
                }));
            }
            // Functions that were refused at the same time should not retry at the same time.
            let share = rand::rng().random_range(0.5..1.0);
            tokio::time::sleep((FIRST_WAIT * (1 << round)).mul_f64(share)).await;
            round += 1;
        }
    }

    async fn ask(&self, messages: &[String]) -> Result<SendMessageBatchOutput, QueueError> {
        let entries: Result<Vec<_>, _> = messages
            .iter()
            .enumerate()
            .map(|(id, message)| {
                SendMessageBatchRequestEntry::builder()
                    .id(id.to_string())
                    .message_body(message)
                    .build()
            })
            .collect();
        self.client
            .send_message_batch()
            .queue_url(&self.queue)
            .set_entries(Some(entries.map_err(failed)?))
            .send()
            .await
            .map_err(failed)
    }
}

/// Returns a refusal that concerns a message itself: the same message would be refused again.
fn refused_for_good(answer: &SendMessageBatchOutput) -> Option<BatchRefusal> {
    let mut refused = answer.failed.iter().filter(|entry| entry.sender_fault);
    let first = refused.next()?;
    Some(BatchRefusal::ForGood {
        messages: 1 + refused.count(),
        code: first.code.clone(),
    })
}

/// Returns the messages that the answer does not list as accepted. One that it omits is sent again,
/// as a message that comes twice does no harm.
fn left(messages: Vec<String>, answer: &SendMessageBatchOutput) -> Vec<String> {
    let taken: Vec<usize> = answer
        .successful
        .iter()
        .filter_map(|entry| entry.id.parse().ok())
        .collect();
    let numbered = messages.into_iter().enumerate();
    numbered
        .filter(|(id, _)| !taken.contains(id))
        .map(|(_, message)| message)
        .collect()
}

#[async_trait]
impl BatchQueue for SqsBatches {
    async fn send(&self, batch_messages: &[BatchMessage]) -> Result<(), QueueError> {
        for request in messages_of(batch_messages)? {
            self.deliver(request).await?;
        }
        Ok(())
    }
}

/// Returns the messages that carry batches, grouped into requests.
pub fn messages_of(batch_messages: &[BatchMessage]) -> Result<Vec<Vec<String>>, QueueError> {
    let messages: Result<Vec<_>, _> = batch_messages.iter().map(message_text).collect();
    Ok(requests(messages.map_err(failed)?))
}
