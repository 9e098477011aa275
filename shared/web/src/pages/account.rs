//! The pages of the signed-in person: their roles, their open sessions, and a form kept from before
//! the sign-in.

use askama::Template;
use attendee_sync_domain::authority::Role;
use attendee_sync_domain::ids::CommunityId;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};

use super::{PageResult, Shell, organisation, render};
use crate::access::{OpenSession, Session};
use crate::console::SharedConsole;
use crate::texts::t;
use crate::wire::Wire;
use crate::words::{self, Clockwork, ShownTime};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    shell: Shell,
    who: String,
    /// The place, the role there, and what the role may do.
    roles: Vec<(String, Role, &'static str)>,
    sessions: Vec<SessionRow>,
}

struct SessionRow {
    opened: ShownTime,
    browser: String,
    is_this: bool,
}

/// Shows the person's roles and open sessions.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
) -> PageResult {
    let open = console.access.sessions(&session).await?;
    let clock = Clockwork::new("UTC", console.app.now());
    let row = |one: OpenSession| SessionRow {
        opened: clock.show(one.opened),
        browser: one.browser,
        is_this: one.is_this,
    };
    let roles = session.authority.roles();
    let everywhere = roles
        .of_all()
        .map(|role| (t("account-all-communities").to_owned(), role));
    let named = roles
        .named()
        .map(|(community, role)| (community.to_string(), role));
    let all = everywhere.into_iter().chain(named);
    render(&AccountPage {
        shell: Shell::new(Some(&session)),
        who: words::capitalised(&session.authority.who.to_string()),
        roles: all.map(|(place, role)| (place, role, may(role))).collect(),
        sessions: open.into_iter().map(row).collect(),
    })
}

/// Describes what a role may do.
pub(super) fn may(role: Role) -> &'static str {
    match role {
        Role::App => t("account-asks-whether-somebody-has"),
        Role::Helpdesk => t("account-looks-people-up-syncs"),
        Role::Viewer => t("account-sees-everything-except-credentials"),
        Role::Operator => t("account-syncs-approves-invites-and"),
        Role::Admin => t("account-configures-events-sets-credentials"),
    }
}

/// Ends all sessions of the person, including this one.
pub(super) async fn sign_out_everywhere(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(wire): Extension<Wire>,
) -> PageResult {
    let organisation = console.access.sign_out_everywhere(&session).await?;
    let author = console.app.as_of(&session.authority.who);
    author.note_sign_out(&session.authority).await;
    organisation::after_sign_out(wire, organisation)
}

#[derive(Template)]
#[template(path = "resume.html")]
struct ResumePage {
    shell: Shell,
    action: String,
    /// Whether the form is only displayed again, and not submitted.
    is_shown_again: bool,
    /// The name of the event that it is about.
    event: Option<String>,
}

/// Shows that a form is kept from before the sign-in.
pub(super) async fn resume(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(wire): Extension<Wire>,
    headers: HeaderMap,
) -> PageResult {
    let kept = match wire.form(&headers) {
        Some(handle) => console.kept_form(handle).await?,
        None => None,
    };
    let Some(kept) = kept else {
        return Ok(Redirect::to("/").into_response());
    };
    let event = match kept.event() {
        Some(event) => console.app.find_event(&event).await?,
        None => None,
    };
    // The person who signed in may be another one, who must not learn about the event.
    let seen = |community: &CommunityId| session.authority.role_in(community).is_some();
    render(&ResumePage {
        shell: Shell::new(Some(&session)),
        action: kept.goes_on_at(),
        is_shown_again: kept.is_shown_again(),
        event: event
            .filter(|event| seen(&event.value.community))
            .map(|event| event.value.name),
    })
}
