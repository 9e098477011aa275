//! Authentication: by an API token, a token of an identity provider, or a one-time sign-in link,
//! and by the session that each of them opens in a browser.
//!
//! Links and sessions are stored in the table, sealed, so that every process knows them. Nothing
//! here is ever logged.

mod holders;
mod ledger;
mod organisation;
mod owner;
mod session_book;
mod throttle;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use attendee_sync_app::ports::{
    Identified, Identities, NotIdentified, OrganisationSignIn, OwnerToken,
};
use attendee_sync_app::{App, Error};
use attendee_sync_domain::authority::{Authority, Permission, TokenHash};
use jiff::SignedDuration;
use subtle::ConstantTimeEq;

use crate::problem::HttpProblem;
use crate::sealed_store::SealedStore;

pub(crate) use ledger::{SESSION_HOURS, Session};
pub(crate) use organisation::{ProviderAnswer, SIGN_IN_SECONDS};
pub(crate) use session_book::{OpenSession, browser_name};
pub(crate) use throttle::SignInAttempt;

use holders::TokenHolders;
use ledger::{By, Ledger, SESSION};
use throttle::Throttle;

/// Wrong tokens per minute after which the sign-in form checks no further ones.
const SIGN_IN_FAILURES: u32 = 10;
/// Sign-ins at the organisation that an address may begin a minute. Each is kept in the table for ten minutes, and
/// behind a proxy everybody has the same address.
const BEGUN_SIGN_INS: u32 = 120;
/// Wrong tokens per minute after which the API answers that there were too many. A right token is
/// accepted nevertheless: behind a proxy everybody has the same address, and a stranger must not
/// lock the others out.
const API_FAILURES: u32 = 300;
/// The same for unsubscribe links. They cannot be guessed, and one address may belong to all users
/// of a mail service: this limit only protects the table.
const LINK_FAILURES: u32 = 120;
/// Hooks a minute from one address that are refused before further ones are not looked at: behind a proxy everybody
/// comes from one address, so this only spares the table.
const HOOK_FAILURES: u32 = 300;
/// Forms per minute that are kept for people who are not signed in; this limit protects the table.
const KEPT_FORMS: u32 = 20;

/// The configured ways to authenticate. A way without configuration is disabled; further API tokens
/// are in the table.
#[derive(Default)]
pub struct AuthenticationOptions {
    /// The source of the owner's token. The owner of the installation is admin of all communities.
    /// The token is read again once a minute.
    pub owner: Option<Arc<dyn OwnerToken>>,
    /// The identity provider whose tokens are accepted.
    pub identities: Option<Arc<dyn Identities>>,
    /// The identity provider at which people sign in with their browser.
    pub organisation: Option<Arc<dyn OrganisationSignIn>>,
    /// Host names that requests may use, without a port, in addition to loopback names and IP
    /// addresses. Any other name is refused, so that no foreign name can be pointed at this server
    /// (DNS rebinding).
    pub hosts: Vec<String>,
}

/// Authenticates callers. Copies share their state.
#[derive(Clone)]
pub struct Authenticator(Arc<AuthenticatorInner>);

struct AuthenticatorInner {
    app: Arc<App>,
    holders: TokenHolders,
    identities: Option<Arc<dyn Identities>>,
    organisation: Option<Arc<dyn OrganisationSignIn>>,
    hosts: Vec<String>,
    ledger: Ledger,
    sign_ins: Throttle,
    begun: Throttle,
    calls: Throttle,
    links: Throttle,
    hooks: Throttle,
    forms: Throttle,
}

/// The caller that a token authenticates.
struct AuthenticatedCaller {
    authority: Arc<Authority>,
    by: By,
    good_for: SignedDuration,
}

impl Authenticator {
    /// Returns the authenticator of an application with these ways to authenticate.
    #[must_use]
    pub fn by(entrances: AuthenticationOptions, app: &Arc<App>) -> Self {
        let hosts = entrances.hosts.iter();
        Self(Arc::new(AuthenticatorInner {
            app: Arc::clone(app),
            holders: TokenHolders::new(app, entrances.owner),
            identities: entrances.identities,
            organisation: entrances.organisation,
            hosts: hosts.map(|host| host.to_ascii_lowercase()).collect(),
            ledger: Ledger::new(SealedStore::new(app)),
            sign_ins: Throttle::new(SIGN_IN_FAILURES),
            begun: Throttle::new(BEGUN_SIGN_INS),
            calls: Throttle::new(API_FAILURES),
            links: Throttle::new(LINK_FAILURES),
            hooks: Throttle::new(HOOK_FAILURES),
            forms: Throttle::new(KEPT_FORMS),
        }))
    }

    /// Reads the owner's token before the first request, so that no request waits for it. If that
    /// fails, the token is read on the first request.
    pub async fn read_owner_token(&self) {
        let _known_or_logged = self.0.holders.owner().await;
    }

    /// Returns the path of a new sign-in link for the owner of the installation. The link works
    /// once, within 24 hours, while the owner's token stays the same. `None` where the token cannot
    /// be read, or the table did not store the link; the log says which.
    pub async fn sign_in_path(&self) -> Option<String> {
        let owner = self.0.holders.owner().await.ok()?;
        let link = self.0.ledger.link(owner).await.ok()?;
        Some(format!("/sign-in?token={link}"))
    }

    /// Opens a session for a link that was not used yet; `None` where the link does not work.
    pub(crate) async fn redeem(&self, link: &str) -> Result<Option<Session>, HttpProblem> {
        // The owner's token is read first: if that fails, the link is not used up.
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

    /// Opens a session for a token. The session ends no later than the token.
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

    /// Returns the caller whom this token authenticates at the API.
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

    /// Makes the next request read the further tokens again, because this process created or
    /// revoked some.
    pub(crate) async fn tokens_changed(&self) {
        self.0.holders.forget().await;
    }

    /// Returns whether tokens of an identity provider are accepted.
    pub(crate) fn knows_identities(&self) -> bool {
        self.0.identities.is_some()
    }

    /// Returns after how many seconds unsubscribe links are checked again; `None` where they are
    /// checked now.
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

    /// Returns whether a form of a person who is not signed in may be kept, and counts it.
    pub(crate) fn may_keep_form(&self, peer: Option<IpAddr>) -> bool {
        let now = Instant::now();
        let may = self.0.forms.wait(peer, now).is_none();
        self.0.forms.failed(peer, now);
        may
    }

    /// Counts an unsubscribe link that this installation did not make.
    pub(crate) fn link_failed(&self, peer: Option<IpAddr>) {
        self.0.links.failed(peer, Instant::now());
    }

    /// Returns the session with this id, while it lasts and its token or link is still valid.
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
            By::Provider(authority) | By::Organisation { authority, .. } => {
                Some(Arc::new(authority))
            }
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

    /// Ends a session. Returns where the browser is to go so that the session at the organisation ends as well.
    pub(crate) async fn sign_out(&self, session: &Session) -> Result<Option<String>, Error> {
        let closed = self.0.ledger.close(session).await?;
        Ok(self.end_at_organisation(closed).await)
    }

    /// Ends all sessions of the session's owner. Returns what [`sign_out`](Self::sign_out) returns.
    pub(crate) async fn sign_out_everywhere(
        &self,
        session: &Session,
    ) -> Result<Option<String>, HttpProblem> {
        let closed = self.0.ledger.session(&session.id).await?;
        self.0.ledger.end_all(&session.authority.who).await?;
        Ok(self.end_at_organisation(closed).await)
    }

    /// Returns the open sessions of the session's owner, the newest first.
    pub(crate) async fn sessions(&self, session: &Session) -> Result<Vec<OpenSession>, Error> {
        self.0.ledger.sessions(session).await
    }

    /// Adds a new session to the list of sessions, with the name of its browser.
    pub(crate) async fn note_session(&self, session: &Session, browser: &str) {
        let now = self.0.app.now();
        self.0.ledger.note(session, browser, now).await;
    }

    /// Returns whether requests may use this host name.
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
        let is_there = self.0.app.has_dead_letter_queues();
        Session {
            id,
            csrf,
            sees_failed_jobs: is_there && authority.may_everywhere(Permission::Administer),
            authority,
        }
    }

    /// Returns the caller whom a token authenticates, without counting attempts.
    async fn identify(&self, token: &str) -> SignInAttempt<AuthenticatedCaller> {
        match &self.0.identities {
            Some(identities) if is_signed(token) => signed(identities.as_ref(), token).await,
            _ => self.given_out(token).await,
        }
    }

    /// Returns the caller whom a token of this installation authenticates.
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

/// Returns the caller whom a token of an identity provider authenticates.
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

/// Returns whether a token has three parts, like those of identity providers (RFC 7519). Our own
/// contain no dots.
fn is_signed(token: &str) -> bool {
    token.split('.').count() == 3
}

/// Compares a form's token with the session's in constant time.
pub(crate) fn same_token(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
