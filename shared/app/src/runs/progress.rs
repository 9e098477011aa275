//! The progress of a run under way, for people who watch it.

use std::time::Duration;

use attendee_sync_domain::config::SourceSettings;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::Run;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::App;

/// A run under way, in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Progress {
    /// Pages read.
    pub pages: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Records compared.
    pub records: u64,
    /// People whose changes were sent on.
    pub sent: u64,
    /// People whose changes were applied.
    pub applied: u64,
    /// Until when the run waits, because the source asked for a pause.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<String>, format = DateTime))]
    pub waits_until: Option<Timestamp>,
}

/// How often it is checked whether a run waits for its source.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Receives the progress of a run under way.
pub type ProgressReader = watch::Receiver<Progress>;

/// Reports the progress of a run under way. The progress is removed when this is dropped.
pub(crate) struct Reporter<'a> {
    app: &'a App,
    event: EventId,
    sender: watch::Sender<Progress>,
}

impl Reporter<'_> {
    pub(crate) fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.sender.send_modify(change);
    }
}

impl Reporter<'_> {
    /// Does a run's work, and reports meanwhile until when it waits because its source asked for a
    /// pause.
    pub(crate) async fn report_waits<T>(
        &self,
        source: &SourceSettings,
        work: impl Future<Output = T>,
    ) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            match timeout(LOOK_EVERY, &mut work).await {
                Ok(done) => return done,
                Err(_) => self.update(|progress| {
                    progress.waits_until = self.app.parts.sources.waits_until(source);
                }),
            }
        }
    }
}

impl Drop for Reporter<'_> {
    fn drop(&mut self) {
        if let Ok(mut runs) = self.app.under_way.lock() {
            runs.remove(&self.event);
        }
    }
}

impl App {
    pub(crate) fn report(&self, run: &Run) -> Reporter<'_> {
        let (sender, reader) = watch::channel(Progress::default());
        if let Ok(mut runs) = self.under_way.lock() {
            runs.insert(run.id.event.clone(), reader);
        }
        Reporter {
            app: self,
            event: run.id.event.clone(),
            sender,
        }
    }

    /// The progress of the event's run in this process, if one is under way.
    #[must_use]
    pub fn progress(&self, event: &EventId) -> Option<ProgressReader> {
        self.under_way.lock().ok()?.get(event).cloned()
    }
}
