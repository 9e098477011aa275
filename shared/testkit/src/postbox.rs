//! A mail service that a test controls: it remembers the mails it accepted, whatever it answered.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::{MailError, Mailer, OutgoingMail, Sent};
use tokio::sync::{Notify, watch};

/// The reply to a mail that is handed over.
#[derive(Debug, Clone)]
pub enum PostboxReply {
    /// The mail is accepted.
    Taken,
    /// The mail is accepted, but the sender gets no reply.
    TakenInDoubt,
    /// The mail is not accepted.
    Not(MailError),
}

#[derive(Default)]
struct PostboxInner {
    taken: Vec<OutgoingMail>,
    answers: VecDeque<PostboxReply>,
    for_all: Option<PostboxReply>,
}

/// The mail service; copies share their state.
#[derive(Clone)]
pub struct Postbox {
    inner: Arc<Mutex<PostboxInner>>,
    slow: Arc<Mutex<Option<Arc<Notify>>>>,
    /// The number of mails handed over.
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
    /// Returns the mails it accepted.
    #[must_use]
    pub fn taken(&self) -> Vec<OutgoingMail> {
        self.inner.lock().unwrap().taken.clone()
    }

    /// Returns the mails it accepted, and forgets them.
    #[must_use]
    pub fn take(&self) -> Vec<OutgoingMail> {
        std::mem::take(&mut self.inner.lock().unwrap().taken)
    }

    /// Adds mails that it accepted earlier.
    pub fn has_taken(&self, mails: &[OutgoingMail]) {
        self.inner.lock().unwrap().taken.extend_from_slice(mails);
    }

    /// Returns the addresses of the recipients.
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

    /// Returns the number of mails handed over.
    #[must_use]
    pub fn asked(&self) -> u64 {
        *self.asked.borrow()
    }

    /// Waits until this many mails were handed over.
    pub async fn until_asked(&self, times: u64) {
        let mut asked = self.asked.subscribe();
        asked.wait_for(|asked| *asked >= times).await.unwrap();
    }

    /// Sets the replies to the next mails, one for each.
    pub fn answer(&self, answers: impl IntoIterator<Item = PostboxReply>) {
        self.inner.lock().unwrap().answers.extend(answers);
    }

    /// Sets the reply to all further mails that have no reply of their own.
    pub fn answer_all(&self, answer: PostboxReply) {
        self.inner.lock().unwrap().for_all = Some(answer);
    }

    /// Makes the service unavailable for this reason, or available again.
    pub fn is_away(&self, reason: Option<&str>) {
        let away = reason.map(|reason| {
            PostboxReply::Not(MailError::Unavailable {
                reason: reason.to_owned(),
                retry_after: None,
            })
        });
        self.inner.lock().unwrap().for_all = away;
    }

    /// Delays every reply, once the mail was processed, until `told` is notified.
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
        // This lets other tasks run.
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
