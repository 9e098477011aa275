//! The schedules that start an event's syncs, at `EventBridge` Scheduler.
//!
//! Schedules are compared before they are written: a list returns names only, so each that stays is
//! read, and only differences are written. New ones are created before old ones are deleted: an
//! extra schedule queues a sync that is not due, which has no effect; a missing one loses a sync.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use attendee_sync_app::ports::{RunCommand, ScheduleChanges, ScheduleError, Schedules};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::schedule::{CloudSchedule, cloud_prefix};
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::ProvideErrorMetadata;
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use aws_sdk_scheduler::primitives::DateTime;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode,
    RetryPolicy, ScheduleState, Target,
};

use super::wire::{due_text, order_of};

/// How long and how often the scheduler tries to deliver a command: for a day, after which the next
/// daily command has come, and as often as it can (`EventBridge` Scheduler API Reference,
/// `RetryPolicy`: at most 86,400 s and 185 times, which are also its defaults).
const MAX_AGE_S: i32 = 86_400;
const MAX_RETRIES: i32 = 185;

/// How often writing a schedule is attempted while another process creates and deletes it.
const TRIES: usize = 3;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The target of the schedules.
#[derive(Debug, Clone)]
pub struct ScheduleTarget {
    /// The schedule group.
    pub group: String,
    /// ARN of the queue of runs.
    pub queue_arn: String,
    /// ARN of the role that the scheduler assumes to send to the queue.
    pub role_arn: String,
    /// ARN of the queue for commands that could not be delivered.
    pub dead_letter_arn: Option<String>,
}

/// Schedules in one group.
#[derive(Debug, Clone)]
pub struct SchedulerSchedules {
    client: Client,
    target: ScheduleTarget,
}

impl SchedulerSchedules {
    /// Schedules that send to this target.
    #[must_use]
    pub fn new(client: Client, target: ScheduleTarget) -> Self {
        Self { client, target }
    }

    async fn names_beginning(&self, prefix: &str) -> Result<BTreeSet<String>, Cause> {
        let mut pages = self
            .client
            .list_schedules()
            .group_name(&self.target.group)
            .name_prefix(prefix)
            .into_paginator()
            .send();
        let mut names = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let found = page?.schedules.into_iter().filter_map(|found| found.name);
            // Other events' schedules are never touched, however the service interprets the prefix.
            names.extend(found.filter(|name| name.starts_with(prefix)));
        }
        Ok(names)
    }

    async fn stored(&self, name: &str) -> Result<Option<GetScheduleOutput>, Cause> {
        let asked = self
            .client
            .get_schedule()
            .group_name(&self.target.group)
            .name(name)
            .send()
            .await;
        match asked {
            Ok(found) => Ok(Some(found)),
            Err(error) if is(&error, "ResourceNotFoundException") => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a schedule, whether or not it exists; `exists` says which call is tried first.
    async fn write(&self, wanted: &WantedSchedule<'_>, mut exists: bool) -> Result<(), Cause> {
        for _ in 0..TRIES {
            let turned = if exists {
                !self.update(wanted).await?
            } else {
                !self.create(wanted).await?
            };
            if !turned {
                return Ok(());
            }
            exists = !exists;
        }
        Err(format!(
            "the schedule {} is written by others, or its group {} is not there",
            wanted.schedule.name, self.target.group
        )
        .into())
    }

    /// Creates a schedule. Returns false where it exists. The SDK gives each call a token of its
    /// own and keeps it for its retries, so that a lost answer does not become a conflict.
    async fn create(&self, wanted: &WantedSchedule<'_>) -> Result<bool, Cause> {
        let schedule = wanted.schedule;
        let asked = self
            .client
            .create_schedule()
            .group_name(&self.target.group)
            .name(&schedule.name)
            .schedule_expression(&schedule.expression)
            .schedule_expression_timezone(&schedule.time_zone)
            .set_start_date(wanted.start)
            .set_end_date(wanted.end)
            .flexible_time_window(wanted.window.clone())
            .action_after_completion(wanted.after_completion.clone())
            .state(ScheduleState::Enabled)
            .target(wanted.target.clone())
            .send()
            .await;
        match asked {
            Ok(_) => Ok(true),
            Err(error) if is(&error, "ConflictException") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Updates a schedule. Returns false where it does not exist.
    async fn update(&self, wanted: &WantedSchedule<'_>) -> Result<bool, Cause> {
        let schedule = wanted.schedule;
        let asked = self
            .client
            .update_schedule()
            .group_name(&self.target.group)
            .name(&schedule.name)
            .schedule_expression(&schedule.expression)
            .schedule_expression_timezone(&schedule.time_zone)
            .set_start_date(wanted.start)
            .set_end_date(wanted.end)
            .flexible_time_window(wanted.window.clone())
            .action_after_completion(wanted.after_completion.clone())
            .state(ScheduleState::Enabled)
            .target(wanted.target.clone())
            .send()
            .await;
        match asked {
            Ok(_) => Ok(true),
            Err(error) if is(&error, "ResourceNotFoundException") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn delete(&self, name: &str) -> Result<(), Cause> {
        let asked = self
            .client
            .delete_schedule()
            .group_name(&self.target.group)
            .name(name)
            .send()
            .await;
        match asked {
            Ok(_) => Ok(()),
            // The schedule deleted itself after its last time, or another process deleted it.
            Err(error) if is(&error, "ResourceNotFoundException") => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn target(&self, event: &EventId) -> Result<Target, Cause> {
        let retries = RetryPolicy::builder()
            .maximum_event_age_in_seconds(MAX_AGE_S)
            .maximum_retry_attempts(MAX_RETRIES)
            .build();
        let dead_letters = self.target.dead_letter_arn.as_ref();
        let target = Target::builder()
            .arn(&self.target.queue_arn)
            .role_arn(&self.target.role_arn)
            .input(due_text(event)?)
            .retry_policy(retries)
            .set_dead_letter_config(
                dead_letters.map(|arn| DeadLetterConfig::builder().arn(arn).build()),
            );
        Ok(target.build()?)
    }

    async fn replace(
        &self,
        event: &EventId,
        wanted: &[CloudSchedule],
    ) -> Result<ScheduleChanges, Cause> {
        let target = self.target(event)?;
        let mut changes = ScheduleChanges::default();
        let mut there = self.names_beginning(&cloud_prefix(event)).await?;
        let wanted: BTreeMap<&str, WantedSchedule> = wanted
            .iter()
            .map(|schedule| {
                Ok((
                    schedule.name.as_str(),
                    WantedSchedule::new(schedule, &target)?,
                ))
            })
            .collect::<Result<_, Cause>>()?;
        for (name, wanted) in &wanted {
            let stored = if there.remove(*name) {
                self.stored(name).await?
            } else {
                None
            };
            if !stored.as_ref().is_some_and(|stored| wanted.is(stored)) {
                self.write(wanted, stored.is_some()).await?;
                let counted = match stored {
                    Some(_) => &mut changes.changed,
                    None => &mut changes.created,
                };
                *counted += 1;
            }
        }
        for name in there {
            self.delete(&name).await?;
            changes.removed += 1;
        }
        Ok(changes)
    }
}

fn is<E, R>(error: &aws_sdk_scheduler::error::SdkError<E, R>, code: &str) -> bool
where
    aws_sdk_scheduler::error::SdkError<E, R>: ProvideErrorMetadata,
{
    error.code() == Some(code)
}

/// A schedule in the terms of the scheduler.
struct WantedSchedule<'s> {
    schedule: &'s CloudSchedule,
    start: Option<DateTime>,
    end: Option<DateTime>,
    window: FlexibleTimeWindow,
    after_completion: ActionAfterCompletion,
    target: Target,
}

impl<'s> WantedSchedule<'s> {
    fn new(schedule: &'s CloudSchedule, target: &Target) -> Result<Self, Cause> {
        let time = |time: jiff::Timestamp| DateTime::from_secs(time.as_second());
        Ok(Self {
            schedule,
            start: schedule.start.map(time),
            end: schedule.end.map(time),
            // Each event has its own minute past the hour, so that not all of them start at the
            // same time.
            window: FlexibleTimeWindow::builder()
                .mode(FlexibleTimeWindowMode::Off)
                .build()?,
            after_completion: if schedule.delete_after {
                ActionAfterCompletion::Delete
            } else {
                ActionAfterCompletion::None
            },
            target: target.clone(),
        })
    }

    /// Returns whether the stored schedule is the same.
    fn is(&self, stored: &GetScheduleOutput) -> bool {
        let seconds = |time: Option<&DateTime>| time.map(DateTime::secs);
        let none = ActionAfterCompletion::None;
        stored.schedule_expression() == Some(&*self.schedule.expression)
            && stored.schedule_expression_timezone() == Some(&*self.schedule.time_zone)
            && seconds(stored.start_date()) == seconds(self.start.as_ref())
            && seconds(stored.end_date()) == seconds(self.end.as_ref())
            && stored.flexible_time_window().map(FlexibleTimeWindow::mode)
                == Some(self.window.mode())
            && stored.action_after_completion().unwrap_or(&none) == &self.after_completion
            && stored.state() == Some(&ScheduleState::Enabled)
            && stored.target() == Some(&self.target)
    }
}

#[async_trait]
impl Schedules for SchedulerSchedules {
    async fn set(
        &self,
        event: &EventId,
        wanted: &[CloudSchedule],
    ) -> Result<ScheduleChanges, ScheduleError> {
        let replaced = self.replace(event, wanted).await;
        replaced.map_err(|source| ScheduleError::NotSet {
            event: event.clone(),
            source,
        })
    }

    async fn names(&self, beginning: &str) -> Result<Vec<String>, ScheduleError> {
        let names = self.names_beginning(beginning).await;
        let names = names.map_err(ScheduleError::NotListed)?;
        Ok(names.into_iter().collect())
    }

    async fn event_of(&self, name: &str) -> Result<Option<EventId>, ScheduleError> {
        let stored = self.stored(name).await.map_err(ScheduleError::NotListed)?;
        let input = stored.and_then(|stored| stored.target?.input);
        Ok(match input.map(|input| order_of(&input)) {
            Some(Ok(RunCommand::Due { event })) => Some(event),
            _ => None,
        })
    }
}
