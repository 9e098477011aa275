//! Secrets of the single-machine edition: in a file that only its owner can read, each within one
//! event of one community; and in the environment, for the events that were allowed to use it.

mod environment;
mod file;
mod moving;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use attendee_sync_app::ports::{Binding, SecretError, SecretOrigin, Secrets};
use attendee_sync_domain::config::SecretName;
use secrecy::{ExposeSecret, SecretString};

pub use environment::EnvironmentSecrets;
use file::SecretsFile;

#[derive(Debug, thiserror::Error)]
enum FileSecretsError {
    #[error(
        "the environment's secret \"{name}\" is bound to other communities than this event's; {} lists them",
        name.binding_variable()
    )]
    BoundElsewhere { name: SecretName },
    #[error("the secret \"{0}\" belongs to no event")]
    NoOwner(SecretName),
}

impl From<FileSecretsError> for SecretError {
    fn from(error: FileSecretsError) -> Self {
        Self(Box::new(error))
    }
}

/// Secrets in a file and in the environment.
#[derive(Debug)]
pub struct FileSecrets {
    path: PathBuf,
    environment: EnvironmentSecrets,
    /// Serialises the writers.
    writing: Mutex<()>,
}

impl FileSecrets {
    /// Returns the secrets of this file, which is created when it is first written, and of the
    /// environment of the process.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::with_environment(path, EnvironmentSecrets::of_process())
    }

    /// Returns the secrets of this file and of this environment.
    #[must_use]
    pub fn with_environment(path: impl Into<PathBuf>, environment: EnvironmentSecrets) -> Self {
        Self {
            path: path.into(),
            environment,
            writing: Mutex::new(()),
        }
    }

    fn read(&self) -> Result<SecretsFile, SecretError> {
        SecretsFile::read(&self.path).map_err(|error| SecretError(Box::new(error)))
    }

    /// Changes the content of the file, and writes it if anything changed.
    fn change<R>(&self, change: impl FnOnce(&mut SecretsFile) -> R) -> Result<R, SecretError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.read()?;
        let mut after = before.clone();
        let result = change(&mut after);
        if after != before || !self.path.exists() {
            after
                .write(&self.path)
                .map_err(|error| SecretError(Box::new(error)))?;
        }
        Ok(result)
    }
}

#[async_trait]
impl Secrets for FileSecrets {
    async fn secret(&self, name: &SecretName) -> Result<Option<SecretString>, SecretError> {
        let file = self.read()?;
        if let Some(stored) = file.stored(name) {
            return Ok(Some(stored.into()));
        }
        if !file.uses_environment(name) {
            return Ok(None);
        }
        match self.environment.binding(name) {
            Binding::Open | Binding::Here => Ok(self.environment.secret(name)),
            Binding::Elsewhere => {
                Err(FileSecretsError::BoundElsewhere { name: name.clone() }.into())
            }
        }
    }

    async fn put_secret(&self, name: &SecretName, value: SecretString) -> Result<(), SecretError> {
        let Some(owner) = name.owner() else {
            return Err(FileSecretsError::NoOwner(name.clone()).into());
        };
        self.change(|file| file.store(owner, name, value.expose_secret()))
    }

    async fn remove_secret(&self, name: &SecretName) -> Result<(), SecretError> {
        if !self.path.exists() {
            return Ok(());
        }
        self.change(|file| file.remove(name))
    }

    async fn origin(&self, name: &SecretName) -> Result<SecretOrigin, SecretError> {
        let file = self.read()?;
        Ok(if file.stored(name).is_some() {
            SecretOrigin::Stored
        } else if file.uses_environment(name) {
            SecretOrigin::Environment
        } else {
            SecretOrigin::Unknown
        })
    }

    fn binding(&self, name: &SecretName) -> Binding {
        self.environment.binding(name)
    }

    fn environment_secret(&self, name: &SecretName) -> Option<SecretString> {
        match self.environment.binding(name) {
            Binding::Open | Binding::Here => self.environment.secret(name),
            Binding::Elsewhere => None,
        }
    }

    async fn use_environment(&self, name: &SecretName) -> Result<(), SecretError> {
        let Some(owner) = name.owner() else {
            return Err(FileSecretsError::NoOwner(name.clone()).into());
        };
        self.change(|file| {
            if file.stored(name).is_none() {
                file.give_to_environment(owner, name);
            }
        })
    }
}

/// Writes a file that only its owner can read, completely or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let partial = path.with_extension("partial");
    // An existing file would keep its permissions, and a symbolic link points elsewhere: a new file
    // is created.
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
