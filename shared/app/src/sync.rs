//! A sync: one run from its opening to its end.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::evaluate::Evaluator;
use attendee_sync_domain::fingerprint::{ENTRY_BYTES, Fingerprints};
use attendee_sync_domain::ids::{CommunityId, EventId, RunId, RunNumber};
use attendee_sync_domain::plan::Policy;
use attendee_sync_domain::run::{Counts, Decision, Extent, Run, RunMode, RunState};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;

use crate::App;
use crate::ask::{ask, extent, leave, meaning};
use crate::error::Error;
use crate::fetch::{Fetch, MAX_ISSUES, Reading};
use crate::parking::Parking;
use crate::pipeline;
use crate::ports::{
    Community, Conclusion, DoneSoFar, Mark, MarkChange, Opened, StoredFingerprints,
};
use crate::progress::Reporter;
use crate::read::Read;
use crate::reconcile::{Gate, keep_until};
use crate::settle::Settling;

/// Batches that are reconciled at the same time: one is planned while another is written.
const CONCURRENT_BATCHES: usize = 3;
/// Bytes of a page of fingerprints; an item has at most 400 KB, and larger ones cost the same.
const PAGE_BYTES: usize = 300_000;
/// The journal is folded into pages when it is longer than this …
const MIN_FOLD_BYTES: usize = 64 * 1024;
/// … and than this part of the pages; or when it has more items than this, and than one for so
/// many bytes of pages: an item costs as much to read as some kilobytes of a page.
const FOLD_PART: usize = 10;
const MIN_FOLD_ITEMS: usize = 256;
const PAGES_OF_AN_ITEM: usize = 4 * 1024;

/// Whom a sync is about.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everybody in the feed.
    Everyone,
    /// One person.
    One(EmailAddress),
}

/// An open run with what it works by.
pub struct Started {
    pub(crate) run: Run,
    pub(crate) document: EventDocument,
    pub(crate) community: Community,
    pub(crate) task: Task,
}

/// What an open run has to do.
pub(crate) enum Task {
    /// To read the source and apply what changed.
    Sync(Scope),
    /// To apply what a guard held and a person approved.
    Approved,
    /// Nothing: all was done when it was opened.
    Nothing,
}

impl Started {
    /// The run's id.
    #[must_use]
    pub fn id(&self) -> &RunId {
        &self.run.id
    }
}

impl App {
    /// One sync, from its opening to its end. A run that an earlier process left unfinished is
    /// finished instead. The run says whether it succeeded; an error says why there is none.
    pub async fn sync(&self, event: &EventId, scope: Scope) -> Result<Run, Error> {
        match self.begin(event, scope.clone()).await {
            Ok(started) => self.finish(started).await,
            Err(Error::Busy(id)) if self.progress(event).is_none() => {
                let started = match self.take_up(&id).await? {
                    Some(started) => started,
                    None => self.begin(event, scope).await?,
                };
                self.finish(started).await
            }
            Err(other) => Err(other),
        }
    }

    /// Opens a run; [`finish`](Self::finish) does its work.
    pub async fn begin(&self, event: &EventId, scope: Scope) -> Result<Started, Error> {
        let (document, community) = self.event_and_community(event).await?;
        match self
            .store
            .open_run(event, RunMode::Sync, self.clock.now())
            .await?
        {
            Opened::Run(run) => Ok(Started {
                run: *run,
                document,
                community,
                task: Task::Sync(scope),
            }),
            Opened::Closing => Err(Error::NoEvent(event.clone())),
            Opened::Busy(number) => Err(Error::Busy(RunId {
                event: event.clone(),
                number,
            })),
        }
    }

    /// Takes up a run that an ended process left under way. Only for a process that knows that it
    /// is the only one. `None` where there was nothing left to do but to close it.
    async fn take_up(&self, id: &RunId) -> Result<Option<Started>, Error> {
        let (document, community) = self.event_and_community(&id.event).await?;
        let mut run = self
            .store
            .run(id)
            .await?
            .unwrap_or_else(|| Run::begin(id.clone(), RunMode::Sync, self.clock.now()));
        if run.state.is_over() {
            if run.state != RunState::Held {
                self.store.release(id).await?;
            }
            self.store.close_run(&run, &MarkChange::Clear).await?;
            return Ok(None);
        }
        let task = if run.hold.is_some() {
            Task::Approved
        } else {
            // It may have come to its end once already.
            self.hold_back(id).await?;
            run.state = RunState::Reading;
            Task::Sync(Scope::Everyone)
        };
        run.attempt += 1;
        self.store.put_run(&run).await?;
        tracing::info!(run = %id, attempt = run.attempt, "taking up a run that was cut off");
        Ok(Some(Started {
            run,
            document,
            community,
            task,
        }))
    }

    /// Finishes what ended processes left: erasures, events that were taken out, and runs. Gives the runs taken up. Only for a
    /// process that knows that it is the only one.
    pub async fn recover(&self) -> Result<Vec<Started>, Error> {
        let mut taken_up = Vec::new();
        for community in self.store.communities().await? {
            self.finish_erasures(&community).await?;
            self.finish_closings(&community).await?;
            for event in self.store.events(&community).await? {
                if let Some(number) = self.store.run_under_way(&event).await? {
                    taken_up.extend(self.take_up(&RunId { event, number }).await?);
                }
            }
        }
        Ok(taken_up)
    }

    /// Does a run's work, or that of its approval, and stores how it ended.
    pub async fn finish(&self, started: Started) -> Result<Run, Error> {
        let Started {
            mut run,
            document,
            community,
            task,
        } = started;
        let scope = match task {
            Task::Sync(scope) => scope,
            Task::Approved => return self.finish_approval(run, &document, &community).await,
            Task::Nothing => return Ok(run),
        };
        if scope != Scope::Everyone {
            // Should it fail before it reads, it is still no sync of everybody.
            run.extent = Extent::OnePerson;
        }
        let reporter = self.report(&run);
        // On the heap: it is large, and every caller's future would be too.
        let mut left = Left::default();
        let work = self.work(
            &mut run, &document, &community, &scope, &reporter, &mut left,
        );
        let result = Box::pin(work).await;
        self.conclude(&mut run, &document, &scope, &left, result)
            .await?;
        drop(reporter);
        Ok(run)
    }

    /// Stores how a run ended, and lets the next one begin.
    pub(crate) async fn conclude(
        &self,
        run: &mut Run,
        document: &EventDocument,
        scope: &Scope,
        left: &Left,
        result: Result<(), Error>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        run.finished = Some(now);
        run.milliseconds = u64::try_from(now.duration_since(run.started).as_millis()).unwrap_or(0);
        match result {
            Ok(()) if run.hold.is_some() => run.state = RunState::Held,
            Ok(()) => {
                run.state = RunState::Succeeded;
                if *scope != Scope::Everyone && run.counts.accounted() == 0 {
                    run.reason = Some(
                        "the source has no record with this e-mail address, or a rule leaves it out of scope"
                            .to_owned(),
                    );
                }
            }
            Err(error) => {
                run.state = RunState::Failed;
                run.complete = false;
                run.reason = Some(explain(&error));
                tracing::warn!(run = %run.id, error = explain(&error), "the run failed");
                self.wind_up(run, &document.community).await?;
            }
        }
        // What a run that failed read and did not finish, and what one person's run passed over,
        // is not counted; the records of a whole feed were counted as they were read. Where it
        // changed between two attempts, both count what they read.
        if run.state == RunState::Failed || *scope != Scope::Everyone || run.attempt > 1 {
            run.counts.records_read = run.counts.accounted();
        }
        // Some things are said twice where people were planned again; they are kept once.
        if (1..=MAX_ISSUES).contains(&run.counts.issues) {
            run.counts.issues = self.store.issues(&run.id).await?.len() as u64;
        }
        if run.state == RunState::Held || run.state == RunState::Succeeded {
            self.supersede(run, left.held).await?;
        }
        let mark = leave(
            run,
            document,
            left.mark.clone(),
            left.meaning,
            &left.conclusion,
        );
        self.gather_invitations(run, document).await?;
        Ok(self.store.close_run(run, &mark).await?)
    }

    /// What a run that failed did is in its log, whether it heard of it or not; nothing of it waits.
    pub(crate) async fn wind_up(
        &self,
        run: &mut Run,
        community: &CommunityId,
    ) -> Result<(), Error> {
        let keep = keep_until(run.started);
        self.store.tell_rest(community, &run.id, keep).await?;
        let done = self.store.done_so_far(&run.id, 0).await?.counts;
        run.counts = Counts {
            added: done.added,
            updated: done.updated,
            removed: done.removed,
            erased: done.erased,
            missing_removed: done.missing_removed,
            invitations_queued: done.invitations_queued,
            ..run.counts
        };
        self.store.release(&run.id).await?;
        Ok(())
    }

    /// What an older run holds waits no longer: this one looked at the same people, or holds
    /// something itself; only one run's changes wait at a time.
    async fn supersede(&self, run: &Run, held: Option<RunNumber>) -> Result<(), Error> {
        let takes_over = run.extent != Extent::OnePerson || run.state == RunState::Held;
        let Some(number) = held.filter(|_| takes_over) else {
            return Ok(());
        };
        let id = RunId {
            event: run.id.event.clone(),
            number,
        };
        self.decide(&id, Decision::Superseded).await
    }

    async fn work(
        &self,
        run: &mut Run,
        document: &EventDocument,
        community: &Community,
        scope: &Scope,
        reporter: &Reporter<'_>,
        left: &mut Left,
    ) -> Result<(), Error> {
        self.finish_erasures(&community.id).await?;
        if self.cloud.is_some() {
            self.clear_what_was_left(&community.id).await;
            self.migrate_memberships(&community.id).await;
        }
        let standing = self.store.standing(&document.event).await?;
        left.held = standing.held;
        left.mark = standing.mark;
        let done = if run.attempt > 1 {
            self.store.release(&run.id).await?;
            self.store.done_so_far(&run.id, 0).await?
        } else {
            DoneSoFar::default()
        };
        run.counts = done.counts;
        let lookups = self.sources.lookups(&document.source).await?;
        let evaluator = Evaluator::new(document, &community.key, &lookups);
        left.meaning = meaning(document, &evaluator);
        let ask = match run.attempt {
            1 => ask(
                document,
                scope,
                left.mark.as_ref(),
                left.meaning,
                self.clock.now(),
            ),
            // The source may have changed since the first attempt.
            _ => ask(document, scope, None, left.meaning, self.clock.now()),
        };
        let mut source = self.open(document, &ask).await?;
        if source.is_not_modified() {
            run.extent = Extent::NotModified;
            run.complete = true;
            (run.pages, run.bytes) = source.read();
            return Ok(());
        }
        let stored = self.store.fingerprints(&document.event).await?;
        let fingerprints = Fingerprints::unpack(&stored.pages, &stored.journal);
        let lengths = Lengths::of(&stored);
        drop(stored);
        let policy = Policy::new(document);
        let reading = Reading {
            document,
            evaluator: &evaluator,
            key: &community.key,
            run: run.id.number,
            ask: &ask,
            limits: self.batch_limits(),
        };
        let parking = Parking::new(run.id.clone(), keep_until(run.started));
        let (queue, batches) = pipeline::channel();
        let read = async {
            // The queue ends with the reading, and reconciling with the queue.
            let queue = queue;
            let mut fetch = Fetch::new(&queue, &reading, fingerprints, done);
            self.read(&mut source, &mut fetch, document, None, reporter)
                .await
        };
        let applied = self.reconcile_all(community, &policy, batches, &parking, reporter);
        let (read, applied) = tokio::join!(read, applied);
        let Read {
            counts,
            pages,
            bytes,
            sent,
            next_batch,
            outcome,
        } = read;
        run.counts.add(&counts);
        run.pages = pages;
        run.bytes = bytes;
        left.conclusion = source.conclusion();
        run.extent = extent(&ask, &left.conclusion);
        match applied {
            Ok(applied) => run.counts.add(&applied),
            // Why reconciling ended says more than that its queue was closed.
            Err(error) => return Err(error),
        }
        if let Err(error) = outcome {
            // Nobody knows what is many: what waits is dropped.
            run.counts.unchanged += parking.into_parked().records;
            return Err(error);
        }
        let settling = Settling {
            document,
            community: &community.id,
            policy: &policy,
            next_batch,
            reporter,
        };
        self.settle(run, parking, settling).await?;
        run.complete = run.extent == Extent::Everything;
        self.fold_if_long(run, document, left, lengths.with(sent))
            .await;
        Ok(())
    }

    /// Folds the memberships, and the journal of fingerprints while the run still keeps others away; without it the next
    /// run reads a longer one, and no more. Not while something waits: its approval adds to the
    /// journal of its own run, which must not be older than the pages.
    pub(crate) async fn fold_if_long(
        &self,
        run: &Run,
        document: &EventDocument,
        left: &Left,
        lengths: Lengths,
    ) {
        self.fold_memberships_after(&document.community, &run.counts)
            .await;
        let waits = run.hold.is_some() || (run.extent == Extent::OnePerson && left.held.is_some());
        if !waits
            && lengths.ask_for_folding()
            && let Err(error) = self.fold(&document.event).await
        {
            tracing::warn!(run = %run.id, error = explain(&error), "fingerprints were not folded");
        }
    }

    async fn reconcile_all(
        &self,
        community: &Community,
        policy: &Policy,
        mut batches: mpsc::Receiver<attendee_sync_domain::plan::Batch>,
        parking: &Parking,
        reporter: &Reporter<'_>,
    ) -> Result<Counts, Error> {
        stream::poll_fn(|context| batches.poll_recv(context))
            .map(|batch| async {
                let people = batch.people.len() as u64;
                let counts = self
                    .reconcile(&community.id, policy, batch, Gate::Parking(parking))
                    .await?;
                reporter.update(|progress| progress.applied += people);
                Ok(counts)
            })
            .buffer_unordered(CONCURRENT_BATCHES)
            .try_fold(Counts::default(), |mut sum, counts| async move {
                sum.add(&counts);
                Ok(sum)
            })
            .await
    }

    /// Puts the journal of fingerprints into their pages.
    async fn fold(&self, event: &EventId) -> Result<(), Error> {
        let stored = self.store.fingerprints(event).await?;
        let folded = Fingerprints::unpack(&stored.pages, &stored.journal);
        self.store
            .fold(event, &stored, &folded.pages(PAGE_BYTES))
            .await?;
        Ok(())
    }

    pub(crate) async fn event_and_community(
        &self,
        event: &EventId,
    ) -> Result<(EventDocument, Community), Error> {
        let document = self.document(event).await?;
        let community = self
            .store
            .community(&document.community)
            .await?
            .ok_or_else(|| Error::NoCommunity(document.community.clone()))?;
        Ok((document, community))
    }

    /// An event's configuration.
    pub async fn document(&self, event: &EventId) -> Result<EventDocument, Error> {
        let stored = self.store.event(event).await?;
        Ok(stored.ok_or_else(|| Error::NoEvent(event.clone()))?.value)
    }
}

/// How many bytes of fingerprints are stored.
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
            journal: stored.journal.iter().map(|(_, part)| part.len()).sum(),
            items: stored.journal.len(),
        }
    }

    /// After these people were sent on, nearly all of whom have one record.
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

/// What a run knows at its end for the next one.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Left {
    pub(crate) held: Option<RunNumber>,
    pub(crate) mark: Option<Mark>,
    pub(crate) meaning: u64,
    pub(crate) conclusion: Conclusion,
    /// The short ids of people whom runs wrote that failed: they are planned anew, whatever is known of
    /// their records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) in_doubt: Vec<u64>,
}

/// An error with its causes, in one line.
pub(crate) fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
