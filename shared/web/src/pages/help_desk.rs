//! The help desk: an address or part of a name in, whether they may come in and why out.
//!
//! What is typed is posted: addresses do not belong into URLs.

use askama::Template;
use attendee_sync_app::{Error, PersonFound, Within};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::people::Presence;
use axum::extract::{Extension, State};

use super::{EventHead, PageResult, Shell, Tab, person, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::problem::HttpProblem;
use crate::words;

/// People shown of those who were found.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "help_desk.html")]
struct HelpDesk {
    shell: Shell,
    event: EventHead,
    typed: String,
    /// Nothing before something was asked.
    rows: Option<Vec<HelpDeskRow>>,
    more: bool,
}

struct HelpDeskRow {
    person: PersonId,
    name: String,
    email: String,
    company: String,
    attending: bool,
}

/// Asks.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    show(&console, &session, &event, String::new(), None).await
}

/// Answers: about one person, or who it may be.
pub(super) async fn look(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let typed = fields.get("who").trim().to_owned();
    if let Ok(email) = typed.parse::<EmailAddress>() {
        return person::show(&console, &session, &event, &email, None).await;
    }
    let within = Within::Event(&event);
    let found = console.app.search(within, &typed, SHOWN + 1).await?;
    if let [only] = found.as_slice() {
        return person::show(&console, &session, &event, &only.email, None).await;
    }
    show(&console, &session, &event, typed, Some(found)).await
}

/// Asks the source what it says of an address now.
pub(super) async fn query_source(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let typed = fields.get("who").trim().parse::<EmailAddress>();
    let email = typed.map_err(|error| HttpProblem::at("who", error.to_string()))?;
    let says = match console.query_source(&event, &email).await {
        Ok(Ok(says)) => Ok(says),
        Ok(Err(Error::Source(error))) => Err(words::sentence(&error.to_string())),
        Ok(Err(other)) => return Err(other.into()),
        Err(too_slow) => Err(words::sentence(&too_slow.detail)),
    };
    Box::pin(person::show_with(
        &console,
        &session,
        &event,
        &email,
        None,
        Some(says),
    ))
    .await
}

async fn show(
    console: &Console,
    session: &Session,
    event: &EventId,
    typed: String,
    found: Option<Vec<PersonFound>>,
) -> PageResult {
    let app = &console.app;
    let head = EventHead::read(app, event, Tab::Attendees).await?;
    let more = found.as_ref().is_some_and(|found| found.len() > SHOWN);
    let rows = match found {
        None => None,
        Some(found) => {
            let mut rows = Vec::with_capacity(found.len());
            for found in found.into_iter().take(SHOWN) {
                rows.push(HelpDeskRow {
                    person: super::runs::person(app, event, &found.email).await?,
                    name: found.name,
                    company: found.company.unwrap_or_default(),
                    attending: found.events.get(event) == Some(&Presence::Attending),
                    email: found.email.to_string(),
                });
            }
            Some(rows)
        }
    };
    render(&HelpDesk {
        shell: Shell::new(Some(session)),
        event: head,
        typed,
        rows,
        more,
    })
}
