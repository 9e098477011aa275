//! Sign-in links and sessions, by time; the clock is a parameter.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use attendee_sync_domain::authority::Authority;
use rand::RngExt;

/// How long a sign-in link works.
const LINK: Duration = Duration::from_hours(24);
/// How long a session lasts, in hours.
pub(crate) const SESSION_HOURS: u64 = 12;
pub(super) const SESSION: Duration = Duration::from_hours(SESSION_HOURS);

/// Somebody signed in.
#[derive(Clone)]
pub(crate) struct Session {
    /// What the cookie says.
    pub(crate) id: String,
    /// What every form of hers carries.
    pub(crate) csrf: String,
    /// Who she is, and what she may do.
    pub(crate) authority: Arc<Authority>,
}

#[derive(Default)]
pub(super) struct Ledger {
    links: HashMap<String, Instant>,
    sessions: HashMap<String, (Session, Instant)>,
}

impl Ledger {
    pub(super) fn link(&mut self, now: Instant) -> String {
        self.links.retain(|_, until| *until > now);
        let link = secret();
        self.links.insert(link.clone(), now + LINK);
        link
    }

    pub(super) fn redeem(&mut self, link: &str, now: Instant) -> Option<Session> {
        let until = self.links.remove(link)?;
        (until > now).then(|| self.open(Arc::new(Authority::owner()), SESSION, now))
    }

    /// Opens a session, for no longer than `most`.
    pub(super) fn open(
        &mut self,
        authority: Arc<Authority>,
        most: Duration,
        now: Instant,
    ) -> Session {
        self.sessions.retain(|_, (_, until)| *until > now);
        let session = Session {
            id: secret(),
            csrf: secret(),
            authority,
        };
        let until = now + most.min(SESSION);
        self.sessions
            .insert(session.id.clone(), (session.clone(), until));
        session
    }

    pub(super) fn session(&self, id: &str, now: Instant) -> Option<Session> {
        let (session, until) = self.sessions.get(id)?;
        (*until > now).then(|| session.clone())
    }

    pub(super) fn close(&mut self, session: &Session) {
        self.sessions.remove(&session.id);
    }
}

/// 256 random bits, in hexadecimal.
pub(crate) fn secret() -> String {
    let [one, other]: [u128; 2] = rand::rng().random();
    format!("{one:032x}{other:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_once_and_for_a_day() {
        let mut ledger = Ledger::default();
        let now = Instant::now();
        let link = ledger.link(now);
        assert_eq!(link.len(), 64);
        assert!(ledger.redeem("another", now).is_none());
        assert!(ledger.redeem(&link, now).is_some());
        assert!(ledger.redeem(&link, now).is_none());
        let late = ledger.link(now);
        assert!(ledger.redeem(&late, now + LINK).is_none());
    }

    #[test]
    fn a_session_lasts_twelve_hours_or_until_it_is_closed() {
        let mut ledger = Ledger::default();
        let now = Instant::now();
        let owner = || Arc::new(Authority::owner());
        let session = ledger.open(owner(), Duration::MAX, now);
        let late = now + Duration::from_hours(SESSION_HOURS - 1);
        assert!(ledger.session(&session.id, late).is_some());
        assert!(ledger.session(&session.id, now + SESSION).is_none());
        assert_ne!(session.id, session.csrf);
        ledger.close(&session);
        assert!(ledger.session(&session.id, now).is_none());
        let short = ledger.open(owner(), Duration::from_mins(5), now);
        let late = now + Duration::from_mins(5);
        assert!(ledger.session(&short.id, now).is_some());
        assert!(ledger.session(&short.id, late).is_none());
    }
}
