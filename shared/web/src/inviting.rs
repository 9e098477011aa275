//! Inviting people and looking at invitations beforehand, for pages and API alike.

use std::sync::Arc;

use attendee_sync_app::{App, Asked, Error, Invite, Sample};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::EventId;
use serde_json::Value;

use crate::console::Console;
use crate::problem::Problem;

/// Queues invitations; to the end, also where whoever asked goes away meanwhile.
pub(crate) async fn invite(
    app: &Arc<App>,
    by: &Actor,
    event: &EventId,
    whom: Invite,
) -> Result<Asked, Error> {
    if app.cloud.is_some() {
        // Nothing goes on here after the answer, and nobody goes away before it.
        return app.as_of(by).invite(event, &whom).await;
    }
    let (app, by, event) = (Arc::clone(app), by.clone(), event.clone());
    let asking = tokio::spawn(async move { app.as_of(&by).invite(&event, &whom).await });
    asking.await.unwrap_or(Err(Error::Aborted))
}

impl Console {
    /// The invitation as an attendee would get it, or an example of a person; by the stored
    /// document, or by one that is checked first and not stored.
    pub(crate) async fn sample(
        &self,
        event: &EventId,
        unsaved: Option<&Value>,
        of: Option<&EmailAddress>,
    ) -> Result<Sample, Problem> {
        let stored = self.app.document(event).await?;
        let document = match unsaved {
            Some(unsaved) => {
                let checked = self.check(unsaved, Some(event))?;
                if checked.community != stored.community {
                    let community = &stored.community;
                    let reason = format!("the event belongs to \"{community}\" and stays there");
                    return Err(Problem::at("community", reason));
                }
                checked
            }
            None => stored,
        };
        Ok(self.app.sample_invitation(&document, of).await?)
    }
}
