//! The index by which lists are searched, filtered and sorted: a few fields of every person, in
//! memory.
//!
//! It is read from the table when it is first needed, and updated by the writes of this process.
//! Where other processes write too, it is read again after each run, and when it is a few minutes
//! old. It only decides which people are listed, and in which order: what is shown of them is
//! always read from the table.
//!
//! Its size is limited. Above the limit, the part that was used longest ago is evicted, and read
//! again when it is next needed. A part that is in use stays.

mod holding;
mod partition;
mod reading;
mod select;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attendee_sync_domain::activity::AppActivity;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunNumber};
use attendee_sync_domain::invitation::{Invitation, InvitationState};
use attendee_sync_domain::people::{Attendee, Grantor, Presence, User};
use attendee_sync_domain::plan::{PersonPlan, PersonStep};
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::search::{fold, searchable, searchable_ids};
use jiff::Timestamp;

use holding::CacheHolders;
pub(crate) use holding::{CacheHold, IndexPart};
use partition::{CachePartition, HeapSize};
pub use select::{Direction, ListChoice, ListOrder, SortBy};
pub(crate) use select::{ListSelection, Snapshot};

/// The approximate overhead of an allocation, in bytes.
const ALLOCATION: usize = 16;

/// The index: users by community, and attendees by event.
#[derive(Default)]
pub(crate) struct PeopleCache {
    pub(crate) users: CachePartition<CommunityId, Arc<IndexedPerson>>,
    pub(crate) attendees: CachePartition<EventId, Attendance>,
    /// The newest snapshot of each event that was requested, with the event's community.
    snapshots: Mutex<HashMap<EventId, (CommunityId, Arc<Snapshot>)>>,
    /// The run mark of each event that was requested, and when this process first saw it. Used only
    /// where other processes write too.
    marks: Mutex<HashMap<EventId, (u64, Timestamp)>>,
    texts: Texts,
    holders: CacheHolders,
}

/// The fields of a user by which lists are searched.
pub(crate) struct IndexedPerson {
    /// Address and name as they are searched, with a space between them.
    text: Box<str>,
    /// The position in `text` at which the name begins.
    name_at: usize,
    company: Option<Arc<str>>,
    country: Option<Arc<str>>,
    pub(crate) groups: Box<[IndexedGroup]>,
    pub(crate) events: Box<[EventId]>,
}

/// A group of a user.
pub(crate) struct IndexedGroup {
    pub(crate) group: Arc<str>,
    /// The grantors of the membership, in the words of the interface, separated by spaces.
    by: Arc<str>,
}

impl IndexedGroup {
    pub(crate) fn by(&self) -> impl Iterator<Item = Grantor> + '_ {
        self.by.split(' ').filter_map(|by| by.parse().ok())
    }
}

/// The fields of an attendee by which lists are searched.
#[derive(Clone)]
pub(crate) struct Attendance {
    state: AttendanceState,
    /// The ids of the attendee's records in the source, folded for the search.
    source_ids: Option<Arc<str>>,
}

/// The fields by which lists of attendees are filtered and sorted.
#[derive(Clone, Copy)]
struct AttendanceState {
    presence: Presence,
    invitation: Option<InvitationState>,
    activity: AppActivity,
    /// The run that last changed the attendee.
    changed_in: Option<RunNumber>,
    added: Timestamp,
    updated: Timestamp,
}

/// Interns texts that many people share.
#[derive(Default)]
struct Texts(Mutex<CachedPeople>);

#[derive(Default)]
struct CachedPeople {
    texts: HashSet<Arc<str>>,
    /// The number of texts after unused ones were last removed.
    cleared: usize,
}

/// Unused texts are not searched for while there are fewer texts than this.
const FEW_TEXTS: usize = 1_000;

impl Texts {
    fn shared(&self, text: &str) -> Arc<str> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = known.texts.get(text) {
            return Arc::clone(text);
        }
        // This is done whenever the number has doubled, so each text is visited twice on average.
        if known.texts.len() > 2 * known.cleared.max(FEW_TEXTS) {
            known.texts.retain(|text| Arc::strong_count(text) > 1);
            known.cleared = known.texts.len();
        }
        let new: Arc<str> = text.into();
        known.texts.insert(Arc::clone(&new));
        new
    }

    /// Removes unused texts.
    fn clear(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.texts.retain(|text| Arc::strong_count(text) > 1);
        known.texts.shrink_to_fit();
        known.cleared = known.texts.len();
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.0.lock().map_or(0, |known| known.texts.len())
    }
}

impl HeapSize for Arc<IndexedPerson> {
    fn bytes(&self) -> usize {
        let events = self
            .events
            .iter()
            .map(|event| event.as_str().len() + ALLOCATION);
        // The text is counted for this person alone, though others may share it.
        let company = self
            .company
            .as_deref()
            .map_or(0, |text| text.len() + ALLOCATION);
        size_of::<IndexedPerson>()
            + self.text.len()
            + company
            + self.groups.len() * size_of::<IndexedGroup>()
            + self.events.len() * size_of::<EventId>()
            + events.sum::<usize>()
            + 4 * ALLOCATION
    }
}

impl HeapSize for Attendance {
    fn bytes(&self) -> usize {
        let ids = self.source_ids.as_deref();
        ids.map_or(0, |ids| ids.len() + ALLOCATION)
    }
}

impl IndexedPerson {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn name(&self) -> &str {
        self.text.get(self.name_at..).unwrap_or_default()
    }
}

impl PeopleCache {
    /// Returns an event's attendees as they are now; `None` where they were not loaded.
    pub(crate) fn snapshot(
        &self,
        community: &CommunityId,
        event: &EventId,
    ) -> Option<Arc<Snapshot>> {
        let versions = (
            self.users.version(community)?,
            self.attendees.version(event)?,
        );
        let known = self
            .lock_snapshots()
            .get(event)
            .map(|(_, known)| Arc::clone(known));
        if let Some(known) = known.filter(|known| known.versions() == versions) {
            return Some(known);
        }
        let made = self.users.look_at(community, |of_users, users| {
            self.attendees.look_at(event, |of_attendees, attendees| {
                Snapshot::new(users, attendees, (of_users, of_attendees))
            })
        });
        let made = Arc::new(made.flatten()?);
        self.lock_snapshots()
            .insert(event.clone(), (community.clone(), Arc::clone(&made)));
        Some(made)
    }

    /// Returns the users of a community that are wanted, at most `most`.
    pub(crate) fn people(
        &self,
        community: &CommunityId,
        is_wanted: impl Fn(&IndexedPerson) -> bool,
        most: usize,
    ) -> Vec<PersonId> {
        let found = self.users.look(community, |users| {
            let wanted = users.iter().filter(|(_, person)| is_wanted(person));
            wanted.map(|(person, _)| *person).take(most).collect()
        });
        found.unwrap_or_default()
    }

    /// Returns how many people attend an event; `None` where its attendees are not all in memory.
    pub(crate) fn attending(&self, event: &EventId) -> Option<usize> {
        if !self.attendees.is_whole(event, Timestamp::MIN) {
            return None;
        }
        let attends = |one: &&Attendance| one.state.presence == Presence::Attending;
        self.attendees
            .look(event, |rows| rows.values().filter(attends).count())
    }

    fn lock_snapshots(&self) -> MutexGuard<'_, HashMap<EventId, (CommunityId, Arc<Snapshot>)>> {
        self.snapshots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_marks(&self) -> MutexGuard<'_, HashMap<EventId, (u64, Timestamp)>> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes a deleted event from the index.
    pub(crate) fn forget(&self, event: &EventId) {
        self.attendees.drop(event);
        self.lock_snapshots().remove(event);
        self.lock_marks().remove(event);
        self.holders.forget(&IndexPart::Attendees(event.clone()));
    }

    fn person(&self, user: &User) -> Arc<IndexedPerson> {
        let email = fold(user.email.as_str());
        let name = searchable(&user.profile.full_name());
        let field = |field| Some(self.texts.shared(user.profile.get(field)?));
        let groups = user.groups.iter().map(|(key, known)| {
            let by: Vec<String> = known.by.iter().map(ToString::to_string).collect();
            IndexedGroup {
                group: self.texts.shared(key.as_str()),
                by: self.texts.shared(&by.join(" ")),
            }
        });
        Arc::new(IndexedPerson {
            name_at: email.len() + 1,
            text: format!("{email} {name}").into(),
            company: field(ProfileField::Company),
            country: field(ProfileField::Country),
            groups: groups.collect(),
            events: user.events.keys().cloned().collect(),
        })
    }

    /// Updates the index after a user was written.
    pub(crate) fn note_user(&self, community: &CommunityId, person: PersonId, user: Option<&User>) {
        let row = (person, user.map(|user| self.person(user)));
        self.users.note(community, std::iter::once(row));
        self.make_room();
    }

    /// Updates the index after an attendee was written.
    pub(crate) fn note_attendee(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: Option<&Attendee>,
    ) {
        let row = (person, attendee.map(Attendance::of));
        self.attendees.note(event, std::iter::once(row));
        self.make_room();
    }

    /// Updates the index after a plan was applied to these people.
    pub(crate) fn note_plan<'p>(
        &self,
        community: &CommunityId,
        event: &EventId,
        people: impl Iterator<Item = &'p PersonPlan> + Clone,
    ) {
        let users = people.clone().filter_map(|plan| match &plan.step {
            PersonStep::Erase | PersonStep::StayErased(_) => Some((plan.person, None)),
            PersonStep::Write { user, .. } => {
                let put = user.as_ref()?;
                Some((plan.person, Some(self.person(&put.value))))
            }
        });
        self.users.note(community, users);
        let attendees = people.filter_map(|plan| match &plan.step {
            PersonStep::Erase | PersonStep::StayErased(_) => None,
            PersonStep::Write { attendee, .. } => {
                let put = attendee.as_ref()?;
                Some((plan.person, Some(Attendance::of(&put.value))))
            }
        });
        self.attendees.note(event, attendees);
        self.make_room();
    }
}

impl Attendance {
    fn of(attendee: &Attendee) -> Self {
        let records = attendee.records.iter();
        let ids = records.filter_map(|record| record.incoming.source_id.as_deref());
        Self {
            state: AttendanceState {
                presence: attendee.presence,
                invitation: attendee.invitation.as_ref().map(Invitation::state),
                activity: attendee.activity,
                changed_in: attendee.log.last().map(|entry| entry.0),
                added: attendee.added,
                updated: attendee.updated,
            },
            source_ids: searchable_ids(ids.chain(attendee.source_id.as_deref())).map(Arc::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_nobody_has_any_more_are_let_go() {
        let texts = Texts::default();
        let kept: Vec<Arc<str>> = (0..1_000)
            .map(|number| texts.shared(&format!("Company {number}")))
            .collect();
        for number in 0..100_000 {
            texts.shared(&format!("Renamed {number}"));
        }
        assert!(texts.count() < 10_000, "{}", texts.count());
        for (number, text) in kept.iter().enumerate() {
            let again = texts.shared(&format!("Company {number}"));
            assert!(Arc::ptr_eq(text, &again));
        }
    }
}
