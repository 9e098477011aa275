//! What holds for every mailer, and for each.

mod contract;
mod message;
mod samples;
mod smtp;
mod smtp_server;
