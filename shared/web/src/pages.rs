//! The console: server-rendered pages that work without a script.

mod account;
mod attendee_columns;
mod attendee_filter;
mod attendees;
mod audit;
mod badges;
mod blocks;
mod by_hand;
mod change_names;
mod chart;
mod configuration;
mod configuration_history;
mod configurator;
mod configurator_form;
mod dead_letters;
mod delete_event;
mod doctor;
mod dossier;
mod editor;
mod events;
mod field;
mod frame;
mod group_edit;
mod groups;
mod help_desk;
mod hidden_groups;
mod hooks;
mod import;
mod import_view;
mod invitation_form;
mod invitation_hold;
mod invitation_overview;
mod invitations;
mod invite;
mod mail;
mod new_event;
mod new_form;
mod one_person;
mod organisation;
mod person;
mod person_action;
mod preset;
mod preview;
mod reminders;
pub(crate) mod routes;
mod run;
mod run_filter;
mod runs;
mod saved_filters;
mod selection;
mod selection_work;
mod setup;
mod sign_in;
mod source_answer;
mod suppressions;
mod tokens;
mod trial;
mod unsubscribe;
mod upload;
mod verdict;
mod view;
mod waiting;

use std::sync::Arc;

use askama::Template;
use attendee_sync_app::{App, PurgeView};
use attendee_sync_domain::authority::{Authority, Permission, Role};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId, RunNumber};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};

use crate::access::Session;
use crate::assets;
use crate::problem::HttpProblem;
use crate::texts::{find, t};
use crate::words::{self, Clockwork, Coming, ShownTime};

/// How long before a purge the pages of its event warn of it.
const PURGE_TOLD_AHEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A page, or the problem that prevents it.
type PageResult = Result<Response, HttpProblem>;

fn render(template: &impl Template) -> PageResult {
    let text = template.render().map_err(|error| {
        tracing::error!(error = %error, "a page could not be made");
        HttpProblem::internal()
    })?;
    Ok(Html(text).into_response())
}

/// The frame of every page.
struct Shell {
    css: String,
    script: String,
    icon: String,
    /// The token against CSRF for forms; absent where nobody is signed in.
    csrf: Option<String>,
    authority: Option<Arc<Authority>>,
    /// Whether the navigation contains the failed jobs.
    sees_failed_jobs: bool,
}

impl Shell {
    fn new(session: Option<&Session>) -> Self {
        Self {
            css: assets::css(),
            script: assets::script(),
            icon: assets::icon(),
            csrf: session.map(|session| session.csrf.clone()),
            authority: session.map(|session| Arc::clone(&session.authority)),
            sees_failed_jobs: session.is_some_and(|session| session.sees_failed_jobs),
        }
    }

    /// Returns whether the signed-in person may do this. What they may not do is not shown; the
    /// gate enforces it.
    fn may(&self, permission: Permission, community: &CommunityId) -> bool {
        let authority = self.authority.as_ref();
        authority.is_some_and(|authority| authority.may(permission, community))
    }

    /// Returns whether the person may see all of a community, not only single people.
    fn reads(&self, community: &CommunityId) -> bool {
        self.may(Permission::Read, community)
    }

    /// Returns whether the person may sync, invite, block and unblock single people.
    fn assists(&self, community: &CommunityId) -> bool {
        self.may(Permission::Assist, community)
    }

    fn operates(&self, community: &CommunityId) -> bool {
        self.may(Permission::Operate, community)
    }

    fn administers(&self, community: &CommunityId) -> bool {
        self.may(Permission::Administer, community)
    }

    /// Returns the signed-in person and their highest role.
    fn account(&self) -> Option<(String, &'static str)> {
        let authority = self.authority.as_ref()?;
        let roles = authority.roles();
        let named = roles.named().map(|(_, role)| role);
        let role = named.chain(roles.of_all()).max();
        let role = role.map_or(t("pages-no-role"), Role::name);
        Some((words::capitalised(&authority.who.to_string()), role))
    }

    /// Returns whether the person may see and create tokens.
    fn gives_access(&self) -> bool {
        let authority = self.authority.as_ref();
        authority.is_some_and(|authority| authority.may_everywhere(Permission::Administer))
    }

    /// Returns whether the person may create an event in some community.
    fn makes_events(&self) -> bool {
        let authority = self.authority.as_ref();
        authority.is_some_and(|authority| authority.may_somewhere(Permission::Administer))
    }

    fn csrf(&self) -> &str {
        self.csrf.as_deref().unwrap_or_default()
    }
}

/// The tabs of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Attendees,
    Groups,
    Runs,
    Invitations,
    Configuration,
}

/// The head of every page of an event.
struct EventHead {
    document: EventDocument,
    version: u64,
    tab: Tab,
    clock: Clockwork,
    /// The runs that wait for a decision.
    waiting: Vec<RunNumber>,
    /// The next automatic syncs of the event.
    next: Vec<Coming>,
    /// The time since which every sync has failed.
    failing: Option<ShownTime>,
    /// When what is stored about its people is deleted, where that is soon, or was done.
    purge: Option<PurgeNotice>,
}

/// What is said of a purge on the pages of its event.
struct PurgeNotice {
    time: ShownTime,
    is_done: bool,
}

impl PurgeNotice {
    /// Nothing where it is more than a month away.
    fn of(purge: PurgeView, clock: &Clockwork, now: Timestamp) -> Option<Self> {
        let is_soon = purge.at.duration_since(now) <= PURGE_TOLD_AHEAD;
        is_soon.then(|| Self {
            time: clock.show(purge.done.unwrap_or(purge.at)),
            is_done: purge.done.is_some(),
        })
    }
}

impl EventHead {
    async fn read(app: &App, event: &EventId, tab: Tab) -> Result<Self, HttpProblem> {
        let stored = app.event(event).await?;
        let waiting = app.runs_that_wait(event).await?;
        let schedule = app.schedule(event).await?;
        let clock = Clockwork::new(&stored.value.time_zone, app.now());
        Ok(Self {
            waiting,
            next: schedule.next.iter().map(|due| clock.coming(due)).collect(),
            failing: schedule.failing_since.map(|since| clock.show(since)),
            purge: schedule
                .purge
                .and_then(|purge| PurgeNotice::of(purge, &clock, app.now())),
            clock,
            document: stored.value,
            version: stored.version,
            tab,
        })
    }

    fn id(&self) -> &EventId {
        &self.document.event
    }

    /// Returns the tabs: address, name, and whether the tab is selected.
    fn tabs(&self) -> [(String, &'static str, bool); 5] {
        let event = self.id();
        [
            (String::new(), t("pages-attendees"), Tab::Attendees),
            ("/groups".to_owned(), t("pages-groups"), Tab::Groups),
            ("/runs".to_owned(), t("pages-sync-history"), Tab::Runs),
            (
                "/invitations".to_owned(),
                t("pages-invitations"),
                Tab::Invitations,
            ),
            (
                "/configuration".to_owned(),
                t("pages-sync-configurator"),
                Tab::Configuration,
            ),
        ]
        .map(|(rest, name, tab)| (format!("/events/{event}{rest}"), name, tab == self.tab))
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    shell: Shell,
    status: u16,
    title: &'static str,
    detail: String,
    places: Vec<attendee_sync_domain::config::DocumentProblem>,
}

/// Turns a problem into a page; other answers stay unchanged.
pub(crate) fn problem(mut response: Response) -> Response {
    let Some(problem) = response.extensions_mut().remove::<HttpProblem>() else {
        return response;
    };
    let status = problem.status;
    let named = find(&format!("status-{}", status.as_u16()));
    let named = named.filter(|_| status.canonical_reason() == Some(problem.title));
    let page = render(&ProblemPage {
        shell: Shell::new(None),
        status: status.as_u16(),
        title: named.unwrap_or(problem.title),
        detail: words::sentence(&problem.detail),
        places: problem.problems,
    });
    let Ok(page) = page else {
        return response;
    };
    let (mut parts, _) = response.into_parts();
    let (made, body) = page.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(made.headers);
    Response::from_parts(parts, body)
}
