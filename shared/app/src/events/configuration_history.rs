//! The history of an event's configuration: who stored which version, and what they changed.

use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::config::{
    ConfigurationVersion, DocumentDifference, document_differences,
};
use attendee_sync_domain::ids::EventId;
use jiff::Timestamp;

use crate::App;
use crate::error::Error;

/// A version of an event's configuration, as a list shows it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ConfigurationVersionView {
    /// What the version is asked for by.
    pub id: String,
    /// Its number: 1 for the first one of the event.
    pub version: u64,
    /// When it was stored.
    pub at: Timestamp,
    /// Who stored it.
    pub by: Actor,
    /// What they changed; absent where the version before it is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<DocumentDifference>>,
}

impl App {
    /// Returns some versions of an event's configuration, the newest first, those before `before`; with the cursor of
    /// the next. Versions are kept for 400 days, also those of an event of this name that was deleted.
    pub async fn configuration_versions(
        &self,
        event: &EventId,
        before: Option<String>,
        limit: usize,
    ) -> Result<(Vec<ConfigurationVersionView>, Option<String>), Error> {
        let community = self.document(event).await?.community;
        let store = &self.parts.store;
        // The one behind the last is what that one is compared with.
        let found = store
            .configuration_versions(&community, event, before, limit + 1)
            .await?;
        let next = found
            .get(limit.saturating_sub(1))
            .filter(|_| found.len() > limit)
            .map(|(id, _)| id.clone());
        let views = (0..found.len().min(limit)).filter_map(|index| {
            let (id, version) = found.get(index)?;
            let former = found.get(index + 1).map(|(_, former)| former);
            Some(view(id, version, former))
        });
        Ok((views.collect(), next))
    }

    /// Returns one version of an event's configuration.
    pub async fn configuration_version(
        &self,
        event: &EventId,
        id: &str,
    ) -> Result<ConfigurationVersion, Error> {
        let community = self.document(event).await?.community;
        let store = &self.parts.store;
        let version = store.configuration_version(&community, event, id).await?;
        version.ok_or_else(|| Error::NoConfigurationVersion(event.clone()))
    }
}

fn view(
    id: &str,
    version: &ConfigurationVersion,
    former: Option<&ConfigurationVersion>,
) -> ConfigurationVersionView {
    // The first version of an event that was made anew follows nothing, whatever is kept of its predecessor.
    let former = former.filter(|former| version.expected() == Some(former.version));
    ConfigurationVersionView {
        id: id.to_owned(),
        version: version.version,
        at: version.at,
        by: version.by.clone(),
        changes: former.map(|former| document_differences(&former.document, &version.document)),
    }
}
