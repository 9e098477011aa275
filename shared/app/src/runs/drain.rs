//! Waiting for the batches of a run that other processes reconcile.

use std::collections::BTreeSet;
use std::time::Duration;

use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::Counts;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::App;
use crate::error::Error;
use crate::runs::progress::Reporter;
use crate::runs::source_keys::Moves;
use crate::runs::stop::StopSign;

/// How long a process waits while no batch gets done, before it suspends the run.
const ACTIVE_WAIT: Duration = Duration::from_secs(20);
/// The delay after which the next process checks.
const LOOK_AGAIN: Duration = Duration::from_mins(1);
/// How long a run waits in all while no batch gets done: longer than it takes until a batch that
/// cannot be reconciled becomes a dead letter.
const PATIENCE: SignedDuration = SignedDuration::from_mins(75);
/// The first and the longest pause between two checks.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LAST_LOOK: Duration = Duration::from_secs(2);
/// The batches that a run waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Drain {
    /// The number of batches sent.
    pub(super) batches: u32,
    /// People in them.
    pub(super) people: u64,
    /// Why the reading ended early, if it did.
    pub(super) failure: Option<String>,
    /// The first batch that is not done.
    pub(super) next: u32,
    /// Batches after it that are done.
    pub(super) beyond: BTreeSet<u32>,
    /// The counts of the batches that are done.
    pub(super) counts: Counts,
    /// When a batch was last found done.
    pub(super) since: Timestamp,
    /// The moves of people by source ids, to be applied when all batches are done.
    #[serde(default, skip_serializing_if = "Moves::is_empty")]
    pub(super) moves: Moves,
}

impl Drain {
    pub(super) fn begin(
        batches: u32,
        people: u64,
        failure: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            batches,
            people,
            failure,
            next: 0,
            beyond: BTreeSet::new(),
            counts: Counts::default(),
            since: now,
            moves: Moves::default(),
        }
    }

    /// Notes a batch as done. Returns whether it was not noted before.
    pub(super) fn note(&mut self, batch: u32) -> bool {
        if batch < self.next || batch >= self.batches || !self.beyond.insert(batch) {
            return false;
        }
        while self.beyond.remove(&self.next) {
            self.next += 1;
        }
        true
    }

    pub(super) fn is_done(&self) -> bool {
        self.next >= self.batches
    }

    pub(super) fn left(&self) -> usize {
        (self.batches.saturating_sub(self.next) as usize).saturating_sub(self.beyond.len())
    }
}

pub(super) fn given_up(drain: &Drain) -> String {
    let why = format!(
        "{} of {} batches of changed people could not be applied and are now failed jobs; the \
         others were applied. The next sync checks these people again",
        drain.left(),
        drain.batches
    );
    match &drain.failure {
        Some(failure) => format!("{failure}; {why}"),
        None => why,
    }
}

impl App {
    /// Waits until all batches are done. Returns the delay after which to continue, where they are
    /// not done yet.
    pub(super) async fn drain(
        &self,
        run: &RunId,
        drain: &mut Drain,
        until: Option<Instant>,
        reporter: &Reporter<'_>,
    ) -> Result<Option<Duration>, Error> {
        let stop = StopSign::new(self, run);
        let mut look = FIRST_LOOK;
        let mut last = Instant::now();
        while !drain.is_done() {
            let mut any = false;
            let marks = self.parts.store.marks(run, drain.next..=u32::MAX).await?;
            for (number, batch) in &marks.0 {
                if batch.is_done() && drain.note(*number) {
                    any = true;
                    drain.counts.add(&batch.counts());
                }
            }
            let people = drain.counts.accounted();
            reporter.update(|progress| progress.applied = people);
            if drain.is_done() {
                break;
            }
            stop.look().await?;
            let now = self.parts.clock.now();
            if any {
                (look, last, drain.since) = (FIRST_LOOK, Instant::now(), now);
            } else if now.duration_since(drain.since) > PATIENCE {
                drain.failure = Some(given_up(drain));
                return Ok(None);
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(Some(Duration::ZERO));
            }
            if last.elapsed() > ACTIVE_WAIT {
                return Ok(Some(LOOK_AGAIN));
            }
            let rest = until.map_or(look, |until| {
                until.saturating_duration_since(Instant::now())
            });
            sleep(look.min(rest)).await;
            look = (look * 2).min(LAST_LOOK);
        }
        Ok(None)
    }
}
