//! The first tab of an event: its attendees, and the button that syncs them.

use askama::Template;
use attendee_sync_app::{
    AttendeeFilter, AttendeeView, InvitationFilter, InvitationView, PresenceFilter,
};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::invitation::InvitationState;
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::profile::ProfileField;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::view::{Figures, RunLine};
use super::{EventHead, Page, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, Shared};
use crate::extract::{Asked, Named};
use crate::problem::Problem;
use crate::words::{Clockwork, When};
use crate::{standing, words};

/// Attendees on a page.
const PAGE: usize = 100;
/// Attendees looked at for a page of removed ones, or by their invitation, who may be few among
/// many.
const SPARSE_PAGE: usize = 500;

#[derive(Template)]
#[template(path = "attendees.html")]
struct Attendees {
    shell: Shell,
    event: EventHead,
    run: Option<RunLine>,
    figures: Option<Figures>,
    one: OnePerson,
    filter: Filter,
    /// By the invitation; empty for any.
    invitation: String,
    rows: Vec<Row>,
    next: Option<PersonId>,
    first: bool,
}

/// What was typed to sync one person, and what is wrong with it.
#[derive(Default)]
pub(super) struct OnePerson {
    pub(super) typed: String,
    pub(super) problem: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Filter {
    #[default]
    Attending,
    Removed,
    All,
}

impl Filter {
    fn name(self) -> &'static str {
        match self {
            Self::Attending => "attending",
            Self::Removed => "removed",
            Self::All => "all",
        }
    }

    /// The choices: name, words, whether it is this one.
    fn choices(self) -> [(&'static str, &'static str, bool); 3] {
        [
            (Self::Attending, "Attending"),
            (Self::Removed, "Removed"),
            (Self::All, "All"),
        ]
        .map(|(filter, words)| (filter.name(), words, filter == self))
    }
}

struct Row {
    person: PersonId,
    name: String,
    email: String,
    company: String,
    country: String,
    groups: String,
    attending: bool,
    reason: Option<String>,
    invitation: Option<Invited>,
}

/// Where an invitation stands.
struct Invited {
    /// For style sheets.
    state: &'static str,
    words: &'static str,
    since: When,
    /// What went wrong, where something did.
    reason: Option<String>,
}

impl Invited {
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

#[derive(Default, Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    status: Filter,
    #[serde(default)]
    invitation: String,
    after: Option<String>,
}

impl Question {
    /// What is wanted, and how many to look at for a page of it.
    fn filter(&self) -> Result<(AttendeeFilter, usize), Problem> {
        let invitation = match self.invitation.as_str() {
            "" => InvitationFilter::Any,
            name => InvitationFilter::named(name).ok_or_else(no_page)?,
        };
        let presence = match self.status {
            Filter::Attending => PresenceFilter::Attending,
            Filter::Removed => PresenceFilter::Removed,
            Filter::All => PresenceFilter::All,
        };
        let filter = AttendeeFilter {
            presence,
            invitation,
        };
        let many = presence != PresenceFilter::Removed && invitation == InvitationFilter::Any;
        Ok((filter, if many { PAGE } else { SPARSE_PAGE }))
    }
}

impl Attendees {
    /// The choices of invitations: name, words, whether it is this one.
    fn invitations(&self) -> Vec<(&'static str, &'static str, bool)> {
        words::invitation_states()
            .map(|name| (name, words::invitation(name), name == self.invitation))
            .collect()
    }

    /// The end of links to other pages of the same.
    fn same_invitation(&self) -> String {
        match self.invitation.as_str() {
            "" => String::new(),
            name => format!("&invitation={name}"),
        }
    }
}

pub(super) async fn page(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    Asked(asked): Asked<Question>,
) -> Page {
    show(&console, &session, &event, &asked, OnePerson::default()).await
}

/// The page again, with what was typed and why it was not taken.
pub(super) async fn refused(
    console: &Console,
    session: &Session,
    event: &EventId,
    one: OnePerson,
) -> Page {
    let mut page = show(console, session, event, &Question::default(), one).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

async fn show(
    console: &Console,
    session: &Session,
    event: &EventId,
    asked: &Question,
    one: OnePerson,
) -> Page {
    let app = &console.app;
    let head = EventHead::read(app, event, Tab::Attendees).await?;
    let after: Option<PersonId> = match &asked.after {
        Some(text) => Some(text.parse().map_err(|_| no_page())?),
        None => None,
    };
    let (filter, limit) = asked.filter()?;
    // In this order: a run that is shown as over has all its attendees on the page.
    let run = match standing::under_way(app, event).await? {
        Some(run) => Some(run),
        None => app.newest_run(event).await?,
    };
    let (attendees, next) = app.attendees(event, filter, after, limit).await?;
    let under_way = run.as_ref().filter(|run| !run.state.is_over());
    render(&Attendees {
        shell: Shell::new(Some(session)),
        figures: under_way.map(|run| Figures::read(app, run)),
        run: run.as_ref().map(|run| RunLine::new(run, &head.clock)),
        one,
        filter: asked.status,
        invitation: asked.invitation.clone(),
        rows: attendees
            .iter()
            .map(|attendee| row(attendee, &head.clock))
            .collect(),
        next,
        first: after.is_none(),
        event: head,
    })
}

fn no_page() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "this page of the list does not exist",
    )
}

fn row(attendee: &AttendeeView, clock: &Clockwork) -> Row {
    let groups: Vec<&str> = attendee.groups.iter().map(GroupName::as_str).collect();
    let field = |field| attendee.profile.get(field).unwrap_or_default().to_owned();
    Row {
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
            .map(|invitation| Invited::new(invitation, clock)),
    }
}
