//! Secrets as one machine keeps them: in a file, and in an environment that a test sets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_adapters::secrets::{EnvironmentSecrets, FileSecrets};
use attendee_sync_app::ports::{Binding, SecretError, SecretOrigin, Secrets};
use attendee_sync_domain::config::SecretName;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;

/// Secrets; a drawer that is stuck gives none away.
pub(super) struct Drawer {
    folder: TempDir,
    secrets: FileSecrets,
    variables: Arc<Mutex<BTreeMap<String, String>>>,
    stuck: AtomicBool,
}

impl Default for Drawer {
    fn default() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let variables = Arc::<Mutex<BTreeMap<String, String>>>::default();
        let known = Arc::clone(&variables);
        let environment =
            EnvironmentSecrets::over(move |name| known.lock().unwrap().get(name).cloned());
        let path = folder.path().join("secrets.json");
        Self {
            secrets: FileSecrets::with_environment(path, environment),
            folder,
            variables,
            stuck: AtomicBool::new(false),
        }
    }
}

impl Drawer {
    /// From now on no secret is removed.
    pub(super) fn sticks(&self) {
        self.stuck.store(true, Ordering::SeqCst);
    }

    /// Sets a variable of the environment, by what follows `ATTENDEE_SYNC_SECRET_`.
    pub(super) fn set_variable(&self, name: &str, value: &str) {
        let name = format!("ATTENDEE_SYNC_SECRET_{name}");
        self.variables
            .lock()
            .unwrap()
            .insert(name, value.to_owned());
    }

    /// A secret as it is stored for an event.
    pub(super) fn stored(&self, community: &str, event: &str, name: &str) -> Option<String> {
        let text = std::fs::read(self.folder.path().join("secrets.json")).ok()?;
        let file: Value = serde_json::from_slice(&text).unwrap();
        let stored = file["stored"][community][event][name].as_str();
        stored.map(str::to_owned)
    }
}

#[async_trait]
impl Secrets for Drawer {
    async fn secret(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        self.secrets.secret(name).await
    }

    async fn remove_secret(&self, name: &SecretName) -> Result<(), SecretError> {
        if self.stuck.load(Ordering::SeqCst) {
            return Err(SecretError("the drawer is stuck".into()));
        }
        self.secrets.remove_secret(name).await
    }

    async fn put_secret(&self, name: &SecretName, value: SecretString) -> Result<(), SecretError> {
        self.secrets.put_secret(name, value).await
    }

    async fn origin(&self, name: &SecretName) -> Result<SecretOrigin, SecretError> {
        self.secrets.origin(name).await
    }

    fn binding(&self, name: &SecretName) -> Binding {
        self.secrets.binding(name)
    }

    fn environment_secret(&self, name: &SecretName) -> Option<SecretString> {
        self.secrets.environment_secret(name)
    }

    async fn use_environment(&self, name: &SecretName) -> Result<(), SecretError> {
        self.secrets.use_environment(name).await
    }
}
