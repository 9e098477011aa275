//! Deletes an event, in two steps.

use askama::Template;
use attendee_sync_app::{AttendeeFilter, ListOrder, PresenceFilter};
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::problem::HttpProblem;
use crate::save::SaveCondition;
use crate::texts::text;
use crate::words;

#[derive(Template)]
#[template(path = "delete_event.html")]
struct DeleteEventPage {
    shell: Shell,
    event: EventHead,
    people: String,
    /// The reason why the event was not deleted.
    refused: Option<String>,
}

/// Shows what would be deleted, and asks for the event's name.
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
    refused: Option<String>,
) -> PageResult {
    let head = EventHead::read(&console.app, event, Tab::Configuration).await?;
    let everybody = AttendeeFilter {
        presence: PresenceFilter::All,
        ..AttendeeFilter::default()
    };
    let people = console
        .app
        .all_attendees(event, &everybody, ListOrder::default());
    let people = people.await?.len() as u64;
    render(&DeleteEventPage {
        shell: Shell::new(Some(session)),
        people: words::counted(people, "count-attendees"),
        refused,
        event: head,
    })
}

/// Deletes the event, if its name was typed and nobody changed it meanwhile.
pub(super) async fn act(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    if fields.get("name").trim() != event.as_str() {
        let reason = text!("delete-event-type-event-to-confirm-that", event = event);
        return refuse(&console, &session, &event, reason).await;
    }
    let version = fields.get("version").parse().into_iter().collect();
    match console
        .remove(&session.authority, &event, &SaveCondition::Version(version))
        .await
    {
        Ok(()) => Ok(Redirect::to("/").into_response()),
        Err(problem) if is_in_the_way(&problem) => {
            let reason = words::sentence(&problem.detail);
            refuse(&console, &session, &event, reason).await
        }
        Err(problem) => Err(problem),
    }
}

fn is_in_the_way(problem: &HttpProblem) -> bool {
    matches!(
        problem.status,
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED
    )
}

async fn refuse(
    console: &Console,
    session: &Session,
    event: &EventId,
    reason: String,
) -> PageResult {
    let mut page = confirm(console, session, event, Some(reason)).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}
