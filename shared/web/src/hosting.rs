//! The place where the console runs: how long a request may take, and whether it is encrypted.

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::{App, Error};
use attendee_sync_domain::audit::Actor;

use crate::console::Console;
use crate::problem::HttpProblem;

/// Time reserved for everything before and after the work of a request.
const AROUND: Duration = Duration::from_secs(4);
/// How long a page waits for lists to be loaded, if loading continues after the answer.
const MOMENT: Duration = Duration::from_secs(1);

/// The limits and guarantees of the place where the console runs, set by the program that starts
/// it.
#[derive(Debug, Clone, Copy)]
pub struct Hosting {
    /// How long the work of a request may take, where the process stops after the answer. Without
    /// it a request has no time limit, and work that a request started continues.
    pub request_limit: Option<Duration>,
    /// Whether every request comes over TLS, whatever host it names.
    pub is_encrypted: bool,
    /// Whether the program prints sign-in links.
    pub prints_sign_in_links: bool,
    /// The largest list that can be uploaded, in bytes.
    pub max_upload: u64,
}

impl Hosting {
    /// Returns whether the process stops after a request was answered.
    pub(crate) fn stops_after_answer(self) -> bool {
        self.request_limit.is_some()
    }

    /// Returns the result of some work, or a problem with the message `too_slow` where it takes too
    /// long. The work is then dropped unfinished.
    pub(crate) fn wait<T>(
        self,
        work: impl Future<Output = T>,
        too_slow: &str,
    ) -> impl Future<Output = Result<T, HttpProblem>> {
        // The future is boxed because it is large: it would make every caller's future large.
        within(self.request_limit, Box::pin(work), too_slow)
    }

    /// The same for a whole request, including what comes before and after its work.
    pub(crate) fn wait_for_answer<T>(
        self,
        work: impl Future<Output = T>,
        too_slow: &str,
    ) -> impl Future<Output = Result<T, HttpProblem>> {
        let limit = self.request_limit.map(|limit| limit + AROUND);
        within(limit, Box::pin(work), too_slow)
    }

    /// Returns how long a page waits for lists to be loaded: longer where the process stops after
    /// the answer.
    pub(crate) fn list_wait(self) -> Duration {
        self.request_limit.map_or(MOMENT, |limit| limit / 2)
    }

    /// Completes some work even if the caller disconnects. Where the process stops after an answer,
    /// the work runs within the request.
    pub(crate) async fn run_to_completion<T: Send + 'static>(
        self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        if self.stops_after_answer() {
            return work.await;
        }
        tokio::spawn(work).await.unwrap_or(Err(Error::Aborted))
    }

    /// Does some work after the answer. Where the process stops then, does it before the answer, as
    /// far as there is time.
    pub(crate) async fn run_after_answer(self, work: impl Future<Output = ()> + Send + 'static) {
        match self.request_limit {
            None => drop(tokio::spawn(work)),
            Some(limit) => {
                let _in_time = tokio::time::timeout(limit.saturating_sub(AROUND), work).await;
            }
        }
    }
}

async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T> + Unpin,
    too_slow: &str,
) -> Result<T, HttpProblem> {
    let Some(limit) = limit else {
        return Ok(work.await);
    };
    let done = tokio::time::timeout(limit, work).await;
    done.map_err(|_| HttpProblem::too_slow(too_slow))
}

impl Console {
    /// Completes some work for a person, even if they disconnect.
    pub(crate) async fn on_behalf<T: Send + 'static, F>(
        &self,
        by: &Actor,
        work: impl FnOnce(Arc<App>, Actor) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let work = work(Arc::clone(&self.app), by.clone());
        // The future is boxed because it is large: it would make every caller's future large.
        self.hosting.run_to_completion(Box::pin(work)).await
    }
}
