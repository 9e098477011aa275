//! The last step: shows the saved event, its first sync, and the way to its settings.

use askama::Template;
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};

use super::super::{PageResult, Shell, render};
use super::{Step, StepHead, lost, to};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::Named;

#[derive(Template)]
#[template(path = "setup/live.html")]
struct LivePage {
    shell: Shell,
    head: StepHead,
    event: EventId,
    hourly: bool,
}

pub(in crate::pages) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(handle): Named<String>,
) -> PageResult {
    let draft = console.setups.look(&session.authority, &handle).await?;
    match draft {
        None => lost(&session),
        Some(draft) => match draft.saved.clone() {
            None => Ok(to(&Step::Check.path(&handle))),
            Some(event) => render(&LivePage {
                shell: Shell::new(Some(&session)),
                head: StepHead::new(&handle, &draft, Step::Live),
                event,
                hourly: draft.hourly,
            }),
        },
    }
}
