//! The token of the owner of the installation. It is read again and again, so that a token which
//! was changed stops working soon. While it cannot be read, the last known one is used for some
//! time.

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::ports::{Clock, OwnerToken};
use attendee_sync_domain::authority::{TokenHash, WeakToken, check_strength};
use attendee_sync_domain::causes::with_causes;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;

/// How long the token is used before it is read again.
const FRESH: SignedDuration = SignedDuration::from_mins(1);
/// How long the last known token is used at most while it cannot be read.
const LAST_KNOWN: SignedDuration = SignedDuration::from_mins(15);
/// The pause after a failed read while the last known token is still used.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// The pause after a failed read while no token is known, so that requests are refused.
const SHORT_PAUSE: SignedDuration = SignedDuration::from_secs(1);
/// How long one read may take, because a request waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The owner's token is unknown at present.
#[derive(Debug)]
pub(super) struct OwnerUnknown;

pub(super) struct Owner {
    /// The source of the token; without one the installation has no owner.
    kept: Option<Arc<dyn OwnerToken>>,
    clock: Arc<dyn Clock>,
    known: Mutex<OwnerTokenRead>,
}

#[derive(Default)]
struct OwnerTokenRead {
    last: Option<OwnerTokenReading>,
    failed: Option<Timestamp>,
}

#[derive(Clone, Copy)]
struct OwnerTokenReading {
    at: Timestamp,
    holder: OwnerTokenState,
}

/// The result of a read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OwnerTokenState {
    /// A token that opens everything.
    Token(TokenHash),
    /// A token that is too easy to guess and so is not accepted.
    Weak(WeakToken),
    /// There is none.
    Nobody,
}

impl OwnerTokenState {
    fn hash(self) -> Option<TokenHash> {
        match self {
            Self::Token(hash) => Some(hash),
            Self::Weak(_) | Self::Nobody => None,
        }
    }
}

impl Owner {
    pub(super) fn new(kept: Option<Arc<dyn OwnerToken>>, clock: Arc<dyn Clock>) -> Self {
        Self {
            kept,
            clock,
            known: Mutex::default(),
        }
    }

    /// Returns the hash of the owner's token, if there is one.
    pub(super) async fn hash(&self) -> Result<Option<TokenHash>, OwnerUnknown> {
        let Some(kept) = &self.kept else {
            return Ok(None);
        };
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some(last) = within(known.last, now, FRESH) {
            return Ok(last.hash());
        }
        let last = within(known.last, now, LAST_KNOWN);
        let pause = last.map_or(SHORT_PAUSE, |_| PAUSE);
        if !known
            .failed
            .is_some_and(|failed| is_within(failed, now, pause))
        {
            match read(kept.as_ref()).await {
                Some(holder) => {
                    tell(known.last.map(|last| last.holder), holder);
                    let last = Some(OwnerTokenReading { at: now, holder });
                    *known = OwnerTokenRead { last, failed: None };
                    return Ok(holder.hash());
                }
                None => known.failed = Some(now),
            }
        }
        last.map(OwnerTokenState::hash).ok_or(OwnerUnknown)
    }
}

/// Returns the result of the last read, if it is not older than this.
fn within(
    reading: Option<OwnerTokenReading>,
    now: Timestamp,
    most: SignedDuration,
) -> Option<OwnerTokenState> {
    let reading = reading.filter(|reading| is_within(reading.at, now, most))?;
    Some(reading.holder)
}

/// Returns whether a time was less than `most` ago; false where a clock was put back.
fn is_within(then: Timestamp, now: Timestamp, most: SignedDuration) -> bool {
    let age = now.duration_since(then);
    !age.is_negative() && age < most
}

/// Reads the token; `None` where that fails, which is logged.
async fn read(kept: &dyn OwnerToken) -> Option<OwnerTokenState> {
    let token = match tokio::time::timeout(PATIENCE, kept.owner_token()).await {
        Ok(Ok(token)) => token,
        Ok(Err(error)) => {
            let error = with_causes(&error);
            tracing::warn!(
                error,
                "the owner's token could not be read; it is tried again"
            );
            return None;
        }
        Err(_) => {
            tracing::warn!("the owner's token could not be read in time; it is tried again");
            return None;
        }
    };
    let Some(token) = token.as_ref().map(|token| token.expose_secret().trim()) else {
        return Some(OwnerTokenState::Nobody);
    };
    Some(match check_strength(token) {
        _ if token.is_empty() => OwnerTokenState::Nobody,
        Ok(()) => OwnerTokenState::Token(TokenHash::of(token)),
        Err(weak) => OwnerTokenState::Weak(weak),
    })
}

/// Logs once that the installation has no owner, and why.
fn tell(before: Option<OwnerTokenState>, now: OwnerTokenState) {
    if before == Some(now) {
        return;
    }
    match now {
        OwnerTokenState::Token(_) => {}
        OwnerTokenState::Nobody => tracing::warn!(
            "there is no owner's token, so nobody administers the installation; make one with `openssl rand -hex 32` and store it where docs/cloud.md says"
        ),
        OwnerTokenState::Weak(weak) => tracing::error!(
            reason = %weak,
            "the owner's token is too easy to guess and is not accepted; store what `openssl rand -hex 32` prints in its place"
        ),
    }
}
