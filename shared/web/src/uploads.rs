//! Taking in a list that somebody uploads, for pages and API alike: it is stored, and a sync of it begins.

use std::sync::Arc;

use attendee_sync_app::{App, SyncScope, UploadedFile};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::{EventId, RunId};

use crate::console::Console;
use crate::form_file::too_large;
use crate::problem::HttpProblem;

impl Console {
    /// Stores a list in the place of the one before and begins a sync of it; returns the id of its run.
    pub(crate) async fn take_list(
        &self,
        by: &Actor,
        event: &EventId,
        file: UploadedFile,
    ) -> Result<RunId, HttpProblem> {
        if file.bytes.len() as u64 > self.hosting.max_upload {
            return Err(too_large(self.hosting.max_upload));
        }
        let named = event.clone();
        let store = |app: Arc<App>, by: Actor| async move {
            app.as_of(&by).replace_uploaded_list(&named, file).await
        };
        self.on_behalf(by, store).await?;
        Ok(self.begin_sync(by, event, SyncScope::Everyone).await?)
    }
}
