//! The ids of records in the source during one reading: which person had a record before, and
//! whether an id belongs to one record only.
//!
//! Losses because of ids are decided when the reading is over: an id of two records, or of two
//! people, moves and erases nobody.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use attendee_sync_domain::evaluate::Contribution;
use attendee_sync_domain::fingerprint::{Fingerprints, NO_KEY};
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::plan::RecordMove;
use serde::{Deserialize, Serialize};

/// The ids that came up in a reading.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct SourceKeys {
    /// Each evaluated record that has an id: the id's hash, and the record's fingerprint.
    #[serde(with = "packed")]
    looked_into: Vec<(u64, u64)>,
    candidates: Vec<MoveCandidate>,
    nameless: Vec<Contribution>,
}

/// A record whose address differs from that of the only stored record with its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct MoveCandidate {
    key: u64,
    /// The person who had the record before, by the short form of their id.
    from: u64,
    from_hash: u64,
    to: PersonId,
    to_hash: u64,
    position: u32,
    source_id: Option<String>,
}

/// A move whose former holder is known by the short form of their id.
pub(crate) struct FoundMove {
    pub(crate) from: u64,
    pub(crate) from_hash: u64,
    pub(crate) to: PersonId,
    pub(crate) to_hash: u64,
}

/// What the source ids of a reading show.
#[derive(Default)]
pub(crate) struct KeysFound {
    pub(crate) moves: Vec<FoundMove>,
    /// Records that turned out to move nobody: they count as known from now on.
    pub(crate) settled: Vec<(PersonId, u64)>,
    /// Records without an address, each with the person whose record had its id.
    pub(crate) nameless: Vec<(u64, Contribution)>,
    /// Records without an address whose id no stored record has.
    pub(crate) of_nobody: Vec<u64>,
    pub(crate) issues: Vec<Issue>,
    /// The number of records that were rejected because of their id.
    pub(crate) rejected: u64,
}

/// The moves of people by the ids of a reading, to be applied when all of it was applied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Moves {
    pub(crate) records: Vec<RecordMove>,
    /// The records that these people no longer have.
    pub(crate) gone: BTreeMap<PersonId, BTreeSet<u64>>,
    /// Records that move nobody: they count as known from now on.
    pub(crate) settled: Vec<(PersonId, u64)>,
}

impl Moves {
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.gone.is_empty() && self.settled.is_empty()
    }
}

impl SourceKeys {
    /// Notes the id of an evaluated record.
    pub(crate) fn note(&mut self, key: u64, hash: u64) {
        if key > NO_KEY {
            self.looked_into.push((key, hash));
        }
    }

    /// Notes a record of a person. Returns whether another person had it before.
    pub(crate) fn of_person(
        &mut self,
        person: PersonId,
        contribution: &Contribution,
        fingerprints: &mut Fingerprints,
    ) -> bool {
        self.note(contribution.key, contribution.hash);
        let [entry] = fingerprints.of_key(contribution.key)[..] else {
            return false;
        };
        let from = fingerprints.person(entry);
        if from == person.short() {
            return false;
        }
        self.candidates.push(MoveCandidate {
            key: contribution.key,
            from,
            from_hash: fingerprints.hash(entry),
            to: person,
            to_hash: contribution.hash,
            position: contribution.position,
            source_id: contribution.incoming.source_id.clone(),
        });
        true
    }

    /// Notes a record that has lost its address.
    pub(crate) fn nameless(&mut self, contribution: Contribution) {
        self.note(contribution.key, contribution.hash);
        self.nameless.push(contribution);
    }

    /// Returns whether no record with an id was evaluated.
    pub(crate) fn is_empty(&self) -> bool {
        self.looked_into.is_empty()
    }

    /// Returns the number of records that wait for the end of the reading.
    pub(crate) fn waiting(&self) -> u64 {
        self.nameless.len() as u64
    }

    /// The people who may lose a record to another address, and those whose record has lost its address.
    pub(crate) fn holders(&self, fingerprints: &mut Fingerprints) -> HashSet<u64> {
        let mut holders: HashSet<u64> = self.candidates.iter().map(|moved| moved.from).collect();
        for record in &self.nameless {
            let entries = fingerprints.of_key(record.key);
            holders.extend(entries.iter().map(|entry| fingerprints.person(*entry)));
        }
        holders
    }

    /// Returns whether a record with this id was evaluated. May only be called after
    /// [`sort`](Self::sort).
    pub(crate) fn came_up(&self, key: u64) -> bool {
        let at = self.looked_into.partition_point(|(known, _)| *known < key);
        self.looked_into
            .get(at)
            .is_some_and(|(known, _)| *known == key)
    }

    /// Sorts the evaluated records.
    pub(crate) fn sort(&mut self) {
        self.looked_into.sort_unstable();
        self.looked_into.dedup();
    }

    fn is_of_one_record(&self, key: u64, fingerprints: &mut Fingerprints) -> bool {
        let start = self.looked_into.partition_point(|(known, _)| *known < key);
        let looked_into = self.looked_into.iter().skip(start);
        let mut hashes: BTreeSet<u64> = looked_into
            .take_while(|(known, _)| *known == key)
            .map(|(_, hash)| *hash)
            .collect();
        let entries = fingerprints.of_key(key);
        let seen = entries.iter().filter(|entry| fingerprints.is_seen(**entry));
        hashes.extend(seen.map(|entry| fingerprints.hash(*entry)));
        hashes.len() == 1
    }

    /// Returns whether every id of a complete feed belongs to one record only.
    pub(crate) fn are_unique(&self, fingerprints: &Fingerprints) -> bool {
        let seen = fingerprints.seen_keys();
        let mut all: Vec<(u64, u64)> = seen.chain(self.looked_into.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all.array_windows().all(|[(key, _), (next, _)]| key != next)
    }

    /// Returns what the ids of a finished reading show. `may_move` says whether each id is known to
    /// belong to one record.
    pub(crate) fn found(&mut self, may_move: bool, fingerprints: &mut Fingerprints) -> KeysFound {
        let mut found = KeysFound::default();
        for moved in std::mem::take(&mut self.candidates) {
            if may_move && self.is_of_one_record(moved.key, fingerprints) {
                found.moves.push(FoundMove {
                    from: moved.from,
                    from_hash: moved.from_hash,
                    to: moved.to,
                    to_hash: moved.to_hash,
                });
            } else {
                found.settled.push((moved.to, moved.to_hash));
                let issue = shared(moved.position, moved.source_id, may_move);
                found.issues.push(issue.of_person(moved.to));
            }
        }
        for record in std::mem::take(&mut self.nameless) {
            let entries = fingerprints.of_key(record.key);
            match entries[..] {
                [] if record.incoming.unusable.is_empty() => found.of_nobody.push(record.hash),
                [] => {
                    found.rejected += 1;
                    found
                        .issues
                        .push(unusable(record.position, record.incoming.source_id));
                }
                [entry] if may_move && self.is_of_one_record(record.key, fingerprints) => {
                    found.nameless.push((fingerprints.person(entry), record));
                }
                _ => {
                    found.rejected += 1;
                    let source_id = record.incoming.source_id;
                    found
                        .issues
                        .push(shared(record.position, source_id, may_move));
                }
            }
        }
        found
    }
}

/// Returns the issue that an id belongs to several records or people, and moves and erases nobody.
fn shared(position: u32, source_id: Option<String>, may_move: bool) -> Issue {
    let reason = if may_move {
        "other records or people have the same source ID, so the previous owner of this record is unknown; \
         nobody is removed because of it. Map source_id to a field that is unique for each record"
    } else {
        "somebody else had a record with this source ID, but no full read has shown yet that each ID belongs to \
         one record; the next full read decides"
    };
    Issue::new(Severity::Warning, position, "shared_source_id", reason)
        .about("source_id")
        .from_source(source_id)
}

/// Returns the issue that a record without a usable address belongs to nobody who is known.
fn unusable(position: u32, source_id: Option<String>) -> Issue {
    let reason = "the e-mail address cannot be used, and nobody had a record with this source ID";
    Issue::new(Severity::Error, position, "invalid_email", reason)
        .about("email")
        .from_source(source_id)
}

/// Pairs of numbers as hexadecimal text, 16 digits each.
mod packed {
    use std::fmt::Write as _;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(pairs: &[(u64, u64)], to: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(pairs.len() * 32);
        for (key, hash) in pairs {
            // Writing to a string does not fail.
            let _ = write!(text, "{key:016x}{hash:016x}");
        }
        to.serialize_str(&text)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<(u64, u64)>, D::Error> {
        let text = String::deserialize(from)?;
        let pair = |digits: &[u8]| {
            let (key, hash) = std::str::from_utf8(digits).ok()?.split_at_checked(16)?;
            let number = |text| u64::from_str_radix(text, 16).ok();
            Some((number(key)?, number(hash)?))
        };
        Ok(text.as_bytes().chunks_exact(32).filter_map(pair).collect())
    }
}
