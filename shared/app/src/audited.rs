//! The use cases by which a person changes something. Each change is recorded, with the person, in
//! the audit log of its community.
//!
//! The entry is written right after the change. Where the table does not accept the entry, the
//! change remains, and the entry is written to the process log instead, as an error.

use attendee_sync_domain::audit::{Actor, AuditAction, AuditEntry, changed_parts};
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId};
use attendee_sync_domain::plan::BlockChange;
use attendee_sync_domain::run::Run;
use serde_json::Value;

use crate::App;
use crate::error::Error;
use crate::events::configure::Configured;
use crate::events::named_secrets::Author;
use crate::events::upload::UploadedFile;
use crate::invitations::queue::{InvitationRequest, InvitationsRequested};
use crate::people::manual::{Erased, Granted};
use crate::ports::UploadedHead;
use crate::runs::start::{StartedRun, SyncScope};

/// How often writing an entry is attempted.
const TRIES: u32 = 3;

/// The use cases that change something, recorded under one actor.
#[derive(Clone, Copy)]
pub struct Audited<'a> {
    app: &'a App,
    by: &'a Actor,
}

impl App {
    /// Returns the use cases that change something, recorded under this actor.
    #[must_use]
    pub fn as_of<'a>(&'a self, by: &'a Actor) -> Audited<'a> {
        Audited { app: self, by }
    }
}

impl Audited<'_> {
    /// Checks a document of the owner's, stores it and records who did so.
    pub async fn configure(&self, document: &Value) -> Result<Configured, Error> {
        let configured = self.app.configure_as(document, self.by).await?;
        self.note_configured(&configured).await;
        Ok(configured)
    }

    /// Checks a document of any author and stores it in place of this version, or as the first one
    /// where there is no version. Fails with [`Error::Changed`] where another version is stored.
    pub async fn configure_version(
        &self,
        document: &Value,
        version: Option<u64>,
        author: Author,
    ) -> Result<Configured, Error> {
        let configured = self
            .app
            .configure_version(document, version, author, self.by)
            .await?;
        self.note_configured(&configured).await;
        Ok(configured)
    }

    async fn note_configured(&self, configured: &Configured) {
        let document = &configured.document;
        let event = document.event.clone();
        for secret in configured.secrets.clone() {
            let event = event.clone();
            let action = AuditAction::SecretSet { event, secret };
            self.note(&document.community, action).await;
        }
        let action = match &configured.replaced {
            None => AuditAction::ConfigurationCreated { event },
            Some(before) => AuditAction::ConfigurationSaved {
                event,
                parts: changed_parts(before, document),
            },
        };
        self.note(&document.community, action).await;
    }

    /// Deletes an event for good.
    pub async fn close_event(&self, event: &EventId, version: u64) -> Result<CommunityId, Error> {
        let community = self.app.close_event(event, version).await?;
        let event = event.clone();
        self.note(&community, AuditAction::ConfigurationDeleted { event })
            .await;
        Ok(community)
    }

    /// Puts an uploaded list in the place of the one before.
    pub async fn replace_uploaded_list(
        &self,
        event: &EventId,
        file: UploadedFile,
    ) -> Result<UploadedHead, Error> {
        let (document, head) = self.app.replace_uploaded_list(event, file).await?;
        let action = AuditAction::ListUploaded {
            event: event.clone(),
            bytes: head.bytes,
        };
        self.note(&document.community, action).await;
        Ok(head)
    }

    /// Opens a run; another call does its work.
    pub async fn begin(&self, event: &EventId, scope: SyncScope) -> Result<StartedRun, Error> {
        let started = self.app.begin(event, scope).await?;
        let run = started.id().clone();
        self.note_of_event(event, AuditAction::SyncStarted { run })
            .await;
        Ok(started)
    }

    /// Runs one sync from its opening to its end. Where an ended process left a run, it finishes
    /// what follows that run.
    pub async fn sync(&self, event: &EventId, scope: SyncScope) -> Result<Run, Error> {
        let started = Box::pin(self.begin_or_follow(event, scope)).await?;
        self.app.finish(started).await
    }

    /// Opens a run, or what follows one whose process ended. Only for a process that knows that it is the
    /// only one.
    pub async fn begin_or_follow(
        &self,
        event: &EventId,
        scope: SyncScope,
    ) -> Result<StartedRun, Error> {
        let started = Box::pin(self.app.begin_or_follow(event, scope)).await?;
        let run = started.id().clone();
        self.note_of_event(event, AuditAction::SyncStarted { run })
            .await;
        Ok(started)
    }

    /// Asks that a run stop.
    pub async fn stop(&self, id: &RunId) -> Result<(), Error> {
        self.app.stop(id).await?;
        let action = AuditAction::SyncStopped { run: id.clone() };
        self.note_of_event(&id.event, action).await;
        Ok(())
    }

    /// Opens a run whose work another process does. Returns the run's id.
    pub async fn order_sync(&self, event: &EventId, scope: SyncScope) -> Result<RunId, Error> {
        let run = Box::pin(self.app.order_sync(event, scope)).await?;
        self.note_of_event(event, AuditAction::SyncStarted { run: run.clone() })
            .await;
        Ok(run)
    }

    /// Approves the pending changes of a run; another process applies them.
    pub async fn order_approval(&self, id: &RunId) -> Result<RunId, Error> {
        let run = self.app.order_approval(id).await?;
        self.note_of_event(&id.event, AuditAction::RunApproved { run: run.clone() })
            .await;
        Ok(run)
    }

    /// Approves the pending changes of a run and opens the run that applies them.
    pub async fn begin_approval(&self, id: &RunId) -> Result<StartedRun, Error> {
        let started = self.app.begin_approval(id).await?;
        let action = AuditAction::RunApproved { run: id.clone() };
        self.note_of_event(&id.event, action).await;
        Ok(started)
    }

    /// Approves the pending changes of a run and applies all of them.
    pub async fn approve(&self, id: &RunId) -> Result<Run, Error> {
        let started = self.begin_approval(id).await?;
        self.app.finish(started).await
    }

    /// Discards the pending changes of a run.
    pub async fn discard(&self, id: &RunId) -> Result<Run, Error> {
        let run = self.app.discard(id).await?;
        let action = AuditAction::RunDiscarded { run: id.clone() };
        self.note_of_event(&id.event, action).await;
        Ok(run)
    }

    /// Queues invitations.
    pub async fn invite(
        &self,
        event: &EventId,
        whom: &InvitationRequest,
    ) -> Result<InvitationsRequested, Error> {
        let asked = self.app.invite(event, whom).await?;
        let action = AuditAction::InvitationsAsked {
            event: event.clone(),
            count: asked.queued,
        };
        self.note_of_event(event, action).await;
        Ok(asked)
    }

    /// Releases the invitations of a community that have been held since a backup was restored.
    /// Returns whether they were held.
    pub async fn release_invitations(&self, community: &CommunityId) -> Result<bool, Error> {
        let Some(restore) = self.app.release_invitations(community).await? else {
            return Ok(false);
        };
        let made = restore.backup_made;
        self.note(community, AuditAction::InvitationsReleased { made })
            .await;
        Ok(true)
    }

    /// Adds a user to a group by hand.
    pub async fn grant(
        &self,
        community: &CommunityId,
        group: &GroupName,
        email: &EmailAddress,
    ) -> Result<Granted, Error> {
        let granted = self.app.grant(community, group, email).await?;
        if granted.changed {
            let (person, group) = (self.person(community, email).await?, granted.group.clone());
            self.note(community, AuditAction::GroupGranted { person, group })
                .await;
        }
        Ok(granted)
    }

    /// Removes a user's membership in a group that was granted by hand.
    pub async fn revoke(
        &self,
        community: &CommunityId,
        group: &GroupName,
        email: &EmailAddress,
    ) -> Result<Granted, Error> {
        let granted = self.app.revoke(community, group, email).await?;
        if granted.changed {
            let (person, group) = (self.person(community, email).await?, granted.group.clone());
            self.note(community, AuditAction::GroupRevoked { person, group })
                .await;
        }
        Ok(granted)
    }

    /// Blocks an attendee of an event by hand, or lets their records count again.
    pub async fn set_blocked(
        &self,
        event: &EventId,
        email: &EmailAddress,
        bar: BlockChange,
    ) -> Result<bool, Error> {
        let changed = self.app.set_blocked(event, email, bar).await?;
        if changed {
            let community = self.app.document(event).await?.community;
            let (event, person) = (event.clone(), self.person(&community, email).await?);
            let action = match bar {
                BlockChange::Put => AuditAction::AttendeeBarred { event, person },
                BlockChange::Lifted => AuditAction::BarLifted { event, person },
            };
            self.note(&community, action).await;
        }
        Ok(changed)
    }

    /// Erases the person with this address from the whole community.
    pub async fn erase_user(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
    ) -> Result<Erased, Error> {
        let erased = self.app.erase_user(community, email).await?;
        if erased != Erased::Already {
            let person = self.person(community, email).await?;
            self.note(community, AuditAction::UserErased { person })
                .await;
        }
        Ok(erased)
    }

    /// Puts an address on the suppression list.
    pub async fn suppress_address(
        &self,
        community: &CommunityId,
        address: &EmailAddress,
    ) -> Result<(), Error> {
        self.app.suppress_address(community, address).await?;
        let person = self.person(community, address).await?;
        self.note(community, AuditAction::SuppressionAdded { person })
            .await;
        Ok(())
    }

    /// Takes an address off the suppression list.
    pub async fn lift_suppression(
        &self,
        community: &CommunityId,
        address: &EmailAddress,
    ) -> Result<(), Error> {
        let person = self.person(community, address).await?;
        self.lift_suppression_of(community, person).await
    }

    /// Takes a person off the suppression list whose address may be unknown.
    pub async fn lift_suppression_of(
        &self,
        community: &CommunityId,
        person: PersonId,
    ) -> Result<(), Error> {
        let community = self.app.known_community(community).await?;
        let store = &self.app.parts.store;
        store.lift_suppression(&community.id, person).await?;
        self.note(&community.id, AuditAction::SuppressionLifted { person })
            .await;
        Ok(())
    }

    async fn person(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
    ) -> Result<PersonId, Error> {
        self.app.person_id(community, email).await
    }

    /// Writes an entry into the log of an event's community; a failure is no failure of what was done.
    pub(crate) async fn note_of_event(&self, event: &EventId, action: AuditAction) {
        match self.app.document(event).await {
            Ok(document) => self.note(&document.community, action).await,
            Err(error) => unrecorded(&self.entry(action), &with_causes(&error)),
        }
    }

    /// Writes an entry. A failure is logged and does not undo what was done.
    pub(crate) async fn note(&self, community: &CommunityId, action: AuditAction) {
        let note = (community.clone(), self.entry(action));
        let mut tries = 1;
        while let Err(error) = self.app.parts.store.record(&note).await {
            if tries == TRIES {
                return unrecorded(&note.1, &with_causes(&Error::Store(error)));
            }
            tries += 1;
        }
    }

    /// Returns an entry for an action that this actor does now.
    pub(crate) fn entry(&self, action: AuditAction) -> AuditEntry {
        AuditEntry {
            at: self.app.parts.clock.now(),
            by: self.by.clone(),
            action,
        }
    }

    pub(crate) fn app(&self) -> &App {
        self.app
    }

    pub(crate) fn by(&self) -> &Actor {
        self.by
    }
}

/// Writes an entry that the table did not accept to the process log.
pub(crate) fn unrecorded(entry: &AuditEntry, error: &str) {
    let entry = serde_json::to_string(entry).unwrap_or_default();
    tracing::error!(entry, error, "what somebody did is not in the audit log");
}
