//! Drafts: data that a session keeps for an hour and that may name people, such as search texts,
//! fields that a test of a source found, and previews of invitations.
//!
//! Besides its handle, a draft is sealed with a secret of its community. An erasure deletes that
//! secret, so that no handle opens the draft any more (invariant 2).

use std::sync::Arc;

use attendee_sync_app::ports::MAX_KEPT;
use attendee_sync_app::{App, DraftSecret, Error};
use attendee_sync_domain::feed::FieldFound;
use attendee_sync_domain::ids::CommunityId;
use rand::RngExt;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::access::Session;
use crate::form_drafts::{FormDrafts, Sheet};
use crate::problem::HttpProblem;
use crate::sealed_store::SealedStore;

/// Most bytes of a list of fields; the stored draft is a little longer.
const MAX_FIELDS: usize = MAX_KEPT - 1_000;
/// Separates the community's name from the sealed data; no community's name contains it.
const END_OF_NAME: u8 = b'\n';

/// Drafts of one kind.
pub(crate) struct Drafts<T> {
    app: Arc<App>,
    kept: FormDrafts<Sealed>,
    of: std::marker::PhantomData<fn() -> T>,
}

/// The secret of a community with which a draft is sealed. A later erasure in the community makes
/// the draft unreadable forever.
pub(crate) struct Seal {
    community: CommunityId,
    secret: DraftSecret,
}

/// A stored draft: its community, a nonce, and the sealed data.
struct Sealed(Vec<u8>);

impl Sheet for Sealed {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(Self(bytes))
    }
}

impl<T: Sheet> Drafts<T> {
    /// Returns the store for drafts of this kind.
    pub(crate) fn new(kind: &'static str, app: &Arc<App>) -> Self {
        Self {
            app: Arc::clone(app),
            kept: FormDrafts::new(kind, &SealedStore::new(app)),
            of: std::marker::PhantomData,
        }
    }

    /// Begins a draft in a community. Its data must be read after this call: then nothing of people
    /// who were erased before can be in it.
    pub(crate) async fn begin(&self, community: &CommunityId) -> Result<Seal, Error> {
        Ok(Seal {
            community: community.clone(),
            secret: self.app.new_draft_secret(community).await?,
        })
    }

    /// Keeps a draft for an hour; returns its handle.
    pub(crate) async fn keep(
        &self,
        session: &Session,
        seal: &Seal,
        draft: &T,
    ) -> Result<String, HttpProblem> {
        self.keep_for(&session.id, seal, draft).await
    }

    /// Keeps a draft for an hour for this owner; returns its handle.
    pub(crate) async fn keep_for(
        &self,
        owner: &str,
        seal: &Seal,
        draft: &T,
    ) -> Result<String, HttpProblem> {
        let sealed = seal.close(draft.to_bytes());
        let sealed = sealed.ok_or_else(HttpProblem::internal)?;
        self.kept.keep_for(owner, &sealed).await
    }

    /// Deletes a draft of this owner.
    pub(crate) async fn forget_for(&self, owner: &str, handle: &str) {
        self.kept.forget_for(owner, handle).await;
    }

    /// Returns the draft, while it is kept and no erasure took place in its community since it was
    /// begun.
    pub(crate) async fn look(&self, session: &Session, handle: &str) -> Result<Option<T>, Error> {
        self.look_for(&session.id, handle).await
    }

    /// Returns the draft of this owner, under the same conditions.
    pub(crate) async fn look_for(&self, owner: &str, handle: &str) -> Result<Option<T>, Error> {
        let Some(sealed) = self.kept.look_for(owner, handle).await? else {
            return Ok(None);
        };
        let Some(community) = sealed.community() else {
            return Ok(None);
        };
        let Some(secret) = self.app.draft_secret(&community).await? else {
            return Ok(None);
        };
        let seal = Seal { community, secret };
        Ok(seal.open(&sealed).and_then(T::from_bytes))
    }
}

impl Seal {
    fn key(&self) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM, &self.secret.0).ok()?;
        Some(LessSafeKey::new(key))
    }

    fn close(&self, mut bytes: Vec<u8>) -> Option<Sealed> {
        // Two of 2^32 drafts have the same nonce with a probability of 2^-32 (NIST SP 800-38D,
        // 8.3).
        let nonce: [u8; NONCE_LEN] = rand::rng().random();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.key()?
            .seal_in_place_append_tag(unique, Aad::empty(), &mut bytes)
            .ok()?;
        let mut sealed = self.community.to_string().into_bytes();
        sealed.push(END_OF_NAME);
        sealed.extend(nonce);
        sealed.append(&mut bytes);
        Some(Sealed(sealed))
    }

    fn open(&self, sealed: &Sealed) -> Option<Vec<u8>> {
        let (_, rest) = sealed.parts()?;
        let (nonce, bytes) = rest.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = bytes.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self
            .key()?
            .open_in_place(nonce, Aad::empty(), &mut bytes)
            .ok()?;
        let length = opened.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

impl Sealed {
    fn parts(&self) -> Option<(&[u8], &[u8])> {
        let end = self.0.iter().position(|byte| *byte == END_OF_NAME)?;
        let (name, rest) = self.0.split_at(end);
        Some((name, rest.get(1..)?))
    }

    fn community(&self) -> Option<CommunityId> {
        let (name, _) = self.parts()?;
        std::str::from_utf8(name).ok()?.parse().ok()
    }
}

impl Sheet for Arc<str> {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(String::from_utf8(bytes).ok()?.into())
    }
}

/// A list is cut to the fields that fit.
impl Sheet for Arc<[FieldFound]> {
    fn to_bytes(&self) -> Vec<u8> {
        let mut fields: &[FieldFound] = self;
        loop {
            let bytes = serde_json::to_vec(fields).unwrap_or_default();
            if bytes.len() <= MAX_FIELDS {
                return bytes;
            }
            fields = fields.split_at(fields.len() / 2).0;
        }
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let fields: Vec<FieldFound> = serde_json::from_slice(&bytes).ok()?;
        Some(fields.into())
    }
}

#[cfg(test)]
mod tests {
    use attendee_sync_app::ports::CommunityRecord;
    use attendee_sync_domain::ids::PersonKey;
    use jiff::SignedDuration;

    use super::*;
    use crate::form_drafts::tests::session;
    use crate::tests::world::ConsoleWorld;

    #[tokio::test]
    async fn no_draft_that_was_begun_before_an_erasure_opens_after_it() {
        let world = ConsoleWorld::empty().await;
        let drafts: Drafts<Arc<str>> = Drafts::new("search", &world.app);
        let (ours, other) = (session("ours"), session("other"));
        let (acme, others): (CommunityId, CommunityId) =
            ("acme".parse().unwrap(), "others".parse().unwrap());
        let community = CommunityRecord {
            id: acme.clone(),
            key: PersonKey([7; 32]),
        };
        world
            .app
            .parts()
            .store
            .make_community(community)
            .await
            .unwrap();
        let words: Arc<str> = "Ada Doe".into();
        let seal = drafts.begin(&acme).await.unwrap();
        let elsewhere = drafts.begin(&others).await.unwrap();
        let handle = drafts.keep(&ours, &seal, &words).await.unwrap();
        let untouched = drafts.keep(&ours, &elsewhere, &words).await.unwrap();
        let look = |session, handle: &str| {
            let (drafts, handle) = (&drafts, handle.to_owned());
            async move { drafts.look(session, &handle).await.unwrap() }
        };
        assert_eq!(look(&ours, &handle).await, Some(words.clone()));
        assert_eq!(look(&other, &handle).await, None);

        let address = "ada@example.org".parse().unwrap();
        world.app.erase_user(&acme, &address).await.unwrap();
        assert_eq!(look(&ours, &handle).await, None);
        assert_eq!(look(&ours, &untouched).await, Some(words.clone()));
        // This draft was begun before the erasure and kept after it, so its data was read before.
        let late = drafts.keep(&ours, &seal, &words).await.unwrap();
        assert_eq!(look(&ours, &late).await, None);

        let seal = drafts.begin(&acme).await.unwrap();
        let handle = drafts.keep(&ours, &seal, &words).await.unwrap();
        assert_eq!(look(&ours, &handle).await, Some(words));
        assert_eq!(look(&ours, &late).await, None);
        world.clock.later(SignedDuration::from_hours(1));
        assert_eq!(look(&ours, &handle).await, None);
    }

    #[test]
    fn of_too_many_fields_some_are_kept() {
        let field = |number: usize| FieldFound {
            path: format!("{number:0>5000}"),
            filled: 1,
            example: None,
        };
        let all: Arc<[FieldFound]> = (0..500).map(field).collect();
        let kept = Arc::<[FieldFound]>::from_bytes(all.to_bytes()).unwrap();
        assert!((50..500).contains(&kept.len()), "{}", kept.len());
        assert_eq!(kept[..], all[..kept.len()]);
    }
}
