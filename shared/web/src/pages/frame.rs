//! The HTML of mails, each in a frame of its own: it has its own styles, which pages of the console
//! do not allow, and its policy prevents everything else.

use axum::extract::{Extension, Path, State};
use axum::response::{Html, IntoResponse, Response};

use super::PageResult;
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::Named;
use crate::gate::Framing;
use crate::problem::HttpProblem;

/// Shows a preview of an invitation, while it is kept.
pub(super) async fn sample(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Path((_, handle)): Path<(String, String)>,
) -> PageResult {
    let sample = console.samples.look(&session, &handle).await?;
    let sample = sample.ok_or_else(HttpProblem::not_found)?;
    Ok(within(sample.to_string()))
}

/// A mail of the folder.
pub(super) async fn mail(State(console): SharedConsole, Named(name): Named<String>) -> PageResult {
    Ok(within(console.mail(&name).await?.html))
}

fn within(html: String) -> Response {
    let mut response = Html(html).into_response();
    response.extensions_mut().insert(Framing::Within);
    response
}

/// Allows a page to contain such frames.
pub(super) fn around(page: PageResult) -> PageResult {
    let mut page = page?;
    page.extensions_mut().insert(Framing::Around);
    Ok(page)
}
