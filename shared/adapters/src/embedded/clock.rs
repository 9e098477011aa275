//! The clock that an engine's time-to-live goes by, where that is not the machine's.

use std::sync::Arc;

use attendee_sync_app::ports::Clock;
use jiff::Timestamp;

/// A clock of ours, as the engine asks for it.
pub(super) struct Borrowed(pub(super) Arc<dyn Clock>);

impl dynoxide::storage_backend::Clock for Borrowed {
    fn now_unix_secs(&self) -> u64 {
        seconds(self.0.now())
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds fit into 52 bits for a hundred million years"
    )]
    fn now_unix_secs_f64(&self) -> f64 {
        seconds(self.0.now()) as f64
    }
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}
