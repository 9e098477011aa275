//! What people set in place of a sync, with an entry in the audit log.

use attendee_sync_domain::audit::AuditAction;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::hand::{HandEdit, HandField, HandScope, ImportId};
use attendee_sync_domain::ids::{EventId, PersonId};

use crate::audited::Audited;
use crate::error::Error;
use crate::list_file::ListTable;
use crate::people::attendee_list::AttendeeView;
use crate::people::hand_edit::{ProfileChanges, PutOutcome};
use crate::people::import::{ImportColumns, ImportPart, ImportReport};

impl Audited<'_> {
    /// Adds somebody to an event by hand, or edits who attends.
    pub async fn put_by_hand(
        &self,
        event: &EventId,
        email: &EmailAddress,
        edit: &HandEdit,
        scope: HandScope,
    ) -> Result<PutOutcome, Error> {
        let outcome = self.app().put_by_hand(event, email, edit, scope).await?;
        if outcome == PutOutcome::Unchanged {
            return Ok(outcome);
        }
        let person = self.person_in(event, email).await?;
        let (here, event) = (event, event.clone());
        let action = if outcome == PutOutcome::Added {
            AuditAction::AttendeeAddedByHand { event, person }
        } else {
            let groups = edit.groups.iter().map(|_| HandField::Groups);
            let fields = edit.profile.keys().copied().map(HandField::Profile);
            AuditAction::AttendeeEditedByHand {
                event,
                person,
                fields: fields.chain(groups).collect(),
            }
        };
        self.note_of_event(here, action).await;
        Ok(outcome)
    }

    /// Removes somebody from an event by hand.
    pub async fn remove_by_hand(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<bool, Error> {
        let changed = self.app().remove_by_hand(event, email).await?;
        if changed {
            let action = AuditAction::AttendeeRemovedByHand {
                person: self.person_in(event, email).await?,
                event: event.clone(),
            };
            self.note_of_event(event, action).await;
        }
        Ok(changed)
    }

    /// Lets something that was set by hand follow the sync again.
    pub async fn release_by_hand(
        &self,
        event: &EventId,
        email: &EmailAddress,
        field: HandField,
    ) -> Result<bool, Error> {
        let changed = self.app().release_by_hand(event, email, field).await?;
        if changed {
            let action = AuditAction::ByHandReleased {
                person: self.person_in(event, email).await?,
                event: event.clone(),
                field,
            };
            self.note_of_event(event, action).await;
        }
        Ok(changed)
    }

    /// Changes somebody's profile because they edited it in the app; gives them as they are then.
    pub async fn edit_own_profile(
        &self,
        event: &EventId,
        email: &EmailAddress,
        changes: &ProfileChanges,
    ) -> Result<AttendeeView, Error> {
        let fields = self.app().edit_own_profile(event, email, changes).await?;
        if !fields.is_empty() {
            let action = AuditAction::ProfileEditedInApp {
                person: self.person_in(event, email).await?,
                event: event.clone(),
                fields,
            };
            self.note_of_event(event, action).await;
        }
        self.app().attendee(event, email).await
    }

    /// Adds and edits the people of a list by hand.
    pub async fn import_list(
        &self,
        event: &EventId,
        table: &ListTable,
        columns: &ImportColumns,
        part: ImportPart,
    ) -> Result<ImportReport, Error> {
        let importing = self.app().import_list(event, table, columns, part);
        let report = importing.await?;
        if let Some(import) = &report.import
            && report.added + report.changed > 0
        {
            let action = AuditAction::ListImported {
                event: event.clone(),
                import: import.clone(),
                added: report.added,
                changed: report.changed,
            };
            self.note_of_event(event, action).await;
        }
        Ok(report)
    }

    /// Releases what an import set.
    pub async fn undo_import(&self, event: &EventId, import: &ImportId) -> Result<u64, Error> {
        let people = self.app().undo_import(event, import).await?;
        if people > 0 {
            let action = AuditAction::ImportUndone {
                event: event.clone(),
                import: import.clone(),
                people,
            };
            self.note_of_event(event, action).await;
        }
        Ok(people)
    }

    async fn person_in(&self, event: &EventId, email: &EmailAddress) -> Result<PersonId, Error> {
        let community = self.app().document(event).await?.community;
        self.app().person_id(&community, email).await
    }
}
