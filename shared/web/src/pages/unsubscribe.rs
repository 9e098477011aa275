//! Where a mail's link to unsubscribe leads: open to everybody who was given one.
//!
//! Opening it changes nothing, as mail scanners open every link; the button does, and so does a
//! mail program by itself (RFC 8058). The pages name nobody.

use std::net::IpAddr;

use askama::Template;
use attendee_sync_domain::invitation::UnsubscribeToken;
use axum::RequestExt;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{PageResult, render};
use crate::assets;
use crate::console::{Console, SharedConsole};
use crate::wire::peer;

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct Unsubscribe {
    css: String,
    icon: String,
    step: UnsubscribeStep,
}

/// How far somebody came.
enum UnsubscribeStep {
    /// To the question, of this community.
    Asked(String),
    /// To the end.
    Done,
    /// Nowhere: we did not make the link.
    Unknown,
    /// Nowhere for so many seconds.
    Later(u64),
}

/// Asks.
pub(super) async fn ask(State(console): SharedConsole, request: Request) -> PageResult {
    let (peer, token) = match link(&console, request).await {
        Ok(link) => link,
        Err(step) => return show(step),
    };
    let community = match &token {
        Some(token) => console.app.unsubscribing(token).await?,
        None => None,
    };
    match community {
        Some(community) => show(UnsubscribeStep::Asked(community.id.to_string())),
        None => unknown(&console, peer),
    }
}

/// Ends all mail. Whatever the body says: that it was posted here says it all.
pub(super) async fn end(State(console): SharedConsole, request: Request) -> PageResult {
    let (peer, token) = match link(&console, request).await {
        Ok(link) => link,
        Err(step) => return show(step),
    };
    let ended = match &token {
        Some(token) => console.app.unsubscribe(token).await?,
        None => None,
    };
    match ended {
        Some(()) => show(UnsubscribeStep::Done),
        None => unknown(&console, peer),
    }
}

/// Who asks, and the token, if it looks like one.
async fn link(
    console: &Console,
    mut request: Request,
) -> Result<(Option<IpAddr>, Option<UnsubscribeToken>), UnsubscribeStep> {
    let peer = peer(&request);
    if let Some(seconds) = console.access.links_wait(peer) {
        return Err(UnsubscribeStep::Later(seconds));
    }
    let path = request.extract_parts::<Path<String>>().await;
    let token = path.ok().and_then(|Path(text)| text.parse().ok());
    Ok((peer, token))
}

fn unknown(console: &Console, peer: Option<IpAddr>) -> PageResult {
    console.access.link_failed(peer);
    show(UnsubscribeStep::Unknown)
}

fn show(step: UnsubscribeStep) -> PageResult {
    let (status, wait) = match step {
        UnsubscribeStep::Asked(_) | UnsubscribeStep::Done => (StatusCode::OK, None),
        UnsubscribeStep::Unknown => (StatusCode::NOT_FOUND, None),
        UnsubscribeStep::Later(seconds) => (StatusCode::TOO_MANY_REQUESTS, Some(seconds)),
    };
    let mut page: Response = render(&Unsubscribe {
        css: assets::css(),
        icon: assets::icon(),
        step,
    })?;
    *page.status_mut() = status;
    if let Some(seconds) = wait {
        let headers = page.headers_mut();
        headers.insert(axum::http::header::RETRY_AFTER, seconds.into());
    }
    Ok(page)
}
