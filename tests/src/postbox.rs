//! A mail service as a test sets it: it remembers what it took, whatever it answered.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::{Mail, MailError, Mailer, Sent};
use tokio::sync::Notify;

/// What becomes of a mail that is handed over.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It is taken.
    Taken,
    /// It is taken, and nobody hears of it.
    TakenInDoubt,
    /// It is not taken.
    Not(MailError),
}

#[derive(Default)]
struct Inner {
    taken: Vec<Mail>,
    asked: u64,
    answers: VecDeque<Answer>,
    for_all: Option<Answer>,
}

/// The mail service; copies share what they know.
#[derive(Clone, Default)]
pub struct Postbox {
    inner: Arc<Mutex<Inner>>,
    slow: Arc<Mutex<Option<Arc<Notify>>>>,
}

impl Postbox {
    /// The mails it took.
    #[must_use]
    pub fn taken(&self) -> Vec<Mail> {
        self.inner.lock().unwrap().taken.clone()
    }

    /// The same; it knows of them no longer.
    #[must_use]
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.inner.lock().unwrap().taken)
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
    pub fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inner.lock().unwrap().answers.extend(answers);
    }

    /// Answers all so from now on, but for those that have an answer of their own.
    pub fn answer_all(&self, answer: Answer) {
        self.inner.lock().unwrap().for_all = Some(answer);
    }

    /// Keeps every mail waiting, once it was taken, until this is told.
    pub fn answer_when_told(&self, told: Arc<Notify>) {
        *self.slow.lock().unwrap() = Some(told);
    }
}

#[async_trait]
impl Mailer for Postbox {
    async fn send(&self, mail: &Mail) -> Result<Sent, MailError> {
        let answer = {
            let mut inner = self.inner.lock().unwrap();
            inner.asked += 1;
            let answer = inner.answers.pop_front().or_else(|| inner.for_all.clone());
            let answer = answer.unwrap_or(Answer::Taken);
            if !matches!(answer, Answer::Not(_)) {
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
            Answer::Taken => Ok(Sent {
                message_id: format!("message-{}", self.asked()),
            }),
            Answer::TakenInDoubt => Err(MailError::InDoubt("no answer came".to_owned())),
            Answer::Not(error) => Err(error),
        }
    }
}
