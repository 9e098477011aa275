//! Asks a provider over HTTP: its configuration by `OpenID` Connect Discovery 1.0, its keys, and its token endpoint.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jsonwebtoken::jwk::JwkSet;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use url::{Host, Url};

use super::keys::{KeySource, KeysError};

/// The time-out of an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum size of an answer in bytes; the key sets of large providers have some ten thousand.
const MAX_BYTES: usize = 256 * 1024;
/// How long the provider's configuration is cached.
const FRESH: Duration = Duration::from_hours(1);

/// A provider, by its issuer's URL.
pub struct HttpProvider {
    client: reqwest::Client,
    issuer: String,
    known: Mutex<Option<(Instant, OidcConfiguration)>>,
}

/// The parts of a provider's configuration that are used.
#[derive(Clone, Deserialize)]
pub(super) struct OidcConfiguration {
    issuer: String,
    jwks_uri: String,
    pub(super) authorization_endpoint: Option<String>,
    pub(super) token_endpoint: Option<String>,
    pub(super) end_session_endpoint: Option<String>,
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl HttpProvider {
    /// Returns the provider with the issuer at this URL, which must be https; only a provider on this machine may
    /// have http. The process must have installed a TLS provider.
    pub fn new(issuer: &str) -> Result<Self, KeysError> {
        safe(issuer)?;
        let builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none());
        Ok(Self {
            client: builder.build().map_err(failed)?,
            issuer: issuer.to_owned(),
            known: Mutex::new(None),
        })
    }

    pub(super) async fn configuration(&self) -> Result<OidcConfiguration, KeysError> {
        let mut known = self.known.lock().await;
        if let Some((fetched, configuration)) = known.as_ref()
            && fetched.elapsed() < FRESH
        {
            return Ok(configuration.clone());
        }
        let issuer = self.issuer.trim_end_matches('/');
        let place = safe(&format!("{issuer}/.well-known/openid-configuration"))?;
        let configuration: OidcConfiguration = self.get(place).await?;
        if configuration.issuer != self.issuer {
            return Err(KeysError(
                "its configuration is another issuer's".to_owned(),
            ));
        }
        *known = Some((Instant::now(), configuration.clone()));
        Ok(configuration)
    }

    /// Sends a form, with an `Authorization` if there is one. Returns the status and the body.
    pub(super) async fn post(
        &self,
        place: Url,
        authorization: Option<String>,
        form: String,
    ) -> Result<(StatusCode, Vec<u8>), KeysError> {
        let request = self.client.post(place);
        let request = request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        answer(match authorization {
            Some(value) => request.header(AUTHORIZATION, value),
            None => request,
        })
        .await
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, KeysError> {
        let (status, body) = answer(self.client.get(url)).await?;
        if !status.is_success() {
            return Err(KeysError(format!("it answers {status}")));
        }
        serde_json::from_slice(&body).map_err(failed)
    }
}

async fn answer(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), KeysError> {
    let mut answer = request.send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(KeysError(format!("it sends more than {MAX_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((answer.status(), body))
}

/// Parses a URL to which nobody on the way can listen: one with https, or one of this machine.
pub(super) fn safe(url: &str) -> Result<Url, KeysError> {
    let parsed = Url::parse(url).ok().filter(|url| match url.host() {
        _ if url.scheme() == "https" => true,
        Some(Host::Domain(name)) => url.scheme() == "http" && name == "localhost",
        Some(Host::Ipv4(address)) => url.scheme() == "http" && address.is_loopback(),
        Some(Host::Ipv6(address)) => url.scheme() == "http" && address.is_loopback(),
        None => false,
    });
    parsed.ok_or_else(|| KeysError(format!("\"{url}\" is no https URL")))
}

fn failed(error: impl std::error::Error) -> KeysError {
    KeysError(error.to_string())
}

#[async_trait]
impl KeySource for HttpProvider {
    async fn fetch(&self) -> Result<JwkSet, KeysError> {
        let configuration = self.configuration().await?;
        self.get(safe(&configuration.jwks_uri)?).await
    }
}
