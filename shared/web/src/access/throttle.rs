//! Slows down guessing: after so many wrong tokens in a minute from one address, further ones are
//! not looked at until the minute is over.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    /// Nobody can say now.
    Unavailable,
}

impl<T> Attempt<T> {
    pub(super) fn map<U>(self, passed: impl FnOnce(T) -> U) -> Attempt<U> {
        match self {
            Self::Passed(value) => Attempt::Passed(passed(value)),
            Self::Failed => Attempt::Failed,
            Self::Throttled(seconds) => Attempt::Throttled(seconds),
            Self::Unavailable => Attempt::Unavailable,
        }
    }
}

/// Counts failures by address; where the server does not say who asks, all count together.
pub(super) struct Throttle {
    limit: u32,
    failures: Mutex<Failures>,
}

/// Since when and how many, by address.
type Failures = HashMap<Option<IpAddr>, (Instant, u32)>;

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
        let mut failures = self.current(now);
        if let Some(seconds) = self.seconds_left(&failures, peer, now) {
            return Attempt::Throttled(seconds);
        }
        if let Some(passed) = check() {
            return Attempt::Passed(passed);
        }
        count(&mut failures, peer, now);
        Attempt::Failed
    }

    /// After how many seconds something of this address is looked at again, where it is not now:
    /// for checks that take their time, with [`failed`](Self::failed) after them.
    pub(super) fn wait(&self, peer: Option<IpAddr>, now: Instant) -> Option<u64> {
        self.seconds_left(&self.current(now), peer, now)
    }

    /// Counts a wrong one.
    pub(super) fn failed(&self, peer: Option<IpAddr>, now: Instant) {
        count(&mut self.current(now), peer, now);
    }

    fn current(&self, now: Instant) -> MutexGuard<'_, Failures> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        failures
    }

    fn seconds_left(&self, failures: &Failures, peer: Option<IpAddr>, now: Instant) -> Option<u64> {
        let (since, count) = failures.get(&peer)?;
        let left = WINDOW.saturating_sub(now.duration_since(*since));
        (*count >= self.limit).then(|| left.as_secs() + 1)
    }
}

fn count(failures: &mut Failures, peer: Option<IpAddr>, now: Instant) {
    failures.entry(peer).or_insert((now, 0)).1 += 1;
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
