//! Mails that were written into a folder instead of being sent.

use attendee_sync_app::ports::{ReadMail, StoredMail};
use axum::Json;
use axum::extract::State;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::openapi::{BadQuery, NoSuch, OfMail};
use crate::problem::HttpProblem;

/// Lists the mails in the folder, the newest first.
#[utoipa::path(
    get,
    path = "/mail",
    tag = "mail",
    params(Paging),
    responses((status = 200, description = "A page of them.", body = ListPage<StoredMail>), BadQuery, NoSuch)
)]
pub(super) async fn list(
    State(console): SharedConsole,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<StoredMail>>, HttpProblem> {
    let (before, limit) = (paging.cursor::<String>()?, paging.limit()?);
    let (mails, next) = console.mails(before.as_deref(), limit).await?;
    Ok(ListPage::page(mails, next))
}

/// Gives one mail of the folder.
#[utoipa::path(
    get,
    path = "/mail/{name}",
    tag = "mail",
    params(OfMail),
    responses((status = 200, description = "The mail.", body = ReadMail), NoSuch)
)]
pub(super) async fn one(
    State(console): SharedConsole,
    Named(name): Named<String>,
) -> Result<Json<ReadMail>, HttpProblem> {
    Ok(Json(console.mail(&name).await?))
}
