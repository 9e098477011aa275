//! The use cases of Attendee Sync, over the ports it asks of the outside.

mod approve;
mod ask;
mod configure;
mod erase;
mod error;
mod examine;
mod fetch;
mod look_up;
mod overview;
mod parking;
mod pipeline;
pub mod ports;
mod preview;
mod progress;
mod read;
mod reconcile;
mod schedule;
mod settle;
mod sync;
mod try_out;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_domain::ids::EventId;

pub use configure::{Configured, Notice};
pub use error::{Error, ErrorKind};
pub use examine::Checkup;
pub use look_up::{AttendeeFilter, AttendeeView, GroupView};
pub use overview::EventView;
pub use preview::Preview;
pub use progress::{Progress, ProgressReader};
pub use schedule::ScheduleView;
pub use sync::{Scope, Started};
pub use try_out::{Trial, Tried, TriedAttendee, TriedOutcome};

/// What every use case works with.
pub struct App {
    /// The table.
    pub store: Arc<dyn ports::Store>,
    /// Registration systems.
    pub sources: Arc<dyn ports::Sources>,
    /// Credentials.
    pub secrets: Arc<dyn ports::Secrets>,
    /// The time.
    pub clock: Arc<dyn ports::Clock>,
    /// Which addresses sources may have.
    pub addresses: SourceAddresses,
    /// The runs under way in this process.
    under_way: Mutex<HashMap<EventId, ProgressReader>>,
}

impl App {
    /// An application over these ports.
    #[must_use]
    pub fn new(
        store: Arc<dyn ports::Store>,
        sources: Arc<dyn ports::Sources>,
        secrets: Arc<dyn ports::Secrets>,
        clock: Arc<dyn ports::Clock>,
        addresses: SourceAddresses,
    ) -> Self {
        Self {
            store,
            sources,
            secrets,
            clock,
            addresses,
            under_way: Mutex::new(HashMap::new()),
        }
    }
}
