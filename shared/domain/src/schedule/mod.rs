//! When events sync by themselves.
//!
//! A [`Timetable`] is what a configuration says: instants, and nothing about what happened. From it
//! come both [`due`], by which one machine's timer goes and which also looks at the runs so far,
//! and [`cloud_schedules`], what a cloud's scheduler is told. What they have in common is kept equal
//! by a test over years of instants.

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
