//! Batches on their way to other processes.

use std::sync::Mutex;

use async_trait::async_trait;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::CommunityId;
use attendee_sync_domain::plan::{Batch, Policy};

use crate::ports::{BatchMessage, BatchQueue, BatchSink, QueueError};
use crate::runs::engine::TOGETHER;

/// Collects batches and sends several at a time to other processes.
pub(super) struct BatchSender<'a> {
    batches: &'a dyn BatchQueue,
    community: CommunityId,
    policy: Policy,
    waiting: Mutex<Vec<BatchMessage>>,
}

impl<'a> BatchSender<'a> {
    pub(super) fn new(batches: &'a dyn BatchQueue, document: &EventDocument) -> Self {
        Self {
            batches,
            community: document.community.clone(),
            policy: Policy::new(document),
            waiting: Mutex::default(),
        }
    }

    /// Takes the waiting batches if there are at least `enough`; otherwise returns none.
    pub(super) fn take(&self, enough: usize) -> Vec<BatchMessage> {
        let Ok(mut waiting) = self.waiting.lock() else {
            return Vec::new();
        };
        if waiting.len() < enough {
            return Vec::new();
        }
        std::mem::take(&mut *waiting)
    }

    pub(super) async fn hand_over(&self, enough: usize) -> Result<(), QueueError> {
        let batch_messages = self.take(enough);
        if batch_messages.is_empty() {
            return Ok(());
        }
        self.batches.send(&batch_messages).await
    }
}

#[async_trait]
impl BatchSink for BatchSender<'_> {
    async fn send(&self, batch: Batch) -> Result<(), QueueError> {
        if let Ok(mut waiting) = self.waiting.lock() {
            waiting.push(BatchMessage {
                community: self.community.clone(),
                policy: self.policy.clone(),
                batch,
            });
        }
        self.hand_over(TOGETHER).await
    }

    async fn flush(&self) -> Result<(), QueueError> {
        self.hand_over(1).await
    }
}
