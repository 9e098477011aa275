//! All events that a person may see, those that need attention first.
//!
//! An event costs two reads of the table: its configuration and its newest runs. An event that has
//! failed for longer than these runs reach back costs up to four more reads, and one whose newest
//! run left an older run's decision open costs two more.

use attendee_sync_domain::authority::{Authority, Permission};
use attendee_sync_domain::ids::{CommunityId, EventId, RunNumber};
use attendee_sync_domain::notice::EventHealth;
use attendee_sync_domain::run::{Coverage, Run, RunState};
use attendee_sync_domain::schedule::{Due, PastSyncs};
use attendee_sync_domain::search::{Words, searchable};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::App;
use crate::error::Error;
use crate::runs::current::waits;

/// Most events whose health is read for one page.
pub const MOST_EVENTS: usize = 500;
/// Events that are read at the same time.
const CONCURRENT_READS: usize = 16;
/// Newest runs of each event.
const RUNS: usize = 10;
/// The maximum number of runs read of an event that is failing.
const MOST_RUNS: usize = 50;

/// How many attendees an event has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttendeeCount {
    /// The count of the list in memory.
    Exactly(usize),
    /// An estimate by the last complete read of the event's source.
    About(u64),
}

/// An event as the dashboard shows it.
#[derive(Debug, Clone)]
pub struct EventOverview {
    /// The community whose users attend the event.
    pub community: CommunityId,
    /// The event's id.
    pub event: EventId,
    /// Its name, for people.
    pub name: String,
    /// IANA time zone its times are shown in.
    pub time_zone: String,
    /// Its health.
    pub health: EventHealth,
    /// Its newest runs, the newest first.
    pub runs: Vec<Run>,
    /// The run that waits for a decision.
    pub waiting: Option<RunNumber>,
    /// Its next automatic sync.
    pub next_sync: Option<Due>,
    /// Since when every sync has failed, if the last one did. Where all the runs that were read
    /// failed, the time of the oldest of them.
    pub failing_since: Option<Timestamp>,
    /// How many attendees it has, where that is known without reading them.
    pub attendees: Option<AttendeeCount>,
}

/// Selects events of the dashboard.
#[derive(Debug, Clone, Default)]
pub struct DashboardFilter {
    /// Words that names or ids of events contain.
    pub search: Option<Words>,
    /// Only events of this community.
    pub community: Option<CommunityId>,
    /// Only events with this health.
    pub health: Option<EventHealth>,
}

/// A list of events, those that need attention first.
#[derive(Debug, Clone, Default)]
pub struct Dashboard {
    /// The events that the filter selects.
    pub events: Vec<EventOverview>,
    /// All communities that a filter can select.
    pub communities: Vec<CommunityId>,
    /// How many of all events that were read have each health.
    pub counts: Vec<(EventHealth, usize)>,
    /// Whether there are more events than were read; the search then looks at ids alone.
    pub is_cut: bool,
}

impl App {
    /// Returns the events that a person may see: those that fail, then those that wait for a
    /// decision, then those that are overdue, then the rest, each group by name.
    pub async fn dashboard(
        &self,
        who: &Authority,
        filter: &DashboardFilter,
    ) -> Result<Dashboard, Error> {
        let all = self.parts.store.communities().await?;
        let communities: Vec<CommunityId> = all
            .into_iter()
            .filter(|community| who.may(Permission::LookUp, community))
            .collect();
        let mut ids = Vec::new();
        for community in &communities {
            if filter
                .community
                .as_ref()
                .is_none_or(|only| only == community)
            {
                ids.extend(self.parts.store.events(community).await?);
            }
        }
        let is_cut = ids.len() > MOST_EVENTS;
        if is_cut {
            let has_words = |event: &EventId| match &filter.search {
                Some(words) => words.are_in(event.as_str()),
                None => true,
            };
            ids.retain(has_words);
            ids.truncate(MOST_EVENTS);
        }
        let read: Vec<Option<EventOverview>> = stream::iter(ids)
            .map(|event| self.overview(event))
            .buffered(CONCURRENT_READS)
            .try_collect()
            .await?;
        let mut events: Vec<EventOverview> = read.into_iter().flatten().collect();
        if let Some(words) = &filter.search {
            events.retain(|event| {
                let text = format!("{} {}", event.event, event.name);
                words.are_in(&searchable(&text))
            });
        }
        let count = |health| {
            let same = events.iter().filter(|event| event.health == health);
            (health, same.count())
        };
        let counts = EventHealth::ALL.map(count).to_vec();
        events.retain(|event| filter.health.is_none_or(|only| event.health == only));
        events.sort_by_cached_key(|event| {
            // The event that has failed longest comes first.
            let since = event.failing_since.unwrap_or(Timestamp::MAX);
            let name = event.name.to_lowercase();
            (event.health, since, name, event.event.clone())
        });
        Ok(Dashboard {
            events,
            communities,
            counts,
            is_cut,
        })
    }

    /// Returns an event; `None` where it was deleted meanwhile.
    pub(crate) async fn overview(&self, event: EventId) -> Result<Option<EventOverview>, Error> {
        let Some(stored) = self.find_event(&event).await? else {
            return Ok(None);
        };
        let document = stored.value;
        let (runs, past) = self.newest_runs(&event).await?;
        let now = self.parts.clock.now();
        // Missing time zone data of one event must not hide the other events.
        let next_sync = self.due(&document, &past).unwrap_or_default();
        let failing_since = past.failing_since();
        let waiting = self.waiting(&event, &runs).await?;
        let is_under_way = runs.first().is_some_and(|run| !run.state.is_over());
        let waits = waiting.is_some();
        let health = EventHealth::of(&past, waits, is_under_way, next_sync.as_ref(), now);
        Ok(Some(EventOverview {
            attendees: self.attendee_count(&event, &runs),
            community: document.community,
            name: document.name,
            time_zone: document.time_zone,
            health,
            runs,
            waiting,
            next_sync,
            failing_since,
            event,
        }))
    }

    /// Returns the newest runs and a summary of the past syncs.
    async fn newest_runs(&self, event: &EventId) -> Result<(Vec<Run>, PastSyncs), Error> {
        let mut newest = self.parts.store.runs(event, None, RUNS).await?;
        let mut past = PastSyncs::of(&newest);
        let mut before = newest.last().map(|run| run.id.number);
        let (mut read, mut is_last) = (newest.len(), newest.len() < RUNS);
        while past.failing_since().is_some() && !past.is_whole() && !is_last && read < MOST_RUNS {
            let older = self.parts.store.runs(event, before, RUNS).await?;
            for run in &older {
                past.look_at(run);
            }
            before = older.last().map(|run| run.id.number);
            read += older.len();
            is_last = older.len() < RUNS;
        }
        newest.truncate(RUNS);
        Ok((newest, past))
    }

    /// Returns the run that waits for a decision. An older run keeps waiting only where the newest
    /// run did not read everybody.
    async fn waiting(&self, event: &EventId, runs: &[Run]) -> Result<Option<RunNumber>, Error> {
        if let Some(run) = runs.iter().find(|run| waits(run)) {
            return Ok(Some(run.id.number));
        }
        let passed_over = |run: &Run| match run.state {
            RunState::Held => false,
            RunState::Succeeded => run.extent == Coverage::OnePerson,
            _ => true,
        };
        if !runs.first().is_some_and(passed_over) {
            return Ok(None);
        }
        let run = self.run_with_pending_changes(event).await?;
        Ok(run.map(|run| run.id.number))
    }

    fn attendee_count(&self, event: &EventId, runs: &[Run]) -> Option<AttendeeCount> {
        if let Some(count) = self.index.attending(event) {
            return Some(AttendeeCount::Exactly(count));
        }
        let is_whole = |run: &&Run| run.complete && run.extent == Coverage::Everything;
        let counts = &runs.iter().find(is_whole)?.counts;
        let others = counts.removed + counts.rejected + counts.ignored;
        let about = counts.records_read.saturating_sub(others);
        Some(AttendeeCount::About(about))
    }
}
