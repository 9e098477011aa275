//! The rate at which SES lets the account send.

use std::time::Duration;

use aws_sdk_ses::Client;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::mail::pace::MailPace;

/// The rate of an account in the sandbox, which is used until SES returns the account's own (Amazon
/// SES Developer Guide, "Service quotas in Amazon SES").
const SANDBOX: f64 = 1.0;
/// How long a rate that SES returned is used.
const GOOD_FOR: Duration = Duration::from_mins(15);
/// When SES is asked again after it returned no rate.
const ASK_AGAIN: Duration = Duration::from_mins(1);
/// How long mail waits for the answer.
const ANSWER: Duration = Duration::from_secs(10);

/// The account's rate, which is refreshed from time to time.
#[derive(Debug)]
pub(super) struct Rate {
    pace: MailPace,
    ask_at: Mutex<Option<Instant>>,
    share: Share,
}

/// The share of one sender in the account's rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Senders that send at the same time.
    pub senders: u32,
    /// The maximum number of mails a second of all of them together, whatever the account may send.
    pub at_most: Option<f64>,
}

impl Share {
    /// Returns one sender's part of a rate.
    fn of(self, rate: f64) -> f64 {
        let all = self.at_most.map_or(rate, |most| rate.min(most));
        all / f64::from(self.senders.max(1))
    }
}

impl Rate {
    pub(super) fn new(share: Share) -> Self {
        Self {
            pace: MailPace::new(share.of(SANDBOX)),
            ask_at: Mutex::default(),
            share,
        }
    }

    /// Waits until the next mail may be sent.
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
            self.pace.set(self.share.of(rate));
        } else {
            tracing::warn!("SES did not tell the account's sending rate");
        }
        *ask_at = Some(now + if rate.is_some() { GOOD_FOR } else { ASK_AGAIN });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_share_the_rate_and_keep_to_the_limit() {
        let share = |senders, at_most| Share { senders, at_most }.of(14.0);
        let near = |one: f64, other: f64| assert!((one - other).abs() < 1e-9, "{one} {other}");
        near(share(1, None), 14.0);
        near(share(2, None), 7.0);
        near(share(2, Some(10.0)), 5.0);
        near(share(0, Some(100.0)), 14.0);
    }
}
