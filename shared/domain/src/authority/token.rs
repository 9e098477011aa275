//! Further API tokens, each with a name and roles. What is stored opens nothing: of the token
//! itself only a hash is kept.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Authority, Roles};
use crate::audit::Actor;

/// Most characters of a token's name.
const MAX_NAME: usize = 64;

/// What people call a token: who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenName(String);

/// Why a text is no token's name.
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
    /// Of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Its bytes, to be compared in constant time.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// What people call it; one of this name at a time.
    pub name: TokenName,
    /// What it is known again by.
    pub hash: TokenHash,
    /// What its holder may do.
    pub roles: Roles,
    /// When it was made.
    pub made: Timestamp,
}

impl AccessToken {
    /// Whoever holds it.
    #[must_use]
    pub fn holder(&self) -> Authority {
        Authority::new(Actor::Token(self.name.to_string()), self.roles.clone())
    }
}
