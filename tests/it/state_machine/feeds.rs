//! Two feeds whose records come, change and go.

use std::collections::BTreeMap;

use attendee_sync_testkit::model::ModelSettings;
use serde_json::{Value, json};

/// The events of the community.
pub(crate) const EVENTS: [&str; 2] = ["devcon", "summit"];
/// The people.
pub(crate) const PEOPLE: [&str; 5] = ["ada", "bo", "cy", "di", "ed"];
/// The groups.
pub(crate) const GROUPS: [&str; 3] = ["Regular", "VIP", "Crew"];
const COMPANIES: [&str; 2] = ["Initech", "Hooli"];

/// The settings with which events begin, or others.
pub(crate) fn settings(removes_missing: bool, has_rule: bool, by_track: bool) -> ModelSettings {
    ModelSettings {
        removes_missing,
        has_rule,
        // A field that only some records have.
        groups: if by_track { "tracks" } else { "groups" },
        ..ModelSettings::default()
    }
}

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// It is taken.
    Plain,
    /// A rule takes them out by it, where there is one.
    Cancelled,
    /// A rule leaves it out of scope.
    Test,
    /// Its address is none.
    Bad,
}

/// A record of a feed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MachineRecord {
    /// Whose.
    pub(crate) who: usize,
    /// Whether the address is in capitals.
    pub(crate) shouts: bool,
    /// Which company, if any.
    pub(crate) company: Option<u8>,
    /// Which groups, bit by bit.
    pub(crate) groups: u8,
    /// What becomes of it.
    pub(crate) kind: RecordKind,
    /// The delete flag.
    pub(crate) flag: Value,
}

impl MachineRecord {
    fn json(&self, event: usize, place: usize) -> Value {
        let name = PEOPLE[self.who];
        let email = match (self.kind, self.shouts) {
            (RecordKind::Bad, _) => "nobody at all".to_owned(),
            (_, true) => format!(" {}@Example.ORG", name.to_uppercase()),
            (_, false) => format!("{name}@example.org"),
        };
        let groups: Vec<&str> = (0..2)
            .filter(|group| self.groups & (1 << group) != 0)
            .map(|group| GROUPS[group])
            .collect();
        let tracks = if self.groups > 5 {
            groups.clone()
        } else {
            Vec::new()
        };
        let badge = (self.groups > 3).then(|| format!("https://badges.example.org/{name}"));
        json!({
            "id": format!("{event}-{place}"), "email": email, "first": name, "last": "Example",
            "company": self.company.map(|company| COMPANIES[usize::from(company)]),
            "groups": groups, "tracks": tracks, "badge": badge, "cancelled": self.kind == RecordKind::Cancelled,
            "test": self.kind == RecordKind::Test, "erased": self.flag
        })
    }
}

/// The feeds of the events, each record at its place.
#[derive(Debug, Default)]
pub(crate) struct MachineFeeds([BTreeMap<usize, MachineRecord>; EVENTS.len()]);

impl MachineFeeds {
    /// A record, or none, stands at this place from now on. Who is flagged has no other record in the
    /// same feed: which of them counts is not the same whenever they are read.
    pub(crate) fn put(&mut self, event: usize, place: usize, record: Option<MachineRecord>) {
        let feed = &mut self.0[event];
        if let Some(record) = &record {
            let is_flagged = |record: &MachineRecord| record.flag == json!("yes");
            feed.retain(|_, other| {
                other.who != record.who || !(is_flagged(other) || is_flagged(record))
            });
        }
        match record {
            Some(record) => drop(feed.insert(place, record)),
            None => drop(feed.remove(&place)),
        }
    }

    /// The records of an event.
    pub(crate) fn of(&self, event: usize) -> Vec<Value> {
        let feed = self.0[event].iter();
        feed.map(|(place, record)| record.json(event, *place))
            .collect()
    }
}
