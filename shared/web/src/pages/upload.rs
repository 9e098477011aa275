//! Uploading a new list for an event that reads none at a URL.

use askama::Template;
use attendee_sync_app::UploadedFile;
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
use crate::words::{self, ShownTime};

#[derive(Template)]
#[template(path = "upload.html")]
struct UploadPage {
    shell: Shell,
    event: EventHead,
    /// The list that is stored: the name of its file, its size, and when it came.
    stored: Option<(String, String, ShownTime)>,
    /// The largest file that is taken.
    most: String,
    problem: Option<String>,
}

impl UploadPage {
    async fn read(
        console: &Console,
        session: &Session,
        event: &EventId,
    ) -> Result<Self, HttpProblem> {
        let head = EventHead::read(&console.app, event, Tab::Attendees).await?;
        let stored = console.app.uploaded_list(event).await?;
        Ok(Self {
            shell: Shell::new(Some(session)),
            stored: stored.map(|stored| {
                let size = words::bytes(stored.bytes);
                (stored.name, size, head.clock.show(stored.uploaded))
            }),
            most: words::bytes(console.hosting.max_upload),
            problem: None,
            event: head,
        })
    }
}

/// The page.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    render(&UploadPage::read(&console, &session, &event).await?)
}

/// Takes a list in and begins a sync of it.
pub(super) async fn submit(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(mut fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let refused = match fields.take_file() {
        Some(file) => {
            let file = UploadedFile {
                name: file.name,
                bytes: file.bytes,
            };
            match console
                .take_list(&session.authority.who, &event, file)
                .await
            {
                Ok(_) => return Ok(Redirect::to(&format!("/events/{event}")).into_response()),
                Err(problem) if problem.status.is_server_error() => return Err(problem),
                Err(problem) => problem,
            }
        }
        None => HttpProblem::at("file", t("upload-choose-a-file-first")),
    };
    let mut page = UploadPage::read(&console, &session, &event).await?;
    let reasons = refused.places().into_iter();
    let reasons: Vec<String> = reasons
        .map(|place| words::sentence(&place.reason))
        .collect();
    page.problem = Some(reasons.join(" "));
    let mut page = render(&page)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}
