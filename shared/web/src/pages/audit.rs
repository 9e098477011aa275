//! What people changed in a community, who signed in, and who downloaded files of people.

use askama::Template;
use attendee_sync_domain::ids::CommunityId;
use axum::extract::{Extension, State};
use serde::Deserialize;

use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::lists::links::{FileLinks, PageLinks, PageOrder, WholeList};
use crate::texts::t;
use crate::words::{self, Clockwork, ShownTime};

const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditLog {
    shell: Shell,
    community: CommunityId,
    rows: Vec<AuditRow>,
    pager: PageLinks,
    files: FileLinks,
    first: bool,
}

struct AuditRow {
    when: ShownTime,
    who: String,
    what: String,
}

#[derive(Deserialize)]
pub(super) struct AuditQuery {
    before: Option<String>,
}

pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(community): Named<CommunityId>,
    QueryParameters(asked): QueryParameters<AuditQuery>,
) -> PageResult {
    let first = asked.before.is_none();
    let app = &console.app;
    let (entries, next) = app.audit(&community, asked.before, PAGE).await?;
    let clock = Clockwork::new("UTC", app.now());
    let people = entries.iter().filter_map(|entry| entry.action.person());
    let names = app.names_of_people(&community, &people.collect()).await?;
    let rows = entries.into_iter().map(|entry| {
        let name = entry.action.person().and_then(|person| names.get(&person));
        let what = entry.action.in_words_naming(name.map(String::as_str));
        AuditRow {
            when: clock.show(entry.at),
            who: words::capitalised(&entry.by.to_string()),
            what: words::sentence(&words::capitalised(&what)),
        }
    });
    let path = format!("/communities/{community}/audit");
    render(&AuditLog {
        shell: Shell::new(Some(&session)),
        rows: rows.collect(),
        community,
        pager: PageLinks::of(PageOrder::NewestFirst, &path, "before", first, next),
        files: FileLinks::of(
            &format!("{path}/file"),
            &WholeList,
            t("audit-the-audit-log"),
        ),
        first,
    })
}
