//! Reading what hooks reported: alone what they name, or everything that changed; each as a run like any other.
//!
//! What is read is marked in the event's queue before the source is asked, and unmarked afterwards. So what a process
//! was reading that ended is found by whoever comes next, and what comes meanwhile is read afterwards.

use std::time::Duration;

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::hook::{HookOutcome, HookQueue, HookReads, HookTarget};
use attendee_sync_domain::ids::{EventId, PersonId, RunId, RunNumber};
use attendee_sync_domain::people::Versioned;
use attendee_sync_domain::run::{Coverage, Run, RunState};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::App;
use crate::error::Error;
use crate::ports::{RunCommand, StoreError};
use crate::runs::engine::CommandOutcome;
use crate::runs::lease::LONGEST_WAIT;
use crate::runs::start::{StartedRun, SyncScope};

/// How long hooks wait for a run that is under way before somebody looks again.
const LOOK_AGAIN: Duration = Duration::from_secs(3);
/// How often a change of the queue is tried again because others changed it meanwhile.
const MAX_TRIES: u32 = 20;

/// What a read of hooks came to.
struct HookReadResult {
    outcome: HookOutcome,
    runs: Vec<RunNumber>,
    last: CommandOutcome,
}

impl App {
    /// Orders that what hooks reported is read, once that is due.
    pub(crate) async fn order_hooks(&self, event: &EventId, due: Timestamp) -> Result<(), Error> {
        let wait = due.duration_since(self.parts.clock.now());
        let wait = Duration::try_from(wait).unwrap_or(Duration::ZERO);
        let order = RunCommand::Hooks {
            event: event.clone(),
        };
        self.orders()?.order(&order, wait.min(LONGEST_WAIT)).await?;
        Ok(())
    }

    /// Reads what hooks reported, if that is due and no run is under way; else orders it for later.
    pub(crate) async fn read_hooks(
        &self,
        event: &EventId,
        until: Option<Instant>,
    ) -> Result<CommandOutcome, Error> {
        let Some(stored) = self.parts.store.hook_queue(event).await? else {
            return Ok(CommandOutcome::Nothing("no hook waits"));
        };
        let Versioned { version, value } = stored;
        let mut queue = value;
        let now = self.parts.clock.now();
        if let Some(reading) = &queue.reading {
            if reading.until > now {
                // Whoever is at it orders what comes after it. Should they have ended, somebody has to look.
                if self.parts.cloud.is_some() {
                    self.order_hooks(event, reading.until).await?;
                }
                return Ok(CommandOutcome::Nothing("hooks are being read"));
            }
            queue.put_back();
        }
        let document = match self.document(event).await {
            Err(Error::NoEvent(_)) => return Ok(CommandOutcome::Nothing("the event is gone")),
            other => other?,
        };
        let has_cursor = self.parts.store.earlier_runs(event).await?.mark.is_some();
        let Some(plan) = queue.plan(&document.source, has_cursor) else {
            return Ok(CommandOutcome::Nothing("no hook waits"));
        };
        if plan.due > now {
            self.order_hooks(event, plan.due).await?;
            return Ok(CommandOutcome::Nothing("hooks are read later"));
        }
        let mut followed = None;
        if let Some(number) = self.parts.store.run_under_way(event).await? {
            let id = RunId {
                event: event.clone(),
                number,
            };
            if !self.is_abandoned(&id).await? {
                self.order_hooks(event, after(now, LOOK_AGAIN)).await?;
                return Ok(CommandOutcome::Nothing("hooks wait for the run under way"));
            }
            followed = Box::pin(self.follow(&id)).await?;
        }
        queue.begin(now);
        let put = self
            .parts
            .store
            .put_hook_queue(event, &queue, Some(version));
        match put.await {
            Err(StoreError::Conflict) => {
                // Another hook came, or somebody else reads. A run that was followed is open, and is worked on.
                if let Some(started) = followed {
                    return Box::pin(self.work_on(started, until)).await;
                }
                self.order_hooks(event, now).await?;
                return Ok(CommandOutcome::Nothing("hooks are read in a moment"));
            }
            other => other?,
        }
        let read = Box::pin(self.read_planned(event, plan.reads, followed, until)).await;
        self.end_hook_read(event, read).await
    }

    /// Notes what came of a read, and orders the next where something came meanwhile.
    async fn end_hook_read(
        &self,
        event: &EventId,
        read: Result<Option<HookReadResult>, Error>,
    ) -> Result<CommandOutcome, Error> {
        let now = self.parts.clock.now();
        let queue = self.change_hooks(event, |queue| match &read {
            Ok(Some(read)) => queue.end(read.outcome, read.runs.clone(), now),
            Ok(None) => queue.put_back(),
            Err(_) => queue.end(HookOutcome::Failed, Vec::new(), now),
        });
        if let Some(queue) = queue.await?
            && queue.pending.is_some()
        {
            let due = match &read {
                Ok(None) => after(now, LOOK_AGAIN),
                _ => queue.rests_until.unwrap_or(now),
            };
            self.order_hooks(event, due).await?;
        }
        Ok(match read? {
            Some(read) => read.last,
            None => CommandOutcome::Nothing("hooks wait for the run under way"),
        })
    }

    /// Reads what was planned; nothing where another run came before it.
    async fn read_planned(
        &self,
        event: &EventId,
        reads: HookReads,
        followed: Option<StartedRun>,
        until: Option<Instant>,
    ) -> Result<Option<HookReadResult>, Error> {
        let scopes: Vec<SyncScope> = match (reads, &followed) {
            (HookReads::Alone(targets), None) => targets.into_iter().map(scope_of).collect(),
            _ => vec![SyncScope::Everyone],
        };
        let mut followed = followed;
        let mut result = HookReadResult {
            outcome: HookOutcome::People,
            runs: Vec::new(),
            last: CommandOutcome::Nothing("no hook waits"),
        };
        for scope in scopes {
            let started = match followed.take() {
                Some(started) => started,
                None => match self.begin(event, scope).await {
                    Err(Error::Busy(_)) => return Ok(None),
                    other => other?,
                },
            };
            let id = started.id().clone();
            tracing::info!(run = %id, "a hook has the source read");
            result.runs.push(id.number);
            let done = match Box::pin(self.work_on(started, until)).await {
                Ok(done) => done,
                Err(error) => {
                    self.note_unclosed_run(&id, &with_causes(&error));
                    return Err(error);
                }
            };
            let outcome = match &done {
                CommandOutcome::Over(run) => outcome_of(run),
                // It goes on by itself, and is followed by itself where its process ends.
                CommandOutcome::Suspended(_) => HookOutcome::Everything,
                CommandOutcome::Nothing(_) => HookOutcome::Failed,
            };
            result.last = done;
            if outcome != HookOutcome::People {
                result.outcome = outcome;
            }
            if outcome == HookOutcome::Failed {
                break;
            }
        }
        Ok(Some(result))
    }

    /// Changes what is stored of an event's hooks, over whatever others change meanwhile; gives it as it is then.
    pub(crate) async fn change_hooks(
        &self,
        event: &EventId,
        change: impl Fn(&mut HookQueue),
    ) -> Result<Option<HookQueue>, Error> {
        for _ in 0..MAX_TRIES {
            let Some(stored) = self.parts.store.hook_queue(event).await? else {
                return Ok(None);
            };
            let mut queue = stored.value.clone();
            change(&mut queue);
            if queue == stored.value {
                return Ok(Some(queue));
            }
            let expected = Some(stored.version);
            match self
                .parts
                .store
                .put_hook_queue(event, &queue, expected)
                .await
            {
                Ok(()) => return Ok(Some(queue)),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    /// Takes somebody who was erased out of what hooks reported and is not read yet.
    pub(crate) async fn forget_in_hooks(
        &self,
        event: &EventId,
        person: PersonId,
        source_ids: &[String],
    ) -> Result<(), Error> {
        let Some(queue) = self.parts.store.hook_queue(event).await? else {
            return Ok(());
        };
        if queue.value.pending.is_none() && queue.value.reading.is_none() {
            return Ok(());
        }
        let (_, community) = match self.event_and_community(event).await {
            Err(Error::NoEvent(_)) => return Ok(()),
            other => other?,
        };
        let forget = |queue: &mut HookQueue| {
            queue.forget(&community.key, person, source_ids);
        };
        self.change_hooks(event, forget).await.map(drop)
    }

    /// Has everything read that hooks reported and nobody reads: what a process left that ended. Only for a process
    /// that knows that it is the only one.
    pub async fn resume_hooks(&self) -> Result<(), Error> {
        for community in self.parts.store.communities().await? {
            for event in self.parts.store.events(&community).await? {
                let queue = self.change_hooks(&event, HookQueue::put_back).await?;
                if queue.is_some_and(|queue| queue.pending.is_some()) {
                    self.order_hooks(&event, self.parts.clock.now()).await?;
                }
            }
        }
        Ok(())
    }
}

fn scope_of(target: HookTarget) -> SyncScope {
    match target {
        HookTarget::Person(email) => SyncScope::One(email),
        HookTarget::Record(id) => SyncScope::Record(id),
    }
}

fn outcome_of(run: &Run) -> HookOutcome {
    match (run.state, run.extent) {
        // Whoever stopped it wants no other.
        (RunState::Failed | RunState::Interrupted, _) => HookOutcome::Failed,
        (_, Coverage::OnePerson) => HookOutcome::People,
        (_, Coverage::Changes | Coverage::NotModified) => HookOutcome::Changes,
        (_, Coverage::Everything) => HookOutcome::Everything,
    }
}

fn after(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(time)
}
