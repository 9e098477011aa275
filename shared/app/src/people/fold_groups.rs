//! Folds the journal of group memberships, so that reading members stays fast.

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::CommunityId;
use attendee_sync_domain::memberships::FoldThreshold;
use attendee_sync_domain::run::Counts;

use crate::App;

impl App {
    /// Folds the journal of a community's memberships where it is long. Where that fails, readers read a longer
    /// journal until the next time, and no more.
    pub(crate) async fn fold_memberships(&self, community: &CommunityId) {
        let now = self.parts.clock.now();
        let folding = self
            .parts
            .store
            .fold_memberships(community, FoldThreshold::STANDARD, now);
        if let Err(error) = folding.await {
            let error = with_causes(&error);
            tracing::warn!(%community, error, "the memberships were not folded");
        }
    }

    /// Does the same at the end of a run that changed somebody; any other run added nothing to the journal.
    pub(crate) async fn fold_memberships_after(&self, community: &CommunityId, counts: &Counts) {
        let changed = [
            counts.added,
            counts.updated,
            counts.removed,
            counts.erased,
            counts.missing_removed,
            counts.moved,
        ];
        if changed.iter().any(|people| *people > 0) {
            self.fold_memberships(community).await;
        }
    }
}
