//! Who asks, and what they may do in which community.
//!
//! Grants only add: no entry takes away what another gives, so one that cannot be read is left out
//! safely. Who has no role in a community does not learn that there is one.

mod claim;
mod set;
mod strength;
mod token;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::audit::Actor;
use crate::email::EmailAddress;
use crate::ids::CommunityId;

use set::RoleSet;
pub use strength::{WeakToken, check_strength};
pub use token::{AccessToken, TokenHash, TokenName, TokenNameError};

/// What somebody is to a community; [`Role::may`] says what each may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The event app: asks who may come in, reads groups, and reports what people do in it.
    App,
    /// The help desk: looks single people up, syncs, invites, blocks and unblocks them.
    Helpdesk,
    /// Sees everything but secrets.
    Viewer,
    /// Syncs, approves, invites, and changes single people.
    Operator,
    /// Configures events, sets secrets, erases people.
    Admin,
}

/// Why a text is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a role is app, helpdesk, viewer, operator or admin")]
pub struct NoRole;

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [
        Self::App,
        Self::Helpdesk,
        Self::Viewer,
        Self::Operator,
        Self::Admin,
    ];

    /// Its name, as configurations and claims have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Helpdesk => "helpdesk",
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// Whether it may do this: the roles from the least one on, but a viewer changes nobody, and neither does
    /// the help desk what an app reports.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Assist => self == Self::Helpdesk || self >= Self::Operator,
            Permission::Report => self == Self::App || self >= Self::Operator,
            other => self >= other.least(),
        }
    }

    /// Whether it may do all that another may.
    fn includes(self, other: Self) -> bool {
        let all = Permission::ALL.into_iter();
        all.filter(|permission| other.may(*permission))
            .all(|permission| self.may(permission))
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
    /// To report what single people did in the event app, their edits of their own profile included.
    Report,
    /// To find single people of an event and see why they may come in or not.
    LookUp,
    /// To sync, invite, block and unblock a single person.
    Assist,
    /// Everything else there is to see.
    Read,
    /// To sync, preview and test; to decide about what is held; to invite; to change single people.
    Operate,
    /// To configure events and delete them, set secrets and erase people.
    Administer,
}

impl Permission {
    /// All of them.
    const ALL: [Self; 7] = [
        Self::Admit,
        Self::Report,
        Self::LookUp,
        Self::Assist,
        Self::Read,
        Self::Operate,
        Self::Administer,
    ];

    /// The least role that has it.
    #[must_use]
    pub fn least(self) -> Role {
        match self {
            Self::Admit | Self::Report => Role::App,
            Self::LookUp | Self::Assist => Role::Helpdesk,
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
    #[serde(default, skip_serializing_if = "RoleSet::is_empty")]
    everywhere: RoleSet,
    /// In single ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    communities: BTreeMap<CommunityId, RoleSet>,
}

impl Roles {
    /// One role in all communities.
    #[must_use]
    pub fn everywhere(role: Role) -> Self {
        Self {
            everywhere: role.into(),
            communities: BTreeMap::new(),
        }
    }

    /// One role in these communities.
    #[must_use]
    pub fn within(role: Role, communities: impl IntoIterator<Item = CommunityId>) -> Self {
        Self {
            everywhere: RoleSet::default(),
            communities: communities
                .into_iter()
                .map(|id| (id, role.into()))
                .collect(),
        }
    }

    /// Adds a role, in one community or in all.
    fn add(&mut self, community: Option<CommunityId>, role: Role) {
        let known = match community {
            None => &mut self.everywhere,
            Some(community) => self.communities.entry(community).or_default(),
        };
        known.add(role);
    }

    /// The communities that are named, each with its role; one that has two roles comes twice.
    pub fn named(&self) -> impl Iterator<Item = (&CommunityId, Role)> {
        let all = self.communities.iter();
        all.flat_map(|(id, roles)| roles.iter().map(move |role| (id, role)))
    }

    /// The highest role that holds in all communities.
    #[must_use]
    pub fn of_all(&self) -> Option<Role> {
        self.everywhere.iter().max()
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.everywhere.is_empty() && self.communities.is_empty()
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

    /// Their highest role in a community, whether or not there is one of this name.
    #[must_use]
    pub fn role_in(&self, community: &CommunityId) -> Option<Role> {
        self.sets(community).flat_map(RoleSet::iter).max()
    }

    /// Their roles.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    fn sets(&self, community: &CommunityId) -> impl Iterator<Item = &RoleSet> {
        let there = self.roles.communities.get(community).into_iter();
        there.chain(std::iter::once(&self.roles.everywhere))
    }

    /// Whether they may do this in a community.
    #[must_use]
    pub fn may(&self, permission: Permission, community: &CommunityId) -> bool {
        self.ask(permission, community).is_ok()
    }

    /// The same, with why they may not.
    pub fn ask(&self, permission: Permission, community: &CommunityId) -> Result<(), Denied> {
        if self.sets(community).any(|roles| roles.may(permission)) {
            return Ok(());
        }
        match self.role_in(community) {
            None => Err(Denied::Unseen),
            Some(_) => Err(Denied::TooLittle(permission)),
        }
    }

    /// Whether they may do this in every community.
    #[must_use]
    pub fn may_everywhere(&self, permission: Permission) -> bool {
        self.roles.everywhere.may(permission)
    }

    /// Whether they may do this in some community.
    #[must_use]
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        let mut roles = self.roles.communities.values();
        self.may_everywhere(permission) || roles.any(|roles| roles.may(permission))
    }
}

#[cfg(test)]
mod tests;
