//! Finds the next automatic sync of each event, and begins those that are due.

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::{AutoSync, EventDocument};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::Run;
use attendee_sync_domain::schedule::{Due, PastSyncs, due, upcoming};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use crate::App;
use crate::error::Error;
use crate::events::purge::PurgeView;
use crate::runs::start::{StartedRun, SyncScope};

/// Runs read at a time to find the newest good one.
const RUNS_PAGE: usize = 10;

/// The maximum number of runs searched for it: a source that fails for longer is shown as failing
/// since the oldest of these.
const MOST_RUNS: usize = 500;

/// Events that are read at the same time.
const CONCURRENT_READS: usize = 8;

/// The number of future syncs that are shown.
const TOLD_AHEAD: usize = 5;

/// The automatic syncs of an event.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ScheduleView {
    /// How often the event syncs automatically.
    pub auto_sync: AutoSync,
    /// The next syncs, to the second; the first may be due now.
    pub next: Vec<Due>,
    /// Since when every sync has failed, if the last one did.
    pub failing_since: Option<Timestamp>,
    /// When the newest sync ended that read the source, what guards held of it or not.
    pub last_success: Option<Timestamp>,
    /// When what is stored about the event's people is deleted, where its configuration says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purge: Option<PurgeView>,
}

impl App {
    /// Returns when an event syncs automatically, and whether its syncs succeed.
    pub async fn schedule(&self, event: &EventId) -> Result<ScheduleView, Error> {
        let document = self.document(event).await?;
        let (_, past) = self.history(event).await?;
        Ok(ScheduleView {
            auto_sync: document.schedule.auto_sync,
            next: upcoming(&document, &past, self.parts.clock.now(), TOLD_AHEAD)?,
            failing_since: past.failing_since(),
            last_success: past.last_success(),
            purge: self.purge_view(&document).await?,
        })
    }

    /// Returns when an event would sync automatically by a document that need not be stored; the
    /// first sync may be due now.
    pub async fn upcoming(&self, document: &EventDocument) -> Result<Vec<Due>, Error> {
        let (_, past) = self.history(&document.event).await?;
        Ok(upcoming(
            document,
            &past,
            self.parts.clock.now(),
            TOLD_AHEAD,
        )?)
    }

    /// Returns the next sync of every event that has one, the earliest first. An event whose next
    /// sync cannot be determined is logged and left out.
    pub async fn next_syncs(&self) -> Result<Vec<(EventId, Due)>, Error> {
        let mut events = Vec::new();
        for community in self.parts.store.communities().await? {
            events.extend(self.parts.store.events(&community).await?);
        }
        let mut next: Vec<(EventId, Due)> = stream::iter(events)
            .map(|event| async move {
                match self.next_sync(&event).await {
                    Ok(due) => Some((event, due?)),
                    Err(error) => {
                        let error = with_causes(&error);
                        tracing::warn!(%event, error, "nobody knows when it syncs next");
                        None
                    }
                }
            })
            .buffered(CONCURRENT_READS)
            .filter_map(std::future::ready)
            .collect()
            .await;
        next.sort_by_key(|(_, due)| due.at);
        Ok(next)
    }

    /// Opens a run of an event whose sync is due; `None` where it is not, or not any more, or one
    /// is under way.
    pub async fn begin_due(&self, event: &EventId) -> Result<Option<StartedRun>, Error> {
        let Some(due) = self.next_sync(event).await? else {
            return Ok(None);
        };
        if !due.is_now(self.parts.clock.now()) {
            return Ok(None);
        }
        match self.begin(event, SyncScope::Everyone).await {
            Ok(started) => {
                tracing::info!(run = %started.id(), why = ?due.why, "a sync begins by itself");
                Ok(Some(started))
            }
            Err(Error::Busy(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    pub(crate) async fn next_sync(&self, event: &EventId) -> Result<Option<Due>, Error> {
        let document = self.document(event).await?;
        if document.schedule.auto_sync == AutoSync::Off {
            return Ok(None);
        }
        let (_, past) = self.history(event).await?;
        self.due(&document, &past)
    }

    pub(crate) fn due(
        &self,
        document: &EventDocument,
        past: &PastSyncs,
    ) -> Result<Option<Due>, Error> {
        Ok(due(document, past, self.parts.clock.now())?)
    }

    /// Returns the newest run, and a summary of the syncs back to the newest successful one.
    pub(crate) async fn history(&self, event: &EventId) -> Result<(Option<Run>, PastSyncs), Error> {
        let mut past = PastSyncs::default();
        let mut newest: Option<Run> = None;
        let mut before = None;
        for _ in 0..MOST_RUNS / RUNS_PAGE {
            let runs = self.parts.store.runs(event, before, RUNS_PAGE).await?;
            for run in &runs {
                past.look_at(run);
            }
            before = runs.last().map(|run| run.id.number);
            let is_last = runs.len() < RUNS_PAGE;
            newest = newest.or_else(|| runs.into_iter().next());
            if is_last || past.is_whole() {
                break;
            }
        }
        Ok((newest, past))
    }
}
