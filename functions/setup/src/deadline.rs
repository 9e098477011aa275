//! The time limit of an invocation's work.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The time for an invocation whose deadline was past when it began: cargo-lambda's emulator names
/// one in 1970.
const UNTOLD: Duration = Duration::from_mins(2);

/// Returns when to stop, so that `margin` is left to suspend the work before Lambda ends the
/// process. `deadline` comes from the invocation's context.
#[must_use]
pub fn until(deadline: SystemTime, margin: Duration) -> Instant {
    let left = deadline.duration_since(SystemTime::now());
    Instant::now() + left.unwrap_or(UNTOLD).saturating_sub(margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_is_kept_and_a_deadline_that_is_past_is_none() {
        let margin = Duration::from_secs(30);
        let in_a_minute = SystemTime::now() + Duration::from_mins(1);
        let left = until(in_a_minute, margin).duration_since(Instant::now());
        assert!((29..=30).contains(&left.as_secs()), "{left:?}");
        let soon = SystemTime::now() + Duration::from_secs(1);
        assert!(until(soon, margin) <= Instant::now());
        let past = until(SystemTime::UNIX_EPOCH, margin).duration_since(Instant::now());
        assert!((89..=90).contains(&past.as_secs()), "{past:?}");
    }
}
