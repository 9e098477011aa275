//! Makes form drafts unreadable that may name an erased person.
//!
//! Drafts (search words, fields that a test of a source found, sample invitations) may name people,
//! and nobody can tell whom: they are sealed under handles that only browsers have. So each is also
//! sealed with a secret of its community. An erasure deletes that secret, and with it every older
//! draft becomes unreadable for good, even for those who have its handle. The sealed bytes
//! themselves are deleted when they expire.

use attendee_sync_domain::ids::CommunityId;
use jiff::SignedDuration;
use rand::RngExt;

use crate::App;
use crate::error::Error;

/// How long a community's secret lasts where nobody is erased; then drafts of the last hour are lost.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 365);

/// The secret of a community with which its drafts are sealed, in addition to their handles.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftSecret(pub [u8; 32]);

impl App {
    /// Returns the secret with which a community's drafts have been sealed since its last erasure;
    /// creates one where there is none. A caller must get it before it reads anything that goes
    /// into the draft, so that an erasure in between makes the draft unreadable.
    ///
    /// Two processes that create one at the same time may leave the first draft of one of them
    /// unreadable; the person has to type it again.
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

    /// Returns the same secret, or `None` where there is none: then no draft of the community can
    /// be read.
    pub async fn draft_secret(
        &self,
        community: &CommunityId,
    ) -> Result<Option<DraftSecret>, Error> {
        let now = self.parts.clock.now();
        let bytes = self.parts.store.draft_secret(community, now).await?;
        Ok(bytes.and_then(|bytes| Some(DraftSecret(bytes.try_into().ok()?))))
    }

    /// Makes every existing draft of a community unreadable.
    pub(crate) async fn shred_drafts(&self, community: &CommunityId) -> Result<(), Error> {
        Ok(self.parts.store.delete_draft_secret(community).await?)
    }
}
