//! Known records: they have not changed and need no mapping.

use attendee_sync_domain::fingerprint::{KEY_UNKNOWN, NOBODY};
use attendee_sync_domain::plan::UnchangedRecord;

use super::{Fetch, leaf};

impl Fetch<'_> {
    /// Returns whether every record of the element is known, without parsing it: the fingerprint of
    /// the last record in an element marks it as the last.
    pub(super) fn known_unit(&mut self, unit: u64) -> bool {
        if self.path.is_flat() {
            self.position += 1;
            if self.known(unit) {
                return true;
            }
            self.position -= 1;
            return false;
        }
        let mut leaves = Vec::new();
        for index in 0.. {
            let last = leaf(unit, index, true);
            if self.skippable(last).is_some() {
                leaves.push(last);
                break;
            }
            let inner = leaf(unit, index, false);
            if self.skippable(inner).is_none() {
                return false;
            }
            leaves.push(inner);
        }
        for hash in leaves {
            self.position += 1;
            self.known(hash);
        }
        true
    }

    /// Returns the entry of a record that can be skipped: it is known, and no other record of its
    /// person has come up in this run.
    pub(super) fn skippable(&self, hash: u64) -> Option<usize> {
        if self.only().is_some() {
            return None;
        }
        let entry = self.fingerprints.find(hash)?;
        if self.fingerprints.key(entry) == KEY_UNKNOWN && self.fingerprints.person(entry) != NOBODY
        {
            // The entry was stored before source keys existed: its record is evaluated once, and
            // gets a key.
            return None;
        }
        (!self.touched.contains(&self.fingerprints.person(entry))).then_some(entry)
    }

    /// Skips and counts a record if it can be skipped. Returns whether it did.
    pub(super) fn known(&mut self, hash: u64) -> bool {
        let Some(entry) = self.skippable(hash) else {
            return false;
        };
        self.fingerprints.see(entry, self.position);
        self.names = None;
        if self.fingerprints.person(entry) == NOBODY {
            self.counts.ignored += 1;
        } else {
            self.sight.pass_over();
            self.counts.unchanged += 1;
        }
        true
    }

    /// Returns the person's records that were skipped before another one came up.
    pub(super) fn kept(&mut self, person: u64, but: u64) -> Vec<UnchangedRecord> {
        self.fingerprints
            .of_person(person)
            .into_iter()
            .filter(|(hash, position)| *position > 0 && *hash != but)
            .map(|(hash, position)| UnchangedRecord { hash, position })
            .collect()
    }
}
