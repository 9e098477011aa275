//! Commands that are queued and not waited for: runs that are opened here, so that the caller knows
//! their ids, mails to send, and scheduled syncs. Other processes execute them, or tasks of this
//! one.

use std::time::Duration;

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::{Run, RunState};

use crate::App;
use crate::error::Error;
use crate::ports::{CursorChange, Orders, RunCommand};
use crate::runs::start::{StartedRun, SyncScope, Task};

impl App {
    /// Returns the queue of commands.
    pub(crate) fn orders(&self) -> Result<&dyn Orders, Error> {
        self.parts.orders.as_deref().ok_or(Error::Aborted)
    }

    /// Opens a run, queues its work and returns its id. Where no process works on the run under way
    /// any more, that run is ended first, and the new one follows it.
    pub async fn order_sync(&self, event: &EventId, scope: SyncScope) -> Result<RunId, Error> {
        let started = match Box::pin(self.begin(event, scope.clone())).await {
            Err(Error::Busy(id)) if self.is_abandoned(&id).await? => {
                let started = match Box::pin(self.follow(&id)).await? {
                    Some(started) => started,
                    None => Box::pin(self.begin(event, scope)).await?,
                };
                self.no_longer_stranded(&id);
                started
            }
            other => other?,
        };
        Box::pin(self.order_rest(started)).await
    }

    /// Begins to apply the pending changes of a run, queues the rest of the work and returns the
    /// run's id.
    pub async fn order_approval(&self, id: &RunId) -> Result<RunId, Error> {
        let started = self.begin_approval(id).await?;
        Box::pin(self.order_rest(started)).await
    }

    /// Queues the work of a run that was opened.
    async fn order_rest(&self, started: StartedRun) -> Result<RunId, Error> {
        let StartedRun { mut run, task, .. } = started;
        let id = run.id.clone();
        let order = match task {
            Task::Nothing => return Ok(id),
            Task::Approved => RunCommand::Approval { run: id },
            Task::Sync(scope) => {
                if !self.orders()?.begins_at_once() {
                    run.state = RunState::Queued;
                    if !self.parts.store.put_unless_over(&run).await? {
                        return Ok(id);
                    }
                }
                RunCommand::Sync { run: id, scope }
            }
        };
        self.order_or_close(run, &order).await
    }

    /// Returns the open run that a command names, ready to work on; `None` where the command names
    /// no opened run.
    pub(crate) async fn opened(&self, order: &RunCommand) -> Result<Option<StartedRun>, Error> {
        let (id, task) = match order {
            RunCommand::Sync { run, scope } => (run, Task::Sync(scope.clone())),
            RunCommand::Approval { run } => (run, Task::Approved),
            RunCommand::Due { .. }
            | RunCommand::Retry { .. }
            | RunCommand::Hooks { .. }
            | RunCommand::Notices { .. }
            | RunCommand::Badges { .. }
            | RunCommand::Watch
            | RunCommand::Continue { .. }
            | RunCommand::Dispatch { .. } => return Ok(None),
        };
        let (document, community) = self.event_and_community(&id.event).await?;
        Ok(Some(StartedRun {
            run: self.run(id).await?,
            document,
            community,
            task,
        }))
    }

    /// Does all the work of the run that a command names. Only for a command that is delivered
    /// once, to the process that opened the run. Other commands are ignored here: on one machine,
    /// the timer and the sender of mail find their work themselves.
    pub async fn execute_alone(&self, order: &RunCommand) -> Result<(), Error> {
        if let RunCommand::Notices { event } = order {
            // Where nobody sends mail, they wait for a process that does.
            if !self.sends_mail() {
                return Ok(());
            }
            return Box::pin(self.send_notices(event)).await;
        }
        if let RunCommand::Hooks { event } = order {
            return Box::pin(self.read_hooks(event, None)).await.map(drop);
        }
        if let RunCommand::Badges { event } = order {
            return Box::pin(self.check_badges(event, None)).await.map(drop);
        }
        if let Some(started) = self.opened(order).await? {
            self.finish(started).await?;
        }
        Ok(())
    }

    /// Notes that this process began a run and could not close it. The next request for a sync ends
    /// that run and follows it.
    pub fn note_unclosed_run(&self, id: &RunId, error: &str) {
        tracing::error!(run = %id, error, "the run could not be brought to an end");
        if let Ok(mut unclosed_runs) = self.unclosed_runs.lock() {
            unclosed_runs.insert(id.clone());
        }
    }

    /// Returns whether this process could not close the run.
    pub(crate) fn is_unclosed(&self, id: &RunId) -> bool {
        self.unclosed_runs
            .lock()
            .is_ok_and(|unclosed_runs| unclosed_runs.contains(id))
    }

    fn no_longer_stranded(&self, id: &RunId) {
        if let Ok(mut unclosed_runs) = self.unclosed_runs.lock() {
            unclosed_runs.remove(id);
        }
    }

    /// Queues the work of an open run. Where the command cannot be queued, the run is closed as
    /// failed.
    async fn order_or_close(&self, mut run: Run, order: &RunCommand) -> Result<RunId, Error> {
        let Err(error) = self.orders()?.order(order, Duration::ZERO).await else {
            return Ok(run.id);
        };
        run.state = RunState::Failed;
        run.finished = Some(self.parts.clock.now());
        run.reason = Some(with_causes(&error));
        self.parts.store.release(&run.id).await?;
        self.parts
            .store
            .close_run(&run, &CursorChange::Keep)
            .await?;
        Err(error.into())
    }
}
