//! What an event's runs say about its syncs so far.

use jiff::{SignedDuration, Timestamp};

use crate::run::{Coverage, Run, RunHold, RunMode, RunState};

/// By how much clocks may differ that are right.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The syncs of an event back to the newest one that was good. Previews and syncs of one person
/// are none; syncs that a person began are as good as others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastSyncs {
    newest: Option<Sync>,
    under_way: bool,
    /// Whether a person stopped the newest.
    was_stopped: bool,
    /// Those that failed since the good one, newest first.
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
    /// What these runs say, the newest first.
    #[must_use]
    pub fn of(runs: &[Run]) -> Self {
        let mut past = Self::default();
        for run in runs {
            past.look_at(run);
        }
        past
    }

    /// Takes in the next older run.
    pub fn look_at(&mut self, run: &Run) {
        let whole = run.mode == RunMode::Sync && run.extent != Coverage::OnePerson;
        if !whole || self.is_whole() {
            return;
        }
        let took = SignedDuration::from_millis(run.milliseconds.try_into().unwrap_or(0));
        let sync = Sync {
            started: run.started,
            // Not when it was over: what a guard held may have been approved days later.
            ended: run.started.checked_add(took).unwrap_or(run.started),
        };
        let is_first = self.newest.is_none();
        self.newest.get_or_insert(sync);
        match run.state {
            // Held, or let through since: the source was read to its end.
            RunState::Succeeded | RunState::Held => self.good = Some(sync),
            _ if run.hold.as_ref().is_some_and(RunHold::is_about_changes) => self.good = Some(sync),
            RunState::Failed | RunState::Interrupted => self.failed.push(sync),
            // Whoever stopped it wants no retry.
            RunState::Stopped => self.was_stopped |= is_first,
            RunState::Queued | RunState::Reading | RunState::Applying => self.under_way = is_first,
        }
    }

    /// Whether older runs would add nothing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.good.is_some()
    }

    /// When the oldest of the newest syncs began that all failed.
    #[must_use]
    pub fn failing_since(&self) -> Option<Timestamp> {
        self.failed.last().map(|sync| sync.started)
    }

    /// When the newest good sync ended.
    #[must_use]
    pub fn last_success(&self) -> Option<Timestamp> {
        self.good.map(|sync| sync.ended)
    }

    /// Up to when nothing is missed; `None` before the first sync.
    pub(super) fn covered(&self, now: Timestamp) -> Option<Timestamp> {
        if self.under_way {
            return Some(now);
        }
        Some(self.newest_by(now)?.ended)
    }

    /// When the newest sync began, if it failed.
    pub(super) fn failed(&self, now: Timestamp) -> Option<Timestamp> {
        let is_over = !self.under_way && !self.was_stopped && !self.failed.is_empty();
        self.newest_by(now)
            .filter(|_| is_over)
            .map(|sync| sync.started)
    }

    /// The newest sync, unless a clock that has been put right since says that it is yet to come:
    /// for that long there would be no other.
    fn newest_by(&self, now: Timestamp) -> Option<Sync> {
        let latest = now.checked_add(SKEW).unwrap_or(now);
        self.newest.filter(|sync| sync.started <= latest)
    }

    /// How many of the newest syncs failed.
    pub(super) fn failures(&self) -> usize {
        self.failed.len()
    }

    /// How many of the newest syncs failed that began at this time or later.
    pub(super) fn failures_from(&self, time: Timestamp) -> usize {
        let late = |sync: &&Sync| sync.started >= time;
        self.failed.iter().take_while(late).count()
    }

    /// Whether a sync that began at this time or later was good.
    pub(super) fn succeeded_from(&self, time: Timestamp) -> bool {
        self.good.is_some_and(|sync| sync.started >= time)
    }
}
