//! Runs: one sync of one event, its state, its counts and what it changed.

mod change;
mod hold;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{EventId, RunId, RunNumber};

pub use change::{Action, Change, FieldChange};
pub use hold::{HoldDecision, RunHold};

/// The purpose of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunMode {
    /// The run applies the feed.
    Sync,
    /// The run only shows what applying the feed would do.
    Preview,
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// The run was requested.
    Queued,
    /// The source is being read; changes may be applied meanwhile.
    Reading,
    /// The source was read; the last changes are being applied.
    Applying,
    /// A guard holds changes or invitations of the run for approval.
    Held,
    /// The run ended with success.
    Succeeded,
    /// The run ended early, for the reason given.
    Failed,
    /// The process that executed the run ended; another run follows automatically.
    Interrupted,
    /// A person stopped the run.
    Stopped,
}

impl RunState {
    /// Returns whether nothing more happens without a person.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Held | Self::Succeeded) || self.ended_early()
    }

    /// Returns whether the run ended before all of the source was read and applied.
    #[must_use]
    pub fn ended_early(self) -> bool {
        matches!(self, Self::Failed | Self::Interrupted | Self::Stopped)
    }

    /// Returns the state's name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Reading => "reading",
            Self::Applying => "applying",
            Self::Held => "held",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped",
        }
    }
}

/// The counts of a run's records. Every record read is counted in exactly one of `added`,
/// `updated`, `unchanged`, `removed`, `rejected` and `ignored` (invariant 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Counts {
    /// Records in the feed.
    pub records_read: u64,
    /// New attendees.
    pub added: u64,
    /// Attendees of whom something changed.
    pub updated: u64,
    /// Records that changed nothing.
    pub unchanged: u64,
    /// Attendees removed from the event, including erased ones.
    pub removed: u64,
    /// Users erased permanently; they are also among the removed.
    pub erased: u64,
    /// Records that could not be used.
    pub rejected: u64,
    /// Records that a rule ignores.
    pub ignored: u64,
    /// Attendees removed from the event because a complete feed no longer contains them. No record
    /// represents them, so they are not among the removed.
    pub missing_removed: u64,
    /// Records that moved from one address to another: tickets that changed hands, and addresses
    /// that were corrected. The person who lost a record is not among the removed.
    pub moved: u64,
    /// Groups that were new to the community.
    pub groups_created: u64,
    /// Invitations queued.
    pub invitations_queued: u64,
    /// Issues, including those beyond the number that is stored.
    pub issues: u64,
}

impl Counts {
    /// Adds another part of the same run.
    pub fn add(&mut self, other: &Self) {
        self.records_read += other.records_read;
        self.added += other.added;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.removed += other.removed;
        self.erased += other.erased;
        self.rejected += other.rejected;
        self.ignored += other.ignored;
        self.missing_removed += other.missing_removed;
        self.moved += other.moved;
        self.groups_created += other.groups_created;
        self.invitations_queued += other.invitations_queued;
        self.issues += other.issues;
    }

    /// Returns the number of records whose result is counted.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        self.added + self.updated + self.unchanged + self.removed + self.rejected + self.ignored
    }

    /// Returns whether every record read is counted.
    #[must_use]
    pub fn add_up(&self) -> bool {
        self.accounted() == self.records_read
    }
}

/// The part of a feed that a run read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it.
    #[default]
    Everything,
    /// Only what changed since an earlier run.
    Changes,
    /// Nothing: the source says that it did not change since an earlier run.
    NotModified,
    /// One person's records.
    OnePerson,
}

/// After this many interrupted runs in a row, the next run waits like a retry.
pub const MAX_INTERRUPTIONS: u32 = 3;

/// The interrupted runs before a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follows {
    /// The last interrupted run.
    pub run: RunNumber,
    /// Number of interrupted runs in a row.
    pub interruptions: u32,
    /// Invitations that they queued: the limit of a run counts them, too.
    pub invitations_queued: u64,
}

impl Follows {
    /// Returns the interruptions that a run after `run` has to count.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        Self {
            run: run.id.number,
            interruptions: run.interruptions(),
            invitations_queued: run.counts.invitations_queued
                + run
                    .follows
                    .as_ref()
                    .map_or(0, |before| before.invitations_queued),
        }
    }
}

/// A run as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The run's id.
    pub id: RunId,
    /// The run's purpose.
    pub mode: RunMode,
    /// The run's state.
    pub state: RunState,
    /// The time at which the run started.
    pub started: Timestamp,
    /// The time at which the run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// The counts of its records.
    pub counts: Counts,
    /// Pages read.
    pub pages: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Whether the run proved that it read the whole feed.
    pub complete: bool,
    /// The part of the feed that the run read.
    #[serde(default)]
    pub extent: Coverage,
    /// The reason why the run failed or is held, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What guards hold of the run, or held before a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<RunHold>,
    /// The number of the run's next batch: an approval begins with it.
    #[serde(default)]
    pub next_batch: u32,
    /// The interrupted runs directly before this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Follows>,
    /// Duration of the run in milliseconds.
    pub milliseconds: u64,
}

impl Run {
    /// Returns a run that starts now.
    #[must_use]
    pub fn begin(id: RunId, mode: RunMode, now: Timestamp) -> Self {
        Self {
            id,
            mode,
            state: RunState::Reading,
            started: now,
            finished: None,
            counts: Counts::default(),
            pages: 0,
            bytes: 0,
            complete: false,
            extent: Coverage::default(),
            reason: None,
            hold: None,
            next_batch: 0,
            follows: None,
            milliseconds: 0,
        }
    }

    /// Returns how many runs in a row were interrupted, up to this one.
    #[must_use]
    pub fn interruptions(&self) -> u32 {
        let before = self
            .follows
            .as_ref()
            .map_or(0, |before| before.interruptions);
        before + u32::from(self.state == RunState::Interrupted)
    }

    /// The summary that API, command line and console show.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary {
            run: self.id.clone(),
            event: self.id.event.clone(),
            mode: self.mode,
            state: self.state,
            counts: self.counts,
            pages: self.pages,
            bytes: self.bytes,
            complete: self.complete,
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds of a run stay far below 2^52"
            )]
            seconds: self.milliseconds as f64 / 1000.0,
            started: self.started,
            finished: self.finished,
            reason: self.reason.clone(),
            extent: self.extent,
            held: self.hold.clone(),
        }
    }
}

/// A run in figures: the same in API, command line and console.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Summary {
    /// The run's id.
    pub run: RunId,
    /// The event.
    pub event: EventId,
    /// The run's purpose.
    pub mode: RunMode,
    /// The run's state.
    pub state: RunState,
    /// The counts of its records.
    #[serde(flatten)]
    pub counts: Counts,
    /// Pages read.
    pub pages: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Whether the run proved that it read the whole feed.
    pub complete: bool,
    /// Duration of the run in seconds.
    pub seconds: f64,
    /// The time at which the run started.
    pub started: Timestamp,
    /// The time at which the run ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// The reason why the run failed or is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The part of the feed that the run read.
    pub extent: Coverage,
    /// What guards hold of the run, or held before a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<RunHold>,
}
