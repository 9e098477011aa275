//! Checks what a caller may write into a configuration, because it names its own community and
//! secret.

use attendee_sync_app::Author;
use attendee_sync_domain::authority::{Authority, Permission};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::people::Versioned;
use serde_json::Value;

use super::require_in;
use crate::console::Console;
use crate::credential;
use crate::problem::HttpProblem;

impl Console {
    /// Checks that the caller may store this document, or have its source queried.
    pub(crate) async fn require_author(
        &self,
        authority: &Authority,
        document: &Value,
        checked: &EventDocument,
    ) -> Result<(), HttpProblem> {
        require_in(authority, Permission::Administer, &checked.community)?;
        if credential::plain(document).is_some() {
            return Ok(());
        }
        let stored = self.stored(checked).await?;
        let author = author(authority);
        let named = self.app.named_secret_use(checked, stored.as_ref(), author);
        Ok(named.await.map(drop)?)
    }

    /// Checks that the caller may have the source of this document queried, without storing the
    /// document. A caller who may not set secrets must not send a secret to another source.
    pub(crate) async fn require_tester(
        &self,
        authority: &Authority,
        document: &Value,
        checked: &EventDocument,
    ) -> Result<(), HttpProblem> {
        let stored = self.stored(checked).await?;
        match stored {
            Some(stored)
                if stored.community == checked.community
                    && stored.source.has_same_requests(&checked.source) =>
            {
                require_in(authority, Permission::Operate, &checked.community)
            }
            _ => self.require_author(authority, document, checked).await,
        }
    }

    async fn stored(&self, document: &EventDocument) -> Result<Option<EventDocument>, HttpProblem> {
        let stored = self.app.find_event(&document.event).await?;
        Ok(stored.map(|Versioned { value, .. }| value))
    }
}

/// Returns the caller's relation to the secrets that a document names.
pub(crate) fn author(authority: &Authority) -> Author {
    if authority.may_everywhere(Permission::Administer) {
        Author::Owner
    } else {
        Author::Member
    }
}
