//! What keeps an erased person from being read in what waits for somebody's form.
//!
//! Drafts (words that were looked for, fields that a test of a source found, sample invitations) may
//! name people, and nobody can tell whom: they are sealed under handles that only browsers have. So
//! each is sealed with a secret of its community, too. An erasure deletes that secret, and with it
//! every draft that was begun before becomes unreadable for good, whoever has its handle. The sealed
//! bytes themselves go when their time is over.

use attendee_sync_domain::ids::CommunityId;
use jiff::SignedDuration;
use rand::RngExt;

use crate::App;
use crate::error::Error;

/// How long a community's secret lasts where nobody is erased; then drafts of the last hour are lost.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 365);

/// What the drafts of a community are sealed with, beside what their handles say.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftSecret(pub [u8; 32]);

impl App {
    /// The secret that drafts of a community are sealed with since its last erasure; makes one where
    /// there is none. It is to be asked for before anything is read that goes into the draft, so that
    /// an erasure in between makes the draft unreadable.
    ///
    /// Two processes that make one at the same time may leave the first draft of one of them
    /// unreadable; whoever waits for it types it again.
    pub async fn new_draft_secret(&self, community: &CommunityId) -> Result<DraftSecret, Error> {
        if let Some(secret) = self.draft_secret(community).await? {
            return Ok(secret);
        }
        let secret: [u8; 32] = rand::rng().random();
        let now = self.parts.clock.now();
        let until = now.saturating_add(LASTS).unwrap_or(now);
        self.parts
            .store
            .put_draft_secret(community, &secret, until)
            .await?;
        let stored = self.draft_secret(community).await?;
        Ok(stored.unwrap_or(DraftSecret(secret)))
    }

    /// The same, where there is one: without it no draft of the community can be read.
    pub async fn draft_secret(
        &self,
        community: &CommunityId,
    ) -> Result<Option<DraftSecret>, Error> {
        let now = self.parts.clock.now();
        let bytes = self.parts.store.draft_secret(community, now).await?;
        Ok(bytes.and_then(|bytes| Some(DraftSecret(bytes.try_into().ok()?))))
    }

    /// Makes every draft of a community unreadable that was begun until now.
    pub(crate) async fn shred_drafts(&self, community: &CommunityId) -> Result<(), Error> {
        Ok(self.parts.store.delete_draft_secret(community).await?)
    }
}
