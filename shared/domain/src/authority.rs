//! The callers of the console and the API: who they are, and what they may do in which community.
//!
//! Grants only add permissions: no entry takes away what another one gives, so an entry that cannot
//! be read may be left out safely. A caller without a role in a community does not learn that the
//! community exists.

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

/// The role of a caller in a community; [`Role::may`] says what each role may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The event app: asks who may come in, reads groups, and reports what people do in it.
    App,
    /// The help desk: looks single people up, syncs, invites, blocks and unblocks them.
    Helpdesk,
    /// A viewer: they see everything but secrets.
    Viewer,
    /// An operator: they sync, approve, invite, and change single people.
    Operator,
    /// An admin: they configure events, set secrets and erase people.
    Admin,
}

/// A text is not the name of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a role is app, helpdesk, viewer, operator or admin")]
pub struct NoRole;

impl Role {
    /// All roles, in ascending order of permissions.
    pub const ALL: [Self; 5] = [
        Self::App,
        Self::Helpdesk,
        Self::Viewer,
        Self::Operator,
        Self::Admin,
    ];

    /// Returns the name, as configurations and claims write it.
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

    /// Returns whether this role has all permissions of another one.
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

/// A permission that a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Asks whether a person may enter an event; reads the groups and their members.
    Admit,
    /// To report what single people did in the event app, their edits of their own profile included.
    Report,
    /// Finds single people of an event, and reads why they may or may not enter.
    LookUp,
    /// Syncs, invites, blocks and unblocks a single person.
    Assist,
    /// Reads everything else except secrets.
    Read,
    /// Syncs, previews and tests; decides about what runs hold; invites; changes single people.
    Operate,
    /// Configures and deletes events, sets secrets and erases people.
    Administer,
}

impl Permission {
    /// All permissions.
    const ALL: [Self; 7] = [
        Self::Admit,
        Self::Report,
        Self::LookUp,
        Self::Assist,
        Self::Read,
        Self::Operate,
        Self::Administer,
    ];

    /// Returns the least role that has this permission.
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

/// The reason why a caller may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The caller may not know that the thing exists.
    Unseen,
    /// The caller may know that the thing exists, but lacks this permission.
    TooLittle(Permission),
}

/// Roles by community.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles {
    /// The roles in all communities, including those created later.
    #[serde(default, skip_serializing_if = "RoleSet::is_empty")]
    everywhere: RoleSet,
    /// The roles in single communities.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    communities: BTreeMap<CommunityId, RoleSet>,
}

impl Roles {
    /// Returns a role that applies in all communities.
    #[must_use]
    pub fn everywhere(role: Role) -> Self {
        Self {
            everywhere: role.into(),
            communities: BTreeMap::new(),
        }
    }

    /// Returns a role that applies in these communities.
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

    /// Adds a role in one community, or in all of them where none is given.
    fn add(&mut self, community: Option<CommunityId>, role: Role) {
        let known = match community {
            None => &mut self.everywhere,
            Some(community) => self.communities.entry(community).or_default(),
        };
        known.add(role);
    }

    /// Returns the communities that are named, each with a role. A community appears once for each
    /// of its roles.
    pub fn named(&self) -> impl Iterator<Item = (&CommunityId, Role)> {
        let all = self.communities.iter();
        all.flat_map(|(id, roles)| roles.iter().map(move |role| (id, role)))
    }

    /// Returns the highest role that applies in all communities.
    #[must_use]
    pub fn of_all(&self) -> Option<Role> {
        self.everywhere.iter().max()
    }

    /// Returns whether there is no role at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.everywhere.is_empty() && self.communities.is_empty()
    }
}

/// A caller, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The caller's name in the audit log.
    pub who: Actor,
    roles: Roles,
    /// The e-mail address that an identity provider vouches for. The holder of a token of the
    /// installation has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<EmailAddress>,
}

impl Authority {
    /// Returns a caller with these roles.
    #[must_use]
    pub fn new(who: Actor, roles: Roles) -> Self {
        Self {
            who,
            roles,
            address: None,
        }
    }

    /// Returns the caller with an address that an identity provider vouches for.
    #[must_use]
    pub fn with_address(self, address: Option<EmailAddress>) -> Self {
        Self { address, ..self }
    }

    /// Returns the owner of the installation, who is an admin of all communities.
    #[must_use]
    pub fn owner() -> Self {
        Self::new(Actor::Owner, Roles::everywhere(Role::Admin))
    }

    /// Returns the caller's highest role in a community, even where no community has this name.
    #[must_use]
    pub fn role_in(&self, community: &CommunityId) -> Option<Role> {
        self.sets(community).flat_map(RoleSet::iter).max()
    }

    /// Returns the caller's roles.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    fn sets(&self, community: &CommunityId) -> impl Iterator<Item = &RoleSet> {
        let there = self.roles.communities.get(community).into_iter();
        there.chain(std::iter::once(&self.roles.everywhere))
    }

    /// Returns whether the caller may do this in a community.
    #[must_use]
    pub fn may(&self, permission: Permission, community: &CommunityId) -> bool {
        self.ask(permission, community).is_ok()
    }

    /// Checks that the caller may do this in a community. Fails with the reason why they may not.
    pub fn ask(&self, permission: Permission, community: &CommunityId) -> Result<(), Denied> {
        if self.sets(community).any(|roles| roles.may(permission)) {
            return Ok(());
        }
        match self.role_in(community) {
            None => Err(Denied::Unseen),
            Some(_) => Err(Denied::TooLittle(permission)),
        }
    }

    /// Returns whether the caller may do this in every community.
    #[must_use]
    pub fn may_everywhere(&self, permission: Permission) -> bool {
        self.roles.everywhere.may(permission)
    }

    /// Returns whether the caller may do this in at least one community.
    #[must_use]
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        let mut roles = self.roles.communities.values();
        self.may_everywhere(permission) || roles.any(|roles| roles.may(permission))
    }
}

#[cfg(test)]
mod tests;
