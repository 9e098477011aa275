//! Sends commands to other functions over SQS.

use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{Orders, QueueError, RunCommand};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;

use super::correlation;
use super::wire::order_text;

const OPERATION: &str = "SendMessage";

/// The longest delay of a message in SQS (Amazon SQS API Reference, `SendMessage`).
const LONGEST_DELAY_S: u64 = 900;

/// Sends commands to the queues of the functions that execute them.
#[derive(Debug, Clone)]
pub struct SqsOrders {
    client: Client,
    runs: String,
    invitations: String,
}

#[derive(Debug, thiserror::Error)]
#[error("an order waits for at most {LONGEST_DELAY_S} seconds, not {asked_s}")]
struct TooLate {
    asked_s: u64,
}

fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> QueueError {
    QueueError::Failed {
        operation: OPERATION,
        source: source.into(),
    }
}

impl SqsOrders {
    /// Sends to the queues at these URLs: that of runs, and that of invitations.
    #[must_use]
    pub fn new(client: Client, runs: impl Into<String>, invitations: impl Into<String>) -> Self {
        Self {
            client,
            runs: runs.into(),
            invitations: invitations.into(),
        }
    }

    fn queue(&self, order: &RunCommand) -> &str {
        match order {
            RunCommand::Due { .. }
            | RunCommand::Retry { .. }
            | RunCommand::Hooks { .. }
            | RunCommand::Badges { .. }
            | RunCommand::Watch
            | RunCommand::Sync { .. }
            | RunCommand::Continue { .. }
            | RunCommand::Approval { .. } => &self.runs,
            RunCommand::Notices { .. } | RunCommand::Dispatch { .. } => &self.invitations,
        }
    }
}

/// Returns the delay in whole seconds, rounded up; `None` for no delay, in which case the queue's
/// own applies.
fn delay(after: Duration) -> Result<Option<i32>, TooLate> {
    let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
    if seconds > LONGEST_DELAY_S {
        return Err(TooLate { asked_s: seconds });
    }
    Ok(i32::try_from(seconds).ok().filter(|seconds| *seconds > 0))
}

fn text_attribute(text: String) -> Result<MessageAttributeValue, QueueError> {
    let attribute = MessageAttributeValue::builder()
        .data_type("String")
        .string_value(text)
        .build();
    attribute.map_err(failed)
}

#[async_trait]
impl Orders for SqsOrders {
    async fn order(&self, order: &RunCommand, after: Duration) -> Result<(), QueueError> {
        let delay = delay(after).map_err(failed)?;
        let correlation = correlation::current().map(text_attribute).transpose()?;
        let correlation = correlation.map(|id| (correlation::ATTRIBUTE.to_owned(), id));
        self.client
            .send_message()
            .queue_url(self.queue(order))
            .message_body(order_text(order).map_err(failed)?)
            .set_delay_seconds(delay)
            .set_message_attributes(correlation.map(|attribute| [attribute].into()))
            .send()
            .await
            .map_err(failed)?;
        Ok(())
    }
}
