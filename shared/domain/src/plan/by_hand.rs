//! Plans what a person decides by hand about one attendee, whatever their records say.

use jiff::Timestamp;

use super::decide::PersonDecision;
use super::{Actual, Delta, PersonPlan, PersonStep, Policy, Put};
use crate::evaluate::{Contribution, Incoming};
use crate::ids::PersonId;
use crate::people::{Attendee, Presence, UserState, Versioned};
use crate::profile::{AttendeeField, ProfileField};
use crate::run::Counts;

/// The reason of a removed attendee whom a person blocked.
pub(super) const BY_HAND: &str = "removed by hand";
/// The same reason, as older versions stored it.
const BY_HAND_BEFORE: &str = "taken out by hand";

/// Why somebody is out whom a person removed from the event without blocking them.
pub(super) const OFF_LIST: &str = "removed from the list by hand";

/// What people decided about somebody's presence: no record changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeptByHand {
    /// They attend.
    In,
    /// They are out, for this reason.
    Out(&'static str),
}

/// What people decided about an attendee. A block counts before everything else.
pub(super) fn kept_by_hand(attendee: Option<&Attendee>) -> Option<KeptByHand> {
    let attendee = attendee?;
    if attendee.blocked.is_some() {
        return Some(KeptByHand::Out(BY_HAND));
    }
    attendee.by_hand.map(|by_hand| match by_hand.presence {
        Presence::Attending => KeptByHand::In,
        Presence::Removed => KeptByHand::Out(OFF_LIST),
    })
}

impl PersonDecision<'_> {
    /// They attend by hand, whatever their records say: these give them nothing, and their profile stays.
    pub(super) fn stay(
        &mut self,
        user: Option<&Versioned<UserState>>,
        attendee: Option<&Versioned<Attendee>>,
        records: Vec<Contribution>,
    ) -> PersonPlan {
        let fields = ProfileField::ALL.map(AttendeeField::from).into_iter();
        let keeping = Incoming {
            source_id: attendee.and_then(|stored| stored.value.source_id.clone()),
            unusable: fields.chain([AttendeeField::DigitalBadge]).collect(),
            ..Incoming::default()
        };
        self.live(user, attendee, &keeping, records)
    }
}

/// The reason of a removed attendee whom the whole feed did not contain.
pub(super) const NOT_NAMED: &str = "missing from the source";

impl PersonPlan {
    /// The write of one attendee outside of any run.
    #[must_use]
    pub fn of_attendee(person: PersonId, attendee: Put<Attendee>) -> Self {
        Self {
            person,
            step: PersonStep::Write {
                user: None,
                joins: Vec::new(),
                leaves: Vec::new(),
                attendee: Some(Box::new(attendee)),
            },
            change: None,
            known: None,
            invites: false,
            counts: Counts::default(),
        }
    }
}

/// A person's decision to block or unblock an attendee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockChange {
    /// The attendee is removed, and no record brings them back.
    Put,
    /// The attendee's records count again, as they were last read.
    Lifted,
}

/// Returns the plan for the decision; `None` where nothing changes, or where there is no such
/// attendee. The plan belongs to no run: nothing is counted or logged, and nobody is invited.
#[must_use]
pub fn set_blocked(
    person: PersonId,
    bar: BlockChange,
    actual: &Actual,
    policy: &Policy,
    now: Timestamp,
) -> Option<PersonPlan> {
    let stored = actual.attendees.get(&person)?;
    let blocked = match bar {
        BlockChange::Put => Some(now),
        BlockChange::Lifted => None,
    };
    if blocked.is_some() == stored.value.blocked.is_some() {
        return None;
    }
    let wished = Versioned {
        version: stored.version,
        value: Attendee {
            blocked,
            ..stored.value.clone()
        },
    };
    let delta = Delta::new(person, stored.value.email.clone());
    let policy = policy.inviting_nobody();
    let mut decision = PersonDecision {
        // Their stored records are used unchanged, as if the run that wrote them continued.
        batch: (stored.value.run, 0),
        key: None,
        delta: &delta,
        policy: &policy,
        now,
        names: &mut actual.groups.clone(),
        new_groups: &mut Vec::new(),
        issues: &mut Vec::new(),
    };
    let user = actual.users.get(&person);
    let mut plan = match bar {
        BlockChange::Put => {
            let records = stored.value.records.clone();
            decision.remove(user, Some(&wished), records, BY_HAND)
        }
        BlockChange::Lifted => decision.decide(user, Some(&wished)),
    };
    plan.change = None;
    plan.known = None;
    plan.counts = Counts::default();
    if let PersonStep::Write { attendee, .. } = &mut plan.step {
        let value = attendee.take().map_or(wished.value, |put| put.value);
        let moved = value.presence != stored.value.presence;
        let reason = match (bar, value.reason) {
            (BlockChange::Lifted, Some(reason))
                if [BY_HAND, BY_HAND_BEFORE].contains(&reason.as_str()) =>
            {
                Some(NOT_NAMED.to_owned())
            }
            (_, reason) => reason,
        };
        *attendee = Some(Box::new(Put {
            expected: Some(stored.version),
            value: Attendee {
                reason,
                log: stored.value.log.clone(),
                updated: if moved { now } else { stored.value.updated },
                ..value
            },
        }));
    }
    Some(plan)
}
