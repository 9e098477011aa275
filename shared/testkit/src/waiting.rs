//! The ways in which a test may wait. Nothing else in tests sleeps: `tests/it/architecture.rs` looks.

use std::time::{Duration, Instant};

/// For how long something is waited for that another process does.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long it is left alone between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
/// Simulated waits from which it is looked whether they were.
const WORTH_A_LOOK: Duration = Duration::from_secs(10);

/// Looks until it holds what another process is to do.
///
/// # Panics
///
/// When it does not within two minutes.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "it does not come about: {what}");
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// Lets a moment of the real clock pass: for tests alone that end a process at moments that nobody chooses, or that ask a
/// service which counts real seconds.
pub fn a_moment(time: Duration) {
    std::thread::sleep(time);
}

/// Lets others of the same runtime work until something holds. It is for what needs no time, only a turn.
pub async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}

/// Lets time pass that costs none: on tokio's paused clock.
///
/// # Panics
///
/// When the clock runs, so that the test really waited.
pub async fn pass(time: Duration) {
    pass_until(tokio::time::Instant::now() + time).await;
}

/// The same, until this moment.
///
/// # Panics
///
/// When the clock runs, so that the test really waited.
pub async fn pass_until(moment: tokio::time::Instant) {
    let simulated = moment.saturating_duration_since(tokio::time::Instant::now());
    let begun = Instant::now();
    tokio::time::sleep_until(moment).await;
    let waited = simulated >= WORTH_A_LOOK && begun.elapsed() >= simulated;
    assert!(!waited, "a test waits {simulated:?}: pause the clock");
}
