//! Sign-in at the organisation's identity provider: the way there, and the way back.

use askama::Template;
use attendee_sync_domain::audit::SignInMethod;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use serde::Deserialize;

use super::sign_in::{self, Arrival};
use super::{PageResult, Shell, render};
use crate::access::{ProviderAnswer, SESSION_HOURS, SIGN_IN_SECONDS, Session};
use crate::console::{Console, SharedConsole};
use crate::extract::QueryParameters;
use crate::problem::HttpProblem;
use crate::texts::t;
use crate::wire::{Wire, peer};

/// A page that leads on by itself. A redirect would not do: the browser came from another site, and does not send the
/// session's cookie with what follows from that.
#[derive(Template)]
#[template(path = "lead_on.html")]
struct LeadOnPage {
    shell: Shell,
    title: &'static str,
    text: &'static str,
    link: &'static str,
    place: String,
}

#[derive(Deserialize)]
pub(super) struct AskedPage {
    next: Option<String>,
}

/// Redirects to the organisation.
pub(super) async fn begin(
    State(console): SharedConsole,
    Extension(wire): Extension<Wire>,
    QueryParameters(asked): QueryParameters<AskedPage>,
    request: Request,
) -> PageResult {
    let arrival = Arrival::new(wire, request.headers(), asked.next.as_deref());
    let begun = console
        .access
        .begin_at_organisation(arrival.place(), peer(&request));
    match begun.await {
        Ok(begun) => {
            let cookie = wire.sign_in_cookie(&begun.browser, SIGN_IN_SECONDS);
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&begun.url)).into_response())
        }
        Err(problem) => shown(&console, &arrival, problem),
    }
}

/// Signs in who comes back from the organisation.
pub(super) async fn callback(
    State(console): SharedConsole,
    Extension(wire): Extension<Wire>,
    headers: HeaderMap,
    QueryParameters(answer): QueryParameters<ProviderAnswer>,
) -> PageResult {
    let arrival = Arrival::new(wire, &headers, None);
    let finished = console
        .access
        .finish_at_organisation(wire.sign_in(&headers), &answer);
    let mut response = match finished.await {
        Ok((session, next)) => entered(&console, &arrival, &session, next).await?,
        Err(problem) => shown(&console, &arrival, problem)?,
    };
    let cookie = HeaderValue::try_from(wire.sign_in_cookie("", 0));
    let cookie = cookie.map_err(|_| HttpProblem::internal())?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

async fn entered(
    console: &Console,
    arrival: &Arrival,
    session: &Session,
    next: String,
) -> PageResult {
    sign_in::note(console, session, SignInMethod::IdentityProvider, arrival).await;
    let page = render(&LeadOnPage {
        shell: Shell::new(None),
        title: t("organisation-signed-in"),
        text: t("organisation-your-organisation-signed-you"),
        link: t("organisation-continue"),
        place: next,
    })?;
    let cookie = arrival.wire().cookie(&session.id, SESSION_HOURS * 3600);
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), page).into_response())
}

/// Shows the sign-in with a problem. A missing page and too many attempts are answered as everywhere.
fn shown(console: &Console, arrival: &Arrival, problem: HttpProblem) -> PageResult {
    if !console.access.knows_organisation() || problem.status.as_u16() == 429 {
        return Err(problem);
    }
    sign_in::form(console, arrival, problem.status, Some(problem.detail))
}

/// Answers after a sign-out, which made the browser forget the session: with the sign-in, or with the way to the
/// organisation's own sign-out.
pub(super) fn after_sign_out(wire: Wire, organisation: Option<String>) -> PageResult {
    let Some(place) = organisation else {
        return Ok(sign_in::signed_out(wire));
    };
    let page = render(&LeadOnPage {
        shell: Shell::new(None),
        title: t("organisation-signed-out"),
        text: t("organisation-you-are-signed-out"),
        link: t("organisation-sign-out-at-your"),
        place,
    })?;
    Ok((sign_in::forgotten(wire), page).into_response())
}

/// Returns the way to the sign-in at the organisation, where there is one, and from there to this page.
pub(super) fn way(console: &Console, next: &str) -> Option<String> {
    console.access.knows_organisation().then(|| match next {
        "" => PATH.to_owned(),
        next => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            format!("{PATH}?{}", query.append_pair("next", next).finish())
        }
    })
}

const PATH: &str = "/sign-in/organisation";
