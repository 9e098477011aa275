//! Further API tokens, each with a name and roles. Only a hash of a token is stored, so what is
//! stored does not authenticate anybody.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Authority, Roles};
use crate::audit::Actor;

/// Most characters of a token's name.
const MAX_NAME: usize = 64;

/// The name of a token, which says who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenName(String);

/// A text is not a valid name of a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a token's name has 1 to {MAX_NAME} letters, digits, spaces, \".\", \"_\" and \"-\"")]
pub struct TokenNameError;

impl FromStr for TokenName {
    type Err = TokenNameError;

    fn from_str(text: &str) -> Result<Self, TokenNameError> {
        let text = text.trim();
        let good = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-');
        let fits = !text.is_empty() && text.chars().count() <= MAX_NAME;
        if fits && text.chars().all(good) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TokenNameError)
        }
    }
}

impl TryFrom<String> for TokenName {
    type Error = TokenNameError;

    fn try_from(text: String) -> Result<Self, TokenNameError> {
        text.parse()
    }
}

impl From<TokenName> for String {
    fn from(name: TokenName) -> Self {
        name.0
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TokenName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The SHA-256 of a token. Tokens are 256 random bits: no salt or slow hash makes them harder to
/// guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Returns the hash of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Returns the bytes of the hash, to be compared in constant time.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The name; only one token at a time has it.
    pub name: TokenName,
    /// The hash by which the token is recognised.
    pub hash: TokenHash,
    /// The roles of its holder.
    pub roles: Roles,
    /// The time at which it was created.
    pub made: Timestamp,
}

impl AccessToken {
    /// Returns the caller that the token authenticates.
    #[must_use]
    pub fn holder(&self) -> Authority {
        Authority::new(Actor::Token(self.name.to_string()), self.roles.clone())
    }
}
