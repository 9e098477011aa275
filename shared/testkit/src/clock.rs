//! A clock that a test sets.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use attendee_sync_app::ports::Clock;
use jiff::{SignedDuration, Timestamp};

/// The clock; copies show the same time.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<TestClockInner>);

#[derive(Debug)]
struct TestClockInner {
    now: Mutex<Timestamp>,
    /// The step by which each reading advances the clock.
    step: SignedDuration,
    is_broken: AtomicBool,
    panics: AtomicUsize,
}

impl TestClock {
    fn new(now: &str, step: SignedDuration) -> Self {
        Self(Arc::new(TestClockInner {
            now: Mutex::new(now.parse().unwrap()),
            step,
            is_broken: AtomicBool::new(false),
            panics: AtomicUsize::new(0),
        }))
    }

    /// Returns a clock that advances by a second each time it is read.
    #[must_use]
    pub fn ticking_from(now: &str) -> Self {
        Self::new(now, SignedDuration::from_secs(1))
    }

    /// Returns a clock that stays at one time until a test changes it.
    #[must_use]
    pub fn standing_at(now: &str) -> Self {
        Self::new(now, SignedDuration::ZERO)
    }

    /// Advances the clock and returns its new time.
    #[expect(clippy::must_use_candidate, reason = "mostly it is only put on")]
    pub fn later(&self, by: SignedDuration) -> Timestamp {
        let mut now = self.0.now.lock().unwrap();
        *now = now.checked_add(by).unwrap();
        *now
    }

    /// Sets the clock, also to an earlier time.
    pub fn set(&self, now: Timestamp) {
        *self.0.now.lock().unwrap() = now;
    }

    /// Returns the time without advancing the clock.
    #[must_use]
    pub fn shows(&self) -> Timestamp {
        *self.0.now.lock().unwrap()
    }

    /// Sets whether the clock panics when it is read.
    pub fn is_broken(&self, is_broken: bool) {
        self.0.is_broken.store(is_broken, Ordering::SeqCst);
    }

    /// Returns how often the clock panicked.
    #[must_use]
    pub fn panics(&self) -> usize {
        self.0.panics.load(Ordering::SeqCst)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        if self.0.is_broken.load(Ordering::SeqCst) {
            self.0.panics.fetch_add(1, Ordering::SeqCst);
            panic!("the clock is broken");
        }
        self.later(self.0.step)
    }
}
