//! A mail service as a test sets it: it remembers what it took, whatever it answered.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::{MailError, Mailer, OutgoingMail, Sent};
use tokio::sync::{Notify, watch};

/// What becomes of a mail that is handed over.
#[derive(Debug, Clone)]
pub enum PostboxReply {
    /// It is taken.
    Taken,
    /// It is taken, and nobody hears of it.
    TakenInDoubt,
    /// It is not taken.
    Not(MailError),
}

#[derive(Default)]
struct PostboxInner {
    taken: Vec<OutgoingMail>,
    answers: VecDeque<PostboxReply>,
    for_all: Option<PostboxReply>,
}

/// The mail service; copies share what they know.
#[derive(Clone)]
pub struct Postbox {
    inner: Arc<Mutex<PostboxInner>>,
    slow: Arc<Mutex<Option<Arc<Notify>>>>,
    /// How often it was asked.
    asked: watch::Sender<u64>,
}

impl Default for Postbox {
    fn default() -> Self {
        Self {
            inner: Arc::default(),
            slow: Arc::default(),
            asked: watch::Sender::new(0),
        }
    }
}

impl Postbox {
    /// The mails it took.
    #[must_use]
    pub fn taken(&self) -> Vec<OutgoingMail> {
        self.inner.lock().unwrap().taken.clone()
    }

    /// The same; it knows of them no longer.
    #[must_use]
    pub fn take(&self) -> Vec<OutgoingMail> {
        std::mem::take(&mut self.inner.lock().unwrap().taken)
    }

    /// It took these before.
    pub fn has_taken(&self, mails: &[OutgoingMail]) {
        self.inner.lock().unwrap().taken.extend_from_slice(mails);
    }

    /// To whom they went, by address.
    #[must_use]
    pub fn recipients(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .taken()
            .iter()
            .map(|mail| mail.to.address.to_string())
            .collect();
        all.sort();
        all
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> u64 {
        *self.asked.borrow()
    }

    /// Waits until it was asked so often.
    pub async fn until_asked(&self, times: u64) {
        let mut asked = self.asked.subscribe();
        asked.wait_for(|asked| *asked >= times).await.unwrap();
    }

    /// Answers the next ones so, one each.
    pub fn answer(&self, answers: impl IntoIterator<Item = PostboxReply>) {
        self.inner.lock().unwrap().answers.extend(answers);
    }

    /// Answers all so from now on, but for those that have an answer of their own.
    pub fn answer_all(&self, answer: PostboxReply) {
        self.inner.lock().unwrap().for_all = Some(answer);
    }

    /// Says of every mail from now on that the service is away, for this reason; or takes them again.
    pub fn is_away(&self, reason: Option<&str>) {
        let away = reason.map(|reason| {
            PostboxReply::Not(MailError::Unavailable {
                reason: reason.to_owned(),
                retry_after: None,
            })
        });
        self.inner.lock().unwrap().for_all = away;
    }

    /// Keeps every mail waiting, once it was taken, until this is told.
    pub fn answer_when_told(&self, told: Arc<Notify>) {
        *self.slow.lock().unwrap() = Some(told);
    }
}

#[async_trait]
impl Mailer for Postbox {
    async fn send(&self, mail: &OutgoingMail) -> Result<Sent, MailError> {
        let answer = {
            self.asked.send_modify(|asked| *asked += 1);
            let mut inner = self.inner.lock().unwrap();
            let answer = inner.answers.pop_front().or_else(|| inner.for_all.clone());
            let answer = answer.unwrap_or(PostboxReply::Taken);
            if !matches!(answer, PostboxReply::Not(_)) {
                inner.taken.push(mail.clone());
            }
            answer
        };
        let slow = self.slow.lock().unwrap().clone();
        if let Some(told) = slow {
            told.notified().await;
        }
        // Lets others in between.
        tokio::task::yield_now().await;
        match answer {
            PostboxReply::Taken => Ok(Sent {
                message_id: format!("message-{}", self.asked()),
            }),
            PostboxReply::TakenInDoubt => Err(MailError::InDoubt("no answer came".to_owned())),
            PostboxReply::Not(error) => Err(error),
        }
    }
}
