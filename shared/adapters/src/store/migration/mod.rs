//! Migrates from the form of the previous version to this one: first the members of groups, then
//! the state of each event's runs, and the notes that were stored beside configurations, where runs
//! may not write any more.
//!
//! The item `FORMAT` of a community says how far it is migrated. Every step may be done twice, even
//! by two processes at the same time, and the next attempt completes an interrupted one.

mod event;
mod format;
mod former_keys;
mod notes;

use async_trait::async_trait;
use attendee_sync_app::ports::{Communities as _, Migration, Migrator, StoreError};
use attendee_sync_domain::ids::CommunityId;
use jiff::{SignedDuration, Timestamp};

use super::{TableStore, memberships};
use crate::table::WriteAction;

pub(in crate::store) use format::{CommunityFormat, advance, format, format_of_new};
pub(in crate::store) use former_keys::INTENTS;

/// How long processes of the previous version may still run after one of this version has started:
/// a function runs for at most 15 minutes (AWS Lambda, "Quotas").
const FORMER_PROCESSES: SignedDuration = SignedDuration::from_hours(1);

#[async_trait]
impl Migration for TableStore {
    async fn bring_over(
        &self,
        community: &CommunityId,
        by: Migrator,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let begun = format(self, community).await?;
        if begun == Some(CommunityFormat::Current) {
            return Ok(());
        }
        if begun < Some(CommunityFormat::Clean) {
            memberships::migrate(self, community, by, now).await?;
        }
        notes::move_notes(self, community, by).await?;
        if by == Migrator::Run {
            return Ok(());
        }
        let reached = format(self, community).await?;
        match reached {
            // Another process has the members of groups in hand.
            None | Some(CommunityFormat::Packed | CommunityFormat::Current) => return Ok(()),
            Some(CommunityFormat::BroughtOver { at })
                if now.duration_since(at) < FORMER_PROCESSES =>
            {
                return Ok(());
            }
            Some(CommunityFormat::Clean | CommunityFormat::BroughtOver { .. }) => {}
        }
        let events = self.events(community).await?;
        event::migrate_events(self, &events, by, now).await?;
        let drafts = former_keys::draft_secret(community);
        self.table.write(WriteAction::delete(drafts)).await?;
        let is_through = by == Migrator::OnlyProcess || reached > Some(CommunityFormat::Clean);
        let next = if is_through {
            CommunityFormat::Current
        } else {
            CommunityFormat::BroughtOver { at: now }
        };
        advance(self, community, reached, next).await
    }
}
