//! What queues have set aside: messages that were tried a few times and given up.

use async_trait::async_trait;
use attendee_sync_app::ports::{
    DeadLetters, Order, QueueError, QueueName, SetAside, SetAsideMessage,
};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use jiff::Timestamp;

use super::messages::{order_of, parcel_of};
use super::queues::{MAX_ENTRIES, failed};

/// How long messages that were looked at are hidden from others: SQS lets nobody look at a message
/// without receiving it.
const HIDDEN_SECONDS: i32 = 2;

/// A queue and where it sets messages aside, by URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Which.
    pub name: QueueName,
    /// Its URL.
    pub url: String,
    /// Where what was given up is.
    pub dead_letters: String,
}

/// What was set aside in SQS.
#[derive(Debug, Clone)]
pub struct SqsDeadLetters {
    client: Client,
    queues: Vec<Queue>,
}

impl SqsDeadLetters {
    /// Of these queues.
    #[must_use]
    pub fn new(client: Client, queues: Vec<Queue>) -> Self {
        Self { client, queues }
    }

    async fn arn(&self, url: &str) -> Result<String, QueueError> {
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .map_err(failed("GetQueueAttributes"))?;
        let arn = answer
            .attributes
            .and_then(|mut all| all.remove(&QueueAttributeName::QueueArn));
        arn.ok_or_else(|| QueueError::Failed {
            operation: "GetQueueAttributes",
            source: "the queue has no ARN".into(),
        })
    }

    async fn of(&self, queue: &Queue) -> Result<SetAside, QueueError> {
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&queue.dead_letters)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .send()
            .await
            .map_err(failed("GetQueueAttributes"))?;
        let attributes = answer.attributes.unwrap_or_default();
        let number = |name: &QueueAttributeName| -> u64 {
            let text = attributes.get(name);
            text.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        let messages = number(&QueueAttributeName::ApproximateNumberOfMessages)
            + number(&QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
        let some = if messages == 0 {
            Vec::new()
        } else {
            self.look(queue).await?
        };
        let returning = messages > 0 && self.is_returning(queue).await?;
        Ok(SetAside {
            queue: queue.name,
            messages: messages.max(some.len() as u64),
            returning,
            some,
        })
    }

    async fn look(&self, queue: &Queue) -> Result<Vec<SetAsideMessage>, QueueError> {
        let answer = self
            .client
            .receive_message()
            .queue_url(&queue.dead_letters)
            .max_number_of_messages(i32::try_from(MAX_ENTRIES).unwrap_or(10))
            .visibility_timeout(HIDDEN_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
            .await
            .map_err(failed("ReceiveMessage"))?;
        let messages = answer.messages.unwrap_or_default();
        Ok(messages
            .iter()
            .map(|message| describe(queue.name, message))
            .collect())
    }

    async fn is_returning(&self, queue: &Queue) -> Result<bool, QueueError> {
        let tasks = self
            .client
            .list_message_move_tasks()
            .source_arn(self.arn(&queue.dead_letters).await?)
            .max_results(1)
            .send()
            .await
            .map_err(failed("ListMessageMoveTasks"))?;
        let newest = tasks.results().first();
        Ok(newest.is_some_and(|task| task.status() == Some("RUNNING")))
    }
}

#[async_trait]
impl DeadLetters for SqsDeadLetters {
    async fn set_aside(&self) -> Result<Vec<SetAside>, QueueError> {
        let mut all = Vec::with_capacity(self.queues.len());
        for queue in &self.queues {
            all.push(self.of(queue).await?);
        }
        Ok(all)
    }

    async fn redrive(&self, name: QueueName) -> Result<(), QueueError> {
        for queue in self.queues.iter().filter(|queue| queue.name == name) {
            if self.is_returning(queue).await? {
                return Ok(());
            }
            // The destination is named: what a scheduler put here has no queue it came from.
            self.client
                .start_message_move_task()
                .source_arn(self.arn(&queue.dead_letters).await?)
                .destination_arn(self.arn(&queue.url).await?)
                .send()
                .await
                .map_err(failed("StartMessageMoveTask"))?;
        }
        Ok(())
    }
}

/// What a message is about. It may name people; this does not.
fn describe(queue: QueueName, message: &Message) -> SetAsideMessage {
    let body = message.body().unwrap_or_default();
    let attribute = |name: &MessageSystemAttributeName| {
        let attributes = message.attributes()?;
        attributes.get(name)?.parse::<i64>().ok()
    };
    let sent = attribute(&MessageSystemAttributeName::SentTimestamp);
    let tries = attribute(&MessageSystemAttributeName::ApproximateReceiveCount);
    SetAsideMessage {
        about: about(queue, body),
        sent: sent.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        tries: tries
            .and_then(|tries| u32::try_from(tries).ok())
            .unwrap_or(0),
    }
}

fn about(queue: QueueName, body: &str) -> String {
    const UNREADABLE: &str = "a message that cannot be read";
    match queue {
        QueueName::Batches => match parcel_of(body) {
            Ok(parcel) => format!(
                "batch {} of run {}.{}, {} people",
                parcel.batch.number,
                parcel.policy.event,
                parcel.batch.run.0,
                parcel.batch.people.len()
            ),
            Err(_) => UNREADABLE.to_owned(),
        },
        QueueName::Runs | QueueName::Invitations => match order_of(body) {
            Ok(Order::Due { event }) => format!("the sync of {event} that was due"),
            Ok(Order::Sync { run, .. }) => format!("run {run}, to be begun"),
            Ok(Order::Continue { run, .. }) => format!("run {run}, to be gone on with"),
            Ok(Order::Approval { run }) => format!("what was approved of run {run}"),
            Ok(Order::Post { event, .. }) => format!("the invitations of {event}"),
            Err(_) => UNREADABLE.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_described_without_what_they_say_of_people() {
        let due = r#"{"do":"due","event":"devcon"}"#;
        assert_eq!(
            about(QueueName::Runs, due),
            "the sync of devcon that was due"
        );
        let odd = r#"{"do":"ada@example.org"}"#;
        for queue in QueueName::ALL {
            assert_eq!(about(queue, odd), "a message that cannot be read");
        }
    }
}
