//! Asks a source for one page: no faster than the document allows, again where that is worth it,
//! and never another server than the document's.

use std::error::Error;
use std::io;
use std::time::Duration;

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::{Format, Source, SourceAddresses};
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use url::Url;

use super::addresses::{self, NotPublic, address};
use super::credentials::Credentials;
use super::links::Origin;
use super::patience::{Patience, asked_wait};
use super::{HttpSources, failure, innermost};

const MAX_REDIRECTS: usize = 5;

/// The requests of one feed.
pub(super) struct Requests {
    client: reqwest::Client,
    headers: HeaderMap,
    credentials: Credentials,
    first: Url,
    origin: Origin,
    addresses: SourceAddresses,
    timeout: Duration,
    pace: Pace,
    patience: Patience,
}

/// Why there is no answer.
enum Unanswered {
    /// Asking again may help.
    ForNow(SourceError),
    /// It would not.
    ForGood(SourceError),
}

impl Requests {
    pub(super) fn new(
        sources: &HttpSources,
        source: &Source,
        credentials: Credentials,
    ) -> Result<Self, SourceError> {
        let mut first = Url::parse(&source.url)
            .map_err(|error| failure("source.url is not a URL that starts with https://", error))?;
        first.set_fragment(None);
        Ok(Self {
            client: sources.client.clone(),
            headers: headers(source, &credentials)?,
            credentials,
            origin: Origin::of(&first),
            first,
            addresses: sources.addresses.clone(),
            timeout: Duration::from_secs(source.limits.timeout_seconds.into()),
            pace: Pace::new(source.limits.requests_per_minute),
            patience: Patience::new(sources.first_wait),
        })
    }

    /// The document's URL.
    pub(super) fn first(&self) -> &Url {
        &self.first
    }

    /// The server all requests go to.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// How long the source may take to answer or to go on.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The error as it may be shown.
    pub(super) fn without_credential(&self, mut error: SourceError) -> SourceError {
        error.message = self.credentials.hide(error.message);
        error
    }

    /// The answer at `url`, and the URL it came from in the end.
    pub(super) async fn get(&mut self, url: &Url) -> Result<(Response, Url), SourceError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.get_one(&url).await?;
            if !response.status().is_redirection() {
                return Ok((response, url));
            }
            let target = response.headers().get(LOCATION);
            let Some(target) = target.and_then(|value| value.to_str().ok()) else {
                return Err(self.refusal(response.status(), &url));
            };
            url = self.origin.follow(&url, target)?;
        }
        Err(SourceError::new(format!(
            "the source redirected more than {MAX_REDIRECTS} times; put the address it ends at in \
             source.url"
        )))
    }

    /// An answer that is a page or a redirect, trying again where that may help: reading twice
    /// does no harm.
    async fn get_one(&mut self, url: &Url) -> Result<Response, SourceError> {
        addresses::check(url, &self.addresses)?;
        let mut tries = 0;
        loop {
            self.pace.turn().await;
            tries += 1;
            let (error, asked) = match self.send(url).await {
                Err(Unanswered::ForGood(error)) => return Err(error),
                Err(Unanswered::ForNow(error)) => (error, None),
                Ok(response) => {
                    let status = response.status();
                    if status.is_success() || status.is_redirection() {
                        return Ok(response);
                    }
                    let error = self.refusal(status, url);
                    if !may_pass(status) {
                        return Err(error);
                    }
                    (error, asked_wait(response.headers()))
                }
            };
            match self.patience.wait(tries, asked) {
                Some(wait) => sleep(wait).await,
                None => return Err(given_up(error, tries, asked)),
            }
        }
    }

    async fn send(&self, url: &Url) -> Result<Response, Unanswered> {
        let request = self
            .client
            .get(self.credentials.signed(url))
            .headers(self.headers.clone());
        match timeout(self.timeout, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(unanswered(error.without_url(), url)),
            Err(_) => Err(Unanswered::ForGood(SourceError::new(format!(
                "{} did not answer within {} seconds; ask for smaller pages, or raise \
                 source.limits.timeout_seconds",
                address(url),
                self.timeout.as_secs()
            )))),
        }
    }

    fn refusal(&self, status: StatusCode, url: &Url) -> SourceError {
        let address = address(url);
        SourceError::new(match status.as_u16() {
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
        })
    }
}

fn headers(source: &Source, credentials: &Credentials) -> Result<HeaderMap, SourceError> {
    let mut headers = HeaderMap::new();
    if source.format == Format::Json {
        let json = HeaderValue::from_static("application/json, */*;q=0.1");
        headers.insert(ACCEPT, json);
    } else if source.url.starts_with("http:") {
        // A compressed answer would hide whether it said how long it is; see `body`.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    for (name, value) in &source.headers {
        let invalid = || SourceError::new(format!("source.headers.{name} cannot be sent"));
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
        let name = HeaderName::try_from(name.as_str()).map_err(|_| invalid())?;
        headers.insert(name, value);
    }
    credentials.add_header(&mut headers);
    Ok(headers)
}

fn may_pass(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

fn given_up(mut error: SourceError, tries: u32, asked: Option<Duration>) -> SourceError {
    let asked = asked.map_or(String::new(), |wait| {
        format!(", and the source asks to wait {} seconds", wait.as_secs())
    });
    let times = if tries == 1 { "time" } else { "times" };
    error.message = format!("{} (asked {tries} {times}{asked})", error.message);
    error
}

fn unanswered(error: reqwest::Error, url: &Url) -> Unanswered {
    let host = url.host_str().unwrap_or_default();
    let causes = || std::iter::successors(error.source(), |cause| (*cause).source());
    if let Some(refused) = causes().find_map(|cause| cause.downcast_ref::<NotPublic>()) {
        return Unanswered::ForGood(SourceError::new(refused.to_string()));
    }
    let innermost = innermost(&error);
    // What TLS has to say comes as an invalid datum of the connection.
    let is_tls = causes()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::InvalidData);
    if is_tls {
        let message = format!("no secure connection to {host} could be made: {innermost}");
        return Unanswered::ForGood(failure(message, error));
    }
    let message = if error.is_connect() {
        format!("{host} could not be reached: {innermost}")
    } else {
        format!("{host} broke off before it answered: {innermost}")
    };
    Unanswered::ForNow(failure(message, error))
}

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

/// Keeps to a number of requests a minute: a tenth of them at once, so that a small feed is read
/// without waiting, the others evenly.
struct Pace {
    gap: Duration,
    at_once: u32,
    /// When the requests made so far would have been due at an even pace.
    due: Option<Instant>,
}

impl Pace {
    fn new(per_minute: u32) -> Self {
        let at_once = per_minute / 10;
        Self {
            gap: Duration::from_mins(1) / (per_minute - at_once).max(1),
            at_once,
            due: None,
        }
    }

    async fn turn(&mut self) {
        sleep_until(self.next(Instant::now())).await;
    }

    /// When the next request may be made.
    fn next(&mut self, now: Instant) -> Instant {
        let due = self.due.map_or(now, |due| due.max(now));
        self.due = Some(due + self.gap);
        let early = due.checked_sub(self.gap * self.at_once).unwrap_or(now);
        early.max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_goes_at_once_and_a_minute_never_has_more_than_allowed() {
        let start = Instant::now();
        let mut pace = Pace::new(300);
        let mut now = start;
        let times: Vec<Instant> = (0..900)
            .map(|_| {
                now = pace.next(now);
                now
            })
            .collect();
        let at_once = times.iter().filter(|time| **time == start).count();
        assert_eq!(at_once, 31, "the thirty, and the first");
        for (first, later) in times.iter().zip(times.iter().skip(301)) {
            assert!(
                *later - *first >= Duration::from_secs(59),
                "{:?}",
                *later - *first
            );
        }
        assert!(times[899] - start < Duration::from_mins(4));
    }
}
