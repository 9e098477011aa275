//! Signs people in by an authorization code (`OpenID` Connect Core 1.0, section 3.1) with PKCE (RFC 7636).
//!
//! The tokens are verified as those of the API are. Nothing of a code, a token or a secret is ever logged.

use std::sync::Arc;

use async_trait::async_trait;
use attendee_sync_app::ports::{
    BegunSignIn, NotIdentified, OrganisationSignIn, SecretError, SignInFailure, SignedIn,
};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::form_urlencoded::{Serializer, byte_serialize};

use super::http::{HttpProvider, OidcConfiguration, safe};
use super::keys::KeysError;
use super::{Oidc, TokenTimes};

/// What is asked for: who it is, and their address.
const SCOPE: &str = "openid email";

/// The secret that the provider gave this installation.
#[async_trait]
pub trait ClientSecret: Send + Sync {
    /// Returns the secret; `None` for a public client, which has only PKCE.
    async fn client_secret(&self) -> Result<Option<SecretString>, SecretError>;
}

/// A secret that does not change while the process lives.
#[async_trait]
impl ClientSecret for Option<SecretString> {
    async fn client_secret(&self) -> Result<Option<SecretString>, SecretError> {
        Ok(self.clone())
    }
}

/// This installation as a client of an identity provider.
pub struct OidcClient {
    id: String,
    secret: Arc<dyn ClientSecret>,
    provider: Arc<HttpProvider>,
    /// Verifies the provider's tokens; their audience is the client's id.
    tokens: Oidc,
}

/// The answer of the token endpoint.
#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

/// Its refusal (RFC 6749, section 5.2).
#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
}

impl OidcClient {
    /// Returns a client over its provider and what verifies the provider's tokens, whose audience has to be the
    /// client's id.
    #[must_use]
    pub fn new(secret: Arc<dyn ClientSecret>, provider: Arc<HttpProvider>, tokens: Oidc) -> Self {
        Self {
            id: tokens.settings.audience.clone(),
            secret,
            provider,
            tokens,
        }
    }

    async fn configuration(&self) -> Result<OidcConfiguration, SignInFailure> {
        self.provider.configuration().await.map_err(unavailable)
    }

    /// Exchanges a code for the signed token.
    async fn token(&self, code: &str, begun: &BegunSignIn<'_>) -> Result<String, SignInFailure> {
        let configuration = self.configuration().await?;
        let place = endpoint(configuration.token_endpoint.as_deref())?;
        let secret = self.secret.client_secret().await.map_err(|error| {
            tracing::warn!(%error, "the secret of the client at the identity provider cannot be read");
            SignInFailure::Unavailable
        })?;
        let (authorization, form) =
            self.token_request(code, begun, secret.as_ref(), takes_basic(&configuration));
        let sent = self.provider.post(place, authorization, form);
        let (status, body) = sent.await.map_err(unavailable)?;
        if status.is_success() {
            let answer = serde_json::from_slice::<TokenAnswer>(&body);
            return answer
                .map(|answer| answer.id_token)
                .map_err(|_| SignInFailure::NotTrusted("it sent no ID token"));
        }
        Err(refusal(status, &body))
    }
}

impl OidcClient {
    /// Returns the header and the form that redeem a code.
    fn token_request(
        &self,
        code: &str,
        begun: &BegunSignIn<'_>,
        secret: Option<&SecretString>,
        takes_basic: bool,
    ) -> (Option<String>, String) {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", begun.redirect_uri)
            .append_pair("code_verifier", begun.verifier);
        let Some(secret) = secret else {
            form.append_pair("client_id", &self.id);
            return (None, form.finish());
        };
        if takes_basic {
            // RFC 6749, section 2.3.1: each is encoded as in a form.
            let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let both = format!("{}:{}", part(&self.id), part(secret.expose_secret()));
            let header = format!("Basic {}", BASE64_STANDARD.encode(both));
            return (Some(header), form.finish());
        }
        form.append_pair("client_id", &self.id)
            .append_pair("client_secret", secret.expose_secret());
        (None, form.finish())
    }
}

/// The method is `client_secret_basic` where the provider does not say (`OpenID` Connect Discovery 1.0, section 3).
fn takes_basic(configuration: &OidcConfiguration) -> bool {
    let methods = configuration.token_endpoint_auth_methods_supported.as_ref();
    methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"))
}

fn refusal(status: StatusCode, body: &[u8]) -> SignInFailure {
    let refused = serde_json::from_slice::<TokenRefusal>(body);
    let error = refused.map(|refused| refused.error).unwrap_or_default();
    let failure = match error.as_str() {
        "invalid_grant" => SignInFailure::CodeRefused,
        _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            SignInFailure::Unavailable
        }
        _ => SignInFailure::ClientRefused,
    };
    tracing::warn!(%status, reason = %failure, "the identity provider gave no token");
    failure
}

fn unavailable(KeysError(reason): KeysError) -> SignInFailure {
    tracing::warn!(reason, "nobody can sign in at the identity provider");
    SignInFailure::Unavailable
}

fn endpoint(url: Option<&str>) -> Result<url::Url, SignInFailure> {
    let url = url.ok_or_else(|| KeysError("it has no authorization code flow".to_owned()));
    url.and_then(safe).map_err(unavailable)
}

#[async_trait]
impl OrganisationSignIn for OidcClient {
    fn issuer(&self) -> &str {
        &self.tokens.settings.issuer
    }

    async fn authorization_url(&self, begun: &BegunSignIn<'_>) -> Result<String, SignInFailure> {
        let configuration = self.configuration().await?;
        let mut url = endpoint(configuration.authorization_endpoint.as_deref())?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(begun.verifier));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", begun.redirect_uri)
            .append_pair("scope", SCOPE)
            .append_pair("state", begun.state)
            .append_pair("nonce", begun.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    async fn redeem(&self, code: &str, begun: &BegunSignIn<'_>) -> Result<SignedIn, SignInFailure> {
        let id_token = self.token(code, begun).await?;
        let claims = self.tokens.claims(&id_token).await;
        let claims = claims.map_err(not_trusted)?;
        match self.tokens.times(&claims) {
            Ok(TokenTimes::Good(_)) => {}
            Ok(TokenTimes::Expired | TokenTimes::NotYet) => return Err(SignInFailure::Clock),
            Err(error) => return Err(not_trusted(error)),
        }
        let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
        if text("nonce") != Some(begun.nonce) {
            return Err(not_trusted(NotIdentified::Refused(
                "its token is not about this sign-in",
            )));
        }
        // OpenID Connect Core 1.0, section 3.1.3.7, 5.
        if text("azp").is_some_and(|party| party != self.id) {
            return Err(not_trusted(NotIdentified::Refused(
                "its token was made for another client",
            )));
        }
        Ok(SignedIn {
            authority: self.tokens.authority(&claims).map_err(not_trusted)?,
            id_token,
        })
    }

    async fn end_session_url(&self, id_token: &str, back: &str) -> Option<String> {
        let configuration = self.provider.configuration().await.ok()?;
        let mut url = safe(&configuration.end_session_endpoint?).ok()?;
        url.query_pairs_mut()
            .append_pair("id_token_hint", id_token)
            .append_pair("client_id", &self.id)
            .append_pair("post_logout_redirect_uri", back);
        Some(url.into())
    }
}

fn not_trusted(error: NotIdentified) -> SignInFailure {
    let failure = match error {
        NotIdentified::Unavailable => SignInFailure::Unavailable,
        NotIdentified::Refused(reason) => SignInFailure::NotTrusted(reason),
    };
    tracing::warn!(reason = %failure, "a sign-in at the identity provider was refused");
    failure
}
