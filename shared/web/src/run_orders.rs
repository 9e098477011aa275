//! What people order about runs, for pages and API alike. The work goes on after the request was answered.

use std::sync::Arc;

use attendee_sync_app::{App, Error, SyncScope};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::Run;

use crate::console::Console;

impl Console {
    /// Begins a sync; gives its run's id once it is open. [`Error::Busy`] where another is under way.
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

    /// Begins to apply what a run holds.
    pub(crate) async fn begin_approval(&self, by: &Actor, id: &RunId) -> Result<RunId, Error> {
        let id = id.clone();
        let order =
            |app: Arc<App>, by: Actor| async move { app.as_of(&by).order_approval(&id).await };
        self.on_behalf(by, order).await
    }

    /// Drops what a run holds. Where that fails, it is over only once somebody asks again.
    pub(crate) async fn discard(&self, by: &Actor, id: &RunId) -> Result<Run, Error> {
        let id = id.clone();
        let order = |app: Arc<App>, by: Actor| async move { app.as_of(&by).discard(&id).await };
        self.on_behalf(by, order).await
    }
}
