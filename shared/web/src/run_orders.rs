//! Commands about runs, for pages and API alike. The work continues after the request was answered.

use std::sync::Arc;

use attendee_sync_app::{App, Error, SyncScope};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::Run;

use crate::console::Console;

impl Console {
    /// Starts a sync; returns its run's id once the run is open. Fails with [`Error::Busy`] where
    /// another run is under way.
    pub(crate) async fn begin_sync(
        &self,
        by: &Actor,
        event: &EventId,
        scope: SyncScope,
    ) -> Result<RunId, Error> {
        let event = event.clone();
        let order = |app: Arc<App>, by: Actor| async move {
            app.as_of(&by).order_sync(&event, scope).await
        };
        self.on_behalf(by, order).await
    }

    /// Starts to apply what a run holds.
    pub(crate) async fn begin_approval(&self, by: &Actor, id: &RunId) -> Result<RunId, Error> {
        let id = id.clone();
        let order =
            |app: Arc<App>, by: Actor| async move { app.as_of(&by).order_approval(&id).await };
        self.on_behalf(by, order).await
    }

    /// Discards what a run holds. If that fails, it is completed only when a person tries again.
    pub(crate) async fn discard(&self, by: &Actor, id: &RunId) -> Result<Run, Error> {
        let id = id.clone();
        let order = |app: Arc<App>, by: Actor| async move { app.as_of(&by).discard(&id).await };
        self.on_behalf(by, order).await
    }
}
