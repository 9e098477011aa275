//! Where batches of changed people go.

use async_trait::async_trait;
use attendee_sync_domain::plan::Batch;

/// Where batches of changed people go.
#[async_trait]
pub trait BatchSink: Send + Sync {
    /// Takes a batch; it will be reconciled at least once, if what was taken is then flushed.
    async fn send(&self, batch: Batch) -> Result<(), QueueError>;
    /// Sees to it that nothing that was taken is in this process alone.
    async fn flush(&self) -> Result<(), QueueError> {
        Ok(())
    }
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Whoever takes batches has ended.
    #[error("nobody takes batches any more")]
    Closed,
    /// The queue did not take it, or did not answer.
    #[error("the queue could not be used ({operation})")]
    Failed {
        /// What was asked of it.
        operation: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
