//! Reads the media type of a public URL, such as that of a digital badge. No credential and no
//! configured header is sent there, and no body is read.

use std::time::Duration;

use attendee_sync_app::ports::SourceError;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
use reqwest::{Method, Request, Response};
use tokio::time::timeout;
use url::Url;

use super::addresses::{self, NotPublic, address};
use super::{HttpSources, NAME, failure, innermost};

const MAX_REDIRECTS: usize = 5;
/// The time-out, redirects included.
const LONGEST: Duration = Duration::from_secs(10);

/// Requests the URL and returns its media type.
pub(super) async fn at(sources: &HttpSources, text: &str) -> Result<String, SourceError> {
    let url = Url::parse(text)
        .map_err(|error| failure("it is not a URL that starts with https://", error))?;
    match timeout(LONGEST, follow(sources, url.clone())).await {
        Ok(found) => found,
        Err(_) => Err(SourceError::new(format!(
            "{} did not answer within {} seconds",
            address(&url),
            LONGEST.as_secs()
        ))),
    }
}

async fn follow(sources: &HttpSources, mut url: Url) -> Result<String, SourceError> {
    for _ in 0..=MAX_REDIRECTS {
        let response = ask(sources, &url).await?;
        let status = response.status();
        if status.is_success() {
            return essence(response.headers()).ok_or_else(|| {
                SourceError::new(format!("{} does not say what it is", address(&url)))
            });
        }
        let target = response.headers().get(LOCATION);
        let target = target
            .and_then(|value| value.to_str().ok())
            .filter(|_| status.is_redirection())
            .and_then(|target| url.join(target).ok());
        let Some(target) = target else {
            let message = format!("{} answered with {status}", address(&url));
            return Err(SourceError::new(message));
        };
        url = target;
    }
    Err(SourceError::new(format!(
        "{} redirected more than {MAX_REDIRECTS} times",
        address(&url)
    )))
}

/// Sends a GET, as HEAD is often refused; the body is not read.
async fn ask(sources: &HttpSources, url: &Url) -> Result<Response, SourceError> {
    addresses::check(url, &sources.addresses)?;
    // A user in the URL does not become a credential: only a request builder would do that.
    let mut request = Request::new(Method::GET, url.clone());
    let headers = request.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    sources.client()?.execute(request).await.map_err(|error| {
        let error = error.without_url();
        NotPublic::behind(&error).unwrap_or_else(|| {
            let host = url.host_str().unwrap_or_default();
            let message = format!("{host} could not be reached: {}", innermost(&error));
            failure(message, error)
        })
    })
}

/// The type and subtype, in lower case.
fn essence(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = text.split(';').next()?.trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    (!kind.is_empty() && !subtype.is_empty()).then_some(essence)
}
