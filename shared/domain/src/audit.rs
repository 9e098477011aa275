//! What people did: entries of the audit log.
//!
//! An entry about a person names her by her id alone, which nobody can turn back into an address:
//! an erasure has nothing to take out of this log.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::authority::Role;
use crate::config::SecretName;
use crate::group::GroupName;
use crate::ids::{EventId, PersonId, RunId};

/// For how many days entries are kept: a year, and the next one's review of it.
pub const KEPT_DAYS: i64 = 400;

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Actor {
    /// Who holds the installation: the first API token, a sign-in link or the command line.
    Owner,
    /// Who holds the further token of this name.
    Token(String),
    /// Somebody an identity provider knows by this name.
    Person(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("local owner"),
            Self::Token(name) => write!(f, "token \"{name}\""),
            Self::Person(name) => f.write_str(name),
        }
    }
}

/// An entry of a community's audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What.
    #[serde(flatten)]
    pub deed: Deed,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Deed {
    /// An event was made.
    ConfigurationCreated {
        /// Which.
        event: EventId,
    },
    /// An event's configuration was stored again.
    ConfigurationSaved {
        /// Whose.
        event: EventId,
        /// The parts of the document, by their keys at its top, that are not as before.
        parts: Vec<String>,
    },
    /// An event was deleted.
    ConfigurationDeleted {
        /// Which.
        event: EventId,
    },
    /// A credential was stored.
    SecretSet {
        /// For which event.
        event: EventId,
        /// Its name.
        #[schema(value_type = String)]
        secret: SecretName,
    },
    /// A sync was begun.
    SyncStarted {
        /// Which run.
        run: RunId,
    },
    /// What a run held was let through.
    RunApproved {
        /// Which.
        run: RunId,
    },
    /// What a run held was dropped.
    RunDiscarded {
        /// Which.
        run: RunId,
    },
    /// Invitations were asked for.
    InvitationsAsked {
        /// Of which event.
        event: EventId,
        /// How many were queued.
        count: u64,
    },
    /// Somebody was given a group by hand.
    GroupGranted {
        /// Who.
        person: PersonId,
        /// Which group.
        group: GroupName,
    },
    /// A group given by hand was taken away.
    GroupRevoked {
        /// From whom.
        person: PersonId,
        /// Which group.
        group: GroupName,
    },
    /// Somebody was erased.
    UserErased {
        /// Who.
        person: PersonId,
    },
    /// Mail was kept from an address.
    SuppressionAdded {
        /// Whose.
        person: PersonId,
    },
    /// An address may get mail again.
    SuppressionLifted {
        /// Whose.
        person: PersonId,
    },
    /// A further token was made that opens the community.
    TokenAdded {
        /// What it is called.
        token: String,
        /// What its holder may do.
        role: Role,
    },
    /// A further token was made useless.
    TokenRevoked {
        /// What it was called.
        token: String,
    },
}
