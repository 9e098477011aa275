//! Requests a token: by OAuth 2.0 client credentials (RFC 6749, section 4.4), or by a login with a
//! user name and password. The credentials are sent to the address that the document names, and
//! nowhere else.

use std::fmt;

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::ClientAuthentication;
use attendee_sync_domain::feed::FieldPath;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Method, Request, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use url::{Url, form_urlencoded};

use super::NAME;
use super::addresses::address;
use super::calls::{Calls, Reply};
use super::credentials::{forms, header_value};
use super::failure;
use super::tokens::SourceToken;

/// The maximum size of an answer of a token endpoint, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// The longest error code that is shown; those of RFC 6749 have up to 25 characters.
const MAX_CODE: usize = 40;

/// A hash of everything that distinguishes one login from another; it covers the secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Identity(pub(super) [u8; 32]);

/// The request of a token.
pub(super) struct TokenRequest {
    pub(super) url: Url,
    pub(super) secret: SecretString,
    pub(super) grant: TokenGrant,
}

/// The kind of the request, with its credentials.
pub(super) enum TokenGrant {
    ClientCredentials {
        client_id: String,
        scope: Option<String>,
        how: ClientAuthentication,
    },
    Password {
        username: String,
        username_field: String,
        password_field: String,
        token_path: FieldPath,
    },
}

impl TokenRequest {
    /// Returns the hash that distinguishes this login from others.
    pub(super) fn identity(&self) -> Identity {
        let mut hash = Sha256::new();
        let mut add = |part: &str| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(self.url.as_str());
        add(self.secret.expose_secret());
        match &self.grant {
            TokenGrant::ClientCredentials {
                client_id,
                scope,
                how,
            } => {
                add("client credentials");
                add(client_id);
                add(match how {
                    ClientAuthentication::Basic => "basic",
                    ClientAuthentication::Post => "post",
                });
                if let Some(scope) = scope {
                    add(scope);
                }
            }
            TokenGrant::Password {
                username,
                username_field,
                password_field,
                token_path,
            } => {
                add("password");
                add(username);
                add(username_field);
                add(password_field);
                add(&token_path.to_string());
            }
        }
        Identity(hash.finalize().into())
    }

    /// Returns every form in which the secret is sent.
    pub(super) fn hidden(&self) -> Vec<SecretString> {
        let mut hidden = forms(&self.secret);
        if let TokenGrant::ClientCredentials { client_id, .. } = &self.grant {
            hidden.extend(forms(&self.basic(client_id).into()));
        }
        hidden
    }

    /// A new token.
    pub(super) async fn token(&self, calls: &Calls) -> Result<SourceToken, SourceError> {
        let asked = async {
            let reply = calls.ask(&self.request()?).await?;
            self.read(reply, calls).await
        };
        asked.await.map_err(|mut error| {
            error.message = format!("{self}: {}", error.message);
            error
        })
    }

    fn request(&self) -> Result<Request, SourceError> {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let (content_type, body) = match &self.grant {
            TokenGrant::ClientCredentials {
                client_id,
                scope,
                how,
            } => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("grant_type", "client_credentials");
                // Some servers want the client's id here even where the header has it.
                form.append_pair("client_id", client_id);
                form.extend_pairs(scope.iter().map(|scope| ("scope", scope)));
                match how {
                    ClientAuthentication::Basic => {
                        let basic = format!("Basic {}", self.basic(client_id));
                        headers.insert(AUTHORIZATION, header_value(&basic)?);
                    }
                    ClientAuthentication::Post => {
                        form.append_pair("client_secret", self.secret.expose_secret());
                    }
                }
                ("application/x-www-form-urlencoded", form.finish())
            }
            TokenGrant::Password {
                username,
                username_field,
                password_field,
                ..
            } => {
                let body = json!({
                    username_field: username,
                    password_field: self.secret.expose_secret(),
                });
                ("application/json", body.to_string())
            }
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let mut request = Request::new(Method::POST, self.url.clone());
        *request.headers_mut() = headers;
        *request.body_mut() = Some(body.into());
        Ok(request)
    }

    /// Returns the header of RFC 6749, section 2.3.1: both parts are encoded as in a form before
    /// they are joined.
    fn basic(&self, client_id: &str) -> String {
        let encoded =
            |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
        let secret = encoded(self.secret.expose_secret());
        BASE64_STANDARD.encode(format!("{}:{secret}", encoded(client_id)))
    }

    async fn read(&self, reply: Reply, calls: &Calls) -> Result<SourceToken, SourceError> {
        let status = reply.response.status();
        if status.is_redirection() {
            return Err(SourceError::new(format!(
                "it redirects ({status}), and credentials are not sent on; put the address it ends \
                 at in {}",
                self.key()
            )));
        }
        let body = match timeout(calls.timeout(), whole(reply.response)).await {
            Ok(body) => body,
            Err(_) => Err(SourceError::new(format!(
                "its answer was not whole within {} seconds",
                calls.timeout().as_secs()
            ))),
        };
        if !status.is_success() {
            let code = body.ok().and_then(|body| error_code(&body));
            let code = code.map_or(String::new(), |code| format!(", {code}"));
            let advice = match status.as_u16() {
                429 | 500..600 => "contact your registration provider if this continues",
                _ => self.check(),
            };
            return Err(SourceError::new(format!(
                "it gave no token ({status}{code}); {advice}{}",
                reply.tries
            )));
        }
        let answer: Value = serde_json::from_slice(&body?)
            .map_err(|error| failure("its answer is not JSON; is it the right address?", error))?;
        self.token_in(&answer)
    }

    fn token_in(&self, answer: &Value) -> Result<SourceToken, SourceError> {
        let (token, place) = match &self.grant {
            TokenGrant::ClientCredentials { .. } => {
                bearer_only(answer.get("token_type"))?;
                (answer.get("access_token"), "access_token".to_owned())
            }
            TokenGrant::Password { token_path, .. } => {
                (token_path.find(answer), token_path.to_string())
            }
        };
        let token = token.and_then(Value::as_str).map(str::trim);
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(SourceError::new(format!(
                "there is no text at {place} in its answer, where the token should be"
            )));
        };
        SourceToken::received(token, answer.get("expires_in").and_then(seconds))
    }

    /// Returns the path of the endpoint's address in the document.
    fn key(&self) -> &'static str {
        match self.grant {
            TokenGrant::ClientCredentials { .. } => "source.authentication.token_url",
            TokenGrant::Password { .. } => "source.authentication.url",
        }
    }

    fn check(&self) -> &'static str {
        match self.grant {
            TokenGrant::ClientCredentials { .. } => {
                "check client_id, client_secret, scope and client_authentication in \
                 source.authentication"
            }
            TokenGrant::Password { .. } => {
                "check username, password and the names of their fields in source.authentication"
            }
        }
    }
}

/// Names the endpoint for messages.
impl fmt::Display for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.grant {
            TokenGrant::ClientCredentials { .. } => "the token endpoint",
            TokenGrant::Password { .. } => "the sign-in",
        };
        write!(f, "{kind} at {}", address(&self.url))
    }
}

async fn whole(mut response: Response) -> Result<Vec<u8>, SourceError> {
    let mut body = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk
            .map_err(|error| failure("its answer broke off before its end", error.without_url()))?;
        let Some(chunk) = chunk else {
            return Ok(body);
        };
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(SourceError::new(format!(
                "its answer is longer than {MAX_BYTES} bytes; is it the right address?"
            )));
        }
        body.extend_from_slice(&chunk);
    }
}

/// The code of RFC 6749, section 5.2, where it is a word that may be shown.
fn error_code(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let code = answer.get("error")?.as_str()?;
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'-' | b'.');
    let is_word = (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(plain);
    is_word.then(|| code.to_owned())
}

/// Accepts bearer tokens only, as other kinds must be sent in other ways; a token without a kind
/// counts as one.
fn bearer_only(kind: Option<&Value>) -> Result<(), SourceError> {
    match kind {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => Ok(()),
        Some(_) => Err(SourceError::new(
            "its token_type is not bearer, the only type this version can send",
        )),
    }
}

/// A number of seconds, which some write as text.
fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
