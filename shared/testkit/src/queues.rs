//! The cloud edition in one process: queues that keep what is sent until a test lets it be delivered,
//! in any order, and more than once.

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

/// How messages are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Each once, in order.
    Calm,
    /// Each twice, the second time at once, and the last sent first.
    Wild,
}

/// The queues.
#[derive(Clone)]
pub struct QueueStage {
    delivery: Delivery,
    orders: Arc<Mutex<VecDeque<RunCommand>>>,
    batch_messages: Arc<Mutex<VecDeque<BatchMessage>>>,
    /// Delivered, and not acknowledged.
    in_flight: Arc<Mutex<Vec<BatchMessage>>>,
    /// Everything that was sent, for a delivery that comes late.
    sent: Arc<Mutex<Vec<BatchMessage>>>,
    /// How long a process works on a run.
    process_time: Arc<Mutex<Duration>>,
    /// Told when batches wait.
    news: Arc<Notify>,
    /// Whether nothing can be ordered.
    is_away: Arc<AtomicBool>,
    /// What was set aside, and what was given back of it.
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

    /// Whether nothing can be ordered from now on.
    pub fn is_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::SeqCst);
    }

    /// What is set aside from now on.
    pub fn set_aside(&self, letters: Vec<DeadLetterQueue>) {
        *self.set_aside.lock().unwrap() = letters;
    }

    /// Changes what is set aside.
    pub fn change_set_aside(&self, change: impl FnOnce(&mut Vec<DeadLetterQueue>)) {
        change(&mut self.set_aside.lock().unwrap());
    }

    /// The queues whose messages were given back.
    #[must_use]
    pub fn given_back(&self) -> Vec<QueueName> {
        self.given_back.lock().unwrap().clone()
    }

    fn put_batches(&self, batches: impl IntoIterator<Item = BatchMessage>) {
        self.batch_messages.lock().unwrap().extend(batches);
        // All who wait, and who looks next.
        self.news.notify_waiters();
        self.news.notify_one();
    }

    /// From now on a process has so much time.
    pub fn time_of_each_process(&self, process_time: Duration) {
        *self.process_time.lock().unwrap() = process_time;
    }

    /// Makes an application one that works with them.
    pub fn join(&self, parts: &mut AppParts) {
        parts.orders = Some(Arc::new(self.clone()));
        parts.cloud = Some(Cloud {
            batches: Arc::new(self.clone()),
            schedules: None,
            dead_letters: Some(Arc::new(self.clone())),
        });
    }

    /// The orders that wait.
    #[must_use]
    pub fn orders(&self) -> Vec<RunCommand> {
        self.orders.lock().unwrap().iter().cloned().collect()
    }

    /// The orders that waited; they wait no longer.
    #[must_use]
    pub fn take_orders(&self) -> Vec<RunCommand> {
        self.orders.lock().unwrap().drain(..).collect()
    }

    /// Carries out an order, while others reconcile; gives the run that came to its end.
    pub async fn execute(&self, app: &App, order: &RunCommand) -> Result<Option<Run>, Error> {
        let work = acting_as(Function::Fetch, app.execute(order, self.until()));
        self.beside(app, work).await
    }

    /// All batches that were ever sent.
    #[must_use]
    pub fn sent(&self) -> Vec<BatchMessage> {
        self.sent.lock().unwrap().clone()
    }

    /// Forgets what was sent.
    pub fn forget_sent(&self) {
        self.sent.lock().unwrap().clear();
    }

    /// Delivers what was delivered and not acknowledged once more.
    pub fn deliver_again(&self) {
        let again = std::mem::take(&mut *self.in_flight.lock().unwrap());
        self.put_batches(again);
    }

    /// Loses the batches that wait.
    pub fn lose_batches(&self) {
        self.batch_messages.lock().unwrap().clear();
    }

    fn until(&self) -> Instant {
        Instant::now() + *self.process_time.lock().unwrap()
    }

    fn next_parcels(&self) -> Vec<BatchMessage> {
        let mut batch_messages = self.batch_messages.lock().unwrap();
        match self.delivery {
            Delivery::Calm => batch_messages.pop_front().into_iter().collect(),
            Delivery::Wild => {
                let last = batch_messages.pop_back();
                last.clone().into_iter().chain(last).collect()
            }
        }
    }

    /// Reconciles what waits, and what comes.
    async fn reconcile(&self, app: &App) -> Result<(), Error> {
        loop {
            self.reconcile_all(app).await?;
            self.news.notified().await;
        }
    }

    /// Reconciles what waits.
    pub async fn reconcile_all(&self, app: &App) -> Result<(), Error> {
        loop {
            let batch_messages = self.next_parcels();
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

    /// Works off orders until none waits; gives the runs that came to their end.
    pub async fn work(&self, app: &App) -> Result<Vec<Run>, Error> {
        let mut over = Vec::new();
        loop {
            let order = self.orders.lock().unwrap().pop_front();
            let Some(order) = order else {
                return Ok(over);
            };
            if let RunCommand::Post { event, waited } = &order {
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
                // Its time comes later.
                continue;
            }
            over.extend(self.execute(app, &order).await?);
        }
    }

    /// Something a process does, while others reconcile.
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
                    // Others go on until the next process begins; what was cut off comes again.
                    self.deliver_again();
                    self.reconcile_all(app).await?;
                    None
                }
                CommandOutcome::Nothing(_) => None,
            }),
            failed = futures_util::future::try_join_all(workers) => Err(failed.unwrap_err()),
        }
    }

    /// A sync from its opening to its end, by as many processes as it takes.
    pub async fn sync(&self, app: &App, event: &EventId, scope: SyncScope) -> Result<Run, Error> {
        let started = app.begin(event, scope).await?;
        let id = started.id().clone();
        let work = acting_as(Function::Fetch, app.begin_run(started, self.until()));
        let first = self.beside(app, work);
        let mut over: Vec<Run> = first.await?.into_iter().collect();
        while over.iter().all(|run| run.id != id) {
            // Mails are sent when the test says so.
            self.orders
                .lock()
                .unwrap()
                .retain(|order| !matches!(order, RunCommand::Post { .. }));
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
