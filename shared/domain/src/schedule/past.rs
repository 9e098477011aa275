//! The past syncs of an event, from its runs.

use jiff::{SignedDuration, Timestamp};

use crate::run::{Coverage, Run, RunHold, RunMode, RunState};

/// The largest expected difference between correct clocks.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The syncs of an event back to the newest successful one. Previews and syncs of one person do not
/// count; syncs that a person started do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastSyncs {
    newest: Option<Sync>,
    under_way: bool,
    /// Whether a person stopped the newest sync.
    was_stopped: bool,
    /// The syncs that failed since the successful one, newest first.
    failed: Vec<Sync>,
    good: Option<Sync>,
}

/// When a sync began, and when its reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sync {
    started: Timestamp,
    ended: Timestamp,
}

impl PastSyncs {
    /// Returns the past syncs from these runs, the newest first.
    #[must_use]
    pub fn of(runs: &[Run]) -> Self {
        let mut past = Self::default();
        for run in runs {
            past.look_at(run);
        }
        past
    }

    /// Adds the next older run.
    pub fn look_at(&mut self, run: &Run) {
        let whole = run.mode == RunMode::Sync && run.extent != Coverage::OnePerson;
        if !whole || self.is_whole() {
            return;
        }
        let took = SignedDuration::from_millis(run.milliseconds.try_into().unwrap_or(0));
        let sync = Sync {
            started: run.started,
            // This is not the end of the run: what a guard held may have been approved days later.
            ended: run.started.checked_add(took).unwrap_or(run.started),
        };
        let is_first = self.newest.is_none();
        self.newest.get_or_insert(sync);
        match run.state {
            // A held run read the source to its end, whatever was decided since.
            RunState::Succeeded | RunState::Held => self.good = Some(sync),
            _ if run.hold.as_ref().is_some_and(RunHold::is_about_changes) => self.good = Some(sync),
            RunState::Failed | RunState::Interrupted => self.failed.push(sync),
            // A person who stops a sync wants no retry.
            RunState::Stopped => self.was_stopped |= is_first,
            RunState::Queued | RunState::Reading | RunState::Applying => self.under_way = is_first,
        }
    }

    /// Returns whether older runs would add nothing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.good.is_some()
    }

    /// Returns when the oldest of the consecutive failed syncs began.
    #[must_use]
    pub fn failing_since(&self) -> Option<Timestamp> {
        self.failed.last().map(|sync| sync.started)
    }

    /// Returns when the newest successful sync ended.
    #[must_use]
    pub fn last_success(&self) -> Option<Timestamp> {
        self.good.map(|sync| sync.ended)
    }

    /// Returns the time up to which no sync was missed; `None` before the first sync.
    pub(super) fn covered(&self, now: Timestamp) -> Option<Timestamp> {
        if self.under_way {
            return Some(now);
        }
        Some(self.newest_by(now)?.ended)
    }

    /// Returns when the newest sync began, if it failed.
    pub(super) fn failed(&self, now: Timestamp) -> Option<Timestamp> {
        let is_over = !self.under_way && !self.was_stopped && !self.failed.is_empty();
        self.newest_by(now)
            .filter(|_| is_over)
            .map(|sync| sync.started)
    }

    /// Returns the newest sync, unless it began in the future by a clock that was wrong then:
    /// otherwise no sync would start until that time.
    fn newest_by(&self, now: Timestamp) -> Option<Sync> {
        let latest = now.checked_add(SKEW).unwrap_or(now);
        self.newest.filter(|sync| sync.started <= latest)
    }

    /// Returns how many consecutive syncs failed.
    pub(super) fn failures(&self) -> usize {
        self.failed.len()
    }

    /// Returns how many consecutive syncs failed that began at this time or later.
    pub(super) fn failures_from(&self, time: Timestamp) -> usize {
        let late = |sync: &&Sync| sync.started >= time;
        self.failed.iter().take_while(late).count()
    }

    /// Returns whether a sync that began at this time or later succeeded.
    pub(super) fn succeeded_from(&self, time: Timestamp) -> bool {
        self.good.is_some_and(|sync| sync.started >= time)
    }
}
