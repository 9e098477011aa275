//! Schedules of automatic syncs.
//!
//! A [`Timetable`] is the configured schedule: instants, and nothing about past syncs. [`due`] and
//! [`cloud_schedules`] are both based on it: [`due`] serves the timer of the one-machine edition
//! and also considers the runs so far; [`cloud_schedules`] returns the schedules for a cloud's
//! scheduler. A test over years of instants checks that both agree.

mod cloud;
mod daily;
mod due;
mod hourly;
mod past;
mod purge;
mod timetable;

pub(crate) use daily::instant_of;

pub use cloud::{CloudSchedule, HORIZON, cloud_prefix, cloud_schedules};
pub use due::{Due, Why, due, upcoming};
pub use past::PastSyncs;
pub use purge::purge_time;
pub use timetable::{DAILY_AT, SyncSlot, Timetable, end_of_event, jitter};

#[cfg(test)]
mod tests;
