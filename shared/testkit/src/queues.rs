//! The cloud edition in one process: queues that store messages until a test delivers them, in any
//! order, and more than once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{
    BatchMessage, BatchQueue, Cloud, DeadLetterQueue, DeadLetters, Orders, QueueError, QueueName,
    RunCommand,
};
use attendee_sync_app::{App, AppParts, CommandOutcome, Error, Reconciled, SyncScope};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::Run;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::permissions::{Function, acting_as};

/// Batches reconciled at the same time.
const WORKERS: usize = 3;

/// The way messages are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Each message once, in order.
    Calm,
    /// Each message twice, at the same time, and the last message first.
    Wild,
}

/// The queues.
#[derive(Clone)]
pub struct QueueStage {
    delivery: Delivery,
    orders: Arc<Mutex<VecDeque<RunCommand>>>,
    batch_messages: Arc<Mutex<VecDeque<BatchMessage>>>,
    /// Messages that were delivered and not acknowledged.
    in_flight: Arc<Mutex<Vec<BatchMessage>>>,
    /// All messages that were sent, for a late delivery.
    sent: Arc<Mutex<Vec<BatchMessage>>>,
    /// The time that one process works on a run.
    process_time: Arc<Mutex<Duration>>,
    /// Notified when batches wait.
    news: Arc<Notify>,
    /// Whether commands cannot be sent.
    is_away: Arc<AtomicBool>,
    /// The failed jobs, and the queues whose jobs were tried again.
    set_aside: Arc<Mutex<Vec<DeadLetterQueue>>>,
    given_back: Arc<Mutex<Vec<QueueName>>>,
}

impl QueueStage {
    /// Empty queues.
    #[must_use]
    pub fn new(delivery: Delivery) -> Self {
        Self {
            delivery,
            orders: Arc::default(),
            batch_messages: Arc::default(),
            in_flight: Arc::default(),
            sent: Arc::default(),
            process_time: Arc::new(Mutex::new(Duration::from_mins(10))),
            news: Arc::default(),
            is_away: Arc::default(),
            set_aside: Arc::default(),
            given_back: Arc::default(),
        }
    }

    /// Sets whether sending commands fails.
    pub fn is_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    /// Sets the failed jobs.
    pub fn set_aside(&self, letters: Vec<DeadLetterQueue>) {
        *self.set_aside.lock().unwrap() = letters;
    }

    /// Changes the failed jobs.
    pub fn change_set_aside(&self, change: impl FnOnce(&mut Vec<DeadLetterQueue>)) {
        change(&mut self.set_aside.lock().unwrap());
    }

    /// Returns the queues whose jobs were tried again.
    #[must_use]
    pub fn given_back(&self) -> Vec<QueueName> {
        self.given_back.lock().unwrap().clone()
    }

    fn put_batches(&self, batches: impl IntoIterator<Item = BatchMessage>) {
        self.batch_messages.lock().unwrap().extend(batches);
        // This wakes everybody who waits now, and the next one who will wait.
        self.news.notify_waiters();
        self.news.notify_one();
    }

    /// Sets the time that each further process has.
    pub fn time_of_each_process(&self, process_time: Duration) {
        *self.process_time.lock().unwrap() = process_time;
    }

    /// Makes an application use these queues.
    pub fn join(&self, parts: &mut AppParts) {
        parts.orders = Some(Arc::new(self.clone()));
        parts.cloud = Some(Cloud {
            batches: Arc::new(self.clone()),
            schedules: None,
            dead_letters: Some(Arc::new(self.clone())),
        });
    }

    /// Returns the commands that wait.
    #[must_use]
    pub fn orders(&self) -> Vec<RunCommand> {
        self.orders.lock().unwrap().iter().cloned().collect()
    }

    /// Removes and returns the commands that wait.
    #[must_use]
    pub fn drain_commands(&self) -> Vec<RunCommand> {
        self.orders.lock().unwrap().drain(..).collect()
    }

    /// Executes a command while others reconcile; returns the run if it ended.
    pub async fn execute(&self, app: &App, order: &RunCommand) -> Result<Option<Run>, Error> {
        let work = acting_as(Function::Fetch, app.execute(order, self.until()));
        self.beside(app, work).await
    }

    /// Returns all batches that were ever sent.
    #[must_use]
    pub fn sent(&self) -> Vec<BatchMessage> {
        self.sent.lock().unwrap().clone()
    }

    /// Forgets the sent batches.
    pub fn forget_sent(&self) {
        self.sent.lock().unwrap().clear();
    }

    /// Delivers again what was delivered and not acknowledged.
    pub fn deliver_again(&self) {
        let again = std::mem::take(&mut *self.in_flight.lock().unwrap());
        self.put_batches(again);
    }

    /// Drops the batches that wait.
    pub fn lose_batches(&self) {
        self.batch_messages.lock().unwrap().clear();
    }

    fn until(&self) -> Instant {
        Instant::now() + *self.process_time.lock().unwrap()
    }

    fn next_batch_messages(&self) -> Vec<BatchMessage> {
        let mut batch_messages = self.batch_messages.lock().unwrap();
        match self.delivery {
            Delivery::Calm => batch_messages.pop_front().into_iter().collect(),
            Delivery::Wild => {
                let last = batch_messages.pop_back();
                last.clone().into_iter().chain(last).collect()
            }
        }
    }

    /// Reconciles batches that wait, and all that arrive later.
    async fn reconcile(&self, app: &App) -> Result<(), Error> {
        loop {
            self.reconcile_all(app).await?;
            self.news.notified().await;
        }
    }

    /// Reconciles the batches that wait.
    pub async fn reconcile_all(&self, app: &App) -> Result<(), Error> {
        loop {
            let batch_messages = self.next_batch_messages();
            if batch_messages.is_empty() {
                return Ok(());
            }
            let delivered = batch_messages.first().cloned();
            self.in_flight.lock().unwrap().extend(delivered.clone());
            let all = batch_messages.into_iter().map(|batch_message| {
                acting_as(Function::Reconcile, app.reconcile_message(batch_message))
            });
            for done in futures_util::future::join_all(all).await {
                let _: Reconciled = done?;
            }
            let mut in_flight = self.in_flight.lock().unwrap();
            in_flight.retain(|batch_message| Some(batch_message) != delivered.as_ref());
        }
    }

    /// Executes commands until none waits; returns the runs that ended.
    pub async fn work(&self, app: &App) -> Result<Vec<Run>, Error> {
        let mut over = Vec::new();
        loop {
            let order = self.orders.lock().unwrap().pop_front();
            let Some(order) = order else {
                return Ok(over);
            };
            if let RunCommand::Dispatch { event, waited } = &order {
                if app.sends_mail() {
                    let post = app.dispatch_until(event, *waited, self.until());
                    acting_as(Function::Invite, post).await?;
                }
                continue;
            }
            if let RunCommand::Notices { event } = &order {
                acting_as(Function::Invite, app.send_notices(event)).await?;
                continue;
            }
            if matches!(order, RunCommand::Retry { .. } | RunCommand::Hooks { .. }) {
                // This command is due later.
                continue;
            }
            over.extend(self.execute(app, &order).await?);
        }
    }

    /// Runs the work of a process while others reconcile.
    async fn beside(
        &self,
        app: &App,
        work: impl Future<Output = Result<CommandOutcome, Error>>,
    ) -> Result<Option<Run>, Error> {
        let workers = (0..WORKERS).map(|_| self.reconcile(app));
        tokio::select! {
            done = work => Ok(match done? {
                CommandOutcome::Over(run) => Some(*run),
                CommandOutcome::Suspended(_) => {
                    // The others continue until the next process starts; unfinished messages are
                    // delivered again.
                    self.deliver_again();
                    self.reconcile_all(app).await?;
                    None
                }
                CommandOutcome::Nothing(_) => None,
            }),
            failed = futures_util::future::try_join_all(workers) => Err(failed.unwrap_err()),
        }
    }

    /// Runs a sync from beginning to end, with as many processes as it needs.
    pub async fn sync(&self, app: &App, event: &EventId, scope: SyncScope) -> Result<Run, Error> {
        let started = app.begin(event, scope).await?;
        let id = started.id().clone();
        let work = acting_as(Function::Fetch, app.begin_run(started, self.until()));
        let first = self.beside(app, work);
        let mut over: Vec<Run> = first.await?.into_iter().collect();
        while over.iter().all(|run| run.id != id) {
            // Mails are sent only when the test orders it.
            self.orders
                .lock()
                .unwrap()
                .retain(|order| !matches!(order, RunCommand::Dispatch { .. }));
            let more = self.work(app).await?;
            assert!(!more.is_empty(), "the run got lost");
            over.extend(more);
        }
        let run = over.into_iter().find(|run| run.id == id);
        Ok(run.expect("it is among them"))
    }
}

#[async_trait]
impl Orders for QueueStage {
    async fn order(&self, order: &RunCommand, _: Duration) -> Result<(), QueueError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(QueueError::Closed);
        }
        self.orders.lock().unwrap().push_back(order.clone());
        Ok(())
    }
}

#[async_trait]
impl BatchQueue for QueueStage {
    async fn send(&self, batch_messages: &[BatchMessage]) -> Result<(), QueueError> {
        self.sent
            .lock()
            .unwrap()
            .extend(batch_messages.iter().cloned());
        self.put_batches(batch_messages.iter().cloned());
        Ok(())
    }
}

#[async_trait]
impl DeadLetters for QueueStage {
    async fn dead_letters(&self) -> Result<Vec<DeadLetterQueue>, QueueError> {
        Ok(self.set_aside.lock().unwrap().clone())
    }

    async fn redrive(&self, queue: QueueName) -> Result<(), QueueError> {
        self.given_back.lock().unwrap().push(queue);
        Ok(())
    }
}
