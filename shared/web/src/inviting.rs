//! Invites people and previews invitations, for pages and API alike.

use std::sync::Arc;

use attendee_sync_app::{
    App, Error, InvitationRequest, InvitationSample, InvitationsRequested, TestMail,
};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::authority::{Authority, Permission};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, EventId};
use axum::http::StatusCode;
use serde_json::Value;

use crate::console::Console;
use crate::problem::HttpProblem;
use crate::texts::text;

impl Console {
    /// Queues invitations.
    pub(crate) async fn invite(
        &self,
        by: &Actor,
        event: &EventId,
        whom: InvitationRequest,
    ) -> Result<InvitationsRequested, Error> {
        let event = event.clone();
        let order =
            |app: Arc<App>, by: Actor| async move { app.as_of(&by).invite(&event, &whom).await };
        self.on_behalf(by, order).await
    }

    /// Returns the invitation as an attendee, or an example of a person, would get it. It uses the
    /// stored document, or one that is checked first and not stored.
    pub(crate) async fn sample(
        &self,
        event: &EventId,
        unsaved: Option<&Value>,
        of: Option<&EmailAddress>,
    ) -> Result<InvitationSample, HttpProblem> {
        let stored = self.app.document(event).await?;
        let document = match unsaved {
            Some(unsaved) => self.unsaved(&stored, unsaved)?,
            None => stored,
        };
        Ok(self.app.sample_invitation(&document, of).await?)
    }

    /// Checks a document that could replace the stored one.
    fn unsaved(
        &self,
        stored: &EventDocument,
        unsaved: &Value,
    ) -> Result<EventDocument, HttpProblem> {
        let checked = self.check(unsaved, Some(&stored.event))?;
        if checked.community != stored.community {
            let community = &stored.community;
            let reason = text!("inviting-the-event-belongs-to", community = community);
            return Err(HttpProblem::at("community", reason));
        }
        Ok(checked)
    }

    /// Sends a test of the stored invitation; for an admin also of one that is not stored.
    pub(crate) async fn send_test(
        &self,
        caller: &Authority,
        event: &EventId,
        wanted: WantedTest<'_>,
    ) -> Result<(), HttpProblem> {
        let stored = self.app.document(event).await?;
        let unsaved = match wanted.unsaved {
            Some(unsaved) => {
                require_unsaved(caller, &stored.community)?;
                Some(self.unsaved(&stored, unsaved)?)
            }
            None => None,
        };
        let test = TestMail {
            event,
            unsaved: unsaved.as_ref(),
            shown_as: wanted.shown_as,
            to: wanted.to,
            own_address: caller.address.as_ref(),
        };
        // The future is boxed because it is large: it would make every caller's future large.
        Box::pin(self.app.as_of(&caller.who).send_test(test)).await?;
        Ok(())
    }
}

/// A test that a page or a program requests.
#[derive(Clone, Copy)]
pub(crate) struct WantedTest<'w> {
    /// The document to use, if it is not the stored one.
    pub(crate) unsaved: Option<&'w Value>,
    /// The attendee whose invitation is shown.
    pub(crate) shown_as: Option<&'w EmailAddress>,
    pub(crate) to: &'w EmailAddress,
}

/// Refuses a caller who must not send a text or a sender that no authorised person has saved.
fn require_unsaved(caller: &Authority, community: &CommunityId) -> Result<(), HttpProblem> {
    if caller.may(Permission::Administer, community) {
        return Ok(());
    }
    let role = Permission::Administer.least();
    let detail = text!(
        "inviting-your-role-does-not",
        role = role,
        community = community
    );
    Err(HttpProblem::new(StatusCode::FORBIDDEN, detail))
}
