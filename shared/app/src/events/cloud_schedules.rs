//! The schedules by which a scheduler outside starts the syncs of an event.

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::schedule::cloud_schedules;

use crate::App;
use crate::error::Error;

impl App {
    /// Sees to it that the scheduler starts the event's syncs as its configuration says.
    pub(crate) async fn set_schedules(&self, document: &EventDocument) -> Result<(), Error> {
        let Some(schedules) = self
            .parts
            .cloud
            .as_ref()
            .and_then(|cloud| cloud.schedules.as_ref())
        else {
            return Ok(());
        };
        let wanted = cloud_schedules(document, self.parts.clock.now())?;
        schedules.set(&document.event, &wanted).await?;
        Ok(())
    }

    /// Sees to it that nothing starts syncs of an event that was taken out. Where that fails, what it
    /// starts finds no event.
    pub(crate) async fn clear_schedules(&self, event: &EventId) {
        let Some(schedules) = self
            .parts
            .cloud
            .as_ref()
            .and_then(|cloud| cloud.schedules.as_ref())
        else {
            return;
        };
        if let Err(error) = schedules.set(event, &[]).await {
            let error = with_causes(&error);
            tracing::error!(%event, error, "a deleted event's schedules stay");
        }
    }
}
