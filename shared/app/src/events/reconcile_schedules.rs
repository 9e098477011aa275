//! Making the schedules outside the table what the table says: those that are missing are created, those that differ
//! are changed, and those of events that do not exist are removed.
//!
//! Events are visited in the order of what the names of their schedules begin with. Each visit is whole, so the work may
//! be cut off after any of them and continued behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::schedule::{cloud_prefix, cloud_schedules};
use futures_util::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::App;
use crate::error::Error;
use crate::ports::{ScheduleChanges, Schedules};

/// Events visited at the same time. The scheduler answers at least 250 reads a second (`EventBridge` Scheduler quotas).
const AT_ONCE: usize = 8;
/// Communities whose events are listed at the same time.
const LISTED_AT_ONCE: usize = 16;
/// What the names of schedules begin with, in the order of bytes: that of a long id, and those of all others.
const BEGINNINGS: &str = "0123456789_abcdefghijklmnopqrstuvwxyz";

/// What a reconciliation of schedules did, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ReconciledSchedules {
    /// Whether a scheduler outside the table starts the syncs. Where none does, the program's own timer reads the
    /// configurations, and there is nothing to reconcile.
    pub has_scheduler: bool,
    /// Events that were visited.
    pub events: u64,
    /// Schedules that were missing and were created.
    pub created: u64,
    /// Schedules that differed from the configuration and were changed.
    pub changed: u64,
    /// Schedules that were removed: the configuration does not ask for them, or their event does not exist.
    pub removed: u64,
    /// Events whose schedules could not be set. The log says why; asking again tries them again.
    pub failed: Vec<EventId>,
    /// What `cursor` asks for the rest; nothing once all were visited.
    pub next_cursor: Option<String>,
}

impl ReconciledSchedules {
    fn add(&mut self, changes: ScheduleChanges) {
        self.created += changes.created;
        self.changed += changes.changed;
        self.removed += changes.removed;
    }
}

/// What a visit is about.
struct ScheduleVisit {
    /// The event of the table whose schedules have this prefix.
    event: Option<EventId>,
    /// One of the schedules that are there.
    a_schedule: Option<String>,
}

/// What came of a visit.
enum VisitOutcome {
    Done(ScheduleChanges),
    Failed(EventId),
    /// The schedules are of no event, or the scheduler did not say of which.
    Left,
}

impl App {
    /// Reconciles the schedules of all events behind the cursor that [`ReconciledSchedules::next_cursor`] was, until the
    /// time is over. Asked again, it changes nothing. Fails where the events or the schedules cannot be listed.
    pub async fn reconcile_schedules(
        &self,
        cursor: Option<&str>,
        until: Instant,
    ) -> Result<ReconciledSchedules, Error> {
        let Some(schedules) = self.outside_schedules() else {
            return Ok(ReconciledSchedules::default());
        };
        let mut done = ReconciledSchedules {
            has_scheduler: true,
            // Where the time is over before anything was visited, all is left. Every prefix is behind an empty text.
            next_cursor: Some(cursor.unwrap_or_default().to_owned()),
            ..ReconciledSchedules::default()
        };
        let events = self.events_by_prefix().await?;
        for beginning in BEGINNINGS.chars() {
            let visits = visits(schedules.as_ref(), &events, beginning, &done).await?;
            let visits: Vec<(String, ScheduleVisit)> = visits.into_iter().collect();
            for some in visits.chunks(AT_ONCE) {
                if Instant::now() >= until {
                    return Ok(done);
                }
                let mut visited = Vec::new();
                for (_, visit) in some {
                    visited.push(self.visit(schedules.as_ref(), visit));
                }
                for outcome in join_all(visited).await {
                    done.events += u64::from(!matches!(outcome, VisitOutcome::Left));
                    match outcome {
                        VisitOutcome::Done(changes) => done.add(changes),
                        VisitOutcome::Failed(event) => done.failed.push(event),
                        VisitOutcome::Left => {}
                    }
                }
                done.next_cursor = some.last().map(|(prefix, _)| prefix.clone());
            }
        }
        done.next_cursor = None;
        Ok(done)
    }

    fn outside_schedules(&self) -> Option<&Arc<dyn Schedules>> {
        self.parts.cloud.as_ref()?.schedules.as_ref()
    }

    /// All events of the table, by what the names of their schedules begin with.
    async fn events_by_prefix(&self) -> Result<BTreeMap<String, EventId>, Error> {
        let communities = self.parts.store.communities().await?;
        let mut events = Vec::new();
        for some in communities.chunks(LISTED_AT_ONCE) {
            let mut listed = Vec::new();
            for community in some {
                listed.push(self.parts.store.events(community));
            }
            events.extend(try_join_all(listed).await?);
        }
        let events = events.into_iter().flatten();
        Ok(events.map(|event| (cloud_prefix(&event), event)).collect())
    }

    async fn visit(&self, schedules: &dyn Schedules, visit: &ScheduleVisit) -> VisitOutcome {
        let event = match (&visit.event, &visit.a_schedule) {
            (Some(event), _) => Ok(Some(event.clone())),
            (None, Some(name)) => schedules.event_of(name).await,
            (None, None) => Ok(None),
        };
        match event {
            Ok(Some(event)) => match self.reconcile_event(schedules, &event).await {
                Ok(changes) => VisitOutcome::Done(changes),
                Err(error) => {
                    let error = with_causes(&error);
                    tracing::error!(%event, error, "an event's schedules could not be reconciled");
                    VisitOutcome::Failed(event)
                }
            },
            Ok(None) => VisitOutcome::Left,
            Err(error) => {
                let error = with_causes(&error);
                tracing::error!(
                    schedule = visit.a_schedule,
                    error,
                    "nobody knows which event a schedule is of"
                );
                VisitOutcome::Left
            }
        }
    }

    /// Reads the event anew: it may have been configured, or taken out, since it was listed.
    async fn reconcile_event(
        &self,
        schedules: &dyn Schedules,
        event: &EventId,
    ) -> Result<ScheduleChanges, Error> {
        let wanted = match self.parts.store.event(event).await? {
            Some(stored) => cloud_schedules(&stored.value, self.parts.clock.now())?,
            None => Vec::new(),
        };
        Ok(schedules.set(event, &wanted).await?)
    }
}

/// What is to be visited of one beginning, behind where the work was cut off.
async fn visits(
    schedules: &dyn Schedules,
    events: &BTreeMap<String, EventId>,
    beginning: char,
    done: &ReconciledSchedules,
) -> Result<BTreeMap<String, ScheduleVisit>, Error> {
    let behind = |prefix: &str| {
        done.next_cursor
            .as_deref()
            .is_none_or(|cursor| prefix > cursor)
    };
    // The greatest prefix of a beginning is below the next beginning.
    if !behind(&format!("{beginning}~")) {
        return Ok(BTreeMap::new());
    }
    let names = schedules.names(&beginning.to_string()).await;
    let names = names.map_err(Error::SchedulesNotListed)?;
    // Our names have a full stop; what else is in the group is somebody else's.
    let mut there: BTreeMap<&str, &String> = BTreeMap::new();
    for name in &names {
        if let Some((before, _)) = name.split_once('.') {
            there.insert(name.get(..=before.len()).unwrap_or(name), name);
        }
    }
    let of_table = events.keys().map(String::as_str);
    let prefixes: BTreeSet<&str> = of_table
        .filter(|prefix| prefix.starts_with(beginning))
        .chain(there.keys().copied())
        .filter(|prefix| behind(prefix))
        .collect();
    let visit = |prefix: &str| ScheduleVisit {
        event: events.get(prefix).cloned(),
        a_schedule: there.get(prefix).map(|name| (*name).clone()),
    };
    let visits = prefixes.into_iter();
    Ok(visits
        .map(|prefix| (prefix.to_owned(), visit(prefix)))
        .collect())
}
