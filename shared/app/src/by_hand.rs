//! What a person does by hand: gives a group or takes it away, and erases somebody.

use std::collections::BTreeSet;

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::{Group, GroupName};
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::people::{Grantor, Regrouped, User, UserState, Versioned};
use attendee_sync_domain::plan::Put;

use crate::App;
use crate::error::Error;
use crate::ports::{Regrouping, StoreError};

/// How often it is tried again because others changed the person meanwhile.
const MAX_TRIES: u32 = 8;

/// What came of giving a group by hand, or taking it away.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Granted {
    /// The group, in its first spelling.
    pub group: GroupName,
    /// Whether something changed.
    pub changed: bool,
    /// Who gives her the group now; she is in it unless nobody does.
    pub by: BTreeSet<Grantor>,
}

/// What came of asking for an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub enum Erased {
    /// She was erased.
    #[serde(rename = "erased")]
    Now,
    /// She had been erased already.
    #[serde(rename = "already_erased")]
    Already,
    /// Nobody was known by this address. What runs under way still bring is refused, too.
    #[serde(rename = "nobody_known")]
    Nobody,
}

impl App {
    /// Gives a user a group by hand; makes the group where it is new. No sync takes away what was
    /// given so.
    pub async fn grant(
        &self,
        community: &CommunityId,
        group: &GroupName,
        email: &EmailAddress,
    ) -> Result<Granted, Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, email);
        for _ in 0..MAX_TRIES {
            let (version, user) = self.user_to_change(&community.id, person).await?;
            let stored = self.store.group(&community.id, &group.key()).await?;
            let is_new = stored.is_none();
            let group = stored.unwrap_or_else(|| Group {
                key: group.key(),
                name: group.clone(),
            });
            let Some(Regrouped { user: after, moves }) =
                user.granted_by_hand(&group, self.clock.now())
            else {
                return Ok(granted(group.name.clone(), false, &user));
            };
            let regrouping = match (moves, is_new) {
                (false, _) => Regrouping::Stays,
                (true, false) => Regrouping::Joins(&group.key),
                (true, true) => Regrouping::JoinsNew(&group),
            };
            let done = granted(group.name.clone(), true, &after);
            let put = Put {
                expected: Some(version),
                value: after,
            };
            if self
                .regroup(&community.id, person, &put, regrouping)
                .await?
            {
                return Ok(done);
            }
        }
        Err(Error::Contended)
    }

    /// Takes away what was given by hand of a group. Who is in it by an event's sync as well, stays.
    pub async fn revoke(
        &self,
        community: &CommunityId,
        group: &GroupName,
        email: &EmailAddress,
    ) -> Result<Granted, Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, email);
        let key = group.key();
        for _ in 0..MAX_TRIES {
            let (version, user) = self.user_to_change(&community.id, person).await?;
            let membership = user.groups.get(&key);
            let name = membership.map_or_else(|| group.clone(), |known| known.name.clone());
            let Some(Regrouped { user: after, moves }) =
                user.revoked_by_hand(&key, self.clock.now())
            else {
                return Ok(granted(name, false, &user));
            };
            let regrouping = if moves {
                Regrouping::Leaves(&key)
            } else {
                Regrouping::Stays
            };
            let done = granted(name, true, &after);
            let put = Put {
                expected: Some(version),
                value: after,
            };
            if self
                .regroup(&community.id, person, &put, regrouping)
                .await?
            {
                return Ok(done);
            }
        }
        Err(Error::Contended)
    }

    async fn user_to_change(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<(u64, User), Error> {
        match self.store.user(community, person).await? {
            Some(Versioned {
                version,
                value: UserState::User(user),
            }) => Ok((version, user)),
            _ => Err(Error::NoPerson),
        }
    }

    /// False where she was changed meanwhile.
    async fn regroup(
        &self,
        community: &CommunityId,
        person: PersonId,
        user: &Put<User>,
        regrouping: Regrouping<'_>,
    ) -> Result<bool, Error> {
        match self
            .store
            .regroup(community, person, user, regrouping)
            .await
        {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Erases the person with this address from the whole community, as the delete flag does. A
    /// tombstone also stays where nobody was known: it refuses what runs under way still bring.
    pub async fn erase_user(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
    ) -> Result<Erased, Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, email);
        for _ in 0..MAX_TRIES {
            let outcome = match self.store.user(&community.id, person).await? {
                Some(stored) if matches!(stored.value, UserState::Erased(_)) => {
                    // Perhaps by a process that ended before it was done.
                    self.finish_erasures(&community.id).await?;
                    return Ok(Erased::Already);
                }
                Some(_) => Erased::Now,
                None => Erased::Nobody,
            };
            let now = self.clock.now();
            let planned = self
                .prepare_erasure(&community.id, None, person, Vec::new(), now)
                .await?;
            match self.store.bury(&community.id, &planned).await {
                Ok(()) => {
                    self.unindex(&community.id, person).await;
                    self.finish_erasures(&community.id).await?;
                    return Ok(outcome);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }
}

fn granted(group: GroupName, changed: bool, user: &User) -> Granted {
    let membership = user.groups.get(&group.key());
    Granted {
        by: membership.map(|known| known.by.clone()).unwrap_or_default(),
        group,
        changed,
    }
}
