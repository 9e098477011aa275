//! How soon a message that failed comes again: after a wait that grows, not after the time for which the queue hides a
//! message that somebody works on, which is six times a function's.

use std::time::Duration;

use attendee_sync_app::ports::QueueError;
use aws_sdk_sqs::Client;
use rand::RngExt;

const OPERATION: &str = "ChangeMessageVisibility";
/// The wait after the first failure; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// Has the messages of one queue come again.
#[derive(Debug, Clone)]
pub struct MessageBackoff {
    client: Client,
    queue: String,
}

/// The longest wait before a message is delivered again that was delivered so often.
fn longest_wait(deliveries: u32) -> Duration {
    let doublings = deliveries.saturating_sub(1).min(16);
    FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT)
}

impl MessageBackoff {
    /// For the queue at this URL.
    #[must_use]
    pub fn new(client: Client, queue: impl Into<String>) -> Self {
        Self {
            client,
            queue: queue.into(),
        }
    }

    /// Has a message come again after a wait that fits how often it was delivered.
    pub async fn postpone(&self, receipt: &str, deliveries: u32) -> Result<(), QueueError> {
        // Messages that failed together should not come again together.
        let share = rand::rng().random_range(0.75..1.0);
        let wait = longest_wait(deliveries).mul_f64(share);
        self.hide(receipt, wait).await
    }

    /// Has a message come again at once: no wait helps one that cannot be read, so it is soon a failed job.
    pub async fn hurry(&self, receipt: &str) -> Result<(), QueueError> {
        self.hide(receipt, Duration::ZERO).await
    }

    async fn hide(&self, receipt: &str, wait: Duration) -> Result<(), QueueError> {
        let seconds = i32::try_from(wait.as_secs()).unwrap_or(i32::MAX);
        let asked = self
            .client
            .change_message_visibility()
            .queue_url(&self.queue)
            .receipt_handle(receipt)
            .visibility_timeout(seconds)
            .send();
        let changed = asked.await.map_err(|error| QueueError::Failed {
            operation: OPERATION,
            source: error.into(),
        });
        changed.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_quarter_of_an_hour() {
        let waits: Vec<u64> = [0, 1, 2, 3, 4, 5, 6, 100]
            .map(|deliveries| longest_wait(deliveries).as_secs())
            .to_vec();
        assert_eq!(waits, [30, 30, 60, 120, 240, 480, 900, 900]);
    }
}
