//! A cache of the keys of an identity provider.

use std::sync::Arc;

use async_trait::async_trait;
use attendee_sync_app::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Mutex;

/// How long keys are cached, so that a withdrawn one is not trusted for long.
const FRESH: SignedDuration = SignedDuration::from_mins(60);
/// How long they are still trusted while the provider does not answer.
const BELIEVED: SignedDuration = SignedDuration::from_hours(24);
/// The shortest time between two fetches: tokens with made-up keys must not cause endless requests.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// The source of keys.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The keys the provider publishes now.
    async fn fetch(&self) -> Result<JwkSet, KeysError>;
}

/// Why keys could not be fetched.
#[derive(Debug, thiserror::Error)]
#[error("the keys of the identity provider cannot be had: {0}")]
pub struct KeysError(pub String);

/// The result of looking for a key.
pub(super) enum KeySearch {
    /// The key.
    Key(Box<DecodingKey>),
    /// The provider has no key of this name for this algorithm.
    Unknown,
    /// The keys are unknown at present.
    Unavailable,
}

pub(super) struct KeyCache {
    source: Arc<dyn KeySource>,
    clock: Arc<dyn Clock>,
    /// The lock is held while keys are fetched: one task fetches them and the others wait.
    state: Mutex<KeysState>,
}

#[derive(Default)]
struct KeysState {
    keys: Option<JwkSet>,
    fetched: Option<Timestamp>,
    tried: Option<Timestamp>,
}

impl KeyCache {
    pub(super) fn new(source: Arc<dyn KeySource>, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            state: Mutex::default(),
        }
    }

    pub(super) async fn find(&self, kid: &str, algorithm: Algorithm) -> KeySearch {
        let now = self.clock.now();
        let mut state = self.state.lock().await;
        if state.is_older(FRESH, now) || state.key(kid, algorithm).is_none() {
            self.refresh(&mut state, now).await;
        }
        if state.is_older(BELIEVED, now) {
            return KeySearch::Unavailable;
        }
        match state.key(kid, algorithm) {
            Some(key) => KeySearch::Key(Box::new(key)),
            None => KeySearch::Unknown,
        }
    }

    async fn refresh(&self, state: &mut KeysState, now: Timestamp) {
        let waits = |tried: Timestamp| now.duration_since(tried) < PAUSE;
        if state.tried.is_some_and(waits) {
            return;
        }
        state.tried = Some(now);
        match self.source.fetch().await {
            Ok(keys) => {
                state.keys = Some(keys);
                state.fetched = Some(now);
            }
            Err(error) => tracing::warn!(%error, "the keys known before are used"),
        }
    }
}

impl KeysState {
    fn is_older(&self, age: SignedDuration, now: Timestamp) -> bool {
        self.fetched
            .is_none_or(|fetched| now.duration_since(fetched) >= age)
    }

    fn key(&self, kid: &str, algorithm: Algorithm) -> Option<DecodingKey> {
        let named = |key: &&Jwk| key.common.key_id.as_deref() == Some(kid);
        let mut keys = self.keys.iter().flat_map(|set| &set.keys).filter(named);
        let key = keys.find(|key| fits(key, algorithm))?;
        DecodingKey::from_jwk(key).ok()
    }
}

/// Returns whether a key is for signatures by this algorithm.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let signs = !matches!(
        key.common.public_key_use,
        Some(PublicKeyUse::Encryption | PublicKeyUse::Other(_))
    );
    let said = key.common.key_algorithm;
    let agrees = said.is_none_or(|said| match algorithm {
        Algorithm::RS256 => said == KeyAlgorithm::RS256,
        _ => said == KeyAlgorithm::ES256,
    });
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => algorithm == Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) => {
            algorithm == Algorithm::ES256 && curve.curve == EllipticCurve::P256
        }
        _ => false,
    };
    signs && agrees && kind
}
