//! Finds people by an address, by part of an address or of a name, or by the id of a record.
//!
//! Parts are searched in the index; an exact address never needs it.

use std::collections::{BTreeMap, HashMap};

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Presence, User, UserState};
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::search::{SearchedId, WordMatch, Words};

use crate::App;
use crate::error::Error;
use crate::people::cache::IndexedPerson;

/// A person who was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct PersonFound {
    /// Their address.
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

/// An attendee whom the help desk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttendeeFound {
    /// Their id.
    pub person: PersonId,
    /// The person.
    pub found: PersonFound,
    /// Whether the match assumes a typing error.
    pub is_similar: bool,
}

/// How well an attendee matches the search text; the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum AttendeeMatch {
    ById,
    ByWords(WordMatch),
}

/// The search text of the help desk.
struct DeskSearch {
    words: Option<Words>,
    id: Option<SearchedId>,
}

impl DeskSearch {
    fn of(text: &str) -> Self {
        Self {
            words: Words::of(text),
            id: SearchedId::of(text),
        }
    }

    fn rank(&self, user: &IndexedPerson, ids: Option<&str>) -> Option<AttendeeMatch> {
        let has_id = self.id.as_ref().zip(ids);
        if has_id.is_some_and(|(id, ids)| id.is_one_of(ids)) {
            return Some(AttendeeMatch::ById);
        }
        let words = self.words.as_ref()?;
        words.matching(user.text()).map(AttendeeMatch::ByWords)
    }
}

impl App {
    /// Finds a community's users by an exact address, or by words that are parts of their addresses
    /// or names. Returns at most `limit`, by address.
    pub async fn search(
        &self,
        community: &CommunityId,
        text: &str,
        limit: usize,
    ) -> Result<Vec<PersonFound>, Error> {
        let community = self.known_community(community).await?;
        if let Ok(email) = text.parse::<EmailAddress>() {
            let person = PersonId::of(&community.key, &email);
            if let Some(user) = self.known_user(&community.id, person).await? {
                return Ok(vec![PersonFound::user(user)]);
            }
        }
        let Some(words) = Words::of(text) else {
            return Ok(Vec::new());
        };
        let _users = self.index_users(&community.id, None).await?;
        let matches = |person: &IndexedPerson| words.are_in(person.text());
        let people = self.index.people(&community.id, matches, limit);
        let users = self.parts.store.users(&community.id, &people).await?;
        let users = users.into_iter().filter_map(|(_, state)| known(state));
        let mut found: Vec<PersonFound> = users.map(PersonFound::user).collect();
        found.sort_by(|a, b| a.email.cmp(&b.email));
        Ok(found)
    }

    /// Finds an event's attendees, removed ones included, by an exact address, by the id of a
    /// record in the source, or by words. Returns at most `limit`, the best first; matches with one
    /// typing error come last.
    pub async fn look_up(
        &self,
        event: &EventId,
        text: &str,
        limit: usize,
    ) -> Result<Vec<AttendeeFound>, Error> {
        let community = self.event_and_community(event).await?.1;
        let text = text.trim();
        if let Ok(email) = text.parse::<EmailAddress>() {
            let person = PersonId::of(&community.key, &email);
            let user = self.known_user(&community.id, person).await?;
            if let Some(user) = user.filter(|user| user.events.contains_key(event)) {
                return Ok(vec![AttendeeFound {
                    person,
                    found: PersonFound::user(user),
                    is_similar: false,
                }]);
            }
        }
        let search = DeskSearch::of(text);
        let _users = self.index_users(&community.id, Some(event)).await?;
        let _attendees = self.index_attendees(event).await?;
        let rank = |user: &IndexedPerson, ids: Option<&str>| search.rank(user, ids);
        let all = self.index.snapshot(&community.id, event);
        let best = all.map(|all| all.best(rank, limit)).unwrap_or_default();
        let people: Vec<PersonId> = best.iter().map(|(person, _)| *person).collect();
        let users = self.parts.store.users(&community.id, &people).await?;
        let mut users: HashMap<PersonId, UserState> = users.into_iter().collect();
        let found = best.into_iter().filter_map(|(person, rank)| {
            let user = users.remove(&person).and_then(known)?;
            Some(AttendeeFound {
                person,
                found: PersonFound::user(user),
                is_similar: rank == AttendeeMatch::ByWords(WordMatch::WithOneError),
            })
        });
        Ok(found.collect())
    }

    async fn known_user(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<Option<User>, Error> {
        let stored = self.parts.store.user(community, person).await?;
        Ok(stored.and_then(|stored| known(stored.value)))
    }
}

/// Returns a user, unless they are erased.
fn known(state: UserState) -> Option<User> {
    match state {
        UserState::User(user) => Some(user),
        UserState::Erased(_) => None,
    }
}
