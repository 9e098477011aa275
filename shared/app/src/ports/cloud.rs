//! The ports of an installation of several processes, beside the table: queues between the
//! processes, schedules that start them, and dead letters.

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

/// A command that another process executes, or a task of this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum RunCommand {
    /// Sync an event if a sync of it is due.
    Due {
        /// The event.
        event: EventId,
    },
    /// Sync an event whose last sync failed, once its retry is due.
    Retry {
        /// The event.
        event: EventId,
    },
    /// Do the work of a run that was opened.
    Sync {
        /// The run.
        run: RunId,
        /// The people that the run is about.
        scope: SyncScope,
    },
    /// Continue a run from its checkpoint.
    Continue {
        /// The run.
        run: RunId,
        /// The number of the checkpoint; it makes a redelivered command have no effect.
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
    /// To look what is at the URLs of an event's badges.
    Badges {
        /// Which.
        event: EventId,
    },
    /// To look at all events: whether one should have synced and did not, and what is to be told.
    Watch,
    /// Apply the approved changes of a run.
    Approval {
        /// The run.
        run: RunId,
    },
    /// Send the released invitations of an event.
    #[serde(rename = "post")]
    Dispatch {
        /// The event.
        event: EventId,
        /// The delay in seconds before this command, where no mail was accepted; the next delay is
        /// longer.
        #[serde(default)]
        waited: u32,
    },
}

impl RunCommand {
    /// Returns the run that the command names, if it names one.
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
            | Self::Badges { .. }
            | Self::Watch
            | Self::Dispatch { .. } => None,
        }
    }
}

/// The queue of commands.
#[async_trait]
pub trait Orders: Send + Sync {
    /// Queues a command. It is executed at least once, not before the delay `after`, which is at
    /// most 15 minutes.
    async fn order(&self, order: &RunCommand, after: Duration) -> Result<(), QueueError>;

    /// Returns whether commands are executed at once, so that no run is ever queued.
    fn begins_at_once(&self) -> bool {
        false
    }
}

/// A batch with all that is needed to reconcile it: a run keeps the configuration with which it
/// began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchMessage {
    /// The community whose users are written.
    pub community: CommunityId,
    /// The settings that decide about changes; they name the event.
    pub policy: Policy,
    /// The people.
    pub batch: Batch,
}

/// The queue of batches that other processes reconcile.
#[async_trait]
pub trait BatchQueue: Send + Sync {
    /// Queues all of these batches or fails. Each is reconciled at least once, in any order.
    async fn send(&self, batch_messages: &[BatchMessage]) -> Result<(), QueueError>;
}

/// The state by which the processes that share a run coordinate through the table.
#[async_trait]
pub trait RunCoordination: Send + Sync {
    /// Returns the state of an event's runs; `None` before its first run.
    async fn run_state(&self, event: &EventId) -> Result<Option<EventRunState>, StoreError>;
    /// Acquires the lease of the run under way for the process that continues from the checkpoint
    /// of this number. Returns false where the run is not under way, or another process was
    /// quicker.
    async fn acquire_run_lease(
        &self,
        run: &RunId,
        checkpoint_number: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Asks the process that works on the run under way to stop. Returns false where the run is not
    /// under way.
    async fn ask_to_stop(&self, run: &RunId) -> Result<bool, StoreError>;
    /// Replaces a stored run. Fails with [`StoreError::Conflict`] where it is no longer equal to
    /// `before`.
    async fn amend_run(&self, before: &Run, after: &Run) -> Result<(), StoreError>;
    /// Stores the state of a run. Returns false where the run is over already, or gone.
    async fn put_unless_over(&self, run: &Run) -> Result<bool, StoreError>;
}

/// The state of an event's runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRunState {
    /// The number of the newest.
    pub newest: RunNumber,
    /// The one under way.
    pub under_way: Option<RunNumber>,
    /// When a process last began to work on it.
    pub alive: Option<Timestamp>,
    /// The number of checkpoints from which processes continued the run.
    pub checkpoint_number: u32,
    /// Whether a person asked that the run under way stop.
    pub stopping: bool,
    /// Whether the event was deleted.
    pub closing: bool,
}

/// The schedules that start an event's syncs.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// Replaces all schedules of the event by these. Returns what that changed.
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
        /// The event.
        event: EventId,
        /// The cause.
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
    /// Runs to begin or to continue.
    Runs,
    /// Batches of people to reconcile.
    Batches,
    /// Events with released invitations.
    Invitations,
}

impl QueueName {
    /// All queues.
    pub const ALL: [Self; 3] = [Self::Runs, Self::Batches, Self::Invitations];

    /// Returns the queue's name, as the interface uses it.
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
    /// The queue.
    pub queue: QueueName,
    /// The approximate number of messages, as the queue service counts.
    pub messages: u64,
    /// Whether they are being sent back to the queue.
    pub returning: bool,
    /// Some of the messages.
    pub some: Vec<DeadLetter>,
}

/// A message that was given up. Names no person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    /// What it concerns, for people: an event, a run or a batch; or that it cannot be read.
    pub about: String,
    /// When it was sent first.
    pub sent: Option<Timestamp>,
    /// How often it was tried.
    pub tries: u32,
}

/// The dead-letter queues.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Returns the dead letters of each queue.
    async fn dead_letters(&self) -> Result<Vec<DeadLetterQueue>, QueueError>;
    /// Sends the dead letters of a queue back to it for another attempt.
    async fn redrive(&self, queue: QueueName) -> Result<(), QueueError>;
}

/// The ports of an installation of several processes, beside the table and the queue of commands.
#[derive(Clone)]
pub struct Cloud {
    /// The queue of batches.
    pub batches: std::sync::Arc<dyn BatchQueue>,
    /// The schedules, in a process that configures events.
    pub schedules: Option<std::sync::Arc<dyn Schedules>>,
    /// The dead letters, in a process that shows them.
    pub dead_letters: Option<std::sync::Arc<dyn DeadLetters>>,
}
