//! What an installation does for itself, a little at a time: it adopts a table that is a copy, and reconciles the
//! schedules once a day. Something outside asks for it every few minutes.

use attendee_sync_domain::causes::with_causes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::App;
use crate::error::Error;
use crate::events::reconcile_schedules::ReconciledSchedules;
use crate::invitations::adopt::AdoptedTable;
use crate::ports::KeptKey;

/// A reconciliation of all schedules begins so long after the one before.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// How far a reconciliation came is kept for so long: one that is not asked to go on begins anew.
const KEPT: SignedDuration = SignedDuration::from_hours(72);

/// What an upkeep did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Upkeep {
    /// Whether anything is left to do now.
    pub state: UpkeepState,
    /// What became of the table, where it was a copy that nobody had adopted.
    pub adopted: Option<AdoptedTable>,
    /// What was reconciled since the last time; `None` where all was reconciled within the day.
    pub schedules: Option<ReconciledSchedules>,
}

/// Whether anything is left to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpkeepState {
    /// Nothing, until the next day.
    Done,
    /// The time was over before all was done: the next upkeep continues.
    Unfinished,
}

/// How far the reconciliation of a day came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ScheduleRound {
    begun: Timestamp,
    /// Behind what it continues; `None` once it is through.
    next_cursor: Option<String>,
}

fn round_key() -> KeptKey {
    KeptKey::of("the round of the schedules")
}

impl App {
    /// Does what is due, until the time is over. Asked twice, or by two processes at once, it does no harm.
    pub async fn upkeep(&self, until: Instant) -> Result<Upkeep, Error> {
        let adopted = self.adopt_table(until).await?;
        if adopted.as_ref().is_some_and(|adopted| !adopted.is_complete) {
            return Ok(Upkeep {
                state: UpkeepState::Unfinished,
                adopted,
                schedules: None,
            });
        }
        let schedules = self.reconcile_daily(until, adopted.is_some()).await?;
        let is_left = schedules
            .as_ref()
            .is_some_and(|done| done.next_cursor.is_some());
        let state = if is_left {
            UpkeepState::Unfinished
        } else {
            UpkeepState::Done
        };
        Ok(Upkeep {
            state,
            adopted,
            schedules,
        })
    }

    /// Continues the reconciliation of the day, or begins that of the next, or one of a table that was adopted just now.
    async fn reconcile_daily(
        &self,
        until: Instant,
        anew: bool,
    ) -> Result<Option<ReconciledSchedules>, Error> {
        let now = self.parts.clock.now();
        let store = &self.parts.store;
        let kept = store.kept(round_key(), now).await?;
        let round = kept.and_then(|bytes| serde_json::from_slice::<ScheduleRound>(&bytes).ok());
        let round = round.filter(|round| !anew && now.duration_since(round.begun) < EVERY);
        if round
            .as_ref()
            .is_some_and(|round| round.next_cursor.is_none())
        {
            return Ok(None);
        }
        let (begun, cursor) = match round {
            Some(round) => (round.begun, round.next_cursor),
            None => (now, None),
        };
        let done = self.reconcile_schedules(cursor.as_deref(), until).await?;
        let round = ScheduleRound {
            begun,
            next_cursor: done.next_cursor.clone(),
        };
        let keep_until = now.checked_add(KEPT).unwrap_or(Timestamp::MAX);
        match serde_json::to_vec(&round) {
            Ok(bytes) => store.keep(round_key(), bytes, keep_until).await?,
            Err(error) => {
                let error = with_causes(&error);
                tracing::error!(error, "how far the schedules were reconciled is not kept");
            }
        }
        Ok(Some(done))
    }
}
