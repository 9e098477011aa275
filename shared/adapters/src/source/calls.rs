//! One request and its answer: no faster than allowed, again where that is worth it, and only to
//! addresses that may be asked. Follows no redirect and judges no status.

use std::error::Error;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::{Limits, SourceAddresses};
use reqwest::{Request, Response, StatusCode};
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use super::addresses::{self, NotPublic, address};
use super::paces::SharedPace;
use super::patience::{Patience, asked_wait};
use super::{HttpSources, failure, innermost};

/// The requests of one reading, to whatever server.
pub(super) struct Calls {
    client: reqwest::Client,
    addresses: SourceAddresses,
    timeout: Duration,
    pace: SharedPace,
    patience: Mutex<Patience>,
}

/// An answer of whatever status.
pub(super) struct Reply {
    pub(super) response: Response,
    /// Milliseconds until its headers were there.
    pub(super) milliseconds: u64,
    /// How often it was asked for, to end a message with; empty where once was enough.
    pub(super) tries: String,
}

/// Why there is no answer.
enum Unanswered {
    /// Asking again may help.
    ForNow(SourceError),
    /// It would not.
    ForGood(SourceError),
}

impl Calls {
    pub(super) fn new(
        sources: &HttpSources,
        limits: &Limits,
        pace: SharedPace,
        patience: Patience,
    ) -> Result<Self, SourceError> {
        Ok(Self {
            client: sources.client()?.clone(),
            addresses: sources.addresses.clone(),
            timeout: Duration::from_secs(limits.timeout_seconds.into()),
            pace,
            patience: Mutex::new(patience),
        })
    }

    /// How long a server may take to answer or to go on.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The answer to a request, which must do no harm when it is sent twice. One that may pass is
    /// asked for again until patience ends.
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
                    response,
                    milliseconds: began.elapsed().as_millis().try_into().unwrap_or(u64::MAX),
                    tries: String::new(),
                }),
            };
            let asked = match &answer {
                Ok(reply) if !may_pass(reply.response.status()) => return answer,
                Ok(reply) => asked_wait(reply.response.headers()),
                Err(_) => None,
            };
            let again = locked(&self.patience).wait(Instant::now(), tries, asked);
            match again {
                Some(then) => sleep_until(then).await,
                None => return given_up(answer, tries, asked),
            }
        }
    }

    /// Waits until the next request may be made.
    async fn turn(&self) {
        let now = Instant::now();
        let told = locked(&self.patience).told_to_wait_until();
        let turn = locked(&self.pace).next(now);
        sleep_until(told.map_or(turn, |told| told.max(turn))).await;
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

/// What another task left behind when it panicked is as good as before.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn may_pass(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

fn given_up(
    answer: Result<Reply, SourceError>,
    tries: u32,
    asked: Option<Duration>,
) -> Result<Reply, SourceError> {
    let asked = asked.map_or(String::new(), |wait| {
        format!(", and the source asks to wait {} seconds", wait.as_secs())
    });
    let times = if tries == 1 { "time" } else { "times" };
    let tries = format!(" (asked {tries} {times}{asked})");
    match answer {
        Ok(reply) => Ok(Reply { tries, ..reply }),
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
    // What TLS has to say comes as an invalid datum of the connection.
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
