//! The audit log: what people changed, who signed in, and who downloaded files of people.

use attendee_sync_domain::audit::AuditEntry;
use attendee_sync_domain::ids::CommunityId;
use axum::Json;
use axum::extract::State;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::openapi::{BadQuery, NoSuch, OfCommunity};
use crate::problem::HttpProblem;

/// Lists what people changed in a community, the newest first.
///
/// It also says who signed in and out, and who downloaded files of attendees and of runs' logs. Entries are kept for 400 days. They name people by their ids alone.
#[utoipa::path(
    get,
    path = "/communities/{community}/audit",
    tag = "communities",
    params(OfCommunity, Paging),
    responses((status = 200, description = "A page of them.", body = ListPage<AuditEntry>), BadQuery, NoSuch)
)]
pub(super) async fn list(
    State(console): SharedConsole,
    Named(community): Named<CommunityId>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<AuditEntry>>, HttpProblem> {
    let (before, limit) = (paging.cursor()?, paging.limit()?);
    let (entries, next) = console.app.audit(&community, before, limit).await?;
    Ok(ListPage::page(entries, next))
}
