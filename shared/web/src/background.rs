//! Runs that go on after the request that began them was answered: in this process, or in the cloud,
//! where nothing goes on here after an answer, in another.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use attendee_sync_app::{Acting, App, Error, Scope, Started};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::Run;
use tokio::sync::oneshot;

use crate::problem::explain;

/// Runs this process began and could not bring to an end, not even to a failed one: the table
/// did not take how they ended. The next request for a sync takes them up.
#[derive(Clone, Default)]
pub(crate) struct Background {
    stranded: Arc<Mutex<HashSet<RunId>>>,
}

/// What can be begun.
pub(crate) enum Work {
    /// A sync of an event.
    Sync(EventId, Scope),
    /// To apply what a run holds.
    Approval(RunId),
}

impl Work {
    async fn begin(&self, app: Acting<'_>) -> Result<Started, Error> {
        match self {
            Self::Sync(event, scope) => app.begin(event, scope.clone()).await,
            Self::Approval(run) => app.begin_approval(run).await,
        }
    }
}

impl Background {
    /// Begins some work and leaves it to itself, or in the cloud to another process; gives the run's
    /// id once it is open. [`Error::Busy`] where another is under way.
    pub(crate) async fn begin(
        &self,
        app: &Arc<App>,
        by: &Actor,
        work: Work,
    ) -> Result<RunId, Error> {
        if app.cloud.is_some() {
            return order(app.as_of(by), work).await;
        }
        let (tell, told) = oneshot::channel();
        // In a task of its own: whoever asked may go away while the run is being opened.
        tokio::spawn(
            self.clone()
                .carry_out(Arc::clone(app), by.clone(), work, tell),
        );
        told.await.unwrap_or(Err(Error::Aborted))
    }

    /// Drops what a run holds.
    pub(crate) async fn discard(
        &self,
        app: &Arc<App>,
        by: &Actor,
        id: &RunId,
    ) -> Result<Run, Error> {
        if app.cloud.is_some() {
            // What was begun and not done is done by whoever asks again: it is over only then.
            return app.as_of(by).discard(id).await;
        }
        let (background, app, id) = (self.clone(), Arc::clone(app), id.clone());
        let by = by.clone();
        let dropping = tokio::spawn(async move {
            let discarded = app.as_of(&by).discard(&id).await;
            if let Err(error @ Error::Store(_)) = &discarded {
                background.strand(id, &explain(error));
            }
            discarded
        });
        dropping.await.unwrap_or(Err(Error::Aborted))
    }

    async fn carry_out(
        self,
        app: Arc<App>,
        by: Actor,
        work: Work,
        tell: oneshot::Sender<Result<RunId, Error>>,
    ) {
        let (id, rest) = match (work.begin(app.as_of(&by)).await, work) {
            (Ok(started), _) => {
                let id = started.id().clone();
                (id, tokio::spawn(async move { app.finish(started).await }))
            }
            (Err(Error::Busy(id)), Work::Sync(event, scope)) if self.take(&id) => {
                match app.as_of(&by).begin_or_follow(&event, scope).await {
                    Ok(started) => {
                        let id = started.id().clone();
                        (id, tokio::spawn(async move { app.finish(started).await }))
                    }
                    Err(error) => {
                        self.lock().insert(id);
                        let _gone = tell.send(Err(error));
                        return;
                    }
                }
            }
            (Err(error), _) => {
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
        self.strand(id, &error);
    }

    fn strand(&self, id: RunId, error: &str) {
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

async fn order(app: Acting<'_>, work: Work) -> Result<RunId, Error> {
    match work {
        Work::Sync(event, scope) => app.order_sync(&event, scope).await,
        Work::Approval(run) => app.order_approval(&run).await,
    }
}
