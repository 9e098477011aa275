//! Limits the rate at which mail is sent.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Spaces mails evenly at a number of mails a second; a caller who is too early waits.
#[derive(Debug)]
pub(super) struct MailPace(Mutex<Turns>);

#[derive(Debug)]
struct Turns {
    gap: Duration,
    /// When the next mail may be sent.
    due: Option<Instant>,
}

impl MailPace {
    pub(super) fn new(per_second: f64) -> Self {
        Self(Mutex::new(Turns {
            gap: gap(per_second),
            due: None,
        }))
    }

    /// Changes the rate.
    #[cfg(feature = "ses")]
    pub(super) fn set(&self, per_second: f64) {
        self.turns().gap = gap(per_second);
    }

    /// Waits until the next mail may be sent. A turn that is not used is lost.
    pub(super) async fn turn(&self) {
        let due = {
            let mut turns = self.turns();
            let now = Instant::now();
            let due = turns.due.map_or(now, |due| due.max(now));
            turns.due = Some(due + turns.gap);
            due
        };
        sleep_until(due).await;
    }

    fn turns(&self) -> std::sync::MutexGuard<'_, Turns> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the time between two mails. A rate that is zero, nearly zero or no number counts as one
/// mail a minute.
fn gap(per_second: f64) -> Duration {
    let most = Duration::from_mins(1);
    Duration::try_from_secs_f64(per_second.recip()).map_or(most, |gap| gap.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_has_more_mails_than_allowed_and_none_is_refused() {
        let pace = std::sync::Arc::new(MailPace::new(14.0));
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..140 {
            let pace = pace.clone();
            sending.spawn(async move {
                pace.turn().await;
                Instant::now()
            });
        }
        let mut times = sending.join_all().await;
        times.sort();
        for (first, later) in times.iter().zip(times.iter().skip(14)) {
            assert!(*later - *first >= Duration::from_millis(999), "{times:?}");
        }
        let all = times[139] - times[0];
        assert!(all < Duration::from_secs(11), "{all:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_saves_up_no_turns() {
        let pace = MailPace::new(1.0);
        pace.turn().await;
        attendee_sync_testkit::waiting::pass(Duration::from_mins(1)).await;
        let start = Instant::now();
        pace.turn().await;
        pace.turn().await;
        assert!(start.elapsed() >= Duration::from_secs(1));
    }

    #[test]
    fn a_rate_that_is_none_is_slow_and_does_not_panic() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE] {
            assert!(gap(rate) <= Duration::from_mins(1), "{rate}");
        }
        assert_eq!(gap(0.0), Duration::from_mins(1));
        assert_eq!(gap(2.0), Duration::from_millis(500));
    }
}
