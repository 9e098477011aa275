//! Slows down guessing: after so many wrong tokens in a minute from one address, further ones are
//! not looked at until the minute is over.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_mins(1);

/// What came of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Attempt<T> {
    /// It was right.
    Passed(T),
    /// It was wrong.
    Failed,
    /// There were too many wrong ones; ask again after so many seconds.
    Throttled(u64),
}

/// Counts failures by address; where the server does not say who asks, all count together.
pub(super) struct Throttle {
    limit: u32,
    failures: Mutex<HashMap<Option<IpAddr>, (Instant, u32)>>,
}

impl Throttle {
    pub(super) fn new(limit: u32) -> Self {
        Self {
            limit,
            failures: Mutex::default(),
        }
    }

    pub(super) fn attempt<T>(
        &self,
        peer: Option<IpAddr>,
        now: Instant,
        check: impl FnOnce() -> Option<T>,
    ) -> Attempt<T> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        if let Some((since, count)) = failures.get(&peer)
            && *count >= self.limit
        {
            let left = WINDOW.saturating_sub(now.duration_since(*since));
            return Attempt::Throttled(left.as_secs() + 1);
        }
        if let Some(passed) = check() {
            return Attempt::Passed(passed);
        }
        failures.entry(peer).or_insert((now, 0)).1 += 1;
        Attempt::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_tokens_of_one_address_are_looked_at_so_often_a_minute() {
        let throttle = Throttle::new(2);
        let now = Instant::now();
        let one = Some(IpAddr::from([192, 0, 2, 1]));
        let other = Some(IpAddr::from([192, 0, 2, 2]));
        for _ in 0..2 {
            assert_eq!(throttle.attempt(one, now, || None::<()>), Attempt::Failed);
        }
        let next = throttle.attempt(one, now, || Some(()));
        assert!(matches!(next, Attempt::Throttled(1..=61)), "{next:?}");
        assert_eq!(
            throttle.attempt(other, now, || Some(())),
            Attempt::Passed(())
        );
        assert_eq!(
            throttle.attempt(one, now + WINDOW, || Some(())),
            Attempt::Passed(())
        );
    }
}
