//! Dead letters: messages of the queues between processes that were given up after a few attempts.

use std::sync::Arc;

use attendee_sync_domain::audit::AuditAction;

use crate::App;
use crate::audited::Audited;
use crate::error::Error;
use crate::ports::{DeadLetterQueue, DeadLetters, QueueName};

impl App {
    /// Returns the dead letters of each queue; `None` where the installation has no dead-letter
    /// queues.
    pub async fn dead_letters(&self) -> Result<Option<Vec<DeadLetterQueue>>, Error> {
        match self.dead_letter_queues() {
            Some(letters) => Ok(Some(letters.dead_letters().await?)),
            None => Ok(None),
        }
    }

    /// Returns whether the installation has dead-letter queues.
    #[must_use]
    pub fn has_dead_letter_queues(&self) -> bool {
        self.dead_letter_queues().is_some()
    }

    fn dead_letter_queues(&self) -> Option<&Arc<dyn DeadLetters>> {
        self.parts.cloud.as_ref()?.dead_letters.as_ref()
    }
}

impl Audited<'_> {
    /// Sends the dead letters of a queue back to it. Returns `false` where there are no such
    /// queues. They may concern any community, so each community gets an entry in its log.
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
