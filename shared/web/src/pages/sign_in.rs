//! Signing in, by a link that works once or with the API token; and out.

use askama::Template;
use attendee_sync_domain::audit::{Actor, SignInMethod};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::{PageResult, Shell, render};
use crate::access::{SESSION_HOURS, Session, SignInAttempt};
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, QueryParameters};
use crate::problem::HttpProblem;
use crate::wire::{Wire, peer};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    problem: Option<String>,
    /// Whether links are given out: by a program that somebody sees start.
    links: bool,
    /// Whether tokens of an identity provider are taken.
    identities: bool,
}

#[derive(Deserialize)]
pub(super) struct Link {
    token: Option<String>,
}

/// Follows a sign-in link, or shows the form.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(wire): Extension<Wire>,
    QueryParameters(link): QueryParameters<Link>,
) -> PageResult {
    let Some(token) = link.token else {
        return form(&console, StatusCode::OK, None);
    };
    match console.access.redeem(&token).await? {
        Some(session) => enter(&console, &session, SignInMethod::Link, wire).await,
        None => form(
            &console,
            StatusCode::UNAUTHORIZED,
            Some("This sign-in link was used already or has expired. Use a new link or an API token.".to_owned()),
        ),
    }
}

/// Signs in who has the API token.
pub(super) async fn with_token(
    State(console): SharedConsole,
    Extension(wire): Extension<Wire>,
    request: Request,
) -> PageResult {
    let peer = peer(&request);
    let fields = FormFields::read(request).await?;
    let attempt = console.access.sign_in(fields.get("token").trim(), peer);
    match attempt.await? {
        SignInAttempt::Passed(session) => {
            let method = match session.authority.who {
                Actor::Person(_) => SignInMethod::IdentityProvider,
                Actor::Owner | Actor::Token(_) => SignInMethod::Token,
            };
            enter(&console, &session, method, wire).await
        }
        SignInAttempt::Failed => form(
            &console,
            StatusCode::UNAUTHORIZED,
            Some("Wrong or revoked token.".to_owned()),
        ),
        SignInAttempt::Throttled(seconds) => Err(HttpProblem::too_many_attempts(seconds)),
        SignInAttempt::Unavailable => Err(HttpProblem::nobody_known()),
    }
}

/// Ends the session.
pub(super) async fn out(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(wire): Extension<Wire>,
) -> PageResult {
    console.access.sign_out(&session).await?;
    let author = console.app.as_of(&session.authority.who);
    author.note_sign_out(&session.authority).await;
    let cookie = [(header::SET_COOKIE, wire.cookie("", 0))];
    Ok((cookie, Redirect::to("/sign-in")).into_response())
}

fn form(console: &Console, status: StatusCode, problem: Option<String>) -> PageResult {
    let mut response = render(&SignInPage {
        shell: Shell::new(None),
        problem,
        links: console.hosting.prints_sign_in_links,
        identities: console.access.knows_identities(),
    })?;
    *response.status_mut() = status;
    Ok(response)
}

async fn enter(
    console: &Console,
    session: &Session,
    method: SignInMethod,
    wire: Wire,
) -> PageResult {
    let author = console.app.as_of(&session.authority.who);
    author.note_sign_in(&session.authority, method).await;
    let cookie = wire.cookie(&session.id, SESSION_HOURS * 3600);
    let mut response = Redirect::to("/").into_response();
    let cookie = HeaderValue::try_from(cookie).map_err(|_| HttpProblem::internal())?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
