//! The dead-letter queues: how many messages each has, what some of them concern, and the redrive.

use async_trait::async_trait;
use attendee_sync_app::ports::{DeadLetter, DeadLetterQueue, DeadLetters, QueueError, QueueName};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use jiff::Timestamp;

use super::wire::about;

/// The maximum number of messages that one request returns (Amazon SQS API Reference,
/// `ReceiveMessage`).
const SHOWN: i32 = 10;

/// SQS cannot show a message without delivering it. With a visibility time-out of zero it is
/// available again at once: two people see the same messages, and a redrive finds all of them. But
/// each view counts as a delivery: `tries` grows by one with every view.
const VISIBILITY_S: i32 = 0;

/// Makes SQS ask all of its servers; with zero it asks some, and shows few messages or none.
const WAIT_S: i32 = 1;

/// A queue and its dead-letter queue, by their URLs.
#[derive(Debug, Clone)]
pub struct QueuePair {
    /// The name of the queue.
    pub name: QueueName,
    /// The queue that its messages come from and return to.
    pub queue: String,
    /// The dead-letter queue.
    pub dead_letters: String,
}

/// The dead-letter queues of an installation.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: Client,
    pairs: Vec<QueuePair>,
}

#[derive(Debug, thiserror::Error)]
enum MissingQueue {
    #[error("no queue was named that sets {0:?} aside")]
    Queue(QueueName),
    #[error("SQS did not say {0}")]
    Attribute(&'static str),
}

fn failed<E>(operation: &'static str) -> impl FnOnce(E) -> QueueError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |error| QueueError::Failed {
        operation,
        source: error.into(),
    }
}

/// How many messages a dead-letter queue has, and its ARN.
struct DeadLetterCount {
    messages: u64,
    arn: String,
}

impl SqsDeadLetters {
    /// Returns the dead-letter queues of these pairs.
    #[must_use]
    pub fn new(client: Client, pairs: Vec<QueuePair>) -> Self {
        Self { client, pairs }
    }

    async fn measure(&self, queue: &str) -> Result<DeadLetterCount, QueueError> {
        const OPERATION: &str = "GetQueueAttributes";
        // Messages that are not visible are being viewed, or are on their way back.
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(queue)
            .set_attribute_names(Some(counts.to_vec()))
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .map_err(failed(OPERATION))?;
        let attributes = answer.attributes.unwrap_or_default();
        let messages = counts
            .iter()
            .filter_map(|name| attributes.get(name)?.parse::<u64>().ok())
            .sum();
        let arn = attributes
            .get(&QueueAttributeName::QueueArn)
            .cloned()
            .ok_or(MissingQueue::Attribute("the ARN of a queue"))
            .map_err(failed(OPERATION))?;
        Ok(DeadLetterCount { messages, arn })
    }

    /// Returns whether messages of this queue are being moved back. Where SQS does not say, the
    /// answer is no: that is no reason to hide the dead letters, nor to ask again while a person
    /// waits.
    async fn is_moving(&self, arn: &str) -> bool {
        let once = Builder::new().retry_config(RetryConfig::disabled());
        let asked = self.client.list_message_move_tasks().source_arn(arn);
        let asked = asked.max_results(1).customize().config_override(once);
        match asked.send().await {
            Ok(answer) => {
                let mut tasks = answer.results.iter().flatten();
                tasks.any(|task| task.status() == Some("RUNNING"))
            }
            Err(error) => {
                tracing::warn!(%error, "whether messages are moved back is not known");
                false
            }
        }
    }

    async fn some(&self, queue: &str) -> Result<Vec<DeadLetter>, QueueError> {
        let answer = self
            .client
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(SHOWN)
            .visibility_timeout(VISIBILITY_S)
            .wait_time_seconds(WAIT_S)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .map_err(failed("ReceiveMessage"))?;
        Ok(answer.messages.iter().flatten().map(shown).collect())
    }

    async fn look(&self, pair: &QueuePair) -> Result<DeadLetterQueue, QueueError> {
        let measured = self.measure(&pair.dead_letters).await?;
        let mut found = DeadLetterQueue {
            queue: pair.name,
            messages: measured.messages,
            returning: false,
            some: Vec::new(),
        };
        // The number is an approximation, but one that settles; most queues are empty at all times.
        if measured.messages > 0 {
            found.returning = self.is_moving(&measured.arn).await;
            found.some = self.some(&pair.dead_letters).await?;
        }
        Ok(found)
    }
}

fn shown(message: &Message) -> DeadLetter {
    let attribute = |name| message.attributes()?.get(&name);
    let number = |name| attribute(name)?.parse::<i64>().ok();
    let sent = number(MessageSystemAttributeName::SentTimestamp);
    let tries = number(MessageSystemAttributeName::ApproximateReceiveCount);
    DeadLetter {
        about: about(message.body().unwrap_or_default()),
        sent: sent.and_then(|sent| Timestamp::from_millisecond(sent).ok()),
        tries: tries
            .and_then(|tries| u32::try_from(tries).ok())
            .unwrap_or(0),
    }
}

#[async_trait]
impl DeadLetters for SqsDeadLetters {
    async fn dead_letters(&self) -> Result<Vec<DeadLetterQueue>, QueueError> {
        // Each call may take a second.
        futures_util::future::try_join_all(self.pairs.iter().map(|pair| self.look(pair))).await
    }

    async fn redrive(&self, queue: QueueName) -> Result<(), QueueError> {
        const OPERATION: &str = "StartMessageMoveTask";
        let mut pairs = self.pairs.iter();
        let pair = pairs
            .find(|pair| pair.name == queue)
            .ok_or(MissingQueue::Queue(queue))
            .map_err(failed(OPERATION))?;
        let from = self.measure(&pair.dead_letters).await?.arn;
        let to = self.measure(&pair.queue).await?.arn;
        // The destination is named: dead letters of the scheduler itself came from no queue.
        let asked = self.client.start_message_move_task();
        let started = asked.source_arn(&from).destination_arn(to).send().await;
        match started {
            Ok(_) => Ok(()),
            // A queue can have at most one task running (Amazon SQS API Reference,
            // `StartMessageMoveTask`).
            Err(_) if self.is_moving(&from).await => Ok(()),
            Err(error) => Err(failed(OPERATION)(error)),
        }
    }
}
