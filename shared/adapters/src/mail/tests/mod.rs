//! What holds for every mailer, and for each.

mod contract;
mod feedback;
mod folder;
mod message;
mod samples;
mod smtp;
mod smtp_server;
