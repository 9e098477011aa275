//! The users of a community, and the members of its groups.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::{GroupKey, GroupName};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Grantor, Presence, User, UserState};
use attendee_sync_domain::profile::Profile;
use jiff::Timestamp;

use crate::App;
use crate::error::Error;

/// A user of a community.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct UserView {
    /// Their address.
    pub email: EmailAddress,
    /// Their profile.
    pub profile: Profile,
    /// Their groups.
    pub groups: Vec<GrantView>,
    /// Their events, and whether they attend.
    pub events: BTreeMap<EventId, Presence>,
    /// When they became a user.
    pub created: Timestamp,
    /// When one of the fields above was last changed.
    pub updated: Timestamp,
}

/// A group of a user.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct GrantView {
    /// Its identity.
    pub group: GroupKey,
    /// Its first spelling.
    pub name: GroupName,
    /// The grantors of the membership.
    pub by: BTreeSet<Grantor>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct MemberView {
    /// Their id in the community.
    pub person: PersonId,
    /// Their address.
    pub email: EmailAddress,
    /// First and last name.
    pub name: String,
    /// Their events, and whether they attend.
    pub events: BTreeMap<EventId, Presence>,
    /// The grantors of the membership.
    pub by: BTreeSet<Grantor>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let groups = user.groups.into_iter().map(|(group, known)| GrantView {
            group,
            name: known.name,
            by: known.by,
        });
        Self {
            email: user.email,
            profile: user.profile,
            groups: groups.collect(),
            events: user.events,
            created: user.created,
            updated: user.updated,
        }
    }
}

impl App {
    /// Returns some of a community's users in the order of their ids, at least one while there are
    /// any, with the cursor of the next page.
    pub async fn users(
        &self,
        community: &CommunityId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<(Vec<UserView>, Option<PersonId>), Error> {
        self.known_community(community).await?;
        let mut after = after;
        loop {
            let page = self.parts.store.user_page(community, after, limit).await?;
            let last = page.last().map(|(person, _)| *person);
            let next = last.filter(|_| page.len() == limit);
            let users: Vec<UserView> = page
                .into_iter()
                .filter_map(|(_, state)| match state {
                    UserState::User(user) => Some(UserView::from(user)),
                    UserState::Erased(_) => None,
                })
                .collect();
            if !users.is_empty() || next.is_none() {
                return Ok((users, next));
            }
            after = next;
        }
    }

    /// Returns one user.
    pub async fn user(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
    ) -> Result<UserView, Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, email);
        match self.parts.store.user(&community.id, person).await? {
            Some(stored) => match stored.value {
                UserState::User(user) => Ok(user.into()),
                UserState::Erased(_) => Err(Error::NoPerson),
            },
            None => Err(Error::NoPerson),
        }
    }

    /// Returns some of a group's members in the order of their ids, with the cursor of the next
    /// page; `None` where there is no such group.
    pub async fn members(
        &self,
        community: &CommunityId,
        group: &GroupName,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Option<(Vec<MemberView>, Option<PersonId>)>, Error> {
        self.known_community(community).await?;
        let key = group.key();
        if self.parts.store.group(community, &key).await?.is_none() {
            return Ok(None);
        }
        let page = self
            .parts
            .store
            .members(community, &key, after, limit)
            .await?;
        let next = page.last().copied().filter(|_| page.len() == limit);
        let users = self.parts.store.users(community, &page).await?;
        let mut users: HashMap<PersonId, UserState> = users.into_iter().collect();
        let members = page
            .iter()
            .filter_map(|person| member(*person, users.remove(person)?, &key))
            .collect();
        Ok(Some((members, next)))
    }
}

/// Returns a user as a member; `None` where they are being erased, or left the group between the
/// two reads.
fn member(person: PersonId, state: UserState, group: &GroupKey) -> Option<MemberView> {
    let UserState::User(mut user) = state else {
        return None;
    };
    let membership = user.groups.remove(group)?;
    Some(MemberView {
        person,
        events: user.events,
        name: user.profile.full_name(),
        email: user.email,
        by: membership.by,
    })
}
