//! Limits the rate of requests to a source.

use std::time::Duration;

use tokio::time::Instant;

/// Limits the number of requests a minute: a tenth of them may be made at once, so that a small
/// feed is read without waiting, the others evenly.
pub(super) struct RequestPace {
    gap: Duration,
    at_once: u32,
    /// When the requests made so far would have been due at an even pace.
    due: Option<Instant>,
}

impl RequestPace {
    pub(super) fn new(per_minute: u32) -> Self {
        let at_once = per_minute / 10;
        Self {
            gap: Duration::from_mins(1) / (per_minute - at_once).max(1),
            at_once,
            due: None,
        }
    }

    /// Returns when the next request may be made.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        let due = self.due.map_or(now, |due| due.max(now));
        self.due = Some(due + self.gap);
        let early = due.checked_sub(self.gap * self.at_once).unwrap_or(now);
        early.max(now)
    }

    /// Allows no request before `until`, and no burst after it: after being told to slow down,
    /// requests begin at an even pace.
    pub(super) fn hold(&mut self, until: Instant) {
        let even = until.checked_add(self.gap * self.at_once);
        self.due = self.due.max(even);
    }

    /// Returns whether no earlier request has an effect any more, so that a new pace would be the
    /// same.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| due <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_goes_at_once_and_a_minute_never_has_more_than_allowed() {
        let start = Instant::now();
        let mut pace = RequestPace::new(300);
        let mut now = start;
        let times: Vec<Instant> = (0..900)
            .map(|_| {
                now = pace.next(now);
                now
            })
            .collect();
        let at_once = times.iter().filter(|time| **time == start).count();
        assert_eq!(at_once, 31, "the thirty, and the first");
        for (first, later) in times.iter().zip(times.iter().skip(301)) {
            assert!(
                *later - *first >= Duration::from_secs(59),
                "{:?}",
                *later - *first
            );
        }
        assert!(times[899] - start < Duration::from_mins(4));
    }

    #[test]
    fn after_a_wait_requests_go_evenly() {
        let start = Instant::now();
        let mut pace = RequestPace::new(60);
        let until = start + Duration::from_secs(20);
        pace.hold(until);
        let times: Vec<Instant> = (0..10).map(|_| pace.next(start)).collect();
        assert_eq!(times[0], until);
        for pair in times.windows(2) {
            assert!(pair[1] - pair[0] >= Duration::from_secs(1), "{pair:?}");
        }
        pace.hold(start);
        assert!(
            pace.next(start) > times[9],
            "a hold that is over changes nothing"
        );
    }
}
