//! Examinations of whole feeds. They go on after the request that asked for them, unless nothing goes on
//! then: it waits for them there. What came of an event's newest waits in the table for an hour.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attendee_sync_app::ports::{KeptKey, MAX_KEPT};
use attendee_sync_app::{App, Error, FeedDiagnosis};
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::EventId;
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::check_places::{CheckKind, CheckPlace, CheckPlaces};
use crate::console::Console;
use crate::hosting::Hosting;
use crate::problem::HttpProblem;
use crate::sealed_store::name;

/// How long the newest waits in the table.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
const TOO_SLOW: &str = "the source is too large or too slow for this check; test the connection, which reads one page, or run a sync and read its issues";

/// What came of one.
type DiagnosisOutcome = Result<Arc<FeedDiagnosis>, HttpProblem>;

/// Those that this process has under way.
#[derive(Clone, Default)]
pub(crate) struct Examinations(Arc<Mutex<HashMap<EventId, UnderWay>>>);

/// What is known of an event's.
pub(crate) struct KnownDiagnosis {
    pub(crate) under_way: Option<UnderWay>,
    pub(crate) newest: Option<Examined>,
}

/// One that is over, as the table keeps it. It names no person.
#[derive(Serialize, Deserialize)]
pub(crate) struct Examined {
    /// The version of the configuration it went by.
    pub(crate) version: u64,
    pub(crate) began: Timestamp,
    /// What was found, or why nothing was.
    pub(crate) outcome: Result<FeedDiagnosis, String>,
}

/// One that is not.
#[derive(Clone)]
pub(crate) struct UnderWay {
    pub(crate) since: Timestamp,
    end: watch::Receiver<Option<DiagnosisOutcome>>,
}

impl UnderWay {
    /// Waits for what comes of it.
    async fn end(mut self) -> DiagnosisOutcome {
        match self.end.wait_for(Option::is_some).await {
            Ok(outcome) => outcome
                .clone()
                .unwrap_or_else(|| Err(HttpProblem::internal())),
            Err(_) => Err(HttpProblem::internal()),
        }
    }
}

impl Console {
    /// Examines a feed, or joins who does; gives what came of it.
    pub(crate) async fn diagnose(&self, event: &EventId) -> DiagnosisOutcome {
        let under_way = self.diagnoses.begin(self, event).await?;
        under_way.end().await
    }

    /// The same without waiting for it, where it goes on by itself.
    pub(crate) async fn begin_diagnosis(&self, event: &EventId) -> Result<(), HttpProblem> {
        let under_way = self.diagnoses.begin(self, event).await?;
        if self.hosting.stands_still() {
            under_way.end().await?;
        }
        Ok(())
    }

    /// What is known of an event's diagnoses.
    pub(crate) async fn known_diagnosis(
        &self,
        event: &EventId,
    ) -> Result<KnownDiagnosis, HttpProblem> {
        // In this order: what is over by now is in the table.
        let under_way = self.diagnoses.under_way(event);
        let kept = self
            .app
            .expiring_store()
            .kept(key(event), self.app.now())
            .await;
        let written = kept.map_err(Error::from)?;
        // What another version has written is as if there were none.
        let newest = written.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(KnownDiagnosis { under_way, newest })
    }
}

/// What the table has an event's newest under.
fn key(event: &EventId) -> KeptKey {
    name(&format!("examination of {event}"))
}

/// Leaves out the findings that matter least until the rest can be kept.
fn as_much_as_fits(examined: &mut Examined) -> Result<Vec<u8>, HttpProblem> {
    loop {
        let bytes = serde_json::to_vec(examined).map_err(|error| {
            tracing::error!(
                error = with_causes(&error),
                "an examination could not be written"
            );
            HttpProblem::internal()
        })?;
        match &mut examined.outcome {
            Ok(checkup) if bytes.len() > MAX_KEPT && !checkup.diagnosis.findings.is_empty() => {
                let findings = &mut checkup.diagnosis.findings;
                findings.truncate(findings.len() / 2);
            }
            _ => return Ok(bytes),
        }
    }
}

impl Examinations {
    /// Begins one in a place of its community, or joins the one under way.
    async fn begin(&self, console: &Console, event: &EventId) -> Result<UnderWay, HttpProblem> {
        let app = &console.app;
        let stored = app.event(event).await?;
        if let Some(under_way) = self.under_way(event) {
            return Ok(under_way);
        }
        let community = &stored.value.community;
        let place = console.check_places.take(community, CheckKind::Feed);
        let place = place.await?;
        let mut all = self.lock();
        if let Some(under_way) = all.get(event) {
            // Somebody else began it while this one waited for a place.
            return Ok(under_way.clone());
        }
        let (tell, end) = watch::channel(None);
        let since = app.now();
        let under_way = UnderWay { since, end };
        all.insert(event.clone(), under_way.clone());
        drop(all);
        let work = Work {
            app: Arc::clone(app),
            hosting: console.hosting,
            places: console.check_places.clone(),
            event: event.clone(),
            version: stored.version,
            began: since,
        };
        let diagnoses = self.clone();
        tokio::spawn(async move {
            let event = work.event.clone();
            let outcome = work.run(place).await;
            diagnoses.lock().remove(&event);
            tell.send_replace(Some(outcome));
        });
        Ok(under_way)
    }

    fn under_way(&self, event: &EventId) -> Option<UnderWay> {
        self.lock().get(event).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EventId, UnderWay>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An examination that begins.
struct Work {
    app: Arc<App>,
    hosting: Hosting,
    places: CheckPlaces,
    event: EventId,
    version: u64,
    began: Timestamp,
}

impl Work {
    async fn run(self, place: CheckPlace) -> DiagnosisOutcome {
        // A panic is an outcome too.
        let examining = AssertUnwindSafe(self.app.diagnose_feed(&self.event)).catch_unwind();
        let outcome = match self.hosting.wait(examining, TOO_SLOW).await {
            Ok(Ok(Ok(checkup))) => Ok(checkup),
            Ok(Ok(Err(error))) => Err(error.into()),
            Ok(Err(_)) => {
                tracing::error!(event = %self.event, "an examination ended early");
                Err(HttpProblem::internal())
            }
            Err(problem) => Err(problem),
        };
        self.places.give_back(place).await;
        self.keep(outcome).await
    }

    /// Puts what came of it where it waits; gives it, as far as it could be kept.
    async fn keep(&self, outcome: Result<FeedDiagnosis, HttpProblem>) -> DiagnosisOutcome {
        let (outcome, problem) = match outcome {
            Ok(checkup) => (Ok(checkup), None),
            Err(problem) => (Err(problem.detail.clone()), Some(problem)),
        };
        let mut examined = Examined {
            version: self.version,
            began: self.began,
            outcome,
        };
        let bytes = as_much_as_fits(&mut examined)?;
        let until = self.began.saturating_add(KEPT).unwrap_or(self.began);
        let kept = self
            .app
            .expiring_store()
            .keep(key(&self.event), bytes, until)
            .await;
        kept.map_err(Error::from)?;
        match examined.outcome {
            Ok(checkup) => Ok(Arc::new(checkup)),
            Err(_) => Err(problem.unwrap_or_else(HttpProblem::internal)),
        }
    }
}
