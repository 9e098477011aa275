//! The credential of one source: found by its name, put into requests, and kept out of messages,
//! whatever a server may echo.

use attendee_sync_app::ports::{Secrets, SourceError};
use attendee_sync_domain::config::{Authentication, SecretName, SecretValue};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use super::{failure, links};

/// Shortest credential that is looked for in messages: a shorter one would blank out words.
const SHORTEST_HIDDEN: usize = 4;

/// What proves who asks.
#[derive(Default)]
pub(super) struct Credentials {
    header: Option<(HeaderName, HeaderValue)>,
    parameter: Option<(String, SecretString)>,
    /// Every form in which the credential is sent.
    hidden: Vec<SecretString>,
}

impl Credentials {
    /// Finds what the document names.
    pub(super) async fn find(
        authentication: &Authentication,
        secrets: &dyn Secrets,
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
                    header: None,
                })
            }
            Authentication::Oauth2ClientCredentials { .. } | Authentication::Login { .. } => {
                Err(SourceError::new("not yet"))
            }
        }
    }

    fn in_header(name: HeaderName, text: &str, secret: &SecretString) -> Result<Self, SourceError> {
        // The cause is left out on purpose: it has nothing to add.
        let mut value = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
            SourceError::new(
                "the credential holds a character that cannot be sent, such as a line break; \
                 store it again",
            )
        })?;
        value.set_sensitive(true);
        Ok(Self {
            header: Some((name, value)),
            parameter: None,
            hidden: forms(secret),
        })
    }

    /// Whether there is one.
    pub(super) fn any(&self) -> bool {
        self.header.is_some() || self.parameter.is_some()
    }

    /// Puts the header, if it is one, among those of every request.
    pub(super) fn add_header(&self, headers: &mut HeaderMap) {
        if let Some((name, value)) = &self.header {
            headers.insert(name, value.clone());
        }
    }

    /// The URL to ask, with the parameter, if the credential is one.
    pub(super) fn signed(&self, url: &Url) -> Url {
        match &self.parameter {
            None => url.clone(),
            Some((name, value)) => links::with_parameter(url, name, value.expose_secret()),
        }
    }

    /// A message without the credential, should a server have echoed it into one.
    pub(super) fn hide(&self, mut message: String) -> String {
        for form in &self.hidden {
            if message.contains(form.expose_secret()) {
                message = message.replace(form.expose_secret(), "…");
            }
        }
        message
    }
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
    let variable = name.as_str().to_uppercase().replace('-', "_");
    SourceError::new(format!(
        "the secret \"{name}\" is missing: give it in the configuration's source.authentication, \
         or as the environment variable ATTENDEE_SYNC_SECRET_{variable}"
    ))
}

/// RFC 7617.
fn basic(username: &str, password: &SecretString) -> Result<Credentials, SourceError> {
    let pair = format!("{username}:{}", password.expose_secret());
    let encoded = SecretString::from(BASE64_STANDARD.encode(pair));
    let text = format!("Basic {}", encoded.expose_secret());
    let mut credentials = Credentials::in_header(AUTHORIZATION, &text, password)?;
    credentials.hidden.extend(forms(&encoded));
    Ok(credentials)
}

/// A credential as it is, and as it looks in a URL.
fn forms(secret: &SecretString) -> Vec<SecretString> {
    let plain = secret.expose_secret().trim();
    if plain.len() < SHORTEST_HIDDEN {
        return Vec::new();
    }
    let encoded: String = form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    vec![plain.to_owned().into(), encoded.into()]
}
