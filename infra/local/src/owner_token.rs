//! The owner's token of one machine: from the environment, or from the data directory.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use attendee_sync_adapters::secrets::write_private;
use attendee_sync_app::ports::{OwnerToken, SecretError};
use attendee_sync_domain::authority::{WeakToken, check_strength};
use rand::RngExt;
use secrecy::SecretString;

/// The variable with the token.
const VARIABLE: &str = "ATTENDEE_SYNC_TOKEN";

/// Why the token cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OwnerTokenError {
    #[error(
        "the API token in {VARIABLE} is too easy to guess: {0}; leave the variable out to have one made, \
         or take what `openssl rand -hex 32` prints"
    )]
    WeakVariable(WeakToken),
    #[error(
        "the API token in {} is too easy to guess: {weak}; delete the file and the next start makes \
         another, or write into it what `openssl rand -hex 32` prints",
        path.display()
    )]
    WeakFile { path: PathBuf, weak: WeakToken },
    #[error("the API token in {} cannot be read or made", path.display())]
    Unusable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Where the token is stored.
pub(crate) struct OwnerTokenPlace {
    /// The token from the environment at the start, which does not change.
    given: Option<String>,
    file: PathBuf,
}

impl OwnerTokenPlace {
    /// The place of a program that uses this data directory.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self::with(data_dir, std::env::var(VARIABLE).ok())
    }

    fn with(data_dir: &Path, given: Option<String>) -> Self {
        let given = given.map(|token| token.trim().to_owned());
        Self {
            given: given.filter(|token| !token.is_empty()),
            file: data_dir.join("token"),
        }
    }

    /// Checks that there is a token that is hard to guess; creates one where there is none.
    pub(crate) fn check_or_make(&self) -> Result<(), OwnerTokenError> {
        if let Some(given) = &self.given {
            return check_strength(given).map_err(OwnerTokenError::WeakVariable);
        }
        let unusable = |source| OwnerTokenError::Unusable {
            path: self.file.clone(),
            source,
        };
        match self.in_file().map_err(unusable)? {
            Some(token) => check_strength(&token).map_err(|weak| OwnerTokenError::WeakFile {
                path: self.file.clone(),
                weak,
            }),
            None => write_private(&self.file, made().as_bytes()).map_err(unusable),
        }
    }

    fn in_file(&self) -> io::Result<Option<String>> {
        match std::fs::read_to_string(&self.file) {
            Ok(token) => Ok(Some(token.trim().to_owned()).filter(|token| !token.is_empty())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A token of 256 random bits.
fn made() -> String {
    let (high, low): (u128, u128) = rand::rng().random();
    format!("{high:032x}{low:032x}")
}

#[async_trait]
impl OwnerToken for OwnerTokenPlace {
    async fn owner_token(&self) -> Result<Option<SecretString>, SecretError> {
        if let Some(given) = &self.given {
            return Ok(Some(given.as_str().into()));
        }
        let token = self.in_file().map_err(|error| SecretError(error.into()))?;
        Ok(token.map(SecretString::from))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    async fn token(place: &OwnerTokenPlace) -> String {
        let token = place.owner_token().await.unwrap().unwrap();
        token.expose_secret().to_owned()
    }

    #[tokio::test]
    async fn the_token_is_made_once_and_read_as_it_is_now() {
        let dir = tempfile::tempdir().unwrap();
        let place = OwnerTokenPlace::with(dir.path(), Some(" ".to_owned()));
        assert!(place.owner_token().await.unwrap().is_none());
        place.check_or_make().unwrap();
        let made = token(&place).await;
        assert_eq!(made.len(), 64);
        place.check_or_make().unwrap();
        assert_eq!(token(&place).await, made);
        std::fs::write(dir.path().join("token"), "another-of-ones-own-3f2504e0\n").unwrap();
        assert_eq!(token(&place).await, "another-of-ones-own-3f2504e0");
        let given = OwnerTokenPlace::with(dir.path(), Some("given-9f86d081884c7d65\n".to_owned()));
        given.check_or_make().unwrap();
        assert_eq!(token(&given).await, "given-9f86d081884c7d65");
    }

    #[test]
    fn a_token_that_can_be_guessed_is_refused_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let place = OwnerTokenPlace::with(dir.path(), None);
        for (token, why) in [
            ("secret\n", "fewer than 16 characters"),
            ("0123456789abcdef\n", "well-known words, sequences"),
            ("aaaaaaaaaaaaaaaaaaaaaaaa\n", "repeats the same few"),
        ] {
            std::fs::write(dir.path().join("token"), token).unwrap();
            let refused = place.check_or_make().unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
            assert!(refused.contains("delete the file"), "{refused}");
            assert!(refused.contains("openssl rand -hex 32"), "{refused}");
        }
        let given = OwnerTokenPlace::with(dir.path(), Some("changeme-changeme-now".to_owned()));
        let refused = given.check_or_make().unwrap_err().to_string();
        assert!(refused.contains("ATTENDEE_SYNC_TOKEN"), "{refused}");
    }
}
