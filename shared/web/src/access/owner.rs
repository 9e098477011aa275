//! The token of whoever holds the installation, read again and again: one that was changed where it is
//! kept must not open anything for long. While it cannot be read, the last one that was read counts for
//! a while.

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::ports::{Clock, OwnerToken};
use attendee_sync_domain::authority::{TokenHash, WeakToken, check_strength};
use attendee_sync_domain::causes::with_causes;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;

/// For how long the token is taken as it was read.
const FRESH: SignedDuration = SignedDuration::from_mins(1);
/// For how long it is taken at most while it cannot be read again.
const LAST_KNOWN: SignedDuration = SignedDuration::from_mins(15);
/// For how long nobody tries again after it could not be read, and the last one still counts.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// The same where none counts, and requests are refused meanwhile.
const SHORT_PAUSE: SignedDuration = SignedDuration::from_secs(1);
/// How long a reading may take: whoever asks waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nobody can say now what the owner's token is.
#[derive(Debug)]
pub(super) struct OwnerUnknown;

pub(super) struct Owner {
    /// Where the token is; without that nobody holds the installation.
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

/// What a reading found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OwnerTokenState {
    /// A token that opens everything.
    Token(TokenHash),
    /// One that is too easy to guess, and opens nothing.
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

    /// What the owner's token is known again by, if there is one.
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

/// What a reading found, if it is not older than this.
fn within(
    reading: Option<OwnerTokenReading>,
    now: Timestamp,
    most: SignedDuration,
) -> Option<OwnerTokenState> {
    let reading = reading.filter(|reading| is_within(reading.at, now, most))?;
    Some(reading.holder)
}

/// Whether something was less than so long ago. A clock that was put back makes it older.
fn is_within(then: Timestamp, now: Timestamp, most: SignedDuration) -> bool {
    let age = now.duration_since(then);
    !age.is_negative() && age < most
}

/// Reads the token; nothing where that fails, as the log says.
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

/// Says once that nobody holds the installation, and why.
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
