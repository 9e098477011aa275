//! What an installation of several processes stands on: SQS between them, EventBridge Scheduler that
//! starts them, credentials in SSM Parameter Store, and how clients of AWS are made.

mod clients;
mod dead_letters;
mod messages;
mod parameters;
mod queues;
mod schedules;

pub use clients::{Clients, load};
pub use dead_letters::{Queue, SqsDeadLetters};
pub use messages::{Poison, body_of_order, body_of_parcel, order_of, parcel_of};
pub use parameters::SsmSecrets;
pub use queues::{SqsBatches, SqsOrders, messages_of};
pub use schedules::{EventBridgeSchedules, Target};

#[cfg(test)]
mod tests;
