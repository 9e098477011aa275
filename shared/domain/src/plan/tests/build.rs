//! Builders of records, deltas and batches.

use serde_json::{Value, json};

use crate::evaluate::{Contribution, Disposition, Incoming};
use crate::group::{GroupKey, GroupName};
use crate::ids::{PersonId, PersonKey, RunNumber};
use crate::people::Grantor;
use crate::plan::{Batch, Delta, Policy, UnchangedRecord};
use crate::profile::{AttendeeField, Profile, ProfileField};

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
        unsettled: false,
        position: u32::try_from(hash).unwrap(),
        hash,
        key: crate::fingerprint::NO_KEY,
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

/// A record that a rule takes for a user who does not attend.
pub(super) fn user_only(hash: u64, rule: u32) -> Contribution {
    Contribution {
        disposition: Disposition::UserOnly(rule),
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
pub(super) trait ContributionBuilder {
    fn at(self, position: u32) -> Self;
    fn field(self, field: ProfileField, value: &str) -> Self;
    fn company(self, value: &str) -> Self;
    fn groups(self, names: &[&str]) -> Self;
    fn badge(self, url: &str) -> Self;
    fn source(self, id: &str) -> Self;
    fn unusable(self, field: AttendeeField) -> Self;
}

impl ContributionBuilder for Contribution {
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

    fn unusable(mut self, field: AttendeeField) -> Self {
        self.incoming.unusable.insert(field);
        self
    }
}

pub(super) fn delta(name: &str, contributions: Vec<Contribution>) -> Delta {
    Delta {
        contributions,
        mapping_hash: 1,
        ..Delta::new(person(name), format!("{name}@example.org").parse().unwrap())
    }
}

/// The delta as a read of only what changed gives it.
pub(super) fn changes(delta: Delta) -> Delta {
    Delta {
        partial: true,
        ..delta
    }
}

/// The delta with records that are in the feed as they were: fingerprint and position.
pub(super) fn keeping(mut delta: Delta, kept: &[(u64, u32)]) -> Delta {
    delta.kept = kept
        .iter()
        .map(|(hash, position)| UnchangedRecord {
            hash: *hash,
            position: *position,
        })
        .collect();
    delta
}

pub(super) fn missing(name: &str) -> Delta {
    Delta {
        also_live: false,
        missing: true,
        partial: false,
        ..delta(name, Vec::new())
    }
}

pub(super) fn batch(run: u32, people: Vec<Delta>) -> Batch {
    Batch {
        after_all: false,
        run: RunNumber(run),
        number: 1,
        people,
        issues: Vec::new(),
        ignored: Vec::new(),
        expects_strangers: false,
    }
}
