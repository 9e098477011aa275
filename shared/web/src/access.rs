//! Who comes in: by an API token, by a token of an identity provider, by a one-time sign-in link,
//! and by the session that each of them opens in a browser.
//!
//! Links and sessions wait in the table, sealed, so that every process knows them. Nothing here is
//! ever logged.

mod holders;
mod ledger;
mod owner;
mod session_book;
mod throttle;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use attendee_sync_app::ports::{Identified, Identities, NotIdentified, OwnerToken};
use attendee_sync_app::{App, Error};
use attendee_sync_domain::authority::{Authority, Permission, TokenHash};
use jiff::SignedDuration;
use subtle::ConstantTimeEq;

use crate::problem::HttpProblem;
use crate::sealed_store::SealedStore;

pub(crate) use ledger::{SESSION_HOURS, Session};
pub(crate) use session_book::{OpenSession, browser_name};
pub(crate) use throttle::SignInAttempt;

use holders::TokenHolders;
use ledger::{By, Ledger, SESSION};
use throttle::Throttle;

/// Wrong tokens a minute before the sign-in form refuses to look at more.
const SIGN_IN_FAILURES: u32 = 10;
/// Wrong tokens a minute before the API says that there were too many. A right one is taken all the
/// same: behind a proxy everybody comes from one address, and a stranger must not lock the others out.
const API_FAILURES: u32 = 300;
/// The same for links to unsubscribe by. They cannot be guessed, and behind one address may be all
/// users of a mail service: this only spares the table.
const LINK_FAILURES: u32 = 120;
/// Hooks a minute from one address that are refused before further ones are not looked at: behind a proxy everybody
/// comes from one address, so this only spares the table.
const HOOK_FAILURES: u32 = 300;
/// Forms a minute that are kept of people who are not signed in: this spares the table.
const KEPT_FORMS: u32 = 20;

/// The ways in. What is not given is shut; further tokens are those of the table.
#[derive(Default)]
pub struct Entrances {
    /// Where the token of who holds the installation is: admin of all communities. It is read again
    /// once a minute.
    pub owner: Option<Arc<dyn OwnerToken>>,
    /// An identity provider whose tokens are taken.
    pub identities: Option<Arc<dyn Identities>>,
    /// Host names that requests may name beside loopback names and IP addresses, without a port.
    /// A name that is not listed is refused, so that no foreign name can be made to point here
    /// (DNS rebinding).
    pub hosts: Vec<String>,
}

/// Who may come in. Copies share what they know.
#[derive(Clone)]
pub struct Authenticator(Arc<AuthenticatorInner>);

struct AuthenticatorInner {
    app: Arc<App>,
    holders: TokenHolders,
    identities: Option<Arc<dyn Identities>>,
    hosts: Vec<String>,
    ledger: Ledger,
    sign_ins: Throttle,
    calls: Throttle,
    links: Throttle,
    hooks: Throttle,
    forms: Throttle,
}

/// Somebody a token stands for.
struct AuthenticatedCaller {
    authority: Arc<Authority>,
    by: By,
    good_for: SignedDuration,
}

impl Authenticator {
    /// Access to an application by these ways.
    #[must_use]
    pub fn by(entrances: Entrances, app: &Arc<App>) -> Self {
        let hosts = entrances.hosts.iter();
        Self(Arc::new(AuthenticatorInner {
            app: Arc::clone(app),
            holders: TokenHolders::new(app, entrances.owner),
            identities: entrances.identities,
            hosts: hosts.map(|host| host.to_ascii_lowercase()).collect(),
            ledger: Ledger::new(SealedStore::new(app)),
            sign_ins: Throttle::new(SIGN_IN_FAILURES),
            calls: Throttle::new(API_FAILURES),
            links: Throttle::new(LINK_FAILURES),
            hooks: Throttle::new(HOOK_FAILURES),
            forms: Throttle::new(KEPT_FORMS),
        }))
    }

    /// Reads the owner's token before anybody asks, so that nobody waits for it. Where that fails it is
    /// read when somebody does.
    pub async fn read_owner_token(&self) {
        let _known_or_logged = self.0.holders.owner().await;
    }

    /// The path of a fresh sign-in link for who holds the installation; it works once, within 24
    /// hours, while the owner's token is the same. `None` where that cannot be read, or the table did
    /// not take the link, as the log says.
    pub async fn sign_in_path(&self) -> Option<String> {
        let owner = self.0.holders.owner().await.ok()?;
        let link = self.0.ledger.link(owner).await.ok()?;
        Some(format!("/sign-in?token={link}"))
    }

    /// Opens a session for a link that was not used yet.
    pub(crate) async fn redeem(&self, link: &str) -> Result<Option<Session>, HttpProblem> {
        // Before the link is used up.
        let now = self.0.holders.owner().await?;
        let owner = self.0.ledger.redeem(link).await?;
        let Some(owner) = owner.filter(|owner| *owner == now) else {
            return Ok(None);
        };
        let session = self.open(AuthenticatedCaller {
            authority: Arc::new(Authority::owner()),
            by: By::Link(owner),
            good_for: SESSION,
        });
        session.await.map(Some)
    }

    /// Opens a session for who has a token, for no longer than the token is good.
    pub(crate) async fn sign_in(
        &self,
        token: &str,
        peer: Option<IpAddr>,
    ) -> Result<SignInAttempt<Session>, HttpProblem> {
        let known = match self.identify(token).await {
            SignInAttempt::Passed(known) => Some(known),
            SignInAttempt::Unavailable => return Ok(SignInAttempt::Unavailable),
            SignInAttempt::Failed | SignInAttempt::Throttled(_) => None,
        };
        let attempt = self.0.sign_ins.attempt(peer, Instant::now(), || known);
        Ok(match attempt {
            SignInAttempt::Passed(known) => SignInAttempt::Passed(self.open(known).await?),
            SignInAttempt::Failed => SignInAttempt::Failed,
            SignInAttempt::Throttled(seconds) => SignInAttempt::Throttled(seconds),
            SignInAttempt::Unavailable => SignInAttempt::Unavailable,
        })
    }

    /// Who calls the API with this token.
    pub(crate) async fn call(
        &self,
        token: &str,
        peer: Option<IpAddr>,
    ) -> SignInAttempt<Arc<Authority>> {
        match self.identify(token).await {
            SignInAttempt::Failed => self.0.calls.attempt(peer, Instant::now(), || None),
            other => other.map(|known| known.authority),
        }
    }

    /// Has further tokens read anew: some were made or revoked here.
    pub(crate) async fn tokens_changed(&self) {
        self.0.holders.forget().await;
    }

    /// Whether an identity provider's tokens are taken.
    pub(crate) fn knows_identities(&self) -> bool {
        self.0.identities.is_some()
    }

    /// After how many seconds links to unsubscribe by are looked at again, where they are not now.
    pub(crate) fn links_wait(&self, peer: Option<IpAddr>) -> Option<u64> {
        self.0.links.wait(peer, Instant::now())
    }

    /// After how many seconds hooks from this address are looked at again, where they are not now.
    pub(crate) fn hooks_wait(&self, peer: Option<IpAddr>) -> Option<u64> {
        self.0.hooks.wait(peer, Instant::now())
    }

    /// Counts a hook that was refused.
    pub(crate) fn hook_failed(&self, peer: Option<IpAddr>) {
        self.0.hooks.failed(peer, Instant::now());
    }

    /// Whether a form of somebody who is not signed in may be kept; counts it.
    pub(crate) fn may_keep_form(&self, peer: Option<IpAddr>) -> bool {
        let now = Instant::now();
        let may = self.0.forms.wait(peer, now).is_none();
        self.0.forms.failed(peer, now);
        may
    }

    /// Counts a link to unsubscribe by that was not made here.
    pub(crate) fn link_failed(&self, peer: Option<IpAddr>) {
        self.0.links.failed(peer, Instant::now());
    }

    /// The session with this id, while it lasts and what it was opened by still opens something.
    pub(crate) async fn session(&self, id: &str) -> Result<Option<Session>, HttpProblem> {
        let Some(opened) = self.0.ledger.session(id).await? else {
            return Ok(None);
        };
        let authority = match opened.by {
            By::Link(owner) => {
                let is_same = owner == self.0.holders.owner().await?;
                is_same.then(|| Arc::new(Authority::owner()))
            }
            By::Token(hash) => self.0.holders.holder(&hash).await?,
            By::Provider(authority) => Some(Arc::new(authority)),
        };
        let session = |authority| self.session_of(id.to_owned(), opened.csrf, authority);
        let session = authority.map(session);
        match session {
            Some(session)
                if self
                    .0
                    .ledger
                    .is_ended(&session, opened.epoch.as_deref())
                    .await? =>
            {
                Ok(None)
            }
            session => Ok(session),
        }
    }

    /// Ends a session.
    pub(crate) async fn sign_out(&self, session: &Session) -> Result<(), Error> {
        self.0.ledger.close(session).await
    }

    /// Ends every session of whoever has this one.
    pub(crate) async fn sign_out_everywhere(&self, session: &Session) -> Result<(), HttpProblem> {
        self.0.ledger.end_all(&session.authority.who).await
    }

    /// The open sessions of whoever has this one, the newest first.
    pub(crate) async fn sessions(&self, session: &Session) -> Result<Vec<OpenSession>, Error> {
        self.0.ledger.sessions(session).await
    }

    /// Notes a session that was just opened in a browser that calls itself so.
    pub(crate) async fn note_session(&self, session: &Session, browser: &str) {
        let now = self.0.app.now();
        self.0.ledger.note(session, browser, now).await;
    }

    /// Whether requests may name this host.
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<IpAddr>().is_ok() || self.0.hosts.contains(&host)
    }

    async fn open(&self, known: AuthenticatedCaller) -> Result<Session, HttpProblem> {
        let who = &known.authority.who;
        let (id, csrf) = self.0.ledger.open(who, known.by, known.good_for).await?;
        Ok(self.session_of(id, csrf, known.authority))
    }

    fn session_of(&self, id: String, csrf: String, authority: Arc<Authority>) -> Session {
        let is_there = self.0.app.sets_aside();
        Session {
            id,
            csrf,
            sees_set_aside: is_there && authority.may_everywhere(Permission::Administer),
            authority,
        }
    }

    /// Whose token this is, however often somebody asks.
    async fn identify(&self, token: &str) -> SignInAttempt<AuthenticatedCaller> {
        match &self.0.identities {
            Some(identities) if is_signed(token) => signed(identities.as_ref(), token).await,
            _ => self.given_out(token).await,
        }
    }

    /// Whose token of ours this is.
    async fn given_out(&self, token: &str) -> SignInAttempt<AuthenticatedCaller> {
        let hash = TokenHash::of(token);
        match self.0.holders.holder(&hash).await {
            Ok(Some(authority)) => SignInAttempt::Passed(AuthenticatedCaller {
                authority,
                by: By::Token(hash),
                good_for: SESSION,
            }),
            Ok(None) => SignInAttempt::Failed,
            Err(not_known) => {
                not_known.log();
                SignInAttempt::Unavailable
            }
        }
    }
}

/// Whose token of an identity provider this is.
async fn signed(identities: &dyn Identities, token: &str) -> SignInAttempt<AuthenticatedCaller> {
    match identities.identify(token).await {
        Ok(Identified {
            authority,
            good_for,
        }) => SignInAttempt::Passed(AuthenticatedCaller {
            by: By::Provider(authority.clone()),
            authority: Arc::new(authority),
            good_for: SignedDuration::try_from(good_for).unwrap_or(SESSION),
        }),
        Err(NotIdentified::Unavailable) => SignInAttempt::Unavailable,
        Err(NotIdentified::Refused(reason)) => {
            tracing::debug!(reason, "a token was refused");
            SignInAttempt::Failed
        }
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
