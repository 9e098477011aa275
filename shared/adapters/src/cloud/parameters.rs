//! Credentials in SSM Parameter Store: encrypted parameters below one path, each below its
//! community and its event.
//!
//! No error repeats the service's text: it quotes values that it refuses.

mod moving;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use attendee_sync_app::ports::{Clock, OwnerToken, SecretError, Secrets};
use attendee_sync_domain::config::SecretName;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::types::{ParameterTier, ParameterType};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

/// The longest value of a standard parameter, which costs nothing (Systems Manager User Guide,
/// "Managing parameter tiers": 4 KB).
const MAX_BYTES: usize = 4096;

/// How long a secret that was read is cached: a run needs it for each login and side list, and
/// Parameter Store allows 40 requests a second for a whole account. A credential that a person
/// changes in another process is used within a minute, before they have started a sync and looked
/// at it. That a secret is missing is never cached.
const KEPT: SignedDuration = SignedDuration::from_secs(60);

#[derive(Debug, thiserror::Error)]
enum ParameterError {
    #[error(
        "the secret \"{name}\" has {bytes} bytes, and Parameter Store takes at most {MAX_BYTES}"
    )]
    TooLong { name: SecretName, bytes: usize },
    #[error("the secret \"{0}\" is empty, which Parameter Store does not take")]
    Empty(SecretName),
    #[error("the secret \"{0}\" belongs to no event")]
    NoOwner(SecretName),
    #[error("{operation} of {parameter} failed ({code})")]
    Failed {
        operation: &'static str,
        parameter: String,
        code: String,
    },
}

impl ParameterError {
    fn failed<E: ProvideErrorMetadata, R>(
        operation: &'static str,
        parameter: &str,
        error: &SdkError<E, R>,
    ) -> SecretError {
        let kind = match error {
            SdkError::ConstructionFailure(_) => "the request could not be made",
            SdkError::TimeoutError(_) => "no answer in time",
            SdkError::DispatchFailure(_) => "no connection, or no credentials",
            _ => "an answer that is not understood",
        };
        SecretError(Box::new(Self::Failed {
            operation,
            parameter: parameter.to_owned(),
            code: error.code().unwrap_or(kind).to_owned(),
        }))
    }
}

impl From<ParameterError> for SecretError {
    fn from(error: ParameterError) -> Self {
        Self(Box::new(error))
    }
}

struct CachedParameter {
    value: SecretString,
    read: Timestamp,
}

/// The name of the parameter with the token of the installation's owner.
const OWNERS_TOKEN: &str = "token";

/// The name of the parameter with the secret that the identity provider gave this installation.
#[cfg(feature = "oidc")]
const CLIENT_SECRET: &str = "oidc-client-secret";

/// Secrets at `{path}/secrets/{community}/{event}/{name}`.
pub struct SsmSecrets {
    client: Client,
    path: String,
    clock: Arc<dyn Clock>,
    known: Mutex<BTreeMap<SecretName, CachedParameter>>,
    /// Whether it is known that no secret is left where earlier versions stored it.
    moved: AtomicBool,
}

impl fmt::Debug for SsmSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SsmSecrets")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl SsmSecrets {
    /// Returns the secrets below a path such as `/attendee-sync`. Ages are measured with the wall
    /// clock: a monotonic clock may stop while a function is frozen, and a secret would be cached
    /// for hours.
    #[must_use]
    pub fn new(client: Client, path: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        let path = path.into();
        Self {
            client,
            path: path.trim_end_matches('/').to_owned(),
            clock,
            known: Mutex::default(),
            moved: AtomicBool::new(false),
        }
    }

    async fn get(&self, parameter: &str) -> Result<Option<SecretString>, SecretError> {
        let asked = self
            .client
            .get_parameter()
            .name(parameter)
            .with_decryption(true)
            .send()
            .await;
        match asked {
            Ok(answer) => {
                let value = answer.parameter.and_then(|parameter| parameter.value);
                Ok(value.map(SecretString::from))
            }
            Err(error) if is_absent(error.code()) => Ok(None),
            Err(error) => Err(ParameterError::failed("GetParameter", parameter, &error)),
        }
    }

    /// Returns the parameter of a secret; `None` where its name belongs to no event.
    fn address(&self, name: &SecretName) -> Option<String> {
        let owner = name.owner()?;
        let (path, community, event) = (&self.path, &owner.community, &owner.event);
        Some(format!("{path}/secrets/{community}/{event}/{name}"))
    }

    fn address_of(&self, name: &SecretName) -> Result<String, ParameterError> {
        let address = self.address(name);
        address.ok_or_else(|| ParameterError::NoOwner(name.clone()))
    }

    async fn delete_parameter(&self, parameter: &str) -> Result<(), SecretError> {
        let asked = self.client.delete_parameter().name(parameter).send().await;
        match asked {
            Ok(_) => Ok(()),
            Err(error) if is_absent(error.code()) => Ok(()),
            Err(error) => Err(ParameterError::failed("DeleteParameter", parameter, &error)),
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<SecretName, CachedParameter>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self, name: &SecretName) -> Option<SecretString> {
        let known = self.known();
        let known = known.get(name)?;
        let age = self.clock.now().duration_since(known.read);
        // A clock that was set back makes the secret older, not younger.
        (SignedDuration::ZERO..KEPT)
            .contains(&age)
            .then(|| known.value.clone())
    }

    fn remember(&self, name: &SecretName, value: SecretString) {
        let read = self.clock.now();
        self.known()
            .insert(name.clone(), CachedParameter { value, read });
    }
}

fn is_absent(code: Option<&str>) -> bool {
    code == Some("ParameterNotFound")
}

fn check(name: &SecretName, value: &SecretString) -> Result<(), ParameterError> {
    match value.expose_secret().len() {
        0 => Err(ParameterError::Empty(name.clone())),
        1..=MAX_BYTES => Ok(()),
        bytes => Err(ParameterError::TooLong {
            name: name.clone(),
            bytes,
        }),
    }
}

#[async_trait]
impl Secrets for SsmSecrets {
    async fn secret(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        if let Some(value) = self.remembered(name) {
            return Ok(Some(value));
        }
        let Some(address) = self.address(name) else {
            return Ok(None);
        };
        let found = match self.get(&address).await? {
            Some(value) => Some(value),
            None => self.former(name).await?,
        };
        match &found {
            Some(value) => self.remember(name, value.clone()),
            None => drop(self.known().remove(name)),
        }
        Ok(found)
    }

    async fn put_secret(&self, name: &SecretName, value: SecretString) -> Result<(), SecretError> {
        check(name, &value)?;
        let parameter = self.address_of(name)?;
        // Where no answer came, it is unknown whether the secret was stored.
        self.known().remove(name);
        self.client
            .put_parameter()
            .name(&parameter)
            .value(value.expose_secret())
            .r#type(ParameterType::SecureString)
            .tier(ParameterTier::IntelligentTiering)
            .overwrite(true)
            .send()
            .await
            .map_err(|error| ParameterError::failed("PutParameter", &parameter, &error))?;
        self.remember(name, value);
        Ok(())
    }

    async fn remove_secret(&self, name: &SecretName) -> Result<(), SecretError> {
        let Some(parameter) = self.address(name) else {
            return Ok(());
        };
        self.known().remove(name);
        self.delete_parameter(&parameter).await?;
        self.delete_former(name).await
    }
}

#[async_trait]
impl OwnerToken for SsmSecrets {
    /// Reads `{path}/token`, and never returns it from the cache.
    async fn owner_token(&self) -> Result<Option<SecretString>, SecretError> {
        self.get(&format!("{}/{OWNERS_TOKEN}", self.path)).await
    }
}

#[cfg(feature = "oidc")]
#[async_trait]
impl crate::oidc::ClientSecret for SsmSecrets {
    /// Reads `{path}/oidc-client-secret`, and never returns it from the cache.
    async fn client_secret(&self) -> Result<Option<SecretString>, SecretError> {
        self.get(&format!("{}/{CLIENT_SECRET}", self.path)).await
    }
}
