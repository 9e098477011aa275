//! Lists that programs upload.

use attendee_sync_app::UploadedFile;
use attendee_sync_domain::ids::EventId;
use axum::body::{Body, to_bytes};
use axum::extract::{Extension, State};
use axum::response::Response;

use super::runs::begun;
use crate::console::SharedConsole;
use crate::extract::Named;
use crate::form_file::too_large;
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// How a list is called that came without a name.
const NAME: &str = "List uploaded by a program";

pub(super) async fn replace(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    body: Body,
) -> Result<Response, HttpProblem> {
    let most = console.hosting.max_upload;
    let limit = usize::try_from(most).unwrap_or(usize::MAX);
    // What ends early is as little a list as what is too long.
    let bytes = to_bytes(body, limit).await;
    let bytes = bytes.map_err(|_| too_large(most))?;
    let file = UploadedFile {
        name: NAME.to_owned(),
        bytes: bytes.to_vec(),
    };
    let run = console.take_list(&caller.who, &event, file).await?;
    begun(&console, &run).await
}
