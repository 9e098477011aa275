//! What queues between processes have set aside: messages that were given up after a few tries.

use std::sync::Arc;

use attendee_sync_domain::audit::AuditAction;

use crate::App;
use crate::audited::Audited;
use crate::error::Error;
use crate::ports::{DeadLetterQueue, DeadLetters, QueueName};

impl App {
    /// What was set aside, queue by queue; `None` where there are no such queues.
    pub async fn dead_letters(&self) -> Result<Option<Vec<DeadLetterQueue>>, Error> {
        match self.dead_letter_queues() {
            Some(letters) => Ok(Some(letters.dead_letters().await?)),
            None => Ok(None),
        }
    }

    /// Whether there are queues that set something aside.
    #[must_use]
    pub fn sets_aside(&self) -> bool {
        self.dead_letter_queues().is_some()
    }

    fn dead_letter_queues(&self) -> Option<&Arc<dyn DeadLetters>> {
        self.parts.cloud.as_ref()?.dead_letters.as_ref()
    }
}

impl Audited<'_> {
    /// Gives back what a queue set aside; whether there are such queues. It may be about any
    /// community: each has an entry in its log.
    pub async fn redrive(&self, queue: QueueName) -> Result<bool, Error> {
        let Some(letters) = self.app().dead_letter_queues() else {
            return Ok(false);
        };
        letters.redrive(queue).await?;
        let action = AuditAction::SetAsideReturned {
            queue: queue.name().to_owned(),
        };
        for community in self.app().parts.store.communities().await? {
            self.note(&community, action.clone()).await;
        }
        Ok(true)
    }
}
