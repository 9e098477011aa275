//! Mails that were written into a folder instead of being sent.

use attendee_sync_app::ports::{ReadMail, StoredMail};
use axum::Json;
use axum::extract::State;

use super::{List, Paging};
use crate::console::Shared;
use crate::extract::{Asked, Named};
use crate::problem::Problem;

/// `GET /mail`: the newest first.
pub(super) async fn list(
    State(console): Shared,
    Asked(paging): Asked<Paging>,
) -> Result<Json<List<StoredMail>>, Problem> {
    let (before, limit) = (paging.cursor::<String>()?, paging.limit()?);
    let (mails, next) = console.mails(before.as_deref(), limit).await?;
    Ok(List::page(mails, next))
}

/// `GET /mail/{name}`
pub(super) async fn one(
    State(console): Shared,
    Named(name): Named<String>,
) -> Result<Json<ReadMail>, Problem> {
    Ok(Json(console.mail(&name).await?))
}
