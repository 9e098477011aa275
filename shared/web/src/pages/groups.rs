//! The groups of the event's community.

use askama::Template;
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};

use super::{EventHead, Page, Shell, Tab, render};
use crate::access::Session;
use crate::console::Shared;
use crate::extract::Named;
use crate::words;

#[derive(Template)]
#[template(path = "groups.html")]
struct Groups {
    shell: Shell,
    event: EventHead,
    /// Name and members.
    rows: Vec<(String, String)>,
}

pub(super) async fn page(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> Page {
    let head = EventHead::read(&console.app, &event, Tab::Groups).await?;
    let groups = console.app.groups(&head.document.community).await?;
    render(&Groups {
        shell: Shell::new(Some(&session)),
        event: head,
        rows: groups
            .into_iter()
            .map(|group| (group.name.to_string(), words::number(group.members)))
            .collect(),
    })
}
