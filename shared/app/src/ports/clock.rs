//! The time.

use jiff::Timestamp;

/// What the time is. Order never comes from it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}
