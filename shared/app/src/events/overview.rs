//! Overviews: communities, their events, and the newest run of each event.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::people::Versioned;
use attendee_sync_domain::run::Run;
use attendee_sync_domain::schedule::Due;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::App;
use crate::error::Error;

/// Events that are read at the same time.
const CONCURRENT_READS: usize = 8;

/// An event, as lists show it.
#[derive(Debug, Clone)]
pub struct EventView {
    /// The community whose users attend the event.
    pub community: CommunityId,
    /// The event's id.
    pub event: EventId,
    /// Its name, for people.
    pub name: String,
    /// IANA time zone its times are shown in.
    pub time_zone: String,
    /// The newest run, under way or over.
    pub last_run: Option<Run>,
    /// The next automatic sync.
    pub next_sync: Option<Due>,
    /// Since when every sync has failed, if the last one did.
    pub failing_since: Option<Timestamp>,
}

impl App {
    /// Returns all communities, by name.
    pub async fn communities(&self) -> Result<Vec<CommunityId>, Error> {
        Ok(self.parts.store.communities().await?)
    }

    /// Returns some of a community's events by name, those after `after`, with the cursor of the
    /// next page.
    pub async fn events(
        &self,
        community: &CommunityId,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<(Vec<EventView>, Option<EventId>), Error> {
        if self.parts.store.community(community).await?.is_none() {
            return Err(Error::NoCommunity(community.clone()));
        }
        let mut events = self.parts.store.events(community).await?;
        events.retain(|event| after.is_none_or(|after| event > after));
        let more = events.len() > limit;
        events.truncate(limit);
        let next = if more { events.last().cloned() } else { None };
        Ok((self.views(events).await?, next))
    }

    /// Returns an event's configuration, if it has one.
    pub async fn find_event(
        &self,
        event: &EventId,
    ) -> Result<Option<Versioned<EventDocument>>, Error> {
        Ok(self.parts.store.event(event).await?)
    }

    /// An event's configuration with its version.
    pub async fn event(&self, event: &EventId) -> Result<Versioned<EventDocument>, Error> {
        let stored = self.find_event(event).await?;
        stored.ok_or_else(|| Error::NoEvent(event.clone()))
    }

    /// Returns the event's newest run, whether it is under way or over.
    pub async fn newest_run(&self, event: &EventId) -> Result<Option<Run>, Error> {
        Ok(self
            .parts
            .store
            .runs(event, None, 1)
            .await?
            .into_iter()
            .next())
    }

    async fn views(&self, events: Vec<EventId>) -> Result<Vec<EventView>, Error> {
        stream::iter(events)
            .map(|event| self.view(event))
            .buffered(CONCURRENT_READS)
            .try_collect()
            .await
    }

    async fn view(&self, event: EventId) -> Result<EventView, Error> {
        let document = self.event(&event).await?.value;
        let (last_run, past) = self.history(&event).await?;
        Ok(EventView {
            last_run,
            // Missing time zone data of one event must not hide the other events.
            next_sync: self.due(&document, &past).unwrap_or_default(),
            failing_since: past.failing_since(),
            community: document.community,
            name: document.name,
            time_zone: document.time_zone,
            event,
        })
    }
}
