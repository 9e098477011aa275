//! The roles of one caller in one community, or in all communities.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Permission, Role};

/// The roles of one caller in one community, or in all communities. It is written as one name, or
/// as a list where one name is not enough.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "OneOrMore", into = "OneOrMore")]
pub(super) struct RoleSet(BTreeSet<Role>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Role),
    More(Vec<Role>),
}

impl RoleSet {
    /// Adds a role. Roles whose permissions another role of the set includes are dropped.
    pub(super) fn add(&mut self, role: Role) {
        if self.0.iter().any(|known| known.includes(role)) {
            return;
        }
        self.0.retain(|known| !role.includes(*known));
        self.0.insert(role);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn may(&self, permission: Permission) -> bool {
        self.iter().any(|role| role.may(permission))
    }
}

impl From<Role> for RoleSet {
    fn from(role: Role) -> Self {
        Self(BTreeSet::from([role]))
    }
}

impl From<OneOrMore> for RoleSet {
    fn from(roles: OneOrMore) -> Self {
        match roles {
            OneOrMore::One(role) => role.into(),
            OneOrMore::More(roles) => {
                let mut set = Self::default();
                for role in roles {
                    set.add(role);
                }
                set
            }
        }
    }
}

impl From<RoleSet> for OneOrMore {
    fn from(set: RoleSet) -> Self {
        let mut roles: Vec<Role> = set.iter().collect();
        match (roles.pop(), roles.is_empty()) {
            (Some(only), true) => Self::One(only),
            (last, _) => Self::More(roles.into_iter().chain(last).collect()),
        }
    }
}
