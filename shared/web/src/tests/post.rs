//! A mail folder that tests look into, and a world with invitations.

use async_trait::async_trait;
use attendee_sync_app::ports::{
    InvitationBatchId, MailAbout, MailError, MailFolder, ReadMail, StoredMail,
};
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::invitation::Invitation;
use attendee_sync_domain::people::Attendee;
use attendee_sync_domain::plan::Put;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TestRequest, document};

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

    async fn clear(&self, _: Timestamp, _: Timestamp) -> Result<u64, MailError> {
        Ok(0)
    }

    async fn list(&self, before: Option<&str>, limit: usize) -> Result<Vec<StoredMail>, MailError> {
        let mails = self.0.iter().map(|mail| mail.mail.clone());
        let wanted = mails.filter(|mail| before.is_none_or(|before| mail.name.as_str() < before));
        Ok(wanted.take(limit).collect())
    }

    async fn about(&self, _: PersonId) -> Result<Vec<MailAbout>, MailError> {
        let theirs = |mail: &ReadMail| MailAbout {
            mail: mail.clone(),
            is_to_them: true,
            shows_them: true,
        };
        Ok(self.0.iter().map(theirs).collect())
    }

    async fn read(&self, name: &str) -> Result<Option<ReadMail>, MailError> {
        let mut mails = self.0.iter();
        Ok(mails.find(|mail| mail.mail.name == name).cloned())
    }
}

impl ConsoleWorld {
    /// With invitations on, of which a sync may send so many unasked, and these people synced.
    pub(super) async fn inviting(limit: usize, records: Vec<Value>) -> Self {
        let world = Self::with(records).await;
        world.configure(&inviting(limit)).await;
        world.sync().await;
        world
    }

    /// Stores another configuration.
    pub(super) async fn configure(&self, document: &Value) {
        let ask = TestRequest::put("/api/v1/events/devcon/configuration").json(document);
        let answer = self.send(ask).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    /// Whose an address is.
    pub(super) async fn person(&self, email: &str) -> PersonId {
        let community = self
            .app
            .parts()
            .store
            .community(&"acme".parse().unwrap())
            .await;
        PersonId::of(&community.unwrap().unwrap().key, &email.parse().unwrap())
    }

    /// Has somebody's invitation be this.
    pub(super) async fn set_invitation(&self, email: &str, invitation: Invitation) {
        let (event, person) = ("devcon".parse().unwrap(), self.person(email).await);
        let store = &self.app.parts().store;
        let stored = store.attendee(&event, person).await.unwrap().unwrap();
        let invitation_batch = InvitationBatchId::of(&invitation);
        let put = Put {
            expected: Some(stored.version),
            value: Attendee {
                invitation: Some(invitation),
                ..stored.value
            },
        };
        let put = store
            .put_invitation(&event, person, &put, invitation_batch)
            .await;
        put.unwrap();
    }
}

/// The configuration of the event `devcon`, with invitations on, of which a sync may send so many unasked.
pub(super) fn inviting(limit: usize) -> Value {
    let mut document = document();
    document["invitations"] = json!({
        "enabled": true, "limit_per_run": limit, "sign_in_url": "https://app.devcon.example",
        "template": {
            "from": "DevCon <noreply@devcon.example>", "reply_to": "desk@devcon.example",
            "subject": "Welcome, {{ first_name }}",
            "body_markdown": "Dear {{ first_name }},\n\n[sign in]({{ sign_in_url }})"
        },
        "test_recipients": ["desk@devcon.example"]
    });
    document
}
