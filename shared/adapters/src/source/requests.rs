//! Asks a source for one page: with its credential, never another server than the document's, and
//! with the document's headers.

use std::sync::Mutex;
use std::time::Duration;

use attendee_sync_app::ports::{Answer, RequestMade, SourceError};
use attendee_sync_domain::config::{Format, Source};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    LOCATION, USER_AGENT,
};
use reqwest::{Method, Request, Response, StatusCode};
use url::Url;

use super::addresses::address;
use super::calls::{Calls, Reply, locked};
use super::credentials::Credentials;
use super::links::Origin;
use super::patience::Patience;
use super::tokens::Token;
use super::{HttpSources, NAME, failure};

const MAX_REDIRECTS: usize = 5;

/// The requests of one reading of a source.
pub(super) struct Requests {
    calls: Calls,
    headers: HeaderMap,
    credentials: Credentials,
    origin: Origin,
    /// The last request and what was answered, for those who want to see.
    last: Mutex<(RequestMade, Option<Answer>)>,
}

impl Requests {
    pub(super) fn new(
        sources: &HttpSources,
        source: &Source,
        credentials: Credentials,
        patience: Patience,
    ) -> Result<Self, SourceError> {
        let url = url_of(source)?;
        let limits = &source.limits;
        let pace = sources.paces.of(&url, &credentials, limits);
        Ok(Self {
            calls: Calls::new(sources, limits, pace, patience)?,
            headers: headers(source)?,
            credentials,
            origin: Origin::of(&url),
            last: Mutex::default(),
        })
    }

    /// The server all requests go to.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How long the source may take to answer or to go on.
    pub(super) fn timeout(&self) -> Duration {
        self.calls.timeout()
    }

    /// The error as it may be shown.
    pub(super) fn without_credential(&self, mut error: SourceError) -> SourceError {
        error.message = self.credentials.hide(error.message);
        error
    }

    /// The last request as it may be shown, and what was answered.
    pub(super) fn last(&self) -> (RequestMade, Option<Answer>) {
        locked(&self.last).clone()
    }

    /// The answer at `url`, asked with `conditions`, and the URL it came from in the end. Where
    /// there are conditions, it may be that nothing was modified.
    pub(super) async fn get(
        &self,
        url: &Url,
        conditions: &HeaderMap,
    ) -> Result<(Response, Url), SourceError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let reply = self.get_one(&url, conditions).await?;
            let status = reply.response.status();
            let unchanged = status == StatusCode::NOT_MODIFIED;
            if status.is_success() || (unchanged && !conditions.is_empty()) {
                return Ok((reply.response, url));
            }
            let target = reply.response.headers().get(LOCATION);
            let target = target.and_then(|value| value.to_str().ok());
            match target.filter(|_| status.is_redirection() && !unchanged) {
                Some(target) => url = self.origin.follow(&url, target)?,
                None => return Err(self.refusal(&reply, &url)),
            }
        }
        Err(SourceError::new(format!(
            "the source redirected more than {MAX_REDIRECTS} times; put the address it ends at in \
             source.url"
        )))
    }

    /// One answer. A token that the source refuses is renewed once: it may have expired early.
    async fn get_one(&self, url: &Url, conditions: &HeaderMap) -> Result<Reply, SourceError> {
        let request = self.request(url, conditions);
        *locked(&self.last) = (self.shown(&request), None);
        let token = self.credentials.token(&self.calls).await?;
        let reply = self.send(&request, token.as_ref()).await?;
        match token {
            Some(token) if reply.response.status() == StatusCode::UNAUTHORIZED => {
                let renewed = self.credentials.renewed(&self.calls, &token).await?;
                self.send(&request, renewed.as_ref()).await
            }
            _ => Ok(reply),
        }
    }

    async fn send(&self, request: &Request, token: Option<&Token>) -> Result<Reply, SourceError> {
        let mut signed = Request::new(Method::GET, self.credentials.signed(request.url()));
        *signed.headers_mut() = request.headers().clone();
        self.credentials.add_header(token, signed.headers_mut());
        let reply = self.calls.ask(&signed).await?;
        locked(&self.last).1 = Some(Answer {
            status: reply.response.status().as_u16(),
            content_type: self.content_type(&reply.response),
            milliseconds: reply.milliseconds,
        });
        Ok(reply)
    }

    /// A request, without the credential.
    fn request(&self, url: &Url, conditions: &HeaderMap) -> Request {
        let mut request = Request::new(Method::GET, url.clone());
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().extend(conditions.clone());
        request
    }

    fn shown(&self, request: &Request) -> RequestMade {
        let hide = |text: &str| self.credentials.hide(text.to_owned());
        let headers = request.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), hide(&value))
        });
        RequestMade {
            method: request.method().to_string(),
            url: hide(&self.credentials.signed_for_show(request.url())),
            headers: headers.chain(self.credentials.shown_header()).collect(),
        }
    }

    fn content_type(&self, response: &Response) -> Option<String> {
        let value = response.headers().get(CONTENT_TYPE)?;
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        Some(self.credentials.hide(text))
    }

    fn refusal(&self, reply: &Reply, url: &Url) -> SourceError {
        let (status, tries) = (reply.response.status(), &reply.tries);
        let address = address(url);
        let message = match status.as_u16() {
            401 | 403 if self.credentials.any() => format!(
                "the source refused the credentials ({status}); check source.authentication and \
                 what they may read"
            ),
            401 | 403 => {
                format!("the source asks for credentials ({status}); set source.authentication")
            }
            404 | 410 => {
                format!("there is nothing at {address} ({status}); check source.url and the paging")
            }
            429 => format!(
                "the source takes no more requests for now ({status}); lower \
                 source.limits.requests_per_minute"
            ),
            500..600 => format!(
                "the source failed ({status}) at {address}; tell the people who run it if it lasts"
            ),
            _ => format!("the source did not answer with a page ({status}) at {address}"),
        };
        SourceError::new(message + tries)
    }
}

/// The document's URL.
pub(super) fn url_of(source: &Source) -> Result<Url, SourceError> {
    let mut url = Url::parse(&source.url)
        .map_err(|error| failure("source.url is not a URL that starts with https://", error))?;
    url.set_fragment(None);
    Ok(url)
}

fn headers(source: &Source) -> Result<HeaderMap, SourceError> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
    let accept = match source.format {
        Format::Json => "application/json, */*;q=0.1",
        Format::Ndjson | Format::Csv => "*/*",
    };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    // A compressed answer would hide whether it said how long it is; see `body`.
    let shows_its_end = source.format == Format::Json || !source.url.starts_with("http:");
    let encodings = if shows_its_end { ENCODINGS } else { "identity" };
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encodings));
    for (name, value) in &source.headers {
        let invalid = || SourceError::new(format!("source.headers.{name} cannot be sent"));
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
        let name = HeaderName::try_from(name.as_str()).map_err(|_| invalid())?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The encodings that answers are decoded from, by the client's features.
const ENCODINGS: &str = "gzip, deflate, br, zstd";

/// The encoding of an answer that could not be decoded, if there is one.
pub(super) fn unknown_encoding(headers: &HeaderMap) -> Option<&str> {
    let encoding = headers
        .get(CONTENT_ENCODING)?
        .to_str()
        .unwrap_or("?")
        .trim();
    let plain = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
    (!plain).then_some(encoding)
}
