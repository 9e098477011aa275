//! Invitations: the people who wait for one, sending them, and their outcome.

pub(crate) mod adopt;
pub(crate) mod batches;
mod compose;
pub(crate) mod dispatch;
pub(crate) mod feedback;
pub(crate) mod keep_dispatching;
pub(crate) mod mail_folder;
pub(crate) mod queue;
pub(crate) mod recipients;
pub(crate) mod reminders;
pub(crate) mod restore;
pub(crate) mod senders;
pub(crate) mod test_limits;
pub(crate) mod test_mail;
mod unknown;
