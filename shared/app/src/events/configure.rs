//! Checks and stores the configuration of an event.

use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::config::{
    ConfigurationVersion, DocumentProblem, EventDocument, FeedFormat, Problems, SecretName,
    SecretValue, check_for_test, check_within,
};
use attendee_sync_domain::feed::RecordsPath;
use attendee_sync_domain::ids::PersonKey;
use attendee_sync_domain::people::Versioned;
use rand::RngExt;
use secrecy::SecretString;
use serde_json::Value;

use crate::App;
use crate::error::Error;
use crate::events::named_secrets::{Author, SecretUse};
use crate::ports::{CommunityRecord, StoreError};

/// A remark on an accepted configuration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Notice {
    /// The path of the setting in the document.
    pub path: String,
    /// The remark, for people.
    pub reason: String,
}

/// An accepted configuration.
#[derive(Debug, Clone)]
pub struct Configured {
    /// The document as it is stored: credentials are replaced by the names of secrets.
    pub document: EventDocument,
    /// Remarks on the configuration.
    pub notices: Vec<Notice>,
    /// The document that this one replaced.
    pub replaced: Option<EventDocument>,
    /// The secrets that were stored with it.
    pub secrets: Vec<SecretName>,
}

impl App {
    /// Checks a document and stores nothing.
    pub fn check_configuration(&self, document: &Value) -> Result<Configured, Error> {
        let mut document = self.checked(document)?;
        // The returned document must not contain a credential, whether it is stored or not.
        take_credentials(&mut document)?;
        Ok(Configured {
            notices: Self::notices(&document),
            replaced: None,
            secrets: Vec::new(),
            document,
        })
    }

    /// Checks a document for a test. It may be incomplete.
    pub fn check_for_test(&self, document: &Value) -> Result<EventDocument, Error> {
        let checked =
            check_for_test(document, &self.parts.addresses).map_err(Error::Configuration)?;
        let mut document = checked.document;
        take_credentials(&mut document)?;
        Ok(document)
    }

    fn checked(&self, document: &Value) -> Result<EventDocument, Error> {
        check_within(document, &self.parts.addresses, &self.parts.senders)
            .map_err(Error::Configuration)
    }

    /// Checks a document of the owner's and stores it, whatever version is stored.
    pub async fn configure(&self, document: &Value) -> Result<Configured, Error> {
        self.configure_as(document, &Actor::Owner).await
    }

    pub(crate) async fn configure_as(
        &self,
        document: &Value,
        by: &Actor,
    ) -> Result<Configured, Error> {
        let document = self.checked(document)?;
        let stored = self.parts.store.event(&document.event).await?;
        Box::pin(self.configure_over(document, stored, Author::Owner, by)).await
    }

    /// Checks a document of any author and stores it in place of this version, or as the first one
    /// where `version` is `None`. Fails with [`Error::Changed`] where another version is stored.
    pub async fn configure_version(
        &self,
        document: &Value,
        version: Option<u64>,
        author: Author,
        by: &Actor,
    ) -> Result<Configured, Error> {
        let document = self.checked(document)?;
        let stored = self.parts.store.event(&document.event).await?;
        if stored.as_ref().map(|stored| stored.version) != version {
            return Err(Error::Changed);
        }
        Box::pin(self.configure_over(document, stored, author, by)).await
    }

    async fn configure_over(
        &self,
        mut document: EventDocument,
        stored: Option<Versioned<EventDocument>>,
        author: Author,
        by: &Actor,
    ) -> Result<Configured, Error> {
        if stored.is_none() && self.parts.store.is_closing(&document.event).await? {
            return Err(Error::Closing(document.event));
        }
        if let Some(stored) = &stored
            && stored.value.community != document.community
        {
            return Err(Error::OtherCommunity {
                event: document.event,
                community: stored.value.community.clone(),
            });
        }
        self.refuse_purge_at_once(&document, stored.as_ref().map(|stored| &stored.value))?;
        // What is named is looked at first: where it may not be, nothing is stored.
        let before = stored.as_ref().map(|stored| &stored.value);
        let named = [
            self.named_secret_use(&document, before, author).await?,
            self.hook_secret_use(&document, before, author).await?,
        ];
        let mut secrets = Vec::new();
        for (name, credential) in take_credentials(&mut document)? {
            self.parts.secrets.put_secret(&name, credential).await?;
            secrets.push(name);
        }
        for secret in named {
            if let SecretUse::FromEnvironment(name) = secret {
                self.parts.secrets.use_environment(&name).await?;
            }
        }
        let community = CommunityRecord {
            id: document.community.clone(),
            key: PersonKey(rand::rng().random()),
        };
        self.parts.store.make_community(community).await?;
        let configuration = ConfigurationVersion {
            version: stored.as_ref().map_or(0, |stored| stored.version) + 1,
            at: self.parts.clock.now(),
            by: by.clone(),
            document,
        };
        let put = self.parts.store.put_event(&configuration).await;
        put.map_err(|error| match error {
            StoreError::Conflict => Error::Changed,
            other => Error::Store(other),
        })?;
        let document = configuration.document;
        if document.invitations.enabled {
            // Invitations that waited while invitations were off may be sent now.
            self.request_dispatch(&document.event).await;
        }
        self.set_schedules(&document).await?;
        Ok(Configured {
            notices: Self::notices(&document),
            replaced: stored.map(|stored| stored.value),
            secrets,
            document,
        })
    }
}

/// Takes credentials written plainly out of the document and leaves the names of secrets.
fn take_credentials(
    document: &mut EventDocument,
) -> Result<Vec<(SecretName, SecretString)>, Error> {
    let owner = document.secret_owner();
    let mut credentials = Vec::new();
    for (key, path, value) in document.secrets_mut() {
        let SecretValue::Plain(text) = value else {
            continue;
        };
        let refused = |reason: String| {
            let path = path.clone();
            Error::Configuration(Problems(vec![DocumentProblem { path, reason }]))
        };
        if text.is_empty() && key != "password" {
            return Err(refused("the credential is empty".to_owned()));
        }
        let name = SecretName::of(owner.clone(), key).map_err(refused)?;
        let credential = SecretString::from(std::mem::take(text));
        *value = SecretValue::Secret(name.clone());
        credentials.push((name, credential));
    }
    Ok(credentials)
}

impl App {
    /// Returns remarks on settings that are accepted and have no effect.
    #[must_use]
    pub fn notices(document: &EventDocument) -> Vec<Notice> {
        let csv_path = document.source.format == FeedFormat::Csv
            && document.source.records != RecordsPath::default();
        [(
            csv_path,
            "source.records",
            "CSV has no records path; every row is a record",
        )]
        .into_iter()
        .filter(|(applies, _, _)| *applies)
        .map(|(_, path, reason)| Notice {
            path: path.to_owned(),
            reason: reason.to_owned(),
        })
        .collect()
    }
}
