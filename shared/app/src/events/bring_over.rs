//! Migrates what the previous version stored to the form of this version, where several processes
//! share the table. On one machine this is done at the start, before anything else.

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::CommunityId;

use crate::App;
use crate::error::Error;
use crate::ports::Migrator;

impl App {
    /// Migrates a community at the start of a run, as far as a run may. Where that fails, both
    /// forms are read until the next run.
    pub(crate) async fn bring_over(&self, community: &CommunityId) {
        let now = self.parts.clock.now();
        let brought = self.parts.store.bring_over(community, Migrator::Run, now);
        if let Err(error) = brought.await {
            let error = with_causes(&error);
            tracing::warn!(%community, error, "what the version before stored was not brought over");
        }
    }

    /// Migrates all communities. For a process that may write configurations while other processes
    /// work.
    pub async fn bring_all_over(&self) -> Result<(), Error> {
        for community in self.parts.store.communities().await? {
            let now = self.parts.clock.now();
            let by = Migrator::Console;
            self.parts.store.bring_over(&community, by, now).await?;
        }
        Ok(())
    }
}
