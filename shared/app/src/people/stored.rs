//! Reads what is stored of one person, and the names of some people.

use std::collections::{BTreeSet, HashMap};

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Attendee, UserState};

use crate::App;
use crate::error::Error;

impl App {
    /// Returns an attendee of an event with their user; `None` where the event has no such
    /// attendee.
    pub async fn stored_person(
        &self,
        community: &CommunityId,
        event: &EventId,
        person: PersonId,
    ) -> Result<Option<(Attendee, Option<UserState>)>, Error> {
        let Some(attendee) = self.parts.store.attendee(event, person).await? else {
            return Ok(None);
        };
        let user = self.parts.store.user(community, person).await?;
        Ok(Some((attendee.value, user.map(|user| user.value))))
    }

    /// Returns the current names of these users: name and address, or the address alone. All are
    /// read in one request; people who are no users, or who were erased, are left out.
    pub async fn names_of_people(
        &self,
        community: &CommunityId,
        people: &BTreeSet<PersonId>,
    ) -> Result<HashMap<PersonId, String>, Error> {
        let people: Vec<PersonId> = people.iter().copied().collect();
        let users = self.parts.store.users(community, &people).await?;
        let named = users.into_iter().filter_map(|(person, state)| match state {
            UserState::User(user) => Some((person, user.in_words())),
            UserState::Erased(_) => None,
        });
        Ok(named.collect())
    }

    /// Returns the id that an address has in a community, whether or not anybody has it.
    pub async fn person_id(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
    ) -> Result<PersonId, Error> {
        let community = self.known_community(community).await?;
        Ok(PersonId::of(&community.key, email))
    }
}
