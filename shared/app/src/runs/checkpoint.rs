//! Run checkpoints for the process that continues a run, and the removal of erased people from
//! them.
//!
//! An erasure writes its tombstone first and reads the checkpoint then. A process that writes a
//! checkpoint looks for tombstones of its people afterwards, and rewrites it without them. So
//! whichever comes last finds the other.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{EventId, PersonId, PersonKey, RunId, RunNumber};
use attendee_sync_domain::people::UserState;
use attendee_sync_domain::plan::Delta;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::Error;
use crate::ports::{CommunityRecord, ReadMode, SourceError, StoreError};
use crate::runs::drain::Drain;
use crate::runs::fetch::checkpoint::FetchCheckpoint;
use crate::runs::opening::ReadBookmark;
use crate::runs::start::{CarryOver, Lengths, SyncScope};

/// How long a checkpoint is kept.
const CHECKPOINT_KEPT: SignedDuration = SignedDuration::from_hours(48);
/// The format of a checkpoint. A checkpoint in another format was written by another version.
const FORMAT: u32 = 2;

/// The state of a run that the next process needs.
#[derive(Serialize, Deserialize)]
pub(crate) struct RunCheckpoint {
    /// The format of the checkpoint. The previous version wrote none.
    format: u32,
    /// The configuration with which the run began.
    pub(crate) document: EventDocument,
    pub(crate) scope: SyncScope,
    pub(crate) left: CarryOver,
    /// The lengths of the fingerprints when the run began.
    pub(crate) lengths: Lengths,
    pub(crate) stage: RunStage,
}

/// The stage of a run.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunStage {
    /// The run has not begun to read.
    Begin,
    /// The source is being read.
    Reading {
        ask: ReadMode,
        fetch: Box<FetchCheckpoint>,
        bookmark: Box<ReadBookmark>,
    },
    /// The source was read; batches are being reconciled.
    Draining(Drain),
}

/// What remains of a checkpoint without a person.
enum Without {
    /// The whole checkpoint: it did not name the person.
    Same,
    /// The checkpoint without the person.
    Rest,
    /// Nothing: the checkpoint was about this person only.
    Nothing,
}

impl RunCheckpoint {
    /// Returns the checkpoint of a run that has not begun to read.
    pub(crate) fn new(document: EventDocument, scope: SyncScope) -> Self {
        Self {
            format: FORMAT,
            document,
            scope,
            left: CarryOver::default(),
            lengths: Lengths::default(),
            stage: RunStage::Begin,
        }
    }

    fn read(state: &[u8]) -> Option<Self> {
        let checkpoint: Self = serde_json::from_slice(state).ok()?;
        (checkpoint.format == FORMAT).then_some(checkpoint)
    }

    fn written(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|error| {
            let error = SourceError {
                message: "how far the run came cannot be written down".to_owned(),
                source: Some(Box::new(error)),
            };
            error.into()
        })
    }

    /// The people it names.
    fn people(&self, key: &PersonKey) -> Vec<PersonId> {
        let mut people: Vec<PersonId> = match &self.stage {
            RunStage::Reading { fetch, .. } => fetch.people().collect(),
            RunStage::Begin | RunStage::Draining(_) => Vec::new(),
        };
        if let SyncScope::One(email) = &self.scope {
            people.push(PersonId::of(key, email));
        }
        people
    }

    /// What was read of a person and waits to be planned.
    fn about(&self, person: PersonId) -> Vec<Delta> {
        match &self.stage {
            RunStage::Reading { fetch, .. } => fetch.about(person).cloned().collect(),
            RunStage::Begin | RunStage::Draining(_) => Vec::new(),
        }
    }

    /// Removes a person from it.
    fn forget(&mut self, key: &PersonKey, person: PersonId) -> Without {
        if matches!(self.scope, SyncScope::Record(_)) {
            // Nobody can tell here whose record it is.
            return Without::Nothing;
        }
        if let SyncScope::One(email) = &self.scope
            && PersonId::of(key, email) == person
        {
            return Without::Nothing;
        }
        let named = match &mut self.stage {
            RunStage::Reading { fetch, .. } => fetch.forget(person),
            RunStage::Begin | RunStage::Draining(_) => false,
        };
        if named { Without::Rest } else { Without::Same }
    }
}

impl App {
    /// Saves a run checkpoint. A run that is about one erased person leaves no checkpoint: the
    /// process that continues such a run ends it.
    pub(crate) async fn save_run_checkpoint(
        &self,
        run: &RunId,
        checkpoint: &mut RunCheckpoint,
        community: &CommunityRecord,
    ) -> Result<(), Error> {
        let keep_until = self.checkpoint_expiry();
        let state = checkpoint.written()?;
        self.parts
            .store
            .save_checkpoint(run, &state, keep_until)
            .await?;
        loop {
            // This repeats until a check after the last write finds nobody: a person may be erased
            // between a check and a write.
            let people = checkpoint.people(&community.key);
            let erased = self.erased_since(community, run, &people).await?;
            let mut changed = false;
            for person in erased {
                match checkpoint.forget(&community.key, person) {
                    Without::Same => {}
                    Without::Rest => changed = true,
                    Without::Nothing => return Ok(self.parts.store.delete_checkpoint(run).await?),
                }
            }
            if !changed {
                return Ok(());
            }
            let state = checkpoint.written()?;
            self.parts
                .store
                .save_checkpoint(run, &state, keep_until)
                .await?;
        }
    }

    fn checkpoint_expiry(&self) -> Timestamp {
        let now = self.parts.clock.now();
        now.checked_add(CHECKPOINT_KEPT).unwrap_or(now)
    }

    /// Returns those of these people who were erased during this run or a later one. People who
    /// were erased before may return by this run.
    async fn erased_since(
        &self,
        community: &CommunityRecord,
        run: &RunId,
        people: &[PersonId],
    ) -> Result<Vec<PersonId>, Error> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let users = self.parts.store.users(&community.id, people).await?;
        let erased = users.into_iter().filter(|(_, user)| match user {
            UserState::Erased(tombstone) => {
                let newest: Option<&RunNumber> = tombstone.runs.get(&run.event);
                newest.is_some_and(|newest| *newest >= run.number)
            }
            UserState::User(_) => false,
        });
        Ok(erased.map(|(person, _)| person).collect())
    }

    /// Returns a run checkpoint; `None` where another version wrote it, or it was lost.
    pub(crate) async fn load_run_checkpoint(
        &self,
        run: &RunId,
    ) -> Result<Option<RunCheckpoint>, Error> {
        let stored = self.parts.store.load_checkpoint(run).await?;
        let state = stored.and_then(|stored| stored.state);
        Ok(state.and_then(|state| RunCheckpoint::read(&state)))
    }

    /// Returns what runs of an event have written down of a person, each with its run: what was read of them, and whether
    /// the run is about them alone.
    pub(crate) async fn checkpoints_about(
        &self,
        event: &EventId,
        key: &PersonKey,
        person: PersonId,
    ) -> Result<Vec<(RunNumber, Vec<Delta>)>, Error> {
        let mut found = Vec::new();
        for number in self.parts.store.runs_with_checkpoint(event).await? {
            let run = RunId {
                event: event.clone(),
                number,
            };
            let Some(checkpoint) = self.load_run_checkpoint(&run).await? else {
                continue;
            };
            if checkpoint.people(key).contains(&person) {
                found.push((number, checkpoint.about(person)));
            }
        }
        Ok(found)
    }

    /// Removes an erased person from the checkpoints of an event's runs.
    pub(crate) async fn forget_in_checkpoints(
        &self,
        event: &EventId,
        person: PersonId,
    ) -> Result<(), Error> {
        for number in self.parts.store.runs_with_checkpoint(event).await? {
            let run = RunId {
                event: event.clone(),
                number,
            };
            if self.parts.store.run_under_way(event).await? == Some(number) {
                while !self.forget_in(&run, person).await? {}
            } else {
                // The run's process ended before it deleted the checkpoint.
                self.parts.store.delete_checkpoint(&run).await?;
            }
        }
        Ok(())
    }

    /// Returns false where the checkpoint was written again meanwhile.
    async fn forget_in(&self, run: &RunId, person: PersonId) -> Result<bool, Error> {
        let Some(stored) = self.parts.store.load_checkpoint(run).await? else {
            return Ok(true);
        };
        let mut state = None;
        if let Some(mut checkpoint) = stored.state.as_deref().and_then(RunCheckpoint::read) {
            let community = self.known_community(&checkpoint.document.community).await?;
            state = match checkpoint.forget(&community.key, person) {
                // Pieces of an unfinished write may name the person.
                Without::Same if stored.is_alone => return Ok(true),
                Without::Same | Without::Rest => Some(checkpoint.written()?),
                Without::Nothing => None,
            };
        }
        let until = self.checkpoint_expiry();
        let put = self
            .parts
            .store
            .replace_checkpoint(run, stored.version, state.as_deref(), until);
        match put.await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
