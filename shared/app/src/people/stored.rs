//! One person as they are stored.

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Attendee, UserState};

use crate::App;
use crate::error::Error;

impl App {
    /// Returns an attendee of an event with their user; nothing where the event does not know them.
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
