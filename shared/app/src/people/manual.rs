//! Changes of people by hand: granting and revoking groups, blocking attendees, and erasing a
//! person.

use std::collections::BTreeSet;

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::{Group, GroupName};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Grantor, GroupsEdited, User, UserState, Versioned};
use attendee_sync_domain::plan::{self, BlockChange, Policy, Put};
use jiff::Timestamp;

use crate::App;
use crate::error::Error;
use crate::ports::{ManualGroupChange, StoreError};

/// How often it is tried again because others changed the person meanwhile.
const MAX_TRIES: u32 = 8;

/// The result of granting or revoking a group by hand.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Granted {
    /// The group, in its first spelling.
    pub group: GroupName,
    /// Whether something changed.
    pub changed: bool,
    /// The grantors of the membership now; the person is in the group unless there are none.
    pub by: BTreeSet<Grantor>,
}

/// The result of a request for an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub enum Erased {
    /// The person was erased.
    #[serde(rename = "erased")]
    Now,
    /// The person had been erased already.
    #[serde(rename = "already_erased")]
    Already,
    /// Nobody was known by this address. Records that runs under way still bring are refused, too.
    #[serde(rename = "nobody_known")]
    Nobody,
}

impl App {
    /// Adds a user to a group by hand; creates the group where it is new. No sync takes such a
    /// membership away.
    pub async fn grant(
        &self,
        community: &CommunityId,
        group: &GroupName,
        email: &EmailAddress,
    ) -> Result<Granted, Error> {
        self.set_manual_groups(community, group, email, User::granted_by_hand)
            .await
    }

    /// Removes the grant of a group by hand. A person whom an event's sync also put into the group
    /// stays in it.
    pub async fn revoke(
        &self,
        community: &CommunityId,
        group: &GroupName,
        email: &EmailAddress,
    ) -> Result<Granted, Error> {
        let revoked = |user: &User, group: &Group, now| user.revoked_by_hand(&group.key, now);
        self.set_manual_groups(community, group, email, revoked)
            .await
    }

    /// Changes a user's groups. `change` returns the edited groups, or `None` where nothing has to
    /// change.
    async fn set_manual_groups(
        &self,
        community: &CommunityId,
        group: &GroupName,
        email: &EmailAddress,
        change: impl Fn(&User, &Group, Timestamp) -> Option<GroupsEdited> + Send + Sync,
    ) -> Result<Granted, Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, email);
        for _ in 0..MAX_TRIES {
            let (version, user) = self.user_to_change(&community.id, person).await?;
            let stored = self.parts.store.group(&community.id, &group.key()).await?;
            let is_new = stored.is_none();
            let group = stored.unwrap_or_else(|| Group {
                key: group.key(),
                name: group.clone(),
            });
            let Some(GroupsEdited { user: after, moves }) =
                change(&user, &group, self.parts.clock.now())
            else {
                return Ok(granted(group, false, &user));
            };
            let regrouping = match (moves, after.groups.contains_key(&group.key), is_new) {
                (false, ..) => ManualGroupChange::Stays,
                (true, false, _) => ManualGroupChange::Leaves(&group.key),
                (true, true, false) => ManualGroupChange::Joins(&group.key),
                (true, true, true) => ManualGroupChange::JoinsNew(&group),
            };
            let put = Put {
                expected: Some(version),
                value: after,
            };
            let store = &self.parts.store;
            match store
                .set_manual_groups(&community.id, person, &put, regrouping)
                .await
            {
                Ok(()) => {
                    self.index
                        .note_user(&community.id, person, Some(&put.value));
                    if !matches!(regrouping, ManualGroupChange::Stays) {
                        self.fold_memberships(&community.id).await;
                    }
                    return Ok(granted(group, true, &put.value));
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    async fn user_to_change(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<(u64, User), Error> {
        match self.parts.store.user(community, person).await? {
            Some(Versioned {
                version,
                value: UserState::User(user),
            }) => Ok((version, user)),
            _ => Err(Error::NoPerson),
        }
    }

    /// Blocks an attendee of an event by hand, or lets their records count again. Returns false
    /// where nothing had to change.
    pub async fn set_blocked(
        &self,
        event: &EventId,
        email: &EmailAddress,
        bar: BlockChange,
    ) -> Result<bool, Error> {
        let (document, community) = self.event_to_change(event).await?;
        let person = PersonId::of(&community.key, email);
        let policy = Policy::new(&document);
        for _ in 0..MAX_TRIES {
            let people = [person];
            let actual = self
                .parts
                .store
                .actual(&community.id, event, &people, &[])
                .await?;
            let is_user = matches!(
                actual.users.get(&person).map(|user| &user.value),
                Some(UserState::User(_)) | None
            );
            if !is_user || !actual.attendees.contains_key(&person) {
                return Err(Error::NoPerson);
            }
            let now = self.parts.clock.now();
            let Some(plan) = plan::set_blocked(person, bar, &actual, &policy, now) else {
                return Ok(false);
            };
            match self
                .parts
                .store
                .rewrite(&community.id, event, &plan, None)
                .await
            {
                Ok(()) => {
                    let people = std::iter::once(&plan);
                    self.index.note_plan(&community.id, event, people);
                    return Ok(true);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    /// Erases the person with this address from the whole community, as the delete flag does. A
    /// tombstone is written even where nobody was known: it refuses records that runs under way
    /// still bring.
    pub async fn erase_user(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
    ) -> Result<Erased, Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, email);
        self.erase_person(&community.id, person).await
    }
}

fn granted(group: Group, changed: bool, user: &User) -> Granted {
    let membership = user.groups.get(&group.key);
    Granted {
        by: membership.map(|known| known.by.clone()).unwrap_or_default(),
        group: group.name,
        changed,
    }
}
