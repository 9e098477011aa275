//! The first tab of an event: its attendees, and the button that syncs them.

use std::sync::Arc;

use askama::Template;
use attendee_sync_app::{AttendeeView, Choices, InvitationView, ListOrder, PageExtent};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::invitation::InvitationState;
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::profile::ProfileField;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use super::attendee_filter::{AttendeeFilterView, AttendeesQuery};
use super::view::{Figures, RunLine};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters};
use crate::lists::export::{self, FileFormat};
use crate::lists::kept_words::forgotten_words;
use crate::lists::links::{FileLinks, ListAddress, PageLinks};
use crate::words;
use crate::words::{Clockwork, ShownTime};

/// Attendees on a page.
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "attendees.html")]
struct AttendeesPage {
    shell: Shell,
    event: EventHead,
    run: Option<RunLine>,
    figures: Option<Figures>,
    one: OnePersonForm,
    filters: AttendeeFilterView,
    rows: Vec<AttendeeRow>,
    /// Which of how many these are.
    extent: String,
    /// How many are in the list.
    total: String,
    pager: PageLinks,
    files: FileLinks,
    /// Whether the list can be sorted and filtered yet.
    is_ready: bool,
    /// The largest file that is taken.
    most: String,
}

/// What was typed to sync one person, and what is wrong with it.
#[derive(Default)]
pub(super) struct OnePersonForm {
    pub(super) typed: String,
    pub(super) problem: Option<String>,
}

struct AttendeeRow {
    person: PersonId,
    name: String,
    email: String,
    company: String,
    country: String,
    groups: String,
    attending: bool,
    reason: Option<String>,
    invitation: Option<InvitationCell>,
}

/// Where an invitation stands.
struct InvitationCell {
    /// For style sheets.
    state: &'static str,
    words: &'static str,
    since: ShownTime,
    /// What went wrong, where something did.
    reason: Option<String>,
}

impl InvitationCell {
    fn new(invitation: &InvitationView, clock: &Clockwork) -> Self {
        use InvitationState::{Bounced, Failed, InDoubt};
        let wrong = matches!(invitation.state, Failed | Bounced | InDoubt);
        let reason = invitation.reason.as_deref().filter(|_| wrong);
        let state = invitation.state.name();
        Self {
            state,
            words: words::invitation(state),
            since: clock.show(invitation.since),
            reason: reason.map(words::sentence),
        }
    }
}

pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<AttendeesQuery>,
) -> PageResult {
    show(&console, &session, &event, asked, OnePersonForm::default()).await
}

/// Takes what was typed into the filters, and shows the list.
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

/// The list as a file, as far as the filters let it through.
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

/// The page again, with what was typed and why it was not taken.
pub(super) async fn refused(
    console: &Console,
    session: &Session,
    event: &EventId,
    one: OnePersonForm,
) -> PageResult {
    let mut page = show(console, session, event, AttendeesQuery::default(), one).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

async fn show(
    console: &Console,
    session: &Session,
    event: &EventId,
    asked: AttendeesQuery,
    one: OnePersonForm,
) -> PageResult {
    let app = &console.app;
    let head = EventHead::read(app, event, Tab::Attendees).await?;
    let query = asked.query(console, session, event).await?;
    let (filter, mut order) = (query.filter()?, query.order()?);
    let after = asked.after()?;
    // Nobody waits for the lists of a large event to be read in who only wants to look at it.
    let is_ready = asked.narrows() || is_ready(console, event).await;
    if !is_ready {
        order = ListOrder::default();
    }
    // In this order: a run that is shown as over has all its attendees on the page.
    let run = match app.run_under_way(event).await? {
        Some(run) => Some(run),
        None => app.newest_run(event).await?,
    };
    let page = app.attendees(event, &filter, order, after, PAGE).await?;
    let choices = if is_ready {
        app.attendee_choices(event, filter.presence).await?
    } else {
        Choices::default()
    };
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
        one,
        extent: page
            .extent
            .map(|of| in_words(of, page.attendees.len()))
            .unwrap_or_default(),
        total: page
            .extent
            .map(|of| words::number(of.total as u64))
            .unwrap_or_default(),
        most: words::bytes(console.hosting.max_upload),
        pager: filters.pager(&path, after.is_none(), page.next),
        files: filters.files(&path),
        filters,
        rows: page
            .attendees
            .iter()
            .map(|one| row(one, &head.clock))
            .collect(),
        is_ready,
        event: head,
    })
}

/// Whether an event's lists are read in; waits a moment for it. They are read in also where nobody
/// waits any more.
async fn is_ready(console: &Console, event: &EventId) -> bool {
    let (app, event) = (Arc::clone(&console.app), event.clone());
    let reading = async move { app.read_in(&event).await };
    let reading = console.hosting.carry_through(reading);
    let read = tokio::time::timeout(console.hosting.list_wait(), reading).await;
    matches!(read, Ok(Ok(())))
}

/// Which of how many: "101 to 200 of 12,345".
fn in_words(extent: PageExtent, shown: usize) -> String {
    let number = |value: usize| words::number(value as u64);
    match extent.total {
        0 => String::new(),
        total if total == shown => words::people(total as u64),
        total => format!(
            "{} to {} of {}",
            number(extent.before + 1),
            number(extent.before + shown),
            words::people(total as u64)
        ),
    }
}

fn row(attendee: &AttendeeView, clock: &Clockwork) -> AttendeeRow {
    let groups: Vec<&str> = attendee.groups.iter().map(GroupName::as_str).collect();
    let field = |field| attendee.profile.get(field).unwrap_or_default().to_owned();
    AttendeeRow {
        person: attendee.person,
        name: attendee.profile.full_name(),
        company: field(ProfileField::Company),
        country: field(ProfileField::Country),
        groups: groups.join(", "),
        attending: attendee.status == Presence::Attending,
        reason: attendee.reason.as_deref().map(words::sentence),
        email: attendee.email.to_string(),
        invitation: attendee
            .invitation
            .as_ref()
            .map(|invitation| InvitationCell::new(invitation, clock)),
    }
}
