//! Fetch and reconcile in one process: batches go through a short channel, and what is in it when
//! the process ends is found again by the next attempt at the run.

use async_trait::async_trait;
use attendee_sync_domain::plan::Batch;
use tokio::sync::mpsc;

use crate::ports::{BatchSink, QueueError};

/// Batches that may wait between fetch and reconcile; bounds the memory of a first sync.
const WAITING: usize = 1;

pub(crate) struct LocalQueue(mpsc::Sender<Batch>);

/// A channel for one run.
pub(crate) fn channel() -> (LocalQueue, mpsc::Receiver<Batch>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (LocalQueue(sender), receiver)
}

#[async_trait]
impl BatchSink for LocalQueue {
    async fn send(&self, batch: Batch) -> Result<(), QueueError> {
        self.0.send(batch).await.map_err(|_| QueueError::Closed)
    }
}
