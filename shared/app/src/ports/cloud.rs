//! What an installation of several processes asks of the outside beside the table: queues between
//! them, schedules that start them, and what its queues have set aside.

use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId, RunNumber};
use attendee_sync_domain::plan::{Batch, Policy};
use attendee_sync_domain::run::Run;
use attendee_sync_domain::schedule::CloudSchedule;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{QueueError, StoreError};
use crate::runs::start::SyncScope;

/// Something that is to be done by another process, or by a task of this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum RunCommand {
    /// To sync an event if a sync of it is due.
    Due {
        /// Which.
        event: EventId,
    },
    /// To sync an event whose last sync failed, once it is time for that.
    Retry {
        /// Which.
        event: EventId,
    },
    /// To do the work of a run that was opened.
    Sync {
        /// Which.
        run: RunId,
        /// Whom it is about.
        scope: SyncScope,
    },
    /// To go on with a run from where it was put down.
    Continue {
        /// Which.
        run: RunId,
        /// The number of its checkpoint: a command that is delivered twice does nothing the second time.
        #[serde(rename = "leg")]
        checkpoint_number: u32,
    },
    /// To read what hooks of an event reported, once that is due.
    Hooks {
        /// Which.
        event: EventId,
    },
    /// To deliver the notices of an event.
    Notices {
        /// Which.
        event: EventId,
    },
    /// To look at all events: whether one should have synced and did not, and what is to be told.
    Watch,
    /// To apply what was approved of a run.
    Approval {
        /// Which.
        run: RunId,
    },
    /// To send the invitations of an event that may go.
    Post {
        /// Which.
        event: EventId,
        /// The seconds that were waited before, where no mail was taken; the next wait is longer.
        #[serde(default)]
        waited: u32,
    },
}

impl RunCommand {
    /// The run that the order is about, if it is about one.
    #[must_use]
    pub fn run(&self) -> Option<&RunId> {
        match self {
            Self::Sync { run, .. } | Self::Continue { run, .. } | Self::Approval { run } => {
                Some(run)
            }
            Self::Due { .. }
            | Self::Retry { .. }
            | Self::Hooks { .. }
            | Self::Notices { .. }
            | Self::Watch
            | Self::Post { .. } => None,
        }
    }
}

/// Where orders go.
#[async_trait]
pub trait Orders: Send + Sync {
    /// Takes an order; it will be carried out at least once, not before `after` is over, which is
    /// at most 15 minutes.
    async fn order(&self, order: &RunCommand, after: Duration) -> Result<(), QueueError>;

    /// Whether what is ordered is begun at once: then no run is ever queued.
    fn begins_at_once(&self) -> bool {
        false
    }
}

/// A batch with all that it takes to reconcile it: a run keeps the configuration it began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchMessage {
    /// Whose users.
    pub community: CommunityId,
    /// By what changes are decided; names the event.
    pub policy: Policy,
    /// The people.
    pub batch: Batch,
}

/// Where batches go that another process reconciles.
#[async_trait]
pub trait BatchQueue: Send + Sync {
    /// Takes some, all or an error; each will be reconciled at least once, in any order.
    async fn send(&self, batch_messages: &[BatchMessage]) -> Result<(), QueueError>;
}

/// What the processes that share a run tell each other through the table.
#[async_trait]
pub trait RunCoordination: Send + Sync {
    /// Where an event's runs stand; `None` before its first.
    async fn run_state(&self, event: &EventId) -> Result<Option<EventRunState>, StoreError>;
    /// Acquires the lease of the run under way for the process that goes on from the checkpoint of this number; false
    /// where the run is not under way, or another process was quicker.
    async fn acquire_run_lease(
        &self,
        run: &RunId,
        checkpoint_number: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Asks whoever works on the run under way to stop; false where it is not under way.
    async fn ask_to_stop(&self, run: &RunId) -> Result<bool, StoreError>;
    /// Stores a run in the place of what was read of it; [`StoreError::Conflict`]
    /// where it was changed meanwhile.
    async fn amend_run(&self, before: &Run, after: &Run) -> Result<(), StoreError>;
    /// Stores where a run stands; false where it is over otherwise, or gone.
    async fn put_unless_over(&self, run: &Run) -> Result<bool, StoreError>;
}

/// Where an event's runs stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRunState {
    /// The number of the newest.
    pub newest: RunNumber,
    /// The one under way.
    pub under_way: Option<RunNumber>,
    /// When a process last began to work on it.
    pub alive: Option<Timestamp>,
    /// The number of checkpoints that processes went on from.
    pub checkpoint_number: u32,
    /// Whether a person asked that the run under way stop.
    pub stopping: bool,
    /// Whether the event was taken out.
    pub closing: bool,
}

/// The schedules that start an event's syncs.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// Makes these all that there are of the event. Returns what that changed.
    async fn set(
        &self,
        event: &EventId,
        wanted: &[CloudSchedule],
    ) -> Result<ScheduleChanges, ScheduleError>;
    /// Returns the names of all schedules that begin with this text, in any order.
    async fn names(&self, beginning: &str) -> Result<Vec<String>, ScheduleError>;
    /// Returns the event that a schedule starts syncs of; `None` where the schedule is gone, or starts something else.
    async fn event_of(&self, name: &str) -> Result<Option<EventId>, ScheduleError>;
}

/// What the schedules of an event needed to become those that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScheduleChanges {
    /// Schedules that were not there.
    pub created: u64,
    /// Schedules that were other than wanted.
    pub changed: u64,
    /// Schedules that nobody wants.
    pub removed: u64,
}

/// Why schedules were not set, or not read.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// Those of an event could not be made as they are wanted.
    #[error("the schedules of the event \"{event}\" could not be set")]
    NotSet {
        /// Whose.
        event: EventId,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The scheduler did not say which there are.
    #[error("the scheduler did not list the schedules")]
    NotListed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The queues between processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum QueueName {
    /// Runs to begin or to go on with.
    Runs,
    /// Batches of people to reconcile.
    Batches,
    /// Events whose invitations may go.
    Invitations,
}

impl QueueName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Runs, Self::Batches, Self::Invitations];

    /// Its name, as the interface has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Batches => "batches",
            Self::Invitations => "invitations",
        }
    }
}

/// Messages that were given up after a few tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct DeadLetterQueue {
    /// Of which queue.
    pub queue: QueueName,
    /// About how many; the queue service counts approximately.
    pub messages: u64,
    /// Whether they are on their way back.
    pub returning: bool,
    /// Some of them.
    pub some: Vec<DeadLetter>,
}

/// A message that was given up. Names no person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    /// What it is about, for people: an event, a run, a batch; or that it cannot be read.
    pub about: String,
    /// When it was sent first.
    pub sent: Option<Timestamp>,
    /// How often it was tried.
    pub tries: u32,
}

/// What was set aside.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Per queue.
    async fn dead_letters(&self) -> Result<Vec<DeadLetterQueue>, QueueError>;
    /// Gives back what a queue set aside, to be tried again.
    async fn redrive(&self, queue: QueueName) -> Result<(), QueueError>;
}

/// What an installation of several processes has beside the table, and beside where its orders go.
#[derive(Clone)]
pub struct Cloud {
    /// Where batches go.
    pub batches: std::sync::Arc<dyn BatchQueue>,
    /// What starts syncs; in a process that configures events.
    pub schedules: Option<std::sync::Arc<dyn Schedules>>,
    /// What was set aside; in a process that shows it.
    pub dead_letters: Option<std::sync::Arc<dyn DeadLetters>>,
}
