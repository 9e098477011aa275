//! A mail service and a mail folder that tests look into.

use std::sync::Mutex;

use async_trait::async_trait;
use attendee_sync_app::ports::{Mail, MailError, MailFolder, Mailer, ReadMail, Sent, StoredMail};
use attendee_sync_domain::ids::PersonId;

/// Takes every mail, or says why not.
#[derive(Default)]
pub(super) struct Service {
    pub(super) sent: Mutex<Vec<Mail>>,
    pub(super) away: Mutex<Option<String>>,
}

#[async_trait]
impl Mailer for Service {
    async fn send(&self, mail: &Mail) -> Result<Sent, MailError> {
        if let Some(reason) = self.away.lock().unwrap().clone() {
            return Err(MailError::Unavailable {
                reason,
                retry_after: None,
            });
        }
        let mut sent = self.sent.lock().unwrap();
        sent.push(mail.clone());
        Ok(Sent {
            message_id: format!("mail-{}", sent.len()),
        })
    }
}

/// Mails, the newest first.
pub(super) struct Folder(pub(super) Vec<ReadMail>);

impl Folder {
    /// With so many mails, the newest named highest.
    pub(super) fn of(count: usize, subject: &str) -> Self {
        let mail = |number: usize| ReadMail {
            mail: StoredMail {
                name: format!("2026110{number}.eml"),
                date: format!("2026-11-01T11:0{number}:00Z").parse().unwrap(),
                to: format!("Ada Doe <p{number}@example.org>"),
                subject: format!("{subject} {number}"),
            },
            headers: vec![
                ("Subject".to_owned(), format!("{subject} {number}")),
                ("X-Odd".to_owned(), subject.to_owned()),
            ],
            text: format!("Hello {subject}"),
            html: format!("<style>p {{ color: red }}</style><p>Hello {number}</p>"),
        };
        Self((1..=count).rev().map(mail).collect())
    }
}

#[async_trait]
impl MailFolder for Folder {
    async fn forget(&self, _: PersonId) -> Result<(), MailError> {
        Ok(())
    }

    async fn list(&self, before: Option<&str>, limit: usize) -> Result<Vec<StoredMail>, MailError> {
        let mails = self.0.iter().map(|mail| mail.mail.clone());
        let wanted = mails.filter(|mail| before.is_none_or(|before| mail.name.as_str() < before));
        Ok(wanted.take(limit).collect())
    }

    async fn read(&self, name: &str) -> Result<Option<ReadMail>, MailError> {
        let mut mails = self.0.iter();
        Ok(mails.find(|mail| mail.mail.name == name).cloned())
    }
}
