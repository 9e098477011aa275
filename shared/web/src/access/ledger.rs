//! Stores sign-in links and sessions in the table.

use std::sync::Arc;

use attendee_sync_app::Error;
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::authority::{Authority, TokenHash};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::problem::HttpProblem;
use crate::sealed_store::{Purpose, SealedStore, secret};

/// How long a sign-in link works.
const LINK: SignedDuration = SignedDuration::from_hours(24);
/// How long a session lasts, in hours.
pub(crate) const SESSION_HOURS: i64 = 12;
pub(super) const SESSION: SignedDuration = SignedDuration::from_hours(SESSION_HOURS);

const OF_LINK: Purpose<'_> = Purpose {
    kind: "sign-in link",
    owner: "",
};
const OF_SESSION: Purpose<'_> = Purpose {
    kind: "session",
    owner: "",
};

/// A signed-in person.
#[derive(Clone)]
pub(crate) struct Session {
    /// The value of the session's cookie.
    pub(crate) id: String,
    /// The token against CSRF, which every form of the session contains.
    pub(crate) csrf: String,
    /// Who they are, and what they may do.
    pub(crate) authority: Arc<Authority>,
    /// Whether there are queues with failed jobs that this person may see.
    pub(crate) sees_failed_jobs: bool,
}

/// The means of a sign-in. A session is valid only while its means is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum By {
    /// A sign-in link, valid while the owner's token has this hash.
    Link(Option<TokenHash>),
    /// By the token with this hash.
    Token(TokenHash),
    /// A token of an identity provider, which is not asked again.
    Provider(Authority),
    /// A sign-in at the organisation, which is not asked again.
    Organisation {
        /// Who signed in.
        authority: Authority,
        /// What the organisation asks for when its own session is to be ended.
        id_token: String,
    },
}

/// A session as it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredSession {
    pub(super) csrf: String,
    pub(super) by: By,
    /// The person's sign-out epoch when the session was opened; it changes with every sign-out
    /// everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) epoch: Option<String>,
}

pub(super) struct Ledger(pub(super) SealedStore);

impl Ledger {
    pub(super) fn new(safe: SealedStore) -> Self {
        Self(safe)
    }

    /// Creates a link that is valid while the owner's token has this hash.
    pub(super) async fn link(&self, owner: Option<TokenHash>) -> Result<String, HttpProblem> {
        self.0.keep(OF_LINK, written(&owner)?, LINK).await
    }

    /// Uses up a link, and returns the hash of the owner's token it was made with; `None` where the
    /// link does not work.
    pub(super) async fn redeem(&self, link: &str) -> Result<Option<Option<TokenHash>>, Error> {
        Ok(read(self.0.take(OF_LINK, link).await?))
    }

    /// Opens a session of at most this duration; returns its id and its token against CSRF.
    pub(super) async fn open(
        &self,
        who: &Actor,
        by: By,
        most: SignedDuration,
    ) -> Result<(String, String), HttpProblem> {
        let csrf = secret();
        let opened = StoredSession {
            csrf: csrf.clone(),
            by,
            epoch: self.epoch(who).await?,
        };
        let lasting = most.min(SESSION);
        let id = self.0.keep(OF_SESSION, written(&opened)?, lasting).await?;
        Ok((id, csrf))
    }

    pub(super) async fn session(&self, id: &str) -> Result<Option<StoredSession>, Error> {
        Ok(read(self.0.look(OF_SESSION, id).await?))
    }

    /// Ends a session, and returns what was stored of it.
    pub(super) async fn close(&self, session: &Session) -> Result<Option<StoredSession>, Error> {
        let closed = read(self.0.take(OF_SESSION, &session.id).await?);
        self.remove_session(session).await?;
        Ok(closed)
    }
}

pub(super) fn written<T: Serialize>(what: &T) -> Result<Vec<u8>, HttpProblem> {
    serde_json::to_vec(what).map_err(|_| HttpProblem::internal())
}

/// Reads a stored value. A value of another version that cannot be read counts as expired.
pub(super) fn read<T: DeserializeOwned>(bytes: Option<Vec<u8>>) -> Option<T> {
    serde_json::from_slice(&bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::ConsoleWorld;

    fn by() -> By {
        By::Provider(Authority::owner())
    }

    #[tokio::test]
    async fn a_link_works_once_and_for_a_day() {
        let world = ConsoleWorld::empty().await;
        let ledger = Ledger::new(SealedStore::new(&world.app));
        let owner = Some(TokenHash::of("owner"));
        let link = ledger.link(owner).await.unwrap();
        assert_eq!(link.len(), 64);
        assert_eq!(ledger.redeem(&secret()).await.unwrap(), None);
        assert_eq!(ledger.redeem(&link).await.unwrap(), Some(owner));
        assert_eq!(ledger.redeem(&link).await.unwrap(), None);
        let late = ledger.link(owner).await.unwrap();
        world.clock.later(LINK);
        assert_eq!(ledger.redeem(&late).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_session_lasts_twelve_hours_or_until_it_is_closed() {
        let world = ConsoleWorld::empty().await;
        let ledger = Ledger::new(SealedStore::new(&world.app));
        let lasts = |id: &str| {
            let (ledger, id) = (&ledger, id.to_owned());
            async move { ledger.session(&id).await.unwrap().is_some() }
        };
        let open = |most| ledger.open(&Actor::Owner, by(), most);
        let (id, csrf) = open(SignedDuration::MAX).await.unwrap();
        assert_ne!(id, csrf);
        let opened = ledger.session(&id).await.unwrap().unwrap();
        assert_eq!((opened.csrf, opened.by), (csrf.clone(), by()));
        let minutes = SignedDuration::from_mins(5);
        let (short, _) = open(minutes).await.unwrap();
        let (closed, _) = open(minutes).await.unwrap();
        assert!(lasts(&short).await && lasts(&closed).await);
        let session = Session {
            id: closed.clone(),
            csrf,
            authority: Arc::new(Authority::owner()),
            sees_failed_jobs: false,
        };
        ledger.close(&session).await.unwrap();
        assert!(!lasts(&closed).await);
        world.clock.later(minutes);
        assert!(!lasts(&short).await && lasts(&id).await);
        world.clock.later(SESSION - minutes);
        assert!(!lasts(&id).await);
    }
}
