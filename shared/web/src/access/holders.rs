//! The tokens and whoever holds them. Those beside the owner's are read from the table again and
//! again: one that was revoked by another process must not open anything for long.

use std::sync::Arc;

use attendee_sync_app::{App, Error};
use attendee_sync_domain::authority::{Authority, TokenHash};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;

/// For how long the tokens are taken as they were read.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

/// A token and whoever holds it.
struct Known {
    hash: TokenHash,
    holder: Arc<Authority>,
}

pub(super) struct Holders {
    app: Arc<App>,
    owner: Option<Known>,
    further: Mutex<Option<Further>>,
}

/// The further tokens, and since when they are known.
struct Further {
    read: Timestamp,
    known: Arc<[Known]>,
}

impl Holders {
    pub(super) fn new(app: &Arc<App>, owner: Option<&str>) -> Self {
        let owner = owner.filter(|token| !token.is_empty()).map(|token| Known {
            hash: TokenHash::of(token),
            holder: Arc::new(Authority::owner()),
        });
        Self {
            app: Arc::clone(app),
            owner,
            further: Mutex::default(),
        }
    }

    /// What the owner's token is known again by.
    pub(super) fn owner(&self) -> Option<TokenHash> {
        self.owner.as_ref().map(|known| known.hash)
    }

    /// Compares with all tokens, whichever it is: the time it takes says nothing.
    pub(super) async fn holder(&self, hash: &TokenHash) -> Result<Option<Arc<Authority>>, Error> {
        let further = self.further().await?;
        let mut holder = None;
        for known in self.owner.iter().chain(further.iter()) {
            if hash.bytes().ct_eq(known.hash.bytes()).into() {
                holder = Some(Arc::clone(&known.holder));
            }
        }
        Ok(holder)
    }

    /// Has the tokens read anew before the next one is looked at.
    pub(super) async fn forget(&self) {
        *self.further.lock().await = None;
    }

    async fn further(&self) -> Result<Arc<[Known]>, Error> {
        let mut further = self.further.lock().await;
        let now = self.app.clock.now();
        if let Some(Further { read, known }) = &*further {
            let age = now.duration_since(*read);
            if !age.is_negative() && age < FRESH {
                return Ok(Arc::clone(known));
            }
        }
        let tokens = self.app.tokens().await?;
        let tokens = tokens.iter().map(|token| Known {
            hash: token.hash,
            holder: Arc::new(token.holder()),
        });
        let known: Arc<[Known]> = tokens.collect();
        *further = Some(Further {
            read: now,
            known: Arc::clone(&known),
        });
        Ok(known)
    }
}
