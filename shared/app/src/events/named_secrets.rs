//! Which secret a document may name, and who decides that.
//!
//! A credential that is stored for an event belongs to that event alone. A secret of the
//! environment belongs to the owner of the installation: the owner's documents may name it, and an
//! admin's documents may where it is bound to the admin's community.

use attendee_sync_domain::config::{
    DocumentProblem, EventDocument, Problems, SecretName, SourceSettings,
};

use crate::App;
use crate::error::Error;
use crate::ports::{Binding, SecretOrigin};

/// The author of a document, as far as it may name secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The owner of the installation, or an admin of all communities.
    Owner,
    /// Anybody else.
    Member,
}

/// The effect of naming a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretUse {
    /// Nothing changes: the document names no secret, or one that is the event's already.
    Unchanged,
    /// The event is to use the environment's secret of this name.
    FromEnvironment(SecretName),
}

impl App {
    /// Returns whether there is a credential of this name: an event's, or the environment's.
    pub async fn has_secret(&self, name: &SecretName) -> Result<bool, Error> {
        let secrets = &self.parts.secrets;
        Ok(match secrets.origin(name).await? {
            SecretOrigin::Stored => true,
            SecretOrigin::Environment => secrets.environment_secret(name).is_some(),
            SecretOrigin::Unknown => false,
        })
    }

    /// Decides what the secret that a document's source names comes to, over what is stored of the event;
    /// [`Error::Configuration`] where this author may not name it.
    pub async fn named_secret_use(
        &self,
        document: &EventDocument,
        stored: Option<&EventDocument>,
        author: Author,
    ) -> Result<SecretUse, Error> {
        let Some(name) = document.named_secret() else {
            return Ok(SecretUse::Unchanged);
        };
        let mut authentication = document.source.authentication.clone();
        let key = authentication.secret_mut().map_or("", |(key, _)| key);
        let kept = stored.filter(|stored| stored.named_secret() == Some(name));
        let place = SecretPlace {
            path: format!("source.authentication.{key}"),
            name,
            is_kept: kept.is_some(),
            is_sent_further: kept
                .is_some_and(|stored| !sends_no_further(&stored.source, &document.source)),
        };
        self.secret_use(place, author).await
    }

    /// The same for the secret that hooks are signed with, which is sent nowhere.
    pub(crate) async fn hook_secret_use(
        &self,
        document: &EventDocument,
        stored: Option<&EventDocument>,
        author: Author,
    ) -> Result<SecretUse, Error> {
        let Some(name) = document.hook_secret() else {
            return Ok(SecretUse::Unchanged);
        };
        let place = SecretPlace {
            path: "hook.secret".to_owned(),
            name,
            is_kept: stored.is_some_and(|stored| stored.hook_secret() == Some(name)),
            is_sent_further: false,
        };
        self.secret_use(place, author).await
    }

    async fn secret_use(&self, place: SecretPlace<'_>, author: Author) -> Result<SecretUse, Error> {
        let name = place.name;
        let origin = self.parts.secrets.origin(name).await?;
        let binding = self.parts.secrets.binding(name);
        match (origin, author, binding) {
            (SecretOrigin::Stored, _, _)
            | (SecretOrigin::Environment, Author::Owner, Binding::Open | Binding::Here)
            | (SecretOrigin::Environment, Author::Member, Binding::Here) => {
                Ok(SecretUse::Unchanged)
            }
            (_, Author::Owner, Binding::Elsewhere) => {
                let reason = bound_elsewhere(name);
                Err(place.refused(reason))
            }
            (SecretOrigin::Unknown, Author::Owner, _)
            | (SecretOrigin::Unknown, Author::Member, Binding::Here) => {
                Ok(SecretUse::FromEnvironment(name.clone()))
            }
            (SecretOrigin::Environment, Author::Member, _) if place.is_sent_further => {
                Err(place.refused(SENT_FURTHER.to_owned()))
            }
            (SecretOrigin::Environment | SecretOrigin::Unknown, Author::Member, _) => {
                if place.is_kept {
                    Ok(SecretUse::Unchanged)
                } else {
                    Err(place.refused(NOT_THEIRS.to_owned()))
                }
            }
        }
    }
}

/// A place of a document that names a secret.
struct SecretPlace<'d> {
    path: String,
    name: &'d SecretName,
    /// Whether what is stored of the event names the same there.
    is_kept: bool,
    /// Whether the secret would be sent to another server than until now.
    is_sent_further: bool,
}

impl SecretPlace<'_> {
    fn refused(self, reason: String) -> Error {
        Error::Configuration(Problems(vec![DocumentProblem {
            path: self.path,
            reason,
        }]))
    }
}

const NOT_THEIRS: &str = "give the credential itself: none is stored under this name for this event, and only an admin of all communities may have an event use a secret of the environment that is not bound to its community";

const SENT_FURTHER: &str = "give the credential itself: the one that this event uses is a secret of the environment, and only an admin of all communities may have it sent to another server";

fn bound_elsewhere(name: &SecretName) -> String {
    format!(
        "the environment gives this secret to other communities alone; add this one to {}, or give the credential itself",
        name.binding_variable()
    )
}

/// Returns whether the document sends its credential only to servers that get it already.
fn sends_no_further(stored: &SourceSettings, document: &SourceSettings) -> bool {
    document.servers().is_subset(&stored.servers())
}
