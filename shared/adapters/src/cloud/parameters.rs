//! Credentials in SSM Parameter Store, encrypted (`SecureString`).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use attendee_sync_app::ports::{SecretError, Secrets};
use attendee_sync_domain::config::SecretName;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;
use secrecy::{ExposeSecret, SecretString};

/// How long a credential is believed to be as it was: a run in legs and a test of a connection read
/// it several times, SSM answers 40 requests a second, and a new one should count within the minute.
const BELIEVED: Duration = Duration::from_secs(30);
/// Most bytes of a parameter of the standard tier (AWS Systems Manager, "Managing parameter tiers").
const MAX_BYTES: usize = 4_096;

/// Parameters under a path.
#[derive(Debug)]
pub struct SsmSecrets {
    client: Client,
    path: String,
    known: Mutex<HashMap<String, (Instant, Option<SecretString>)>>,
}

impl SsmSecrets {
    /// Credentials are at `{path}/secrets/{name}`.
    #[must_use]
    pub fn new(client: Client, path: &str) -> Self {
        Self {
            client,
            path: path.trim_end_matches('/').to_owned(),
            known: Mutex::default(),
        }
    }

    fn name_of(&self, secret: &SecretName) -> String {
        format!("{}/secrets/{secret}", self.path)
    }

    /// The parameter of this name right under the path.
    pub async fn parameter(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        self.read(&format!("{}/{name}", self.path)).await
    }

    async fn read(&self, name: &str) -> Result<Option<SecretString>, SecretError> {
        let answer = self
            .client
            .get_parameter()
            .name(name)
            .with_decryption(true)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let value = answer.parameter.and_then(|parameter| parameter.value);
                Ok(value.map(SecretString::from))
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_parameter_not_found()) =>
            {
                Ok(None)
            }
            Err(error) => Err(SecretError(Box::new(error))),
        }
    }

    fn remember(&self, name: &str, value: Option<SecretString>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_owned(), (Instant::now(), value));
    }

    fn remembered(&self, name: &str) -> Option<Option<SecretString>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (since, _)| since.elapsed() < BELIEVED);
        known.get(name).map(|(_, value)| value.clone())
    }
}

#[async_trait]
impl Secrets for SsmSecrets {
    async fn secret(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        let name = self.name_of(name);
        if let Some(known) = self.remembered(&name) {
            return Ok(known);
        }
        let value = self.read(&name).await?;
        self.remember(&name, value.clone());
        Ok(value)
    }

    async fn put_secret(&self, name: &SecretName, value: SecretString) -> Result<(), SecretError> {
        if value.expose_secret().len() > MAX_BYTES {
            return Err(SecretError(
                format!("a credential has at most {MAX_BYTES} bytes here").into(),
            ));
        }
        let name = self.name_of(name);
        self.client
            .put_parameter()
            .name(&name)
            .value(value.expose_secret())
            .r#type(ParameterType::SecureString)
            .overwrite(true)
            .send()
            .await
            .map_err(|error| SecretError(Box::new(error)))?;
        self.remember(&name, Some(value));
        Ok(())
    }

    async fn remove_secret(&self, name: &SecretName) -> Result<(), SecretError> {
        let name = self.name_of(name);
        match self.client.delete_parameter().name(&name).send().await {
            Ok(_) => {}
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_parameter_not_found()) => {}
            Err(error) => return Err(SecretError(Box::new(error))),
        }
        self.remember(&name, None);
        Ok(())
    }
}
