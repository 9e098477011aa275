//! Runs: one sync of one event, its state, its counts and what it changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::guard::{Guard, Tripped};
use crate::ids::{EventId, PersonId, RunId, RunNumber};
use crate::profile::AttendeeField;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunMode {
    /// To apply what the source says.
    Sync,
    /// To show what that would do.
    Preview,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Asked for.
    Queued,
    /// The source is being read; changes may be applied meanwhile.
    Reading,
    /// The source was read; the last changes are being applied.
    Applying,
    /// A guard holds part of it for approval.
    Held,
    /// Done.
    Succeeded,
    /// Ended early, for the reason given.
    Failed,
    /// The process that worked on it was ended; another run follows by itself.
    Interrupted,
    /// A person stopped it.
    Stopped,
}

impl RunState {
    /// Whether nothing more will happen by itself.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Held | Self::Succeeded) || self.ended_early()
    }

    /// Whether it ended before all of the source was read and applied.
    #[must_use]
    pub fn ended_early(self) -> bool {
        matches!(self, Self::Failed | Self::Interrupted | Self::Stopped)
    }

    /// The state as the interface names it.
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

/// What became of the records of a feed. Every record read is counted in exactly one of `added`,
/// `updated`, `unchanged`, `removed`, `rejected` and `ignored`.
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
    /// Attendees taken out of the event, the erased among them.
    pub removed: u64,
    /// Of the removed: users erased for good.
    pub erased: u64,
    /// Records that could not be taken.
    pub rejected: u64,
    /// Records a rule leaves out of scope.
    pub ignored: u64,
    /// Attendees taken out of the event because a complete feed no longer names them; no record
    /// stands for them, so they are not among the removed.
    pub missing_removed: u64,
    /// Records that moved from one address to another: tickets that changed hands, and addresses that were
    /// corrected. Who lost one by it is not among the removed.
    pub moved: u64,
    /// Groups that were new to the community.
    pub groups_created: u64,
    /// Invitations queued.
    pub invitations_queued: u64,
    /// Issues, those beyond the number that is kept included.
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

    /// Records whose fate is known.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        self.added + self.updated + self.unchanged + self.removed + self.rejected + self.ignored
    }

    /// Whether the parts make the whole.
    #[must_use]
    pub fn add_up(&self) -> bool {
        self.accounted() == self.records_read
    }
}

/// How much of a feed a run was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it.
    #[default]
    Everything,
    /// What changed since an earlier run.
    Changes,
    /// Nothing: the source says that it is as it was at an earlier run.
    NotModified,
    /// One person's records.
    OnePerson,
}

/// What a guard holds of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct RunHold {
    /// Whose changes wait; no one's where only a person's attention is asked for.
    pub people: u64,
    /// How many invitations wait.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub invitations: u64,
    /// The guards whose limit was passed.
    pub guards: Vec<Tripped>,
    /// What became of them.
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
    /// Why, and what became of it, for people.
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

    /// What still waits once a newer run looked at the same people again: invitations, which it
    /// knows nothing of. `None` where nothing does.
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

    /// Whether invitations wait for a person's decision.
    #[must_use]
    pub fn keeps_invitations(&self) -> bool {
        self.invitations > 0 && self.decision.is_none()
    }

    /// Whether changes wait, or a person's attention is asked for: what a newer run takes over.
    #[must_use]
    pub fn is_about_changes(&self) -> bool {
        let other = |tripped: &Tripped| tripped.guard != Guard::Invitations;
        self.people > 0 || self.guards.iter().any(other)
    }
}

/// What became of what was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HoldDecision {
    /// A person let it through.
    Approved,
    /// A person dropped it.
    Discarded,
    /// A newer run looked at the same people again.
    Superseded,
}

/// After so many interrupted runs in a row, the next one waits as a retry does.
pub const MAX_INTERRUPTIONS: u32 = 3;

/// What a run knows of the interrupted ones before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follows {
    /// The last of them.
    pub run: RunNumber,
    /// How many there were in a row.
    pub interruptions: u32,
    /// Invitations that they queued: the limit of a run counts them, too.
    pub invitations_queued: u64,
}

impl Follows {
    /// What follows this interrupted run.
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
    /// Which one.
    pub id: RunId,
    /// What for.
    pub mode: RunMode,
    /// Where it stands.
    pub state: RunState,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// What became of the records.
    pub counts: Counts,
    /// Pages read.
    pub pages: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Whether the whole feed was read, and proved so.
    pub complete: bool,
    /// How much of the feed there was to read.
    #[serde(default)]
    pub extent: Coverage,
    /// Why it failed or is held, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What guards hold of it, or held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<RunHold>,
    /// The number that its next batch would have: the first of its approval.
    #[serde(default)]
    pub next_batch: u32,
    /// The interrupted run that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Follows>,
    /// Milliseconds it took.
    pub milliseconds: u64,
}

impl Run {
    /// A run that begins now.
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

    /// How many runs in a row were interrupted, up to this one.
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
    /// Which run.
    pub run: RunId,
    /// Which event.
    pub event: EventId,
    /// What for.
    pub mode: RunMode,
    /// Where it stands.
    pub state: RunState,
    /// What became of the records.
    #[serde(flatten)]
    pub counts: Counts,
    /// Pages read.
    pub pages: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Whether the whole feed was read, and proved so.
    pub complete: bool,
    /// How long it took.
    pub seconds: f64,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// Why it failed or is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How much of the feed there was to read.
    pub extent: Coverage,
    /// What guards hold of it, or held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<RunHold>,
}

/// What happened to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// They became an attendee.
    Added,
    /// Something of them changed.
    Updated,
    /// They were taken out of the event.
    Removed,
    /// Their ticket has another address now: it changed hands, or the address was corrected.
    Moved,
    /// They were erased.
    Erased,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Added,
        Self::Updated,
        Self::Removed,
        Self::Moved,
        Self::Erased,
    ];

    /// The action as the interface names it.
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

/// One field, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// Which field.
    pub field: AttendeeField,
    /// Its value before, if it had one.
    pub before: Option<String>,
    /// Its value after, if it has one.
    pub after: Option<String>,
}

/// What a run changed of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Change {
    /// Who, for programs.
    pub person: PersonId,
    /// Who, for people; nobody once they are erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// What happened.
    pub action: Action,
    /// Field by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// Why, where the fields do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the same person attends by another address now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub corrected: bool,
    /// Who has their ticket now, for programs, where it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<PersonId>,
}

impl Change {
    /// The same change with everything gone that says who they were.
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
