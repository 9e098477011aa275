//! Runs: one sync of one event, its state, its counts and what it changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::guard::{Guard, Tripped};
use crate::ids::{EventId, PersonId, RunId, RunNumber};
use crate::profile::AttendeeField;

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

/// The changes and invitations of a run that guards hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct RunHold {
    /// Number of people whose changes wait; 0 where guards only ask for a person's attention.
    pub people: u64,
    /// Number of invitations that wait.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub invitations: u64,
    /// The guards whose limit was exceeded.
    pub guards: Vec<Tripped>,
    /// The decision about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<HoldDecision>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl RunHold {
    /// Returns the reason and the decision in words, for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        let why: Vec<String> = self.guards.iter().map(ToString::to_string).collect();
        let (whose, wait, were) = match (self.people, self.invitations) {
            (0, 0) => return format!("{}; no change waits for approval", why.join("; ")),
            (0, 1) => ("1 invitation".to_owned(), "waits", "was"),
            (0, many) => (format!("{many} invitations"), "wait", "were"),
            (1, 0) => ("the change of 1 person".to_owned(), "waits", "was"),
            (many, 0) => (format!("the changes of {many} people"), "wait", "were"),
            (people, many) => (
                format!("the changes of {people} and the invitations of {many} people"),
                "wait",
                "were",
            ),
        };
        let what = match self.decision {
            None => format!("{whose} {wait} for approval"),
            Some(HoldDecision::Approved) => format!("{whose} {were} approved"),
            Some(HoldDecision::Discarded) => format!("{whose} {were} discarded"),
            Some(HoldDecision::Superseded) => {
                format!("{whose} {were} not applied, as a newer run checked them again")
            }
        };
        format!("{}; {what}", why.join("; "))
    }

    /// Returns what still waits after a newer run checked the same people again: invitations, which
    /// that run does not know. `None` where nothing waits.
    #[must_use]
    pub fn without_changes(&self) -> Option<Self> {
        (self.invitations > 0).then(|| Self {
            people: 0,
            guards: self
                .guards
                .iter()
                .filter(|tripped| tripped.guard == Guard::Invitations)
                .cloned()
                .collect(),
            ..self.clone()
        })
    }

    /// Returns whether invitations wait for a person's decision.
    #[must_use]
    pub fn keeps_invitations(&self) -> bool {
        self.invitations > 0 && self.decision.is_none()
    }

    /// Returns whether changes wait or a person's attention is asked for. A newer run supersedes
    /// these.
    #[must_use]
    pub fn is_about_changes(&self) -> bool {
        let other = |tripped: &Tripped| tripped.guard != Guard::Invitations;
        self.people > 0 || self.guards.iter().any(other)
    }
}

/// The decision about what a run held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HoldDecision {
    /// A person approved it.
    Approved,
    /// A person discarded it.
    Discarded,
    /// A newer run checked the same people again.
    Superseded,
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

/// What happened to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The person became an attendee.
    Added,
    /// Something about the person changed.
    Updated,
    /// The person was removed from the event.
    Removed,
    /// Their ticket has another address now: it changed hands, or the address was corrected.
    Moved,
    /// The person was erased.
    Erased,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 5] = [
        Self::Added,
        Self::Updated,
        Self::Removed,
        Self::Moved,
        Self::Erased,
    ];

    /// Returns the action's name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Updated => "updated",
            Self::Removed => "removed",
            Self::Moved => "moved",
            Self::Erased => "erased",
        }
    }
}

/// A changed field, with its values before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// The field.
    pub field: AttendeeField,
    /// Its value before, if it had one.
    pub before: Option<String>,
    /// Its value after, if it has one.
    pub after: Option<String>,
}

/// The changes that a run made to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Change {
    /// The person's id, for programs.
    pub person: PersonId,
    /// The person's address, for people; absent once they are erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// What happened to the person.
    pub action: Action,
    /// The changed fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// The reason, where the fields do not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the same person attends with another address now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub corrected: bool,
    /// Who has their ticket now, for programs, where it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<PersonId>,
}

impl Change {
    /// Returns the same change without the data that identifies the person.
    #[must_use]
    pub fn without_person(&self) -> Self {
        Self {
            person: self.person,
            email: None,
            action: self.action,
            fields: Vec::new(),
            reason: None,
            corrected: self.corrected,
            moved_to: None,
        }
    }
}
