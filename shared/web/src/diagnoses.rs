//! Examinations of whole feeds. An examination continues after the request that started it; where
//! the process stops after an answer, the request waits for the result. The newest result of each
//! event is stored in the table for an hour.

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
use crate::texts::{TextId, id};

/// How long the newest result is stored in the table.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
const TOO_SLOW: TextId = id("diagnoses-the-source-is-too");

/// The result of an examination.
type DiagnosisOutcome = Result<Arc<FeedDiagnosis>, HttpProblem>;

/// The examinations that this process has under way.
#[derive(Clone, Default)]
pub(crate) struct Examinations(Arc<Mutex<HashMap<EventId, UnderWay>>>);

/// The known examinations of an event.
pub(crate) struct KnownDiagnosis {
    pub(crate) under_way: Option<UnderWay>,
    pub(crate) newest: Option<Examined>,
}

/// A finished examination, as the table stores it. It names no person.
#[derive(Serialize, Deserialize)]
pub(crate) struct Examined {
    /// The version of the configuration that was used.
    pub(crate) version: u64,
    pub(crate) began: Timestamp,
    /// The findings, or the reason why there are none.
    pub(crate) outcome: Result<FeedDiagnosis, String>,
}

/// An examination under way.
#[derive(Clone)]
pub(crate) struct UnderWay {
    pub(crate) since: Timestamp,
    end: watch::Receiver<Option<DiagnosisOutcome>>,
}

impl UnderWay {
    /// Waits for the result.
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
    /// Examines a feed, or joins an examination under way; returns its result.
    pub(crate) async fn diagnose(&self, event: &EventId) -> DiagnosisOutcome {
        let under_way = self.diagnoses.begin(self, event).await?;
        under_way.end().await
    }

    /// Starts an examination, or joins one. Waits for the result only where the process stops after
    /// an answer.
    pub(crate) async fn begin_diagnosis(&self, event: &EventId) -> Result<(), HttpProblem> {
        let under_way = self.diagnoses.begin(self, event).await?;
        if self.hosting.stops_after_answer() {
            under_way.end().await?;
        }
        Ok(())
    }

    /// Returns the known examinations of an event.
    pub(crate) async fn known_diagnosis(
        &self,
        event: &EventId,
    ) -> Result<KnownDiagnosis, HttpProblem> {
        // The order matters: an examination that ends meanwhile is in the table.
        let under_way = self.diagnoses.under_way(event);
        let kept = self
            .app
            .expiring_store()
            .kept(key(event), self.app.now())
            .await;
        let written = kept.map_err(Error::from)?;
        // A result that another version wrote in an unknown form is ignored.
        let newest = written.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(KnownDiagnosis { under_way, newest })
    }
}

/// Returns the key of an event's newest result in the table.
fn key(event: &EventId) -> KeptKey {
    name(&format!("examination of {event}"))
}

/// Drops the least important findings until the rest is small enough to store.
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
    /// Starts an examination in a place of its community, or joins the one under way.
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
            // Another request started it while this one waited for a place.
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

/// An examination that starts.
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
        // A panic counts as an outcome.
        let examining = AssertUnwindSafe(self.app.diagnose_feed(&self.event)).catch_unwind();
        let outcome = match self.hosting.wait(examining, TOO_SLOW.text()).await {
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

    /// Stores the result, and returns it as far as it could be stored.
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
