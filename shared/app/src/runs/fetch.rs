//! Fetch: reads the source as a stream, finds what changed and sends on only that.
//!
//! It keeps the fingerprints and the people under way, never the feed: memory does not grow with
//! the records' size. Removals and erasures wait until the feed has been read to its end.

pub(crate) mod checkpoint;
mod details;
mod known;
mod missing;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use attendee_sync_domain::config::{EventDocument, MissingPolicy, TakenField};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::evaluate::{
    Contribution, Disposition, Evaluator, NameWatch, RecordOutcome, Rejection,
};
use attendee_sync_domain::feed::{
    FeedRecord, RecordsPath, UnreadableElement, expand_noting, parse_element,
};
use attendee_sync_domain::fingerprint::{Fingerprints, NO_KEY};
use attendee_sync_domain::ids::{PersonId, PersonKey, RunNumber};
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::people::Attendee;
use attendee_sync_domain::plan::{Batch, Delta, UnchangedRecord};
use attendee_sync_domain::profile::AttendeeField;
use attendee_sync_domain::run::Counts;

use crate::ports::{BatchSink, FeedBlock, QueueError, ReadMode, Remark};
use crate::runs::batch_limits::BatchLimits;
use crate::runs::details::DetailsFound;
use crate::runs::sight::{Lost, Sight};
use crate::runs::source_keys::{KeysFound, SourceKeys};

/// The maximum number of issues of a run that are stored; further ones are only counted.
pub(crate) const MAX_ISSUES: u64 = 1_000;

/// One reading of a feed.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is something that was found out, and all combinations occur"
)]
pub(crate) struct Fetch<'a> {
    queue: &'a dyn BatchSink,
    evaluator: &'a Evaluator,
    key: &'a PersonKey,
    path: RecordsPath,
    taken: &'a [TakenField],
    run: RunNumber,
    ask: &'a ReadMode,
    max_records: u32,
    limits: BatchLimits,
    fingerprints: Fingerprints,
    keys: SourceKeys,
    /// Whether the last complete read showed that every source id belongs to one record only.
    keys_unique: bool,
    /// Whether all of the feed was read, and it proved to be complete.
    is_whole: bool,
    /// People whose records have, or may have, another address or none: they are not missing.
    holders: HashSet<u64>,
    /// Whether no fingerprints were stored when the run began, so that all people are expected to
    /// be new.
    expects_strangers: bool,
    /// People who came up in this run, by the short form of their ids.
    touched: HashSet<u64>,
    batch: Vec<Delta>,
    in_batch: HashMap<PersonId, usize>,
    waiting: BTreeMap<PersonId, Delta>,
    /// The source keys of rejected records: their people are not missing from the feed. Keys are
    /// kept because the ids themselves name people and would be written to a checkpoint.
    rejected: HashSet<u64>,
    /// People of whom a record was rejected that has a valid address.
    unreadable: HashSet<u64>,
    /// Whether a record could not be read, and nobody can tell whose it is.
    is_unclear: bool,
    sight: Sight,
    /// Whether `source.details` is used, and the details found for the next block.
    asks_details: bool,
    pub(crate) details: HashMap<u64, DetailsFound>,
    /// Whether a record was left out because its details could not be fetched.
    pub(crate) lacks_details: bool,
    /// Whether a person's record came up that has no stored fingerprint.
    has_news: bool,
    issues: Vec<Issue>,
    ignored: Vec<u64>,
    next_batch: u32,
    /// Bytes of the records in the batch.
    batch_bytes: usize,
    position: u32,
    /// The position in the verification pass, if there is one.
    again: u32,
    /// The configured names that no record has had yet, as long as every record was evaluated.
    names: Option<NameWatch>,
    /// The counts of records that were not sent.
    pub(crate) counts: Counts,
    /// The number of people sent.
    pub(crate) sent: u64,
}

/// The settings of a reading.
pub(crate) struct ReadingContext<'a> {
    pub(crate) document: &'a EventDocument,
    pub(crate) evaluator: &'a Evaluator,
    pub(crate) key: &'a PersonKey,
    pub(crate) run: RunNumber,
    pub(crate) ask: &'a ReadMode,
    pub(crate) limits: BatchLimits,
    /// Whether the last complete read showed that every source id belongs to one record only.
    pub(crate) keys_unique: bool,
}

/// More records than the configuration allows.
pub(crate) struct TooMany;

impl<'a> Fetch<'a> {
    pub(crate) fn new(
        queue: &'a dyn BatchSink,
        reading: &ReadingContext<'a>,
        fingerprints: Fingerprints,
    ) -> Self {
        let document = reading.document;
        Self {
            queue,
            evaluator: reading.evaluator,
            key: reading.key,
            path: document.source.records_path(),
            taken: &document.source.taken,
            run: reading.run,
            ask: reading.ask,
            max_records: document.source.limits.max_records,
            limits: reading.limits,
            expects_strangers: fingerprints.is_empty(),
            fingerprints,
            keys: SourceKeys::default(),
            keys_unique: reading.keys_unique,
            is_whole: false,
            holders: HashSet::new(),
            touched: HashSet::new(),
            batch: Vec::new(),
            in_batch: HashMap::new(),
            waiting: BTreeMap::new(),
            rejected: HashSet::new(),
            unreadable: HashSet::new(),
            is_unclear: false,
            sight: Sight::default(),
            asks_details: document.source.details.is_some(),
            details: HashMap::new(),
            lacks_details: false,
            has_news: false,
            issues: Vec::new(),
            ignored: Vec::new(),
            next_batch: 0,
            batch_bytes: 0,
            position: 0,
            again: 0,
            names: Some(NameWatch::of(document)),
            counts: Counts::default(),
            sent: 0,
        }
    }

    /// Returns the number of records read so far.
    pub(crate) fn records(&self) -> u64 {
        u64::from(self.position)
    }

    /// Returns the number of the next batch.
    pub(crate) fn next_batch(&self) -> u32 {
        self.next_batch
    }

    /// Returns whether all of the feed was requested.
    pub(crate) fn reads_everything(&self) -> bool {
        matches!(self.ask, ReadMode::Everything | ReadMode::Unless(_))
    }

    /// Returns the one person whose records were requested, if it was one.
    fn only(&self) -> Option<&EmailAddress> {
        match self.ask {
            ReadMode::Person(email) => Some(email),
            ReadMode::Everything
            | ReadMode::Unless(_)
            | ReadMode::Since(_)
            | ReadMode::Record(_) => None,
        }
    }

    /// Returns whether a record of the attendee was rejected: then they are not missing, only
    /// unreadable.
    pub(crate) fn was_rejected(&self, attendee: &Attendee) -> bool {
        let of_records = attendee.records.iter().map(|r| &r.incoming.source_id);
        of_records
            .chain([&attendee.source_id])
            .flatten()
            .any(|id| self.rejected.contains(&self.evaluator.source_key(Some(id))))
    }

    /// Evaluates the records of a block. Fails with [`TooMany`] at the configured maximum.
    pub(crate) async fn take(
        &mut self,
        block: &FeedBlock,
    ) -> Result<Result<(), TooMany>, QueueError> {
        for unit in &block.units {
            if self.position >= self.max_records {
                return Ok(Err(TooMany));
            }
            self.unit(unit.clone().and_then(|range| block.bytes.get(range)));
            if self.batch.len() >= self.limits.people
                || self.batch_bytes >= self.limits.bytes
                || self.issues.len() >= 500
                || self.ignored.len() >= 5_000
            {
                self.flush().await?;
            }
        }
        Ok(Ok(()))
    }

    fn reject(&mut self, UnreadableElement { code, reason }: UnreadableElement) {
        if self.only().is_some() {
            return;
        }
        self.sight.reject(&reason);
        let issue = Issue::new(Severity::Error, self.position, code, reason);
        self.is_unclear = true;
        self.counts.rejected += 1;
        self.say(vec![issue]);
    }

    /// Evaluates one element of the list: a record, or an object that contains records.
    fn unit(&mut self, bytes: Option<&[u8]>) {
        let hash = self.evaluator.fingerprint(bytes.unwrap_or_default());
        if bytes.is_some() && self.known_unit(hash) {
            return;
        }
        self.batch_bytes += bytes.map_or(0, <[u8]>::len);
        let value = match parse_element(bytes) {
            Ok(value) => value,
            Err(unreadable) => {
                self.position += 1;
                return self.reject(unreadable);
            }
        };
        let path = self.path.clone();
        let (sight, position) = (&mut self.sight, self.position);
        let records = expand_noting(&path, &value, &mut |name| sight.unlisted(position, name));
        let count = records.len();
        for (index, record) in records.iter().enumerate() {
            self.position += 1;
            let hash = if path.is_flat() {
                hash
            } else {
                leaf(hash, index, index + 1 == count)
            };
            if !self.known(hash) {
                self.record(record, hash);
            }
        }
    }

    fn record(&mut self, record: &FeedRecord<'_>, hash: u64) {
        if let Some(names) = &mut self.names {
            names.see(record);
        }
        let (outcome, issues, lacks_details) = self.evaluate(record, hash, self.position);
        self.sight.look_into(record, self.taken);
        if let Some(only) = self.only()
            && outcome.email() != Some(only)
        {
            return;
        }
        self.lacks_details |= lacks_details;
        let person = outcome.email().map(|email| PersonId::of(self.key, email));
        match outcome {
            RecordOutcome::Nameless(contribution) => {
                self.sight.use_one();
                self.keys.nameless(*contribution);
            }
            RecordOutcome::Ignored => {
                self.counts.ignored += 1;
                self.ignored.push(hash);
            }
            RecordOutcome::Rejected(rejection) => {
                self.counts.rejected += 1;
                let error = issues
                    .iter()
                    .find(|issue| issue.severity == Severity::Error);
                self.sight.reject(error.map_or("", |issue| &issue.reason));
                self.note_key(rejection.source_id.as_deref(), hash);
                self.note_rejected(rejection);
            }
            RecordOutcome::Person(email, mut contribution) => {
                self.sight.use_one();
                let person = PersonId::of(self.key, &email);
                self.has_news |= self.fingerprints.find(hash).is_none();
                let fingerprints = &mut self.fingerprints;
                contribution.unsettled = self.keys.of_person(person, &contribution, fingerprints);
                self.person(email, *contribution);
            }
        }
        let named = |issue: Issue| Issue { person, ..issue };
        self.say(issues.into_iter().map(named).collect());
    }

    fn note_key(&mut self, source_id: Option<&str>, hash: u64) {
        let key = self.evaluator.source_key(source_id);
        self.keys.note(key, hash);
    }

    /// Notes a rejected record: its person is not missing from the feed.
    fn note_rejected(&mut self, rejection: Rejection) {
        self.is_unclear |= rejection.email.is_none() && rejection.source_id.is_none();
        if let Some(email) = rejection.email {
            let person = PersonId::of(self.key, &email).short();
            self.touched.insert(person);
            self.unreadable.insert(person);
        }
        let id = rejection.source_id.as_deref();
        self.rejected
            .extend(id.map(|id| self.evaluator.source_key(Some(id))));
    }

    fn say(&mut self, issues: Vec<Issue>) {
        for issue in issues {
            self.counts.issues += 1;
            if self.counts.issues <= MAX_ISSUES {
                self.issues.push(issue);
            }
        }
    }

    /// Adds a warning where a record is new although the source sent the validators of an earlier
    /// reading. Returns whether it did.
    pub(crate) fn doubt_validators(&mut self) -> bool {
        if self.has_news {
            let reason = "the source answered with the ETag or Last-Modified of an earlier read, though its records have \
                          changed since: they do not show whether anything changed, so changes were up to a day late. From now on every \
                          sync reads everything, until the configuration is changed; contact your registration \
                          provider, or check the cache in front of it";
            let issue = Issue::new(Severity::Warning, 0, "validators_lie", reason);
            self.say(vec![issue.about("source.url")]);
        }
        self.has_news
    }

    fn person(&mut self, email: EmailAddress, contribution: Contribution) {
        let person = PersonId::of(self.key, &email);
        let touched = !self.touched.insert(person.short());
        let live = contribution.disposition == Disposition::Live;
        let waits = self.waiting.contains_key(&person);
        let is_new = if live {
            !self.in_batch.contains_key(&person)
        } else {
            !waits
        };
        // Batches are unordered, so each carries the person's skipped records, and whether another
        // batch keeps the person attending.
        let kept = if is_new && !self.is_partial() {
            self.kept(person.short(), contribution.hash)
        } else {
            Vec::new()
        };
        if live {
            if let Some(delta) = self.waiting.get_mut(&person) {
                delta.also_live = true;
            }
            let at = *self.in_batch.entry(person).or_insert(self.batch.len());
            if is_new {
                self.batch.push(self.delta(person, email));
            }
            add(self.batch.get_mut(at), contribution, kept);
        } else {
            let new = self.delta(person, email);
            let delta = self.waiting.entry(person).or_insert(new);
            delta.also_live |= touched && !waits;
            add(Some(delta), contribution, kept);
        }
    }

    /// Whether only what changed was asked for, so that people may have further records.
    fn is_partial(&self) -> bool {
        matches!(self.ask, ReadMode::Since(_) | ReadMode::Record(_))
    }

    fn delta(&self, person: PersonId, email: EmailAddress) -> Delta {
        Delta {
            partial: self.is_partial(),
            mapping_hash: self.evaluator.mapping_hash(),
            ..Delta::new(person, email)
        }
    }

    /// Sends the people in the batch.
    pub(crate) async fn flush(&mut self) -> Result<(), QueueError> {
        let people = std::mem::take(&mut self.batch);
        self.in_batch.clear();
        self.batch_bytes = 0;
        self.send(people).await
    }

    async fn send(&mut self, people: Vec<Delta>) -> Result<(), QueueError> {
        let issues = std::mem::take(&mut self.issues);
        let ignored = std::mem::take(&mut self.ignored);
        if people.is_empty() && issues.is_empty() && ignored.is_empty() {
            return Ok(());
        }
        self.sent += people.len() as u64;
        let number = self.next_batch;
        self.next_batch += 1;
        self.queue
            .send(Batch {
                run: self.run,
                number,
                people,
                issues,
                ignored,
                expects_strangers: self.expects_strangers,
                after_all: false,
            })
            .await
    }

    /// Makes sure that the queue has accepted everything that was sent.
    pub(crate) async fn hand_over(&self) -> Result<(), QueueError> {
        self.queue.flush().await
    }

    /// Ends a reading whose feed ended early: what was read is applied, and nobody is removed.
    pub(crate) async fn end_early(&mut self) -> Result<(), QueueError> {
        // Records that waited for the end were read and are not applied.
        let waiting: usize = self
            .waiting
            .values()
            .map(|delta| delta.contributions.len())
            .sum();
        self.counts.unchanged += waiting as u64 + self.keys.waiting();
        self.waiting.clear();
        self.flush().await
    }

    /// Ends a reading of the whole feed: sends the removals and erasures.
    pub(crate) async fn end(&mut self) -> Result<(), QueueError> {
        let holders = self.keys.holders(&mut self.fingerprints);
        self.holders.extend(holders);
        if let Some(names) = self.names.take().filter(|_| self.reads_everything()) {
            self.say(names.issues());
        }
        self.flush().await?;
        let waiting: Vec<Delta> = std::mem::take(&mut self.waiting).into_values().collect();
        self.send_all(waiting).await
    }

    /// Notes that all of the feed was read, and proved to be complete.
    pub(crate) fn was_whole(&mut self) {
        self.is_whole = true;
    }

    /// Returns what the source ids of a finished reading show.
    pub(crate) fn keys_found(&mut self) -> KeysFound {
        self.keys.sort();
        let may_move = self.is_whole || self.keys_unique;
        let found = self.keys.found(may_move, &mut self.fingerprints);
        self.counts.rejected += found.rejected;
        self.counts.ignored += found.of_nobody.len() as u64;
        self.ignored.extend(&found.of_nobody);
        self.say(found.issues.clone());
        found
    }

    /// Returns whether every source id of the whole feed belongs to one record only; `None` where
    /// not all of it was read.
    pub(crate) fn are_keys_unique(&self) -> Option<bool> {
        let is_as_before = self.keys_unique && self.keys.is_empty();
        self.is_whole
            .then(|| is_as_before || self.keys.are_unique(&self.fingerprints))
    }

    /// Treats a record that has lost its address as one of the person whose record had its id.
    pub(crate) fn record_of(&mut self, email: EmailAddress, contribution: Contribution) {
        self.person(email, contribution);
    }

    /// Counts a record whose id belongs to a person who no longer exists.
    pub(crate) fn record_of_nobody(&mut self, contribution: &Contribution) {
        self.counts.ignored += 1;
        self.ignored.push(contribution.hash);
    }

    /// Returns the records that a person loses, given that one moved to another address. Includes
    /// further records that a complete feed no longer has.
    pub(crate) fn gone_of(
        &mut self,
        person: u64,
        moved: u64,
        missing: MissingPolicy,
    ) -> BTreeSet<u64> {
        let mut gone = BTreeSet::from([moved]);
        if !self.is_whole {
            return gone;
        }
        let is_here = !self.kept(person, 0).is_empty() || self.touched.contains(&person);
        if is_here || (missing == MissingPolicy::RemoveAttendee && !self.is_unclear) {
            let unseen = self.fingerprints.unseen_of(person).into_iter();
            let lacking = unseen.filter(|record| !self.rejected.contains(&record.key));
            gone.extend(lacking.map(|record| record.hash));
        }
        gone
    }

    /// Returns people who came up in the feed, with those of their records that the complete feed
    /// no longer has and whose ids did not come up.
    pub(crate) fn left_over(&mut self) -> Vec<(u64, BTreeSet<u64>)> {
        if !self.is_whole {
            return Vec::new();
        }
        let mut people = self.fingerprints.people_with_unseen();
        people.retain(|person| {
            self.touched.contains(person)
                && !self.unreadable.contains(person)
                && !self.holders.contains(person)
        });
        let keys = &self.keys;
        let fingerprints = &mut self.fingerprints;
        let lost = people.into_iter().map(|person| {
            let unseen = fingerprints.unseen_of(person).into_iter();
            let gone = unseen.filter(|record| record.key > NO_KEY && !keys.came_up(record.key));
            (person, gone.map(|record| record.hash).collect())
        });
        lost.filter(|(_, gone): &(u64, BTreeSet<u64>)| !gone.is_empty())
            .collect()
    }

    async fn send_all(&mut self, people: Vec<Delta>) -> Result<(), QueueError> {
        let mut people = people.into_iter().peekable();
        while people.peek().is_some() {
            let part: Vec<Delta> = people.by_ref().take(self.limits.people).collect();
            self.send(part).await?;
        }
        Ok(())
    }

    /// Adds issues about parts of the answers that were not read as records.
    pub(crate) fn remark(&mut self, remarks: &[Remark]) {
        self.say(remarks.iter().map(Remark::to_issue).collect());
    }

    /// Returns a remark on the elements of the list, if there is one.
    pub(crate) fn own_remark(&self) -> Option<Remark> {
        self.sight.remark()
    }

    /// Returns what the feed no longer has.
    pub(crate) fn lost(&self) -> Lost {
        // A read of some changed records shows nothing about the feed as a whole.
        if !self.reads_everything() {
            return Lost::default();
        }
        self.sight.lost(self.taken, self.records())
    }

    /// Returns why the feed is unusable if people came from it before; `None` where it may be
    /// valid. An empty feed may mean that everybody is gone, where the organiser wants missing
    /// people removed: then a person decides.
    pub(crate) fn unusable(&self, missing: MissingPolicy, is_complete: bool) -> Option<String> {
        let lost = self.lost();
        let is_empty = self.records() == 0;
        let is_decided = is_empty && is_complete && missing == MissingPolicy::RemoveAttendee;
        if lost.everybody && (self.sight.is_all_rejected() || (is_empty && !is_decided)) {
            return Some(self.sight.why_unusable(self.taken, self.records()));
        }
        let id = self
            .taken
            .iter()
            .find(|field| field.name == AttendeeField::SourceId)?;
        let is_gone = lost.fields.contains(&id.name);
        (is_gone && self.fingerprints.have_keys()).then(|| self.sight.without(id))
    }

    /// Returns whether a record is unreadable in such a way that any missing person may be in the
    /// feed.
    pub(crate) fn is_unclear(&self) -> bool {
        self.is_unclear
    }
}

pub(super) fn add(
    delta: Option<&mut Delta>,
    contribution: Contribution,
    kept: Vec<UnchangedRecord>,
) {
    if let Some(delta) = delta {
        delta.contributions.push(contribution);
        delta.kept.extend(kept);
    }
}

/// Returns the fingerprint of a record nested in an element of the list. It changes with the whole
/// element, as expressions may use all of it.
fn leaf(unit: u64, index: usize, last: bool) -> u64 {
    let mix = (index as u64) << 1 | u64::from(last);
    // The 64-bit finaliser of SplitMix, a bijection for every unit.
    let mut hash = unit ^ mix.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (hash ^ (hash >> 31)).max(1)
}
