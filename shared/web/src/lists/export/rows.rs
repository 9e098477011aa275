//! The rows of each list's file. Downloads of lists that name people are recorded in the audit log.

use std::sync::Arc;

use attendee_sync_app::{AudienceRequest, ChangeFilter, ChangeLine, IssueFilter};
use attendee_sync_domain::audit::{Actor, ExportedList, RunLogPart};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId, RunNumber};
use attendee_sync_domain::run::Run;
use axum::extract::{Extension, State};
use axum::response::Response;

use super::{FileFormat, pages, send};
use crate::console::{Console, SharedConsole};
use crate::extract::Named;
use crate::lists::filters::AttendeeQuery;
use crate::lists::paging::next_run;
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// Rows read at a time.
const PIECE: usize = 200;

type FileResult = Result<Response, HttpProblem>;

/// The attendees of a query. The file's attendees are determined at once; their data is read when
/// their row is written.
pub(crate) async fn attendees(
    console: &Console,
    by: &Actor,
    event: EventId,
    query: &AttendeeQuery,
    FileFormat(format): FileFormat,
) -> FileResult {
    let app = &console.app;
    let (filter, order) = (query.filter()?, query.order()?);
    let people = app.all_attendees(&event, &filter, order).await?;
    let community = app.document(&event).await?.community;
    let (name, count) = (format!("{event}-attendees"), people.len() as u64);
    app.as_of(by).note_attendees_exported(&event, count).await;
    let read = Arc::new((Arc::clone(app), community, event, people));
    let rows = pages(move |from: Option<usize>| {
        let read = Arc::clone(&read);
        async move {
            let (app, community, event, people) = &*read;
            let from = from.unwrap_or(0);
            let end = from.saturating_add(PIECE).min(people.len());
            let piece: &[PersonId] = people.get(from..end).unwrap_or_default();
            let views = app.attendee_views(community, event, piece).await?;
            Ok((views, (end < people.len()).then_some(end)))
        }
    });
    send(&name, format, rows).await
}

/// Whom a push message reaches.
pub(crate) async fn audience(
    console: &Console,
    by: &Actor,
    event: EventId,
    request: &AudienceRequest,
    FileFormat(format): FileFormat,
) -> FileResult {
    let app = &console.app;
    let audience = app.audience(&event, request).await?;
    let (name, count) = (format!("{event}-audience"), audience.people.len() as u64);
    app.as_of(by).note_attendees_exported(&event, count).await;
    let read = Arc::new((Arc::clone(app), event, audience));
    let rows = pages(move |from: Option<usize>| {
        let read = Arc::clone(&read);
        async move {
            let (app, event, audience) = &*read;
            let (from, all) = (from.unwrap_or(0), &audience.people);
            let end = from.saturating_add(PIECE).min(all.len());
            let piece: &[PersonId] = all.get(from..end).unwrap_or_default();
            let members = app.audience_members(event, audience, piece).await?;
            Ok((members, (end < all.len()).then_some(end)))
        }
    });
    send(&name, format, rows).await
}

/// A run's changes, a row for each field.
pub(crate) async fn changes(
    console: &Console,
    by: &Actor,
    run: RunId,
    filter: ChangeFilter,
    FileFormat(format): FileFormat,
) -> FileResult {
    let app = &console.app;
    app.run(&run).await?;
    let sought = app.sought(&run, filter).await?;
    let name = format!("{}-run-{}-changes", run.event, run.number);
    let part = RunLogPart::Changes;
    app.as_of(by).note_run_log_exported(&run, part).await;
    let read = Arc::new((Arc::clone(app), run, sought));
    let rows = pages(move |cursor| {
        let read = Arc::clone(&read);
        async move {
            let (app, run, sought) = &*read;
            let (changes, next) = app.changes_sought(run, sought, cursor, usize::MAX).await?;
            Ok((ChangeLine::of(changes), next))
        }
    });
    send(&name, format, rows).await
}

/// A run's issues. They are few enough to be read at once.
pub(crate) async fn issues(
    console: &Console,
    by: &Actor,
    run: RunId,
    filter: IssueFilter,
    FileFormat(format): FileFormat,
) -> FileResult {
    let app = &console.app;
    let mut issues = app.issues(&run).await?;
    issues.retain(|issue| filter.takes(issue));
    let name = format!("{}-run-{}-issues", run.event, run.number);
    let part = RunLogPart::Issues;
    app.as_of(by).note_run_log_exported(&run, part).await;
    let rows = futures_util::stream::iter([Ok(issues)]);
    send(&name, format, rows).await
}

/// An event's runs, the newest first.
pub(crate) async fn runs(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
    FileFormat(format): FileFormat,
) -> FileResult {
    let name = format!("{event}-runs");
    let read = Arc::new((Arc::clone(&console.app), event));
    let rows = pages(move |before: Option<RunNumber>| {
        let read = Arc::clone(&read);
        async move {
            let (app, event) = &*read;
            let runs = app.runs(event, before, PIECE).await?;
            let next = next_run(&runs, PIECE);
            Ok((runs.iter().map(Run::summary).collect(), next))
        }
    });
    send(&name, format, rows).await
}

macro_rules! of_community {
    ($($(#[$doc:meta])+ $function:ident: $from:ty, $name:literal, $list:ident;)+) => {$(
        $(#[$doc])+
        pub(crate) async fn $function(
            State(console): SharedConsole,
            Extension(caller): Caller,
            Named(community): Named<CommunityId>,
            FileFormat(format): FileFormat,
        ) -> FileResult {
            let name = format!($name, community);
            let app = Arc::clone(&console.app);
            let read = Arc::new((app, community.clone()));
            let rows = pages(move |from: Option<$from>| {
                let read = Arc::clone(&read);
                async move {
                    let (app, community) = &*read;
                    app.$function(community, from, PIECE).await
                }
            });
            let file = send(&name, format, rows).await?;
            let by = console.app.as_of(&caller.who);
            by.note_list_exported(&community, ExportedList::$list).await;
            Ok(file)
        }
    )+};
}

of_community! {
    /// A community's users.
    users: PersonId, "{}-users", Users;
    /// The addresses that get no mail from a community.
    suppressions: PersonId, "{}-suppressions", Suppressions;
    /// What people changed in a community, the newest first.
    audit: String, "{}-audit", AuditLog;
}
