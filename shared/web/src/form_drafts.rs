//! Form drafts: data that a session keeps for an hour and that names nobody. Another session cannot
//! open it with the handle. Data that may name people is kept as a draft instead (`drafts`).

use std::marker::PhantomData;

use attendee_sync_app::Error;
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};

use crate::access::Session;
use crate::problem::HttpProblem;
use crate::sealed_store::{Purpose, SealedStore};

/// How long a form draft is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// Form drafts of one kind.
pub(crate) struct FormDrafts<T> {
    kind: &'static str,
    safe: SealedStore,
    of: PhantomData<fn() -> T>,
}

/// A value that can be kept as a draft.
pub(crate) trait Sheet: Sized {
    fn to_bytes(&self) -> Vec<u8>;
    fn from_bytes(bytes: Vec<u8>) -> Option<Self>;
}

impl<T: Sheet> FormDrafts<T> {
    /// Returns the store for form drafts of this kind.
    pub(crate) fn new(kind: &'static str, safe: &SealedStore) -> Self {
        Self {
            kind,
            safe: safe.clone(),
            of: PhantomData,
        }
    }

    /// Keeps a value; returns its handle.
    pub(crate) async fn keep(&self, session: &Session, what: &T) -> Result<String, HttpProblem> {
        self.keep_for(&session.id, what).await
    }

    /// Keeps a value for this owner; returns its handle.
    pub(crate) async fn keep_for(&self, owner: &str, what: &T) -> Result<String, HttpProblem> {
        let purpose = self.purpose(owner);
        self.safe.keep(purpose, what.to_bytes(), KEPT).await
    }

    /// Returns the value, while it is kept.
    pub(crate) async fn look(&self, session: &Session, handle: &str) -> Result<Option<T>, Error> {
        self.look_for(&session.id, handle).await
    }

    /// Returns the value of this owner, while it is kept.
    pub(crate) async fn look_for(&self, owner: &str, handle: &str) -> Result<Option<T>, Error> {
        let bytes = self.safe.look(self.purpose(owner), handle).await?;
        Ok(bytes.and_then(T::from_bytes))
    }

    /// Deletes a value. A failure is ignored, because the value expires within the hour.
    pub(crate) async fn forget(&self, session: &Session, handle: &str) {
        self.forget_for(&session.id, handle).await;
    }

    /// Deletes a value of this owner.
    pub(crate) async fn forget_for(&self, owner: &str, handle: &str) {
        if let Err(error) = self.safe.take(self.purpose(owner), handle).await {
            tracing::warn!(error = %error, kind = self.kind, "something waits longer than it should");
        }
    }

    fn purpose<'p>(&self, owner: &'p str) -> Purpose<'p> {
        Purpose {
            kind: self.kind,
            owner,
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

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::tests::world::ConsoleWorld;

    pub(crate) fn session(id: &str) -> Session {
        Session {
            id: id.to_owned(),
            csrf: String::new(),
            authority: Arc::new(attendee_sync_domain::authority::Authority::owner()),
            sees_failed_jobs: false,
        }
    }

    #[tokio::test]
    async fn something_waits_an_hour_for_the_session_that_made_it() {
        let world = ConsoleWorld::empty().await;
        let drafts: FormDrafts<SecretString> =
            FormDrafts::new("credential", &SealedStore::new(&world.app));
        let (ours, other) = (session("ours"), session("other"));
        let credential = SecretString::from("s3cret");
        let handle = drafts.keep(&ours, &credential).await.unwrap();
        let another = drafts.keep(&ours, &credential).await.unwrap();
        let look = |session, handle| {
            let drafts = &drafts;
            async move {
                let found = drafts.look(session, handle).await.unwrap();
                found.map(|found| found.expose_secret().to_owned())
            }
        };
        let kept = Some("s3cret".to_owned());
        assert_eq!(look(&ours, &handle).await, kept);
        assert_eq!(look(&other, &handle).await, None);
        drafts.forget(&ours, &handle).await;
        assert_eq!(look(&ours, &handle).await, None);
        assert_eq!(look(&ours, &another).await, kept);
        world.clock.later(KEPT);
        assert_eq!(look(&ours, &another).await, None);
    }
}
