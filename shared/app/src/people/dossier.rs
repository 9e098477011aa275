//! Everything that is stored about a person, as they may ask for it, and nothing about anybody else.
//!
//! Items are shown as they are stored, so that a field which is added to one is in the dossier without being named
//! here. What would say something about somebody else is left out. [`kinds`] decides about each kind of item.

pub(crate) mod kinds;

use attendee_sync_domain::audit::{Actor, AuditAction, AuditEntry};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunNumber};
use attendee_sync_domain::people::Attendee;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::App;
use crate::audited::Audited;
use crate::error::Error;
use crate::ports::{CommunityRecord, MailAbout, StoreError};

pub use kinds::{ItemDecision, KINDS, StoredKind};

/// Audit entries that are read at a time.
const PAGE: usize = 500;
/// Versions of a configuration read at a time.
const VERSIONS_AT_ONCE: usize = 50;
/// Who acted, where that is somebody else than the person.
const ANOTHER: &str = "another person";
/// What of a change that waits names somebody else.
const NAMES_OTHERS: [&str; 2] = ["moved_to", "moved_from"];

/// Everything that is stored about a person.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Dossier {
    /// In which community.
    pub community: CommunityId,
    /// Their address, as it was asked for.
    pub email: EmailAddress,
    /// Their id in the community.
    pub person: PersonId,
    /// When this was read.
    pub made: Timestamp,
    /// What is stored, kind by kind; empty where nothing is.
    pub items: Vec<DossierItem>,
    /// What else may be stored about anybody, and why it is not shown.
    pub not_shown: Vec<NotShown>,
}

/// Something that is stored about a person.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct DossierItem {
    /// What it is.
    pub kind: StoredKind,
    /// The event it belongs to, where it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// The number of the run that wrote it, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunNumber>,
    /// What is stored, field by field.
    #[cfg_attr(feature = "schemas", schema(value_type = Object))]
    pub stored: Value,
}

/// A kind of item that is not shown.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct NotShown {
    /// What it is called in the description of the table.
    pub kind: String,
    /// Why it is not shown.
    pub why: String,
}

impl DossierItem {
    fn new(kind: StoredKind, stored: Value) -> Self {
        Self {
            kind,
            event: None,
            run: None,
            stored,
        }
    }

    fn of_event(kind: StoredKind, event: &EventId, stored: Value) -> Self {
        Self {
            event: Some(event.clone()),
            ..Self::new(kind, stored)
        }
    }

    fn of_run(kind: StoredKind, event: &EventId, run: RunNumber, stored: Value) -> Self {
        Self {
            run: Some(run),
            ..Self::of_event(kind, event, stored)
        }
    }
}

/// Whose dossier is made.
struct DossierSubject<'a> {
    community: &'a CommunityRecord,
    person: PersonId,
    email: &'a EmailAddress,
}

impl Audited<'_> {
    /// Returns everything that is stored about the person with this address, and nothing about anybody else. Where
    /// nothing is stored, it has no items.
    pub async fn dossier(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
    ) -> Result<Dossier, Error> {
        let dossier = self.app().read_dossier(community, email).await?;
        let person = dossier.person;
        self.note(community, AuditAction::DossierOpened { person })
            .await;
        Ok(dossier)
    }
}

impl App {
    async fn read_dossier(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
    ) -> Result<Dossier, Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, email);
        let subject = DossierSubject {
            community: &community,
            person,
            email,
        };
        let mut items = self.of_the_community(&subject).await?;
        for event in self.parts.store.events(&community.id).await? {
            items.extend(self.of_the_event(&subject, &event).await?);
        }
        items.extend(self.of_the_audit_log(&subject).await?);
        if let Some(folder) = &self.parts.mail_folder {
            items.extend(folder.about(person).await?.into_iter().map(mail));
        }
        items.sort_by_key(|item| item.kind);
        Ok(Dossier {
            community: community.id.clone(),
            email: email.clone(),
            person,
            made: self.parts.clock.now(),
            items,
            not_shown: kinds::not_shown().collect(),
        })
    }

    async fn of_the_community(
        &self,
        subject: &DossierSubject<'_>,
    ) -> Result<Vec<DossierItem>, Error> {
        let (store, community, person) = (&self.parts.store, &subject.community.id, subject.person);
        let mut items = Vec::new();
        if let Some(user) = store.user(community, person).await? {
            items.push(DossierItem::new(StoredKind::User, written(&user.value)?));
        }
        if let Some(suppression) = store.suppression(community, person).await? {
            let stored = written(&suppression)?;
            items.push(DossierItem::new(StoredKind::Suppression, stored));
        }
        let erasures = store.erasures(community).await?.into_iter();
        for erasure in erasures.filter(|erasure| erasure.person == person) {
            let stored = written(&erasure)?;
            items.push(DossierItem::new(StoredKind::Erasure, stored));
        }
        Ok(items)
    }

    /// Where earlier versions of the configuration of an event have the address.
    async fn former_mentions(
        &self,
        subject: &DossierSubject<'_>,
        event: &EventId,
    ) -> Result<Vec<DossierItem>, Error> {
        let (store, community) = (&self.parts.store, &subject.community.id);
        let (mut items, mut before) = (Vec::new(), None);
        loop {
            let page = store
                .configuration_versions(community, event, before.take(), VERSIONS_AT_ONCE)
                .await?;
            for (key, former) in &page {
                for path in mentions(&former.document, subject.email)? {
                    let stored = json!({
                        "path": path, "address": subject.email, "version": former.version, "stored": former.at
                    });
                    items.push(DossierItem::of_event(
                        StoredKind::Configuration,
                        event,
                        stored,
                    ));
                }
                before = Some(key.clone());
            }
            if page.len() < VERSIONS_AT_ONCE {
                return Ok(items);
            }
        }
    }

    async fn of_the_event(
        &self,
        subject: &DossierSubject<'_>,
        event: &EventId,
    ) -> Result<Vec<DossierItem>, Error> {
        let (store, person) = (&self.parts.store, subject.person);
        let mut items = Vec::new();
        if let Some(document) = store.event(event).await? {
            let mentions = mentions(&document.value, subject.email)?.into_iter();
            items.extend(mentions.map(|path| {
                let stored = json!({"path": path, "address": subject.email});
                DossierItem::of_event(StoredKind::Configuration, event, stored)
            }));
        }
        items.extend(self.former_mentions(subject, event).await?);
        let attendee = store.attendee(event, person).await?;
        let attendee = attendee.map(|stored| stored.value);
        if let Some(attendee) = &attendee {
            let stored = written(attendee)?;
            items.push(DossierItem::of_event(StoredKind::Attendee, event, stored));
            items.extend(self.changes_in_logs(event, person, attendee).await?);
        }
        let source_ids = attendee.as_ref().map(source_ids_of).unwrap_or_default();
        let logged = store.logged_about(event, person, &source_ids).await?;
        for (run, held) in &logged.held {
            let stored = without_others(written(held)?);
            items.push(DossierItem::of_run(
                StoredKind::PendingChange,
                event,
                *run,
                stored,
            ));
        }
        for (run, issue) in &logged.issues {
            let stored = written(issue)?;
            items.push(DossierItem::of_run(StoredKind::Issue, event, *run, stored));
        }
        let key = &subject.community.key;
        for (run, read) in self.checkpoints_about(event, key, person).await? {
            let stored = without_others(json!({"address": subject.email, "read": written(&read)?}));
            let kind = StoredKind::RunCheckpoint;
            items.push(DossierItem::of_run(kind, event, run, stored));
        }
        Ok(items)
    }

    async fn changes_in_logs(
        &self,
        event: &EventId,
        person: PersonId,
        attendee: &Attendee,
    ) -> Result<Vec<DossierItem>, Error> {
        let mut items = Vec::new();
        for batch in &attendee.log {
            let changes = self.parts.store.batch_changes(event, *batch).await?;
            for change in changes.iter().filter(|change| change.person == person) {
                let kind = StoredKind::Change;
                items.push(DossierItem::of_run(kind, event, batch.0, written(change)?));
            }
        }
        Ok(items)
    }

    async fn of_the_audit_log(
        &self,
        subject: &DossierSubject<'_>,
    ) -> Result<Vec<DossierItem>, Error> {
        let mut items = Vec::new();
        let mut before = None;
        loop {
            let page = self.parts.store.audit(&subject.community.id, before, PAGE);
            let (entries, next) = page.await?;
            let entries = entries.iter();
            items.extend(entries.filter_map(|entry| audit_line(entry, subject)));
            before = next;
            if before.is_none() {
                return Ok(items);
            }
        }
    }
}

/// An entry that is about the person or about what they did; of anybody else who is in it, it does not say who.
fn audit_line(entry: &AuditEntry, subject: &DossierSubject<'_>) -> Option<DossierItem> {
    let is_theirs = match &entry.by {
        Actor::Person(name) => name
            .parse::<EmailAddress>()
            .is_ok_and(|name| name == *subject.email),
        Actor::Owner | Actor::Token(_) | Actor::Automatic => false,
    };
    let is_about_them = entry.action.person() == Some(subject.person);
    if !is_theirs && !is_about_them {
        return None;
    }
    let by = match &entry.by {
        Actor::Person(_) if !is_theirs => ANOTHER.to_owned(),
        by => by.to_string(),
    };
    let whom = if is_about_them {
        subject.email.as_str()
    } else {
        ANOTHER
    };
    let did = entry.action.in_words_naming(Some(whom));
    let stored = json!({"at": entry.at, "by": by, "did": did});
    Some(DossierItem::new(StoredKind::AuditEntry, stored))
}

/// A mail in the folder. Of a test that two people have part in, each is shown their part alone.
fn mail(about: MailAbout) -> DossierItem {
    let mail = about.mail;
    let (subject, text) = if about.shows_them {
        (Some(mail.mail.subject), mail.text)
    } else {
        let left_out = "A test that shows another person's invitation.";
        (None, left_out.to_owned())
    };
    let to = about.is_to_them.then_some(mail.mail.to);
    let stored = json!({"written": mail.mail.date, "to": to, "subject": subject, "text": text});
    DossierItem::new(StoredKind::Mail, stored)
}

fn source_ids_of(attendee: &Attendee) -> Vec<String> {
    let of_records = attendee.records.iter();
    let of_records = of_records.filter_map(|record| record.incoming.source_id.clone());
    of_records.chain(attendee.source_id.clone()).collect()
}

/// The paths in a document at which an address stands, be it in a longer text.
fn mentions(document: &EventDocument, email: &EmailAddress) -> Result<Vec<String>, Error> {
    fn look(value: &Value, path: &str, sought: &str, found: &mut Vec<String>) {
        let below = |name: &str| match path {
            "" => name.to_owned(),
            _ => format!("{path}.{name}"),
        };
        match value {
            Value::String(text) if text.to_lowercase().contains(sought) => {
                found.push(path.to_owned());
            }
            Value::Array(values) => {
                for (at, value) in values.iter().enumerate() {
                    look(value, &format!("{path}[{at}]"), sought, found);
                }
            }
            Value::Object(members) => {
                for (name, value) in members {
                    look(value, &below(name), sought, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    let sought = email.as_str().to_lowercase();
    look(&written(document)?, "", &sought, &mut found);
    Ok(found)
}

/// What is stored, without what names somebody else in it.
fn without_others(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.retain(|name, _| !NAMES_OTHERS.contains(&name.as_str()));
            for member in members.values_mut() {
                *member = without_others(member.take());
            }
        }
        Value::Array(values) => {
            for value in values {
                *value = without_others(value.take());
            }
        }
        _ => {}
    }
    value
}

/// What is stored, as JSON.
fn written<T: Serialize>(stored: &T) -> Result<Value, Error> {
    let value = serde_json::to_value(stored);
    value.map_err(|error| {
        let failed = StoreError::Failed {
            operation: "a dossier",
            source: error.into(),
        };
        failed.into()
    })
}
