//! The credential of one source: finds it by its name, adds it to requests, and removes it from
//! messages, whatever a server may echo. Tokens that have to be requested first are in `tokens`.

use attendee_sync_app::ports::{Secrets, SourceError};
use attendee_sync_domain::config::{Authentication, SecretName, SecretValue};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::calls::Calls;
use super::sign_in::{TokenGrant, TokenRequest};
use super::tokens::{SourceToken, SourceTokens, TokenSession};
use super::{failure, links};

/// The shortest credential that is removed from messages: removing a shorter one would blank out
/// words.
const SHORTEST_HIDDEN: usize = 4;
/// Replaces a credential where a request is shown.
const HIDDEN: &str = "…";

/// The credential of a source.
#[derive(Default)]
pub(super) struct Credentials {
    header: Option<(HeaderName, HeaderValue)>,
    parameter: Option<(String, SecretString)>,
    session: Option<TokenSession>,
    /// Every form in which the credential is sent.
    hidden: Vec<SecretString>,
}

impl Credentials {
    /// Finds the credential that the document names.
    pub(super) async fn find(
        authentication: &Authentication,
        secrets: &dyn Secrets,
        tokens: &SourceTokens,
    ) -> Result<Self, SourceError> {
        match authentication {
            Authentication::None => Ok(Self::default()),
            Authentication::Basic { username, password } => {
                basic(username, &reveal(password, secrets).await?)
            }
            Authentication::Bearer { token, scheme } => {
                let token = reveal(token, secrets).await?;
                let text = format!("{scheme} {}", token.expose_secret().trim());
                Self::in_header(AUTHORIZATION, &text, &token)
            }
            Authentication::Header { name, value } => {
                let value = reveal(value, secrets).await?;
                let name = HeaderName::try_from(name.as_str()).map_err(|error| {
                    failure("source.authentication.name is not a header's name", error)
                })?;
                Self::in_header(name, value.expose_secret().trim(), &value)
            }
            Authentication::Query { name, value } => {
                let value = reveal(value, secrets).await?;
                Ok(Self {
                    hidden: forms(&value),
                    parameter: Some((name.clone(), value)),
                    ..Self::default()
                })
            }
            Authentication::Oauth2ClientCredentials {
                token_url,
                client_id,
                client_secret,
                scope,
                client_authentication,
            } => {
                let sign_in = TokenRequest {
                    url: endpoint("token_url", token_url)?,
                    secret: trimmed(&reveal(client_secret, secrets).await?),
                    grant: TokenGrant::ClientCredentials {
                        client_id: client_id.clone(),
                        scope: scope.clone(),
                        how: *client_authentication,
                    },
                };
                Ok(Self::signed_in(sign_in, tokens))
            }
            Authentication::Login {
                url,
                username,
                password,
                username_field,
                password_field,
                token_path,
            } => {
                let sign_in = TokenRequest {
                    url: endpoint("url", url)?,
                    secret: reveal(password, secrets).await?,
                    grant: TokenGrant::Password {
                        username: username.clone(),
                        username_field: username_field.clone(),
                        password_field: password_field.clone(),
                        token_path: token_path.clone(),
                    },
                };
                Ok(Self::signed_in(sign_in, tokens))
            }
        }
    }

    fn in_header(name: HeaderName, text: &str, secret: &SecretString) -> Result<Self, SourceError> {
        Ok(Self {
            header: Some((name, header_value(text)?)),
            hidden: forms(secret),
            ..Self::default()
        })
    }

    fn signed_in(sign_in: TokenRequest, tokens: &SourceTokens) -> Self {
        Self {
            hidden: sign_in.hidden(),
            session: Some(tokens.session(sign_in)),
            ..Self::default()
        }
    }

    /// Returns whether there is a credential.
    pub(super) fn any(&self) -> bool {
        self.header.is_some() || self.parameter.is_some() || self.session.is_some()
    }

    /// Returns a hash that distinguishes this credential from others; `None` where there is none.
    /// The same credential is one account of the source, wherever it was found.
    pub(super) fn identity(&self) -> Option<[u8; 32]> {
        if let Some(session) = &self.session {
            return Some(session.identity());
        }
        let header = self.header.as_ref();
        let header = header.map(|(name, value)| (name.as_str(), value.as_bytes()));
        let parameter = self.parameter.as_ref();
        let parameter =
            parameter.map(|(name, value)| (name.as_str(), value.expose_secret().as_bytes()));
        let (name, value) = header.or(parameter)?;
        let mut hash = Sha256::new();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update(value);
        Some(hash.finalize().into())
    }

    /// Returns the token to send, where the credential is a token that has to be requested.
    pub(super) async fn token(&self, calls: &Calls) -> Result<Option<SourceToken>, SourceError> {
        match &self.session {
            Some(session) => session.token(calls).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns another token in place of one that was refused.
    pub(super) async fn renewed(
        &self,
        calls: &Calls,
        refused: &SourceToken,
    ) -> Result<Option<SourceToken>, SourceError> {
        match &self.session {
            Some(session) => session.renewed(calls, refused).await.map(Some),
            None => Ok(None),
        }
    }

    /// Adds the credential's header, if it has one, to those of a request.
    pub(super) fn add_header(&self, token: Option<&SourceToken>, headers: &mut HeaderMap) {
        if let Some((name, value)) = &self.header {
            headers.insert(name, value.clone());
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.header().clone());
        }
    }

    /// Returns the header as it may be shown: the word before a token shows its kind.
    pub(super) fn shown_header(&self) -> Option<(String, String)> {
        if self.session.is_some() {
            return Some((AUTHORIZATION.to_string(), format!("Bearer {HIDDEN}")));
        }
        let (name, value) = self.header.as_ref()?;
        let scheme = value.to_str().ok().and_then(|text| text.split_once(' '));
        let shown = match scheme {
            Some((scheme, _)) if name == AUTHORIZATION => format!("{scheme} {HIDDEN}"),
            _ => HIDDEN.to_owned(),
        };
        Some((name.to_string(), shown))
    }

    /// Returns the URL to request, with the credential's parameter, if it has one.
    pub(super) fn signed(&self, url: &Url) -> Url {
        match &self.parameter {
            None => url.clone(),
            Some((name, value)) => links::with_parameter(url, name, value.expose_secret()),
        }
    }

    /// Removes the credential from a URL that a server may have copied it into.
    pub(super) fn taken_out_of(&self, url: &Url) -> Url {
        match &self.parameter {
            None => url.clone(),
            Some((_, value)) => links::without_value(url, value.expose_secret()),
        }
    }

    /// Returns the URL that is requested, as it may be shown.
    pub(super) fn signed_for_show(&self, url: &Url) -> String {
        let Some((name, _)) = &self.parameter else {
            return url.to_string();
        };
        let encoded: String = form_urlencoded::byte_serialize(HIDDEN.as_bytes()).collect();
        links::with_parameter(url, name, HIDDEN)
            .to_string()
            .replace(&encoded, HIDDEN)
    }

    /// Removes the credential from a message that a server may have echoed it into.
    pub(super) fn hide(&self, mut message: String) -> String {
        let tokens = self.session.as_ref().map(TokenSession::hidden);
        for form in self.hidden.iter().chain(tokens.iter().flatten()) {
            if message.contains(form.expose_secret()) {
                message = message.replace(form.expose_secret(), HIDDEN);
            }
        }
        message
    }
}

/// Returns a header's value that is never shown in logs.
pub(super) fn header_value(text: &str) -> Result<HeaderValue, SourceError> {
    // The cause is left out on purpose: it has nothing to add.
    let mut value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
        SourceError::new(
            "the credential holds a character that cannot be sent, such as a line break; store it \
             again",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn endpoint(key: &str, text: &str) -> Result<Url, SourceError> {
    Url::parse(text).map_err(|error| {
        let message = format!("source.authentication.{key} is not a URL that starts with https://");
        failure(message, error)
    })
}

/// Returns a pasted secret without the line break that often comes with it.
fn trimmed(secret: &SecretString) -> SecretString {
    secret.expose_secret().trim().to_owned().into()
}

async fn reveal(value: &SecretValue, secrets: &dyn Secrets) -> Result<SecretString, SourceError> {
    match value {
        SecretValue::Plain(text) => Ok(text.clone().into()),
        SecretValue::Secret(name) => secrets
            .secret(name)
            .await
            .map_err(|error| failure(format!("the secret \"{name}\" could not be read"), error))?
            .ok_or_else(|| missing(name)),
    }
}

fn missing(name: &SecretName) -> SourceError {
    SourceError::new(format!(
        "the secret \"{name}\" is missing: give it in the configuration's source.authentication, \
         or as the environment variable {}",
        name.variable()
    ))
}

/// Returns the credentials of RFC 7617.
fn basic(username: &str, password: &SecretString) -> Result<Credentials, SourceError> {
    let pair = format!("{username}:{}", password.expose_secret());
    let encoded = SecretString::from(BASE64_STANDARD.encode(pair));
    let text = format!("Basic {}", encoded.expose_secret());
    let mut credentials = Credentials::in_header(AUTHORIZATION, &text, password)?;
    credentials.hidden.extend(forms(&encoded));
    Ok(credentials)
}

/// Returns a credential as it is, and as it is encoded in a URL.
pub(super) fn forms(secret: &SecretString) -> Vec<SecretString> {
    let plain = secret.expose_secret().trim();
    if plain.len() < SHORTEST_HIDDEN {
        return Vec::new();
    }
    let encoded: String = form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    vec![plain.to_owned().into(), encoded.into()]
}
