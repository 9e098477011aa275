//! One request and its answer: at the allowed pace, repeated where a retry may help, and only to
//! allowed addresses. Follows no redirect and judges no status.

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use jiff::Timestamp;
use reqwest::header::LOCATION;
use reqwest::{Request, Response, StatusCode};
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use super::addresses::{self, NotPublic, address};
use super::paces::SharedPace;
use super::patience::Patience;
use super::rate_headers::{AskAgain, Because, ask_again, spent_until};
use super::waits::SourceWaits;
use super::{HttpSources, failure, innermost};

/// The requests of one reading, to any server.
pub(super) struct Calls {
    client: reqwest::Client,
    addresses: SourceAddresses,
    timeout: Duration,
    pace: SharedPace,
    patience: Mutex<Patience>,
    waits: Arc<SourceWaits>,
    /// The document's URL, under which pauses of the source are reported.
    source_url: String,
}

/// An answer of any status.
pub(super) struct Reply {
    pub(super) response: Response,
    /// Milliseconds until its headers arrived.
    pub(super) milliseconds: u64,
    /// The number of attempts, as the end of a message; empty after one attempt.
    pub(super) tries: String,
    /// Whether the source answered that it gets too many requests.
    pub(super) too_often: bool,
}

/// Why there is no answer.
enum Unanswered {
    /// A retry may help.
    ForNow(SourceError),
    /// A retry would not help.
    ForGood(SourceError),
}

impl Calls {
    pub(super) fn new(
        sources: &HttpSources,
        source: &SourceSettings,
        pace: SharedPace,
        patience: Patience,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            client: sources.client()?.clone(),
            addresses: sources.addresses.clone(),
            timeout: Duration::from_secs(source.limits.timeout_seconds.into()),
            pace,
            patience: Mutex::new(patience),
            waits: Arc::clone(&sources.waits),
            source_url: source.url.clone(),
        })
    }

    /// Returns how long a server may take to answer, or to continue.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the answer to a request, which must do no harm when it is sent twice. A temporary
    /// failure is retried until the patience is used up.
    pub(super) async fn ask(&self, request: &Request) -> Result<Reply, SourceError> {
        addresses::check(request.url(), &self.addresses)?;
        let mut tries = 0;
        loop {
            self.turn().await;
            tries += 1;
            let began = Instant::now();
            let answer = match self.send(request).await {
                Err(Unanswered::ForGood(error)) => return Err(error),
                Err(Unanswered::ForNow(error)) => Err(error),
                Ok(response) => Ok(Reply {
                    milliseconds: began.elapsed().as_millis().try_into().unwrap_or(u64::MAX),
                    tries: String::new(),
                    too_often: false,
                    response,
                }),
            };
            let again = match &answer {
                Ok(Reply { response, .. }) => {
                    let Some(again) = ask_again(response.status(), response.headers()) else {
                        self.note_answered(response);
                        return answer;
                    };
                    again
                }
                Err(_) => AskAgain {
                    after: None,
                    because: Because::Failure,
                },
            };
            let then = locked(&self.patience).wait(Instant::now(), tries, again);
            let Some(then) = then else {
                return given_up(answer, tries, again);
            };
            if again.because != Because::Failure || again.after.is_some() {
                self.hold_back(then, again.because == Because::BeingMade);
            }
            sleep_until(then).await;
            if let Ok(reply) = answer
                && is_made_elsewhere(&reply.response)
            {
                return Ok(reply);
            }
        }
    }

    /// Notes a final answer: the patience is full again, and if it used up an allowance, the next
    /// request waits for a new one.
    fn note_answered(&self, response: &Response) {
        let mut patience = locked(&self.patience);
        patience.answered();
        let again = spent_until(response.headers()).map(|after| AskAgain {
            after: Some(after),
            because: Because::TooOften,
        });
        // If the wait would be too long, the next request finds that out.
        let then = again.and_then(|again| patience.wait(Instant::now(), 1, again));
        drop(patience);
        if let Some(then) = then {
            self.hold_back(then, false);
        }
    }

    /// Delays all requests of any reading to the source until `then`, as the source asked for, and
    /// reports the pause. Where `alone` is set, an answer is only being prepared, and other
    /// readings are not delayed.
    fn hold_back(&self, then: Instant, alone: bool) {
        if !alone {
            locked(&self.pace).hold(then);
        }
        let wait = then.saturating_duration_since(Instant::now());
        if let Ok(until) = Timestamp::now().checked_add(wait) {
            self.waits.note(&self.source_url, until);
        }
    }

    /// Waits until the next request may be made.
    async fn turn(&self) {
        let turn = locked(&self.pace).next(Instant::now());
        sleep_until(turn).await;
    }

    async fn send(&self, request: &Request) -> Result<Response, Unanswered> {
        let url = request.url();
        let Some(request) = request.try_clone() else {
            let message = "the request cannot be sent twice";
            return Err(Unanswered::ForGood(SourceError::new(message)));
        };
        match timeout(self.timeout, self.client.execute(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(unanswered(error.without_url(), url)),
            Err(_) => Err(Unanswered::ForGood(SourceError::new(format!(
                "{} did not answer within {} seconds; if it is only slow, ask for smaller pages \
                 or raise source.limits.timeout_seconds",
                address(url),
                self.timeout.as_secs()
            )))),
        }
    }
}

/// Locks a mutex. The data is still valid where another task panicked while it held the lock.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether an answer that is being prepared will be at another address.
fn is_made_elsewhere(response: &Response) -> bool {
    let location = response.headers().get(LOCATION);
    let location = location.and_then(|value| value.to_str().ok());
    let target = location.and_then(|text| response.url().join(text).ok());
    response.status() == StatusCode::ACCEPTED
        && target.is_some_and(|target| target != *response.url())
}

fn given_up(
    answer: Result<Reply, SourceError>,
    tries: u32,
    again: AskAgain,
) -> Result<Reply, SourceError> {
    let asked = again.after.filter(|wait| !wait.is_zero());
    let asked = asked.map_or(String::new(), |wait| {
        let seconds = wait.as_secs_f64().ceil();
        format!(", and the source asks to wait {seconds} seconds")
    });
    let times = if tries == 1 { "time" } else { "times" };
    let tries = format!(" (asked {tries} {times}{asked})");
    let too_often = again.because == Because::TooOften;
    match answer {
        Ok(reply) => Ok(Reply {
            tries,
            too_often,
            ..reply
        }),
        Err(mut error) => {
            error.message += &tries;
            Err(error)
        }
    }
}

fn unanswered(error: reqwest::Error, url: &Url) -> Unanswered {
    let host = url.host_str().unwrap_or_default();
    if let Some(refused) = NotPublic::behind(&error) {
        return Unanswered::ForGood(refused);
    }
    let innermost = innermost(&error);
    if innermost.contains("head is too large") || innermost.contains("header list too large") {
        let message = format!(
            "{host} answered with more headers than can be read ({innermost}); contact \
             your registration provider: often a Link or Set-Cookie header grows too long"
        );
        return Unanswered::ForGood(failure(message, error));
    }
    // Errors of TLS come as invalid data of the connection.
    let is_tls = std::iter::successors(error.source(), |cause| (*cause).source())
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
