//! What a person decides about one attendee, whatever their records say.

use jiff::Timestamp;

use super::decide::PersonDecision;
use super::{Actual, Delta, PersonPlan, PersonStep, Policy, Put};
use crate::ids::PersonId;
use crate::people::{Attendee, Versioned};
use crate::run::Counts;

/// Why somebody is out whom a person took out.
pub(super) const BY_HAND: &str = "removed by hand";
/// The same, as older versions stored it.
const BY_HAND_BEFORE: &str = "taken out by hand";

/// Why somebody is out whom a whole feed did not name.
pub(super) const NOT_NAMED: &str = "missing from the source";

/// What a person wants of an attendee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockChange {
    /// That they are out, and that no record brings them back.
    Put,
    /// That their records count again, as they were last read.
    Lifted,
}

/// The plan for it; `None` where it is so already, or where there is no such attendee. It belongs
/// to no run: nothing is counted or logged, and nobody is invited.
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
        // Their records count as they stand: as if the run that wrote them went on.
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
