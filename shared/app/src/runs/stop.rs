//! Stopping a run: a person asks for it, and the process that works on the run checks from time to
//! time.

use std::time::Duration;

use attendee_sync_domain::ids::RunId;
use attendee_sync_domain::run::RunState;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::App;
use crate::error::Error;

/// How often it is checked whether a run is to stop.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl App {
    /// Asks a run to stop that reads its source or applies what was read. What it changed stays; no
    /// other run follows automatically.
    pub async fn stop(&self, id: &RunId) -> Result<(), Error> {
        let run = self.run(id).await?;
        if run.state.is_over() || run.hold.is_some() {
            return Err(Error::NotStoppable(id.clone()));
        }
        if !self.parts.store.ask_to_stop(id).await? {
            return Err(Error::NotStoppable(id.clone()));
        }
        let is_alone = self.parts.cloud.is_none() && self.progress(&id.event).is_none();
        if is_alone || self.is_abandoned(id).await? {
            // No process works on the run, so none would notice the request.
            let document = self.document(&id.event).await?;
            self.give_up(id, &document, RunState::Stopped).await?;
        }
        Ok(())
    }
}

/// Checks from time to time whether a run is to stop.
pub(crate) struct StopSign<'a> {
    app: &'a App,
    run: &'a RunId,
    looked: Mutex<Instant>,
}

impl<'a> StopSign<'a> {
    pub(crate) fn new(app: &'a App, run: &'a RunId) -> Self {
        Self {
            app,
            run,
            looked: Mutex::new(Instant::now()),
        }
    }

    /// Fails with [`Error::Stopped`] where the run is to stop. Reads the table at most once a
    /// second.
    pub(crate) async fn look(&self) -> Result<(), Error> {
        let mut looked = self.looked.lock().await;
        if looked.elapsed() < LOOK_EVERY {
            return Ok(());
        }
        *looked = Instant::now();
        let stand = self.app.parts.store.run_state(&self.run.event).await?;
        let is_ours =
            |stand: &crate::ports::EventRunState| stand.under_way == Some(self.run.number);
        match stand {
            Some(stand) if stand.stopping && is_ours(&stand) => Err(Error::Stopped),
            _ => Ok(()),
        }
    }

    /// Returns the result of a future, unless the run is to stop before.
    pub(crate) async fn unless_stopped<T>(
        &self,
        what: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let mut what = std::pin::pin!(what);
        loop {
            match timeout(LOOK_EVERY, &mut what).await {
                Ok(done) => {
                    self.look().await?;
                    return Ok(done);
                }
                Err(_) => self.look().await?,
            }
        }
    }
}
