//! Begins the syncs that are due, for as long as `serve` runs.
//!
//! The application decides when a sync is due; this module only waits. A check each minute is
//! enough to notice changes: a configuration, or the clock of a laptop that slept.

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::{App, StartedRun, SyncScope};
use attendee_sync_domain::ids::EventId;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

/// The maximum number of syncs that the timer runs at the same time.
const AT_ONCE: usize = 4;

/// The longest time between two checks.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// The time between two looks for reminders.
const REMIND_EVERY: Duration = Duration::from_hours(1);

/// The shortest time between two checks.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Runs until the future is dropped. Its runs end with the process; the next process continues
/// them.
pub(crate) async fn run(app: Arc<App>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let next = look(&app, &places).await;
        let wait = next.map_or(LOOK_EVERY, |next| until(next, app.now()));
        sleep(wait.clamp(LOOK_AGAIN, LOOK_EVERY)).await;
    }
}

/// Queues the reminders that are due, each hour, for as long as it is not dropped.
pub(crate) async fn remind(app: Arc<App>) {
    loop {
        if let Err(error) = app.queue_all_reminders().await {
            tracing::warn!(error = %error, "reminders are not queued");
        }
        sleep(REMIND_EVERY).await;
    }
}

/// Begins the syncs that are due, as far as the limit allows. Returns when the next sync is due.
async fn look(app: &Arc<App>, places: &Arc<Semaphore>) -> Option<Timestamp> {
    let events = match app.next_syncs().await {
        Ok(events) => events,
        Err(error) => {
            tracing::warn!(error = %error, "nobody knows which syncs are due");
            return None;
        }
    };
    let now = app.now();
    for (event, due) in events {
        if !due.is_now(now) {
            return Some(due.at);
        }
        let Ok(place) = Arc::clone(places).acquire_owned().await else {
            return None;
        };
        begin(app, &event, place).await;
    }
    None
}

/// Begins a sync in a task of its own, if it is still due.
async fn begin(app: &Arc<App>, event: &EventId, place: OwnedSemaphorePermit) {
    match app.begin_due(event).await {
        Ok(Some(started)) => {
            tokio::spawn(finish(Arc::clone(app), started, Some(place)));
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%event, error = %error, "a sync that is due does not begin"),
    }
}

/// Finishes a run, and tries again where that fails, as when the disk is full: while the run is
/// open, no other can begin.
pub(crate) async fn finish(
    app: Arc<App>,
    started: StartedRun,
    place: Option<OwnedSemaphorePermit>,
) {
    let id = started.id().clone();
    let work = tokio::spawn({
        let app = Arc::clone(&app);
        async move { app.finish(started).await }
    });
    let mut failure = match work.await {
        Ok(Ok(_)) => return,
        Ok(Err(error)) => error.to_string(),
        Err(panicked) => panicked.to_string(),
    };
    drop(place);
    loop {
        tracing::error!(run = %id, error = failure, "the run could not be brought to an end");
        sleep(LOOK_EVERY).await;
        match app.run_under_way(&id.event).await {
            Ok(run) if run.as_ref().is_none_or(|run| run.id != id) => return,
            _ => {}
        }
        match app.sync(&id.event, SyncScope::Everyone).await {
            Ok(_) => return,
            Err(error) => failure = error.to_string(),
        }
    }
}

/// Returns the time from `now` until `then`; zero where `then` is past.
fn until(then: Timestamp, now: Timestamp) -> Duration {
    then.duration_since(now)
        .try_into()
        .unwrap_or(Duration::ZERO)
}
