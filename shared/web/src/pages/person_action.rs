//! A button on the page of a person: whose page it is, who pressed it, and how it leads back there.

use std::sync::Arc;

use attendee_sync_app::Audited;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;

use super::person::{self, PersonExtras, Which};
use super::{PageResult, help_desk};
use crate::access::Session;
use crate::console::Console;
use crate::extract::{FormFields, Two};
use crate::problem::HttpProblem;

/// A form about a person that was sent from their page.
pub(super) struct PersonAction {
    pub(super) console: Arc<Console>,
    pub(super) event: EventId,
    pub(super) email: EmailAddress,
    pub(super) fields: FormFields,
    person: PersonId,
    session: Session,
}

impl FromRequestParts<Arc<Console>> for PersonAction {
    type Rejection = HttpProblem;

    async fn from_request_parts(
        parts: &mut Parts,
        console: &Arc<Console>,
    ) -> Result<Self, HttpProblem> {
        let Two(event, person) = Two::from_request_parts(parts, console).await?;
        // The gate puts both of them there.
        let session = parts.extensions.get::<Session>().cloned();
        let fields = parts.extensions.get::<FormFields>().cloned();
        Ok(Self {
            email: console.app.address_of(&event, person).await?,
            console: Arc::clone(console),
            event,
            fields: fields.unwrap_or_default(),
            person,
            session: session.ok_or_else(HttpProblem::internal)?,
        })
    }
}

impl PersonAction {
    /// Returns the use cases as the person who pressed the button.
    pub(super) fn acting(&self) -> Audited<'_> {
        self.console.app.as_of(&self.session.authority.who)
    }

    /// Returns the community of the event.
    pub(super) async fn community(&self) -> Result<CommunityId, HttpProblem> {
        Ok(self.console.app.document(&self.event).await?.community)
    }

    /// Leads back to the page of the person, which says what was done.
    pub(super) fn back(&self, done: Which) -> Response {
        help_desk::back(&self.event, self.person, done.name())
    }

    /// Leads back likewise, where nothing may have changed.
    pub(super) fn back_if(&self, is_changed: bool, done: Which) -> Response {
        self.back(if is_changed { done } else { Which::Unchanged })
    }

    /// Shows the page of the person with this text, because nothing was done.
    pub(super) async fn refuse(&self, text: String) -> PageResult {
        let extras = PersonExtras {
            done: Some(text),
            ..PersonExtras::default()
        };
        person::show(
            &self.console,
            &self.session,
            &self.event,
            &self.email,
            extras,
        )
        .await
    }
}
