//! The adapters of the cloud edition: queues on SQS, schedules on `EventBridge` Scheduler,
//! credentials in SSM Parameter Store, and the clients of AWS.

mod answer_bucket;
mod batches;
pub mod clients;
pub mod correlation;
mod cutting;
mod dead_letters;
mod orders;
mod parameters;
mod schedules;
mod throttling;
mod visibility;
mod wire;

pub use answer_bucket::{AnswerBucket, BucketError};
pub use batches::{SqsBatches, messages_of};
pub use dead_letters::{QueuePair, SqsDeadLetters};
pub use orders::SqsOrders;
pub use parameters::SsmSecrets;
pub use schedules::{ScheduleTarget, SchedulerSchedules};
pub use visibility::MessageBackoff;
pub use wire::{Poison, batch_of_message, order_of};

#[cfg(test)]
mod tests;
