//! Who may come in: the API token, one-time sign-in links and the sessions they open.
//!
//! Links and sessions live in memory and end with the process. Nothing here is ever logged.

mod ledger;
mod throttle;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

pub(crate) use ledger::{SESSION_HOURS, Session, secret};
pub(crate) use throttle::Attempt;

use ledger::Ledger;
use throttle::Throttle;

/// Wrong tokens a minute before the sign-in form refuses to look at more.
const SIGN_IN_FAILURES: u32 = 10;
/// The same for the API, where a script with an old token must not lock others out at once.
const API_FAILURES: u32 = 300;
/// The same for links to unsubscribe by. They cannot be guessed, and behind one address may be all
/// users of a mail service: this only spares the table.
const LINK_FAILURES: u32 = 120;

/// Who may come in. Copies share what they know.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

struct Inner {
    token: SecretString,
    hosts: Vec<String>,
    ledger: Mutex<Ledger>,
    sign_ins: Throttle,
    calls: Throttle,
    links: Throttle,
}

impl Access {
    /// Access for those who hold this API token, on loopback names and IP addresses.
    #[must_use]
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self::with_allowed_hosts(token, [])
    }

    /// The same, and under these host names, written without a port. A name that is not listed is
    /// refused, so that no foreign name can be made to point here (DNS rebinding).
    #[must_use]
    pub fn with_allowed_hosts(
        token: impl Into<SecretString>,
        hosts: impl IntoIterator<Item = String>,
    ) -> Self {
        Self(Arc::new(Inner {
            token: token.into(),
            hosts: hosts
                .into_iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
            ledger: Mutex::default(),
            sign_ins: Throttle::new(SIGN_IN_FAILURES),
            calls: Throttle::new(API_FAILURES),
            links: Throttle::new(LINK_FAILURES),
        }))
    }

    /// The path of a fresh sign-in link; it works once, within 24 hours.
    #[must_use]
    pub fn sign_in_path(&self) -> String {
        let link = self.ledger().link(Instant::now());
        format!("/sign-in?token={link}")
    }

    /// Opens a session for a link that was not used yet.
    pub(crate) fn redeem(&self, link: &str) -> Option<Session> {
        self.ledger().redeem(link, Instant::now())
    }

    /// Opens a session for who has the API token.
    pub(crate) fn sign_in(&self, token: &str, peer: Option<IpAddr>) -> Attempt<Session> {
        let now = Instant::now();
        self.0.sign_ins.attempt(peer, now, || {
            self.is_token(token).then(|| self.ledger().open(now))
        })
    }

    /// Whether a call of the API carries its token.
    pub(crate) fn call(&self, token: &str, peer: Option<IpAddr>) -> Attempt<()> {
        self.0
            .calls
            .attempt(peer, Instant::now(), || self.is_token(token).then_some(()))
    }

    /// After how many seconds links to unsubscribe by are looked at again, where they are not now.
    pub(crate) fn links_wait(&self, peer: Option<IpAddr>) -> Option<u64> {
        self.0.links.wait(peer, Instant::now())
    }

    /// Counts a link to unsubscribe by that was not made here.
    pub(crate) fn link_failed(&self, peer: Option<IpAddr>) {
        self.0.links.failed(peer, Instant::now());
    }

    /// The session with this id, while it lasts.
    pub(crate) fn session(&self, id: &str) -> Option<Session> {
        self.ledger().session(id, Instant::now())
    }

    /// Ends a session.
    pub(crate) fn sign_out(&self, session: &Session) {
        self.ledger().close(session);
    }

    /// Whether requests may name this host.
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok() || self.0.hosts.contains(&host)
    }

    fn is_token(&self, token: &str) -> bool {
        let right = self.0.token.expose_secret().as_bytes();
        !right.is_empty() && token.as_bytes().ct_eq(right).into()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a form's token is the session's.
pub(crate) fn same_token(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
