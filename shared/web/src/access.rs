//! Who comes in: by an API token, by a token of an identity provider, by a one-time sign-in link,
//! and by the session that each of them opens in a browser.
//!
//! Links and sessions live in memory and end with the process. Nothing here is ever logged.

mod ledger;
mod throttle;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use attendee_sync_app::ports::{Identified, Identities, NotIdentified};
use attendee_sync_domain::authority::{AccessToken, Authority, TokenHash};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

pub(crate) use ledger::{SESSION_HOURS, Session, secret};
pub(crate) use throttle::Attempt;

use ledger::{Ledger, SESSION};
use throttle::Throttle;

/// Wrong tokens a minute before the sign-in form refuses to look at more.
const SIGN_IN_FAILURES: u32 = 10;
/// The same for the API, where a script with an old token must not lock others out at once.
const API_FAILURES: u32 = 300;
/// The same for links to unsubscribe by. They cannot be guessed, and behind one address may be all
/// users of a mail service: this only spares the table.
const LINK_FAILURES: u32 = 120;

/// The ways in. What is not given is shut.
#[derive(Default)]
pub struct Entrances {
    /// The token of who holds the installation: admin of all communities.
    pub owner: Option<SecretString>,
    /// Further tokens, each with its own roles.
    pub tokens: Vec<AccessToken>,
    /// An identity provider whose tokens are taken.
    pub identities: Option<Arc<dyn Identities>>,
    /// Host names that requests may name beside loopback names and IP addresses, without a port.
    /// A name that is not listed is refused, so that no foreign name can be made to point here
    /// (DNS rebinding).
    pub hosts: Vec<String>,
}

/// Who may come in. Copies share what they know.
#[derive(Clone)]
pub struct Access(Arc<Inner>);

struct Inner {
    owner: Option<Known>,
    tokens: Vec<Known>,
    identities: Option<Arc<dyn Identities>>,
    hosts: Vec<String>,
    ledger: Mutex<Ledger>,
    sign_ins: Throttle,
    calls: Throttle,
    links: Throttle,
}

/// A token and whoever holds it.
struct Known {
    hash: TokenHash,
    holder: Arc<Authority>,
}

impl Access {
    /// Access by these ways.
    #[must_use]
    pub fn by(entrances: Entrances) -> Self {
        let owner = entrances.owner.as_ref().map(ExposeSecret::expose_secret);
        let owner = owner.filter(|token| !token.is_empty()).map(|token| Known {
            hash: TokenHash::of(token),
            holder: Arc::new(Authority::owner()),
        });
        let known = |token: &AccessToken| Known {
            hash: token.hash,
            holder: Arc::new(token.holder()),
        };
        let hosts = entrances.hosts.iter();
        Self(Arc::new(Inner {
            owner,
            tokens: entrances.tokens.iter().map(known).collect(),
            identities: entrances.identities,
            hosts: hosts.map(|host| host.to_ascii_lowercase()).collect(),
            ledger: Mutex::default(),
            sign_ins: Throttle::new(SIGN_IN_FAILURES),
            calls: Throttle::new(API_FAILURES),
            links: Throttle::new(LINK_FAILURES),
        }))
    }

    /// The path of a fresh sign-in link for who holds the installation; it works once, within 24
    /// hours.
    #[must_use]
    pub fn sign_in_path(&self) -> String {
        let link = self.ledger().link(Instant::now());
        format!("/sign-in?token={link}")
    }

    /// Opens a session for a link that was not used yet.
    pub(crate) fn redeem(&self, link: &str) -> Option<Session> {
        self.ledger().redeem(link, Instant::now())
    }

    /// Opens a session for who has a token, for no longer than the token is good.
    pub(crate) async fn sign_in(&self, token: &str, peer: Option<IpAddr>) -> Attempt<Session> {
        let attempt = self.attempt(&self.0.sign_ins, token, peer).await;
        attempt.map(|(authority, most)| self.ledger().open(authority, most, Instant::now()))
    }

    /// Who calls the API with this token.
    pub(crate) async fn call(&self, token: &str, peer: Option<IpAddr>) -> Attempt<Arc<Authority>> {
        let attempt = self.attempt(&self.0.calls, token, peer).await;
        attempt.map(|(authority, _)| authority)
    }

    /// Whether an identity provider's tokens are taken.
    pub(crate) fn knows_identities(&self) -> bool {
        self.0.identities.is_some()
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

    async fn attempt(
        &self,
        throttle: &Throttle,
        token: &str,
        peer: Option<IpAddr>,
    ) -> Attempt<(Arc<Authority>, Duration)> {
        let now = Instant::now();
        let known = match &self.0.identities {
            Some(identities) if is_signed(token) => identities,
            _ => {
                let ours = throttle.attempt(peer, now, || self.holder(token));
                return ours.map(|holder| (holder, SESSION));
            }
        };
        if let Some(seconds) = throttle.wait(peer, now) {
            return Attempt::Throttled(seconds);
        }
        match known.identify(token).await {
            Ok(Identified {
                authority,
                good_for,
            }) => Attempt::Passed((Arc::new(authority), good_for)),
            Err(NotIdentified::Unavailable) => Attempt::Unavailable,
            Err(NotIdentified::Refused(reason)) => {
                tracing::debug!(reason, "a token was refused");
                throttle.failed(peer, now);
                Attempt::Failed
            }
        }
    }

    /// Compares with all tokens, whichever it is: the time it takes says nothing.
    fn holder(&self, token: &str) -> Option<Arc<Authority>> {
        let hash = TokenHash::of(token);
        let mut holder = None;
        for known in self.0.owner.iter().chain(&self.0.tokens) {
            if hash.bytes().ct_eq(known.hash.bytes()).into() {
                holder = Some(Arc::clone(&known.holder));
            }
        }
        holder
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a token is in three parts, as those of identity providers are (RFC 7519). Ours have no
/// dots.
fn is_signed(token: &str) -> bool {
    token.split('.').count() == 3
}

/// Whether a form's token is the session's.
pub(crate) fn same_token(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
