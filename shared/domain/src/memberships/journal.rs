//! One item of the journal: the names of its groups, each once, then person by person the groups they came
//! into and left.

use std::collections::HashMap;

use super::bytes::{Bytes, MalformedEntries, put_number};
use super::{GroupUpdates, MembershipEntry};
use crate::group::GroupKey;
use crate::ids::PersonId;

const FORMAT: u8 = 1;

/// Packs the entries of an item.
#[derive(Debug, Default)]
pub struct JournalPacker<'g> {
    numbers: HashMap<&'g str, u64>,
    names: Vec<u8>,
    people: Vec<u8>,
}

impl<'g> JournalPacker<'g> {
    /// Adds the groups that a person came into and left with this version of their user.
    pub fn add(
        &mut self,
        person: PersonId,
        version: u64,
        joins: impl ExactSizeIterator<Item = &'g GroupKey>,
        leaves: impl ExactSizeIterator<Item = &'g GroupKey>,
    ) {
        let count = joins.len() + leaves.len();
        if count == 0 {
            return;
        }
        self.people.extend_from_slice(&person.to_bytes());
        put_number(&mut self.people, version);
        put_number(&mut self.people, count as u64);
        let joins = joins.map(|group| (group, true));
        for (group, is_member) in joins.chain(leaves.map(|group| (group, false))) {
            let number = self.number_of(group);
            put_number(&mut self.people, number << 1 | u64::from(is_member));
        }
    }

    fn number_of(&mut self, group: &'g GroupKey) -> u64 {
        let next = self.numbers.len() as u64;
        let name = group.as_str();
        let names = &mut self.names;
        *self.numbers.entry(name).or_insert_with(|| {
            put_number(names, name.len() as u64);
            names.extend_from_slice(name.as_bytes());
            next
        })
    }

    /// How many bytes the item has so far.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.names.len() + self.people.len()
    }

    /// Returns the packed item and begins the next one; `None` where it has no entry.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let packed = std::mem::take(self);
        if packed.people.is_empty() {
            return None;
        }
        let mut bytes = vec![FORMAT];
        put_number(&mut bytes, packed.numbers.len() as u64);
        bytes.extend(packed.names);
        bytes.extend(packed.people);
        Some(bytes)
    }
}

/// A packed item, read.
#[derive(Debug)]
pub struct JournalItem<'b> {
    groups: Vec<&'b str>,
    people: Bytes<'b>,
}

impl<'b> JournalItem<'b> {
    /// Reads the names of the groups of a packed item.
    pub fn read(bytes: &'b [u8]) -> Result<Self, MalformedEntries> {
        let mut bytes = Bytes::of_format(bytes, FORMAT)?;
        let mut groups = Vec::new();
        for _ in 0..bytes.count()? {
            let length = bytes.count()?;
            let name = bytes.take(length)?;
            groups.push(std::str::from_utf8(name).map_err(|_| MalformedEntries)?);
        }
        Ok(Self {
            groups,
            people: bytes,
        })
    }

    /// Adds the entries of one group to those that are known of it.
    pub fn add_of_group(
        &self,
        group: &str,
        updates: &mut GroupUpdates,
    ) -> Result<(), MalformedEntries> {
        let Some(wanted) = self.groups.iter().position(|known| *known == group) else {
            return Ok(());
        };
        self.each(|number, entry| {
            if number == wanted {
                updates.add(entry);
            }
            Ok(())
        })
    }

    /// Adds all entries to those that are known, by group.
    pub fn add_to(
        &self,
        updates: &mut HashMap<String, GroupUpdates>,
    ) -> Result<(), MalformedEntries> {
        let mut by_number: Vec<GroupUpdates> = Vec::new();
        by_number.resize_with(self.groups.len(), GroupUpdates::default);
        self.each(|number, entry| {
            let group = by_number.get_mut(number).ok_or(MalformedEntries)?;
            group.add(entry);
            Ok(())
        })?;
        for (group, new) in self.groups.iter().zip(by_number) {
            let known = updates.entry((*group).to_owned()).or_default();
            if known.is_empty() {
                *known = new;
            } else {
                new.0.into_values().for_each(|entry| known.add(entry));
            }
        }
        Ok(())
    }

    fn each(
        &self,
        mut take: impl FnMut(usize, MembershipEntry) -> Result<(), MalformedEntries>,
    ) -> Result<(), MalformedEntries> {
        let mut people = self.people;
        while !people.is_at_end() {
            let person = people.person()?;
            let version = people.number()?;
            for _ in 0..people.number()? {
                let packed = people.number()?;
                let number = usize::try_from(packed >> 1).map_err(|_| MalformedEntries)?;
                let entry = MembershipEntry {
                    person,
                    version,
                    is_member: packed & 1 == 1,
                };
                take(number, entry)?;
            }
        }
        Ok(())
    }
}
