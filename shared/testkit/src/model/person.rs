//! The effect of a read on one person.

use std::collections::BTreeSet;

use super::read::{ModelRead, ModelSays, Prints, comes_back};
use super::{ModelAttendee, ModelUser, ReferenceModel};

impl ReferenceModel {
    /// Applies a whole feed to a person: `records` are their readable records, `moved` the ids of
    /// records that moved to other addresses.
    pub(super) fn person(
        &mut self,
        event: &str,
        who: &str,
        records: Vec<ModelRead>,
        rejected: &BTreeSet<String>,
        moved: &BTreeSet<String>,
    ) {
        let prints: Prints = records
            .iter()
            .map(|record| (record.print.clone(), record.id.clone()))
            .collect();
        let here = self.events.get_mut(event).unwrap();
        let known = here.known.get(who).cloned().unwrap_or_default();
        if prints == known {
            return;
        }
        let brings_nothing_new = prints.keys().all(|print| known.contains_key(print));
        if brings_nothing_new && !moved.is_empty() {
            self.loses(event, who, &prints, rejected, moved);
            return;
        }
        let attendee = here.attendees.get(who);
        if brings_nothing_new {
            // A person whose record cannot be read is not missing.
            let mut ids = attendee
                .iter()
                .flat_map(|known| &known.records)
                .map(|read| &read.id);
            let own = attendee.and_then(|known| known.id.as_ref());
            if attendee.is_none() || ids.any(|id| rejected.contains(id)) {
                return;
            }
            if own.is_some_and(|id| rejected.contains(id)) {
                return;
            }
        }
        if prints.is_empty() {
            if here.settings.removes_missing {
                self.missing(event, who);
            }
            return;
        }
        here.known.insert(who.to_owned(), prints);
        if let Some(said) = self.erased.get_mut(who) {
            // Only an attending person comes back.
            let says = |wanted| records.iter().any(|record| record.says == wanted);
            let said = said.entry(event.to_owned()).or_default();
            if !comes_back(said, &records) || says(ModelSays::Erases) || !says(ModelSays::Lives) {
                return;
            }
            self.erased.remove(who);
        }
        self.decide(event, who, records);
    }

    /// Handles a person whose records moved to other addresses.
    fn loses(
        &mut self,
        event: &str,
        who: &str,
        prints: &Prints,
        rejected: &BTreeSet<String>,
        moved: &BTreeSet<String>,
    ) {
        let here = self.events.get_mut(event).unwrap();
        let all_stay = prints.is_empty() && !here.settings.removes_missing;
        let stays = |print: &String, id: &String| {
            !moved.contains(id) && (all_stay || prints.contains_key(print) || rejected.contains(id))
        };
        if let Some(known) = here.known.get_mut(who) {
            known.retain(|print, id| stays(print, id));
        }
        let Some(attendee) = here.attendees.get(who) else {
            return;
        };
        let (attends, blocked) = (attendee.attends, attendee.blocked);
        let records = attendee.records.iter();
        // A person who was removed although a record made them attend was missing.
        let left: Vec<ModelRead> = records
            .filter(|read| stays(&read.print, &read.id))
            .filter(|read| attends || blocked || read.says != ModelSays::Lives)
            .cloned()
            .collect();
        if left.is_empty() {
            self.take_out(event, who, left);
        } else {
            self.decide(event, who, left);
        }
    }

    fn missing(&mut self, event: &str, who: &str) {
        let here = self.events.get_mut(event).unwrap();
        here.known.insert(who.to_owned(), Prints::new());
        let Some(attendee) = here.attendees.get(who) else {
            return;
        };
        if attendee.blocked {
            self.take_out(event, who, Vec::new());
        } else if attendee.attends {
            let records = attendee.records.clone();
            self.take_out(event, who, records);
        }
    }

    /// Applies the records of a person.
    pub(super) fn decide(&mut self, event: &str, who: &str, records: Vec<ModelRead>) {
        let mut says = records.iter().map(|record| record.says);
        if says.any(|says| says == ModelSays::Erases) {
            self.erase(who);
            let said = self.erased.get_mut(who).unwrap();
            let said = said.entry(event.to_owned()).or_default();
            said.extend(records.into_iter().map(ModelRead::erased));
            return;
        }
        let attendee = self.events[event].attendees.get(who);
        let blocked = attendee.is_some_and(|known| known.blocked);
        if blocked || records.iter().all(|record| record.says == ModelSays::Goes) {
            self.take_out(event, who, records);
        } else {
            self.let_in(event, who, &records);
        }
    }

    fn let_in(&mut self, event: &str, who: &str, records: &[ModelRead]) {
        let live: Vec<&ModelRead> = records
            .iter()
            .filter(|read| read.says == ModelSays::Lives)
            .collect();
        let user = self.users.entry(who.to_owned()).or_default();
        user.company = live.iter().rev().find_map(|read| read.company.clone());
        let wanted: BTreeSet<String> = live.iter().flat_map(|read| read.groups.clone()).collect();
        user.regroup(event, &wanted);
        user.events.insert(event.to_owned(), true);
        let attendee = ModelAttendee {
            attends: true,
            blocked: false,
            id: live.last().map(|read| read.id.clone()),
            badge: live.iter().rev().find_map(|read| read.badge.clone()),
            records: records.to_vec(),
        };
        let here = self.events.get_mut(event).unwrap();
        here.attendees.insert(who.to_owned(), attendee);
    }

    /// Removes a person from the event.
    pub(super) fn take_out(&mut self, event: &str, who: &str, records: Vec<ModelRead>) {
        if let Some(user) = self.users.get_mut(who) {
            user.regroup(event, &BTreeSet::new());
            if let Some(attends) = user.events.get_mut(event) {
                *attends = false;
            }
        }
        let here = self.events.get_mut(event).unwrap();
        let attendee = here.attendees.entry(who.to_owned()).or_default();
        attendee.attends = false;
        attendee.records = records;
    }
}

impl ModelUser {
    /// Makes `wanted` the groups that an event grants.
    pub(super) fn regroup(&mut self, event: &str, wanted: &BTreeSet<String>) {
        let by = format!("event:{event}");
        for group in wanted {
            let given = self.groups.entry(group.clone()).or_default();
            given.insert(by.clone());
        }
        for (group, given) in &mut self.groups {
            if !wanted.contains(group) {
                given.remove(&by);
            }
        }
        self.groups.retain(|_, given| !given.is_empty());
    }
}
