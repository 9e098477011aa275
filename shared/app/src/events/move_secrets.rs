//! Moves credentials that an earlier version stored by name alone to the events whose documents
//! name them. The move may be interrupted anywhere and continues from there.

use std::time::Duration;

use attendee_sync_domain::config::{SecretName, SecretOwner};
use attendee_sync_domain::ids::CommunityId;
use tokio::time::Instant;

use crate::App;
use crate::error::Error;
use crate::ports::{CommunityCount, FormerSecrets, MoveStage};

/// Events handled before the progress of the move is saved.
const PAGE: usize = 20;

/// The result of a move of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretsMoved {
    /// How many credentials have been copied.
    pub copied: u64,
    /// Whether nothing is left to be moved.
    pub done: bool,
}

impl App {
    /// Moves credentials until `time` is over or all are moved. Returns what it did, or `None`
    /// where all had been moved before.
    pub async fn move_secrets(
        &self,
        former: &dyn FormerSecrets,
        time: Duration,
    ) -> Result<Option<SecretsMoved>, Error> {
        let mut stage = former.stage().await?;
        if stage == MoveStage::Done {
            return Ok(None);
        }
        let end = Instant::now() + time;
        let mut communities = self.parts.store.communities().await?;
        communities.sort();
        let count = self.communities_with_secrets(&communities).await?;
        let mut copied = 0;
        while stage != MoveStage::Done && Instant::now() < end {
            stage = match stage {
                MoveStage::Copying(after) => {
                    let page = self.owners_after(&communities, after.as_ref()).await?;
                    let names = self.names_of(&page).await?;
                    copied += former.copy(&names, count).await?;
                    match page.into_iter().last() {
                        Some(last) => MoveStage::Copying(Some(last)),
                        None => MoveStage::Deleting(None),
                    }
                }
                MoveStage::Deleting(after) => {
                    let page = self.owners_after(&communities, after.as_ref()).await?;
                    former.delete(&self.names_of(&page).await?).await?;
                    match page.into_iter().last() {
                        Some(last) => MoveStage::Deleting(Some(last)),
                        None => MoveStage::Done,
                    }
                }
                MoveStage::Done => MoveStage::Done,
            };
            former.reach(&stage).await?;
        }
        Ok(Some(SecretsMoved {
            copied,
            done: stage == MoveStage::Done,
        }))
    }

    /// Returns whether more than one community has an event that names a secret. Reads no further
    /// than it needs to know that.
    async fn communities_with_secrets(
        &self,
        communities: &[CommunityId],
    ) -> Result<CommunityCount, Error> {
        let mut known = None;
        for community in communities {
            for event in self.parts.store.events(community).await? {
                let owner = SecretOwner {
                    community: community.clone(),
                    event,
                };
                if self.names_of(&[owner]).await?.is_empty() {
                    continue;
                }
                if known.is_some() {
                    return Ok(CommunityCount::Several);
                }
                known = Some(community);
                break;
            }
        }
        Ok(CommunityCount::OneAtMost)
    }

    /// Returns the next events after `after`, at most one page of them.
    async fn owners_after(
        &self,
        communities: &[CommunityId],
        after: Option<&SecretOwner>,
    ) -> Result<Vec<SecretOwner>, Error> {
        let mut page = Vec::new();
        let is_due = |id: &&CommunityId| after.is_none_or(|after| **id >= after.community);
        for community in communities.iter().filter(is_due) {
            let mut events = self.parts.store.events(community).await?;
            events.sort();
            let owners = events.into_iter().map(|event| SecretOwner {
                community: community.clone(),
                event,
            });
            let left = PAGE - page.len();
            let next = owners.filter(|owner| after.is_none_or(|after| owner > after));
            page.extend(next.take(left));
            if page.len() == PAGE {
                break;
            }
        }
        Ok(page)
    }

    /// The secrets that the documents of these events name.
    async fn names_of(&self, owners: &[SecretOwner]) -> Result<Vec<SecretName>, Error> {
        let mut names = Vec::new();
        for owner in owners {
            let stored = self.parts.store.event(&owner.event).await?;
            let document = stored.map(|stored| stored.value);
            let ours = document.filter(|document| document.community == owner.community);
            names.extend(ours.and_then(|document| document.named_secret().cloned()));
        }
        Ok(names)
    }
}
