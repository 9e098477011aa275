//! Erases a person from a whole community, in steps between which a crash loses nothing.
//!
//! First the user becomes a tombstone and leaves their groups, together with a note of what is left
//! to delete; from then on nothing lets the person in. Then drafts are made unreadable, logs are
//! cleaned, and attendances, stored mails and waiting invitations are deleted; the person is put on
//! the list of erasures, and last the note is deleted.

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_domain::evaluate::Contribution;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, PersonKey, RunNumber};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::people::{Attendee, ErasedRecord, Tombstone, UserState};
use attendee_sync_domain::plan::{Batch, Delta, PersonStep, Plan};
use jiff::Timestamp;

use crate::App;
use crate::error::Error;
use crate::people::manual::Erased;
use crate::ports::{Erasure, InvitationBatchId, PlannedErasure, StoreError};

/// How often an erasure is tried again because others changed the person meanwhile.
const MAX_TRIES: u32 = 8;

impl App {
    /// Prepares each erasure of a plan: its tombstone, and the version of the user that it expects.
    pub(crate) async fn prepare_erasures(
        &self,
        community: &CommunityId,
        event: &EventId,
        batch: &Batch,
        plan: &Plan,
        now: Timestamp,
    ) -> Result<Vec<PlannedErasure>, Error> {
        let mut erasures = Vec::new();
        for person in plan
            .people
            .iter()
            .filter(|person| person.step == PersonStep::Erase)
        {
            let deltas = batch
                .people
                .iter()
                .filter(|delta| delta.person == person.person);
            let deltas: Vec<&Delta> = deltas.collect();
            let records: Vec<&Contribution> = deltas
                .iter()
                .flat_map(|delta| &delta.contributions)
                .collect();
            let source_ids = records.iter();
            let source_ids = source_ids
                .filter_map(|record| record.incoming.source_id.clone())
                .collect();
            let read = ReadRecords {
                event,
                mapping_hash: deltas.first().map_or(0, |delta| delta.mapping_hash),
                records,
            };
            let mut planned = self
                .prepare_erasure(community, Some(read), person.person, now)
                .await?;
            planned.erasure.source_ids = source_ids;
            erasures.push(planned);
        }
        Ok(erasures)
    }

    pub(crate) async fn prepare_erasure(
        &self,
        community: &CommunityId,
        read: Option<ReadRecords<'_>>,
        person: PersonId,
        now: Timestamp,
    ) -> Result<PlannedErasure, Error> {
        let key = self.known_community(community).await?.key;
        // This is read first, so that a later change of the user makes the write a conflict.
        let user = self.user_version(community, person).await?;
        let mut said = BTreeMap::new();
        let mut runs = BTreeMap::new();
        for known in self.parts.store.events(community).await? {
            let attendee = self.parts.store.attendee(&known, person).await?;
            let attendee = attendee.map(|attendee| attendee.value);
            let here = read.as_ref().filter(|read| *read.event == known);
            said.insert(known.clone(), what_was_said(attendee.as_ref(), here, &key));
            let newest = self.parts.store.newest_run(&known).await?;
            runs.insert(known, newest);
        }
        let groups = user
            .as_ref()
            .map(|(_, groups)| groups.clone())
            .unwrap_or_default();
        Ok(PlannedErasure {
            erasure: Erasure {
                person,
                groups,
                event: read.map(|read| read.event.clone()),
                source_ids: Vec::new(),
            },
            expected: user.map(|(version, _)| version),
            tombstone: Tombstone {
                erased: now,
                runs,
                records: BTreeSet::new(),
                said,
            },
        })
    }

    async fn user_version(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<(u64, Vec<attendee_sync_domain::group::GroupKey>)>, Error> {
        let stored = self.parts.store.user(community, person).await?;
        Ok(stored.map(|stored| {
            let groups = match stored.value {
                UserState::User(user) => user.groups.into_keys().collect(),
                UserState::Erased(_) => Vec::new(),
            };
            (stored.version, groups)
        }))
    }

    /// Finishes erasures that were begun, by this process or by one that ended under them.
    pub async fn finish_erasures(&self, community: &CommunityId) -> Result<(), Error> {
        let erasures = self.parts.store.erasures(community).await?;
        if erasures.is_empty() {
            return Ok(());
        }
        // The tombstones are written, so no draft begun from now on can contain what was known of
        // these people.
        self.shred_drafts(community).await?;
        let events = self.parts.store.events(community).await?;
        for event in &events {
            self.forget_uploaded_list(event).await?;
        }
        for erasure in &erasures {
            self.finish_erasure(erasure, &events).await?;
        }
        let people: Vec<PersonId> = erasures.iter().map(|erasure| erasure.person).collect();
        self.list_erased(community, &people).await?;
        Ok(self.parts.store.end_erasures(community, &people).await?)
    }

    /// Erases a person of whom only the id must be known. A tombstone is written even where nobody
    /// was known: it refuses records that runs under way still bring.
    pub(crate) async fn erase_person(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Erased, Error> {
        for _ in 0..MAX_TRIES {
            let outcome = match self.parts.store.user(community, person).await? {
                Some(stored) if matches!(stored.value, UserState::Erased(_)) => {
                    // A process may have ended before it finished that erasure.
                    self.finish_erasures(community).await?;
                    return Ok(Erased::Already);
                }
                Some(_) => Erased::Now,
                None => Erased::Nobody,
            };
            let now = self.parts.clock.now();
            let planned = self.prepare_erasure(community, None, person, now).await?;
            match self.parts.store.write_tombstone(community, &planned).await {
                Ok(()) => {
                    self.index.note_user(community, person, None);
                    self.finish_erasures(community).await?;
                    return Ok(outcome);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    /// Deletes a batch's issues about people who were erased before it was written: it may have
    /// waited in a queue, or been written during the erasure. Issues of a run that began after the
    /// erasure stay. Calling it again has the same effect.
    pub(crate) async fn forget_late_issues(
        &self,
        community: &CommunityId,
        event: &EventId,
        run: RunNumber,
        issues: &[Issue],
    ) -> Result<(), Error> {
        let named: BTreeSet<PersonId> = issues.iter().filter_map(|issue| issue.person).collect();
        if named.is_empty() {
            return Ok(());
        }
        let named: Vec<PersonId> = named.into_iter().collect();
        for (person, user) in self.parts.store.users(community, &named).await? {
            let UserState::Erased(tombstone) = user else {
                continue;
            };
            if tombstone.runs.get(event).is_none_or(|last| run > *last) {
                continue;
            }
            let of_person = issues.iter().filter(|issue| issue.person == Some(person));
            let source_ids: Vec<String> = of_person
                .filter_map(|issue| issue.source_id.clone())
                .collect();
            self.parts
                .store
                .forget(event, person, &[], &source_ids)
                .await?;
        }
        Ok(())
    }

    async fn finish_erasure(&self, erasure: &Erasure, events: &[EventId]) -> Result<(), Error> {
        for event in events {
            // A run that had planned before the tombstone was written may write the attendee until
            // it is gone.
            while !self.forget_attendee(event, erasure).await? {}
        }
        // A mail that was stored before now is deleted here; the process that stores a later one
        // deletes it.
        self.forget_mail(erasure.person).await
    }

    /// Deletes an erased person from an event and its logs. Returns false where the attendee was
    /// written meanwhile.
    async fn forget_attendee(&self, event: &EventId, erasure: &Erasure) -> Result<bool, Error> {
        let person = erasure.person;
        let stored = self.parts.store.attendee(event, person).await?;
        let version = stored.as_ref().map(|stored| stored.version);
        let (log, records, source_id) = match stored.map(|stored| stored.value) {
            Some(attendee) => {
                if let Some(invitation) = &attendee.invitation {
                    let invitation_batch = InvitationBatchId::of(invitation);
                    if !self
                        .drop_waiting(event, invitation_batch, person, version)
                        .await?
                    {
                        return Ok(false);
                    }
                }
                (attendee.log, attendee.records, attendee.source_id)
            }
            None => (Vec::new(), Vec::new(), None),
        };
        let mut source_ids: Vec<String> = records
            .into_iter()
            .filter_map(|record| record.incoming.source_id)
            .chain(source_id)
            .collect();
        if erasure.event.as_ref() == Some(event) {
            source_ids.extend(erasure.source_ids.iter().cloned());
        }
        self.parts
            .store
            .forget(event, person, &log, &source_ids)
            .await?;
        self.forget_in_checkpoints(event, person).await?;
        self.forget_in_hooks(event, person, &source_ids).await?;
        let Some(version) = version else {
            return Ok(true);
        };
        match self
            .parts
            .store
            .delete_attendee(event, person, version)
            .await
        {
            Ok(()) => {
                self.index.note_attendee(event, person, None);
                Ok(true)
            }
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// The records of a person that a run read and that erase the person.
pub(crate) struct ReadRecords<'r> {
    event: &'r EventId,
    mapping_hash: u64,
    records: Vec<&'r Contribution>,
}

/// Returns what the records of a person said: those that were read last, and those that are stored.
fn what_was_said(
    attendee: Option<&Attendee>,
    read: Option<&ReadRecords<'_>>,
    key: &PersonKey,
) -> Vec<ErasedRecord> {
    let erased = |record: &Contribution, mapping_hash| ErasedRecord {
        key: record.key,
        mapping_hash,
        said: record.said(key),
    };
    let mut said: Vec<ErasedRecord> = Vec::new();
    if let Some(read) = read {
        let records = read.records.iter();
        said.extend(records.map(|record| erased(record, read.mapping_hash)));
    }
    if let Some(attendee) = attendee {
        let stored = attendee.records.iter();
        said.extend(stored.map(|record| erased(record, attendee.mapping_hash)));
    }
    said
}
