//! What tests are made of: one [`world::World`], one faulty way to its table ([`transport::FaultyTransport`]), one
//! model of what must be so ([`model::ReferenceModel`]), and peers to talk to over sockets ([`peers`]).
//!
//! It is a dependency of tests alone. It decides nothing about the product, and knows neither console nor command line.

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
