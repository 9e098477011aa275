//! Limits how long retries of requests to a source may wait, and decides when to give up.

use std::time::Duration;

use tokio::time::Instant;

use super::rate_headers::{AskAgain, Because};

/// The wait before the second try, where the source does not name a longer one; it doubles.
pub(super) const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The maximum number of doublings.
const MOST_DOUBLINGS: u32 = 5;
/// The maximum of all waits between two answers, unless the time-out of one answer is long.
pub(super) const LONGEST: Duration = Duration::from_mins(5);
/// All waits between two answers may take this many time-outs of one answer.
pub(super) const TIMEOUTS: u32 = 10;
/// All waits of one feed may take this many times the waits between two answers.
const IN_ALL: u32 = 12;
/// The maximum number of attempts of one request where the source does not say when to retry.
const TRIES: u32 = 3;
/// Tries of one request where it does.
const TRIES_AS_ASKED: u32 = 10;

/// The waiting time that is left for one feed. Requests that wait at the same time use it up once.
pub(super) struct Patience {
    first: Duration,
    /// The maximum of waits between two answers.
    longest: Duration,
    /// What is left of that.
    left: Duration,
    /// What is left for the whole feed.
    left_in_all: Duration,
    /// The end of the last wait so far.
    until: Option<Instant>,
}

impl Patience {
    pub(super) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            left: longest,
            left_in_all: longest.saturating_mul(IN_ALL),
            until: None,
        }
    }

    /// Returns until when to wait after `tries` failed attempts, the last of which was answered by
    /// `again`; `None` where it is time to give up. The wait is never shorter than the default one,
    /// whatever the source asks for.
    pub(super) fn wait(&mut self, now: Instant, tries: u32, again: AskAgain) -> Option<Instant> {
        let allowed = match (again.because, again.after) {
            (Because::BeingMade, _) => u32::MAX,
            (_, Some(_)) => TRIES_AS_ASKED,
            (_, None) => TRIES,
        };
        if tries >= allowed {
            return None;
        }
        let doublings = tries.saturating_sub(1).min(MOST_DOUBLINGS);
        let longest = self.first * 2_u32.pow(doublings);
        // The wait is random between half and all of it, so that runs that failed together do not
        // retry together.
        let own = longest.mul_f64(rand::random_range(0.5..1.0));
        let then = now.checked_add(again.after.unwrap_or_default().max(own))?;
        let waiting_since = self.until.map_or(now, |until| until.max(now));
        let more = then.saturating_duration_since(waiting_since);
        let left = self.left.checked_sub(more)?;
        self.left_in_all = self.left_in_all.checked_sub(more)?;
        self.left = left;
        self.until = self.until.max(Some(then));
        Some(then)
    }

    /// Notes that an answer came, so that the full waiting time is available again.
    pub(super) fn answered(&mut self) {
        self.left = self.longest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience() -> (Patience, Instant) {
        (
            Patience::new(Duration::from_secs(4), LONGEST),
            Instant::now(),
        )
    }

    const MINUTE: Duration = Duration::from_mins(1);
    const FAILED: AskAgain = AskAgain {
        after: None,
        because: Because::Failure,
    };

    fn asked(after: Duration) -> AskAgain {
        AskAgain {
            after: Some(after),
            because: Because::TooOften,
        }
    }

    #[test]
    fn waits_double_and_end_after_the_third_try() {
        let (mut patience, now) = patience();
        for (tries, least, most) in [(1, 2, 4), (2, 4, 8)] {
            let wait = (patience.wait(now, tries, FAILED).unwrap() - now).as_secs_f64();
            assert!(
                (f64::from(least)..=f64::from(most)).contains(&wait),
                "{wait}"
            );
        }
        assert_eq!(patience.wait(now, 3, FAILED), None);
    }

    #[test]
    fn source_that_asks_for_more_than_five_minutes_in_all_is_given_up() {
        let (mut patience, now) = patience();
        assert_eq!(patience.wait(now, 1, asked(6 * MINUTE)), None);
        let then = patience.wait(now, 1, asked(4 * MINUTE)).unwrap();
        assert_eq!(then, now + 4 * MINUTE);
        assert_eq!(patience.wait(then, 2, asked(2 * MINUTE)), None);
        assert_eq!(patience.wait(then, 10, asked(Duration::ZERO)), None);
        assert_eq!(patience.wait(now, 1, asked(Duration::MAX)), None);
    }

    #[test]
    fn requests_that_wait_together_use_patience_up_once() {
        let (mut patience, now) = patience();
        for _ in 0..4 {
            let then = patience.wait(now, 1, asked(4 * MINUTE));
            assert_eq!(then, Some(now + 4 * MINUTE));
        }
    }

    #[test]
    fn source_that_asks_for_no_wait_is_left_alone_ever_longer_all_the_same() {
        let (mut patience, mut now) = patience();
        let began = now;
        for (tries, least) in (1..10).zip([2, 4, 8, 16, 32, 32]) {
            let then = patience.wait(now, tries, asked(Duration::ZERO)).unwrap();
            assert!(then - now >= Duration::from_secs(least), "{tries}");
            now = then;
            if now - began > 2 * MINUTE {
                return;
            }
        }
        panic!("ten tries took {:?}", now - began);
    }

    #[test]
    fn what_is_being_made_is_waited_for_as_long_as_patience_lasts() {
        let (mut patience, began) = patience();
        let being_made = AskAgain {
            after: Some(Duration::from_secs(1)),
            because: Because::BeingMade,
        };
        let (mut now, mut tries) = (began, 0);
        loop {
            tries += 1;
            match patience.wait(now, tries, being_made) {
                Some(then) => now = then,
                None => break,
            }
        }
        assert!(
            now - began > 2 * MINUTE && now - began <= LONGEST,
            "{:?}",
            now - began
        );
    }

    #[test]
    fn source_that_answers_in_between_is_waited_for_again_but_not_for_ever() {
        let (mut patience, mut now) = patience();
        for _ in 0..15 {
            now = patience.wait(now, 1, asked(4 * MINUTE)).unwrap();
            patience.answered();
        }
        assert_eq!(patience.wait(now, 1, asked(4 * MINUTE)), None);
    }
}
