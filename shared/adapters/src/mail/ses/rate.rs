//! How many mails a second SES lets the account send.

use std::time::Duration;

use aws_sdk_ses::Client;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::mail::pace::Pace;

/// What an account in the sandbox may send, and what is kept to until SES tells more
/// (Amazon SES Developer Guide, "Service quotas in Amazon SES").
const SANDBOX: f64 = 1.0;
/// For how long what SES told is gone by.
const GOOD_FOR: Duration = Duration::from_mins(15);
/// When it is asked again after it told nothing.
const ASK_AGAIN: Duration = Duration::from_mins(1);
/// How long mail waits for it to be told.
const ANSWER: Duration = Duration::from_secs(10);

/// The rate, asked for now and then.
#[derive(Debug)]
pub(super) struct Rate {
    pace: Pace,
    ask_at: Mutex<Option<Instant>>,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            pace: Pace::new(SANDBOX),
            ask_at: Mutex::default(),
        }
    }
}

impl Rate {
    /// Waits until the next mail may go.
    pub(super) async fn turn(&self, client: &Client) {
        self.refresh(client).await;
        self.pace.turn().await;
    }

    async fn refresh(&self, client: &Client) {
        let mut ask_at = self.ask_at.lock().await;
        let now = Instant::now();
        if ask_at.is_some_and(|ask_at| now < ask_at) {
            return;
        }
        let answer = timeout(ANSWER, client.get_send_quota().send()).await;
        let rate = match answer {
            Ok(Ok(quota)) => Some(quota.max_send_rate()).filter(|rate| *rate > 0.0),
            _ => None,
        };
        if let Some(rate) = rate {
            self.pace.set(rate);
        } else {
            tracing::warn!("SES did not tell the account's sending rate");
        }
        *ask_at = Some(now + if rate.is_some() { GOOD_FOR } else { ASK_AGAIN });
    }
}
