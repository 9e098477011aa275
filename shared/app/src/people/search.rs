//! Finding people by an address, or by part of an address or of a name.
//!
//! Parts are looked for in the index; an exact address never needs it.

use std::collections::BTreeMap;

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Presence, User, UserState};
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::search::Words;

use crate::App;
use crate::error::Error;
use crate::people::cache::IndexedPerson;

/// Among whom to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within<'w> {
    /// A community's users.
    Community(&'w CommunityId),
    /// Who attends an event, or was taken out of it.
    Event(&'w EventId),
}

/// Somebody who was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct PersonFound {
    /// Who they are.
    pub email: EmailAddress,
    /// First and last name.
    pub name: String,
    /// Their company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// Their events, and whether they attend.
    pub events: BTreeMap<EventId, Presence>,
}

impl PersonFound {
    fn user(user: User) -> Self {
        let company = user.profile.get(ProfileField::Company);
        Self {
            name: user.profile.full_name(),
            company: company.map(str::to_owned),
            email: user.email,
            events: user.events,
        }
    }
}

impl App {
    /// People by an exact address, or by words that are parts of their addresses or names; at most
    /// so many, by address.
    pub async fn search(
        &self,
        within: Within<'_>,
        text: &str,
        limit: usize,
    ) -> Result<Vec<PersonFound>, Error> {
        let (community, event) = match within {
            Within::Community(community) => (self.known_community(community).await?, None),
            Within::Event(event) => (self.event_and_community(event).await?.1, Some(event)),
        };
        if let Ok(email) = text.parse::<EmailAddress>() {
            let person = PersonId::of(&community.key, &email);
            let found = self.found(&community.id, event, person).await?;
            if let Some(found) = found {
                return Ok(vec![found]);
            }
        }
        let Some(words) = Words::of(text) else {
            return Ok(Vec::new());
        };
        let mut found = self
            .look_through(&community.id, event, &words, limit)
            .await?;
        found.sort_by(|a, b| a.email.cmp(&b.email));
        Ok(found)
    }

    async fn found(
        &self,
        community: &CommunityId,
        event: Option<&EventId>,
        person: PersonId,
    ) -> Result<Option<PersonFound>, Error> {
        let stored = self.parts.store.user(community, person).await?;
        match stored.map(|stored| stored.value) {
            Some(UserState::User(user)) => {
                let inside = event.is_none_or(|event| user.events.contains_key(event));
                Ok(inside.then(|| PersonFound::user(user)))
            }
            Some(UserState::Erased(_)) | None => Ok(None),
        }
    }

    /// Who matches, by the index; what is shown of them is read anew.
    async fn look_through(
        &self,
        community: &CommunityId,
        event: Option<&EventId>,
        words: &Words,
        limit: usize,
    ) -> Result<Vec<PersonFound>, Error> {
        let _users = self.index_users(community, event).await?;
        let matches = |person: &IndexedPerson| {
            words.are_in(person.text()) && event.is_none_or(|event| person.events.contains(event))
        };
        let people = self.index.people(community, matches, limit);
        let users = self.parts.store.users(community, &people).await?;
        let found = users.into_iter().filter_map(|(_, state)| match state {
            UserState::User(user) => Some(PersonFound::user(user)),
            UserState::Erased(_) => None,
        });
        Ok(found.collect())
    }
}
