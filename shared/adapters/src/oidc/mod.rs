//! Identifies people by JSON Web Tokens of an identity provider (RFC 7519, `OpenID` Connect).
//!
//! A token is trusted by its signature alone, made with RS256 or ES256 by a key that the provider
//! publishes under the token's `kid`. Nothing of a token is ever logged.

mod code;
mod http;
mod keys;
mod signatures;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{Clock, Identified, Identities, NotIdentified};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::authority::{Authority, Roles};
use attendee_sync_domain::email::EmailAddress;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::Value;

pub use code::{ClientSecret, OidcClient};
pub use http::HttpProvider;
pub use keys::{KeySource, KeysError};

use keys::{KeyCache, KeySearch};

/// The longest token that is parsed, in bytes; servers accept no longer headers.
const MAX_TOKEN: usize = 16 * 1024;
/// The tolerated difference between clocks, in seconds.
const LEEWAY: f64 = 60.0;

/// Which tokens are accepted, and how they are read.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    /// The provider: the exact value of `iss`, and the URL below which its configuration is found.
    pub issuer: String,
    /// The audience that a token must have: one of `aud`.
    pub audience: String,
    /// The claim with the roles: an object `{"acme": "operator", "*": "viewer"}` or a list
    /// `["acme:operator", "*:viewer"]`.
    pub roles_claim: String,
    /// The claim by which the audit log names people. `sub` keeps addresses out of the log.
    pub name_claim: String,
}

impl OidcSettings {
    /// Returns settings with the usual claims.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            roles_claim: "attendee_sync".to_owned(),
            name_claim: "sub".to_owned(),
        }
    }
}

/// An identity provider.
pub struct Oidc {
    settings: OidcSettings,
    keys: KeyCache,
    clock: Arc<dyn Clock>,
}

impl Oidc {
    /// A provider whose keys come from `keys`.
    #[must_use]
    pub fn new(settings: OidcSettings, keys: Arc<dyn KeySource>, clock: Arc<dyn Clock>) -> Self {
        signatures::install();
        Self {
            settings,
            keys: KeyCache::new(keys, Arc::clone(&clock)),
            clock,
        }
    }

    /// Returns the claims of a token that this provider signed for this audience.
    async fn claims(&self, token: &str) -> Result<Value, NotIdentified> {
        if token.len() > MAX_TOKEN {
            return refused("it is too long");
        }
        // The library knows no algorithm `none`, so a token with it has no valid header.
        let Ok(header) = decode_header(token) else {
            return refused("it has no header of a signed token");
        };
        if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
            return refused("it is not signed by RS256 or ES256");
        }
        let Some(kid) = header.kid else {
            return refused("it does not name its key");
        };
        let key = match self.keys.find(&kid, header.alg).await {
            KeySearch::Key(key) => key,
            KeySearch::Unknown => return refused("its key is not the provider's"),
            KeySearch::Unavailable => return Err(NotIdentified::Unavailable),
        };
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // Expiry is checked below, by this program's clock.
        validation.validate_exp = false;
        match decode::<Value>(token, &key, &validation) {
            // The library also accepts a list of issuers that contains this one.
            Ok(decoded)
                if decoded.claims.get("iss").and_then(Value::as_str)
                    != Some(&self.settings.issuer) =>
            {
                refused("another provider made it")
            }
            Ok(decoded) => Ok(decoded.claims),
            Err(error) => refused(reason(error.kind())),
        }
    }

    /// Compares the times of a token with this program's clock.
    fn times(&self, claims: &Value) -> Result<TokenTimes, NotIdentified> {
        #[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
        let now = self.clock.now().as_second() as f64;
        let time = |claim: &str| claims.get(claim).and_then(Value::as_f64);
        let Some(until) = time("exp") else {
            return refused("it does not say when it expires");
        };
        if until + LEEWAY <= now {
            return Ok(TokenTimes::Expired);
        }
        match (claims.get("nbf"), time("nbf")) {
            (Some(_), None) => refused("it does not say from when on it is good"),
            (_, Some(from)) if from - LEEWAY > now => Ok(TokenTimes::NotYet),
            _ => Ok(TokenTimes::Good(until - now)),
        }
    }

    /// Returns whom the claims name, and what they may do.
    fn authority(&self, claims: &Value) -> Result<Authority, NotIdentified> {
        let name = claims.get(&self.settings.name_claim);
        let Some(name) = name.and_then(Value::as_str).filter(|name| !name.is_empty()) else {
            return refused("it does not name its holder");
        };
        let roles = claims.get(&self.settings.roles_claim);
        let roles = roles.map(Roles::from_claim).unwrap_or_default();
        let authority = Authority::new(Actor::Person(name.to_owned()), roles);
        Ok(authority.with_address(verified_address(claims)))
    }
}

/// The times of a token, by this program's clock.
enum TokenTimes {
    /// It is valid for this many seconds.
    Good(f64),
    /// It is no longer valid.
    Expired,
    /// It is not valid yet.
    NotYet,
}

#[async_trait]
impl Identities for Oidc {
    async fn identify(&self, token: &str) -> Result<Identified, NotIdentified> {
        let claims = self.claims(token).await?;
        let left = match self.times(&claims)? {
            TokenTimes::Good(seconds) => seconds,
            TokenTimes::Expired => return refused("it has expired"),
            TokenTimes::NotYet => return refused("it is not good yet"),
        };
        Ok(Identified {
            authority: self.authority(&claims)?,
            good_for: Duration::try_from_secs_f64(left.max(1.0)).unwrap_or(Duration::MAX),
        })
    }
}

/// Returns the owner's e-mail address, where the provider says that it has verified it (`OpenID`
/// Connect Core 1.0, section 5.1). Some providers write the boolean as text.
fn verified_address(claims: &Value) -> Option<EmailAddress> {
    let verified = claims.get("email_verified")?;
    if *verified != Value::Bool(true) && verified != "true" {
        return None;
    }
    claims.get("email")?.as_str()?.parse().ok()
}

fn refused<T>(reason: &'static str) -> Result<T, NotIdentified> {
    Err(NotIdentified::Refused(reason))
}

fn reason(kind: &jsonwebtoken::errors::ErrorKind) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::InvalidSignature => "its signature is wrong",
        ErrorKind::InvalidIssuer => "another provider made it",
        ErrorKind::InvalidAudience => "it was made for somebody else",
        ErrorKind::MissingRequiredClaim(_) => "a claim is missing",
        _ => "it cannot be read",
    }
}
