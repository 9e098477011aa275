//! The target of unsubscribe links: open to everybody who was given one.
//!
//! Opening a link changes nothing, because mail scanners open every link. The button unsubscribes,
//! and so does a mail program by itself (RFC 8058). The pages name nobody.

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

/// The state of an unsubscription.
enum UnsubscribeStep {
    /// The question is shown, for mail of this community.
    Asked(String),
    /// The person is unsubscribed.
    Done,
    /// This installation did not make the link.
    Unknown,
    /// There were too many wrong links; the person may try again after this many seconds.
    Later(u64),
}

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

/// Unsubscribes the person. The body is ignored, because posting to the link is enough.
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

/// Returns the caller's address, and the token if the path contains one.
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
