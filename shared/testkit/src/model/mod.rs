//! A reference model of the users and attendees of a community after syncs, configurations and
//! edits by hand: in memory, one step at a time, without any cache. It knows no batches,
//! fingerprints, versions or stores. Sources are mapped as in [`document`](crate::world::document),
//! except for what [`ModelSettings`] says.

mod lines;
mod person;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use lines::seen;
use read::{ModelRead, ModelSays, Prints};

/// The settings of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSettings {
    /// Whether people missing from the feed are removed.
    pub removes_missing: bool,
    /// Whether the event has the rule that removes cancelled people.
    pub has_rule: bool,
    /// The field that groups come from.
    pub groups: &'static str,
    /// The field that the company comes from.
    pub company: &'static str,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            removes_missing: false,
            has_rule: false,
            groups: "groups",
            company: "company",
        }
    }
}

/// An attendee of one event; their address is the key.
#[derive(Debug, Clone, Default)]
struct ModelAttendee {
    attends: bool,
    blocked: bool,
    id: Option<String>,
    badge: Option<String>,
    records: Vec<ModelRead>,
}

#[derive(Debug, Clone, Default)]
struct ModelUser {
    company: Option<String>,
    /// The grantors of each group.
    groups: BTreeMap<String, BTreeSet<String>>,
    /// Whether the user attends each event.
    events: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, Default)]
struct ModelEvent {
    settings: ModelSettings,
    attendees: BTreeMap<String, ModelAttendee>,
    /// The records last read of each person.
    known: BTreeMap<String, Prints>,
}

/// The content of erased people's records, by event: id, how it was read, and the content.
type ErasedSaid = BTreeMap<String, BTreeSet<(String, String, String)>>;

/// The grantor of groups given by hand.
const HAND: &str = "hand";

/// The state of the whole community. People are identified by their addresses in lower case.
#[derive(Debug, Clone, Default)]
pub struct ReferenceModel {
    events: BTreeMap<String, ModelEvent>,
    users: BTreeMap<String, ModelUser>,
    /// For each erased person, the content that does not bring them back.
    erased: BTreeMap<String, ErasedSaid>,
}

/// The records of a feed, sorted.
#[derive(Default)]
struct ModelFeed {
    /// The records of people by address, each person's by their ids.
    people: BTreeMap<String, Vec<ModelRead>>,
    /// Ids of records that identify nobody.
    rejected: BTreeSet<String>,
    /// Ids of records that moved to other addresses, by the earlier owner.
    moved: BTreeMap<String, BTreeSet<String>>,
    /// Corrected addresses: the earlier one and the new one.
    corrected: Vec<(String, String)>,
}

impl ReferenceModel {
    /// Configures an event, or changes its configuration.
    pub fn configure(&mut self, event: &str, settings: &ModelSettings) {
        let event = self.events.entry(event.to_owned()).or_default();
        event.settings = settings.clone();
    }

    /// Deletes an event. Its users stay.
    pub fn delete_event(&mut self, event: &str) {
        self.events.remove(event);
        for user in self.users.values_mut() {
            user.events.remove(event);
            user.regroup(event, &BTreeSet::new());
        }
        for said in self.erased.values_mut() {
            said.remove(event);
        }
    }

    /// Grants a group by hand; returns false where the person is no user.
    pub fn grant(&mut self, who: &str, group: &str) -> bool {
        let Some(user) = self.users.get_mut(who) else {
            return false;
        };
        let given = user.groups.entry(group.to_owned()).or_default();
        given.insert(HAND.to_owned());
        true
    }

    /// Removes a grant by hand; returns false where the person is no user.
    pub fn revoke(&mut self, who: &str, group: &str) -> bool {
        let Some(user) = self.users.get_mut(who) else {
            return false;
        };
        if let Some(by) = user.groups.get_mut(group) {
            by.remove(HAND);
        }
        user.groups.retain(|_, by| !by.is_empty());
        true
    }

    /// Blocks or unblocks an attendee; returns false where the person is no attendee.
    pub fn bar(&mut self, event: &str, who: &str, is_out: bool) -> bool {
        let here = self.events.get_mut(event).unwrap();
        let Some(attendee) = here.attendees.get_mut(who) else {
            return false;
        };
        if attendee.blocked == is_out {
            return true;
        }
        attendee.blocked = is_out;
        let records = attendee.records.clone();
        if is_out {
            self.take_out(event, who, records);
        } else if !records.is_empty() {
            self.decide(event, who, records);
        }
        true
    }

    /// Erases a person from the community.
    pub fn erase(&mut self, who: &str) {
        if self.erased.contains_key(who) {
            return;
        }
        let mut said = ErasedSaid::new();
        for (name, event) in &mut self.events {
            let attendee = event.attendees.remove(who);
            let records = attendee.into_iter().flat_map(|attendee| attendee.records);
            said.insert(name.clone(), records.map(ModelRead::erased).collect());
        }
        self.users.remove(who);
        self.erased.insert(who.to_owned(), said);
    }

    /// Returns whether a run refuses the feed, because nothing in it is usable and the event had
    /// people.
    #[must_use]
    pub fn refuses(&self, event: &str, feed: &[Value]) -> bool {
        let here = &self.events[event];
        let had_people = here
            .attendees
            .values()
            .any(|attendee| attendee.attends && !attendee.records.is_empty());
        let reads: Vec<Option<ModelRead>> = feed
            .iter()
            .map(|record| ModelRead::of(record, &here.settings))
            .collect();
        let is_bad = |read: &ModelRead| read.who.is_none() && read.says != ModelSays::Erases;
        let none_is_used = reads.iter().flatten().all(is_bad);
        let is_empty = feed.is_empty() && !here.settings.removes_missing;
        had_people && none_is_used && (is_empty || reads.iter().flatten().any(is_bad))
    }

    /// Applies a whole feed to an event.
    pub fn sync(&mut self, event: &str, feed: &[Value]) {
        let mut feed = self.sorted(event, feed);
        let carried = self.carried(&feed.corrected);
        let known = self.events[event].known.keys().cloned();
        let all: BTreeSet<String> = known.chain(feed.people.keys().cloned()).collect();
        for who in &all {
            let records = feed.people.remove(who).unwrap_or_default();
            let moved = feed.moved.remove(who).unwrap_or_default();
            self.person(event, who, records, &feed.rejected, &moved);
        }
        for (who, groups) in carried {
            for group in groups {
                self.grant(&who, &group);
            }
        }
    }

    fn sorted(&self, event: &str, records: &[Value]) -> ModelFeed {
        let here = &self.events[event];
        let mut feed = ModelFeed::default();
        let reads = records
            .iter()
            .filter_map(|record| ModelRead::of(record, &here.settings));
        for read in reads {
            let holder = here.holder(&read.id);
            let is_there = holder.filter(|holder| here.attendees.contains_key(*holder));
            let Some(who) = read.who.clone() else {
                if read.says != ModelSays::Erases {
                    feed.rejected.insert(read.id);
                } else if let Some(holder) = is_there {
                    // The record has no address, and its person is found by its id.
                    feed.people.entry(holder.clone()).or_default().push(read);
                }
                continue;
            };
            if let Some(holder) = is_there.filter(|holder| **holder != who) {
                let moved = feed.moved.entry(holder.clone()).or_default();
                moved.insert(read.id.clone());
                let had = here.attendees[holder].records.iter();
                if had
                    .clone()
                    .any(|had| had.id == read.id && had.name == read.name)
                {
                    feed.corrected.push((holder.clone(), who.clone()));
                }
            }
            feed.people.entry(who).or_default().push(read);
        }
        for records in feed.people.values_mut() {
            records.sort_by(|a, b| a.id.cmp(&b.id));
        }
        feed
    }

    /// Removes the groups by hand of corrected addresses; returns the new addresses, each with the
    /// groups to grant there.
    fn carried(&mut self, corrected: &[(String, String)]) -> Vec<(String, Vec<String>)> {
        let mut carried = Vec::new();
        for (from, to) in corrected {
            let Some(user) = self.users.get_mut(from) else {
                continue;
            };
            let by_hand = user.groups.iter().filter(|(_, by)| by.contains(HAND));
            let groups: Vec<String> = by_hand.map(|(group, _)| group.clone()).collect();
            for group in &groups {
                self.revoke(from, group);
            }
            carried.push((to.clone(), groups));
        }
        carried
    }

    /// Returns whether a person has a group by hand.
    #[must_use]
    pub fn is_given(&self, who: &str, group: &str) -> bool {
        let user = self.users.get(who);
        let by = user.and_then(|user| user.groups.get(group));
        by.is_some_and(|by| by.contains(HAND))
    }

    /// Returns whether a person is a user of the community.
    #[must_use]
    pub fn is_user(&self, who: &str) -> bool {
        self.users.contains_key(who)
    }

    /// Returns whether a person is erased.
    #[must_use]
    pub fn is_erased(&self, who: &str) -> bool {
        self.erased.contains_key(who)
    }

    /// Returns the number of users, and the number of erased people.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.users.len(), self.erased.len())
    }

    /// Returns whether a person attends an event; `None` where they are no attendee.
    #[must_use]
    pub fn attends(&self, event: &str, who: &str) -> Option<bool> {
        let attendee = self.events.get(event)?.attendees.get(who)?;
        Some(attendee.attends)
    }

    /// The attendees of an event by address, with whether they attend.
    pub fn attendees(&self, event: &str) -> impl Iterator<Item = (&str, bool)> {
        let all = self.events.get(event).into_iter();
        let all = all.flat_map(|event| &event.attendees);
        all.map(|(who, attendee)| (who.as_str(), attendee.attends))
    }

    /// Returns whether an event has read this record in this form.
    #[must_use]
    pub fn has_read(&self, event: &str, record: &Value) -> bool {
        let here = &self.events[event];
        ModelRead::of(record, &here.settings).is_some_and(|read| {
            let who = read.who.as_ref().and_then(|who| here.known.get(who));
            who.is_some_and(|prints| prints.contains_key(&read.print))
        })
    }
}
