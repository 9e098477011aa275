//! Reads groups and runs for lists.

use attendee_sync_domain::group::{Group, GroupKey, GroupName, GroupOptions};
use attendee_sync_domain::ids::{CommunityId, EventId, RunId, RunNumber};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::run::{Change, Run};

use crate::App;
use crate::error::Error;

/// A group, as lists show it.
#[derive(Debug, Clone, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct GroupView {
    /// Its identity.
    pub group: GroupKey,
    /// Its first spelling.
    pub name: GroupName,
    /// How many members it has.
    pub members: u64,
    /// What a person set about it.
    pub options: GroupOptions,
}

impl App {
    /// A community's groups with their sizes, by name.
    pub async fn groups(&self, community: &CommunityId) -> Result<Vec<GroupView>, Error> {
        if self.parts.store.community(community).await?.is_none() {
            return Err(Error::NoCommunity(community.clone()));
        }
        let groups = self.parts.store.groups(community).await?;
        let keys: Vec<GroupKey> = groups.iter().map(|group| group.key.clone()).collect();
        let sizes = self.parts.store.group_sizes(community, &keys).await?;
        let options = self.group_options(community).await?;
        let view = |group: Group| GroupView {
            options: options.of(&group.key),
            members: sizes.get(&group.key).copied().unwrap_or(0),
            group: group.key,
            name: group.name,
        };
        Ok(groups.into_iter().map(view).collect())
    }

    /// An event's runs, newest first.
    pub async fn runs(
        &self,
        event: &EventId,
        before: Option<RunNumber>,
        limit: usize,
    ) -> Result<Vec<Run>, Error> {
        self.document(event).await?;
        Ok(self.parts.store.runs(event, before, limit).await?)
    }

    /// Returns one run.
    pub async fn run(&self, id: &RunId) -> Result<Run, Error> {
        self.parts
            .store
            .run(id)
            .await?
            .ok_or_else(|| Error::NoRun(id.clone()))
    }

    /// A page of a run's changes, with the cursor of the next.
    pub async fn changes(
        &self,
        run: &RunId,
        cursor: Option<String>,
    ) -> Result<(Vec<Change>, Option<String>), Error> {
        self.run(run).await?;
        Ok(self.parts.store.changes(run, cursor).await?)
    }

    /// Returns a run's issues of records, by position.
    pub async fn issues(&self, run: &RunId) -> Result<Vec<Issue>, Error> {
        self.run(run).await?;
        Ok(self.parts.store.issues(run).await?)
    }
}
