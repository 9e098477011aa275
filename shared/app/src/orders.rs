//! What is ordered and not waited for: runs that are opened here, so that whoever asks knows which
//! they are, mails that may go, and schedules. Other processes carry it out, or tasks of this one.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::run::{Run, RunState};
use attendee_sync_domain::schedule::cloud_schedules;
use tokio::time::{Instant, timeout_at};

use crate::App;
use crate::error::Error;
use crate::ports::{CursorChange, Orders, RunCommand};
use crate::post::{Keeps, Posted};
use crate::sync::{StartedRun, SyncScope, Task, explain};

/// Seconds after no mail was taken; they double up to the longest delay of an SQS message (Amazon
/// SQS, "Message quotas").
const FIRST_GAP: u32 = 10;
const LONGEST_GAP: u32 = 900;
/// The same after recipients' servers put mail off: they want minutes (RFC 5321, section 4.5.4.1).
const FIRST_PUT_OFF: u32 = 300;

impl App {
    /// What carries out what this process does not wait for.
    pub(crate) fn orders(&self) -> Result<&dyn Orders, Error> {
        self.orders.as_deref().ok_or(Error::Aborted)
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
                    if !self.store.put_unless_over(&run).await? {
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
        run.finished = Some(self.clock.now());
        run.reason = Some(explain(&error));
        self.store.release(&run.id).await?;
        self.store.close_run(&run, &CursorChange::Keep).await?;
        Err(error.into())
    }

    /// Says that invitations of an event may have come to wait. Where the order is not taken, the end
    /// of the event's next run gives it again.
    pub(crate) async fn want_post(&self, event: &EventId) {
        self.post_wanted.notify_one();
        let Ok(orders) = self.orders() else { return };
        let order = RunCommand::Post {
            event: event.clone(),
            waited: 0,
        };
        if let Err(error) = orders.order(&order, Duration::ZERO).await {
            let error = explain(&error);
            tracing::error!(%event, error, "invitations may go, and nobody was told");
        }
    }

    /// Sends the invitations of an event that may go, until the time is over; what is left is ordered
    /// again, with growing gaps where no mail is taken.
    pub async fn post_until(
        &self,
        event: &EventId,
        waited: u32,
        until: Instant,
    ) -> Result<Posted, Error> {
        self.closing.store(false, Ordering::Relaxed);
        let mut posting = pin!(self.post(event));
        let posted = if let Ok(posted) = timeout_at(until, &mut posting).await {
            posted?
        } else {
            // The one on its way is not stopped.
            self.stop_posting();
            posting.await?
        };
        if let Some((gap, waited)) = next_post(&posted, self.is_closing(), waited) {
            let event = event.clone();
            let order = RunCommand::Post { event, waited };
            self.orders()?.order(&order, gap).await?;
        }
        Ok(posted)
    }

    /// Sees to it that the scheduler starts the event's syncs as its configuration says.
    pub(crate) async fn set_schedules(&self, document: &EventDocument) -> Result<(), Error> {
        let Some(schedules) = self
            .cloud
            .as_ref()
            .and_then(|cloud| cloud.schedules.as_ref())
        else {
            return Ok(());
        };
        let wanted = cloud_schedules(document, self.clock.now())?;
        Ok(schedules.set(&document.event, &wanted).await?)
    }

    /// Sees to it that nothing starts syncs of an event that was taken out. Where that fails, what it
    /// starts finds no event.
    pub(crate) async fn clear_schedules(&self, event: &EventId) {
        let Some(schedules) = self
            .cloud
            .as_ref()
            .and_then(|cloud| cloud.schedules.as_ref())
        else {
            return;
        };
        if let Err(error) = schedules.set(event, &[]).await {
            let error = explain(&error);
            tracing::error!(%event, error, "a deleted event's schedules stay");
        }
    }
}

/// After which gap the event's invitations are sent on, and what to remember of it; `None` where
/// nothing is left to be tried by itself.
fn next_post(posted: &Posted, is_over: bool, waited: u32) -> Option<(Duration, u32)> {
    let growing = |first: u32| waited.saturating_mul(2).clamp(first, LONGEST_GAP);
    let (gap, asked) = match &posted.trouble {
        Some(trouble) if trouble.keeps == Keeps::Event => return None,
        Some(trouble) => (growing(FIRST_GAP), trouble.retry_after_seconds),
        None if posted.put_off > 0 => (growing(FIRST_PUT_OFF), None),
        None if is_over => (0, None),
        None => return None,
    };
    let asked = asked.map_or(0, |seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
    let seconds = gap.max(asked).min(LONGEST_GAP);
    Some((Duration::from_secs(seconds.into()), gap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::DeliveryFailure;

    fn trouble(retry_after_seconds: Option<u64>) -> Posted {
        Posted {
            trouble: Some(DeliveryFailure {
                reason: String::new(),
                retry_after_seconds,
                keeps: Keeps::All,
            }),
            ..Posted::default()
        }
    }

    #[test]
    fn gaps_grow_while_no_mail_is_taken() {
        let mut waited = 0;
        let mut gaps = Vec::new();
        for _ in 0..8 {
            let (gap, remembered) = next_post(&trouble(None), false, waited).unwrap();
            gaps.push(gap.as_secs());
            waited = remembered;
        }
        assert_eq!(gaps, [10, 20, 40, 80, 160, 320, 640, 900]);
        let asked = next_post(&trouble(Some(120)), false, 0).unwrap();
        assert_eq!(asked, (Duration::from_mins(2), 10));
        let asked = next_post(&trouble(Some(99_999)), false, 0).unwrap();
        assert_eq!(asked.0.as_secs(), 900);
    }

    #[test]
    fn what_is_left_when_the_time_is_over_goes_on_at_once_and_what_is_done_does_not() {
        let done = Posted::default();
        assert_eq!(next_post(&done, true, 0), Some((Duration::ZERO, 0)));
        assert_eq!(next_post(&done, false, 0), None);
        let mut switched_off = trouble(None);
        if let Some(trouble) = &mut switched_off.trouble {
            trouble.keeps = Keeps::Event;
        }
        assert_eq!(next_post(&switched_off, false, 0), None);
        let put_off = Posted {
            put_off: 1,
            ..Posted::default()
        };
        assert_eq!(next_post(&put_off, false, 0).unwrap().0.as_secs(), 300);
    }
}
