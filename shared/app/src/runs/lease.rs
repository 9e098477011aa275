//! The lease of a run: which process works on it, and what happens to a run that no process works
//! on any more.

use std::time::Duration;

use attendee_sync_domain::ids::RunId;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::App;
use crate::error::Error;
use crate::ports::RunCommand;
use crate::runs::engine::CommandOutcome;

/// The longest delay of a message (Amazon SQS, "Message quotas").
pub(crate) const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// A run whose process has shown no activity for this long is abandoned: a function runs for at
/// most 15 minutes (AWS Lambda, "Quotas").
const DEAD_AFTER: SignedDuration = SignedDuration::from_mins(20);

impl App {
    pub(super) async fn claim(&self, run: &RunId, checkpoint_number: u32) -> Result<bool, Error> {
        Ok(self
            .parts
            .store
            .acquire_run_lease(run, checkpoint_number, self.parts.clock.now())
            .await?)
    }

    /// Returns how long the lease of the run under way still lasts; `None` where it is not under
    /// way.
    pub(super) async fn lease_left(&self, id: &RunId) -> Result<Option<Duration>, Error> {
        let Some(stand) = self.parts.store.run_state(&id.event).await? else {
            return Ok(None);
        };
        if stand.under_way != Some(id.number) {
            return Ok(None);
        }
        let now = self.parts.clock.now();
        let alive = stand.alive.unwrap_or(Timestamp::UNIX_EPOCH);
        let left = DEAD_AFTER.saturating_sub(now.duration_since(alive));
        Ok(Some(Duration::try_from(left).unwrap_or(Duration::ZERO)))
    }

    /// Returns whether a run is under way and no process works on it any more. On one machine, the
    /// process that holds the data directory ends old leases at its start; after that it knows of
    /// each run that it could not close.
    pub(crate) async fn is_abandoned(&self, id: &RunId) -> Result<bool, Error> {
        if self.parts.cloud.is_none() {
            return Ok(self.is_unclosed(id));
        }
        Ok(self.lease_left(id).await? == Some(Duration::ZERO))
    }

    /// Handles a command that came again: the process that took it first may have ended. Where the
    /// lease still lasts, the command is queued again for its end; where it has expired, the run is
    /// ended and followed.
    pub(super) async fn watch_over(
        &self,
        id: &RunId,
        order: &RunCommand,
        until: Instant,
    ) -> Result<CommandOutcome, Error> {
        let Some(left) = self.lease_left(id).await? else {
            return Ok(CommandOutcome::Nothing("the run is over"));
        };
        if !left.is_zero() {
            let wait = left.min(LONGEST_WAIT);
            self.orders()?.order(order, wait).await?;
            return Ok(CommandOutcome::Nothing("the run is under way"));
        }
        self.follow_by_itself(id, until).await
    }

    /// Ends a run that nobody can continue, and begins the run that follows it.
    pub(super) async fn follow_by_itself(
        &self,
        id: &RunId,
        until: Instant,
    ) -> Result<CommandOutcome, Error> {
        match Box::pin(self.follow(id)).await {
            Ok(Some(started)) => self.begin_run(started, until).await,
            Ok(None) => Ok(CommandOutcome::Nothing("the run was given up")),
            Err(Error::NoEvent(_)) => Ok(CommandOutcome::Nothing("the event is gone")),
            Err(error) => Err(error),
        }
    }
}
