//! The sink of batches of changed people.

use async_trait::async_trait;
use attendee_sync_domain::plan::Batch;

/// The sink of batches of changed people.
#[async_trait]
pub trait BatchSink: Send + Sync {
    /// Accepts a batch. After the next flush it is guaranteed to be reconciled at least once.
    async fn send(&self, batch: Batch) -> Result<(), QueueError>;
    /// Makes sure that no accepted batch is held by this process alone.
    async fn flush(&self) -> Result<(), QueueError> {
        Ok(())
    }
}

/// Why a batch was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The receiver of the batches has ended.
    #[error("nobody takes batches any more")]
    Closed,
    /// The queue refused it, or did not answer.
    #[error("the queue could not be used ({operation})")]
    Failed {
        /// The operation that failed.
        operation: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
