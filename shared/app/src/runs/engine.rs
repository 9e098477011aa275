//! The run engine: one process reads the source and sends batches, others reconcile them, and the
//! process that finds all of them done evaluates the guards and closes the run. Where the time of a
//! process ends before that, it saves a checkpoint, and another process continues the run.
//!
//! In the cloud these are functions with queues between them; on one machine, tasks of one process
//! with a channel between them.

use std::time::Duration;

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::evaluate::Evaluator;
use attendee_sync_domain::fingerprint::Fingerprints;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use attendee_sync_domain::plan::{Batch, Policy};
use attendee_sync_domain::run::{Coverage, Run, RunState};
use attendee_sync_domain::schedule::Why;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Instrument;

use crate::App;
use crate::error::Error;
use crate::ports::{BatchSink, CommunityRecord, RunCommand, SourceError, SourceSideLists};
use crate::runs::batch_sender::BatchSender;
use crate::runs::checkpoint::{RunCheckpoint, RunStage};
use crate::runs::drain::Drain;
use crate::runs::fetch::{Fetch, ReadingContext, checkpoint::FetchCheckpoint};
use crate::runs::guards::GuardInputs;
use crate::runs::in_process;
use crate::runs::lease::LONGEST_WAIT;
use crate::runs::new_groups::WithGroups;
use crate::runs::opening::Opening;
use crate::runs::progress::Reporter;
use crate::runs::read_mode::{ask, believed, extent, mapping_hash};
use crate::runs::reader::{FeedRead, Reached};
use crate::runs::reconcile::ApplyMode;
use crate::runs::start::{Lengths, StartedRun, SyncScope, Task};
use crate::runs::stop::StopSign;

/// Batches that are sent to the queue together: as many as one request to SQS may have (Amazon SQS
/// API reference, `SendMessageBatch`).
pub(super) const TOGETHER: usize = 10;
/// Batches that one process reconciles at the same time: one is planned while another is written.
const CONCURRENT_BATCHES: usize = 3;
/// The reason why a process does nothing that was paused for so long that others gave its run up.
pub(super) const GIVEN_UP: &str = "the run was given up meanwhile";

/// The result of executing a command.
#[derive(Debug)]
pub enum CommandOutcome {
    /// The run is over.
    Over(Box<Run>),
    /// The run was suspended; another process continues it.
    Suspended(RunId),
    /// There was nothing to do, for this reason.
    Nothing(&'static str),
}

/// The limits of a reading, and the reporter of its progress.
#[derive(Clone, Copy)]
struct ReadingLimits<'r> {
    until: Option<Instant>,
    stop: &'r StopSign<'r>,
    reporter: &'r Reporter<'r>,
}

/// The result of the work of one process on a run.
enum Came {
    /// The run is at its end.
    Through,
    /// The run is suspended; the next process begins after this delay.
    Suspended(Duration),
}

impl App {
    /// Executes a command about a run until the time is over. A command that is delivered twice has
    /// no effect the second time.
    pub async fn execute(
        &self,
        order: &RunCommand,
        until: Instant,
    ) -> Result<CommandOutcome, Error> {
        // This is boxed because it is large and would make the future of every caller as large.
        Box::pin(self.execute_here(order, until)).await
    }

    async fn execute_here(
        &self,
        order: &RunCommand,
        until: Instant,
    ) -> Result<CommandOutcome, Error> {
        match order {
            RunCommand::Due { event } => {
                // The schedule of an event's reminders orders the same.
                if let Err(error) = self.queue_reminders(event).await {
                    let error = with_causes(&error);
                    tracing::warn!(%event, error, "reminders are not queued");
                }
                Box::pin(self.sync_if_due(event, until)).await
            }
            RunCommand::Retry { event } => match self.wait_for_retry(event).await {
                Ok(true) => Ok(CommandOutcome::Nothing("it is too early to try again")),
                Ok(false) => Box::pin(self.sync_if_due(event, until)).await,
                Err(Error::NoEvent(_)) => Ok(CommandOutcome::Nothing("the event is gone")),
                Err(error) => Err(error),
            },
            RunCommand::Hooks { event } => Box::pin(self.read_hooks(event, Some(until))).await,
            RunCommand::Badges { event } => Box::pin(self.check_badges(event, Some(until))).await,
            RunCommand::Sync { run, .. } | RunCommand::Approval { run } => {
                if !self.claim(run, 0).await? {
                    return self.watch_over(run, order, until).await;
                }
                match self.opened(order).await? {
                    Some(started) => Box::pin(self.begin_run(started, until)).await,
                    None => Err(Error::Aborted),
                }
            }
            RunCommand::Continue {
                run,
                checkpoint_number,
            } => Box::pin(self.go_on(run, *checkpoint_number, order, until)).await,
            RunCommand::Watch => {
                self.watch().await?;
                Ok(CommandOutcome::Nothing("every event was looked at"))
            }
            RunCommand::Dispatch { .. } | RunCommand::Notices { .. } => {
                Ok(CommandOutcome::Nothing("mail is sent elsewhere"))
            }
        }
    }

    /// Queues the retry of a failed sync for when it is due, where that is later. A message can be
    /// delayed for at most 15 minutes, so the command may be queued again. Returns whether it was
    /// queued.
    async fn wait_for_retry(&self, event: &EventId) -> Result<bool, Error> {
        let Some(due) = self.next_sync(event).await? else {
            return Ok(false);
        };
        let now = self.parts.clock.now();
        if due.why != Why::Retry || due.is_now(now) {
            return Ok(false);
        }
        let wait = due.at.duration_since(now).unsigned_abs().min(LONGEST_WAIT);
        let order = RunCommand::Retry {
            event: event.clone(),
        };
        self.orders()?.order(&order, wait).await?;
        Ok(true)
    }

    async fn sync_if_due(&self, event: &EventId, until: Instant) -> Result<CommandOutcome, Error> {
        if let Some(outcome) = Box::pin(self.purge_in_time(event, until)).await? {
            return Ok(outcome);
        }
        let started = match Box::pin(self.begin_due(event)).await {
            Ok(Some(started)) => started,
            Ok(None) => {
                let under_way = self.parts.store.run_under_way(event).await?;
                let Some(number) = under_way else {
                    return Ok(CommandOutcome::Nothing("no sync is due"));
                };
                let id = RunId {
                    event: event.clone(),
                    number,
                };
                if !self.is_abandoned(&id).await? {
                    return Ok(CommandOutcome::Nothing("a run is under way"));
                }
                match Box::pin(self.follow(&id)).await? {
                    Some(started) => started,
                    None => match Box::pin(self.begin_due(event)).await? {
                        Some(started) => started,
                        None => return Ok(CommandOutcome::Nothing("no sync is due")),
                    },
                }
            }
            Err(Error::NoEvent(_)) => return Ok(CommandOutcome::Nothing("the event is gone")),
            Err(error) => return Err(error),
        };
        Box::pin(self.begin_run(started, until)).await
    }

    /// Does the work of an open run until the time is over.
    pub async fn begin_run(
        &self,
        started: StartedRun,
        until: Instant,
    ) -> Result<CommandOutcome, Error> {
        Box::pin(self.work_on(started, Some(until))).await
    }

    /// Does the work of an open run, until the time is over where there is a limit. What is logged meanwhile names the
    /// run.
    pub(crate) async fn work_on(
        &self,
        started: StartedRun,
        until: Option<Instant>,
    ) -> Result<CommandOutcome, Error> {
        let span = tracing::info_span!("run", run = %started.run.id);
        Box::pin(self.work_on_unnamed(started, until))
            .instrument(span)
            .await
    }

    async fn work_on_unnamed(
        &self,
        started: StartedRun,
        until: Option<Instant>,
    ) -> Result<CommandOutcome, Error> {
        let StartedRun {
            mut run,
            document,
            community,
            task,
        } = started;
        let scope = match task {
            Task::Sync(scope) => scope,
            Task::Approved => {
                let approved = Box::pin(self.finish_approval(run, &document, &community)).await?;
                return Ok(CommandOutcome::Over(Box::new(approved)));
            }
            Task::Nothing => return Ok(CommandOutcome::Over(Box::new(run))),
        };
        if scope != SyncScope::Everyone {
            // Even if it fails before it reads, it does not count as a sync of everybody.
            run.extent = Coverage::OnePerson;
            if !self.parts.store.put_unless_over(&run).await? {
                return Ok(CommandOutcome::Nothing(GIVEN_UP));
            }
        }
        run.state = RunState::Reading;
        let checkpoint = RunCheckpoint::new(document, scope);
        // This is boxed because it is large and would make the future of every caller as large.
        Box::pin(self.work_on_run(run, community, checkpoint, 0, until)).await
    }

    async fn go_on(
        &self,
        id: &RunId,
        number: u32,
        order: &RunCommand,
        until: Instant,
    ) -> Result<CommandOutcome, Error> {
        if !self.claim(id, number).await? {
            return self.watch_over(id, order, until).await;
        }
        let Some(checkpoint) = self.load_run_checkpoint(id).await? else {
            // The run was begun by another version, its checkpoint is incomplete, or it was about a
            // person who was erased.
            return self.follow_by_itself(id, until).await;
        };
        let run = self.run(id).await?;
        let community = self.known_community(&checkpoint.document.community).await?;
        self.work_on_run(run, community, checkpoint, number + 1, Some(until))
            .await
    }

    /// Does a run's work until it is finished or the time is over. `number` is the number of the
    /// next checkpoint.
    async fn work_on_run(
        &self,
        mut run: Run,
        community: CommunityRecord,
        mut checkpoint: RunCheckpoint,
        number: u32,
        until: Option<Instant>,
    ) -> Result<CommandOutcome, Error> {
        let reporter = self.report(&run);
        // A run that a command began has a stored number of at least 1.
        let stand = self.parts.store.run_state(&run.id.event).await?;
        let number = stand.map_or(number, |stand| stand.checkpoint_number.max(number));
        let source = checkpoint.document.source.clone();
        let work = Box::pin(self.through(&mut run, &community, &mut checkpoint, until, &reporter));
        let result = match reporter.report_waits(&source, work).await {
            Ok(Came::Suspended(delay)) => {
                return if self
                    .suspend_run(&run, &mut checkpoint, &community, (number, delay))
                    .await?
                {
                    Ok(CommandOutcome::Suspended(run.id))
                } else {
                    Ok(CommandOutcome::Nothing(GIVEN_UP))
                };
            }
            Ok(Came::Through) => Ok(()),
            Err(error) => Err(error),
        };
        if self.is_over(&run.id).await? {
            return Ok(CommandOutcome::Nothing(GIVEN_UP));
        }
        self.conclude(
            &mut run,
            &checkpoint.document,
            &checkpoint.scope,
            &checkpoint.left,
            result,
        )
        .await?;
        if number > 0 {
            self.parts.store.delete_checkpoint(&run.id).await?;
        }
        self.work_tally.run(&run);
        if !checkpoint.document.notify.is_empty() {
            self.note_health(&run.id.event).await;
        }
        if run.counts.invitations_queued == 0 {
            self.request_waiting_dispatch(&run.id.event).await?;
        }
        if run.state == RunState::Failed && self.parts.cloud.is_some() {
            // Where the retry cannot be queued, the next scheduled sync is the next attempt.
            if let Err(error) = self.wait_for_retry(&run.id.event).await {
                tracing::warn!(run = %run.id, error = with_causes(&error), "no retry was ordered");
            }
        }
        Ok(CommandOutcome::Over(Box::new(run)))
    }

    async fn is_over(&self, run: &RunId) -> Result<bool, Error> {
        let stored = self.parts.store.run(run).await?;
        Ok(stored.is_none_or(|stored| stored.state.is_over()))
    }

    /// Requests again that released invitations be sent, in case an earlier request was lost.
    async fn request_waiting_dispatch(&self, event: &EventId) -> Result<(), Error> {
        let invitation_batches = self.parts.store.invitation_batches(event).await?;
        let may_go = |state| state != crate::ports::InvitationBatchState::Held;
        if invitation_batches
            .iter()
            .any(|invitation_batch| may_go(invitation_batch.value.state))
        {
            self.request_dispatch(event).await;
        }
        Ok(())
    }

    /// Suspends a run. Returns false where other processes gave the run up, because this one was
    /// paused for so long: the run stays over.
    async fn suspend_run(
        &self,
        run: &Run,
        checkpoint: &mut RunCheckpoint,
        community: &CommunityRecord,
        (number, delay): (u32, Duration),
    ) -> Result<bool, Error> {
        self.save_run_checkpoint(&run.id, checkpoint, community)
            .await?;
        if !self.parts.store.put_unless_over(run).await? {
            self.parts.store.delete_checkpoint(&run.id).await?;
            return Ok(false);
        }
        let order = RunCommand::Continue {
            run: run.id.clone(),
            checkpoint_number: number,
        };
        self.orders()?.order(&order, delay).await?;
        Ok(true)
    }

    async fn through(
        &self,
        run: &mut Run,
        community: &CommunityRecord,
        checkpoint: &mut RunCheckpoint,
        until: Option<Instant>,
        reporter: &Reporter<'_>,
    ) -> Result<Came, Error> {
        if matches!(checkpoint.stage, RunStage::Begin) {
            if self.parts.cloud.is_some() {
                self.bring_over(&community.id).await;
            }
            self.finish_erasures(&community.id).await?;
            if self.parts.cloud.is_some() {
                self.clear_what_was_left(&community.id).await;
            }
            self.recount_latest(&run.id).await?;
            let earlier_runs = self
                .parts
                .store
                .earlier_runs(&checkpoint.document.event)
                .await?;
            checkpoint.left.held = earlier_runs.held;
            checkpoint.left.mark = earlier_runs.mark;
        }
        if !matches!(checkpoint.stage, RunStage::Draining(_))
            && self
                .read_on(run, community, checkpoint, until, reporter)
                .await?
                == Reached::Suspended
        {
            return Ok(Came::Suspended(Duration::ZERO));
        }
        if run.extent == Coverage::NotModified {
            return Ok(Came::Through);
        }
        let RunCheckpoint {
            document,
            left,
            lengths,
            stage: RunStage::Draining(drain),
            ..
        } = checkpoint
        else {
            return Err(Error::Aborted);
        };
        if let Some(delay) = self.drain(&run.id, drain, until, reporter).await? {
            return Ok(Came::Suspended(delay));
        }
        run.counts.add(&drain.counts);
        if let Some(failure) = drain.failure.clone() {
            // The losses of the whole run are unknown, so the pending changes are dropped.
            run.counts.unchanged += self.records_that_wait(&run.id).await?;
            return Err(SourceError::new(failure).into());
        }
        let settling = GuardInputs {
            document,
            community: &community.id,
            policy: &Policy::new(document),
            next_batch: drain.batches,
            moves: &drain.moves,
            lost: &left.lost,
            reporter,
        };
        self.evaluate_guards(run, settling).await?;
        run.complete = run.extent == Coverage::Everything && left.conclusion.is_complete();
        self.fold_if_long(run, document, left, lengths.with(drain.people))
            .await;
        Ok(Came::Through)
    }

    /// Reads the source on, and sends on what changed.
    #[expect(
        clippy::too_many_lines,
        reason = "one reading, from what it goes by to what it leaves"
    )]
    async fn read_on(
        &self,
        run: &mut Run,
        community: &CommunityRecord,
        checkpoint: &mut RunCheckpoint,
        until: Option<Instant>,
        reporter: &Reporter<'_>,
    ) -> Result<Reached, Error> {
        let document = &checkpoint.document;
        let id = run.id.clone();
        let stop = StopSign::new(self, &id);
        let lookups = self.parts.sources.lookups(&document.source);
        let SourceSideLists { lookups, remarks } = stop.unless_stopped(lookups).await??;
        let evaluator = Evaluator::new(document, &community.key, &lookups);
        let (asked, down) = match std::mem::replace(&mut checkpoint.stage, RunStage::Begin) {
            RunStage::Reading {
                ask,
                fetch,
                bookmark,
            } => (ask, Some((fetch, bookmark))),
            RunStage::Begin | RunStage::Draining(_) => {
                checkpoint.left.mapping_hash = mapping_hash(document, &evaluator);
                let mark = checkpoint.left.mark.as_ref();
                let now = self.parts.clock.now();
                (
                    ask(
                        document,
                        &checkpoint.scope,
                        mark,
                        checkpoint.left.mapping_hash,
                        now,
                    ),
                    None,
                )
            }
        };
        let opening = async {
            match &down {
                None => self.open(document, &asked).await,
                Some((_, bookmark)) => self.reopen(document, &asked, bookmark).await,
            }
        };
        let mut source = stop.unless_stopped(opening).await??;
        source.of_side_lists = remarks;
        source.believed = believed(
            document,
            &asked,
            checkpoint.left.mark.as_ref(),
            checkpoint.left.mapping_hash,
        );
        if source.is_not_modified() {
            run.extent = Coverage::NotModified;
            run.complete = true;
            (run.pages, run.bytes) = source.read();
            return Ok(Reached::End);
        }
        let stored = self.parts.store.fingerprints(&document.event).await?;
        let fingerprints = stored.unpacked();
        if down.is_none() {
            checkpoint.lengths = Lengths::of(&stored);
        }
        drop(stored);
        let reading = ReadingContext {
            document,
            evaluator: &evaluator,
            key: &community.key,
            run: run.id.number,
            ask: &asked,
            limits: self.batch_limits(),
            keys_unique: checkpoint.left.keys_were_unique(),
        };
        let down = down.map(|(down, _)| down);
        let limits = ReadingLimits {
            until,
            stop: &stop,
            reporter,
        };
        let (read, suspended) = if let Some(cloud) = &self.parts.cloud {
            let queue = BatchSender::new(cloud.batches.as_ref(), document);
            self.read_into(queue, &mut source, &reading, fingerprints, down, limits)
                .await
        } else {
            let (queue, batches) = in_process::channel();
            let reading = self.read_into(queue, &mut source, &reading, fingerprints, down, limits);
            let policy = Policy::new(document);
            let reconciling = self.reconcile_all(&community.id, &policy, batches, reporter);
            // The queue ends with the reading, and reconciling with the queue.
            let (read, reconciled) = tokio::join!(reading, reconciling);
            // The error of reconciling says more than the closed queue does.
            reconciled?;
            read
        };
        let FeedRead {
            counts,
            pages,
            bytes,
            sent,
            next_batch,
            moves,
            keys_unique,
            lost,
            lacks_details,
            validators_lie,
            outcome,
        } = read;
        (run.counts, run.pages, run.bytes) = (counts, pages, bytes);
        let failure = match outcome {
            Ok(Reached::Suspended) => {
                checkpoint.stage = RunStage::Reading {
                    ask: asked.clone(),
                    fetch: Box::new(suspended),
                    bookmark: Box::new(source.bookmark()),
                };
                return Ok(Reached::Suspended);
            }
            Ok(Reached::End) => None,
            Err(Error::Source(error)) => Some(with_causes(&error)),
            Err(error) => return Err(error),
        };
        checkpoint.left.keys_unique = keys_unique;
        checkpoint.left.conclusion = source.conclusion();
        checkpoint.left.lost = lost;
        checkpoint.left.conclusion.lacks_details = lacks_details;
        checkpoint.left.conclusion.validators_lie = validators_lie;
        run.extent = extent(&asked, &checkpoint.left.conclusion);
        run.state = RunState::Applying;
        let drain = Drain::begin(next_batch, sent, failure, self.parts.clock.now());
        checkpoint.stage = RunStage::Draining(Drain { moves, ..drain });
        Ok(Reached::End)
    }

    /// Continues reading the source into a queue, which is dropped at the end. Also returns what
    /// another process needs to continue.
    async fn read_into(
        &self,
        queue: impl BatchSink,
        source: &mut Opening,
        reading: &ReadingContext<'_>,
        fingerprints: Fingerprints,
        down: Option<Box<FetchCheckpoint>>,
        limits: ReadingLimits<'_>,
    ) -> (FeedRead, FetchCheckpoint) {
        let community = &reading.document.community;
        let queue = WithGroups::new(&*self.parts.store, community, queue);
        let made_before = down.as_ref().map_or(0, |down| down.groups_created());
        let mut fetch = Fetch::new(&queue, reading, fingerprints);
        if let Some(down) = down {
            fetch.resume_from(*down);
        }
        let document = reading.document;
        let (until, stop) = (limits.until, limits.stop);
        let read = self.read(source, &mut fetch, document, (until, stop), limits.reporter);
        let mut read = read.await;
        fetch.counts.groups_created = made_before + queue.made();
        read.counts.groups_created = fetch.counts.groups_created;
        (read, fetch.checkpoint())
    }

    /// Reconciles the batches of a channel until it is closed.
    async fn reconcile_all(
        &self,
        community: &CommunityId,
        policy: &Policy,
        mut batches: mpsc::Receiver<Batch>,
        reporter: &Reporter<'_>,
    ) -> Result<(), Error> {
        stream::poll_fn(|context| batches.poll_recv(context))
            .map(|batch| async {
                let people = batch.people.len() as u64;
                self.reconcile(community, policy, batch, ApplyMode::Staging)
                    .await?;
                reporter.update(|progress| progress.applied += people);
                Ok(())
            })
            .buffer_unordered(CONCURRENT_BATCHES)
            .try_collect()
            .await
    }
}
