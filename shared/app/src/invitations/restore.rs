//! Prepares a table that came from a backup before anything is served or synced: invitations are
//! held, mails that were being sent are marked unknown, and people who were erased since are erased
//! again.

use attendee_sync_domain::audit::{Actor, AuditAction};
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::people::Versioned;

use crate::App;
use crate::error::Error;
use crate::invitations::dispatch::DeliveryFailure;
use crate::people::manual::Erased;
use crate::ports::{ErasedPerson, InvitationBatch, InvitationBatchState, RestoredBackup};

/// What was done to a restored table.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct AfterRestore {
    /// People who were erased after the backup was made, and are erased again.
    pub erased_again: u64,
    /// Invitations that were being sent when the backup was made and may have been sent.
    pub in_doubt: u64,
}

impl App {
    /// Prepares a restored table for use. May only be called by a process that knows that it is the
    /// only one; calling it again has the same effect.
    pub async fn settle_restore(
        &self,
        restore: &RestoredBackup,
        erased_since: &[ErasedPerson],
    ) -> Result<AfterRestore, Error> {
        self.parts.store.note_restore(restore).await?;
        let mut done = AfterRestore {
            in_doubt: self.mark_abandoned_unknown().await?,
            erased_again: 0,
        };
        let communities = self.parts.store.communities().await?;
        for erased in erased_since {
            // A community that was created after the backup has no people in the table.
            if !communities.contains(&erased.community) {
                continue;
            }
            let outcome = self.erase_person(&erased.community, erased.person).await?;
            done.erased_again += u64::from(outcome == Erased::Now);
        }
        for community in communities {
            // Finishes erasures that were not finished when the backup was made.
            self.finish_erasures(&community).await?;
            let made = restore.backup_made;
            self.as_of(&Actor::Owner)
                .note(&community, AuditAction::BackupRestored { made })
                .await;
        }
        Ok(done)
    }

    /// Releases the invitations of a community that have been held since a backup was restored.
    /// Returns that restore; `None` where they were not held.
    pub(crate) async fn release_invitations(
        &self,
        community: &CommunityId,
    ) -> Result<Option<RestoredBackup>, Error> {
        self.known_community(community).await?;
        if self.mark_of_copy().await?.is_some() {
            return Err(Error::TableNotAdopted);
        }
        let Some(restore) = self.parts.store.invitation_hold(community).await? else {
            return Ok(None);
        };
        self.parts
            .store
            .release_invitations(community, &restore)
            .await?;
        for event in self.parts.store.events(community).await? {
            self.request_dispatch(&event).await;
        }
        Ok(Some(restore))
    }

    /// Returns the restore because of which these invitation batches are held even where their
    /// state is released.
    pub(crate) async fn hold_of_batches(
        &self,
        event: &EventId,
        invitation_batches: &[Versioned<InvitationBatch>],
    ) -> Result<Option<RestoredBackup>, Error> {
        let is_released = |invitation_batch: &Versioned<InvitationBatch>| {
            invitation_batch.value.state == InvitationBatchState::Released
        };
        if !invitation_batches.iter().any(is_released) {
            return Ok(None);
        }
        let community = self.document(event).await?.community;
        self.invitation_hold(&community).await
    }
}

/// Returns the failure of invitations that wait because a backup was restored.
pub(crate) fn held_since_restore(restore: &RestoredBackup) -> DeliveryFailure {
    DeliveryFailure::of_event(format!(
        "the backup of {} was restored, and it is unknown who was invited after it was made; queued \
         invitations are kept until a person releases them",
        restore.backup_made
    ))
}
