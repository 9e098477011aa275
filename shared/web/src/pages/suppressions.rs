//! The addresses of a community that get no mail.

use askama::Template;
use attendee_sync_app::SuppressionView;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{CommunityId, PersonId};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters};
use crate::lists::links::{FileLinks, PageLinks, PageOrder, WholeList};
use crate::lists::paging::position;
use crate::problem::HttpProblem;
use crate::texts::t;
use crate::words::{self, Clockwork, ShownTime};

const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "suppressions.html")]
struct SuppressionsPage {
    shell: Shell,
    community: CommunityId,
    rows: Vec<SuppressionRow>,
    pager: PageLinks,
    files: FileLinks,
    first: bool,
    done: Option<&'static str>,
    typed: String,
    problem: Option<String>,
}

struct SuppressionRow {
    person: PersonId,
    /// The address; absent where its owner is no user.
    email: Option<String>,
    name: Option<String>,
    reason: String,
    since: ShownTime,
}

impl SuppressionRow {
    fn new(view: SuppressionView, clock: &Clockwork) -> Self {
        Self {
            person: view.person,
            email: view.email.map(|email| email.to_string()),
            name: view.name,
            reason: words::sentence(&words::capitalised(view.suppression.reason.in_words())),
            since: clock.show(view.suppression.since),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SuppressionsQuery {
    after: Option<String>,
    added: Option<String>,
    lifted: Option<String>,
}

/// Lists the addresses.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(community): Named<CommunityId>,
    QueryParameters(asked): QueryParameters<SuppressionsQuery>,
) -> PageResult {
    let after = position("after", asked.after.as_deref())?;
    let done = match (asked.added, asked.lifted) {
        (Some(_), _) => Some(t("suppressions-the-address-is-suppressed")),
        (_, Some(_)) => Some(t("suppressions-the-address-can-get")),
        _ => None,
    };
    let list = list(&console, &session, &community, after).await?;
    render(&SuppressionsPage { done, ..list })
}

async fn list(
    console: &Console,
    session: &Session,
    community: &CommunityId,
    after: Option<PersonId>,
) -> Result<SuppressionsPage, HttpProblem> {
    let (views, next) = console.app.suppressions(community, after, PAGE).await?;
    let clock = Clockwork::new("UTC", console.app.now());
    let path = format!("/communities/{community}/suppressions");
    let is_first = after.is_none();
    Ok(SuppressionsPage {
        shell: Shell::new(Some(session)),
        community: community.clone(),
        rows: views
            .into_iter()
            .map(|view| SuppressionRow::new(view, &clock))
            .collect(),
        pager: PageLinks::of(PageOrder::Forward, &path, "after", is_first, next),
        files: FileLinks::of(
            &format!("{path}/file"),
            &WholeList,
            t("suppressions-the-addresses"),
        ),
        first: is_first,
        done: None,
        typed: String::new(),
        problem: None,
    })
}

/// Suppresses an address by hand.
pub(super) async fn add(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(community): Named<CommunityId>,
) -> PageResult {
    let typed = fields.get("email");
    let email: EmailAddress = match typed.parse() {
        Ok(email) => email,
        Err(error) => {
            let mut page = render(&SuppressionsPage {
                typed: typed.to_owned(),
                problem: Some(words::sentence(&format!("{error}"))),
                ..list(&console, &session, &community, None).await?
            })?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(page);
        }
    };
    let app = console.app.as_of(&session.authority.who);
    app.suppress_address(&community, &email).await?;
    Ok(back(&community, "added"))
}

/// Allows mail to an address again. It is identified by its owner's id, because the address itself
/// may be unknown.
pub(super) async fn lift(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(community): Named<CommunityId>,
) -> PageResult {
    let person = fields.get("person").parse();
    let person: PersonId = person.map_err(|_| HttpProblem::not_found())?;
    let app = console.app.as_of(&session.authority.who);
    app.lift_suppression_of(&community, person).await?;
    Ok(back(&community, "lifted"))
}

fn back(community: &CommunityId, done: &str) -> Response {
    let page = format!("/communities/{community}/suppressions?{done}=1");
    Redirect::to(&page).into_response()
}
