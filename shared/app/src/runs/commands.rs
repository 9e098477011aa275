//! What is ordered and not waited for: runs that are opened here, so that whoever asks knows which
//! they are, mails that may go, and schedules. Other processes carry it out, or tasks of this one.

use std::time::Duration;

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::{Run, RunState};

use crate::App;
use crate::error::Error;
use crate::ports::{CursorChange, Orders, RunCommand};
use crate::runs::start::{StartedRun, SyncScope, Task};

impl App {
    /// What carries out what this process does not wait for.
    pub(crate) fn orders(&self) -> Result<&dyn Orders, Error> {
        self.parts.orders.as_deref().ok_or(Error::Aborted)
    }

    /// Opens a run and orders its work; gives its id. Where nobody works on the one under way any more, it
    /// is ended first, and followed.
    pub async fn order_sync(&self, event: &EventId, scope: SyncScope) -> Result<RunId, Error> {
        let started = match self.begin(event, scope.clone()).await {
            Err(Error::Busy(id)) if self.is_abandoned(&id).await? => {
                let started = match self.follow(&id).await? {
                    Some(started) => started,
                    None => self.begin(event, scope).await?,
                };
                self.no_longer_stranded(&id);
                started
            }
            other => other?,
        };
        self.order_rest(started).await
    }

    /// Begins to apply what a run holds, and orders the rest of it; gives its id.
    pub async fn order_approval(&self, id: &RunId) -> Result<RunId, Error> {
        let started = self.begin_approval(id).await?;
        self.order_rest(started).await
    }

    /// Orders what is to be done of a run that was opened.
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

    /// The open run that an order names, with what it works by; `None` where the order is about no opened
    /// run.
    pub(crate) async fn opened(&self, order: &RunCommand) -> Result<Option<StartedRun>, Error> {
        let (id, task) = match order {
            RunCommand::Sync { run, scope } => (run, Task::Sync(scope.clone())),
            RunCommand::Approval { run } => (run, Task::Approved),
            RunCommand::Due { .. }
            | RunCommand::Retry { .. }
            | RunCommand::Hooks { .. }
            | RunCommand::Notices { .. }
            | RunCommand::Watch
            | RunCommand::Continue { .. }
            | RunCommand::Post { .. } => return Ok(None),
        };
        let (document, community) = self.event_and_community(&id.event).await?;
        Ok(Some(StartedRun {
            run: self.run(id).await?,
            document,
            community,
            task,
        }))
    }

    /// Does the work of the run that an order names, to its end. Only for an order that comes once, to the
    /// process that opened the run. Other orders have nobody here: the timer and the postman of one machine
    /// look for themselves.
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
        if let Some(started) = self.opened(order).await? {
            self.finish(started).await?;
        }
        Ok(())
    }

    /// Notes that this process began a run and could not bring it to an end. Who asks for a sync next takes
    /// it up.
    pub fn strand(&self, id: &RunId, error: &str) {
        tracing::error!(run = %id, error, "the run could not be brought to an end");
        if let Ok(mut stranded) = self.stranded.lock() {
            stranded.insert(id.clone());
        }
    }

    /// Whether this process could not bring the run to an end.
    pub(crate) fn is_stranded(&self, id: &RunId) -> bool {
        self.stranded
            .lock()
            .is_ok_and(|stranded| stranded.contains(id))
    }

    fn no_longer_stranded(&self, id: &RunId) {
        if let Ok(mut stranded) = self.stranded.lock() {
            stranded.remove(id);
        }
    }

    /// Orders the work of a run that is open; where the order is not taken, the run has failed.
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
