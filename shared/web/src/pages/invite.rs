//! Invites everybody who has no invitation yet, in two steps, because a mail cannot be undone.

use askama::Template;
use attendee_sync_app::{Error, InvitationRequest};
use attendee_sync_domain::config::Template as Letter;
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::problem::HttpProblem;
use crate::texts::t;
use crate::words;

#[derive(Template)]
#[template(path = "invite.html")]
struct ConfirmInvitationsPage {
    shell: Shell,
    event: EventHead,
    enabled: bool,
    at_most: u64,
    people: String,
    /// Whether more people attend than when the number was shown.
    changed: bool,
    letter: Option<Letter>,
}

/// Shows how many people would be invited, and asks for confirmation.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    confirm(&console, &session, &event, None).await
}

async fn confirm(
    console: &Console,
    session: &Session,
    event: &EventId,
    found: Option<u64>,
) -> PageResult {
    let head = EventHead::read(&console.app, event, Tab::Invitations).await?;
    let number = if let Some(number) = found {
        number
    } else {
        let view = console.app.invitations(event).await?;
        view.states.get("none").copied().unwrap_or(0)
    };
    render(&ConfirmInvitationsPage {
        shell: Shell::new(Some(session)),
        enabled: head.document.invitations.enabled,
        at_most: number,
        people: words::people(number),
        changed: found.is_some(),
        letter: head.document.invitations.template.clone(),
        event: head,
    })
}

/// Invites them, unless there are more than the number shown.
pub(super) async fn ask(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let at_most: u64 = fields.get("at_most").parse().map_err(|_| {
        HttpProblem::new(StatusCode::BAD_REQUEST, t("invite-the-form-is-incomplete"))
    })?;
    let whom = InvitationRequest::NotInvited {
        at_most: Some(at_most),
    };
    match console.invite(&session.authority.who, &event, whom).await {
        Ok(asked) => {
            let (queued, suppressed) = (asked.queued, asked.suppressed);
            let page =
                format!("/events/{event}/invitations?queued={queued}&suppressed={suppressed}");
            Ok(Redirect::to(&page).into_response())
        }
        Err(Error::MoreToInvite(number)) => {
            let mut page = confirm(&console, &session, &event, Some(number)).await?;
            *page.status_mut() = StatusCode::CONFLICT;
            Ok(page)
        }
        Err(other) => Err(other.into()),
    }
}
