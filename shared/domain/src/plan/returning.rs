//! Decides whether records bring an erased person back.

use super::decide::PersonDecision;
use crate::evaluate::Contribution;
use crate::fingerprint::NO_KEY;
use crate::people::{ErasedRecord, Tombstone};

/// Whether records bring an erased person back.
pub(super) enum Return {
    /// They do.
    Comes,
    /// They do not.
    Stays,
    /// They do not; the tombstone is updated with the records as they are read now.
    StillErasedUpdate(Tombstone),
    /// It is unknown which mapping the records were read with, so they have to be read again.
    MappingUnknown,
}

impl PersonDecision<'_> {
    /// Decides whether data newer than the erasure brings the person back: a record with another
    /// id, or one whose content differs under the same mapping.
    pub(super) fn returns(&self, tombstone: &Tombstone, records: &[Contribution]) -> Return {
        let event = &self.policy.event;
        let newest = tombstone.runs.get(event);
        if newest.is_some_and(|last| self.batch.0 <= *last) {
            return Return::Stays;
        }
        let Some(said) = tombstone.said.get(event) else {
            let is_known = |record: &Contribution| tombstone.records.contains(&record.hash);
            return if records.iter().all(is_known) {
                Return::Stays
            } else {
                Return::Comes
            };
        };
        let (Some(key), false) = (self.key, self.delta.mapping_hash == 0) else {
            return Return::MappingUnknown;
        };
        let mut now = said.clone();
        for record in records {
            let new = ErasedRecord {
                key: record.key,
                mapping_hash: self.delta.mapping_hash,
                said: record.said(key),
            };
            if now.contains(&new) {
                continue;
            }
            // Content that was read with another mapping cannot be compared: it counts as the same,
            // and is replaced.
            let is_former = |known: &ErasedRecord| {
                known.key == new.key && known.mapping_hash != new.mapping_hash
            };
            let Some(former) = now.iter().position(is_former) else {
                return Return::Comes;
            };
            now.remove(former);
            if new.key > NO_KEY {
                now.retain(|known| !is_former(known));
            }
            now.push(new);
        }
        if now == *said {
            return Return::Stays;
        }
        let mut tombstone = tombstone.clone();
        tombstone.said.insert(event.clone(), now);
        Return::StillErasedUpdate(tombstone)
    }
}
