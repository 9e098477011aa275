//! Signing in, by a link that works once or with the API token; and out.

use askama::Template;
use attendee_sync_domain::audit::{Actor, SignInMethod};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::{Page, Shell, render};
use crate::access::{Attempt, SESSION_HOURS, Session};
use crate::console::{Console, Shared};
use crate::extract::{Asked, Fields};
use crate::problem::Problem;
use crate::wire::{Wire, peer};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
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
    State(console): Shared,
    Extension(wire): Extension<Wire>,
    Asked(link): Asked<Link>,
) -> Page {
    let Some(token) = link.token else {
        return form(&console, StatusCode::OK, None);
    };
    match console.access.redeem(&token).await? {
        Some(session) => enter(&console, &session, SignInMethod::Link, wire).await,
        None => form(
            &console,
            StatusCode::UNAUTHORIZED,
            Some("This link was used already or is too old.".to_owned()),
        ),
    }
}

/// Signs in who has the API token.
pub(super) async fn with_token(
    State(console): Shared,
    Extension(wire): Extension<Wire>,
    request: Request,
) -> Page {
    let peer = peer(&request);
    let fields = Fields::read(request).await?;
    let attempt = console.access.sign_in(fields.get("token").trim(), peer);
    match attempt.await? {
        Attempt::Passed(session) => {
            let method = match session.authority.who {
                Actor::Person(_) => SignInMethod::IdentityProvider,
                Actor::Owner | Actor::Token(_) => SignInMethod::Token,
            };
            enter(&console, &session, method, wire).await
        }
        Attempt::Failed => form(
            &console,
            StatusCode::UNAUTHORIZED,
            Some("This token opens nothing here.".to_owned()),
        ),
        Attempt::Throttled(seconds) => Err(Problem::too_many_attempts(seconds)),
        Attempt::Unavailable => Err(Problem::nobody_known()),
    }
}

/// Ends the session.
pub(super) async fn out(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Extension(wire): Extension<Wire>,
) -> Page {
    console.access.sign_out(&session).await?;
    let author = console.app.as_of(&session.authority.who);
    author.note_sign_out(&session.authority).await;
    let cookie = [(header::SET_COOKIE, wire.cookie("", 0))];
    Ok((cookie, Redirect::to("/sign-in")).into_response())
}

fn form(console: &Console, status: StatusCode, problem: Option<String>) -> Page {
    let mut response = render(&SignIn {
        shell: Shell::new(None),
        problem,
        links: console.hosting.prints_sign_in_links,
        identities: console.access.knows_identities(),
    })?;
    *response.status_mut() = status;
    Ok(response)
}

async fn enter(console: &Console, session: &Session, method: SignInMethod, wire: Wire) -> Page {
    let author = console.app.as_of(&session.authority.who);
    author.note_sign_in(&session.authority, method).await;
    let cookie = wire.cookie(&session.id, SESSION_HOURS * 3600);
    let mut response = Redirect::to("/").into_response();
    let cookie = HeaderValue::try_from(cookie).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
