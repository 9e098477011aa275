//! What the console is told of where it runs: how long a request may take, and over what it comes.

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::{App, Error};
use attendee_sync_domain::audit::Actor;

use crate::console::Console;
use crate::problem::HttpProblem;

/// For what comes before and after the work that a request is about.
const AROUND: Duration = Duration::from_secs(4);
/// How long a page waits for lists to be read in that are read in further after its answer.
const MOMENT: Duration = Duration::from_secs(1);

/// What a request may rely on where the console runs. The program that starts it says so.
#[derive(Debug, Clone, Copy)]
pub struct Hosting {
    /// How long the work of a request may take, where the process stands still after the answer. Without it
    /// a request takes as long as it likes, and the process goes on with what a request began.
    pub request_limit: Option<Duration>,
    /// Whether every request comes over TLS, whatever host it names.
    pub is_encrypted: bool,
    /// Whether the program prints links to sign in by.
    pub prints_sign_in_links: bool,
    /// The largest list that can be uploaded, in bytes.
    pub max_upload: u64,
}

impl Hosting {
    /// Whether nothing is done any more once a request was answered.
    pub(crate) fn stands_still(self) -> bool {
        self.request_limit.is_some()
    }

    /// What comes of some work; a problem that says this where it is not done in time. The work is
    /// then dropped where it stands.
    pub(crate) fn wait<T>(
        self,
        work: impl Future<Output = T>,
        too_slow: &str,
    ) -> impl Future<Output = Result<T, HttpProblem>> {
        // On the heap: it is large, and every caller's future would be too.
        within(self.request_limit, Box::pin(work), too_slow)
    }

    /// The same for a request as a whole, with what comes before and after the work it is about.
    pub(crate) fn wait_for_answer<T>(
        self,
        work: impl Future<Output = T>,
        too_slow: &str,
    ) -> impl Future<Output = Result<T, HttpProblem>> {
        let limit = self.request_limit.map(|limit| limit + AROUND);
        within(limit, Box::pin(work), too_slow)
    }

    /// How long a page waits for lists to be read in: where nobody goes on with that after the answer,
    /// longer.
    pub(crate) fn list_wait(self) -> Duration {
        self.request_limit.map_or(MOMENT, |limit| limit / 2)
    }

    /// Does some work to its end, also where whoever asked goes away meanwhile. Where nothing goes on after an
    /// answer, nobody goes away before it.
    pub(crate) async fn carry_through<T: Send + 'static>(
        self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        if self.stands_still() {
            return work.await;
        }
        tokio::spawn(work).await.unwrap_or(Err(Error::Aborted))
    }

    /// Does some work after the answer; where nothing goes on then, before it, as far as there is time.
    pub(crate) async fn leave_behind(self, work: impl Future<Output = ()> + Send + 'static) {
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
    /// Does to its end what somebody orders, also where they go away meanwhile.
    pub(crate) async fn on_behalf<T: Send + 'static, F>(
        &self,
        by: &Actor,
        work: impl FnOnce(Arc<App>, Actor) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let work = work(Arc::clone(&self.app), by.clone());
        // On the heap: it is large, and every caller's future would be too.
        self.hosting.carry_through(Box::pin(work)).await
    }
}
