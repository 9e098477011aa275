//! The verification pass over a whole feed, and the people missing from it.

use attendee_sync_domain::config::MissingPolicy;
use attendee_sync_domain::evaluate::RecordOutcome;
use attendee_sync_domain::feed::{expand, parse_element};
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::plan::{Delta, UnchangedRecord};

use super::{Fetch, leaf};
use crate::ports::{FeedBlock, QueueError};

impl Fetch<'_> {
    /// Reads records a second time, as pages may have shifted while they were read: a record that
    /// appears in this pass is not missing, and neither is its person.
    pub(crate) fn verification_pass(&mut self, block: &FeedBlock) {
        for range in &block.units {
            match range.clone().and_then(|range| block.bytes.get(range)) {
                Some(bytes) => self.verify_record(bytes),
                None => self.is_unclear = true,
            }
        }
    }

    pub(super) fn verify_record(&mut self, bytes: &[u8]) {
        let hash = self.evaluator.fingerprint(bytes);
        if self.path.is_flat() && self.mark_seen(hash) {
            return;
        }
        let Ok(value) = parse_element(Some(bytes)) else {
            self.is_unclear = true;
            return;
        };
        let path = self.path.clone();
        let records = expand(&path, &value);
        for (index, record) in records.iter().enumerate() {
            let hash = if path.is_flat() {
                hash
            } else {
                leaf(hash, index, index + 1 == records.len())
            };
            if self.mark_seen(hash) {
                continue;
            }
            match self.evaluate(record, hash, self.again).0 {
                RecordOutcome::Person(email, record) => {
                    let person = PersonId::of(self.key, &email).short();
                    self.touched.insert(person);
                    self.note_holder(record.key, Some(person));
                }
                RecordOutcome::Rejected(rejection) => self.note_rejected(rejection),
                RecordOutcome::Nameless(record) => {
                    self.keys.note(record.key, hash);
                    self.note_holder(record.key, None);
                }
                RecordOutcome::Ignored => {}
            }
        }
    }

    /// Notes that the only record with this key is in the feed, now with the address of this person
    /// or with none: the person who had it before is not missing, and the next read moves the
    /// record.
    fn note_holder(&mut self, key: u64, now_of: Option<u64>) {
        if let [entry] = self.fingerprints.of_key(key)[..] {
            let holder = self.fingerprints.person(entry);
            if now_of != Some(holder) {
                self.holders.insert(holder);
            }
        }
    }

    /// Marks a known record as seen. Returns whether it is known.
    pub(super) fn mark_seen(&mut self, hash: u64) -> bool {
        self.again += 1;
        let Some(entry) = self.fingerprints.find(hash) else {
            return false;
        };
        self.fingerprints.see(entry, self.again);
        true
    }

    /// Returns the people of whom a complete feed lacks a record, with the records it still has.
    /// People of whom it lacks all records are included only where the organiser wants missing
    /// people removed.
    pub(crate) fn missing_people(
        &mut self,
        missing: MissingPolicy,
    ) -> Vec<(u64, Vec<UnchangedRecord>)> {
        let mut people = self.fingerprints.people_with_unseen();
        people.retain(|person| !self.touched.contains(person) && !self.holders.contains(person));
        people
            .into_iter()
            .map(|person| (person, self.kept(person, 0)))
            .filter(|(_, kept)| missing == MissingPolicy::RemoveAttendee || !kept.is_empty())
            .collect()
    }

    /// Adds a warning that this many people stay because they may be in the feed.
    pub(crate) async fn skip_removals(&mut self, people: usize) -> Result<(), QueueError> {
        let who = match people {
            0 => return Ok(()),
            1 => "1 person".to_owned(),
            _ => format!("{people} people"),
        };
        let reason = format!(
            "{who} would be removed as missing, but some records cannot be read and may be theirs; nobody is removed as missing until these records can be read or a rule ignores them"
        );
        self.say(vec![Issue::new(
            Severity::Warning,
            0,
            "missing_unclear",
            reason,
        )]);
        self.flush().await
    }

    /// Sends people found by [`missing_people`](Self::missing_people).
    pub(crate) async fn send_missing_people(
        &mut self,
        people: Vec<Delta>,
    ) -> Result<(), QueueError> {
        // A person with records left was counted as unchanged when one of them was read; from now
        // on reconcile counts them.
        let still_attending = people.iter().filter(|delta| !delta.missing).count();
        self.counts.unchanged = self.counts.unchanged.saturating_sub(still_attending as u64);
        self.send_all(people).await
    }
}
