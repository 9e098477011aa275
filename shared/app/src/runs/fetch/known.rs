//! Records that are known as they are: they need no mapping.

use attendee_sync_domain::fingerprint::{KEY_UNKNOWN, NOBODY};
use attendee_sync_domain::plan::UnchangedRecord;

use super::{Fetch, leaf};

impl Fetch<'_> {
    /// Whether every record of the element is known, told without parsing it: the fingerprint of
    /// the last record in an element says that it is the last.
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

    /// The entry of a record that need not be looked into: it is known, and nothing else of its
    /// person has come up in this run.
    pub(super) fn skippable(&self, hash: u64) -> Option<usize> {
        if self.only().is_some() {
            return None;
        }
        let entry = self.fingerprints.find(hash)?;
        if self.fingerprints.key(entry) == KEY_UNKNOWN && self.fingerprints.person(entry) != NOBODY
        {
            // It was stored before source keys were: it is looked into once, and has one then.
            return None;
        }
        (!self.touched.contains(&self.fingerprints.person(entry))).then_some(entry)
    }

    /// Counts a record that need not be looked into.
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

    /// The person's records that were passed over as known before they came up.
    pub(super) fn kept(&mut self, person: u64, but: u64) -> Vec<UnchangedRecord> {
        self.fingerprints
            .of_person(person)
            .into_iter()
            .filter(|(hash, position)| *position > 0 && *hash != but)
            .map(|(hash, position)| UnchangedRecord { hash, position })
            .collect()
    }
}
