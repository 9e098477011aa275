//! What the functions share: their environment, the application over the adapters of AWS, logs and
//! metrics.

mod assembly;
mod deadline;
mod environment;
mod identities;
mod logs;
mod messages;
mod metrics;
mod nothing;

pub use assembly::{ConsoleParts, Parts, begin, console, fetch, invite, reconcile};
pub use attendee_sync_adapters::cloud::correlation::{correlated, is_correlation};
pub use attendee_sync_adapters::cloud::{
    AnswerBucket, MessageBackoff, Poison, batch_of_message, order_of,
};
pub use attendee_sync_adapters::mail::feedback::{FeedbackError, MailNotification, ses_feedback};
pub use deadline::until;
pub use environment::{Environment, InvalidVariable, of_process};
pub use identities::{ProviderSignIns, identities};
pub use logs::reported;
pub use messages::{MessageVerdict, come_again, correlation_of, verdict};
pub use metrics::Metrics;
