//! The console: pages made here, working without a script.

mod account;
mod attendee_filter;
mod attendees;
mod audit;
mod blocks;
mod chart;
mod configuration;
mod configurator;
mod configurator_form;
mod delete_event;
mod doctor;
mod editor;
mod events;
mod field;
mod frame;
mod groups;
mod help_desk;
mod invitation_form;
mod invitation_hold;
mod invitation_overview;
mod invitations;
mod invite;
mod mail;
mod new_event;
mod new_form;
mod one_person;
mod person;
mod preset;
mod preview;
mod run;
mod run_filter;
mod runs;
mod selection;
mod set_aside;
mod setup;
mod sign_in;
mod source_answer;
mod suppressions;
mod tokens;
mod trial;
mod unsubscribe;
mod verdict;
mod view;
mod waiting;

use std::sync::Arc;

use askama::Template;
use attendee_sync_app::App;
use attendee_sync_domain::authority::{Authority, Permission, Role};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId, RunNumber};
use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use crate::access::Session;
use crate::assets;
use crate::console::Console;
use crate::problem::HttpProblem;
use crate::words::{self, Clockwork, Coming, ShownTime};

pub(crate) fn routes() -> Router<Arc<Console>> {
    people()
        .merge(running())
        .merge(setting_up())
        .merge(setup::routes())
        .merge(mailing())
}

/// Signing in, the events, and who is in them.
fn people() -> Router<Arc<Console>> {
    Router::new()
        .route("/", get(events::page))
        .route("/sign-in", get(sign_in::page).post(sign_in::with_token))
        .route("/sign-out", post(sign_in::out))
        .route("/account", get(account::page))
        .route("/sign-out-everywhere", post(account::sign_out_everywhere))
        .route("/resume", get(account::resume))
        .route("/tokens", get(tokens::page).post(tokens::add))
        .route("/tokens/{name}/revoke", post(tokens::revoke))
        .route(
            "/events/{event}",
            get(attendees::page).post(attendees::find),
        )
        .route("/events/{event}/attendees/file", get(attendees::file))
        .route("/events/{event}/selection", post(selection::act))
        .route(
            "/events/{event}/help-desk",
            get(help_desk::page).post(help_desk::look),
        )
        .route(
            "/events/{event}/help-desk/source",
            post(help_desk::ask_source),
        )
        .route("/events/{event}/help-desk/sync", post(help_desk::sync))
        .route("/events/{event}/people/{person}", get(person::page))
        .route(
            "/events/{event}/people/{person}/invite",
            post(person::invite),
        )
        .route("/events/{event}/people/{person}/block", post(person::block))
        .route("/events/{event}/people/{person}/erase", post(person::erase))
        .route(
            "/events/{event}/people/{person}/groups",
            post(person::group),
        )
        .route(
            "/events/{event}/groups",
            get(groups::page).post(groups::change),
        )
        .route("/events/{event}/groups/{group}", get(groups::one))
}

/// Runs.
fn running() -> Router<Arc<Console>> {
    Router::new()
        .route("/events/{event}/progress", get(runs::progress))
        .route("/events/{event}/runs", get(runs::list).post(runs::begin))
        .route(
            "/events/{event}/runs/{number}",
            get(run::page).post(run::find),
        )
        .route(
            "/events/{event}/runs/{number}/changes/file",
            get(run::changes_file),
        )
        .route(
            "/events/{event}/runs/{number}/issues/file",
            get(run::issues_file),
        )
        .route("/events/{event}/runs/{number}/approve", post(run::approve))
        .route("/events/{event}/runs/{number}/discard", post(run::discard))
        .route("/events/{event}/runs/{number}/stop", post(run::stop))
}

/// Configurations, before they are stored and afterwards.
fn setting_up() -> Router<Arc<Console>> {
    Router::new()
        .route("/new-event", get(new_event::page).post(new_event::save))
        .route("/new-event/test", post(new_event::test))
        .route("/new-event/form", get(new_form::page).post(new_form::save))
        .route("/new-event/form/test", post(new_form::test))
        .route("/new-event/form/rows", post(new_form::rows))
        .route(
            "/new-event/presets/{preset}",
            get(preset::page).post(preset::fill),
        )
        .route(
            "/events/{event}/doctor",
            get(doctor::page).post(doctor::begin),
        )
        .route("/events/{event}/doctor/progress", get(doctor::progress))
        .route("/events/{event}/preview", post(preview::page))
        .route(
            "/events/{event}/delete",
            get(delete_event::page).post(delete_event::act),
        )
        .route(
            "/events/{event}/configuration",
            get(configurator::page).post(configurator::save),
        )
        .route(
            "/events/{event}/configuration/test",
            post(configurator::test),
        )
        .route(
            "/events/{event}/configuration/rows",
            post(configurator::rows),
        )
        .route(
            "/events/{event}/configuration/document",
            get(configuration::page).post(configuration::save),
        )
        .route(
            "/events/{event}/configuration/document/test",
            post(configuration::test),
        )
}

/// Invitations, and mail in general.
fn mailing() -> Router<Arc<Console>> {
    Router::new()
        .route(
            "/events/{event}/invitations",
            get(invitations::page).post(invitations::save),
        )
        .route(
            "/events/{event}/invitations/preview",
            post(invitations::preview),
        )
        .route(
            "/events/{event}/invitations/preview/{handle}",
            get(frame::sample),
        )
        .route("/events/{event}/invitations/test", post(invitations::test))
        .route(
            "/events/{event}/invitations/release",
            post(invitation_hold::release),
        )
        .route(
            "/events/{event}/invitations/invite",
            get(invite::page).post(invite::ask),
        )
        .route("/set-aside", get(set_aside::page))
        .route("/set-aside/{queue}", post(set_aside::again))
        .route("/mail", get(mail::list))
        .route("/mail/{name}", get(mail::one))
        .route("/mail/{name}/html", get(frame::mail))
        .route("/communities/{community}/audit", get(audit::page))
        .route(
            "/communities/{community}/suppressions",
            get(suppressions::page).post(suppressions::add),
        )
        .route(
            "/communities/{community}/suppressions/lift",
            post(suppressions::lift),
        )
        .route(
            "/unsubscribe/{token}",
            get(unsubscribe::ask).post(unsubscribe::end),
        )
}

/// A page, or why there is none.
type PageResult = Result<Response, HttpProblem>;

fn render(template: &impl Template) -> PageResult {
    let text = template.render().map_err(|error| {
        tracing::error!(error = %error, "a page could not be made");
        HttpProblem::internal()
    })?;
    Ok(Html(text).into_response())
}

/// What every page has.
struct Shell {
    css: String,
    script: String,
    icon: String,
    /// What forms carry; nothing where nobody is signed in.
    csrf: Option<String>,
    authority: Option<Arc<Authority>>,
    /// Whether they are led to what queues set aside.
    sees_set_aside: bool,
}

impl Shell {
    fn new(session: Option<&Session>) -> Self {
        Self {
            css: assets::css(),
            script: assets::script(),
            icon: assets::icon(),
            csrf: session.map(|session| session.csrf.clone()),
            authority: session.map(|session| Arc::clone(&session.authority)),
            sees_set_aside: session.is_some_and(|session| session.sees_set_aside),
        }
    }

    /// Whether whoever looks may do this: what they may not is not shown. The gate holds it.
    fn may(&self, permission: Permission, community: &CommunityId) -> bool {
        let authority = self.authority.as_ref();
        authority.is_some_and(|authority| authority.may(permission, community))
    }

    /// Whether they may see all of a community, not only single people.
    fn reads(&self, community: &CommunityId) -> bool {
        self.may(Permission::Read, community)
    }

    /// Whether they may sync, invite, block and unblock single people.
    fn assists(&self, community: &CommunityId) -> bool {
        self.may(Permission::Assist, community)
    }

    fn operates(&self, community: &CommunityId) -> bool {
        self.may(Permission::Operate, community)
    }

    fn administers(&self, community: &CommunityId) -> bool {
        self.may(Permission::Administer, community)
    }

    /// Who looks, and the highest role that they have.
    fn account(&self) -> Option<(String, &'static str)> {
        let authority = self.authority.as_ref()?;
        let roles = authority.roles();
        let named = roles.named().map(|(_, role)| role);
        let role = named.chain(roles.of_all()).max();
        let role = role.map_or("no role", Role::name);
        Some((words::capitalised(&authority.who.to_string()), role))
    }

    /// Whether whoever looks may see and make tokens.
    fn gives_access(&self) -> bool {
        let authority = self.authority.as_ref();
        authority.is_some_and(|authority| authority.may_everywhere(Permission::Administer))
    }

    /// Whether whoever looks may make an event somewhere.
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

/// What every page of an event has.
struct EventHead {
    document: EventDocument,
    version: u64,
    tab: Tab,
    clock: Clockwork,
    /// The runs that wait for a decision.
    waiting: Vec<RunNumber>,
    /// Its next syncs by itself.
    next: Vec<Coming>,
    /// Since when every sync failed.
    failing: Option<ShownTime>,
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
            clock,
            document: stored.value,
            version: stored.version,
            tab,
        })
    }

    fn id(&self) -> &EventId {
        &self.document.event
    }

    /// The tabs: address, name, whether it is shown.
    fn tabs(&self) -> [(String, &'static str, bool); 5] {
        let event = self.id();
        [
            (String::new(), "Attendees", Tab::Attendees),
            ("/groups".to_owned(), "Groups", Tab::Groups),
            ("/runs".to_owned(), "Sync history", Tab::Runs),
            ("/invitations".to_owned(), "Invitations", Tab::Invitations),
            (
                "/configuration".to_owned(),
                "Sync configurator",
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

/// Makes a page of a problem; other answers stay as they are.
pub(crate) fn problem(mut response: Response) -> Response {
    let Some(problem) = response.extensions_mut().remove::<HttpProblem>() else {
        return response;
    };
    let page = render(&ProblemPage {
        shell: Shell::new(None),
        status: problem.status.as_u16(),
        title: problem.title,
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
