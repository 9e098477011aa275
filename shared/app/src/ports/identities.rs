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

/// Signs people in at the identity provider of their organisation, to which their browser is redirected
/// (`OpenID` Connect Core 1.0, section 3.1: authorization code flow).
#[async_trait]
pub trait OrganisationSignIn: Send + Sync {
    /// Returns the provider's name, as its answers may state it (RFC 9207).
    fn issuer(&self) -> &str;

    /// Returns the URL at the provider where somebody signs in.
    async fn authorization_url(&self, begun: &BegunSignIn<'_>) -> Result<String, SignInFailure>;

    /// Exchanges the code with which the browser came back for the person who signed in.
    async fn redeem(&self, code: &str, begun: &BegunSignIn<'_>) -> Result<SignedIn, SignInFailure>;

    /// Returns the URL at the provider that ends somebody's session there and leads back to `back`; `None` where
    /// the provider has no such URL, or cannot be asked.
    async fn end_session_url(&self, id_token: &str, back: &str) -> Option<String>;
}

/// What belongs to one sign-in that was begun, each value random and used once.
#[derive(Debug, Clone, Copy)]
pub struct BegunSignIn<'s> {
    /// Comes back with the browser.
    pub state: &'s str,
    /// Comes back within the signed token.
    pub nonce: &'s str,
    /// Proves that whoever redeems the code is who began (RFC 7636): 43 to 128 letters and digits.
    pub verifier: &'s str,
    /// The URL of this installation to which the provider sends the browser back.
    pub redirect_uri: &'s str,
}

/// A person who signed in at their organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Their identity and rights.
    pub authority: Authority,
    /// The token that says so. The provider asks for it when its own session is to be ended.
    pub id_token: String,
}

/// Why somebody could not sign in at their organisation. The texts are for people and contain nothing of what the
/// provider sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignInFailure {
    /// The provider did not answer.
    #[error(
        "your organisation's identity provider does not respond; try again in a few minutes, or sign in with an API token"
    )]
    Unavailable,
    /// The provider does not take the code.
    #[error(
        "your organisation's identity provider no longer accepts this sign-in, because it was used already or took too long; sign in again"
    )]
    CodeRefused,
    /// The provider does not take this installation's client id or secret.
    #[error(
        "your organisation's identity provider does not accept this installation; ask the people who run it to check its client id and client secret"
    )]
    ClientRefused,
    /// The token of a moment ago counts as expired, or not yet good.
    #[error(
        "the clock of this server differs from the clock of your organisation's identity provider; ask the people who run this installation to set it right"
    )]
    Clock,
    /// The token is not what was asked for.
    #[error(
        "what your organisation's identity provider sent cannot be trusted ({0}); sign in again, and if it happens again, tell the people who run this installation"
    )]
    NotTrusted(&'static str),
}
