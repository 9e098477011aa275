//! A SAMPLE registration system, as an organiser could have one, to try Attendee Sync with.
//!
//! It invents its people, keeps them in memory and serves them over real HTTP, a hundred to a page. Each new
//! reading finds a few of them changed. Nothing here is a real person, and nothing of Attendee Sync depends on it.

mod names;
mod people;
mod record;
mod registry;
mod server;

#[cfg(test)]
mod tests;

pub use server::{SampleServer, router, start};
