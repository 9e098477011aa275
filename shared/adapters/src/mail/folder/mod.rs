//! Mail written into a folder instead of being sent, for people to read. Its files name people, so
//! only their owner can open them; their names do not.

mod files;
mod names;
mod read;

use std::path::PathBuf;

use async_trait::async_trait;
use attendee_sync_app::ports::{
    MailAbout, MailError, MailFolder, Mailer, OutgoingMail, ReadMail, Sent, StoredMail,
};
use attendee_sync_domain::ids::PersonId;
use jiff::Timestamp;

use self::names::Name;
use super::message::message;

/// A folder of mails.
#[derive(Debug, Clone)]
pub struct FolderMailer {
    dir: PathBuf,
}

impl FolderMailer {
    /// Returns a mailer into this folder, which is created with the first mail.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(PathBuf) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, MailError> {
        let dir = self.dir.clone();
        let done = tokio::task::spawn_blocking(move || work(dir)).await;
        let done = done.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        done.map_err(|error| MailError::Unavailable {
            reason: format!("the mail folder cannot be {what}: {error}"),
            retry_after: None,
        })
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Sent, MailError> {
        let message = message(mail)?;
        let name = Name::of(mail);
        let message_id = name.to_string();
        self.blocking("written", move |dir| {
            files::write(&dir, &name.to_string(), &message.bytes)
        })
        .await?;
        Ok(Sent { message_id })
    }
}

#[async_trait]
impl MailFolder for FolderMailer {
    async fn forget(&self, person: PersonId) -> Result<(), MailError> {
        self.blocking("cleared", move |dir| {
            files::delete(&dir, |name| names::is_of(name, person)).map(drop)
        })
        .await
    }

    async fn clear(&self, old: Timestamp, abandoned: Timestamp) -> Result<u64, MailError> {
        self.blocking("cleared", move |dir| {
            files::delete(&dir, |name| names::is_past(name, old, abandoned))
        })
        .await
    }

    async fn list(&self, before: Option<&str>, limit: usize) -> Result<Vec<StoredMail>, MailError> {
        let before = before.map(str::to_owned);
        self.blocking("read", move |dir| {
            let mut names = files::names(&dir, |name| {
                let parsed: Name = name.parse().ok()?;
                let is_due = before.as_deref().is_none_or(|before| name < before);
                is_due.then_some(parsed)
            })?;
            names.sort_unstable_by(|a, b| b.cmp(a));
            names.truncate(limit);
            let mails = names.iter().map(|name| {
                let bytes = files::read(&dir, &name.to_string())?;
                Ok(bytes.map(|bytes| read::in_short(name, &bytes)))
            });
            // A mail that was deleted meanwhile is left out.
            mails.filter_map(Result::transpose).collect()
        })
        .await
    }

    async fn about(&self, person: PersonId) -> Result<Vec<MailAbout>, MailError> {
        self.blocking("read", move |dir| {
            let mut names = files::names(&dir, |name| {
                let parsed: Name = name.parse().ok()?;
                Some((parsed, names::about(name, person)?))
            })?;
            names.sort_unstable();
            let mails = names.iter().map(|(name, (is_to_them, shows_them))| {
                let bytes = files::read(&dir, &name.to_string())?;
                Ok(bytes.map(|bytes| MailAbout {
                    mail: read::whole(name, &bytes),
                    is_to_them: *is_to_them,
                    shows_them: *shows_them,
                }))
            });
            mails.filter_map(Result::transpose).collect()
        })
        .await
    }

    async fn read(&self, name: &str) -> Result<Option<ReadMail>, MailError> {
        let Ok(name) = name.parse::<Name>() else {
            return Ok(None);
        };
        self.blocking("read", move |dir| {
            let bytes = files::read(&dir, &name.to_string())?;
            Ok(bytes.map(|bytes| read::whole(&name, &bytes)))
        })
        .await
    }
}
