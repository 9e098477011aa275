//! The tokens and whoever holds them. Those beside the owner's are read from the table again and
//! again: one that was revoked by another process must not open anything for long.

use std::sync::Arc;

use attendee_sync_app::ports::OwnerToken;
use attendee_sync_app::{App, Error};
use attendee_sync_domain::authority::{Authority, TokenHash};
use attendee_sync_domain::causes::with_causes;
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;

use super::owner::{Owner, OwnerUnknown};
use crate::problem::HttpProblem;

/// For how long the tokens are taken as they were read.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

/// A token and whoever holds it.
struct KnownToken {
    hash: TokenHash,
    holder: Arc<Authority>,
}

/// Why nobody can say whose a token is.
#[derive(Debug)]
pub(super) enum NotKnown {
    /// The further tokens cannot be read.
    Tokens(Error),
    /// The owner's cannot, as the log says.
    Owner,
}

impl From<OwnerUnknown> for NotKnown {
    fn from(_: OwnerUnknown) -> Self {
        Self::Owner
    }
}

impl NotKnown {
    /// Says in the log what was not said there yet.
    pub(super) fn log(&self) {
        if let Self::Tokens(error) = self {
            tracing::error!(error = with_causes(error), "a token could not be looked up");
        }
    }
}

impl From<NotKnown> for HttpProblem {
    fn from(not_known: NotKnown) -> Self {
        not_known.log();
        Self::nobody_known()
    }
}

pub(super) struct TokenHolders {
    app: Arc<App>,
    owner: Owner,
    holds_all: Arc<Authority>,
    further: Mutex<Option<Further>>,
}

/// The further tokens, and since when they are known.
struct Further {
    read: Timestamp,
    known: Arc<[KnownToken]>,
}

impl TokenHolders {
    pub(super) fn new(app: &Arc<App>, owner: Option<Arc<dyn OwnerToken>>) -> Self {
        Self {
            app: Arc::clone(app),
            owner: Owner::new(owner, app.clock()),
            holds_all: Arc::new(Authority::owner()),
            further: Mutex::default(),
        }
    }

    /// What the owner's token is known again by, if there is one.
    pub(super) async fn owner(&self) -> Result<Option<TokenHash>, NotKnown> {
        self.owner.hash().await.map_err(NotKnown::from)
    }

    /// Compares with all tokens, whichever it is: how long it takes to find none says nothing. Whoever
    /// has a further token does not wait for the owner's.
    pub(super) async fn holder(
        &self,
        hash: &TokenHash,
    ) -> Result<Option<Arc<Authority>>, NotKnown> {
        let further = self.further().await.map_err(NotKnown::Tokens)?;
        let mut holder = None;
        for known in further.iter() {
            if hash.bytes().ct_eq(known.hash.bytes()).into() {
                holder = Some(Arc::clone(&known.holder));
            }
        }
        if holder.is_some() {
            return Ok(holder);
        }
        let owner = self.owner().await?;
        let is_owner = owner.is_some_and(|owner| hash.bytes().ct_eq(owner.bytes()).into());
        Ok(is_owner.then(|| Arc::clone(&self.holds_all)))
    }

    /// Has the tokens read anew before the next one is looked at.
    pub(super) async fn forget(&self) {
        *self.further.lock().await = None;
    }

    async fn further(&self) -> Result<Arc<[KnownToken]>, Error> {
        let mut further = self.further.lock().await;
        let now = self.app.now();
        if let Some(Further { read, known }) = &*further {
            let age = now.duration_since(*read);
            if !age.is_negative() && age < FRESH {
                return Ok(Arc::clone(known));
            }
        }
        let tokens = self.app.tokens().await?;
        let tokens = tokens.iter().map(|token| KnownToken {
            hash: token.hash,
            holder: Arc::new(token.holder()),
        });
        let known: Arc<[KnownToken]> = tokens.collect();
        *further = Some(Further {
            read: now,
            known: Arc::clone(&known),
        });
        Ok(known)
    }
}
