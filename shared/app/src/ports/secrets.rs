//! Credentials: where they are kept, and how they came there from earlier versions.

use async_trait::async_trait;
use attendee_sync_domain::config::{SecretName, SecretOwner};
use secrecy::SecretString;

/// Credentials, each by a name within one event of one community. They go in and are used; they never
/// come out.
///
/// A name that is nobody's ([`SecretName::owner`]) has no credential, and none is stored under it.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Returns what is stored under the name; where nothing is, and the name was given over to the
    /// environment, what that has.
    async fn secret(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError>;
    /// Forgets what is stored under the name, and that it was given over to the environment.
    async fn remove_secret(&self, name: &SecretName) -> Result<(), SecretError>;
    /// Stores a secret; its name is not the environment's any more.
    async fn put_secret(&self, name: &SecretName, value: SecretString) -> Result<(), SecretError>;

    /// Returns where the credential of this name comes from.
    async fn origin(&self, name: &SecretName) -> Result<SecretOrigin, SecretError> {
        let stored = self.secret(name).await?;
        Ok(stored.map_or(SecretOrigin::Unknown, |_| SecretOrigin::Stored))
    }

    /// Returns to whom the environment's secret of this name is bound.
    fn binding(&self, _name: &SecretName) -> Binding {
        Binding::Open
    }

    /// Returns what the environment has under this name, unless it is bound to other communities.
    /// This asks for no permission: whoever calls it has looked at who wants it.
    fn environment_secret(&self, _name: &SecretName) -> Option<SecretString> {
        None
    }

    /// Gives a name under which nothing is stored over to the environment, for its event alone.
    async fn use_environment(&self, _name: &SecretName) -> Result<(), SecretError> {
        Ok(())
    }
}

/// Where a credential comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretOrigin {
    /// It was given with a document, and is stored.
    Stored,
    /// Somebody who may named a secret of the environment, whether or not it is there now.
    Environment,
    /// Nothing is known of it.
    Unknown,
}

/// To whom a secret of the environment is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// To nobody: the owner's documents may name it.
    Open,
    /// To communities of which the name's is one: its admins may name it, too.
    Here,
    /// To other communities alone.
    Elsewhere,
}

/// Credentials as earlier versions kept them: by name alone, for all communities at once.
///
/// They are moved in an order that may end anywhere and begin again: first each is copied to every
/// event whose document names it, then the old ones go.
#[async_trait]
pub trait FormerSecrets: Send + Sync {
    /// Returns how far the move has come.
    async fn stage(&self) -> Result<MoveStage, SecretError>;
    /// Copies what is kept under these names to their owners, who keep what they have already; says
    /// how many were copied.
    async fn copy(
        &self,
        names: &[SecretName],
        communities: CommunityCount,
    ) -> Result<u64, SecretError>;
    /// Deletes what is kept under these names for all communities.
    async fn delete(&self, names: &[SecretName]) -> Result<(), SecretError>;
    /// Remembers how far the move has come.
    async fn reach(&self, stage: &MoveStage) -> Result<(), SecretError>;
}

/// How many communities of an installation have credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommunityCount {
    /// There is one at most, so nobody else's credential can be meant.
    OneAtMost,
    /// There are several.
    Several,
}

/// How far the move of credentials has come. Events are in the order of [`SecretOwner`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoveStage {
    /// They are copied; those of this event and the events before it are.
    Copying(Option<SecretOwner>),
    /// All are copied; the old ones of this event and the events before it are deleted.
    Deleting(Option<SecretOwner>),
    /// All of it is done.
    Done,
}

/// Where the token of whoever holds the installation is kept.
#[async_trait]
pub trait OwnerToken: Send + Sync {
    /// Returns the token as it is now, if there is one.
    async fn owner_token(&self) -> Result<Option<SecretString>, SecretError>;
}

/// Why a secret could not be used.
#[derive(Debug, thiserror::Error)]
#[error("the secrets could not be used")]
pub struct SecretError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
