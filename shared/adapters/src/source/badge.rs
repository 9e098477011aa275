//! Looks what is at the public URL of a digital badge. No credential and no configured header is sent there, and of the
//! file only its beginning is read.

use std::time::Duration;

use attendee_sync_domain::badge::{BADGE_HEAD_BYTES, BadgeFinding, MAX_BADGE_BYTES};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue, LOCATION, USER_AGENT};
use reqwest::{Method, Request, Response};
use tokio::time::timeout;
use url::Url;

use super::addresses::{self, NotPublic};
use super::{HttpSources, NAME};

const MAX_REDIRECTS: usize = 5;
/// The time-out, redirects and the beginning of the file included.
const LONGEST: Duration = Duration::from_secs(10);

/// Requests the URL and returns what was found there.
pub(super) async fn at(sources: &HttpSources, text: &str) -> BadgeFinding {
    let Ok(url) = Url::parse(text) else {
        return BadgeFinding::NotAllowed;
    };
    let looked = timeout(LONGEST, follow(sources, url)).await;
    match looked {
        Ok(Ok(found) | Err(found)) => found,
        Err(_) => BadgeFinding::Silent,
    }
}

async fn follow(sources: &HttpSources, mut url: Url) -> Result<BadgeFinding, BadgeFinding> {
    for _ in 0..=MAX_REDIRECTS {
        let response = ask(sources, &url).await?;
        let status = response.status();
        if status.is_success() {
            return look_into(response).await;
        }
        let target = response.headers().get(LOCATION);
        let target = target
            .and_then(|value| value.to_str().ok())
            .filter(|_| status.is_redirection())
            .and_then(|target| url.join(target).ok());
        url = target.ok_or(BadgeFinding::Status(status.as_u16()))?;
    }
    Err(BadgeFinding::Redirects)
}

/// Tells by the beginning of the file what it is; its media type is not believed.
async fn look_into(mut response: Response) -> Result<BadgeFinding, BadgeFinding> {
    if response
        .content_length()
        .is_some_and(|length| length > MAX_BADGE_BYTES)
    {
        return Err(BadgeFinding::TooLarge);
    }
    let mut head = Vec::new();
    while head.len() < BADGE_HEAD_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => head.extend(chunk.iter().take(BADGE_HEAD_BYTES)),
            Ok(None) => break,
            Err(_) => return Err(BadgeFinding::Unreachable),
        }
    }
    Ok(BadgeFinding::of_file(&head))
}

/// Sends a GET, as HEAD and ranges are often refused; the connection is closed once enough of the body has come.
async fn ask(sources: &HttpSources, url: &Url) -> Result<Response, BadgeFinding> {
    addresses::check(url, &sources.addresses).map_err(|_| BadgeFinding::NotAllowed)?;
    // A user in the URL does not become a credential: only a request builder would do that.
    let mut request = Request::new(Method::GET, url.clone());
    let headers = request.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let client = sources.client().map_err(|_| BadgeFinding::Unreachable)?;
    client.execute(request).await.map_err(|error| {
        if NotPublic::behind(&error).is_some() {
            BadgeFinding::NotAllowed
        } else {
            BadgeFinding::Unreachable
        }
    })
}
