//! Stores data in the table that only the owner of its handle can read.
//!
//! The table contains it under the SHA-256 of the handle, sealed with AES-256-GCM. The key is
//! derived from the handle, the owner and a salt (HKDF, RFC 5869): a reader of the table learns
//! neither the handle nor the data.

use std::sync::Arc;

use attendee_sync_app::ports::{KeptKey, MAX_KEPT};
use attendee_sync_app::{App, Error};
use axum::http::StatusCode;
use jiff::SignedDuration;
use rand::RngExt;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};

use crate::problem::HttpProblem;
use crate::texts::t;

/// Digits of a handle.
const HANDLE: usize = 64;
/// Bytes of the salt before the sealed data.
const SALT: usize = 32;
/// Every key seals only one value, because every salt is new: so the nonce may be constant.
const NONCE: [u8; 12] = [0; 12];

/// The store. Copies are equivalent.
#[derive(Clone)]
pub(crate) struct SealedStore(Arc<App>);

/// The purpose of a handle: with it, the handle opens no data of another kind and no data of
/// another owner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose<'p> {
    pub(crate) kind: &'static str,
    /// The session that owns the data; empty where the handle alone is enough.
    pub(crate) owner: &'p str,
}

impl SealedStore {
    pub(crate) fn new(app: &Arc<App>) -> Self {
        Self(Arc::clone(app))
    }

    /// Stores data for some time; returns its handle.
    pub(crate) async fn keep(
        &self,
        purpose: Purpose<'_>,
        what: Vec<u8>,
        lasting: SignedDuration,
    ) -> Result<String, HttpProblem> {
        let handle = secret();
        self.replace(purpose, &handle, what, lasting).await?;
        Ok(handle)
    }

    /// Stores data for some time under an existing handle, in place of the data there.
    pub(crate) async fn replace(
        &self,
        purpose: Purpose<'_>,
        handle: &str,
        what: Vec<u8>,
        lasting: SignedDuration,
    ) -> Result<(), HttpProblem> {
        let salt: [u8; SALT] = rand::rng().random();
        let mut body = what;
        key(purpose, handle, &salt)
            .and_then(|key| key.seal_in_place_append_tag(nonce(), Aad::empty(), &mut body))
            .map_err(|_| HttpProblem::internal())?;
        let mut sealed = salt.to_vec();
        sealed.append(&mut body);
        if sealed.len() > MAX_KEPT {
            return Err(HttpProblem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                t("sealed-store-this-is-too-long"),
            ));
        }
        let now = self.0.now();
        let until = now.saturating_add(lasting).unwrap_or(now);
        let store = self.0.expiring_store();
        let kept = store.keep(name(handle), sealed, until).await;
        kept.map_err(Error::from)?;
        Ok(())
    }

    /// Returns the data, while it is stored.
    pub(crate) async fn look(
        &self,
        purpose: Purpose<'_>,
        handle: &str,
    ) -> Result<Option<Vec<u8>>, Error> {
        if handle.len() != HANDLE {
            return Ok(None);
        }
        let now = self.0.now();
        let sealed = self.0.expiring_store().kept(name(handle), now).await?;
        Ok(sealed.and_then(|sealed| open(purpose, handle, sealed)))
    }

    /// Returns the data and deletes it, so that it can be read only once.
    pub(crate) async fn take(
        &self,
        purpose: Purpose<'_>,
        handle: &str,
    ) -> Result<Option<Vec<u8>>, Error> {
        if handle.len() != HANDLE {
            return Ok(None);
        }
        let now = self.0.now();
        let sealed = self.0.expiring_store().take_kept(name(handle), now).await?;
        Ok(sealed.and_then(|sealed| open(purpose, handle, sealed)))
    }
}

/// Returns the key of a handle's data in the table.
pub(crate) fn name(handle: &str) -> KeptKey {
    KeptKey::of(handle)
}

fn key(
    purpose: Purpose<'_>,
    handle: &str,
    salt: &[u8; SALT],
) -> Result<LessSafeKey, ring::error::Unspecified> {
    let label = ["attendee-sync ".as_bytes(), purpose.kind.as_bytes(), salt];
    let secret = Salt::new(HKDF_SHA256, purpose.owner.as_bytes()).extract(handle.as_bytes());
    let key = UnboundKey::from(secret.expand(&label, &AES_256_GCM)?);
    Ok(LessSafeKey::new(key))
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key(NONCE)
}

fn open(purpose: Purpose<'_>, handle: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let (salt, body) = sealed.split_first_chunk_mut::<SALT>()?;
    let key = key(purpose, handle, salt).ok()?;
    let opened = key.open_in_place(nonce(), Aad::empty(), body).ok()?;
    Some(opened.to_vec())
}

/// 256 random bits, in hexadecimal.
pub(crate) fn secret() -> String {
    let [one, other]: [u128; 2] = rand::rng().random();
    format!("{one:032x}{other:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::ConsoleWorld;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    const OURS: Purpose<'_> = Purpose {
        kind: "credential",
        owner: "ours",
    };

    #[tokio::test]
    async fn what_is_kept_opens_for_whom_and_for_what_it_is_and_no_longer() {
        let world = ConsoleWorld::empty().await;
        let safe = SealedStore::new(&world.app);
        let handle = safe.keep(OURS, b"s3cret".to_vec(), HOUR).await.unwrap();
        let look = |purpose| safe.look(purpose, &handle);
        assert_eq!(look(OURS).await.unwrap().unwrap(), b"s3cret");
        let other = Purpose {
            owner: "other",
            ..OURS
        };
        let sample = Purpose {
            kind: "sample",
            ..OURS
        };
        assert_eq!(look(other).await.unwrap(), None);
        assert_eq!(look(sample).await.unwrap(), None);
        assert_eq!(safe.look(OURS, &secret()).await.unwrap(), None);
        assert_eq!(safe.look(OURS, "").await.unwrap(), None);
        world.clock.later(HOUR);
        assert_eq!(look(OURS).await.unwrap(), None);
    }

    #[tokio::test]
    async fn the_table_has_neither_the_handle_nor_what_was_kept() {
        let world = ConsoleWorld::empty().await;
        let safe = SealedStore::new(&world.app);
        let handle = safe.keep(OURS, b"s3cret".to_vec(), HOUR).await.unwrap();
        let now = world.app.now();
        let stored = world
            .app
            .parts()
            .store
            .kept(name(&handle), now)
            .await
            .unwrap();
        let stored = stored.unwrap();
        assert!(!stored.windows(6).any(|bytes| bytes == b"s3cret"));
        // The key in the table does not contain the handle.
        let KeptKey(name) = name(&handle);
        assert_ne!(name.as_slice(), &handle.as_bytes()[..32]);
    }

    #[tokio::test]
    async fn what_is_replaced_is_found_under_the_same_handle() {
        let world = ConsoleWorld::empty().await;
        let safe = SealedStore::new(&world.app);
        let handle = safe.keep(OURS, b"before".to_vec(), HOUR).await.unwrap();
        let now = world.app.now();
        let stored = async || {
            world
                .app
                .expiring_store()
                .kept(name(&handle), now)
                .await
                .unwrap()
        };
        let before = stored().await;
        let replaced = safe.replace(OURS, &handle, b"before".to_vec(), HOUR).await;
        replaced.unwrap();
        assert_ne!(stored().await, before, "the same key sealed twice");
        let replaced = safe.replace(OURS, &handle, b"after".to_vec(), HOUR).await;
        replaced.unwrap();
        assert_eq!(safe.look(OURS, &handle).await.unwrap().unwrap(), b"after");
    }

    #[tokio::test]
    async fn what_is_tampered_with_does_not_open() {
        let world = ConsoleWorld::empty().await;
        let safe = SealedStore::new(&world.app);
        let handle = safe.keep(OURS, b"s3cret".to_vec(), HOUR).await.unwrap();
        let now = world.app.now();
        let stored = world
            .app
            .parts()
            .store
            .kept(name(&handle), now)
            .await
            .unwrap();
        let mut stored = stored.unwrap();
        stored[0] ^= 1;
        let until = now + HOUR;
        let put = world
            .app
            .parts()
            .store
            .keep(name(&handle), stored, until)
            .await;
        put.unwrap();
        assert_eq!(safe.look(OURS, &handle).await.unwrap(), None);
    }

    #[tokio::test]
    async fn as_much_fits_as_an_item_takes() {
        let world = ConsoleWorld::empty().await;
        let safe = SealedStore::new(&world.app);
        let tag = AES_256_GCM.tag_len();
        let fits = vec![7; MAX_KEPT - tag - SALT];
        let handle = safe.keep(OURS, fits.clone(), HOUR).await.unwrap();
        assert_eq!(safe.look(OURS, &handle).await.unwrap(), Some(fits));
        let refused = safe
            .keep(OURS, vec![7; MAX_KEPT - tag - SALT + 1], HOUR)
            .await;
        assert_eq!(refused.unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
