//! Schedules in EventBridge Scheduler, all in one group. Each sends the order to sync its event, if
//! a sync is due, to a queue.

use std::collections::BTreeMap;

use async_trait::async_trait;
use attendee_sync_app::ports::{Order, ScheduleError, Schedules};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::schedule::CloudSchedule;
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::BuildError;
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_scheduler::primitives::DateTime;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode,
    RetryPolicy, ScheduleState, Target as ScheduleTarget,
};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::messages::body_of_order;

/// How long a delivery to the queue is tried: a sync that comes an hour late is the next one's.
const DELIVERED_WITHIN_SECONDS: i32 = 3_600;
/// Schedules looked at or written at the same time.
const CONCURRENT: usize = 4;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Where schedules are, and what they send to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The group they are in.
    pub group: String,
    /// The ARN of the queue.
    pub queue: String,
    /// The ARN of the role that may send to it.
    pub role: String,
    /// The ARN of the queue of what could not be delivered.
    pub dead_letters: Option<String>,
}

/// Schedules in a group.
#[derive(Debug, Clone)]
pub struct EventBridgeSchedules {
    client: Client,
    target: Target,
}

impl EventBridgeSchedules {
    /// Schedules with this target.
    #[must_use]
    pub fn new(client: Client, target: Target) -> Self {
        Self { client, target }
    }

    /// The names of an event's schedules. All of them begin with what the wanted ones begin with,
    /// and nobody else's does: it ends with a full stop, which ids have not.
    async fn names(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let mut pages = self
            .client
            .list_schedules()
            .group_name(&self.target.group)
            .name_prefix(prefix)
            .into_paginator()
            .send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let schedules = page?.schedules;
            names.extend(schedules.into_iter().filter_map(|schedule| schedule.name));
        }
        Ok(names)
    }

    async fn stored(&self, name: &str) -> Result<Option<GetScheduleOutput>, Failure> {
        let asked = self
            .client
            .get_schedule()
            .group_name(&self.target.group)
            .name(name)
            .send();
        match asked.await {
            Ok(schedule) => Ok(Some(schedule)),
            Err(error)
                if is_gone(
                    error
                        .as_service_error()
                        .map(|e| e.is_resource_not_found_exception()),
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn target(&self, event: &EventId) -> Result<ScheduleTarget, Failure> {
        let due = Order::Due {
            event: event.clone(),
        };
        let dead_letters = self.target.dead_letters.as_ref();
        let target = ScheduleTarget::builder()
            .arn(&self.target.queue)
            .role_arn(&self.target.role)
            .input(body_of_order(&due)?)
            .retry_policy(
                RetryPolicy::builder()
                    .maximum_event_age_in_seconds(DELIVERED_WITHIN_SECONDS)
                    .build(),
            )
            .set_dead_letter_config(
                dead_letters.map(|arn| DeadLetterConfig::builder().arn(arn).build()),
            );
        Ok(target.build()?)
    }

    async fn make(&self, event: &EventId, wanted: &CloudSchedule) -> Result<(), Failure> {
        let target = self.target(event)?;
        let stored = self.stored(&wanted.name).await?;
        if stored
            .as_ref()
            .is_some_and(|stored| is_as(stored, wanted, &target))
        {
            return Ok(());
        }
        if stored.is_none() {
            let made = self
                .client
                .create_schedule()
                .group_name(&self.target.group)
                .name(&wanted.name)
                .schedule_expression(&wanted.expression)
                .schedule_expression_timezone(&wanted.time_zone)
                .set_start_date(wanted.start.map(date))
                .set_end_date(wanted.end.map(date))
                .action_after_completion(after(wanted))
                .flexible_time_window(exactly()?)
                .target(target.clone())
                .send()
                .await;
            match made {
                Ok(_) => return Ok(()),
                // Somebody else made it meanwhile; now it is changed.
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|e| e.is_conflict_exception()) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.client
            .update_schedule()
            .group_name(&self.target.group)
            .name(&wanted.name)
            .schedule_expression(&wanted.expression)
            .schedule_expression_timezone(&wanted.time_zone)
            .set_start_date(wanted.start.map(date))
            .set_end_date(wanted.end.map(date))
            .action_after_completion(after(wanted))
            .flexible_time_window(exactly()?)
            .target(target)
            .state(ScheduleState::Enabled)
            .send()
            .await?;
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<(), Failure> {
        let deleted = self
            .client
            .delete_schedule()
            .group_name(&self.target.group)
            .name(name)
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(()),
            Err(error)
                if is_gone(
                    error
                        .as_service_error()
                        .map(|e| e.is_resource_not_found_exception()),
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn set_all(&self, event: &EventId, wanted: &[CloudSchedule]) -> Result<(), Failure> {
        let prefix = attendee_sync_domain::schedule::schedule_prefix(event);
        let by_name: BTreeMap<&str, &CloudSchedule> = wanted
            .iter()
            .map(|schedule| (schedule.name.as_str(), schedule))
            .collect();
        let superfluous = self.names(&prefix).await?;
        let superfluous = superfluous
            .iter()
            .filter(|name| !by_name.contains_key(name.as_str()));
        let making = wanted.iter().map(|schedule| self.make(event, schedule));
        let making: Vec<_> = making.collect();
        stream::iter(making)
            .buffer_unordered(CONCURRENT)
            .try_collect::<Vec<()>>()
            .await?;
        // Last: until then an old one may start a sync that is not due, and nothing comes of it.
        for name in superfluous {
            self.delete(name).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Schedules for EventBridgeSchedules {
    async fn set(&self, event: &EventId, wanted: &[CloudSchedule]) -> Result<(), ScheduleError> {
        let set = self.set_all(event, wanted).await;
        set.map_err(|source| ScheduleError {
            event: event.clone(),
            source,
        })
    }
}

fn is_gone(not_found: Option<bool>) -> bool {
    not_found == Some(true)
}

fn date(at: jiff::Timestamp) -> DateTime {
    DateTime::from_secs(at.as_second())
}

fn after(wanted: &CloudSchedule) -> ActionAfterCompletion {
    if wanted.delete_after {
        ActionAfterCompletion::Delete
    } else {
        ActionAfterCompletion::None
    }
}

fn exactly() -> Result<FlexibleTimeWindow, BuildError> {
    FlexibleTimeWindow::builder()
        .mode(FlexibleTimeWindowMode::Off)
        .build()
}

/// Whether what is stored is what is wanted: it is then not written. A start that is past is not
/// wanted any more, and may be stored still.
fn is_as(stored: &GetScheduleOutput, wanted: &CloudSchedule, target: &ScheduleTarget) -> bool {
    let same_start = match wanted.start {
        Some(start) => stored.start_date() == Some(&date(start)),
        None => true,
    };
    stored.schedule_expression() == Some(wanted.expression.as_str())
        && stored.schedule_expression_timezone() == Some(wanted.time_zone.as_str())
        && same_start
        && stored.end_date() == wanted.end.map(date).as_ref()
        && stored.action_after_completion() == Some(&after(wanted))
        && stored.state() != Some(&ScheduleState::Disabled)
        && stored.target().is_some_and(|stored| {
            stored.arn() == target.arn()
                && stored.role_arn() == target.role_arn()
                && stored.input() == target.input()
                && stored.dead_letter_config() == target.dead_letter_config()
        })
}
