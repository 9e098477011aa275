//! A scheduler outside the table that keeps its schedules in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{ScheduleChanges, ScheduleError, Schedules};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::schedule::{CloudSchedule, cloud_prefix};

use crate::waiting::pass;

/// What a schedule starts syncs of, and when.
type StoredSchedule = (Option<EventId>, CloudSchedule);

/// The scheduler.
#[derive(Clone, Default)]
pub struct MemoryScheduler {
    stored: Arc<Mutex<BTreeMap<String, StoredSchedule>>>,
    refused: Arc<Mutex<Option<EventId>>>,
    takes: Arc<Mutex<Duration>>,
}

impl MemoryScheduler {
    /// The names of all schedules.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.stored.lock().unwrap().keys().cloned().collect()
    }

    /// Loses all schedules, as a scheduler of a new installation has none.
    pub fn lose(&self) {
        self.stored.lock().unwrap().clear();
    }

    /// Changes one behind the back of the installation.
    pub fn change(&self, name: &str, expression: &str) {
        let mut stored = self.stored.lock().unwrap();
        let (_, schedule) = stored.get_mut(name).expect("it is there");
        expression.clone_into(&mut schedule.expression);
    }

    /// Has a schedule of this name, which starts syncs of this event, or something else.
    pub fn put(&self, name: &str, event: Option<&str>) {
        let schedule = CloudSchedule {
            name: name.to_owned(),
            expression: "rate(1 day)".to_owned(),
            time_zone: "UTC".to_owned(),
            start: None,
            end: None,
            delete_after: false,
        };
        let event = event.map(|event| event.parse().unwrap());
        let mut stored = self.stored.lock().unwrap();
        stored.insert(name.to_owned(), (event, schedule));
    }

    /// Takes so long for the schedules of an event from now on.
    pub fn takes(&self, time: Duration) {
        *self.takes.lock().unwrap() = time;
    }

    /// Sets no schedules of this event from now on.
    pub fn refuse(&self, event: Option<&str>) {
        *self.refused.lock().unwrap() = event.map(|event| event.parse().unwrap());
    }
}

#[async_trait]
impl Schedules for MemoryScheduler {
    async fn set(
        &self,
        event: &EventId,
        wanted: &[CloudSchedule],
    ) -> Result<ScheduleChanges, ScheduleError> {
        let takes = *self.takes.lock().unwrap();
        if !takes.is_zero() {
            pass(takes).await;
        }
        if self.refused.lock().unwrap().as_ref() == Some(event) {
            return Err(ScheduleError::NotSet {
                event: event.clone(),
                source: "the quota is used up".into(),
            });
        }
        let mut stored = self.stored.lock().unwrap();
        let mut changes = ScheduleChanges::default();
        for schedule in wanted {
            let value = (Some(event.clone()), schedule.clone());
            match stored.insert(schedule.name.clone(), value) {
                None => changes.created += 1,
                Some((_, before)) => changes.changed += u64::from(before != *schedule),
            }
        }
        let prefix = cloud_prefix(event);
        let is_wanted = |name: &String| wanted.iter().any(|schedule| schedule.name == *name);
        let before = stored.len();
        stored.retain(|name, _| !name.starts_with(&prefix) || is_wanted(name));
        changes.removed = (before - stored.len()) as u64;
        Ok(changes)
    }

    async fn names(&self, beginning: &str) -> Result<Vec<String>, ScheduleError> {
        let names = self.all().into_iter();
        Ok(names.filter(|name| name.starts_with(beginning)).collect())
    }

    async fn event_of(&self, name: &str) -> Result<Option<EventId>, ScheduleError> {
        let stored = self.stored.lock().unwrap();
        Ok(stored.get(name).and_then(|(event, _)| event.clone()))
    }
}
