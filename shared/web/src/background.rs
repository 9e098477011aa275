//! Runs that go on after the request that began them was answered.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use attendee_sync_app::{App, Error, Scope};
use attendee_sync_domain::ids::{EventId, RunId};
use tokio::sync::oneshot;

use crate::problem::explain;

/// Runs this process began and could not bring to an end, not even to a failed one: the table
/// did not take how they ended. The next request for a sync takes them up.
#[derive(Clone, Default)]
pub(crate) struct Background {
    stranded: Arc<Mutex<HashSet<RunId>>>,
}

impl Background {
    /// Begins a run and leaves it to itself; gives its id once it is open. [`Error::Busy`] where
    /// another is under way.
    pub(crate) async fn begin(
        &self,
        app: &Arc<App>,
        event: &EventId,
        scope: Scope,
    ) -> Result<RunId, Error> {
        let (tell, told) = oneshot::channel();
        // In a task of its own: whoever asked may go away while the run is being opened.
        tokio::spawn(
            self.clone()
                .work(Arc::clone(app), event.clone(), scope, tell),
        );
        told.await.unwrap_or(Err(Error::Aborted))
    }

    async fn work(
        self,
        app: Arc<App>,
        event: EventId,
        scope: Scope,
        tell: oneshot::Sender<Result<RunId, Error>>,
    ) {
        let (id, rest) = match app.begin(&event, scope.clone()).await {
            Ok(started) => {
                let id = started.id().clone();
                (id, tokio::spawn(async move { app.finish(started).await }))
            }
            Err(Error::Busy(id)) if self.take(&id) => (
                id,
                tokio::spawn(async move { app.sync(&event, scope).await }),
            ),
            Err(error) => {
                let _gone = tell.send(Err(error));
                return;
            }
        };
        let _gone = tell.send(Ok(id.clone()));
        let error = match rest.await {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => explain(&error),
            Err(panicked) => panicked.to_string(),
        };
        tracing::error!(run = %id, error, "the run could not be brought to an end");
        self.lock().insert(id);
    }

    fn take(&self, id: &RunId) -> bool {
        self.lock().remove(id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<RunId>> {
        self.stranded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
