//! A mail service as a test sets it: it remembers what it took, whatever it answered.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::{MailError, Mailer, OutgoingMail, Sent};
use tokio::sync::Notify;

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
    asked: u64,
    answers: VecDeque<PostboxReply>,
    for_all: Option<PostboxReply>,
}

/// The mail service; copies share what they know.
#[derive(Clone, Default)]
pub struct Postbox {
    inner: Arc<Mutex<PostboxInner>>,
    slow: Arc<Mutex<Option<Arc<Notify>>>>,
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
    pub(crate) fn has_taken(&self, mails: &[OutgoingMail]) {
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
        self.inner.lock().unwrap().asked
    }

    /// Answers the next ones so, one each.
    pub fn answer(&self, answers: impl IntoIterator<Item = PostboxReply>) {
        self.inner.lock().unwrap().answers.extend(answers);
    }

    /// Answers all so from now on, but for those that have an answer of their own.
    pub fn answer_all(&self, answer: PostboxReply) {
        self.inner.lock().unwrap().for_all = Some(answer);
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
            let mut inner = self.inner.lock().unwrap();
            inner.asked += 1;
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
