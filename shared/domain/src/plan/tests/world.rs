//! Builders, a table in memory that plans are applied to, and plans and states as text.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::evaluate::{Contribution, Disposition, Incoming};
use crate::group::{Group, GroupKey, GroupName};
use crate::ids::{PersonId, PersonKey, RunNumber};
use crate::people::{
    Attendee, Grantor, Membership, Presence, Tombstone, User, UserState, Versioned,
};
use crate::plan::{Actual, Batch, Delta, Kept, PersonPlan, Plan, Policy, Put, Step, plan};
use crate::profile::{Profile, ProfileField};
use crate::run::Counts;

pub(super) const NAMES: [&str; 4] = ["ann", "bo", "cy", "di"];

pub(super) fn person(name: &str) -> PersonId {
    PersonId::of(
        &PersonKey([7; 32]),
        &format!("{name}@example.org").parse().unwrap(),
    )
}

pub(super) fn key(group: &str) -> GroupKey {
    GroupName::parse(group).unwrap().key()
}

pub(super) fn event(name: &str) -> Grantor {
    Grantor::Event(name.parse().unwrap())
}

/// The policy of the event `devcon`; `mapping` adds to names, company, groups, badge and id.
pub(super) fn policy(mapping: &Value) -> Policy {
    let mut document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example.org/api"},
        "mapping": {
            "source_id": "id", "email": "mail", "first_name": "first", "last_name": "last",
            "company": "company", "groups": "groups", "digital_badge": "badge",
        },
    });
    for (field, value) in mapping.as_object().unwrap() {
        document["mapping"][field] = value.clone();
    }
    Policy::new(&serde_json::from_value(document).unwrap())
}

/// A record of someone who attends; its position is its fingerprint unless [`Says::at`] moves it.
pub(super) fn live(hash: u64) -> Contribution {
    let mut profile = Profile::default();
    profile.set(ProfileField::FirstName, Some("First".to_owned()));
    profile.set(ProfileField::LastName, Some("Last".to_owned()));
    Contribution {
        position: u32::try_from(hash).unwrap(),
        hash,
        disposition: Disposition::Live,
        incoming: Incoming {
            profile,
            ..Incoming::default()
        },
    }
}

/// A record that a rule takes out of the event.
pub(super) fn removing(hash: u64, rule: u32) -> Contribution {
    Contribution {
        disposition: Disposition::Remove(rule),
        incoming: Incoming::default(),
        ..live(hash)
    }
}

/// A record whose delete flag is set.
pub(super) fn erasing(hash: u64) -> Contribution {
    Contribution {
        disposition: Disposition::Erase,
        ..removing(hash, 0)
    }
}

/// What else a record says.
pub(super) trait Says {
    fn at(self, position: u32) -> Self;
    fn field(self, field: ProfileField, value: &str) -> Self;
    fn company(self, value: &str) -> Self;
    fn groups(self, names: &[&str]) -> Self;
    fn badge(self, url: &str) -> Self;
    fn source(self, id: &str) -> Self;
    fn unusable(self, field: &str) -> Self;
}

impl Says for Contribution {
    fn at(mut self, position: u32) -> Self {
        self.position = position;
        self
    }

    fn field(mut self, field: ProfileField, value: &str) -> Self {
        self.incoming.profile.set(field, Some(value.to_owned()));
        self
    }

    fn company(self, value: &str) -> Self {
        self.field(ProfileField::Company, value)
    }

    fn groups(mut self, names: &[&str]) -> Self {
        self.incoming.groups = names
            .iter()
            .map(|name| GroupName::parse(name).unwrap())
            .collect();
        self
    }

    fn badge(mut self, url: &str) -> Self {
        self.incoming.digital_badge = Some(url.to_owned());
        self
    }

    fn source(mut self, id: &str) -> Self {
        self.incoming.source_id = Some(id.to_owned());
        self
    }

    fn unusable(mut self, field: &str) -> Self {
        self.incoming.unusable.insert(field.to_owned());
        self
    }
}

pub(super) fn delta(name: &str, contributions: Vec<Contribution>) -> Delta {
    Delta {
        person: person(name),
        email: format!("{name}@example.org").parse().unwrap(),
        contributions,
        kept: Vec::new(),
        missing: false,
    }
}

/// The delta with records that are in the feed as they were: fingerprint and position.
pub(super) fn keeping(mut delta: Delta, kept: &[(u64, u32)]) -> Delta {
    delta.kept = kept
        .iter()
        .map(|(hash, position)| Kept {
            hash: *hash,
            position: *position,
        })
        .collect();
    delta
}

pub(super) fn missing(name: &str) -> Delta {
    Delta {
        missing: true,
        ..delta(name, Vec::new())
    }
}

pub(super) fn batch(run: u32, people: Vec<Delta>) -> Batch {
    Batch {
        run: RunNumber(run),
        number: 1,
        people,
        issues: Vec::new(),
        ignored: Vec::new(),
    }
}

/// What is stored, and what the plans applied to it said is known of the feed.
#[derive(Debug, Clone)]
pub(super) struct World {
    policy: Policy,
    pub(super) actual: Actual,
    members: BTreeSet<(GroupKey, PersonId)>,
    pub(super) known: BTreeMap<PersonId, Vec<u64>>,
    newest: RunNumber,
}

impl World {
    pub(super) fn new(mapping: &Value) -> Self {
        Self {
            policy: policy(mapping),
            actual: Actual::default(),
            members: BTreeSet::new(),
            known: BTreeMap::new(),
            newest: RunNumber(0),
        }
    }

    /// Makes a user, if there is none, and gives her a group.
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
        self.apply(&plan);
        plan
    }

    fn apply(&mut self, plan: &Plan) {
        for Group { key, name } in &plan.groups {
            let before = self.actual.groups.insert(key.clone(), name.clone());
            assert_eq!(before, None, "a group is made once");
        }
        for plan in &plan.people {
            match &plan.step {
                Step::Write {
                    user,
                    joins,
                    leaves,
                    attendee,
                } => {
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
                Step::Erase => self.erase(plan),
            }
            if let Some(known) = &plan.known {
                self.known.insert(plan.person, known.clone());
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
        let stored = attendee
            .iter()
            .flat_map(|a| &a.value.records)
            .map(|record| record.hash);
        let tombstone = Tombstone {
            erased: at_run(self.newest),
            runs: BTreeMap::from([(self.policy.event.clone(), self.newest)]),
            records: stored.chain(plan.known.iter().flatten().copied()).collect(),
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
        assert_eq!(members.map(|(group, _)| group).collect::<BTreeSet<_>>(), groups);
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
        let user = self.actual.users.get(&person(name));
        let attendee = self.actual.attendees.get(&person(name));
        let mut lines = vec![match user.map(|user| &user.value) {
            None => format!("{name}: no user"),
            Some(UserState::Erased(_)) => format!("{name}: erased"),
            Some(UserState::User(user)) => format!("{name}: user {}", user_text(user)),
        }];
        if let Some(Versioned { value, .. }) = attendee {
            let records: Vec<String> = value.records.iter().map(|r| r.hash.to_string()).collect();
            let parts = [
                Some(format!("{:?}", value.presence).to_lowercase()),
                value.reason.clone(),
                value.source_id.as_ref().map(|id| format!("id {id}")),
                value.digital_badge.clone(),
                Some(format!("records {}", records.join(" "))),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            lines.push(format!("  {}", parts.join(", ")));
        }
        lines.join("\n")
    }

    pub(super) fn state(&self) -> String {
        NAMES.map(|name| self.state_of(name)).join("\n")
    }
}

/// A time that tells the runs apart.
fn at_run(run: RunNumber) -> Timestamp {
    Timestamp::from_second(i64::from(run.0) * 3_600).unwrap()
}

fn put<T>(
    stored: &mut BTreeMap<PersonId, Versioned<T>>,
    person: PersonId,
    write: Option<Put<T>>,
) {
    let Some(write) = write else { return };
    let found = stored.get(&person).map(|stored| stored.version);
    assert_eq!(found, write.expected, "the version expected is the one stored");
    let version = found.unwrap_or(0) + 1;
    let value = write.value;
    stored.insert(person, Versioned { version, value });
}

/// Each record is counted once; one that was kept stands for a person without new ones.
fn assert_counts(delta: &Delta, plan: &PersonPlan) {
    let records = if delta.missing {
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

fn user_text(user: &User) -> String {
    let fields = user
        .profile
        .iter()
        .map(|(field, value)| format!("{field}={value}"));
    let groups = user.groups.values().map(|membership| {
        let by: Vec<String> = membership.by.iter().map(ToString::to_string).collect();
        format!("{} by {}", membership.name, by.join("+"))
    });
    fields.chain(groups).collect::<Vec<_>>().join(", ")
}

/// A plan as short text.
pub(super) fn text(plan: &Plan) -> String {
    let mut lines: Vec<String> = plan
        .groups
        .iter()
        .map(|group| format!("new group {}", group.name))
        .collect();
    for person in &plan.people {
        person_text(person, &mut lines);
    }
    for issue in &plan.issues {
        let field = issue.field.as_deref().unwrap_or("record");
        lines.push(format!("issue {} {field}: {}", issue.position, issue.reason));
    }
    lines.join("\n")
}

fn person_text(plan: &PersonPlan, lines: &mut Vec<String>) {
    let name = NAMES
        .into_iter()
        .find(|name| person(name) == plan.person)
        .unwrap();
    let action = plan.change.as_ref().map_or("unchanged", |c| c.action.name());
    lines.push(format!("{name} {action}: {}", step_text(&plan.step)));
    if let Some(change) = &plan.change {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        for field in &change.fields {
            let (before, after) = (value(&field.before), value(&field.after));
            lines.push(format!("  {}: {before} -> {after}", field.field));
        }
        if let Some(reason) = &change.reason {
            lines.push(format!("  because {reason}"));
        }
    }
    let known = plan.known.as_ref().map_or("as before".to_owned(), |known| {
        let hashes: Vec<String> = known.iter().map(ToString::to_string).collect();
        format!("[{}]", hashes.join(" "))
    });
    lines.push(format!("  known {known}; {}", counts_text(&plan.counts)));
}

fn step_text(step: &Step) -> String {
    let Step::Write {
        user,
        joins,
        leaves,
        attendee,
    } = step
    else {
        return "erase".to_owned();
    };
    let write = |item: &str, expected: Option<u64>| match expected {
        None => format!("new {item}"),
        Some(version) => format!("{item} over {version}"),
    };
    let user = user.as_ref().map(|put| write("user", put.expected));
    let attendee = attendee.as_ref().map(|put| write("attendee", put.expected));
    let joins = joins.iter().map(|group| format!("joins {group}"));
    let leaves = leaves.iter().map(|group| format!("leaves {group}"));
    let parts: Vec<String> = user.into_iter().chain(joins).chain(leaves).chain(attendee).collect();
    if parts.is_empty() {
        "no write".to_owned()
    } else {
        parts.join(", ")
    }
}

fn counts_text(counts: &Counts) -> String {
    let parts = [
        ("added", counts.added),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("removed", counts.removed),
        ("erased", counts.erased),
        ("missing removed", counts.missing_removed),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    if parts.is_empty() {
        "counts nothing".to_owned()
    } else {
        parts.join(", ")
    }
}
