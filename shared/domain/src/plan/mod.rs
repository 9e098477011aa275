//! The plan: from what is wanted of some people and what is stored of them to what is to be done.
//!
//! Synchronous, deterministic and total. A plan leaves nothing to decide: each action carries the
//! version it expects, what changes, and why what was declined was declined.

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

/// A record that is in the feed as it was before, of a person of whom something else changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnchangedRecord {
    /// Its fingerprint.
    pub hash: u64,
    /// Where it is in the feed now.
    pub position: u32,
}

/// What a run found out about one person.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing that was found out, and all combinations occur"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Who.
    pub person: PersonId,
    /// Their address.
    pub email: EmailAddress,
    /// What their new or changed records say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<Contribution>,
    /// Their records that are as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<UnchangedRecord>,
    /// Another batch of this run brings a record that has them attend; the batches may be applied in
    /// any order.
    #[serde(default)]
    pub also_live: bool,
    /// The whole feed was read and names them no longer, and the organiser wants such people out.
    #[serde(default)]
    pub missing: bool,
    /// What was read is only what changed: their records that it does not name stand.
    #[serde(default)]
    pub partial: bool,
    /// Fingerprints of records that are theirs no more: a whole feed lacks them, or they moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<u64>,
    /// Records of theirs that another address has now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved_to: Vec<MovedRecord>,
    /// Records of theirs that another address had before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved_from: Vec<MovedRecord>,
    /// Whether who had the records before has lost them with this change.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settles: bool,
    /// People of one batch with the same number are planned and written together; 0 for nobody else.
    #[serde(default, skip_serializing_if = "is_alone")]
    pub together: u32,
    /// A hash of the mapping and the rules that the records were read by; 0 where nobody knows.
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
    /// Nothing found out yet.
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

    /// Whether no record that was read stands for it: it says what became of records that were read of others,
    /// or not at all.
    fn is_beside_records(&self) -> bool {
        self.contributions.is_empty() && !(self.gone.is_empty() && self.moved_from.is_empty())
    }

    /// How many of the records read stand for what becomes of them: none where they are missing; where
    /// all that is new is that a record is gone, one that was kept.
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

/// Some people of one run: what fetch hands to reconcile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The run.
    pub run: RunNumber,
    /// Which of its batches.
    pub number: u32,
    /// The people.
    pub people: Vec<Delta>,
    /// What there is to say about the batch's records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// Fingerprints of new records that a rule leaves out of scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<u64>,
    /// Whether hardly anybody of them is known yet: nobody of the event was, when the run began.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expects_strangers: bool,
    /// Whether all that the run read was applied before: what it says is known replaces what that said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_all: bool,
}

impl Batch {
    /// A batch of people, with nothing to say beside.
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

/// What is stored of the people of a batch.
#[derive(Debug, Clone, Default)]
pub struct Actual {
    /// By person; absent where there is none.
    pub users: BTreeMap<PersonId, Versioned<UserState>>,
    /// By person; absent where there is none.
    pub attendees: BTreeMap<PersonId, Versioned<Attendee>>,
    /// The groups that the batch names and the community has, in their first spelling.
    pub groups: BTreeMap<GroupKey, GroupName>,
    /// The community's key, where somebody of them was erased: what their records say is compared under it.
    pub key: Option<PersonKey>,
}

/// When a mapped field's value is taken, and what an empty one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldPolicy {
    /// When it is taken.
    pub apply: Apply,
    /// What an empty one does.
    pub blank: Blank,
}

/// The part of a configuration that says what is done with what comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The event.
    pub event: EventId,
    fields: BTreeMap<ProfileField, FieldPolicy>,
    badge: Option<FieldPolicy>,
    inviting: Inviting,
    /// Whether who is new waits for the end of the run, as there is a limit for how many may be.
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
    /// The same, with nobody invited.
    pub(super) fn inviting_nobody(&self) -> Self {
        Self {
            inviting: Inviting::Nobody,
            ..self.clone()
        }
    }
}

/// The write of one item, with the version it must find; `None` for no item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put<T> {
    /// The version expected.
    pub expected: Option<u64>,
    /// The value.
    pub value: T,
}

/// What is to be done with one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonStep {
    /// Write these, in this order, the attendee last.
    Write {
        /// The user, where something of them changes.
        user: Option<Box<Put<User>>>,
        /// Groups they come into.
        joins: Vec<GroupKey>,
        /// Groups they leave.
        leaves: Vec<GroupKey>,
        /// The attendee, where something of them changes.
        attendee: Option<Box<Put<Attendee>>>,
    },
    /// Erase them from the whole community.
    Erase,
    /// Stay erased: what the records say is remembered as it is read now.
    StayErased(Box<Put<Tombstone>>),
}

/// The plan for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPlan {
    /// Who.
    pub person: PersonId,
    /// What to do.
    pub step: PersonStep,
    /// What people will see changed; `None` where nothing.
    pub change: Option<Change>,
    /// All that is then known of their records; `None` leaves what was known.
    pub known: Option<Vec<KnownRecord>>,
    /// Whether the attendee that is written has an invitation that waits to be sent since now.
    pub invites: bool,
    /// What this adds to the run's counts.
    pub counts: Counts,
}

/// What is to be done with the people of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Groups that are new to the community.
    pub groups: Vec<Group>,
    /// Person by person, in the batch's order.
    pub people: Vec<PersonPlan>,
    /// What there is to say.
    pub issues: Vec<Issue>,
}

impl Plan {
    /// Whether applying it would change nothing.
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

/// Decides what to do with the people of a batch.
#[must_use]
pub fn plan(batch: &Batch, actual: &Actual, policy: &Policy, now: Timestamp) -> Plan {
    let mut plan = Plan {
        issues: batch.issues.clone(),
        ..Plan::default()
    };
    let mut names = actual.groups.clone();
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
            None => decision.decide(user, attendee),
            Some(carried) => {
                let planned = decision.decide(carried.user.as_ref(), carried.attendee.as_ref());
                carried.finish(planned, &decision, (user, attendee))
            }
        };
        if delta.is_beside_records() && !delta.moved_from.is_empty() && !delta.settles {
            // What is known is said once who had the records has lost them.
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
    // One record stands for what became of the person, the others add nothing of their own.
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
