//! How far a run under way has come, for those who watch.

use tokio::sync::watch;

use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::Run;

use crate::App;

/// A run under way, in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
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
}

/// Follows a run under way.
pub type ProgressReader = watch::Receiver<Progress>;

/// Tells of a run under way; forgotten when it is dropped.
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
