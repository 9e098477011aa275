//! The parts of tests: one [`world::World`], one faulty transport to its table
//! ([`transport::FaultyTransport`]), one model of the expected state ([`model::ReferenceModel`]),
//! and peers with sockets ([`peers`]).
//!
//! Only tests depend on this crate. It decides nothing about the product, and knows neither console
//! nor command line.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "test support: a panic is how a test fails"
)]

pub mod clock;
pub mod meter;
pub mod model;
pub mod peers;
pub mod permissions;
pub mod postbox;
pub mod poster;
pub mod queues;
pub mod scheduler;
pub mod source;
pub mod table_calls;
pub mod transport;
pub mod waiting;
pub mod world;
