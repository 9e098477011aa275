//! Caches the tokens of sources: they are kept from run to run until they expire, requested by one
//! task at a time, and renewed when a source refuses them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use attendee_sync_app::ports::SourceError;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use super::calls::{Calls, locked};
use super::credentials::{forms, header_value};
use super::sign_in::{Identity, TokenRequest};

/// How long a token is used whose server names no lifetime: until the source refuses it, but not
/// for ever.
const USUAL: Duration = Duration::from_mins(30);
/// The longest time that a token is used, whatever its server says.
const LONGEST: Duration = Duration::from_hours(24);
/// The longest part of a token's lifetime that is left unused, so that it does not expire on its
/// way.
const MARGIN: Duration = Duration::from_mins(1);

/// The tokens of all sources.
#[derive(Default)]
pub(super) struct SourceTokens(Mutex<HashMap<Identity, TokenSlot>>);

/// The slot of one token. The task that requests the token holds the lock, and others wait.
type TokenSlot = Arc<tokio::sync::Mutex<Option<SourceToken>>>;

/// A token.
#[derive(Clone)]
pub(super) struct SourceToken {
    header: HeaderValue,
    until: Instant,
}

/// The token of one reading of a source.
pub(super) struct TokenSession {
    sign_in: TokenRequest,
    slot: TokenSlot,
    /// The tokens used, to be removed from messages.
    seen: Mutex<Vec<SecretString>>,
}

impl SourceTokens {
    pub(super) fn session(&self, sign_in: TokenRequest) -> TokenSession {
        let mut slots = locked(&self.0);
        // Slots that nobody uses and whose token has expired are removed; most belong to secrets
        // that were changed since.
        slots.retain(|_, slot| Arc::strong_count(slot) > 1 || holds_good_one(slot));
        let slot = slots.entry(sign_in.identity()).or_default();
        TokenSession {
            sign_in,
            slot: Arc::clone(slot),
            seen: Mutex::default(),
        }
    }
}

fn holds_good_one(slot: &TokenSlot) -> bool {
    let token = slot.try_lock();
    token.is_ok_and(|token| token.as_ref().is_some_and(SourceToken::is_good))
}

impl TokenSession {
    /// A token that has not expired.
    pub(super) async fn token(&self, calls: &Calls) -> Result<SourceToken, SourceError> {
        self.other_than(None, calls).await
    }

    /// Returns the hash that distinguishes its login from others.
    pub(super) fn identity(&self) -> [u8; 32] {
        self.sign_in.identity().0
    }

    /// Returns a token in place of one that was refused.
    pub(super) async fn renewed(
        &self,
        calls: &Calls,
        refused: &SourceToken,
    ) -> Result<SourceToken, SourceError> {
        self.other_than(Some(refused), calls).await
    }

    async fn other_than(
        &self,
        refused: Option<&SourceToken>,
        calls: &Calls,
    ) -> Result<SourceToken, SourceError> {
        let mut slot = self.slot.lock().await;
        let kept = slot.take().filter(|token| {
            token.is_good() && refused.is_none_or(|refused| refused.header != token.header)
        });
        let token = match kept {
            Some(token) => token,
            None => self.sign_in.token(calls).await?,
        };
        self.note(&token);
        *slot = Some(token.clone());
        Ok(token)
    }

    fn note(&self, token: &SourceToken) {
        let secret = SecretString::from(token.text());
        let mut seen = locked(&self.seen);
        let is_new = |form: &SecretString| {
            let same = |seen: &SecretString| seen.expose_secret() == form.expose_secret();
            !seen.iter().any(same)
        };
        let new: Vec<_> = forms(&secret).into_iter().filter(is_new).collect();
        seen.extend(new);
    }

    /// Returns the tokens used here, which must not be shown.
    pub(super) fn hidden(&self) -> Vec<SecretString> {
        locked(&self.seen).clone()
    }
}

impl SourceToken {
    /// Returns a token that was received now and is valid for so many seconds.
    pub(super) fn received(text: &str, seconds: Option<u64>) -> Result<Self, SourceError> {
        Ok(Self {
            header: header_value(&format!("Bearer {text}"))?,
            until: Instant::now() + time_of_use(seconds),
        })
    }

    /// Returns the value of the `Authorization` header.
    pub(super) fn header(&self) -> &HeaderValue {
        &self.header
    }

    fn text(&self) -> String {
        let bytes = self.header.as_bytes();
        let token = bytes.strip_prefix(b"Bearer ").unwrap_or(bytes);
        String::from_utf8_lossy(token).into_owned()
    }

    fn is_good(&self) -> bool {
        Instant::now() < self.until
    }
}

/// Returns how long to use a token that expires after so many seconds: nine tenths of the time, but
/// all except a minute of a long time.
fn time_of_use(seconds: Option<u64>) -> Duration {
    match seconds {
        None | Some(0) => USUAL,
        Some(seconds) => {
            let life = Duration::from_secs(seconds).min(LONGEST);
            life.saturating_sub((life / 10).min(MARGIN))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_used_for_a_little_less_than_its_time() {
        for (expires_in, used) in [
            (None, 1_800),
            (Some(0), 1_800),
            (Some(100), 90),
            (Some(3_600), 3_540),
            (Some(u64::MAX), 86_340),
        ] {
            let expected = Duration::from_secs(used);
            assert_eq!(time_of_use(expires_in), expected, "{expires_in:?}");
        }
    }
}
