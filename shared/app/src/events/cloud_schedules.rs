//! The schedules by which a scheduler outside starts the syncs of an event.

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::schedule::cloud_schedules;

use crate::App;
use crate::error::Error;

impl App {
    /// Sets the event's schedules at the scheduler to those of its configuration.
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

    /// Deletes the schedules of a deleted event. A failure is only logged: a sync that they still
    /// start finds no event.
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
