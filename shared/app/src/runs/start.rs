//! Opens and closes runs, and follows runs that were interrupted.

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::fingerprint::ENTRY_BYTES;
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use attendee_sync_domain::run::{
    Counts, Coverage, Follows, HoldDecision, MAX_INTERRUPTIONS, Run, RunMode, RunState,
};

use crate::App;
use crate::error::Error;
use crate::ports::{
    CommunityRecord, Conclusion, CursorChange, RunOpening, StoredFingerprints, SyncCursor, at_least,
};
use crate::runs::engine::CommandOutcome;
use crate::runs::fetch::MAX_ISSUES;
use crate::runs::read_mode::leave;
use crate::runs::sight::Lost;

/// Bytes of a page of fingerprints; an item has at most 400 KB, and larger ones cost the same.
const PAGE_BYTES: usize = 300_000;
/// The journal is folded into pages when it is longer than this …
const MIN_FOLD_BYTES: usize = 64 * 1024;
/// … and than this part of the pages; or when it has more items than this, and than one for so
/// many bytes of pages: an item costs as much to read as some kilobytes of a page.
const FOLD_PART: usize = 10;
const MIN_FOLD_ITEMS: usize = 256;
const PAGES_OF_AN_ITEM: usize = 4 * 1024;

/// The people that a sync is about.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncScope {
    /// Everybody in the feed.
    Everyone,
    /// One person.
    One(EmailAddress),
    /// One record, by what the source is asked for it by.
    Record(String),
}

/// An open run with all that its work needs.
pub struct StartedRun {
    pub(crate) run: Run,
    pub(crate) document: EventDocument,
    pub(crate) community: CommunityRecord,
    pub(crate) task: Task,
}

/// The work of an open run.
pub(crate) enum Task {
    /// Read the source and apply what changed.
    Sync(SyncScope),
    /// Apply the held changes that a person approved.
    Approved,
    /// Nothing: all was done when it was opened.
    Nothing,
}

impl StartedRun {
    /// The run's id.
    #[must_use]
    pub fn id(&self) -> &RunId {
        &self.run.id
    }
}

impl App {
    /// Runs one sync from its opening to its end. A run that an ended process left under way is
    /// ended first, and followed. The returned run says whether it succeeded; an error says why
    /// there is no run.
    pub async fn sync(&self, event: &EventId, scope: SyncScope) -> Result<Run, Error> {
        let started = Box::pin(self.begin_or_follow(event, scope)).await?;
        self.finish(started).await
    }

    /// Opens a run, or what follows one whose process ended. May only be called by a process that
    /// knows that it is the only one.
    pub async fn begin_or_follow(
        &self,
        event: &EventId,
        scope: SyncScope,
    ) -> Result<StartedRun, Error> {
        match Box::pin(self.begin(event, scope.clone())).await {
            Err(Error::Busy(id))
                if self.parts.cloud.is_none() && self.progress(event).is_none() =>
            {
                match Box::pin(self.follow(&id)).await? {
                    Some(started) => Ok(started),
                    None => Box::pin(self.begin(event, scope)).await,
                }
            }
            other => other,
        }
    }

    /// Opens a run; [`finish`](Self::finish) does its work.
    pub async fn begin(&self, event: &EventId, scope: SyncScope) -> Result<StartedRun, Error> {
        let (document, community) = self.event_and_community(event).await?;
        if self.is_purge_due(&document)? {
            return Err(Error::Purged(event.clone()));
        }
        match self
            .parts
            .store
            .open_run(event, RunMode::Sync, self.parts.clock.now())
            .await?
        {
            RunOpening::Run(run) => {
                Box::pin(self.end_uploaded_list(&document)).await;
                Ok(StartedRun {
                    run: *run,
                    document,
                    community,
                    task: Task::Sync(scope),
                })
            }
            RunOpening::Closing => Err(Error::NoEvent(event.clone())),
            RunOpening::Purging => Err(Error::Purged(event.clone())),
            RunOpening::Busy(number) => Err(Error::Busy(RunId {
                event: event.clone(),
                number,
            })),
        }
    }

    /// Closes a run whose process ended, and returns what follows it: the same approval, or a run
    /// of the same scope. Returns `None` where nothing follows automatically.
    pub(crate) async fn follow(&self, id: &RunId) -> Result<Option<StartedRun>, Error> {
        let (document, community) = self.event_and_community(&id.event).await?;
        let given_up = self.give_up(id, &document, RunState::Interrupted).await?;
        let Some(run) = given_up else {
            return Ok(None);
        };
        if run.state == RunState::Applying {
            tracing::info!(run = %id, "an approval that was cut off goes on");
            return Ok(Some(StartedRun {
                run,
                document,
                community,
                task: Task::Approved,
            }));
        }
        if run.extent == Coverage::OnePerson || run.interruptions() >= MAX_INTERRUPTIONS {
            return Ok(None);
        }
        let mut started = match Box::pin(self.begin(&id.event, SyncScope::Everyone)).await {
            Ok(started) => started,
            Err(Error::Busy(_) | Error::Purged(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        started.run.follows = Some(Follows::of(&run));
        if !self.parts.store.put_unless_over(&started.run).await? {
            // This process was paused for so long that others gave the run up, or the event is
            // gone.
            return Ok(None);
        }
        tracing::info!(run = %started.run.id, after = %id, "a run follows one that was cut off");
        Ok(Some(started))
    }

    /// Closes a run whose process ended; what its marks name is done and counted. Returns the run
    /// where something may follow it: an approval stays under way, any other run is returned as it
    /// ended.
    pub(crate) async fn give_up(
        &self,
        id: &RunId,
        document: &EventDocument,
        state: RunState,
    ) -> Result<Option<Run>, Error> {
        let now = self.parts.clock.now();
        let mut run = if let Some(run) = self.parts.store.run(id).await? {
            run
        } else {
            // The run's process ended before it stored the run.
            let run = Run::begin(id.clone(), RunMode::Sync, now);
            self.parts.store.add_run(run).await?
        };
        if run.state.is_over() {
            if run.state != RunState::Held {
                self.parts.store.release(id).await?;
            }
            self.parts.store.delete_checkpoint(id).await?;
            self.parts
                .store
                .close_run(&run, &CursorChange::Clear)
                .await?;
            return Ok((run.state == RunState::Interrupted).then_some(run));
        }
        if run.hold.is_some() {
            return Ok(Some(run));
        }
        run.state = state;
        run.complete = false;
        run.finished = Some(now);
        self.finish_run(&mut run).await?;
        run.counts.records_read = run.counts.accounted();
        run.reason = Some(gone(&run));
        self.gather_invitations(&mut run, document).await?;
        self.parts.store.delete_checkpoint(id).await?;
        self.parts
            .store
            .close_run(&run, &CursorChange::Clear)
            .await?;
        self.add_to_the_past(id).await?;
        tracing::warn!(run = %id, "a run was given up: nobody worked on it any more");
        Ok(Some(run))
    }

    /// Finishes what ended processes left: erasures, closed events, and runs. Returns the runs to
    /// work on next. May only be called by a process that knows that it is the only one.
    pub async fn recover(&self) -> Result<Vec<StartedRun>, Error> {
        let mut next = Vec::new();
        for community in self.parts.store.communities().await? {
            self.finish_erasures(&community).await?;
            self.finish_closings(&community).await?;
            self.finish_purges(&community).await?;
            self.finish_regroupings(&community).await?;
            for event in self.parts.store.events(&community).await? {
                if let Some(number) = self.parts.store.run_under_way(&event).await? {
                    next.extend(self.follow(&RunId { event, number }).await?);
                }
            }
        }
        Ok(next)
    }

    /// Does all the work of a run, or of its approval.
    pub async fn finish(&self, started: StartedRun) -> Result<Run, Error> {
        match Box::pin(self.work_on(started, None)).await? {
            CommandOutcome::Over(run) => Ok(*run),
            CommandOutcome::Suspended(_) | CommandOutcome::Nothing(_) => Err(Error::Aborted),
        }
    }

    /// Stores how a run ended, and lets the next one begin.
    pub(crate) async fn conclude(
        &self,
        run: &mut Run,
        document: &EventDocument,
        scope: &SyncScope,
        left: &CarryOver,
        result: Result<(), Error>,
    ) -> Result<(), Error> {
        let now = self.parts.clock.now();
        run.finished = Some(now);
        run.milliseconds = u64::try_from(now.duration_since(run.started).as_millis()).unwrap_or(0);
        match result {
            Ok(()) if run.hold.is_some() => run.state = RunState::Held,
            Ok(()) => {
                run.state = RunState::Succeeded;
                let nothing = match scope {
                    SyncScope::Everyone => None,
                    SyncScope::One(_) => Some(
                        "the source has no record with this e-mail address, or a rule ignores it",
                    ),
                    SyncScope::Record(_) => Some(
                        "the source answered without a record when it was asked for the one that a hook named",
                    ),
                };
                if run.counts.accounted() == 0 {
                    run.reason = nothing.map(str::to_owned);
                }
            }
            Err(error) => {
                run.state = match error {
                    Error::Stopped => RunState::Stopped,
                    _ => RunState::Failed,
                };
                run.complete = false;
                run.reason = Some(with_causes(&error));
                tracing::warn!(run = %run.id, error = with_causes(&error), "the run failed");
                self.finish_run(run).await?;
            }
        }
        // Records that a run read and did not finish because it ended early, and records that a run
        // of one person skipped, are not counted; those of a whole feed were counted when they were
        // read.
        if run.state.ended_early() || *scope != SyncScope::Everyone {
            run.counts.records_read = run.counts.accounted();
        }
        // Planning people again may repeat an issue; it is stored once.
        if (1..=MAX_ISSUES).contains(&run.counts.issues) {
            run.counts.issues = self.parts.store.issues(&run.id).await?.len() as u64;
        }
        if run.state == RunState::Held || run.state == RunState::Succeeded {
            self.supersede(run, left.held).await?;
        }
        let mark = leave(
            run,
            document,
            left.mark.clone(),
            left.mapping_hash,
            left.keys_unique,
            &left.conclusion,
        );
        self.gather_invitations(run, document).await?;
        self.parts.store.close_run(run, &mark).await?;
        self.end_uploaded_list(document).await;
        // A batch may have been written after it was counted, and before the run was closed.
        self.add_to_the_past(&run.id).await
    }

    /// Counts what a failed run did by its marks, whether or not the run learned of it, and drops
    /// its pending changes.
    async fn finish_run(&self, run: &mut Run) -> Result<(), Error> {
        let done = self
            .parts
            .store
            .marks(&run.id, 0..=u32::MAX)
            .await?
            .counts();
        run.counts = Counts {
            unchanged: run.counts.unchanged.max(done.unchanged),
            ..at_least(run.counts, &done)
        };
        self.parts.store.release(&run.id).await?;
        Ok(())
    }

    /// Supersedes the pending changes of an older run: this run read the same people, or holds
    /// changes itself, and only one run's changes can be pending at a time.
    async fn supersede(&self, run: &Run, held: Option<RunNumber>) -> Result<(), Error> {
        let takes_over = run.extent != Coverage::OnePerson || run.state == RunState::Held;
        let Some(number) = held.filter(|_| takes_over) else {
            return Ok(());
        };
        let id = RunId {
            event: run.id.event.clone(),
            number,
        };
        self.decide(&id, HoldDecision::Superseded).await
    }

    /// Folds the memberships, and the journal of fingerprints while the run still keeps other runs
    /// away. A failure is only logged: the next run reads a longer journal. Nothing is folded while
    /// changes are pending: their approval adds to the journal of its own run, which must not be
    /// older than the pages.
    pub(crate) async fn fold_if_long(
        &self,
        run: &Run,
        document: &EventDocument,
        left: &CarryOver,
        lengths: Lengths,
    ) {
        self.fold_memberships_after(&document.community, &run.counts)
            .await;
        let waits =
            run.hold.is_some() || (run.extent == Coverage::OnePerson && left.held.is_some());
        if !waits
            && lengths.ask_for_folding()
            && let Err(error) = self.fold(&document.event).await
        {
            tracing::warn!(run = %run.id, error = with_causes(&error), "fingerprints were not folded");
        }
    }

    /// Folds the journal of fingerprints into their pages.
    async fn fold(&self, event: &EventId) -> Result<(), Error> {
        let mut stored = self.parts.store.fingerprints(event).await?;
        let folded = stored.unpacked();
        // From here on only the keys of what was read are needed, not its content.
        stored.pages = Vec::new();
        for part in &mut stored.journal {
            part.entries = Vec::new();
        }
        self.parts
            .store
            .fold(event, &stored, &folded.pages(PAGE_BYTES))
            .await?;
        Ok(())
    }

    pub(crate) async fn event_and_community(
        &self,
        event: &EventId,
    ) -> Result<(EventDocument, CommunityRecord), Error> {
        let document = self.document(event).await?;
        let community = self
            .parts
            .store
            .community(&document.community)
            .await?
            .ok_or_else(|| Error::NoCommunity(document.community.clone()))?;
        Ok((document, community))
    }

    /// An event's configuration.
    pub async fn document(&self, event: &EventId) -> Result<EventDocument, Error> {
        let stored = self.parts.store.event(event).await?;
        Ok(stored.ok_or_else(|| Error::NoEvent(event.clone()))?.value)
    }
}

/// Returns the reason of a run whose process ended.
fn gone(run: &Run) -> String {
    let next = match run.state {
        RunState::Stopped => return Error::Stopped.to_string(),
        _ if run.extent == Coverage::OnePerson => "start it again",
        _ if run.interruptions() >= MAX_INTERRUPTIONS => {
            "it is retried later, because several runs in a row were interrupted"
        }
        _ => "another run starts automatically and reads everything again",
    };
    format!(
        "the process that ran the sync ended; its changes until then are kept and counted; {next}"
    )
}

/// The number of bytes and items of the stored fingerprints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Lengths {
    pages: usize,
    journal: usize,
    #[serde(default)]
    items: usize,
}

impl Lengths {
    pub(crate) fn of(stored: &StoredFingerprints) -> Self {
        Self {
            pages: stored.pages.iter().map(Vec::len).sum(),
            journal: stored.journal.iter().map(|part| part.entries.len()).sum(),
            items: stored.journal.len(),
        }
    }

    /// Returns the lengths after this many people were sent, nearly all of whom have one record.
    pub(crate) fn with(self, people: u64) -> Self {
        let people = usize::try_from(people).unwrap_or(usize::MAX);
        Self {
            journal: self
                .journal
                .saturating_add(people.saturating_mul(ENTRY_BYTES)),
            ..self
        }
    }

    fn ask_for_folding(self) -> bool {
        self.journal > MIN_FOLD_BYTES.max(self.pages / FOLD_PART)
            || self.items > MIN_FOLD_ITEMS.max(self.pages / PAGES_OF_AN_ITEM)
    }
}

/// What a run knows at its end that the next run needs.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct CarryOver {
    pub(crate) held: Option<RunNumber>,
    pub(crate) mark: Option<SyncCursor>,
    #[serde(rename = "meaning")]
    pub(crate) mapping_hash: u64,
    pub(crate) conclusion: Conclusion,
    /// Whether every source id belongs to one record only; `None` where not all of the feed was
    /// read.
    #[serde(default)]
    pub(crate) keys_unique: Option<bool>,
    /// What the feed no longer has.
    #[serde(default)]
    pub(crate) lost: Lost,
}

impl CarryOver {
    /// Returns whether the last complete read, with the same mapping, showed that every source id
    /// belongs to one record only.
    pub(crate) fn keys_were_unique(&self) -> bool {
        let mark = self.mark.as_ref();
        mark.is_some_and(|mark| mark.keys_unique && mark.mapping_hash == self.mapping_hash)
    }
}
