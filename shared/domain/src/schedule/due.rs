//! Decides when an event's next sync is due, from its timetable and the results of its last syncs.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::past::PastSyncs;
use super::purge::purge_time;
use super::timetable::{SyncSlot, Timetable};
use crate::config::EventDocument;
use crate::zone::UnknownZone;

/// A sync that is later than this was missed, not just late: a timer checks each minute, and some
/// other syncs may be queued before it.
const LATE: SignedDuration = SignedDuration::from_mins(5);

/// The first wait after a failure; each further failure doubles it.
const FIRST_GAP: SignedDuration = SignedDuration::from_mins(5);

/// After this many doublings, a wait is longer than the interval of any schedule.
const MOST_DOUBLINGS: u32 = 12;

/// The longest wait for the one retry of the final sync, which no other sync follows.
const LAST_GAP: SignedDuration = SignedDuration::from_hours(1);

/// How long after its time a missed final sync is still made up for. It is much shorter than runs
/// are stored, because a final sync that took place must still be visible.
const FINAL_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The reason why a sync is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Its scheduled time has come.
    Schedule,
    /// One or more scheduled times were missed; one sync makes up for all of them.
    CatchUp,
    /// The previous sync failed.
    Retry,
    /// It is the final sync.
    Final,
}

/// The next sync of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Due {
    /// The time; if it is in the past, the sync is due now.
    pub at: Timestamp,
    /// The reason.
    pub why: Why,
}

impl Due {
    /// Returns whether the sync should start.
    #[must_use]
    pub fn is_now(&self, now: Timestamp) -> bool {
        self.at <= now
    }
}

/// Returns when the event's next sync is due, if there is one.
pub fn due(
    document: &EventDocument,
    past: &PastSyncs,
    now: Timestamp,
) -> Result<Option<Due>, UnknownZone> {
    let next = Timetable::of(document)?.and_then(|timetable| timetable.due(past, now));
    let purge = purge_time(document)?;
    Ok(next.filter(|due| is_before_purge(due, purge, now)))
}

/// Returns the event's next syncs, as far as they are known. The first is that of [`due`], but not
/// before `now`; the others follow if it succeeds.
pub fn upcoming(
    document: &EventDocument,
    past: &PastSyncs,
    now: Timestamp,
    count: usize,
) -> Result<Vec<Due>, UnknownZone> {
    let Some(timetable) = Timetable::of(document)? else {
        return Ok(Vec::new());
    };
    let first = timetable.due(past, now).map(|due| Due {
        at: due.at.max(now),
        ..due
    });
    let following = |due: &Due| timetable.after(due.at).map(SyncSlot::due);
    let purge = purge_time(document)?;
    Ok(std::iter::successors(first, following)
        .take_while(|due| is_before_purge(due, purge, now))
        .take(count)
        .collect())
}

/// Whether a sync may still begin: once the people of the event are purged, it does not sync any more.
fn is_before_purge(due: &Due, purge: Option<Timestamp>, now: Timestamp) -> bool {
    purge.is_none_or(|purge| due.at.max(now) < purge)
}

impl SyncSlot {
    fn due(self) -> Due {
        Due {
            at: self.at,
            why: if self.is_final {
                Why::Final
            } else {
                Why::Schedule
            },
        }
    }
}

impl Timetable {
    /// Returns when the next sync after the past ones is due.
    fn due(&self, past: &PastSyncs, now: Timestamp) -> Option<Due> {
        let next = match past.covered(now) {
            Some(covered) => self.after(covered),
            // The event was never synced, so scheduled times in the past were missed.
            None => self.begun(now).or_else(|| self.after(now)),
        };
        match next {
            Some(slot) if slot.at <= now => self.missed(slot, now),
            _ => [next.map(SyncSlot::due), self.retry(past, next, now)]
                .into_iter()
                .flatten()
                .min_by_key(|due| due.at),
        }
    }

    /// Returns one sync for a missed slot and for all slots since.
    fn missed(&self, slot: SyncSlot, now: Timestamp) -> Option<Due> {
        let newest = self.begun(now).unwrap_or(slot);
        let late = now.duration_since(newest.at);
        match (newest.is_final, newest == slot) {
            (true, _) if late > FINAL_KEPT => None,
            (true, _) => Some(newest.due()),
            (false, true) if late < LATE => Some(slot.due()),
            (false, _) => Some(Due {
                at: newest.at,
                why: Why::CatchUp,
            }),
        }
    }

    /// Returns the retry of the last sync, if it failed. Once the wait is longer than the
    /// schedule's own interval, the next slot comes first.
    fn retry(&self, past: &PastSyncs, next: Option<SyncSlot>, now: Timestamp) -> Option<Due> {
        // A sync that a person started before the timetable begins is not retried automatically.
        let slot = self.up_to(past.failed(now)?)?;
        let gap = gap(past.failures());
        let gap = match next {
            Some(_) => gap,
            None if slot.is_final && last_chance(past, slot, now) => gap.min(LAST_GAP),
            None => return None,
        };
        let at = past.covered(now)?.checked_add(gap).ok()?;
        Some(Due {
            at,
            why: Why::Retry,
        })
    }
}

/// Returns whether the final sync failed and was not retried yet.
fn last_chance(past: &PastSyncs, slot: SyncSlot, now: Timestamp) -> bool {
    past.failures_from(slot.time) == 1
        && !past.succeeded_from(slot.time)
        && now.duration_since(slot.at) <= FINAL_KEPT
}

/// Returns how long to wait after this many failures in a row.
fn gap(failures: usize) -> SignedDuration {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(MOST_DOUBLINGS);
    FIRST_GAP.saturating_mul(1 << doublings.min(MOST_DOUBLINGS))
}
