//! Who signs in.

use async_trait::async_trait;
use attendee_sync_domain::authority::Authority;

/// An identity provider: knows people by tokens that it signed.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Whose token it is, and what they may do. Only its signature makes it theirs.
    async fn identify(&self, token: &str) -> Result<Identified, NotIdentified>;
}

/// Somebody whom an identity provider knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Who they are, and what they may do.
    pub authority: Authority,
    /// For how long the token is good.
    pub good_for: std::time::Duration,
}

/// Why nobody was identified. Its text holds nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIdentified {
    /// The token is not good.
    #[error("{0}")]
    Refused(&'static str),
    /// The provider's keys cannot be had.
    #[error("the identity provider's keys cannot be had")]
    Unavailable,
}
