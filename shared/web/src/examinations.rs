//! Examinations of whole feeds, which go on after the request that asked for them was answered.
//! The newest of each event is remembered as long as the process lives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attendee_sync_app::{App, Checkup};
use attendee_sync_domain::ids::EventId;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::problem::Problem;

/// What came of one.
type Outcome = Result<Arc<Checkup>, Problem>;

/// All of them.
#[derive(Clone, Default)]
pub(crate) struct Examinations(Arc<Mutex<HashMap<EventId, Known>>>);

/// What is known of an event's.
#[derive(Clone, Default)]
pub(crate) struct Known {
    pub(crate) under_way: Option<UnderWay>,
    pub(crate) newest: Option<Examined>,
}

/// One that is over.
#[derive(Clone)]
pub(crate) struct Examined {
    /// The version of the configuration it went by.
    pub(crate) version: u64,
    pub(crate) began: Timestamp,
    pub(crate) outcome: Outcome,
}

/// One that is not.
#[derive(Clone)]
pub(crate) struct UnderWay {
    pub(crate) since: Timestamp,
    end: watch::Receiver<Option<Outcome>>,
}

impl UnderWay {
    /// Waits for what comes of it.
    pub(crate) async fn end(mut self) -> Outcome {
        match self.end.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(Problem::internal())),
            Err(_) => Err(Problem::internal()),
        }
    }
}

impl Examinations {
    /// Begins one, or joins the one under way.
    pub(crate) async fn begin(&self, app: &Arc<App>, event: &EventId) -> Result<UnderWay, Problem> {
        let version = app.event(event).await?.version;
        let mut all = self.lock();
        let known = all.entry(event.clone()).or_default();
        if let Some(under_way) = &known.under_way {
            return Ok(under_way.clone());
        }
        let (tell, end) = watch::channel(None);
        let since = app.clock.now();
        let under_way = UnderWay { since, end };
        known.under_way = Some(under_way.clone());
        drop(all);
        let (examinations, app, event) = (self.clone(), Arc::clone(app), event.clone());
        tokio::spawn(async move {
            let outcome = examine(app, event.clone()).await;
            let newest = Examined {
                version,
                began: since,
                outcome: outcome.clone(),
            };
            let known = Known {
                under_way: None,
                newest: Some(newest),
            };
            examinations.lock().insert(event, known);
            tell.send_replace(Some(outcome));
        });
        Ok(under_way)
    }

    /// What is known of an event's.
    pub(crate) fn of(&self, event: &EventId) -> Known {
        self.lock().get(event).cloned().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EventId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn examine(app: Arc<App>, event: EventId) -> Outcome {
    // In a task of its own, so that its panic is an outcome too.
    match tokio::spawn(async move { app.examine(&event).await }).await {
        Ok(Ok(checkup)) => Ok(Arc::new(checkup)),
        Ok(Err(error)) => Err(error.into()),
        Err(panicked) => {
            tracing::error!(error = %panicked, "an examination ended early");
            Err(Problem::internal())
        }
    }
}
