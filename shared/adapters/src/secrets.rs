//! Secrets of the single-machine edition: the environment first, then a file that only its owner
//! can read.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use attendee_sync_app::ports::{SecretError, Secrets};
use attendee_sync_domain::config::SecretName;
use secrecy::{ExposeSecret, SecretString};

/// What the names of secrets in the environment start with.
const PREFIX: &str = "ATTENDEE_SYNC_SECRET_";

/// The environment's name of a secret: upper case, `-` as `_`.
#[must_use]
pub fn environment_name(name: &SecretName) -> String {
    format!("{PREFIX}{}", name.as_str().to_uppercase().replace('-', "_"))
}

/// Secrets in the environment and in a file.
#[derive(Debug)]
pub struct FileSecrets {
    path: PathBuf,
    /// Keeps writers apart.
    writing: Mutex<()>,
}

impl FileSecrets {
    /// Secrets in this file; it is made with the first secret.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            writing: Mutex::new(()),
        }
    }

    fn read(&self) -> std::io::Result<BTreeMap<String, String>> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }

    /// Puts a value in the place of what is stored, or deletes that.
    fn replace(&self, name: &SecretName, value: Option<&str>) -> std::io::Result<()> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = self.read()?;
        let before = match value {
            Some(value) => secrets.insert(name.as_str().to_owned(), value.to_owned()),
            None => secrets.remove(name.as_str()),
        };
        if before.as_deref() == value {
            return Ok(());
        }
        write_private(&self.path, &serde_json::to_vec_pretty(&secrets)?)
    }
}

/// Writes a file that only its owner can read, at once or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = path.with_extension("partial");
    // What lies there keeps the rights it has, and a link leads elsewhere: a new file has ours.
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&partial, path)
}

#[async_trait]
impl Secrets for FileSecrets {
    async fn secret(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        if let Ok(value) = std::env::var(environment_name(name)) {
            return Ok(Some(SecretString::from(value)));
        }
        let secrets = self.read().map_err(|error| SecretError(Box::new(error)))?;
        Ok(secrets.get(name.as_str()).cloned().map(SecretString::from))
    }

    async fn put_secret(&self, name: &SecretName, value: SecretString) -> Result<(), SecretError> {
        self.replace(name, Some(value.expose_secret()))
            .map_err(|error| SecretError(Box::new(error)))
    }

    async fn remove_secret(&self, name: &SecretName) -> Result<(), SecretError> {
        self.replace(name, None)
            .map_err(|error| SecretError(Box::new(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a process that was killed left behind, or what somebody put there.
    #[cfg(unix)]
    #[test]
    fn what_lies_there_already_neither_opens_a_private_file_nor_leads_elsewhere() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (path, partial) = (dir.path().join("token"), dir.path().join("token.partial"));
        std::fs::write(&partial, "before").unwrap();
        std::fs::set_permissions(&partial, PermissionsExt::from_mode(0o644)).unwrap();
        write_private(&path, b"s3cret").unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let elsewhere = dir.path().join("elsewhere");
        symlink(&elsewhere, &partial).unwrap();
        write_private(&path, b"s3cret").unwrap();
        assert!(!elsewhere.exists());
        assert_eq!(std::fs::read(&path).unwrap(), b"s3cret");
    }

    #[tokio::test]
    async fn a_secret_is_kept_in_a_file_only_its_owner_can_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets.json");
        let secrets = FileSecrets::new(&path);
        let name: SecretName = "devcon-source".parse().unwrap();
        assert!(secrets.secret(&name).await.unwrap().is_none());
        secrets.put_secret(&name, "s3cret".into()).await.unwrap();
        let stored = FileSecrets::new(&path)
            .secret(&name)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stored.expose_secret(), "s3cret");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        secrets.remove_secret(&name).await.unwrap();
        assert!(secrets.secret(&name).await.unwrap().is_none());
        assert_eq!(
            environment_name(&name),
            "ATTENDEE_SYNC_SECRET_DEVCON_SOURCE"
        );
    }
}
