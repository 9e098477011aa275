//! A table in memory that plans are applied to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::build::{NAMES, person, policy};
use super::text::person_as_stored;
use crate::evaluate::Contribution;
use crate::group::{Group, GroupKey, GroupName};
use crate::ids::{PersonId, PersonKey, RunNumber};
use crate::invitation::Invitation;
use crate::people::{
    Attendee, ErasedRecord, Grantor, Membership, Presence, Tombstone, User, UserState, Versioned,
};
use crate::plan::{
    Actual, Batch, BlockChange, Delta, Inviting, PersonPlan, PersonStep, Plan, Policy, Put, plan,
    set_blocked,
};
use crate::profile::Profile;
use crate::run::Counts;

const KEY: PersonKey = PersonKey([3; 32]);

/// What is stored, and what the plans applied to it said is known of the feed.
#[derive(Debug, Clone)]
pub(super) struct PlanWorld {
    policy: Policy,
    pub(super) actual: Actual,
    members: BTreeSet<(GroupKey, PersonId)>,
    pub(super) known: BTreeMap<PersonId, Vec<u64>>,
    newest: RunNumber,
    /// The records of the newest batch.
    last_read: Vec<Contribution>,
}

impl PlanWorld {
    pub(super) fn new(mapping: &Value) -> Self {
        Self {
            policy: policy(mapping),
            actual: Actual {
                key: Some(KEY),
                ..Actual::default()
            },
            last_read: Vec::new(),
            members: BTreeSet::new(),
            known: BTreeMap::new(),
            newest: RunNumber(0),
        }
    }

    /// From now on those who arrive are invited, or not.
    pub(super) fn invite(&mut self, inviting: Inviting) {
        self.policy.inviting = inviting;
    }

    /// What becomes of someone's invitation beside the plans.
    pub(super) fn invitation(
        &mut self,
        name: &str,
        change: impl FnOnce(&Invitation) -> Invitation,
    ) {
        let stored = self.actual.attendees.get_mut(&person(name)).unwrap();
        let invitation = stored.value.invitation.as_ref().unwrap();
        stored.value.invitation = Some(change(invitation));
        stored.version += 1;
    }

    /// Makes a user, if there is none, and gives them a group.
    pub(super) fn grant(&mut self, name: &str, group: &str, by: Grantor) {
        let at = self
            .actual
            .users
            .entry(person(name))
            .or_insert_with(|| Versioned {
                version: 1,
                value: UserState::User(User {
                    email: format!("{name}@example.org").parse().unwrap(),
                    profile: Profile::default(),
                    set_by: BTreeMap::new(),
                    groups: BTreeMap::new(),
                    events: BTreeMap::new(),
                    created: at_run(RunNumber(0)),
                    updated: at_run(RunNumber(0)),
                }),
            });
        let UserState::User(user) = &mut at.value else {
            panic!("{name} was erased")
        };
        let group = GroupName::parse(group).unwrap();
        let group = self
            .actual
            .groups
            .entry(group.key())
            .or_insert(group)
            .clone();
        let membership = user.groups.entry(group.key()).or_insert(Membership {
            name: group.clone(),
            by: BTreeSet::new(),
        });
        membership.by.insert(by);
        self.members.insert((group.key(), person(name)));
    }

    pub(super) fn plan(&self, batch: &Batch) -> Plan {
        plan(batch, &self.actual, &self.policy, at_run(batch.run))
    }

    /// Plans, checks what holds for every plan, and applies.
    pub(super) fn sync(&mut self, batch: &Batch) -> Plan {
        let plan = self.plan(batch);
        for (delta, person) in batch.people.iter().zip(&plan.people) {
            assert_counts(delta, person);
        }
        self.newest = self.newest.max(batch.run);
        let read = batch.people.iter().flat_map(|delta| &delta.contributions);
        self.last_read = read.cloned().collect();
        self.apply(&plan);
        plan
    }

    /// Bars somebody, or lifts it; whether that changed anything.
    pub(super) fn bar(&mut self, name: &str, wish: BlockChange) -> Option<Plan> {
        let now = at_run(self.newest);
        let plan = Plan {
            people: vec![set_blocked(
                person(name),
                wish,
                &self.actual,
                &self.policy,
                now,
            )?],
            ..Plan::default()
        };
        assert_eq!(
            set_blocked(person(name), wish, &self.actual, &self.policy, now).as_ref(),
            plan.people.first()
        );
        self.apply(&plan);
        assert_eq!(
            set_blocked(person(name), wish, &self.actual, &self.policy, now),
            None
        );
        Some(plan)
    }

    fn apply(&mut self, plan: &Plan) {
        for Group { key, name } in &plan.groups {
            let before = self.actual.groups.insert(key.clone(), name.clone());
            assert_eq!(before, None, "a group is made once");
        }
        for plan in &plan.people {
            match &plan.step {
                PersonStep::StayErased(kept) => {
                    let kept = Put {
                        expected: kept.expected,
                        value: UserState::Erased(kept.value.clone()),
                    };
                    put(&mut self.actual.users, plan.person, Some(kept));
                }
                PersonStep::Write {
                    user,
                    joins,
                    leaves,
                    attendee,
                } => {
                    assert!(
                        user.is_none() || attendee.is_some(),
                        "a user is written without the attendee it was planned by"
                    );
                    let user = user.as_ref().map(|put| Put {
                        expected: put.expected,
                        value: UserState::User(put.value.clone()),
                    });
                    put(&mut self.actual.users, plan.person, user);
                    put(
                        &mut self.actual.attendees,
                        plan.person,
                        attendee.clone().map(|put| *put),
                    );
                    for group in joins {
                        assert!(self.members.insert((group.clone(), plan.person)));
                    }
                    for group in leaves {
                        assert!(self.members.remove(&(group.clone(), plan.person)));
                    }
                }
                PersonStep::Erase => self.erase(plan),
            }
            if let Some(known) = &plan.known {
                let hashes = known.iter().map(|record| record.hash);
                self.known.insert(plan.person, hashes.collect());
            }
            self.assert_consistent(plan.person);
        }
    }

    fn erase(&mut self, plan: &PersonPlan) {
        let version = self
            .actual
            .users
            .get(&plan.person)
            .map_or(0, |user| user.version);
        let attendee = self.actual.attendees.remove(&plan.person);
        let stored = attendee.iter().flat_map(|a| &a.value.records);
        let erased = |record: &Contribution| ErasedRecord {
            key: record.key,
            mapping_hash: 1,
            said: record.said(&KEY),
        };
        let said = self.last_read.iter().chain(stored).map(erased).collect();
        let tombstone = Tombstone {
            erased: at_run(self.newest),
            runs: BTreeMap::from([(self.policy.event.clone(), self.newest)]),
            records: BTreeSet::new(),
            said: BTreeMap::from([(self.policy.event.clone(), said)]),
        };
        self.members.retain(|(_, member)| *member != plan.person);
        let value = UserState::Erased(tombstone);
        self.actual.users.insert(
            plan.person,
            Versioned {
                version: version + 1,
                value,
            },
        );
    }

    /// User, attendee, members and known records tell the same story.
    fn assert_consistent(&self, person: PersonId) {
        let attendee = self.actual.attendees.get(&person).map(|a| &a.value);
        let user = match self.actual.users.get(&person).map(|user| &user.value) {
            Some(UserState::User(user)) => Some(user),
            Some(UserState::Erased(_)) => return,
            None => None,
        };
        let attends = attendee.is_some_and(|a| a.presence == Presence::Attending);
        let presence = user.and_then(|user| user.events.get(&self.policy.event));
        assert_eq!(presence == Some(&Presence::Attending), attends);
        let groups: BTreeSet<&GroupKey> = user.iter().flat_map(|user| user.groups.keys()).collect();
        let members = self.members.iter().filter(|(_, member)| *member == person);
        assert_eq!(
            members.map(|(group, _)| group).collect::<BTreeSet<_>>(),
            groups
        );
        let stored: Vec<u64> = attendee
            .iter()
            .flat_map(|a| &a.records)
            .map(|record| record.hash)
            .collect();
        for hash in self.known.get(&person).into_iter().flatten() {
            assert!(stored.contains(hash), "{hash} is known and not stored");
        }
    }

    pub(super) fn attendee(&self, name: &str) -> &Attendee {
        &self.actual.attendees[&person(name)].value
    }

    /// What is stored of a person but for versions, times and the log.
    pub(super) fn state_of(&self, name: &str) -> String {
        let user = self.actual.users.get(&person(name)).map(|user| &user.value);
        let attendee = self.actual.attendees.get(&person(name));
        person_as_stored(name, user, attendee.map(|attendee| &attendee.value))
    }

    pub(super) fn state(&self) -> String {
        NAMES.map(|name| self.state_of(name)).join("\n")
    }
}

/// A time that tells the runs apart.
fn at_run(run: RunNumber) -> Timestamp {
    Timestamp::from_second(i64::from(run.0) * 3_600).unwrap()
}

fn put<T>(stored: &mut BTreeMap<PersonId, Versioned<T>>, person: PersonId, write: Option<Put<T>>) {
    let Some(write) = write else { return };
    let found = stored.get(&person).map(|stored| stored.version);
    assert_eq!(
        found, write.expected,
        "the version expected is the one stored"
    );
    let version = found.unwrap_or(0) + 1;
    let value = write.value;
    stored.insert(person, Versioned { version, value });
}

/// Each record is counted once; one that was kept stands for a person without new ones.
fn assert_counts(delta: &Delta, plan: &PersonPlan) {
    let records = if delta.missing || delta.is_beside_records() {
        0
    } else {
        delta.contributions.len().max(1) as u64
    };
    let whole = Counts {
        records_read: records,
        ..plan.counts
    };
    assert!(whole.add_up(), "{records} records, {:?}", plan.counts);
}
