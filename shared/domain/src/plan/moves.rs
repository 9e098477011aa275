//! Records that have another address than before: tickets that changed hands, and addresses that were corrected.
//!
//! A correction is the same person at another address: what they were given by hand, a block, an
//! invitation, and what the app reported of them move along. After a transfer nothing private moves. What moves is what each address had before,
//! so all people of a chain of moves are planned together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::decide::PersonDecision;
use super::groups::group_names;
use super::{Actual, Batch, Delta, Inviting, PersonPlan, PersonStep, Put};
use crate::activity::AppActivity;
use crate::evaluate::{Contribution, Disposition, Incoming};
use crate::group::GroupKey;
use crate::ids::PersonId;
use crate::invitation::{Invitation, InvitationState};
use crate::people::{Attendee, Grantor, Presence, User, UserState, Versioned};
use crate::profile::{AttendeeField, ProfileField};
use crate::run::{Action, Change, FieldChange};
use crate::search::fold;

/// Most people of one chain of moves. In a longer chain nothing is carried over.
pub const MAX_TOGETHER: usize = 20;

/// The reason of a removed attendee whose ticket changed hands.
pub(super) const TRANSFERRED: &str = "ticket moved to another person";
/// The reason of a removed attendee whose address was corrected.
pub(super) const CORRECTED: &str = "the e-mail address of this ticket was corrected";

/// A record that moved to another address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordMove {
    /// The person who had the record.
    pub from: PersonId,
    /// The record's hash as it is stored with that person.
    pub from_hash: u64,
    /// The person who has the record now.
    pub to: PersonId,
    /// The record's current fingerprint.
    pub to_hash: u64,
}

/// A move, from the view of one of its two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedRecord {
    /// The record's fingerprint at this person's address.
    pub hash: u64,
    /// The other person.
    pub other: PersonId,
    /// Whether both are the same person, whose address was corrected.
    pub corrected: bool,
}

/// Returns a hash of the folded name in a record; `None` where the name is blank.
#[must_use]
pub fn name_of(incoming: &Incoming) -> Option<u64> {
    let part = |field| incoming.profile.get(field).unwrap_or_default();
    let name = format!(
        "{} {}",
        part(ProfileField::FirstName),
        part(ProfileField::LastName)
    );
    let words: Vec<String> = fold(&name).split_whitespace().map(str::to_owned).collect();
    (!words.is_empty()).then(|| xxh3_64(words.join(" ").as_bytes()))
}

/// The stored facts about a move that decide whether it is a correction.
#[derive(Clone, Copy)]
pub struct MoveView<'a> {
    /// The stored attendee who had the record.
    pub giver: &'a Attendee,
    /// Fingerprints of all records that the giver loses or has from others.
    pub not_their_own: &'a BTreeSet<u64>,
    /// The current content of the record.
    pub record: &'a Contribution,
}

/// Returns the folded name's hash if the move is a correction, judged by its two people alone: both
/// have the same name, and no other record makes the giver attend. It does not check whether other
/// people have that name.
#[must_use]
pub fn corrected(moved: &RecordMove, view: MoveView<'_>) -> Option<u64> {
    let before = view.giver.records.iter();
    let before = before
        .filter(|record| record.hash == moved.from_hash)
        .find_map(|record| name_of(&record.incoming));
    let former = view.giver.former.iter();
    let before = before.or_else(|| {
        let is_it = |hash| hash == moved.from_hash || hash == !moved.from_hash;
        let mut former = former.filter(|record| is_it(record.hash));
        former.find_map(|record| record.name)
    });
    let keeps = has_own(view.giver, view.not_their_own);
    let after = name_of(&view.record.incoming);
    before.filter(|_| before == after && !keeps)
}

/// Returns whether a person attends by a record that is none of these.
fn has_own(attendee: &Attendee, not_their_own: &BTreeSet<u64>) -> bool {
    attendee.records.iter().any(|record| {
        record.disposition == Disposition::Live
            && !record.unsettled
            && !not_their_own.contains(&record.hash)
    })
}

/// Groups people who are linked by moves. Returns each chain.
#[must_use]
pub fn together(moves: &[RecordMove]) -> Vec<BTreeSet<PersonId>> {
    let mut links: BTreeMap<PersonId, Vec<PersonId>> = BTreeMap::new();
    for moved in moves {
        links.entry(moved.from).or_default().push(moved.to);
        links.entry(moved.to).or_default().push(moved.from);
    }
    let mut seen = BTreeSet::new();
    let mut chains = Vec::new();
    for person in links.keys() {
        let mut chain = BTreeSet::new();
        let mut next = vec![*person];
        while let Some(person) = next.pop() {
            if seen.insert(person) {
                chain.insert(person);
                next.extend(links.get(&person).into_iter().flatten());
            }
        }
        if !chain.is_empty() {
            chains.push(chain);
        }
    }
    chains
}

/// Returns the index at which a list of people can be split without separating people who are
/// planned together, as close to the middle as possible.
#[must_use]
pub fn middle(people: &[Delta]) -> Option<usize> {
    let may_cut = |at: &usize| {
        let before = at.checked_sub(1).and_then(|at| people.get(at));
        match (before, people.get(*at)) {
            (Some(before), Some(after)) => {
                before.together == 0 || before.together != after.together
            }
            _ => false,
        }
    };
    let half = people.len() / 2;
    (1..people.len())
        .filter(may_cut)
        .min_by_key(|at| at.abs_diff(half))
}

/// A person's user and attendee after a correction moved data to them or away from them.
pub(super) struct Carried {
    pub(super) user: Option<Versioned<UserState>>,
    pub(super) attendee: Option<Versioned<Attendee>>,
    invites: bool,
}

/// Returns the chains of moves of which a newer run wrote an attendee: it sees the same moves, and applies them as a whole.
/// Half a chain would take from one person what the other does not get.
pub(super) fn overtaken(batch: &Batch, actual: &Actual) -> BTreeSet<u32> {
    let is_newer = |attendee: &Versioned<Attendee>| attendee.value.run > batch.run;
    let people = batch.people.iter().filter(|delta| delta.together != 0);
    let newer = people.filter(|delta| actual.attendees.get(&delta.person).is_some_and(is_newer));
    newer.map(|delta| delta.together).collect()
}

/// Returns the person's state after corrections; `None` where no record of theirs moved.
pub(super) fn carried(delta: &Delta, actual: &Actual) -> Option<Carried> {
    if delta.moved_from.is_empty() && delta.moved_to.is_empty() {
        return None;
    }
    let mut carried = Carried {
        user: actual.users.get(&delta.person).cloned(),
        attendee: actual.attendees.get(&delta.person).cloned(),
        invites: false,
    };
    if delta.moved_to.iter().any(|moved| moved.corrected) {
        carried.give();
    }
    for moved in delta.moved_from.iter().filter(|moved| moved.corrected) {
        let giver = (
            actual.users.get(&moved.other),
            actual.attendees.get(&moved.other),
        );
        carried.take_over(giver);
    }
    carried.invites = !delta.moved_from.is_empty();
    Some(carried)
}

impl Carried {
    fn user(&mut self) -> Option<&mut User> {
        match self.user.as_mut().map(|user| &mut user.value) {
            Some(UserState::User(user)) => Some(user),
            _ => None,
        }
    }

    /// Removes what is carried over to the other address. Groups by hand stay where the person
    /// attends another event.
    fn give(&mut self) {
        let event_count = |user: &User| {
            let attending = user.events.values();
            attending
                .filter(|presence| **presence == Presence::Attending)
                .count()
        };
        if let Some(user) = self.user()
            && event_count(user) <= 1
        {
            user.groups.retain(|_, membership| {
                membership.by.remove(&Grantor::Hand);
                !membership.by.is_empty()
            });
            user.set_by.clear();
        }
        if let Some(attendee) = &mut self.attendee {
            attendee.value.blocked = None;
            attendee.value.by_hand = None;
            attendee.value.imports.clear();
            attendee.value.invitation = None;
            attendee.value.activity = AppActivity::default();
        }
    }

    fn take_over(
        &mut self,
        (user, attendee): (Option<&Versioned<UserState>>, Option<&Versioned<Attendee>>),
    ) {
        if let Some(UserState::User(giver)) = user.map(|user| &user.value)
            && let Some(user) = self.user()
        {
            let by_hand = giver.groups.iter();
            for (key, given) in by_hand.filter(|(_, given)| given.by.contains(&Grantor::Hand)) {
                let membership = user.groups.entry(key.clone());
                let membership = membership.or_insert_with(|| crate::people::Membership {
                    name: given.name.clone(),
                    by: BTreeSet::new(),
                });
                membership.by.insert(Grantor::Hand);
            }
            for (field, setter) in &giver.set_by {
                if !user.set_by.contains_key(field) {
                    let value = giver.profile.get(*field).map(str::to_owned);
                    user.profile.set(*field, value);
                    user.set_by.insert(*field, *setter);
                }
            }
        }
        let (Some(giver), Some(taker)) = (attendee, &mut self.attendee) else {
            return;
        };
        let taker = &mut taker.value;
        taker.blocked = taker.blocked.or(giver.value.blocked);
        taker.by_hand = taker.by_hand.or(giver.value.by_hand);
        taker.imports.extend(giver.value.imports.iter().cloned());
        if taker.invitation.is_none() {
            taker.invitation.clone_from(&giver.value.invitation);
        }
        taker.activity = taker.activity.joined(giver.value.activity);
    }

    /// Completes a plan that was made for the carried state, so that it also writes what was
    /// carried over.
    pub(super) fn finish(
        self,
        mut planned: PersonPlan,
        decision: &PersonDecision<'_>,
        (user, attendee): (Option<&Versioned<UserState>>, Option<&Versioned<Attendee>>),
    ) -> PersonPlan {
        let PersonStep::Write {
            user: user_put,
            joins,
            leaves,
            attendee: attendee_put,
        } = &mut planned.step
        else {
            return planned;
        };
        let (before_user, now) = (user.and_then(as_user), decision.now);
        let after_user = match user_put {
            Some(put) => Some(put.value.clone()),
            None => self.user.as_ref().and_then(as_user).cloned(),
        };
        let mut fields = Vec::new();
        if let (Some(before), Some(after)) = (before_user, after_user) {
            let (was, is) = (group_keys(before), group_keys(&after));
            *joins = is.difference(&was).cloned().collect();
            *leaves = was.difference(&is).cloned().collect();
            if was != is {
                fields.push(FieldChange {
                    field: AttendeeField::Groups,
                    before: group_names(before),
                    after: group_names(&after),
                });
            }
            fields.extend(set_fields(before, &after));
            if user_put.is_none() && *before != after {
                *user_put = Some(Box::new(Put {
                    expected: user.map(|user| user.version),
                    value: User {
                        updated: now,
                        ..after
                    },
                }));
            }
        }
        let stored = attendee.map(|stored| &stored.value);
        let mut after = match &attendee_put {
            Some(put) => Some(put.value.clone()),
            None => self.attendee.map(|carried| carried.value),
        };
        if let Some(after) = &mut after {
            let had = stored.and_then(|stored| stored.invitation.as_ref());
            planned.invites = self.invites && invite(after, had, decision);
            planned.counts.invitations_queued = u64::from(planned.invites);
        }
        if !fields.is_empty() {
            let change = planned.change.get_or_insert_with(|| Change {
                person: decision.delta.person,
                email: Some(decision.delta.email.clone()),
                action: Action::Updated,
                fields: Vec::new(),
                reason: Some(CORRECTED.to_owned()),
                corrected: true,
                moved_to: None,
            });
            let is_told = |told: &FieldChange| fields.iter().any(|new| new.field == told.field);
            change.fields.retain(|told| !is_told(told));
            change.fields.extend(fields);
        }
        let differs = after.as_ref() != stored && after.is_some();
        if let Some(mut value) = after.filter(|_| differs || user_put.is_some()) {
            let here = decision.here();
            if planned.change.is_some() && value.log.last() != Some(&here) {
                value.log.push(here);
                value.updated = now;
            }
            value.run = decision.batch.0;
            *attendee_put = Some(Box::new(Put {
                expected: attendee.map(|stored| stored.version),
                value,
            }));
        }
        planned
    }
}

/// Sets the invitation of an attendee who got a record from another person. Returns whether an
/// invitation was queued.
fn invite(after: &mut Attendee, had: Option<&Invitation>, decision: &PersonDecision<'_>) -> bool {
    let queue = || Some(Invitation::queued(Some(decision.batch.0), decision.now));
    if after.presence != Presence::Attending {
        return false;
    }
    let moved = &decision.delta.moved_from;
    match &after.invitation {
        // The earlier invitation did not reach the corrected address, so that one is queued for it.
        Some(carried) if Some(carried) != had => {
            let waits = matches!(
                carried.state(),
                InvitationState::Queued | InvitationState::Bounced | InvitationState::Failed
            );
            if waits {
                after.invitation = queue();
            }
            waits
        }
        None if moved.iter().any(|moved| !moved.corrected)
            && decision.policy.inviting == Inviting::Arrivals =>
        {
            after.invitation = queue();
            true
        }
        Some(_) | None => false,
    }
}

/// The fields that somebody set, and that were otherwise before.
fn set_fields(before: &User, after: &User) -> Vec<FieldChange> {
    let value = |user: &User, field| user.profile.get(field).map(str::to_owned);
    let fields = after.set_by.keys();
    let changes = fields.map(|field| FieldChange {
        field: (*field).into(),
        before: value(before, *field),
        after: value(after, *field),
    });
    changes
        .filter(|change| change.before != change.after)
        .collect()
}

fn as_user(user: &Versioned<UserState>) -> Option<&User> {
    match &user.value {
        UserState::User(user) => Some(user),
        UserState::Erased(_) => None,
    }
}

fn group_keys(user: &User) -> BTreeSet<GroupKey> {
    user.groups.keys().cloned().collect()
}
