//! Signs people in by a one-time link or with an API token, and signs them out.

use askama::Template;
use attendee_sync_domain::audit::{Actor, SignInMethod};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{PageResult, Shell, organisation, render};
use crate::access::{SESSION_HOURS, Session, SignInAttempt, browser_name};
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, QueryParameters};
use crate::kept_form;
use crate::problem::HttpProblem;
use crate::texts::t;
use crate::wire::{Wire, peer};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    problem: Option<String>,
    /// Whether the program prints sign-in links when it starts.
    links: bool,
    /// Whether tokens of an identity provider are accepted.
    identities: bool,
    /// The way to the sign-in at the organisation, where there is one.
    organisation: Option<String>,
    /// The page that was requested, to which the sign-in redirects.
    next: String,
    /// Whether a submitted form is kept for the time after the sign-in.
    waits: bool,
}

#[derive(Deserialize)]
pub(super) struct Link {
    token: Option<String>,
    next: Option<String>,
}

/// The request with which a person arrives at the sign-in.
pub(super) struct Arrival {
    wire: Wire,
    /// The page that they requested.
    next: String,
    /// Whether a form of theirs is kept.
    waits: bool,
    browser: String,
}

impl Arrival {
    pub(super) fn new(wire: Wire, headers: &HeaderMap, next: Option<&str>) -> Self {
        let agent = headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        let next = next.filter(|next| kept_form::is_our_path(next));
        Self {
            wire,
            next: next.unwrap_or_default().to_owned(),
            waits: wire.form(headers).is_some(),
            browser: browser_name(agent.unwrap_or_default()),
        }
    }

    pub(super) fn wire(&self) -> Wire {
        self.wire
    }

    /// Returns the page to which they are redirected.
    pub(super) fn place(&self) -> &str {
        match self.next.as_str() {
            _ if self.waits => "/resume",
            "" => "/",
            next => next,
        }
    }
}

/// Signs in by a link, or shows the form.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(wire): Extension<Wire>,
    headers: HeaderMap,
    QueryParameters(link): QueryParameters<Link>,
) -> PageResult {
    let arrival = Arrival::new(wire, &headers, link.next.as_deref());
    let Some(token) = link.token else {
        return form(&console, &arrival, StatusCode::OK, None);
    };
    match console.access.redeem(&token).await? {
        Some(session) => enter(&console, &session, SignInMethod::Link, &arrival).await,
        None => form(
            &console,
            &arrival,
            StatusCode::UNAUTHORIZED,
            Some(t("sign-in-this-sign-in-link").to_owned()),
        ),
    }
}

/// Signs in with a token.
pub(super) async fn with_token(
    State(console): SharedConsole,
    Extension(wire): Extension<Wire>,
    request: Request,
) -> PageResult {
    let peer = peer(&request);
    let headers = request.headers().clone();
    let fields = FormFields::read(request, 0).await?;
    let arrival = Arrival::new(wire, &headers, Some(fields.get("next")));
    let attempt = console.access.sign_in(fields.get("token").trim(), peer);
    match attempt.await? {
        SignInAttempt::Passed(session) => {
            let method = match session.authority.who {
                Actor::Person(_) => SignInMethod::IdentityProvider,
                Actor::Owner | Actor::Token(_) | Actor::Automatic => SignInMethod::Token,
            };
            enter(&console, &session, method, &arrival).await
        }
        SignInAttempt::Failed => form(
            &console,
            &arrival,
            StatusCode::UNAUTHORIZED,
            Some(t("sign-in-wrong-or-revoked-token").to_owned()),
        ),
        SignInAttempt::Throttled(seconds) => Err(HttpProblem::too_many_attempts(seconds)),
        SignInAttempt::Unavailable => Err(HttpProblem::nobody_known()),
    }
}

pub(super) async fn out(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(wire): Extension<Wire>,
) -> PageResult {
    let organisation = console.access.sign_out(&session).await?;
    let author = console.app.as_of(&session.authority.who);
    author.note_sign_out(&session.authority).await;
    organisation::after_sign_out(wire, organisation)
}

/// Redirects to the sign-in, and makes the browser forget the session and the kept form.
pub(super) fn signed_out(wire: Wire) -> Response {
    (forgotten(wire), Redirect::to("/sign-in")).into_response()
}

/// Makes the browser forget the session and the kept form.
pub(super) fn forgotten(wire: Wire) -> AppendHeaders<[(header::HeaderName, String); 2]> {
    AppendHeaders([
        (header::SET_COOKIE, wire.cookie("", 0)),
        (header::SET_COOKIE, wire.form_cookie("", 0)),
    ])
}

pub(super) fn form(
    console: &Console,
    arrival: &Arrival,
    status: StatusCode,
    problem: Option<String>,
) -> PageResult {
    let mut response = render(&SignInPage {
        shell: Shell::new(None),
        problem,
        links: console.hosting.prints_sign_in_links,
        identities: console.access.knows_identities(),
        organisation: organisation::way(console, &arrival.next),
        next: arrival.next.clone(),
        waits: arrival.waits,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

/// Adds a sign-in to the list of sessions and to the audit log.
pub(super) async fn note(
    console: &Console,
    session: &Session,
    method: SignInMethod,
    arrival: &Arrival,
) {
    console.access.note_session(session, &arrival.browser).await;
    let author = console.app.as_of(&session.authority.who);
    author.note_sign_in(&session.authority, method).await;
}

async fn enter(
    console: &Console,
    session: &Session,
    method: SignInMethod,
    arrival: &Arrival,
) -> PageResult {
    note(console, session, method, arrival).await;
    let cookie = arrival.wire.cookie(&session.id, SESSION_HOURS * 3600);
    let mut response = Redirect::to(arrival.place()).into_response();
    let cookie = HeaderValue::try_from(cookie).map_err(|_| HttpProblem::internal())?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
