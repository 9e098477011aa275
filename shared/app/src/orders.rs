//! Runs whose work another process does: opened here, so that whoever asks knows which they are,
//! and ordered from there.

use std::time::Duration;

use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::{Run, RunState};

use crate::App;
use crate::error::Error;
use crate::ports::{Cloud, MarkChange, Order};
use crate::sync::{Scope, Started, Task, explain};

impl App {
    /// What this process has beside the table, where it is one of several.
    pub(crate) fn cloud(&self) -> Result<&Cloud, Error> {
        self.cloud.as_ref().ok_or(Error::Aborted)
    }

    /// Opens a run and orders its work; gives its id.
    pub async fn order_sync(&self, event: &EventId, scope: Scope) -> Result<RunId, Error> {
        let Started { mut run, .. } = self.begin(event, scope.clone()).await?;
        run.state = RunState::Queued;
        self.store.put_run(&run).await?;
        let order = Order::Sync {
            run: run.id.clone(),
            scope,
        };
        self.order_or_close(run, &order).await
    }

    /// Begins to apply what a run holds, and orders the rest of it; gives its id.
    pub async fn order_approval(&self, id: &RunId) -> Result<RunId, Error> {
        let started = self.begin_approval(id).await?;
        match started.task {
            Task::Approved => {
                let order = Order::Approval { run: id.clone() };
                self.order_or_close(started.run, &order).await
            }
            Task::Sync(_) | Task::Nothing => Ok(started.run.id),
        }
    }

    /// Orders the work of a run that is open; where the order is not taken, the run has failed.
    async fn order_or_close(&self, mut run: Run, order: &Order) -> Result<RunId, Error> {
        let Err(error) = self.cloud()?.orders.order(order, Duration::ZERO).await else {
            return Ok(run.id);
        };
        run.state = RunState::Failed;
        run.finished = Some(self.clock.now());
        run.reason = Some(explain(&error));
        self.store.release(&run.id).await?;
        self.store.close_run(&run, &MarkChange::Keep).await?;
        Err(error.into())
    }
}
