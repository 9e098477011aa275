//! The processes of the cloud edition: each is begun by messages of a queue and has only so much
//! time; what it does not acknowledge comes again. What it does with a message is what the functions
//! do (`functions/*/src/handler.rs`).

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_adapters::cloud::{batch_of_message, order_of};
use attendee_sync_app::ports::RunCommand;
use attendee_sync_app::{App, Error, ErrorKind, SyncScope};
use attendee_sync_testkit::permissions::{Function, acting_as};
use attendee_sync_testkit::waiting::pass_until;
use futures_util::future::{FutureExt, LocalBoxFuture, join_all};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::control::{Lived, beside, live};
use super::queues::{FaultyQueue, FaultyQueues, QueuedMessage};
use super::scene::event;

/// Processes that work on a queue at the same time.
const AT_ONCE: usize = 2;
/// How long processes have (`template.yaml`), without the margins of their handlers.
const RECONCILES: Duration = Duration::from_secs(115);
const POSTS: Duration = Duration::from_secs(810);
/// Processes after which it is no longer believed that the queues will ever be empty.
const MOST_PROCESSES: usize = 2_000;

/// What a process says of its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ProcessVerdict {
    Done,
    Again,
}

fn verdict<T>(done: Result<T, Error>) -> ProcessVerdict {
    match done.map_err(|error| error.kind()) {
        Ok(_) | Err(ErrorKind::NotFound | ErrorKind::Conflict) => ProcessVerdict::Done,
        Err(ErrorKind::Retryable | ErrorKind::Invalid) => ProcessVerdict::Again,
    }
}

/// The processes of one play.
pub(super) struct Functions<'s> {
    pub(super) queues: &'s FaultyQueues,
    /// How long a process has that works on a run.
    pub(super) process_time: Duration,
    /// Makes the application of a process that begins.
    pub(super) new_app: &'s dyn Fn() -> Arc<App>,
}

/// A process that came to its end: its queue, and what it said of its messages.
type Over = (FaultyQueue, Vec<(usize, ProcessVerdict)>);

impl Functions<'_> {
    /// Asks for a sync, as the console does.
    pub(super) async fn ask(&self) -> Option<Error> {
        let app = (self.new_app)();
        let event = event();
        match live(app.order_sync(&event, SyncScope::Everyone), async || {}).await {
            Lived::Through(asked) => asked.err(),
            Lived::Ended => None,
        }
    }

    /// Works until no message waits any more; false where that never comes.
    pub(super) async fn drain(&self) -> bool {
        let mut running: FuturesUnordered<LocalBoxFuture<'_, Over>> = FuturesUnordered::new();
        let mut places = FaultyQueue::ALL.map(|_| AT_ONCE);
        let mut begun = 0;
        loop {
            for (queue, places) in FaultyQueue::ALL.into_iter().zip(&mut places) {
                while *places > 0 {
                    let messages = self.queues.receive(queue);
                    if messages.is_empty() {
                        break;
                    }
                    *places -= 1;
                    begun += 1;
                    running.push(self.process(queue, messages).boxed_local());
                }
            }
            if begun > MOST_PROCESSES {
                return false;
            }
            let next = self.queues.next();
            if running.is_empty() && next.is_none() {
                return true;
            }
            let far = Instant::now() + Duration::from_hours(24);
            // What can be seen now and has no place waits for one.
            let next = next.filter(|next| *next > Instant::now()).unwrap_or(far);
            tokio::select! {
                biased;
                Some((queue, verdicts)) = running.next(), if !running.is_empty() => {
                    places[FaultyQueue::ALL.iter().position(|known| *known == queue).unwrap()] += 1;
                    for (message, verdict) in verdicts {
                        if verdict == ProcessVerdict::Done {
                            self.queues.acknowledge(message);
                        }
                    }
                }
                () = self.queues.news.notified() => {}
                () = pass_until(next) => {}
            }
        }
    }

    async fn process(&self, queue: FaultyQueue, messages: Vec<QueuedMessage>) -> Over {
        let app = (self.new_app)();
        let overtake = async || {
            // Nobody hears of it where a run is under way that is not given up.
            let (app, event) = ((self.new_app)(), event());
            let _refused = beside(app.order_sync(&event, SyncScope::Everyone)).await;
        };
        let work = self.work(&app, &messages);
        match live(work, overtake).await {
            Lived::Through(verdicts) => {
                let ids = messages.iter().map(|message| message.id);
                (queue, ids.zip(verdicts).collect())
            }
            Lived::Ended => (queue, Vec::new()),
        }
    }

    async fn work(&self, app: &App, messages: &[QueuedMessage]) -> Vec<ProcessVerdict> {
        join_all(messages.iter().map(|message| self.handle(app, message))).await
    }

    async fn handle(&self, app: &App, message: &QueuedMessage) -> ProcessVerdict {
        let now = Instant::now();
        if let Ok(batch_message) = batch_of_message(&message.body) {
            let work = acting_as(Function::Reconcile, app.reconcile_message(batch_message));
            return match timeout_at(now + RECONCILES, work).await {
                Ok(done) => verdict(done),
                Err(_) => ProcessVerdict::Again,
            };
        }
        match order_of(&message.body).unwrap() {
            RunCommand::Dispatch { event, waited } => {
                let post = app.dispatch_until(&event, waited, now + POSTS);
                verdict(acting_as(Function::Invite, post).await)
            }
            order => {
                let work = app.execute(&order, now + self.process_time);
                verdict(acting_as(Function::Fetch, work).await)
            }
        }
    }
}
