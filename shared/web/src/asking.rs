//! Asking a source while somebody waits, for pages and API alike.

use attendee_sync_app::{Error, Preview, Scope, SourceSays, Trial};
use attendee_sync_domain::authority::Authority;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::EventId;
use serde_json::Value;

use crate::console::Console;
use crate::permits;
use crate::problem::Problem;

impl Console {
    /// Reads the source's first page by a document that need not be stored.
    pub(crate) async fn try_out(
        &self,
        authority: &Authority,
        document: &Value,
    ) -> Result<Trial, Problem> {
        let tried = self.patience.wait(
            self.app.try_out(document, permits::author(authority)),
            "the source takes too long to answer while you wait; try again, or ask those who run it",
        );
        Ok(tried.await??)
    }

    /// Shows what a sync would do.
    pub(crate) async fn preview(&self, event: &EventId, scope: Scope) -> Result<Preview, Problem> {
        let preview = self.patience.wait(
            self.app.preview(event, scope),
            "the feed is too large, or its source too slow, to be previewed while you wait; a sync takes the time it needs, and its guards hold what would take many out",
        );
        Ok(preview.await??)
    }

    /// Asks the source what it says of one person now; an error where it does not say it, a problem
    /// where it does not in time.
    pub(crate) async fn ask_source(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<Result<SourceSays, Error>, Problem> {
        let says = self.patience.wait(
            self.app.ask_source(event, email),
            "the source takes too long to be asked while you wait; source.one_person lets it be asked for one person's records alone",
        );
        says.await
    }
}
