//! The ways in which a test may wait. Tests sleep nowhere else, which `tests/it/architecture.rs`
//! checks.

use std::time::{Duration, Instant};

/// How long a test waits for another process.
const PATIENCE: Duration = Duration::from_mins(2);
/// The pause between two checks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
/// Shortest simulated wait for which the test checks that it was simulated.
const WORTH_A_LOOK: Duration = Duration::from_secs(10);

/// Checks again and again until something is true that another process has to do.
///
/// # Panics
///
/// Panics if it is not true within two minutes.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "it does not come about: {what}");
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// Waits a moment of real time. It is only for tests that end a process at arbitrary moments, or
/// that use a service which counts real seconds.
pub fn a_moment(time: Duration) {
    std::thread::sleep(time);
}

/// Lets other tasks of the same runtime run until something is true. It is for work that needs no
/// time, only a turn.
pub async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}

/// Advances time without real waiting, on tokio's paused clock.
///
/// # Panics
///
/// Panics if the clock is not paused, so that the test really waited.
pub async fn pass(time: Duration) {
    pass_until(tokio::time::Instant::now() + time).await;
}

/// Advances time to this moment without real waiting, on tokio's paused clock.
///
/// # Panics
///
/// Panics if the clock is not paused, so that the test really waited.
pub async fn pass_until(moment: tokio::time::Instant) {
    let simulated = moment.saturating_duration_since(tokio::time::Instant::now());
    let begun = Instant::now();
    tokio::time::sleep_until(moment).await;
    let waited = simulated >= WORTH_A_LOOK && begun.elapsed() >= simulated;
    assert!(!waited, "a test waits {simulated:?}: pause the clock");
}
