//! The first tab of an event: its attendees, and the button that syncs them.

use std::sync::Arc;

use askama::Template;
use attendee_sync_app::{AttendeeView, Choices, ListOrder, PageExtent};
use attendee_sync_domain::ids::{EventId, PersonId};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use super::attendee_columns::{AttendeeCell, AttendeeColumns};
use super::attendee_filter::{AttendeeFilterView, AttendeesQuery};
use super::badges::BadgeSummary;
use super::saved_filters::SavedFilterView;
use super::view::{Figures, RunLine};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters};
use crate::lists::export::{self, FileFormat};
use crate::lists::kept_words::forgotten_words;
use crate::lists::links::{FileLinks, ListAddress, PageLinks};
use crate::texts::text;
use crate::words;
use crate::words::{Clockwork, ShownTime};

#[derive(Template)]
#[template(path = "attendees.html")]
struct AttendeesPage {
    shell: Shell,
    event: EventHead,
    run: Option<RunLine>,
    figures: Option<Figures>,
    one: OnePersonForm,
    filters: AttendeeFilterView,
    saved: SavedFilterView,
    rows: Vec<AttendeeRow>,
    /// The range of rows that the page shows.
    extent: String,
    /// How many are in the list, where they are more than these.
    total: Option<String>,
    /// When the page was made.
    now: ShownTime,
    pager: PageLinks,
    files: FileLinks,
    /// Whether the list can be sorted and filtered already.
    is_ready: bool,
    /// The largest file that is taken.
    most: String,
    /// How far the digital badges are checked, where there are any.
    badges: Option<BadgeSummary>,
}

impl AttendeesPage {
    /// Whether whoever looks can do something with several people at once.
    fn acts(&self) -> bool {
        self.shell.operates(&self.event.document.community) && !self.filters.prints()
    }
}

/// The form that syncs one person: its text, and its mistake.
#[derive(Default)]
pub(super) struct OnePersonForm {
    pub(super) typed: String,
    pub(super) problem: Option<String>,
}

/// What was typed into the forms of the page and not taken.
#[derive(Default)]
pub(super) struct AttendeeForms {
    pub(super) one: OnePersonForm,
    /// The name under which a filter was to be saved.
    pub(super) filter_name: String,
    /// Why it was not.
    pub(super) filter_problem: Option<String>,
}

struct AttendeeRow {
    person: PersonId,
    /// Their name, or else their address.
    name: String,
    /// What each column says, after its heading.
    cells: Vec<(&'static str, AttendeeCell)>,
}

pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<AttendeesQuery>,
) -> PageResult {
    show(&console, &session, &event, asked, AttendeeForms::default()).await
}

/// Reads the submitted filters, and redirects to the list.
pub(super) async fn find(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let asked = AttendeesQuery::typed(&console, &session, &event, &fields).await?;
    let address = format!("/events/{event}{}", asked.address());
    Ok(Redirect::to(&address).into_response())
}

/// Sends the filtered list as a file.
pub(super) async fn file(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<AttendeesQuery>,
    format: FileFormat,
) -> PageResult {
    let query = asked.query(&console, &session, &event).await?;
    if asked.has_forgotten_words(&query) {
        return Err(forgotten_words());
    }
    let by = &session.authority.who;
    export::attendees(&console, by, event, &query, format).await
}

/// The page of this list again, with what was typed and why it was not taken.
pub(super) async fn refused(
    console: &Console,
    session: &Session,
    event: &EventId,
    list: AttendeesQuery,
    forms: AttendeeForms,
) -> PageResult {
    let mut page = show(console, session, event, list, forms).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

async fn show(
    console: &Console,
    session: &Session,
    event: &EventId,
    asked: AttendeesQuery,
    forms: AttendeeForms,
) -> PageResult {
    let app = &console.app;
    let head = EventHead::read(app, event, Tab::Attendees).await?;
    let query = asked.query(console, session, event).await?;
    let (filter, mut order) = (query.filter()?, query.order()?);
    let after = asked.after()?;
    // A person who only looks at the page does not wait until the lists of a large event are
    // loaded.
    let is_ready = asked.narrows() || is_ready(console, event).await;
    if !is_ready {
        order = ListOrder::default();
    }
    // The order matters: a run that is shown as finished has all its attendees on the page.
    let run = match app.run_under_way(event).await? {
        Some(run) => Some(run),
        None => app.newest_run(event).await?,
    };
    let limit = asked.limit();
    let page = app.attendees(event, &filter, order, after, limit).await?;
    let choices = if is_ready {
        app.attendee_choices(event, filter.presence).await?
    } else {
        Choices::default()
    };
    let saved = SavedFilterView {
        typed: forms.filter_name,
        problem: forms.filter_problem,
        ..SavedFilterView::read(console, session, event, &asked).await?
    };
    let columns = asked.columns();
    let filters = AttendeeFilterView::new(asked, query, &choices);
    let path = format!("/events/{event}");
    let figures = match run.as_ref().filter(|run| !run.state.is_over()) {
        Some(run) => Some(Figures::read(app, run).await?),
        None => None,
    };
    render(&AttendeesPage {
        shell: Shell::new(Some(session)),
        figures,
        run: run.as_ref().map(|run| RunLine::new(run, &head.clock)),
        one: forms.one,
        saved,
        now: head.clock.show(app.now()),
        extent: page
            .extent
            .map(|of| in_words(of, page.attendees.len()))
            .unwrap_or_default(),
        total: page
            .extent
            .filter(|of| of.total > page.attendees.len())
            .map(|of| words::number(of.total as u64)),
        most: words::bytes(console.hosting.max_upload),
        pager: filters.pager(&path, after.is_none(), page.next),
        files: filters.files(&path),
        filters,
        rows: page
            .attendees
            .iter()
            .map(|one| row(one, &columns, &head.clock))
            .collect(),
        is_ready,
        badges: BadgeSummary::read(app, &head.document).await?,
        event: head,
    })
}

/// Returns whether an event's lists are loaded; waits a moment for it. Loading continues even if
/// nobody waits any more.
async fn is_ready(console: &Console, event: &EventId) -> bool {
    let (app, event) = (Arc::clone(&console.app), event.clone());
    let reading = async move { app.read_in(&event).await };
    let reading = console.hosting.run_to_completion(reading);
    let read = tokio::time::timeout(console.hosting.list_wait(), reading).await;
    matches!(read, Ok(Ok(())))
}

/// Describes the range of the rows: "101 to 200 of 12,345".
fn in_words(extent: PageExtent, shown: usize) -> String {
    let number = |value: usize| words::number(value as u64);
    match extent.total {
        0 => String::new(),
        total if total == shown => words::people(total as u64),
        total => text!(
            "attendees-number-to-number-of",
            number = number(extent.before + 1),
            number2 = number(extent.before + shown),
            total = words::people(total as u64)
        ),
    }
}

fn row(attendee: &AttendeeView, columns: &AttendeeColumns, clock: &Clockwork) -> AttendeeRow {
    let name = attendee.profile.full_name();
    AttendeeRow {
        person: attendee.person,
        name: if name.is_empty() {
            attendee.email.to_string()
        } else {
            name
        },
        cells: columns.cells(attendee, clock),
    }
}
