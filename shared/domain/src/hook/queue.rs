//! What hooks reported and nobody has read yet, and when it is read.
//!
//! Hooks that come within three seconds are read together, and so is whatever comes while a read is under way. So
//! however many hooks come, the source is asked at most once in three seconds.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::config::SourceSettings;
use crate::email::EmailAddress;
use crate::ids::{PersonId, PersonKey, RunNumber};

/// More people or records than this are read together with whatever else changed.
pub const MOST_TARGETS: usize = 3;
/// Hooks are merged for so long, and each request that they cause stands for so long.
const MERGED: SignedDuration = SignedDuration::from_secs(3);
/// Where a source has to be read as a whole, hooks cause that at most once in this time.
const WHOLE_EVERY: SignedDuration = SignedDuration::from_mins(15);
/// The wait after a read that failed; each further failure doubles it, up to the longest.
const FIRST_GAP: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(1);
/// After so many failures in a row nothing more is read before another hook comes, or the schedule says so.
const MOST_FAILURES: u32 = 12;
/// How long a process may be at a read before it counts as ended. A function lives 15 minutes at most (AWS Lambda,
/// "Quotas").
const LEASE: SignedDuration = SignedDuration::from_mins(20);
/// Deliveries that are kept to be shown.
const KEPT: usize = 10;

/// What a hook names that can be read alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookTarget {
    /// A person, by `source.one_person`.
    Person(EmailAddress),
    /// A record, by `source.one_record`.
    Record(String),
}

impl HookTarget {
    fn is_of(&self, source: &SourceSettings) -> bool {
        match self {
            Self::Person(_) => source.one_person.is_some(),
            Self::Record(_) => source.one_record.is_some(),
        }
    }

    /// Whether it names this person, by their address or by the id of one of their records.
    fn names(&self, key: &PersonKey, person: PersonId, source_ids: &[String]) -> bool {
        match self {
            Self::Person(email) => PersonId::of(key, email) == person,
            Self::Record(id) => source_ids.contains(id),
        }
    }
}

/// What hooks reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingHooks {
    /// When the first of them came.
    pub first: Timestamp,
    /// What they name; empty where everything that changed has to be read.
    pub targets: Vec<HookTarget>,
}

impl PendingHooks {
    fn add(&mut self, target: Option<HookTarget>) {
        if self.targets.is_empty() {
            // Everything is read anyway.
            return;
        }
        match target {
            Some(target) if self.targets.contains(&target) => {}
            Some(target) if self.targets.len() < MOST_TARGETS => self.targets.push(target),
            _ => self.targets.clear(),
        }
    }
}

/// What a process is reading of what hooks reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingHooks {
    /// What.
    pub hooks: PendingHooks,
    /// Until when the process may be at it.
    pub until: Timestamp,
}

/// What a read comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookReads {
    /// Each of these alone.
    Alone(Vec<HookTarget>),
    /// Everything, or what changed where the source can be asked for that.
    Everyone,
}

/// A read and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedHookRead {
    /// What is read.
    pub reads: HookReads,
    /// Not before this.
    pub due: Timestamp,
}

/// What came of hooks that were read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HookOutcome {
    /// One person or record, or up to three of them, were read.
    People,
    /// What changed was read.
    Changes,
    /// Everything was read.
    Everything,
    /// The source could not be read; it is tried again.
    Failed,
}

/// Hooks that were read together, as they are shown. Names no person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct HookDelivery {
    /// When the first of them came.
    pub received: Timestamp,
    /// What came of them.
    pub outcome: HookOutcome,
    /// The runs that read the source.
    pub runs: Vec<RunNumber>,
}

/// What one event's hooks reported, and what was read of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HookQueue {
    /// What waits to be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingHooks>,
    /// What is being read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reading: Option<ReadingHooks>,
    /// Until when another read waits, so that the source is not asked too often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<Timestamp>,
    /// When a hook last had everything read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_whole: Option<Timestamp>,
    /// How many of the last reads failed in a row.
    pub failures: u32,
    /// The last deliveries, the newest first.
    pub deliveries: Vec<HookDelivery>,
}

impl HookQueue {
    /// Takes in a hook; says whether that changed anything that has to be stored.
    ///
    /// What waits already, and will be read after this hook came, need not be stored again.
    pub fn receive(&mut self, target: Option<HookTarget>, now: Timestamp) -> bool {
        let before = self.pending.clone();
        match &mut self.pending {
            Some(pending) => pending.add(target),
            None => {
                self.pending = Some(PendingHooks {
                    first: now,
                    targets: target.into_iter().collect(),
                });
            }
        }
        self.pending != before
    }

    /// Whether somebody should have looked at what waits by now: what was to wake them got lost.
    #[must_use]
    pub fn is_forgotten(&self, now: Timestamp) -> bool {
        let longest = WHOLE_EVERY.saturating_add(LEASE);
        let is_old = |pending: &PendingHooks| now.duration_since(pending.first) > longest;
        let has_ended = |reading: &ReadingHooks| reading.until <= now;
        self.pending.as_ref().is_some_and(is_old) || self.reading.as_ref().is_some_and(has_ended)
    }

    /// What is to be read next, and when; nothing where nothing waits. `has_cursor` says whether the source can be
    /// asked for what changed since an earlier read.
    #[must_use]
    pub fn plan(&self, source: &SourceSettings, has_cursor: bool) -> Option<PlannedHookRead> {
        let pending = self.pending.as_ref()?;
        let targets = &pending.targets;
        let alone = !targets.is_empty() && targets.iter().all(|target| target.is_of(source));
        let reads_whole = !alone && (source.incremental.is_none() || !has_cursor);
        let merged = after(pending.first, MERGED);
        let whole = self.last_whole.filter(|_| reads_whole);
        let times = [self.rests_until, whole.map(|last| after(last, WHOLE_EVERY))];
        Some(PlannedHookRead {
            due: times.into_iter().flatten().fold(merged, Timestamp::max),
            reads: if alone {
                HookReads::Alone(targets.clone())
            } else {
                HookReads::Everyone
            },
        })
    }

    /// Marks what waits as being read from now on. What comes from now on waits for the next read.
    pub fn begin(&mut self, now: Timestamp) {
        if let Some(hooks) = self.pending.take() {
            self.reading = Some(ReadingHooks {
                hooks,
                until: after(now, LEASE),
            });
        }
    }

    /// Puts what was being read back: whoever was at it ended, or could not begin.
    pub fn put_back(&mut self) {
        let Some(reading) = self.reading.take() else {
            return;
        };
        match &mut self.pending {
            None => self.pending = Some(reading.hooks),
            Some(pending) => {
                pending.first = pending.first.min(reading.hooks.first);
                if reading.hooks.targets.is_empty() {
                    pending.targets.clear();
                }
                for target in reading.hooks.targets {
                    pending.add(Some(target));
                }
            }
        }
    }

    /// Notes what came of what was being read, by these runs. What could not be read waits for another try, as
    /// everything that changed: one person may be what cannot be read.
    pub fn end(&mut self, outcome: HookOutcome, runs: Vec<RunNumber>, now: Timestamp) {
        let Some(reading) = self.reading.take() else {
            return;
        };
        let requests = i32::try_from(runs.len().max(1)).unwrap_or(1);
        let mut rest = MERGED * requests;
        if outcome == HookOutcome::Everything {
            self.last_whole = Some(now);
        }
        if outcome == HookOutcome::Failed {
            self.failures += 1;
            let doublings = self.failures.saturating_sub(1).min(10);
            rest = FIRST_GAP.saturating_mul(1 << doublings).min(LONGEST_GAP);
            if self.failures < MOST_FAILURES {
                let first = reading.hooks.first;
                let pending = self.pending.get_or_insert_with(|| PendingHooks {
                    first,
                    targets: Vec::new(),
                });
                pending.targets.clear();
            }
        } else {
            self.failures = 0;
        }
        self.rests_until = Some(after(now, rest));
        self.deliveries.insert(
            0,
            HookDelivery {
                received: reading.hooks.first,
                outcome,
                runs,
            },
        );
        self.deliveries.truncate(KEPT);
    }

    /// Takes somebody who was erased out of what waits; says whether they were in it. What changed is read all the
    /// same.
    pub fn forget(&mut self, key: &PersonKey, person: PersonId, source_ids: &[String]) -> bool {
        let reading = self.reading.as_mut().map(|reading| &mut reading.hooks);
        let mut found = false;
        for hooks in self.pending.as_mut().into_iter().chain(reading) {
            if hooks
                .targets
                .iter()
                .any(|target| target.names(key, person, source_ids))
            {
                hooks.targets.clear();
                found = true;
            }
        }
        found
    }
}

fn after(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(time)
}

#[cfg(test)]
mod tests;
