//! Adopting a table that is a copy: one that was restored to a point in time, or from a backup, under another name.
//!
//! A table keeps its own name, and when it was last seen under it. A copy keeps those of what it was copied from; that
//! is how it is known. Until it is adopted, no invitation goes out. Whoever was erased after the copy's point in time
//! is erased again, by the list that is kept beside the table.

use std::collections::BTreeSet;

use attendee_sync_domain::audit::{Actor, AuditAction};
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::people::UserState;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::time::Instant;

use crate::App;
use crate::error::Error;
use crate::people::manual::Erased;
use crate::ports::{ERASURES_KEPT_DAYS, RestoredBackup, TableMark};

/// People looked up together.
const TOGETHER: usize = 100;
/// Entries of audit logs written at the same time.
const NOTED_AT_ONCE: usize = 16;
/// How far the clocks of two functions may differ.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// What became of a table that was a copy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct AdoptedTable {
    /// The name of the table that it is a copy of, where it says so.
    pub copy_of: Option<String>,
    /// People who were erased after the copy's point in time, and were erased again now.
    pub erased_again: u64,
    /// Invitations that were being sent at that time: they may have gone out.
    pub in_doubt: u64,
    /// Whether all of it is done. Until then, invitations wait, and the next upkeep continues.
    pub is_complete: bool,
}

impl App {
    /// The restore since which a community's invitations are held, also where the table is a copy that is not adopted
    /// yet.
    pub(crate) async fn invitation_hold(
        &self,
        community: &CommunityId,
    ) -> Result<Option<RestoredBackup>, Error> {
        if let Some(mark) = self.mark_of_copy().await? {
            return Ok(Some(RestoredBackup {
                restored: mark.seen,
                backup_made: mark.seen,
            }));
        }
        Ok(self.parts.store.invitation_hold(community).await?)
    }

    /// The mark of the table, where it is a copy that is not adopted yet. A table that was given to a new installation
    /// and has no mark is as old as an erasure can be.
    pub(crate) async fn mark_of_copy(&self) -> Result<Option<TableMark>, Error> {
        let Some(table) = &self.parts.table else {
            return Ok(None);
        };
        match self.parts.store.table_mark().await? {
            Some(mark) => Ok(Some(mark).filter(|mark| mark.name != table.name)),
            None if table.is_given => {
                let kept = SignedDuration::from_hours(24 * ERASURES_KEPT_DAYS);
                let now = self.parts.clock.now();
                let seen = now.checked_sub(kept).unwrap_or(Timestamp::MIN);
                let name = String::new();
                Ok(Some(TableMark { name, seen }))
            }
            None => Ok(None),
        }
    }

    /// Makes a copy fit for use, until the time is over; `None` where the table is no copy, which then is marked as seen.
    /// Asked again, it continues.
    pub(crate) async fn adopt_table(&self, until: Instant) -> Result<Option<AdoptedTable>, Error> {
        let Some(table) = &self.parts.table else {
            return Ok(None);
        };
        let now = self.parts.clock.now();
        let own = TableMark {
            name: table.name.clone(),
            seen: now,
        };
        let Some(mark) = self.mark_of_copy().await? else {
            self.parts.store.put_table_mark(&own).await?;
            return Ok(None);
        };
        let mut adopted = AdoptedTable {
            copy_of: Some(mark.name).filter(|name| !name.is_empty()),
            in_doubt: self.mark_abandoned_unknown().await?,
            ..AdoptedTable::default()
        };
        let since = mark.seen.checked_sub(CLOCKS_DIFFER).unwrap_or(mark.seen);
        let communities = self.parts.store.communities().await?;
        for community in &communities {
            if !self
                .erase_again(community, since, until, &mut adopted)
                .await?
            {
                return Ok(Some(adopted));
            }
            // Those that were not finished at the copy's point in time.
            self.finish_erasures(community).await?;
        }
        let made = mark.seen;
        let owner = Actor::Owner;
        let audited = self.as_of(&owner);
        for some in communities.chunks(NOTED_AT_ONCE) {
            let mut notes = Vec::new();
            for community in some {
                notes.push(audited.note(community, AuditAction::BackupRestored { made }));
            }
            join_all(notes).await;
        }
        let restore = RestoredBackup {
            restored: now,
            backup_made: made,
        };
        self.parts.store.note_restore(&restore).await?;
        // Last: with it the copy is adopted.
        self.parts.store.put_table_mark(&own).await?;
        adopted.is_complete = true;
        tracing::warn!(
            erased_again = adopted.erased_again,
            in_doubt = adopted.in_doubt,
            "the table is a copy and was adopted; invitations are held until a person releases them"
        );
        Ok(Some(adopted))
    }

    /// Erases whoever of a community was erased since then; false where the time was over before.
    async fn erase_again(
        &self,
        community: &CommunityId,
        since: Timestamp,
        until: Instant,
        adopted: &mut AdoptedTable,
    ) -> Result<bool, Error> {
        let Some(list) = &self.parts.erasure_list else {
            return Ok(true);
        };
        let listed = list.of_community(community).await?;
        let people: BTreeSet<PersonId> = listed
            .into_iter()
            .filter(|erased| erased.at >= since)
            .map(|erased| erased.person)
            .collect();
        let people: Vec<PersonId> = people.into_iter().collect();
        for some in people.chunks(TOGETHER) {
            let users = self.parts.store.users(community, some).await?;
            let is_erased = |person: &PersonId| {
                let mut found = users.iter().filter(|(known, _)| known == person);
                found.any(|(_, user)| matches!(user, UserState::Erased(_)))
            };
            for person in some.iter().filter(|person| !is_erased(person)) {
                if Instant::now() >= until {
                    return Ok(false);
                }
                let outcome = self.erase_person(community, *person).await?;
                adopted.erased_again += u64::from(outcome == Erased::Now);
            }
        }
        Ok(true)
    }
}
