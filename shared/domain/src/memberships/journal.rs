//! One item of the journal: the names of its groups, each once, then for each person the groups
//! they joined and left.

use std::collections::HashMap;

use super::MembershipEntry;
use super::bytes::{Bytes, MalformedEntries, put_number};
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
    /// Adds the groups that a person joined and left with this version of their user.
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

    /// Returns the size of the item so far, in bytes.
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

/// A packed item whose header was read.
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

    /// Adds the number of entries of each group to `counts`.
    pub fn count(&self, counts: &mut HashMap<String, usize>) -> Result<(), MalformedEntries> {
        let mut by_number = vec![0; self.groups.len()];
        self.each(|number, _| {
            *by_number.get_mut(number).ok_or(MalformedEntries)? += 1;
            Ok(())
        })?;
        for (group, count) in self.groups.iter().zip(by_number) {
            *counts.entry((*group).to_owned()).or_default() += count;
        }
        Ok(())
    }

    /// Adds the entries of the groups that are keys of the map.
    pub fn add_to(
        &self,
        entries: &mut HashMap<String, Vec<MembershipEntry>>,
    ) -> Result<(), MalformedEntries> {
        let wanted = |group: &&str| entries.contains_key(*group).then(Vec::new);
        let mut by_number: Vec<Option<Vec<_>>> = self.groups.iter().map(wanted).collect();
        self.each(|number, entry| {
            let of_group = by_number.get_mut(number).ok_or(MalformedEntries)?;
            if let Some(of_group) = of_group {
                of_group.push(entry);
            }
            Ok(())
        })?;
        for (group, new) in self.groups.iter().zip(by_number) {
            if let Some((known, new)) = entries.get_mut(*group).zip(new) {
                known.extend(new);
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
