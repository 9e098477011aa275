//! Looks at all events once an hour, for as long as `serve` runs: whether one should have synced and did not, and what
//! there is to tell.

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::App;
use tokio::time::sleep;

/// The first look: after a start, the timer begins what was missed meanwhile.
const FIRST: Duration = Duration::from_mins(10);
/// The time between two looks.
const EVERY: Duration = Duration::from_hours(1);

/// Runs until it is dropped.
pub(crate) async fn run(app: Arc<App>) {
    sleep(FIRST).await;
    loop {
        if let Err(error) = app.watch().await {
            tracing::warn!(error = %error, "the events could not be looked at");
        }
        sleep(EVERY).await;
    }
}
