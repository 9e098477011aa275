//! The API tokens and their holders. The further tokens are read from the table again and again, so
//! that a token which another process revoked stops working soon.

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

/// How long the tokens are used before they are read again.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

/// A token and its holder.
struct KnownToken {
    hash: TokenHash,
    holder: Arc<Authority>,
}

/// The reason why the holder of a token cannot be determined.
#[derive(Debug)]
pub(super) enum NotKnown {
    /// The further tokens cannot be read.
    Tokens(Error),
    /// The owner's token cannot be read; that is logged already.
    Owner,
}

impl From<OwnerUnknown> for NotKnown {
    fn from(_: OwnerUnknown) -> Self {
        Self::Owner
    }
}

impl NotKnown {
    /// Logs the reason, unless it is logged already.
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

/// The further tokens, and the time at which they were read.
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

    /// Returns the hash of the owner's token, if there is one.
    pub(super) async fn owner(&self) -> Result<Option<TokenHash>, NotKnown> {
        self.owner.hash().await.map_err(NotKnown::from)
    }

    /// Returns the holder of a token. It compares the hash with all further tokens, so that the
    /// time reveals nothing. The holder of a further token does not wait for the owner's token.
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

    /// Makes the next request read the further tokens again.
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
