//! Where registration systems report changes. A hook proves by its address, and by its signature where the event asks for
//! one, that it comes from who was given the address.

use std::net::IpAddr;

use attendee_sync_domain::hook::HookRefusal;
use attendee_sync_domain::ids::EventId;
use axum::RequestExt;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::console::{Console, SharedConsole};
use crate::problem::HttpProblem;
use crate::wire::peer;

/// Takes a hook, or refuses it.
pub(crate) async fn receive(
    State(console): SharedConsole,
    mut request: Request,
) -> Result<Response, HttpProblem> {
    let peer = peer(&request);
    if let Some(seconds) = console.access.hooks_wait(peer) {
        return Err(HttpProblem::too_many_attempts(seconds));
    }
    let path = request.extract_parts::<Path<(String, String)>>().await;
    let named = path.ok().and_then(|Path((event, key))| {
        let event: EventId = event.parse().ok()?;
        Some((event, key))
    });
    let Some((event, key)) = named else {
        return Err(refused(&console, peer, HookRefusal::UnknownAddress));
    };
    let headers = request.headers().clone();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let verdict = match request.extract::<Bytes, _>().await {
        Ok(body) => {
            console
                .app
                .receive_hook(&event, &key, &header, &body)
                .await?
        }
        Err(_) => Err(console
            .app
            .refuse_hook(&event, &key, HookRefusal::TooLarge)
            .await?),
    };
    match verdict {
        Ok(()) => Ok(StatusCode::ACCEPTED.into_response()),
        Err(reason) => Err(refused(&console, peer, reason)),
    }
}

fn refused(console: &Console, peer: Option<IpAddr>, reason: HookRefusal) -> HttpProblem {
    console.access.hook_failed(peer);
    let (status, detail) = match reason {
        HookRefusal::UnknownAddress => return HttpProblem::not_found(),
        HookRefusal::NotSigned => (
            StatusCode::UNAUTHORIZED,
            "the hook has no signature; check in the console which one the event expects",
        ),
        HookRefusal::WrongSignature => (
            StatusCode::UNAUTHORIZED,
            "the signature is wrong; check that the secret in the console is the one that you sign with",
        ),
        HookRefusal::WrongTime => (
            StatusCode::UNAUTHORIZED,
            "the hook was signed more than five minutes ago, or in the future; send it again, signed now",
        ),
        HookRefusal::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is over 1 MiB, or did not come whole; send less of it",
        ),
        HookRefusal::NoSecret => (
            StatusCode::UNAUTHORIZED,
            "the event has no secret to check the signature by; set it in the console",
        ),
    };
    HttpProblem::new(status, detail)
}
