//! Credentials: where they are stored, and their move from the stores of earlier versions.

use async_trait::async_trait;
use attendee_sync_domain::config::{SecretName, SecretOwner};
use secrecy::SecretString;

/// Stores credentials, each by a name within one event of one community. They are stored and used,
/// and never shown again.
///
/// A name that belongs to no event ([`SecretName::owner`]) has no credential, and none can be
/// stored under it.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// Returns the credential that is stored under the name. Where none is, and the event may use
    /// the environment's secret of this name, that secret is returned.
    async fn secret(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError>;
    /// Deletes what is stored under the name, and the permission to use the environment's secret.
    async fn remove_secret(&self, name: &SecretName) -> Result<(), SecretError>;
    /// Stores a credential; its name no longer stands for the environment's secret.
    async fn put_secret(&self, name: &SecretName, value: SecretString) -> Result<(), SecretError>;

    /// Returns where the credential of this name comes from.
    async fn origin(&self, name: &SecretName) -> Result<SecretOrigin, SecretError> {
        let stored = self.secret(name).await?;
        Ok(stored.map_or(SecretOrigin::Unknown, |_| SecretOrigin::Stored))
    }

    /// Returns to which communities the environment's secret of this name is bound.
    fn binding(&self, _name: &SecretName) -> Binding {
        Binding::Open
    }

    /// Returns the environment's secret of this name, unless it is bound to other communities. This
    /// checks no permission: the caller must have checked it.
    fn environment_secret(&self, _name: &SecretName) -> Option<SecretString> {
        None
    }

    /// Lets the event of a name under which nothing is stored use the environment's secret of that
    /// name. The permission is for this event only.
    async fn use_environment(&self, _name: &SecretName) -> Result<(), SecretError> {
        Ok(())
    }
}

/// Where a credential comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretOrigin {
    /// It was given in a document, and is stored.
    Stored,
    /// A person with the right to do so named a secret of the environment, whether or not it exists
    /// now.
    Environment,
    /// Nothing is known of it.
    Unknown,
}

/// To which communities a secret of the environment is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// It is bound to none: the owner's documents may name it.
    Open,
    /// It is bound to communities, and the name's community is one of them: its admins may name it,
    /// too.
    Here,
    /// It is bound to other communities only.
    Elsewhere,
}

/// Credentials as earlier versions stored them: by name alone, for all communities at once.
///
/// The move may be interrupted anywhere and continued: first each credential is copied to every
/// event whose document names it, then the old ones are deleted.
#[async_trait]
pub trait FormerSecrets: Send + Sync {
    /// Returns how far the move has come.
    async fn stage(&self) -> Result<MoveStage, SecretError>;
    /// Copies what is stored under these names to their owners, who keep what they have already.
    /// Returns how many were copied.
    async fn copy(
        &self,
        names: &[SecretName],
        communities: CommunityCount,
    ) -> Result<u64, SecretError>;
    /// Deletes what is stored under these names for all communities.
    async fn delete(&self, names: &[SecretName]) -> Result<(), SecretError>;
    /// Remembers how far the move has come.
    async fn reach(&self, stage: &MoveStage) -> Result<(), SecretError>;
}

/// How many communities of an installation have credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommunityCount {
    /// There is at most one, so a name cannot refer to another community's credential.
    OneAtMost,
    /// There are several, so a name may refer to a credential of any of them.
    Several,
}

/// How far the move of credentials has come. Events are in the order of [`SecretOwner`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoveStage {
    /// Credentials are being copied; those of this event and the events before it are done.
    Copying(Option<SecretOwner>),
    /// All are copied; the old ones of this event and the events before it are deleted.
    Deleting(Option<SecretOwner>),
    /// The move is finished.
    Done,
}

/// Where the token of the installation's owner is stored.
#[async_trait]
pub trait OwnerToken: Send + Sync {
    /// Returns the current token, if there is one.
    async fn owner_token(&self) -> Result<Option<SecretString>, SecretError>;
}

/// Why a secret could not be used.
#[derive(Debug, thiserror::Error)]
#[error("the secrets could not be used")]
pub struct SecretError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
