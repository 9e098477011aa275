//! The queues between processes as SQS has them: at least once, in any order, with a time for which
//! a message that was received is not seen, and a place where it is set aside after a few times.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_adapters::cloud::messages_of;
use attendee_sync_app::AppParts;
use attendee_sync_app::ports::{BatchMessage, BatchQueue, Cloud, Orders, QueueError, RunCommand};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::control::{FaultControl, Sabotage};
use super::schedule::{CallKind, Port};

/// Which queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultyQueue {
    /// Orders about runs.
    Runs,
    /// Orders about mail.
    Mail,
    /// Batches of people.
    Batches,
}

impl FaultyQueue {
    pub(super) const ALL: [Self; 3] = [Self::Runs, Self::Mail, Self::Batches];

    /// For how long a message that was received is not seen: longer than a process has. Batches come
    /// again sooner than in the cloud (12 minutes), so that a play is not mostly waiting.
    fn hidden_for(self) -> Duration {
        match self {
            Self::Runs | Self::Mail => Duration::from_mins(90),
            Self::Batches => Duration::from_mins(2),
        }
    }

    /// After how many deliveries a message is set aside (`template.yaml`).
    fn most_deliveries(self) -> u32 {
        match self {
            Self::Runs => 3,
            Self::Mail | Self::Batches => 5,
        }
    }

    /// How many messages a process gets at once.
    fn at_once(self) -> usize {
        match self {
            Self::Runs | Self::Mail => 1,
            Self::Batches => 10,
        }
    }
}

/// A message.
#[derive(Debug, Clone)]
pub(super) struct QueuedMessage {
    pub(super) id: usize,
    queue: FaultyQueue,
    /// Its text, as it is on the wire.
    pub(super) body: String,
    visible: Instant,
    deliveries: u32,
}

#[derive(Default)]
struct QueuesInner {
    waiting: Vec<QueuedMessage>,
    sent: Vec<(FaultyQueue, String)>,
    messages: usize,
    acknowledged: usize,
    set_aside: Vec<QueuedMessage>,
}

/// The queues; copies share what is in them.
#[derive(Clone)]
pub(super) struct FaultyQueues {
    faults: FaultControl,
    inner: Arc<Mutex<QueuesInner>>,
    /// Told when something was sent.
    pub(super) news: Arc<Notify>,
}

/// How late a message is that comes late.
const LATE: Duration = Duration::from_hours(2);

impl FaultyQueues {
    pub(super) fn new(faults: FaultControl) -> Self {
        Self {
            faults,
            inner: Arc::default(),
            news: Arc::default(),
        }
    }

    /// Makes an application one that works with them.
    pub(super) fn join(&self, parts: &mut AppParts) {
        parts.orders = Some(Arc::new(self.clone()));
        parts.cloud = Some(Cloud {
            batches: Arc::new(self.clone()),
            schedules: None,
            dead_letters: None,
        });
    }

    /// How many messages were sent so far.
    pub(super) fn messages(&self) -> usize {
        self.inner.lock().unwrap().sent.len()
    }

    /// How many of them were orders to go on with a run that had been put down.
    pub(super) fn suspensions(&self) -> usize {
        let inner = self.inner.lock().unwrap();
        let bodies = inner.sent.iter().map(|(_, body)| body);
        bodies.filter(|body| body.contains("\"continue\"")).count()
    }

    /// Messages that are neither done with, nor waiting, nor set aside.
    pub(super) fn lost(&self) -> usize {
        let inner = self.inner.lock().unwrap();
        inner.messages - inner.acknowledged - inner.waiting.len() - inner.set_aside.len()
    }

    /// Sends everything that was ever sent once more, the newest first.
    pub(super) fn send_all_again(&self) {
        let sent = self.inner.lock().unwrap().sent.clone();
        for (queue, body) in sent.into_iter().rev() {
            self.put(queue, &body, Duration::ZERO);
        }
    }

    /// Gives back what was set aside; whether there was something.
    pub(super) fn redrive(&self) -> bool {
        let mut inner = self.inner.lock().unwrap();
        let back = std::mem::take(&mut inner.set_aside);
        let any = !back.is_empty();
        inner
            .waiting
            .extend(back.into_iter().map(|message| QueuedMessage {
                deliveries: 0,
                visible: Instant::now(),
                ..message
            }));
        any
    }

    fn put(&self, queue: FaultyQueue, body: &str, after: Duration) {
        let mut inner = self.inner.lock().unwrap();
        let id = inner.messages;
        inner.messages += 1;
        inner.waiting.push(QueuedMessage {
            id,
            queue,
            body: body.to_owned(),
            visible: Instant::now() + after,
            deliveries: 0,
        });
        drop(inner);
        self.news.notify_one();
    }

    /// What a process gets of a queue now.
    pub(super) fn receive(&self, queue: FaultyQueue) -> Vec<QueuedMessage> {
        let mut inner = self.inner.lock().unwrap();
        let now = Instant::now();
        let (spent, waiting) =
            std::mem::take(&mut inner.waiting)
                .into_iter()
                .partition(|message| {
                    message.visible <= now && message.deliveries >= message.queue.most_deliveries()
                });
        inner.set_aside.extend::<Vec<QueuedMessage>>(spent);
        inner.waiting = waiting;
        let seen = inner.waiting.iter_mut();
        let seen = seen.filter(|message| message.queue == queue && message.visible <= now);
        let received = seen.take(queue.at_once()).map(|message| {
            message.visible = now + queue.hidden_for();
            message.deliveries += 1;
            message.clone()
        });
        received.collect()
    }

    /// The message is done with.
    pub(super) fn acknowledge(&self, id: usize) {
        let mut inner = self.inner.lock().unwrap();
        let before = inner.waiting.len();
        inner.waiting.retain(|message| message.id != id);
        inner.acknowledged += before - inner.waiting.len();
    }

    /// When the next message can be seen; `None` where none waits.
    pub(super) fn next(&self) -> Option<Instant> {
        let inner = self.inner.lock().unwrap();
        inner.waiting.iter().map(|message| message.visible).min()
    }

    /// Sends some messages, as far as a fault lets it.
    async fn send_to(
        &self,
        queue: FaultyQueue,
        port: Port,
        bodies: &[String],
        after: Duration,
    ) -> Result<(), QueueError> {
        let kind = self.faults.meet(port).await;
        let done = match kind {
            Some(CallKind::Refused | CallKind::Throttled(_)) => 0,
            Some(CallKind::Partial) => bodies.len() / 2,
            _ => bodies.len(),
        };
        let (times, after) = match kind {
            Some(CallKind::Twice) => (2, after),
            Some(CallKind::Late) => (1, after + LATE),
            _ => (1, after),
        };
        for body in bodies.iter().take(done) {
            let number = {
                let mut inner = self.inner.lock().unwrap();
                inner.sent.push((queue, body.clone()));
                inner.sent.len()
            };
            if self.faults.sabotage == Some(Sabotage::LosesMessage(number)) {
                self.inner.lock().unwrap().messages += 1;
                continue;
            }
            for _ in 0..times {
                self.put(queue, body, after);
            }
        }
        match kind {
            Some(CallKind::CrashAfter) => {
                self.faults.crash().await;
                Err(not_taken())
            }
            Some(CallKind::Failed) => Err(not_taken()),
            _ if done < bodies.len() => Err(not_taken()),
            _ => Ok(()),
        }
    }
}

fn not_taken() -> QueueError {
    QueueError::Failed {
        operation: "SendMessage",
        source: "the queue did not answer".into(),
    }
}

#[async_trait]
impl Orders for FaultyQueues {
    async fn order(&self, order: &RunCommand, after: Duration) -> Result<(), QueueError> {
        let queue = match order {
            RunCommand::Dispatch { .. } => FaultyQueue::Mail,
            _ => FaultyQueue::Runs,
        };
        let body = serde_json::to_string(order).unwrap();
        self.send_to(queue, Port::Order, &[body], after).await
    }
}

#[async_trait]
impl BatchQueue for FaultyQueues {
    async fn send(&self, batch_messages: &[BatchMessage]) -> Result<(), QueueError> {
        let bodies = messages_of(batch_messages)?.concat();
        self.send_to(FaultyQueue::Batches, Port::Batch, &bodies, Duration::ZERO)
            .await
    }
}
