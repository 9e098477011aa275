//! The time.

use jiff::Timestamp;

/// The time. No order of events is ever derived from it.
pub trait Clock: Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}
