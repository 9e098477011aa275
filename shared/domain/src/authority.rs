//! Who asks, and what they may do in which community.
//!
//! Grants only add: no entry takes away what another gives, so one that cannot be read is left out
//! safely. Who has no role in a community does not learn that there is one.

mod claim;
mod strength;
mod token;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::audit::Actor;
use crate::email::EmailAddress;
use crate::ids::CommunityId;

pub use strength::{WeakToken, check_strength};
pub use token::{AccessToken, TokenHash, TokenName, TokenNameError};

/// What somebody is to a community; each may do all that those before it may.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The event app: asks who may come in, and reads groups.
    App,
    /// Sees everything but secrets.
    Viewer,
    /// Syncs, approves, invites, and changes single people.
    Operator,
    /// Configures events, sets secrets, erases people.
    Admin,
}

/// Why a text is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a role is viewer, operator, admin or app")]
pub struct NoRole;

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::App, Self::Viewer, Self::Operator, Self::Admin];

    /// Its name, as configurations and claims have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// Whether it may do this.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        let named = |role: &Self| role.name() == text;
        Self::ALL.into_iter().find(named).ok_or(NoRole)
    }
}

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Whether somebody may come in; the groups and who is in them.
    Admit,
    /// Everything else there is to see.
    Read,
    /// To sync, preview and test; to decide about what is held; to invite; to change single people.
    Operate,
    /// To configure events and delete them, set secrets and erase people.
    Administer,
}

impl Permission {
    /// The least role that has it.
    #[must_use]
    pub fn least(self) -> Role {
        match self {
            Self::Admit => Role::App,
            Self::Read => Role::Viewer,
            Self::Operate => Role::Operator,
            Self::Administer => Role::Admin,
        }
    }
}

/// Why something is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// They may not know that it is there.
    Unseen,
    /// They may know, and this asks for more.
    TooLittle(Permission),
}

/// Roles by community.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles {
    /// In all communities, those to come included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    everywhere: Option<Role>,
    /// In single ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    communities: BTreeMap<CommunityId, Role>,
}

impl Roles {
    /// One role in all communities.
    #[must_use]
    pub fn everywhere(role: Role) -> Self {
        Self {
            everywhere: Some(role),
            communities: BTreeMap::new(),
        }
    }

    /// One role in these communities.
    #[must_use]
    pub fn within(role: Role, communities: impl IntoIterator<Item = CommunityId>) -> Self {
        Self {
            everywhere: None,
            communities: communities.into_iter().map(|id| (id, role)).collect(),
        }
    }

    /// Adds a role, in one community or in all.
    fn add(&mut self, community: Option<CommunityId>, role: Role) {
        match community {
            None => self.everywhere = self.everywhere.max(Some(role)),
            Some(community) => {
                let known = self.communities.entry(community).or_insert(role);
                *known = role.max(*known);
            }
        }
    }

    /// The communities that are named, each with its role.
    pub fn named(&self) -> impl Iterator<Item = (&CommunityId, Role)> {
        self.communities.iter().map(|(id, role)| (id, *role))
    }

    /// The role that holds in all communities.
    #[must_use]
    pub fn of_all(&self) -> Option<Role> {
        self.everywhere
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.everywhere.is_none() && self.communities.is_empty()
    }
}

/// Somebody who asks, with what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Who they are in the audit log.
    pub who: Actor,
    roles: Roles,
    /// The e-mail address that an identity provider vouches for. Whoever holds a token of the
    /// installation has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<EmailAddress>,
}

impl Authority {
    /// Somebody with these roles.
    #[must_use]
    pub fn new(who: Actor, roles: Roles) -> Self {
        Self {
            who,
            roles,
            address: None,
        }
    }

    /// The same with an address that an identity provider vouches for.
    #[must_use]
    pub fn with_address(self, address: Option<EmailAddress>) -> Self {
        Self { address, ..self }
    }

    /// Who holds the installation: admin of all communities.
    #[must_use]
    pub fn owner() -> Self {
        Self::new(Actor::Owner, Roles::everywhere(Role::Admin))
    }

    /// Their role in a community, whether or not there is one of this name.
    #[must_use]
    pub fn role_in(&self, community: &CommunityId) -> Option<Role> {
        let there = self.roles.communities.get(community).copied();
        there.max(self.roles.everywhere)
    }

    /// Whether they may do this in a community.
    #[must_use]
    pub fn may(&self, permission: Permission, community: &CommunityId) -> bool {
        self.ask(permission, community).is_ok()
    }

    /// The same, with why they may not.
    pub fn ask(&self, permission: Permission, community: &CommunityId) -> Result<(), Denied> {
        match self.role_in(community) {
            None => Err(Denied::Unseen),
            Some(role) if role.may(permission) => Ok(()),
            Some(_) => Err(Denied::TooLittle(permission)),
        }
    }

    /// Whether they may do this in every community.
    #[must_use]
    pub fn may_everywhere(&self, permission: Permission) -> bool {
        let role = self.roles.everywhere;
        role.is_some_and(|role| role.may(permission))
    }

    /// Whether they may do this in some community.
    #[must_use]
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        let mut roles = self.roles.communities.values();
        self.may_everywhere(permission) || roles.any(|role| role.may(permission))
    }
}

#[cfg(test)]
mod tests;
