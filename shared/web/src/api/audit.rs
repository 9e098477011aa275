//! The audit log: what people changed, who signed in, and who downloaded files of people.

use attendee_sync_domain::audit::AuditEntry;
use attendee_sync_domain::ids::CommunityId;
use axum::Json;
use axum::extract::State;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::problem::HttpProblem;

pub(super) async fn list(
    State(console): SharedConsole,
    Named(community): Named<CommunityId>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<AuditEntry>>, HttpProblem> {
    let (before, limit) = (paging.cursor()?, paging.limit()?);
    let (entries, next) = console.app.audit(&community, before, limit).await?;
    Ok(ListPage::page(entries, next))
}
