//! Identity providers, by which people sign in.

use async_trait::async_trait;
use attendee_sync_domain::authority::Authority;

/// An identity provider: it identifies people by tokens that it signed.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Returns the owner of a token and their rights. Only the token's signature proves who the
    /// owner is.
    async fn identify(&self, token: &str) -> Result<Identified, NotIdentified>;
}

/// A person whom an identity provider identified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Their identity and rights.
    pub authority: Authority,
    /// How long the token is valid.
    pub good_for: std::time::Duration,
}

/// Why nobody was identified. The text contains nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIdentified {
    /// The token is not good.
    #[error("{0}")]
    Refused(&'static str),
    /// The provider's keys could not be fetched.
    #[error("the identity provider's keys cannot be had")]
    Unavailable,
}
