//! What somebody may write into a configuration, which names a community and a secret by itself.

use attendee_sync_app::Error;
use attendee_sync_domain::authority::{Authority, Permission};
use attendee_sync_domain::config::{EventDocument, SecretName, SecretValue};
use attendee_sync_domain::people::Versioned;
use serde_json::Value;

use super::require_in;
use crate::console::Console;
use crate::credential;
use crate::problem::Problem;

impl Console {
    /// That somebody may store this document, or have its source asked.
    pub(crate) async fn require_author(
        &self,
        authority: &Authority,
        document: &Value,
        checked: &EventDocument,
    ) -> Result<(), Problem> {
        require_in(authority, Permission::Administer, &checked.community)?;
        let is_given = credential::plain(document).is_some();
        if is_given || authority.may_everywhere(Permission::Administer) {
            return Ok(());
        }
        let Some((key, name)) = named(checked) else {
            return Ok(());
        };
        // Secrets of all communities are in one place: a document that named another's would have
        // it sent to a source of its own.
        let stored = self.stored(checked).await?;
        match stored.as_ref().and_then(named) {
            Some((_, known)) if known == name => Ok(()),
            _ => Err(Problem::at(
                &format!("source.authentication.{key}"),
                "give the credential itself; which stored one an event uses, only an admin of all communities may choose",
            )),
        }
    }

    /// That somebody may have the source of this document asked, without storing it. Who may not
    /// set secrets does not send one elsewhere.
    pub(crate) async fn require_tester(
        &self,
        authority: &Authority,
        document: &Value,
        checked: &EventDocument,
    ) -> Result<(), Problem> {
        let stored = self.stored(checked).await?;
        match stored {
            Some(stored)
                if stored.community == checked.community && stored.source == checked.source =>
            {
                require_in(authority, Permission::Operate, &checked.community)
            }
            _ => self.require_author(authority, document, checked).await,
        }
    }

    async fn stored(&self, document: &EventDocument) -> Result<Option<EventDocument>, Problem> {
        let stored = self.app.store.event(&document.event).await;
        Ok(stored
            .map_err(Error::from)?
            .map(|Versioned { value, .. }| value))
    }
}

/// The secret that a document names, with the key it stands at.
fn named(document: &EventDocument) -> Option<(&'static str, SecretName)> {
    let mut authentication = document.source.authentication.clone();
    match authentication.secret_mut()? {
        (key, SecretValue::Secret(name)) => Some((key, name.clone())),
        (_, SecretValue::Plain(_)) => None,
    }
}
