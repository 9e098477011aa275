//! What waits for the session that made it, for an hour. Its handle opens nothing to another
//! session.

use std::marker::PhantomData;
use std::sync::Arc;

use attendee_sync_app::Error;
use attendee_sync_app::ports::MAX_KEPT;
use attendee_sync_domain::feed::FieldFound;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use crate::access::Session;
use crate::problem::Problem;
use crate::safe::{Purpose, Safe};

/// How long something waits.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// Most bytes of a list of fields; what is sealed is a little longer.
const MAX_FIELDS: usize = MAX_KEPT - 1_000;

/// Some of it, of one kind.
pub(crate) struct Pad<T> {
    kind: &'static str,
    safe: Safe,
    of: PhantomData<fn() -> T>,
}

/// What can be written on a pad.
pub(crate) trait Sheet: Sized {
    fn to_bytes(&self) -> Vec<u8>;
    fn from_bytes(bytes: Vec<u8>) -> Option<Self>;
}

impl<T: Sheet> Pad<T> {
    /// For what is of this kind.
    pub(crate) fn new(kind: &'static str, safe: &Safe) -> Self {
        Self {
            kind,
            safe: safe.clone(),
            of: PhantomData,
        }
    }

    /// Keeps something; gives its handle.
    pub(crate) async fn keep(&self, session: &Session, what: &T) -> Result<String, Problem> {
        let purpose = self.purpose(session);
        self.safe.keep(purpose, what.to_bytes(), KEPT).await
    }

    /// What was kept, while it waits.
    pub(crate) async fn look(&self, session: &Session, handle: &str) -> Result<Option<T>, Error> {
        let bytes = self.safe.look(self.purpose(session), handle).await?;
        Ok(bytes.and_then(T::from_bytes))
    }

    /// Forgets something. That it could not be forgotten is no failure of what it was for: its
    /// time is over within the hour.
    pub(crate) async fn forget(&self, session: &Session, handle: &str) {
        if let Err(error) = self.safe.take(self.purpose(session), handle).await {
            tracing::warn!(error = %error, kind = self.kind, "something waits longer than it should");
        }
    }

    fn purpose<'p>(&self, session: &'p Session) -> Purpose<'p> {
        Purpose {
            kind: self.kind,
            owner: &session.id,
        }
    }
}

impl Sheet for SecretString {
    fn to_bytes(&self) -> Vec<u8> {
        self.expose_secret().as_bytes().to_vec()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(String::from_utf8(bytes).ok()?.into())
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

/// As many of them as fit.
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
    use super::*;
    use crate::tests::world::World;

    fn session(id: &str) -> Session {
        Session {
            id: id.to_owned(),
            csrf: String::new(),
            authority: Arc::new(attendee_sync_domain::authority::Authority::owner()),
            sees_set_aside: false,
        }
    }

    #[tokio::test]
    async fn something_waits_an_hour_for_the_session_that_made_it() {
        let world = World::empty().await;
        let pad: Pad<Arc<str>> = Pad::new("search", &Safe::new(&world.app));
        let (ours, other) = (session("ours"), session("other"));
        let words: Arc<str> = "Ada Doe".into();
        let handle = pad.keep(&ours, &words).await.unwrap();
        let another = pad.keep(&ours, &words).await.unwrap();
        let look = |session, handle| {
            let pad = &pad;
            async move { pad.look(session, handle).await.unwrap() }
        };
        assert_eq!(look(&ours, &handle).await, Some(words.clone()));
        assert_eq!(look(&other, &handle).await, None);
        pad.forget(&ours, &handle).await;
        assert_eq!(look(&ours, &handle).await, None);
        assert_eq!(look(&ours, &another).await, Some(words));
        world.clock.later(KEPT);
        assert_eq!(look(&ours, &another).await, None);
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
