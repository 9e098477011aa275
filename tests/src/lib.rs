//! Support for the tests that look at Attendee Sync from outside: a registration system played from fixture
//! files, the real binary run as a child process, and the comparison of what came out with what a fixture expects.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "test support: a panic is how a test fails"
)]

mod cli;
mod compare;
mod example;
mod expected;
pub mod faults;
mod feed_routes;
mod feed_server;
mod fixture;
pub mod former;
mod preset_file;
mod scenario;
pub mod soak;

#[cfg(test)]
mod tests;

pub use cli::{CliOutcome, Serving, TestCli, binary};
pub use example::ExampleDocument;
pub use expected::{Expected, ExpectedRun};
pub use feed_server::FeedServer;
pub use fixture::{Fixture, names_in};
pub use scenario::{check_feed, check_feeds};
