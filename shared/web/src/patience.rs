//! How long a request may take.

use std::time::Duration;

use attendee_sync_app::App;

use crate::problem::Problem;

/// In the cloud: the gateway ends a request after 30 seconds (API Gateway quotas, "Integration
/// timeout" of HTTP APIs).
const IN_CLOUD: Duration = Duration::from_secs(22);

/// For what comes before and after the work that a request is about.
const AROUND: Duration = Duration::from_secs(4);

/// How long a request may take; on one machine as long as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience(pub(crate) Option<Duration>);

impl Patience {
    pub(crate) fn of(app: &App) -> Self {
        Self(app.cloud.as_ref().map(|_| IN_CLOUD))
    }

    /// The same for a request as a whole, with what comes before and after the work it is about.
    pub(crate) fn for_all(self) -> Self {
        Self(self.0.map(|limit| limit + AROUND))
    }

    /// What comes of some work; a problem that says this where it is not done in time. The work is
    /// then dropped where it stands.
    pub(crate) async fn wait<T>(
        self,
        work: impl Future<Output = T>,
        too_slow: &str,
    ) -> Result<T, Problem> {
        // On the heap: it is large, and every caller's future would be too.
        let work = Box::pin(work);
        let Some(limit) = self.0 else {
            return Ok(work.await);
        };
        let done = tokio::time::timeout(limit, work).await;
        done.map_err(|_| Problem::too_slow(too_slow))
    }
}
