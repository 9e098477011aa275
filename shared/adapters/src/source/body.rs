//! One answer as it arrives: its head, and its body, which may stall, come very slowly, or break
//! off.

use std::time::Duration;

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::FeedFormat;
use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
use reqwest::{Response, StatusCode, Version};
use tokio::time::{Instant, timeout};
use url::Url;

use super::addresses::address;
use super::page_request::PageRequest;
use super::requests::{Got, Requests, unknown_encoding};
use super::{failure, innermost};

/// The bytes that must arrive at least within each `timeout_seconds`: a slower source would keep a
/// run waiting for hours.
const MIN_BYTES_PER_TIMEOUT: usize = 1_000;
/// The maximum length of a content type that is shown.
const SHOWN: usize = 80;

/// The head of an answer.
#[derive(Debug)]
pub(super) struct ResponseHead {
    /// The URL on the source's server that it came from.
    pub(super) url: Url,
    /// The URL after redirects, where another server sent it.
    redirected: Option<Url>,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
}

/// A body that is read.
pub(super) struct ResponseBody {
    response: Response,
    timeout: Duration,
    /// The time spent waiting since `received` was last set to 0, without the time that the caller
    /// spends on what has arrived.
    waited: Duration,
    received: usize,
}

impl ResponseBody {
    /// Requests a page, and opens its body if it can be read.
    pub(super) async fn open(
        requests: &Requests,
        request: &PageRequest,
        conditions: &HeaderMap,
        format: FeedFormat,
    ) -> Result<(ResponseHead, Self), SourceError> {
        let Got {
            response,
            url,
            redirected,
        } = requests.page(request, conditions).await?;
        if let Some(encoding) = unknown_encoding(response.headers()) {
            return Err(SourceError::new(format!(
                "the answer is compressed with {encoding}, which this version cannot read; have \
                 the source send gzip, or nothing of the kind"
            )));
        }
        let came_from = redirected.as_ref().unwrap_or(&url);
        let has_body = !is_without_body(response.status());
        if has_body && format != FeedFormat::Json && !has_known_end(&response, came_from) {
            return Err(SourceError::new(
                "the source does not say how long its answer is, so one that was cut off would \
                 look whole; have it send Content-Length, or use JSON or https",
            ));
        }
        let head = ResponseHead {
            url,
            redirected,
            status: response.status(),
            headers: response.headers().clone(),
        };
        let body = Self {
            response,
            timeout: requests.timeout(),
            waited: Duration::ZERO,
            received: 0,
        };
        Ok((head, body))
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        let began = Instant::now();
        let left = self.timeout.saturating_sub(self.waited);
        let chunk = timeout(left, self.response.chunk())
            .await
            .map_err(|_| self.stalled())?
            .map_err(|error| broken(error.without_url()))?;
        self.waited += began.elapsed();
        self.received += chunk.as_ref().map_or(0, Bytes::len);
        if self.received >= MIN_BYTES_PER_TIMEOUT {
            self.received = 0;
            self.waited = Duration::ZERO;
        }
        Ok(chunk)
    }

    fn stalled(&self) -> SourceError {
        SourceError::new(format!(
            "the source stalled: it sent {} bytes in {} seconds; if it is only slow, raise \
             source.limits.timeout_seconds",
            self.received,
            self.timeout.as_secs()
        ))
    }
}

/// Returns whether an answer of this status has no body: nothing changed, or there is no content.
fn is_without_body(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT
    )
}

impl ResponseHead {
    /// Returns whether the answer says that there is no content.
    pub(super) fn is_nothing(&self) -> bool {
        is_without_body(self.status) && self.status != StatusCode::NOT_MODIFIED
    }

    /// Adds the answer's content type to an error about its content.
    pub(super) fn described(&self, mut error: SourceError) -> SourceError {
        let content_type = self.headers.get(CONTENT_TYPE);
        let shown: String = content_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or("no content type")
            .chars()
            .take(SHOWN)
            .collect();
        error.message = format!("{} ({}, {shown})", error.message, self.status);
        if let Some(target) = &self.redirected {
            error.message = format!(
                "{}; the source redirected to {}: if that is where people log in, check the \
                 credential in source.authentication",
                error.message,
                address(target)
            );
        }
        error
    }
}

/// Returns whether an incomplete answer can be distinguished from a complete one. JSON shows it
/// itself; other formats need a length, chunks, HTTP/2, or the end that TLS marks.
fn has_known_end(response: &Response, url: &Url) -> bool {
    let has = |name| response.headers().contains_key(name);
    url.scheme() == "https"
        || response.version() == Version::HTTP_2
        || has(CONTENT_LENGTH)
        || has(TRANSFER_ENCODING)
}

fn broken(error: reqwest::Error) -> SourceError {
    let innermost = innermost(&error);
    failure(
        format!(
            "the answer broke off before its end ({innermost}); sync again, and contact \
             your registration provider if this continues"
        ),
        error,
    )
}
