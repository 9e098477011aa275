//! The use cases of Attendee Sync, over the ports it asks of the outside.

pub mod ports;
