//! Mails that were written into a folder instead of being sent.

use attendee_sync_app::ports::{ReadMail, StoredMail};
use axum::Json;
use axum::extract::State;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::problem::HttpProblem;

pub(super) async fn list(
    State(console): SharedConsole,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<StoredMail>>, HttpProblem> {
    let (before, limit) = (paging.cursor::<String>()?, paging.limit()?);
    let (mails, next) = console.mails(before.as_deref(), limit).await?;
    Ok(ListPage::page(mails, next))
}

pub(super) async fn one(
    State(console): SharedConsole,
    Named(name): Named<String>,
) -> Result<Json<ReadMail>, HttpProblem> {
    Ok(Json(console.mail(&name).await?))
}
