//! What this process did since it began, for whoever watches it. Names nobody.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use attendee_sync_domain::hook::HookRefusal;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::Run;
use jiff::Timestamp;

use crate::App;
use crate::error::Error;
use crate::invitations::dispatch::DispatchResult;

/// What a process did since it began.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProcessTallies {
    /// Runs that ended here, by the state that they ended in.
    pub runs: BTreeMap<&'static str, u64>,
    /// Records that they read.
    pub records: u64,
    /// Seconds that they took.
    pub seconds: f64,
    /// Invitations that were handed over.
    pub mails_sent: u64,
    /// Invitations that were not sent, for good.
    pub mails_failed: u64,
    /// Hooks that were taken.
    pub hooks_taken: u64,
    /// Hooks that were refused, by the reason.
    pub hooks_refused: BTreeMap<HookRefusal, u64>,
}

/// How one event is, for whoever watches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventGauge {
    /// The event.
    pub event: EventId,
    /// When its last good sync ended.
    pub last_success: Option<Timestamp>,
    /// Since when hooks wait to be read.
    pub hooks_wait_since: Option<Timestamp>,
    /// Since when notices wait to be delivered.
    pub notices_wait_since: Option<Timestamp>,
}

/// What is counted of runs and mails.
#[derive(Debug, Default)]
pub(crate) struct WorkTally(Mutex<ProcessTallies>);

impl WorkTally {
    fn lock(&self) -> MutexGuard<'_, ProcessTallies> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a run that ended.
    pub(crate) fn run(&self, run: &Run) {
        if !run.state.is_over() {
            return;
        }
        let mut tallies = self.lock();
        *tallies.runs.entry(run.state.name()).or_default() += 1;
        tallies.records += run.counts.records_read;
        let seconds = std::time::Duration::from_millis(run.milliseconds).as_secs_f64();
        tallies.seconds += seconds;
    }

    /// Counts the mails of a round.
    pub(crate) fn mails(&self, result: &DispatchResult) {
        let mut tallies = self.lock();
        tallies.mails_sent += result.sent;
        tallies.mails_failed += result.failed;
    }
}

impl App {
    /// Returns what this process did since it began.
    #[must_use]
    pub fn tallies(&self) -> ProcessTallies {
        let (hooks_taken, hooks_refused) = self.hook_totals();
        ProcessTallies {
            hooks_taken,
            hooks_refused,
            ..self.work_tally.lock().clone()
        }
    }

    /// Returns how every event is. It reads some items of each.
    pub async fn event_gauges(&self) -> Result<Vec<EventGauge>, Error> {
        let mut gauges = Vec::new();
        for community in self.parts.store.communities().await? {
            for event in self.parts.store.events(&community).await? {
                let (_, past) = self.history(&event).await?;
                let hooks = self.parts.store.hook_queue(&event).await?;
                let pending = hooks.and_then(|hooks| hooks.value.pending);
                let notices = self.parts.store.notice_book(&event).await?;
                let waiting = notices.map(|book| book.value.waiting).unwrap_or_default();
                gauges.push(EventGauge {
                    last_success: past.last_success(),
                    hooks_wait_since: pending.map(|pending| pending.first),
                    notices_wait_since: waiting.iter().map(|notice| notice.at).min(),
                    event,
                });
            }
        }
        Ok(gauges)
    }
}
