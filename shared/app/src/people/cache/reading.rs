//! Loads the index of lists from the table, and decides when it is too old.

use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::people::UserState;
use jiff::{SignedDuration, Timestamp};

use super::{Attendance, CacheHold, IndexPart};
use crate::App;
use crate::error::Error;

/// People read at a time.
const PAGE: usize = 1_000;
/// The maximum age of the index where other processes write too: changes by hand leave no run mark.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(3);

impl App {
    /// Loads the index of lists in advance, so that no request waits for it; only as much as fits
    /// into memory.
    pub async fn warm(&self) -> Result<(), Error> {
        let mut held = Vec::new();
        for community in self.parts.store.communities().await? {
            held.push(self.index_users(&community, None).await?);
            for event in self.parts.store.events(&community).await? {
                if self.index.is_over_limit() {
                    tracing::info!(
                        "not all lists fit into memory; the others are read when they are asked for"
                    );
                    return Ok(());
                }
                held.push(self.index_attendees(&event).await?);
            }
        }
        Ok(())
    }

    /// Limits the memory of the index of lists to about this many bytes; the default is 256 MiB.
    /// Parts in use may exceed the limit.
    pub fn limit_list_memory(&self, bytes: usize) {
        self.index.limit(bytes);
    }

    /// Returns the approximate size of the index of lists in bytes.
    #[must_use]
    pub fn list_memory(&self) -> usize {
        self.index.bytes()
    }

    /// Makes sure that a community's users are in the index, as they are after the last run of this
    /// event where one is named. They stay there while the returned hold exists.
    pub(crate) async fn index_users(
        &self,
        community: &CommunityId,
        event: Option<&EventId>,
    ) -> Result<CacheHold<'_>, Error> {
        let hold = self.index.hold(IndexPart::Users(community.clone()));
        let known = &self.index.users;
        let since = self.current_since(event).await?;
        if known.is_whole(community, since) {
            return Ok(hold);
        }
        let _turn = known.turn.lock().await;
        if known.is_whole(community, since) {
            return Ok(hold);
        }
        let mut after = known.begin(community, since, self.parts.clock.now());
        loop {
            let page = self.parts.store.user_page(community, after, PAGE).await?;
            after = page.last().map(|(person, _)| *person);
            let is_last = page.len() < PAGE;
            let users = page.iter().filter_map(|(person, state)| match state {
                UserState::User(user) => Some((*person, self.index.person(user))),
                UserState::Erased(_) => None,
            });
            known.fill(community, users, after);
            if is_last {
                known.end(community);
                return Ok(hold);
            }
        }
    }

    /// The same for an event's attendees.
    pub(crate) async fn index_attendees(&self, event: &EventId) -> Result<CacheHold<'_>, Error> {
        let hold = self.index.hold(IndexPart::Attendees(event.clone()));
        let known = &self.index.attendees;
        let since = self.current_since(Some(event)).await?;
        if known.is_whole(event, since) {
            return Ok(hold);
        }
        let _turn = known.turn.lock().await;
        if known.is_whole(event, since) {
            return Ok(hold);
        }
        let mut after = known.begin(event, since, self.parts.clock.now());
        loop {
            let page = self.parts.store.attendees(event, after, PAGE).await?;
            after = page.last().map(|(person, _)| *person);
            let is_last = page.len() < PAGE;
            let rows = page
                .iter()
                .map(|(person, one)| (*person, Attendance::of(one)));
            known.fill(event, rows, after);
            if is_last {
                known.end(event);
                return Ok(hold);
            }
        }
    }

    /// Returns the time before which an index may lack writes of other processes. Where this
    /// process is the only one, an index lacks nothing.
    async fn current_since(&self, event: Option<&EventId>) -> Result<Timestamp, Error> {
        if self.parts.cloud.is_none() {
            return Ok(Timestamp::MIN);
        }
        let now = self.parts.clock.now();
        let oldest = now.saturating_sub(MAX_AGE).unwrap_or(now);
        let Some(event) = event else {
            return Ok(oldest);
        };
        let mark = self.parts.store.run_mark(event).await?;
        let mut marks = self.index.lock_marks();
        let seen = marks.entry(event.clone()).or_insert((mark, now));
        if seen.0 != mark {
            *seen = (mark, now);
        }
        Ok(seen.1.max(oldest))
    }
}
