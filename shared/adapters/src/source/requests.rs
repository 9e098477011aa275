//! Requests one page from a source, with its credential and the document's headers. These are sent
//! to no other server than the document's, even where that redirects to another.

use std::sync::Mutex;
use std::time::Duration;

use attendee_sync_app::ports::{RequestMade, ResponseSummary, SourceError};
use attendee_sync_domain::config::{FeedFormat, ListOrigin, SourceSettings};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    LOCATION, USER_AGENT,
};
use reqwest::{Request, Response, StatusCode};
use url::Url;

use super::addresses::address;
use super::calls::{Calls, Reply, locked};
use super::credentials::Credentials;
use super::links::{Redirect, ServerOrigin};
use super::page_request::PageRequest;
use super::patience::Patience;
use super::tokens::SourceToken;
use super::uploaded::{self, UploadedAnswer};
use super::{HttpSources, NAME, failure, refusals};

const MAX_REDIRECTS: usize = 5;

/// The requests of one reading of a source.
pub(super) struct Requests {
    calls: Calls,
    /// The headers of every request to the source.
    headers: HeaderMap,
    /// The headers of a request to another server, none of which come from the document.
    plain_headers: HeaderMap,
    credentials: Credentials,
    origin: ServerOrigin,
    /// The last request and its answer, to be shown.
    last: Mutex<(RequestMade, Option<ResponseSummary>)>,
    /// The uploaded list that answers in the place of a source.
    list: Option<UploadedAnswer>,
}

impl Requests {
    pub(super) fn new(
        sources: &HttpSources,
        source: &SourceSettings,
        credentials: Credentials,
        patience: Patience,
    ) -> Result<Self, SourceError> {
        let url = url_of(source)?;
        let pace = sources.paces.of(&url, &credentials, &source.limits);
        Ok(Self {
            calls: Calls::new(sources, source, pace, patience)?,
            headers: headers(source)?,
            plain_headers: plain_headers(source),
            credentials,
            origin: ServerOrigin::of(&url),
            last: Mutex::default(),
            list: None,
        })
    }

    /// The same, which are answered by an uploaded list where there is one: nobody is asked.
    pub(super) fn answered_by(self, list: Option<UploadedAnswer>) -> Self {
        Self { list, ..self }
    }

    /// Returns the server that the credential is sent to.
    pub(super) fn origin(&self) -> &ServerOrigin {
        &self.origin
    }

    /// Returns how long the source may take to answer, or to continue.
    pub(super) fn timeout(&self) -> Duration {
        self.calls.timeout()
    }

    /// Removes the credential from an error.
    pub(super) fn without_credential(&self, mut error: SourceError) -> SourceError {
        error.message = self.credentials.hide(error.message);
        error
    }

    /// Returns the last request as it may be shown, and the answer.
    pub(super) fn last(&self) -> (RequestMade, Option<ResponseSummary>) {
        locked(&self.last).clone()
    }

    /// Returns the answer to a request for a page, sent with `conditions`, and the URL after
    /// redirects. With conditions, the answer may be that nothing was modified.
    pub(super) async fn page(
        &self,
        request: &PageRequest,
        conditions: &HeaderMap,
    ) -> Result<Got, SourceError> {
        if let Some(list) = &self.list {
            let (request_made, answer) = list.shown();
            *locked(&self.last) = (request_made, Some(answer));
            return Ok(Got {
                response: list.answer(&request.url, conditions)?,
                url: request.url.clone(),
                redirected: None,
            });
        }
        let mut hop = Hop {
            request: request.clone(),
            here: request.url.clone(),
            elsewhere: false,
        };
        let mut redirects = 0;
        loop {
            let reply = self.ask(&hop, conditions).await?;
            let status = reply.response.status();
            let unchanged = status == StatusCode::NOT_MODIFIED;
            let is_made = status == StatusCode::ACCEPTED;
            if (status.is_success() && !is_made) || (unchanged && !conditions.is_empty()) {
                let asked = &hop.request.url;
                let redirected = (*asked != request.url).then(|| asked.clone());
                return self.got(reply.response, hop.here, redirected);
            }
            let location = reply.response.headers().get(LOCATION);
            let location = location.and_then(|value| value.to_str().ok());
            let leads_on = (status.is_redirection() && !unchanged) || is_made;
            match location.filter(|_| leads_on && reply.tries.is_empty()) {
                Some(location) => hop = self.follow(hop, status, location)?,
                None => return Err(self.refusal(reply, &hop).await),
            }
            redirects += usize::from(!is_made);
            if redirects > MAX_REDIRECTS {
                return Err(SourceError::new(format!(
                    "the source redirected more than {MAX_REDIRECTS} times; put the address it \
                     ends at in source.url"
                )));
            }
        }
    }

    fn got(
        &self,
        response: Response,
        url: Url,
        redirected: Option<Url>,
    ) -> Result<Got, SourceError> {
        match &redirected {
            Some(target) if is_web_page(response.headers()) => {
                Err(refusals::log_in(target, self.credentials.any()))
            }
            _ => Ok(Got {
                response,
                url,
                redirected,
            }),
        }
    }

    /// Returns the request that a redirect leads to. Once it has left the source's server, it stays
    /// without the credential.
    fn follow(&self, hop: Hop, status: StatusCode, location: &str) -> Result<Hop, SourceError> {
        let Hop {
            request,
            here,
            elsewhere,
        } = hop;
        let (target, elsewhere) = match self.origin.redirect(&request.url, location)? {
            Redirect::Here(target) => (target, elsewhere),
            Redirect::Elsewhere(target) => (self.credentials.taken_out_of(&target), true),
        };
        if refusals::leads_to_log_in(&target) {
            return Err(refusals::log_in(&target, self.credentials.any()));
        }
        let keeps_method = matches!(
            status,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
        );
        let request = match keeps_method {
            true if elsewhere && request.body().is_some() => {
                return Err(SourceError::new(format!(
                    "the source redirects the request to another server, {}, and its body is \
                     given to no other; if that is where the API is, put its address in source.url",
                    address(&target)
                )));
            }
            true => request.at(target),
            false => PageRequest::get(target),
        };
        let here = if elsewhere { here } else { request.url.clone() };
        Ok(Hop {
            request,
            here,
            elsewhere,
        })
    }

    async fn ask(&self, hop: &Hop, conditions: &HeaderMap) -> Result<Reply, SourceError> {
        if !hop.elsewhere {
            return self.ask_here(&hop.request, conditions).await;
        }
        let mut request = Request::new(hop.request.method(), hop.request.url.clone());
        *request.headers_mut() = self.plain_headers.clone();
        request.headers_mut().extend(conditions.clone());
        let shown = RequestMade {
            method: request.method().to_string(),
            // The rest of the URL may contain an access token.
            url: address(&hop.request.url),
            headers: self.shown_headers(&request),
        };
        *locked(&self.last) = (shown, None);
        let asked = self.send(&request).await;
        asked.map_err(|error| refusals::of_another_server(error, &hop.request.url))
    }

    /// Returns one answer of the source. A token that it refuses is renewed once: it may have
    /// expired early.
    async fn ask_here(
        &self,
        request: &PageRequest,
        conditions: &HeaderMap,
    ) -> Result<Reply, SourceError> {
        // This comes first, so that the request can be shown even where no token is available.
        let (signed, shown) = self.prepare(request, conditions);
        *locked(&self.last) = (shown, None);
        let token = self.credentials.token(&self.calls).await?;
        let reply = self.send_signed(signed, token.as_ref()).await?;
        match token {
            Some(token) if reply.response.status() == StatusCode::UNAUTHORIZED => {
                let renewed = self.credentials.renewed(&self.calls, &token).await?;
                let (signed, _) = self.prepare(request, conditions);
                self.send_signed(signed, renewed.as_ref()).await
            }
            _ => Ok(reply),
        }
    }

    /// Returns a request to the source that lacks only the credential's header, and the form in
    /// which it may be shown.
    fn prepare(&self, page: &PageRequest, conditions: &HeaderMap) -> (Request, RequestMade) {
        let mut request = Request::new(page.method(), self.credentials.signed(&page.url));
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().extend(conditions.clone());
        if let Some(body) = page.body() {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().entry(CONTENT_TYPE).or_insert(json);
            *request.body_mut() = Some(body.into());
        }
        let headers = self.shown_headers(&request).into_iter();
        let shown = RequestMade {
            method: request.method().to_string(),
            url: self.hide(&self.credentials.signed_for_show(&page.url)),
            headers: headers.chain(self.credentials.shown_header()).collect(),
        };
        (request, shown)
    }

    async fn send_signed(
        &self,
        mut request: Request,
        token: Option<&SourceToken>,
    ) -> Result<Reply, SourceError> {
        self.credentials.add_header(token, request.headers_mut());
        self.send(&request).await
    }

    async fn send(&self, request: &Request) -> Result<Reply, SourceError> {
        let reply = self.calls.ask(request).await?;
        locked(&self.last).1 = Some(ResponseSummary {
            status: reply.response.status().as_u16(),
            content_type: self.content_type(&reply.response),
            milliseconds: reply.milliseconds,
            headers: self.telling_headers(reply.response.headers()),
            text: Vec::new(),
        });
        Ok(reply)
    }

    /// Returns the headers of an answer about pagination and authentication.
    fn telling_headers(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        let tells = |name: &HeaderName| {
            let name = name.as_str();
            matches!(name, "link" | "www-authenticate" | "content-range")
                || (name.starts_with("x-") && (name.contains("page") || name.contains("total")))
        };
        let telling = headers.iter().filter(|(name, _)| tells(name));
        let shown = telling.map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), self.hide(&value))
        });
        shown.collect()
    }

    /// Returns the headers of a request, to be shown; it has no credential yet.
    fn shown_headers(&self, request: &Request) -> Vec<(String, String)> {
        let headers = request.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), self.hide(&value))
        });
        headers.collect()
    }

    fn hide(&self, text: &str) -> String {
        self.credentials.hide(text.to_owned())
    }

    async fn refusal(&self, reply: Reply, hop: &Hop) -> SourceError {
        let url = &hop.request.url;
        if hop.elsewhere {
            return refusals::by_another_server(&reply, url);
        }
        let said = refusals::said_in(reply.response.status());
        let error = refusals::of(&reply, url, self.credentials.any());
        if !said {
            return error;
        }
        refusals::past_the_end(reply.response, error, self.timeout()).await
    }

    fn content_type(&self, response: &Response) -> Option<String> {
        let value = response.headers().get(CONTENT_TYPE)?;
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        Some(self.credentials.hide(text))
    }
}

/// The answer to a request for a page.
pub(super) struct Got {
    pub(super) response: Response,
    /// The URL on the source's server that it came from.
    pub(super) url: Url,
    /// The URL after redirects, where another server sent it.
    pub(super) redirected: Option<Url>,
}

/// One request in a chain of redirects.
struct Hop {
    request: PageRequest,
    /// The last address on the source's server.
    here: Url,
    /// Whether the way has led to another server.
    elsewhere: bool,
}

fn is_web_page(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE);
    let essence = content_type.and_then(|value| value.to_str().ok());
    let essence = essence.and_then(|text| text.split(';').next());
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    matches!(&*essence, "text/html" | "application/xhtml+xml")
}

/// The document's URL.
pub(super) fn url_of(source: &SourceSettings) -> Result<Url, SourceError> {
    if source.list != ListOrigin::Asked {
        return uploaded::place();
    }
    let mut url = Url::parse(&source.url)
        .map_err(|error| failure("source.url is not a URL that starts with https://", error))?;
    url.set_fragment(None);
    Ok(url)
}

/// Returns the headers that identify this program and name the accepted formats.
fn plain_headers(source: &SourceSettings) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(NAME));
    let accept = match source.format {
        FeedFormat::Json => "application/json, */*;q=0.1",
        FeedFormat::Ndjson | FeedFormat::Csv => "*/*",
    };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    // A compressed answer would hide whether it stated its length; see `body`.
    let shows_its_end = source.format == FeedFormat::Json || !source.url.starts_with("http:");
    let encodings = if shows_its_end { ENCODINGS } else { "identity" };
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encodings));
    headers
}

fn headers(source: &SourceSettings) -> Result<HeaderMap, SourceError> {
    let mut headers = plain_headers(source);
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

/// Returns the encoding of an answer, where it cannot be decoded.
pub(super) fn unknown_encoding(headers: &HeaderMap) -> Option<&str> {
    let encoding = headers
        .get(CONTENT_ENCODING)?
        .to_str()
        .unwrap_or("?")
        .trim();
    let plain = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
    (!plain).then_some(encoding)
}
