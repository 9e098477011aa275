//! Examinations of whole feeds. On one machine they go on after the request that asked for them was
//! answered, and the newest of each event is remembered as long as the process lives. In the cloud
//! they are done within the request; what came of the newest waits in the table for an hour.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attendee_sync_app::ports::{KeptKey, MAX_KEPT};
use attendee_sync_app::{App, Checkup, Error};
use attendee_sync_domain::ids::EventId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::check_places::CheckKind;
use crate::console::Console;
use crate::problem::{Problem, explain};
use crate::safe::name;

/// How long the newest waits in the table.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
const TOO_SLOW: &str = "the feed is too large, or its source too slow, to be examined while you wait; a test of the connection reads one page, and a sync takes the time it needs and says what it finds";

/// What came of one.
type Outcome = Result<Arc<Checkup>, Problem>;

/// Those of this process.
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

/// One that is over, as the table keeps it. It names no person.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u64,
    began: Timestamp,
    checkup: Checkup,
}

/// One that is not.
#[derive(Clone)]
pub(crate) struct UnderWay {
    pub(crate) since: Timestamp,
    end: watch::Receiver<Option<Outcome>>,
}

impl UnderWay {
    /// Waits for what comes of it.
    async fn end(mut self) -> Outcome {
        match self.end.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(Problem::internal())),
            Err(_) => Err(Problem::internal()),
        }
    }
}

impl Console {
    /// Examines a feed, or joins who does; gives what came of it.
    pub(crate) async fn examine(&self, event: &EventId) -> Outcome {
        if self.app.cloud.is_some() {
            return self.examine_at_once(event).await;
        }
        let under_way = self.examinations.begin(self, event).await?;
        under_way.end().await
    }

    /// The same without waiting for it, where it goes on by itself.
    pub(crate) async fn begin_to_examine(&self, event: &EventId) -> Result<(), Problem> {
        if self.app.cloud.is_some() {
            return self.examine_at_once(event).await.map(drop);
        }
        self.examinations.begin(self, event).await.map(drop)
    }

    /// What is known of an event's examinations.
    pub(crate) async fn examined(&self, event: &EventId) -> Result<Known, Problem> {
        if self.app.cloud.is_none() {
            return Ok(self.examinations.of(event));
        }
        let kept = self.app.store.kept(key(event), self.app.clock.now()).await;
        let written = kept.map_err(Error::from)?;
        // What another version has written is as if there were none.
        let written = written.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let newest = written.map(|written: Written| Examined {
            version: written.version,
            began: written.began,
            outcome: Ok(Arc::new(written.checkup)),
        });
        Ok(Known {
            under_way: None,
            newest,
        })
    }

    async fn examine_at_once(&self, event: &EventId) -> Outcome {
        let stored = self.app.event(event).await?;
        let version = stored.version;
        let began = self.app.clock.now();
        let work = self.patience.wait(self.app.examine(event), TOO_SLOW);
        let community = &stored.value.community;
        let checkup = self.in_place(community, CheckKind::Feed, work).await???;
        let mut written = Written {
            version,
            began,
            checkup,
        };
        let bytes = as_much_as_fits(&mut written)?;
        let until = began.saturating_add(KEPT).unwrap_or(began);
        let kept = self.app.store.keep(key(event), bytes, until).await;
        kept.map_err(Error::from)?;
        Ok(Arc::new(written.checkup))
    }
}

/// What the table has an event's newest under.
fn key(event: &EventId) -> KeptKey {
    name(&format!("examination of {event}"))
}

/// Leaves out the findings that matter least until the rest can be kept.
fn as_much_as_fits(written: &mut Written) -> Result<Vec<u8>, Problem> {
    loop {
        let bytes = serde_json::to_vec(written).map_err(|error| {
            tracing::error!(
                error = explain(&error),
                "an examination could not be written"
            );
            Problem::internal()
        })?;
        let findings = &mut written.checkup.diagnosis.findings;
        if bytes.len() <= MAX_KEPT || findings.is_empty() {
            return Ok(bytes);
        }
        findings.truncate(findings.len() / 2);
    }
}

impl Examinations {
    /// Begins one in a place of its community, or joins the one under way.
    async fn begin(&self, console: &Console, event: &EventId) -> Result<UnderWay, Problem> {
        let app = &console.app;
        let stored = app.event(event).await?;
        let (version, community) = (stored.version, &stored.value.community);
        if let Some(under_way) = self.of(event).under_way {
            return Ok(under_way);
        }
        let place = console
            .check_places
            .take(community, CheckKind::Feed)
            .await?;
        let mut all = self.lock();
        let known = all.entry(event.clone()).or_default();
        if let Some(under_way) = &known.under_way {
            // Somebody else began it while this one waited for a place.
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
            drop(place);
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

    fn of(&self, event: &EventId) -> Known {
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
