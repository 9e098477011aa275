//! Lists a person's open sessions, and ends all of them at once.
//!
//! Both are stored in the table, sealed, under names derived from the person's identity; these
//! names open no session.

use std::fmt::Write;

use attendee_sync_app::Error;
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::authority::TokenHash;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ledger::{Ledger, SESSION, Session, read, written};
use crate::problem::HttpProblem;
use crate::sealed_store::{Purpose, secret};
use crate::texts::{t, text};

/// How long a sign-out everywhere is remembered: longer than any session lasts.
const ENDED: SignedDuration = SignedDuration::from_hours(24);
/// Most sessions listed.
const MOST_LISTED: usize = 50;

const OF_EPOCH: Purpose<'_> = Purpose {
    kind: "sign-out everywhere",
    owner: "",
};
const OF_BOOK: Purpose<'_> = Purpose {
    kind: "session book",
    owner: "",
};

/// An open session, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenSession {
    /// When it was opened.
    pub(crate) opened: Timestamp,
    /// The short name of its browser.
    pub(crate) browser: String,
    /// An identifier that distinguishes the session and does not open it.
    mark: String,
    /// Whether it is the session of the current request.
    #[serde(skip)]
    pub(crate) is_this: bool,
}

impl Ledger {
    /// Returns the person's sign-out epoch; `None` where they did not sign out everywhere within a
    /// day.
    pub(super) async fn epoch(&self, who: &Actor) -> Result<Option<String>, Error> {
        Ok(read(self.0.look(OF_EPOCH, &handle(OF_EPOCH, who)).await?))
    }

    /// Returns whether a session of this epoch was ended by a sign-out everywhere.
    pub(super) async fn is_ended(
        &self,
        session: &Session,
        epoch: Option<&str>,
    ) -> Result<bool, Error> {
        let now = self.epoch(&session.authority.who).await?;
        Ok(now.is_some_and(|now| epoch != Some(now.as_str())))
    }

    /// Ends all sessions of a person.
    pub(super) async fn end_all(&self, who: &Actor) -> Result<(), HttpProblem> {
        let epoch = written(&secret())?;
        let name = handle(OF_EPOCH, who);
        self.0.replace(OF_EPOCH, &name, epoch, ENDED).await?;
        self.write_book(who, &[]).await
    }

    /// Adds a new session to the list. If two are opened at the same time, one may be missing;
    /// ending all sessions ends both.
    pub(super) async fn note(&self, session: &Session, browser: &str, now: Timestamp) {
        let who = &session.authority.who;
        let noted = async {
            let mut open = self.book(who).await?;
            open.retain(|one| now.duration_since(one.opened) < SESSION);
            open.insert(
                0,
                OpenSession {
                    opened: now,
                    browser: browser.to_owned(),
                    mark: mark(session),
                    is_this: false,
                },
            );
            open.truncate(MOST_LISTED);
            self.write_book(who, &open).await
        };
        if noted.await.is_err() {
            tracing::warn!("a session that was opened is missing in the list of sessions");
        }
    }

    /// Returns the open sessions of the session's owner, the newest first.
    pub(super) async fn sessions(&self, session: &Session) -> Result<Vec<OpenSession>, Error> {
        let this = mark(session);
        let mut open = self.book(&session.authority.who).await?;
        for one in &mut open {
            one.is_this = one.mark == this;
        }
        Ok(open)
    }

    /// Removes a closed session from the list.
    pub(super) async fn remove_session(&self, session: &Session) -> Result<(), Error> {
        let who = &session.authority.who;
        let (mut open, this) = (self.book(who).await?, mark(session));
        open.retain(|one| one.mark != this);
        if self.write_book(who, &open).await.is_err() {
            tracing::warn!("a session that was closed stays in the list of sessions");
        }
        Ok(())
    }

    async fn book(&self, who: &Actor) -> Result<Vec<OpenSession>, Error> {
        let book = self.0.look(OF_BOOK, &handle(OF_BOOK, who)).await?;
        Ok(read(book).unwrap_or_default())
    }

    async fn write_book(&self, who: &Actor, open: &[OpenSession]) -> Result<(), HttpProblem> {
        let name = handle(OF_BOOK, who);
        let book = written(&open)?;
        self.0.replace(OF_BOOK, &name, book, SESSION).await
    }
}

/// Returns the name under which something is stored for a person.
fn handle(purpose: Purpose<'_>, who: &Actor) -> String {
    digest(&format!("{} {who:?}", purpose.kind))
}

fn mark(session: &Session) -> String {
    let digest = digest(&session.id);
    digest.get(..16).unwrap_or_default().to_owned()
}

fn digest(text: &str) -> String {
    let mut digits = String::with_capacity(64);
    for byte in TokenHash::of(text).bytes() {
        // Writing to a `String` never fails.
        let _written = write!(digits, "{byte:02x}");
    }
    digits
}

/// Returns the name of a browser for the list of sessions.
pub(crate) fn browser_name(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(part, _)| agent.contains(part));
        found.map(|(_, name)| *name)
    };
    // Browsers also mention names that come later in this list.
    let browser = first(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => text!(
            "access-session-book-browser-on-system",
            browser = browser,
            system = system
        ),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => t("access-session-book-unknown-browser").to_owned(),
    }
}
