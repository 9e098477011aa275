//! Tracks which parts of the index are in use, and evicts those that were used longest ago.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use attendee_sync_domain::ids::{CommunityId, EventId};

use super::PeopleCache;

/// The default limit of the index in bytes: some 400,000 people.
const USUAL: usize = 256 * 1024 * 1024;

/// A part of the index, which is loaded and evicted as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum IndexPart {
    /// The users of a community.
    Users(CommunityId),
    /// The attendees of an event.
    Attendees(EventId),
}

/// Counts the users of each part. Its lock is taken before those of the parts, never after.
pub(super) struct CacheHolders {
    limit: AtomicUsize,
    uses: Mutex<Uses>,
}

#[derive(Default)]
struct Uses {
    /// The number of uses of all parts so far.
    count: u64,
    parts: HashMap<IndexPart, PartUse>,
}

/// How a part is used.
#[derive(Default)]
struct PartUse {
    /// The number of its last use.
    last: u64,
    /// The number of holds on the part now.
    holders: usize,
}

/// Keeps a part in the index until it is dropped.
#[must_use]
pub(crate) struct CacheHold<'i> {
    index: &'i PeopleCache,
    part: IndexPart,
}

impl Default for CacheHolders {
    fn default() -> Self {
        Self {
            limit: AtomicUsize::new(USUAL),
            uses: Mutex::default(),
        }
    }
}

impl CacheHolders {
    fn lock(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a part that is no longer in the index, unless it is in use.
    pub(super) fn forget(&self, part: &IndexPart) {
        let mut uses = self.lock();
        if uses.parts.get(part).is_some_and(|part| part.holders == 0) {
            uses.parts.remove(part);
        }
    }
}

impl Uses {
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Returns the part that was used longest ago and is not in use.
    fn oldest(&self) -> Option<IndexPart> {
        let idle = self.parts.iter().filter(|(_, part)| part.holders == 0);
        let oldest = idle.min_by_key(|(_, part)| part.last);
        oldest.map(|(part, _)| part.clone())
    }
}

impl Drop for CacheHold<'_> {
    fn drop(&mut self) {
        let mut uses = self.index.holders.lock();
        let last = uses.next();
        if let Some(part) = uses.parts.get_mut(&self.part) {
            part.last = last;
            part.holders = part.holders.saturating_sub(1);
        }
        drop(uses);
        self.index.make_room();
    }
}

impl PeopleCache {
    /// Protects a part from eviction, whether it is loaded yet or not.
    pub(super) fn hold(&self, part: IndexPart) -> CacheHold<'_> {
        let mut uses = self.holders.lock();
        let last = uses.next();
        let known = uses.parts.entry(part.clone()).or_default();
        known.last = last;
        known.holders += 1;
        drop(uses);
        CacheHold { index: self, part }
    }

    pub(super) fn limit(&self, bytes: usize) {
        self.holders.limit.store(bytes, Ordering::Relaxed);
        self.make_room();
    }

    /// Returns whether the index exceeds its limit.
    pub(super) fn is_over_limit(&self) -> bool {
        self.bytes() > self.holders.limit.load(Ordering::Relaxed)
    }

    /// Returns the approximate size of the index in bytes.
    pub(super) fn bytes(&self) -> usize {
        let snapshots = self.lock_snapshots();
        let snapshots = snapshots.values().map(|(_, snapshot)| snapshot.bytes());
        self.users.bytes() + self.attendees.bytes() + snapshots.sum::<usize>()
    }

    /// Evicts parts until the index is within its limit, or all that is left is in use.
    pub(super) fn make_room(&self) {
        if !self.is_over_limit() {
            return;
        }
        let mut uses = self.holders.lock();
        while self.is_over_limit() {
            let Some(part) = uses.oldest() else {
                break;
            };
            // The lock is held, so that nobody begins to use the part meanwhile.
            self.let_go(&part);
            uses.parts.remove(&part);
        }
        drop(uses);
        self.texts.clear();
    }

    fn let_go(&self, part: &IndexPart) {
        match part {
            IndexPart::Users(community) => {
                self.users.drop(community);
                // The snapshots contain the community's users.
                self.lock_snapshots().retain(|_, (of, _)| of != community);
            }
            IndexPart::Attendees(event) => {
                self.attendees.drop(event);
                self.lock_snapshots().remove(event);
                self.lock_marks().remove(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use attendee_sync_domain::activity::AppActivity;
    use attendee_sync_domain::invitation::InvitationState;
    use attendee_sync_domain::people::Presence;
    use jiff::Timestamp;

    use super::*;
    use crate::people::cache::{Attendance, AttendanceState};

    const ROWS: usize = 1_000;

    fn event(number: usize) -> EventId {
        format!("event-{number}").parse().unwrap()
    }

    fn attendees(number: usize) -> IndexPart {
        IndexPart::Attendees(event(number))
    }

    /// Reads an event's attendees in, as a request does.
    fn read(index: &PeopleCache, number: usize) -> CacheHold<'_> {
        let hold = index.hold(attendees(number));
        let event = event(number);
        if !index.attendees.is_whole(&event, Timestamp::MIN) {
            let attendance = Attendance {
                state: AttendanceState {
                    presence: Presence::Attending,
                    invitation: None::<InvitationState>,
                    activity: AppActivity::default(),
                    changed_in: None,
                    added: Timestamp::UNIX_EPOCH,
                    updated: Timestamp::UNIX_EPOCH,
                },
                source_ids: None,
            };
            let person = |row| (format!("{row:032x}").parse().unwrap(), attendance.clone());
            let people = (0..ROWS).map(person);
            index
                .attendees
                .begin(&event, Timestamp::MIN, Timestamp::UNIX_EPOCH);
            index.attendees.fill(&event, people, None);
            index.attendees.end(&event);
        }
        hold
    }

    fn is_there(index: &PeopleCache, number: usize) -> bool {
        index.attendees.is_whole(&event(number), Timestamp::MIN)
    }

    /// An index with room for so many events.
    fn with_room_for(events: usize) -> PeopleCache {
        let index = PeopleCache::default();
        drop(read(&index, 0));
        let one = index.bytes();
        index.limit(0);
        assert_eq!(index.bytes(), 0);
        index.limit(events * one);
        index
    }

    #[test]
    fn the_part_that_was_used_longest_ago_is_let_go() {
        let index = with_room_for(2);
        for number in [1, 2, 1, 3] {
            drop(read(&index, number));
        }
        let there = [1, 2, 3].map(|number| is_there(&index, number));
        assert_eq!(there, [true, false, true]);
        assert!(!index.is_over_limit());
    }

    #[test]
    fn what_is_in_use_stays_however_much_comes() {
        let index = with_room_for(1);
        let one = read(&index, 1);
        let again = read(&index, 1);
        for number in 2..10 {
            drop(read(&index, number));
        }
        drop(again);
        assert!(is_there(&index, 1));
        let held = [read(&index, 2), read(&index, 3)];
        assert!(index.is_over_limit());
        drop(one);
        assert!(!is_there(&index, 1));
        drop(held);
        assert!(!index.is_over_limit());
    }

    #[test]
    fn a_list_goes_with_the_users_that_it_holds() {
        let index = with_room_for(1);
        let community: CommunityId = "acme".parse().unwrap();
        let users = index.hold(IndexPart::Users(community.clone()));
        index
            .users
            .begin(&community, Timestamp::MIN, Timestamp::UNIX_EPOCH);
        index.users.end(&community);
        let held = read(&index, 1);
        assert!(index.snapshot(&community, &event(1)).is_some());
        assert!(index.is_over_limit());
        drop(users);
        assert!(index.lock_snapshots().is_empty());
        assert!(is_there(&index, 1));
        drop(held);
    }
}
