//! Fetches a provider's keys over HTTP, by `OpenID` Connect Discovery 1.0.

use std::time::Duration;

use async_trait::async_trait;
use jsonwebtoken::jwk::JwkSet;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::keys::{KeySource, KeysError};

/// The time-out of an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum size of an answer in bytes; the key sets of large providers have some ten thousand.
const MAX_BYTES: usize = 256 * 1024;

/// The keys of an issuer, without a cache.
pub struct HttpKeys {
    client: reqwest::Client,
    issuer: String,
}

/// The parts of a provider's configuration that are used.
#[derive(Deserialize)]
struct OidcConfiguration {
    issuer: String,
    jwks_uri: String,
}

impl HttpKeys {
    /// Returns the keys of the issuer at this URL, which must be https. The process must have
    /// installed a TLS provider.
    pub fn new(issuer: &str) -> Result<Self, KeysError> {
        https(issuer)?;
        let builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none());
        let client = builder.build().map_err(failed)?;
        let issuer = issuer.to_owned();
        Ok(Self { client, issuer })
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, KeysError> {
        let mut answer = self.client.get(url).send().await.map_err(failed)?;
        if !answer.status().is_success() {
            return Err(KeysError(format!("it answers {}", answer.status())));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(KeysError(format!("it sends more than {MAX_BYTES} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(failed)
    }
}

fn https(url: &str) -> Result<Url, KeysError> {
    match Url::parse(url) {
        Ok(url) if url.scheme() == "https" => Ok(url),
        _ => Err(KeysError(format!("\"{url}\" is no https URL"))),
    }
}

fn failed(error: impl std::error::Error) -> KeysError {
    KeysError(error.to_string())
}

#[async_trait]
impl KeySource for HttpKeys {
    async fn fetch(&self) -> Result<JwkSet, KeysError> {
        let issuer = self.issuer.trim_end_matches('/');
        let place = https(&format!("{issuer}/.well-known/openid-configuration"))?;
        let configuration: OidcConfiguration = self.get(place).await?;
        if configuration.issuer != self.issuer {
            return Err(KeysError(
                "its configuration is another issuer's".to_owned(),
            ));
        }
        self.get(https(&configuration.jwks_uri)?).await
    }
}
