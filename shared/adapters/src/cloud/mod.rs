//! The cloud edition's adapters: queues on SQS, schedules on `EventBridge` Scheduler, credentials in
//! SSM Parameter Store, and how clients of AWS are made.

mod batches;
pub mod clients;
mod cutting;
mod dead_letters;
mod orders;
mod parameters;
mod schedules;
mod throttling;
mod wire;

pub use batches::{SqsBatches, messages_of};
pub use dead_letters::{QueuePair, SqsDeadLetters};
pub use orders::SqsOrders;
pub use parameters::SsmSecrets;
pub use schedules::{ScheduleTarget, SchedulerSchedules};
pub use wire::{Poison, batch_of_message, order_of};

#[cfg(test)]
mod tests;
