//! What holds for every mailer, and for each.

mod contract;
mod feedback;
mod folder;
mod message;
mod samples;
#[cfg(feature = "ses")]
mod ses;
#[cfg(feature = "ses")]
mod ses_server;
mod smtp;
mod smtp_tls;
