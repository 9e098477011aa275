//! Decides of which records of a block details are requested, and evaluates records with them.

use std::collections::HashSet;

use attendee_sync_domain::evaluate::RecordOutcome;
use attendee_sync_domain::feed::{FeedRecord, RecordDetails, expand, parse_element};
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::issue::Issue;

use super::{Fetch, leaf};
use crate::ports::FeedBlock;
use crate::runs::details::with;

/// The reason for a record whose details nobody requested.
const NOT_ASKED: &str = "the details of the record were not asked for, as it was known when its block was read; \
                         the next sync asks for them";

impl Fetch<'_> {
    /// Returns the records of a block that cannot be evaluated yet, by their fingerprints, each
    /// with the address of its details, or the reason why it has none. The result depends on the
    /// details found so far.
    pub(crate) fn wanted_details(&self, block: &FeedBlock) -> Vec<(u64, Result<String, String>)> {
        // The people who come up in the block: a later known record of theirs is evaluated as well.
        let mut about = HashSet::new();
        let mut wanted = Vec::new();
        for range in &block.units {
            let Some(bytes) = range.clone().and_then(|range| block.bytes.get(range)) else {
                continue;
            };
            let unit = self.evaluator.fingerprint(bytes);
            if self.passes_over_unit(unit, &about) {
                continue;
            }
            let Ok(value) = parse_element(Some(bytes)) else {
                continue;
            };
            let records = expand(&self.path, &value);
            for (index, record) in records.iter().enumerate() {
                let hash = if self.path.is_flat() {
                    unit
                } else {
                    leaf(unit, index, index + 1 == records.len())
                };
                let is_other = |only| self.evaluator.is_of_another(record, only);
                if self.passes_over(hash, &about) || self.only().is_some_and(is_other) {
                    continue;
                }
                match self.evaluator.details_url(record) {
                    Some(url) if !self.details.contains_key(&hash) => {
                        wanted.push((hash, url.map_err(|error| error.to_string())));
                    }
                    _ => {
                        let (outcome, _, _) = self.evaluate(record, hash, 0);
                        let person = outcome.email().map(|email| PersonId::of(self.key, email));
                        about.extend(person.map(PersonId::short));
                    }
                }
            }
        }
        wanted
    }

    /// Returns whether a record is known, and no other record of its person came up before it.
    fn passes_over(&self, hash: u64, about: &HashSet<u64>) -> bool {
        self.skippable(hash)
            .is_some_and(|entry| !about.contains(&self.fingerprints.person(entry)))
    }

    fn passes_over_unit(&self, unit: u64, about: &HashSet<u64>) -> bool {
        if self.path.is_flat() {
            return self.passes_over(unit, about);
        }
        let decided = (0..).find_map(|index| {
            if self.passes_over(leaf(unit, index, true), about) {
                return Some(true);
            }
            (!self.passes_over(leaf(unit, index, false), about)).then_some(false)
        });
        decided.unwrap_or_default()
    }

    /// Evaluates a record, with its details where they are used. Also returns whether they are
    /// lacking.
    pub(super) fn evaluate(
        &self,
        record: &FeedRecord<'_>,
        hash: u64,
        position: u32,
    ) -> (RecordOutcome, Vec<Issue>, bool) {
        if !self.asks_details {
            let (outcome, issues) = self.evaluator.evaluate(record, hash, position);
            return (outcome, issues, false);
        }
        let mut record = with(record, self.details.get(&hash));
        if !self.details.contains_key(&hash) && self.evaluator.details_url(&record).is_some() {
            record.details = RecordDetails::Lacking(NOT_ASKED);
        }
        let lacks = matches!(record.details, RecordDetails::Lacking(_));
        let (outcome, issues) = self.evaluator.evaluate(&record, hash, position);
        (outcome, issues, lacks)
    }
}
