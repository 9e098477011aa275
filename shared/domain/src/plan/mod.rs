//! The planner: compares the desired state of some people with their stored state, and returns what
//! has to be done.
//!
//! It is synchronous, deterministic and total. A plan leaves nothing to decide: each action carries
//! the version it expects, what changes, and the reason why something was declined.

mod by_hand;
mod decide;
mod fields;
mod groups;
mod hand_edit;
mod invite;
mod merge;
mod moves;
mod returning;
mod user_only;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::{Apply, Blank, EventDocument};
use crate::email::EmailAddress;
use crate::evaluate::Contribution;
use crate::fingerprint::KnownRecord;
use crate::group::{Group, GroupKey, GroupName};
use crate::ids::{EventId, PersonId, PersonKey, RunNumber};
use crate::issue::Issue;
use crate::people::{Attendee, Tombstone, User, UserState, Versioned};
use crate::profile::ProfileField;
use crate::run::{Action, Change, Counts};

pub use by_hand::{BlockChange, set_blocked};
pub use hand_edit::{BlankFields, HandPlanner};
pub use invite::Inviting;
pub use moves::{
    MAX_TOGETHER, MoveView, MovedRecord, RecordMove, corrected, middle, name_of, together,
};

/// A record that is unchanged in the feed, of a person of whom something else changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnchangedRecord {
    /// Its fingerprint.
    pub hash: u64,
    /// Its current position in the feed.
    pub position: u32,
}

/// What a run found out about one person.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing that was found out, and all combinations occur"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// The person's id.
    pub person: PersonId,
    /// Their address.
    pub email: EmailAddress,
    /// The content of their new or changed records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<Contribution>,
    /// Their unchanged records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<UnchangedRecord>,
    /// Whether another batch of this run brings a record that makes them attend; the batches may be
    /// applied in any order.
    #[serde(default)]
    pub also_live: bool,
    /// Whether the whole feed was read, does not contain them, and the organiser wants such people
    /// removed.
    #[serde(default)]
    pub missing: bool,
    /// Whether only changes were read: stored records that were not read stay.
    #[serde(default)]
    pub partial: bool,
    /// Fingerprints of records that are theirs no more: a whole feed lacks them, or they moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<u64>,
    /// Records of theirs that moved to another address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved_to: Vec<MovedRecord>,
    /// Records of theirs that moved here from another address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved_from: Vec<MovedRecord>,
    /// Whether this change completes the move: the earlier owner has lost the record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settles: bool,
    /// People of one batch with the same number are planned and written together; 0 for people who
    /// are planned alone.
    #[serde(default, skip_serializing_if = "is_alone")]
    pub together: u32,
    /// A hash of the mapping and the rules that the records were read with; 0 if unknown.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[serde(rename = "meaning")]
    pub mapping_hash: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_alone(together: &u32) -> bool {
    *together == 0
}

impl Delta {
    /// Returns an empty delta of a person.
    #[must_use]
    pub fn new(person: PersonId, email: EmailAddress) -> Self {
        Self {
            person,
            email,
            contributions: Vec::new(),
            kept: Vec::new(),
            also_live: false,
            missing: false,
            partial: false,
            gone: Vec::new(),
            moved_to: Vec::new(),
            moved_from: Vec::new(),
            settles: false,
            together: 0,
            mapping_hash: 0,
        }
    }

    /// Adds what the same run found out later about the same person.
    pub fn absorb(&mut self, later: Self) {
        self.contributions.extend(later.contributions);
        self.kept.extend(later.kept);
        self.also_live |= later.also_live;
        self.gone.extend(later.gone);
        self.moved_to.extend(later.moved_to);
        self.moved_from.extend(later.moved_from);
        self.settles |= later.settles;
        self.together = self.together.max(later.together);
        self.mapping_hash = self.mapping_hash.max(later.mapping_hash);
    }

    /// Returns whether the delta counts no record that was read: it only says what happened to
    /// records of others, or to records that are gone.
    fn is_beside_records(&self) -> bool {
        self.contributions.is_empty() && !(self.gone.is_empty() && self.moved_from.is_empty())
    }

    /// Returns how many of the records read count for this person's result: none where they are
    /// missing; one, a kept record, where the only change is that a record is gone.
    #[must_use]
    pub fn records(&self) -> u64 {
        match self.contributions.len() as u64 {
            _ if self.missing || self.is_beside_records() => 0,
            0 => 1,
            many => many,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_zero(mapping_hash: &u64) -> bool {
    *mapping_hash == 0
}

/// Some people of one run, as fetch sends them to reconcile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The run.
    pub run: RunNumber,
    /// The number of the batch within its run.
    pub number: u32,
    /// The people.
    pub people: Vec<Delta>,
    /// The issues about the batch's records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// Fingerprints of new records that a rule ignores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<u64>,
    /// Whether most of the people are probably new: when the run began, the event had no known
    /// records.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expects_strangers: bool,
    /// Whether everything the run read was applied before. Then the known records in this batch
    /// replace the run's earlier ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_all: bool,
}

impl Batch {
    /// Returns a batch of people without issues.
    #[must_use]
    pub fn new(run: RunNumber, number: u32, people: Vec<Delta>) -> Self {
        Self {
            run,
            number,
            people,
            issues: Vec::new(),
            ignored: Vec::new(),
            expects_strangers: false,
            after_all: false,
        }
    }
}

/// The stored state of the people of a batch.
#[derive(Debug, Clone, Default)]
pub struct Actual {
    /// Users by person; absent where a person is no user.
    pub users: BTreeMap<PersonId, Versioned<UserState>>,
    /// Attendees by person; absent where a person is no attendee.
    pub attendees: BTreeMap<PersonId, Versioned<Attendee>>,
    /// The groups that the batch names and the community has, in their first spelling.
    pub groups: BTreeMap<GroupKey, GroupName>,
    /// The community's key; present where somebody of the batch was erased, whose records are
    /// compared under it.
    pub key: Option<PersonKey>,
}

/// When a mapped field's value is applied, and what an empty value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldPolicy {
    /// When the value is applied.
    pub apply: Apply,
    /// What an empty value does.
    pub blank: Blank,
}

/// The part of a configuration that decides how changes are planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The event.
    pub event: EventId,
    fields: BTreeMap<ProfileField, FieldPolicy>,
    badge: Option<FieldPolicy>,
    inviting: Inviting,
    /// Whether new people wait for the end of the run, because their number has a limit.
    #[serde(default)]
    pub holds_additions: bool,
}

impl Policy {
    /// The policy of a document.
    #[must_use]
    pub fn new(document: &EventDocument) -> Self {
        let policy = |mapping: &crate::config::FieldMapping| FieldPolicy {
            apply: mapping.apply,
            blank: mapping.blank,
        };
        Self {
            event: document.event.clone(),
            fields: ProfileField::ALL
                .into_iter()
                .filter_map(|field| Some((field, policy(document.mapping.of(field)?))))
                .collect(),
            badge: document.mapping.digital_badge.as_ref().map(policy),
            holds_additions: document.guards.additions_percent.is_some(),
            inviting: if document.invitations.enabled {
                Inviting::Arrivals
            } else {
                Inviting::Nobody
            },
        }
    }
}

impl Policy {
    /// Returns the policy with invitations switched off.
    pub(super) fn inviting_nobody(&self) -> Self {
        Self {
            inviting: Inviting::Nobody,
            ..self.clone()
        }
    }
}

/// The write of one item, with the version that must be stored; `None` if no item may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put<T> {
    /// The expected version.
    pub expected: Option<u64>,
    /// The new value.
    pub value: T,
}

/// The step to take for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonStep {
    /// Writes these items in this order, the attendee last.
    Write {
        /// The user, where something of them changes.
        user: Option<Box<Put<User>>>,
        /// Groups that the person joins.
        joins: Vec<GroupKey>,
        /// Groups that the person leaves.
        leaves: Vec<GroupKey>,
        /// The attendee, where something of them changes.
        attendee: Option<Box<Put<Attendee>>>,
    },
    /// Erases the person from the whole community.
    Erase,
    /// The person stays erased; the tombstone is updated with the content of their records as read
    /// now.
    StayErased(Box<Put<Tombstone>>),
}

/// The plan for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPlan {
    /// The person's id.
    pub person: PersonId,
    /// The step to take.
    pub step: PersonStep,
    /// The visible change; `None` where there is none.
    pub change: Option<Change>,
    /// The known records of the person afterwards; `None` leaves them as they were.
    pub known: Option<Vec<KnownRecord>>,
    /// Whether the written attendee has an invitation that was queued by this plan.
    pub invites: bool,
    /// The amounts to add to the run's counts.
    pub counts: Counts,
}

/// The plan for the people of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Groups to create in the community.
    pub groups: Vec<Group>,
    /// The plans of the people, in the batch's order.
    pub people: Vec<PersonPlan>,
    /// The issues to report.
    pub issues: Vec<Issue>,
}

impl Plan {
    /// Returns whether applying the plan would change nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
            && self.people.iter().all(|person| match &person.step {
                PersonStep::Erase | PersonStep::StayErased(_) => false,
                PersonStep::Write {
                    user,
                    joins,
                    leaves,
                    attendee,
                } => user.is_none() && attendee.is_none() && joins.is_empty() && leaves.is_empty(),
            })
    }
}

/// Plans what to do with the people of a batch.
#[must_use]
pub fn plan(batch: &Batch, actual: &Actual, policy: &Policy, now: Timestamp) -> Plan {
    let mut plan = Plan {
        issues: batch.issues.clone(),
        ..Plan::default()
    };
    let mut names = actual.groups.clone();
    let overtaken = moves::overtaken(batch, actual);
    for delta in &batch.people {
        let mut decision = decide::PersonDecision {
            batch: (batch.run, batch.number),
            key: actual.key.as_ref(),
            delta,
            policy,
            now,
            names: &mut names,
            new_groups: &mut plan.groups,
            issues: &mut plan.issues,
        };
        let user = actual.users.get(&delta.person);
        let attendee = actual.attendees.get(&delta.person);
        let mut person = match moves::carried(delta, actual) {
            _ if overtaken.contains(&delta.together) => decision.nothing(None),
            None => decision.decide(user, attendee),
            Some(carried) => {
                let planned = decision.decide(carried.user.as_ref(), carried.attendee.as_ref());
                carried.finish(planned, &decision, (user, attendee))
            }
        };
        if delta.is_beside_records() && !delta.moved_from.is_empty() && !delta.settles {
            // The known records are written once the earlier owner has lost the record.
            person.known = None;
        }
        plan.people.push(person);
    }
    plan
}

fn counts_of(action: Option<Action>, delta: &Delta) -> Counts {
    let mut counts = Counts {
        moved: delta.moved_to.len() as u64,
        ..Counts::default()
    };
    let action = action.filter(|action| *action != Action::Moved);
    if delta.is_beside_records() && !delta.missing {
        return counts;
    }
    if delta.missing {
        counts.missing_removed = u64::from(action == Some(Action::Removed));
        return counts;
    }
    // One record counts for the person's change; the others count as unchanged.
    counts.unchanged = delta.records().saturating_sub(u64::from(action.is_some()));
    match action {
        None | Some(Action::Moved) => {}
        Some(Action::Added) => counts.added = 1,
        Some(Action::Updated) => counts.updated = 1,
        Some(Action::Removed) => counts.removed = 1,
        Some(Action::Erased) => {
            counts.removed = 1;
            counts.erased = 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests;
