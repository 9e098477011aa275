//! What queues between processes have set aside: messages that were given up after a few tries.

use std::sync::Arc;

use attendee_sync_domain::audit::Deed;

use crate::App;
use crate::acting::Acting;
use crate::error::Error;
use crate::ports::{DeadLetters, QueueName, SetAside};

impl App {
    /// What was set aside, queue by queue; `None` where there are no such queues.
    pub async fn set_aside(&self) -> Result<Option<Vec<SetAside>>, Error> {
        match self.dead_letters() {
            Some(letters) => Ok(Some(letters.set_aside().await?)),
            None => Ok(None),
        }
    }

    /// Whether there are queues that set something aside.
    #[must_use]
    pub fn sets_aside(&self) -> bool {
        self.dead_letters().is_some()
    }

    fn dead_letters(&self) -> Option<&Arc<dyn DeadLetters>> {
        self.cloud.as_ref()?.dead_letters.as_ref()
    }
}

impl Acting<'_> {
    /// Gives back what a queue set aside; whether there are such queues. It may be about any
    /// community: each has an entry in its log.
    pub async fn redrive(&self, queue: QueueName) -> Result<bool, Error> {
        let Some(letters) = self.app().dead_letters() else {
            return Ok(false);
        };
        letters.redrive(queue).await?;
        let deed = Deed::SetAsideReturned {
            queue: queue.name().to_owned(),
        };
        for community in self.app().store.communities().await? {
            self.note(&community, deed.clone()).await;
        }
        Ok(true)
    }
}
