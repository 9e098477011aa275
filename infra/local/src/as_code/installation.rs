//! Where documents are stored: the data directory, or a server that is asked through its API.

use anyhow::Context;
use attendee_sync_app::{Author, SyncScope};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::{CommunityId, EventId};
use serde_json::{Value, json};

use crate::commands::OpenDir;
use crate::server::Server;

/// Events read at a time.
const PAGE: usize = 500;

/// What holds the events.
pub(crate) enum DocumentTarget {
    Here(OpenDir),
    There(Server),
}

/// A stored document with its version.
pub(crate) struct StoredDocument {
    pub(crate) document: EventDocument,
    pub(crate) version: StoredVersion,
}

/// The version of a stored document, as the installation compares it.
#[derive(Clone)]
pub(crate) enum StoredVersion {
    Number(u64),
    Tag(String),
}

impl DocumentTarget {
    /// Reads an event's document; nothing where there is no such event.
    pub(crate) async fn find(&self, event: &EventId) -> anyhow::Result<Option<StoredDocument>> {
        match self {
            Self::Here(open) => {
                let found = open.app.find_event(event).await?;
                Ok(found.map(|found| StoredDocument {
                    document: found.value,
                    version: StoredVersion::Number(found.version),
                }))
            }
            Self::There(server) => {
                let path = ["events", event.as_str(), "configuration"];
                let Some(found) = server.find(&path).await? else {
                    return Ok(None);
                };
                let document = serde_json::from_value(found.body).with_context(|| {
                    format!("the server's document of {event} is of another version of the program")
                })?;
                Ok(Some(StoredDocument {
                    document,
                    version: StoredVersion::Tag(found.tag),
                }))
            }
        }
    }

    /// Lists the events of a community; none where there is no such community.
    pub(crate) async fn events(&self, community: &CommunityId) -> anyhow::Result<Vec<EventId>> {
        match self {
            Self::Here(open) => {
                let known = open.app.communities().await?;
                if !known.contains(community) {
                    return Ok(Vec::new());
                }
                let (mut events, mut after) = (Vec::new(), None);
                loop {
                    let page = open.app.events(community, after.as_ref(), PAGE).await?;
                    events.extend(page.0.into_iter().map(|view| view.event));
                    after = page.1;
                    if after.is_none() {
                        return Ok(events);
                    }
                }
            }
            Self::There(server) => {
                let path = ["communities", community.as_str(), "events"];
                let items = server.list(&path).await?.unwrap_or_default();
                let events = items.iter().filter_map(|view| view.get("event")?.as_str());
                Ok(events.filter_map(|event| event.parse().ok()).collect())
            }
        }
    }

    /// Previews the first sync by a document that is not stored. Returns why it would be held, or nothing.
    pub(crate) async fn hold_of(&self, document: &EventDocument) -> anyhow::Result<Option<String>> {
        let value = serde_json::to_value(document)?;
        let preview = match self {
            Self::Here(open) => {
                let preview = Box::pin(open.app.preview_document(&value, SyncScope::Everyone));
                serde_json::to_value(preview.await?.run)?
            }
            Self::There(server) => {
                let path = ["events", document.event.as_str(), "runs"];
                let wanted = json!({"mode": "preview", "configuration": value});
                let mut preview = server.post(&path, &wanted).await?;
                preview.get_mut("run").map(Value::take).unwrap_or_default()
            }
        };
        let is_held = preview.get("held").is_some_and(|held| !held.is_null());
        let reason = preview.get("reason").and_then(Value::as_str);
        let reason = reason.unwrap_or("a sync would be held");
        Ok(is_held.then(|| reason.to_owned()))
    }

    /// Stores a document over the version that was read, or as a new event.
    pub(crate) async fn store(
        &self,
        document: &EventDocument,
        over: Option<StoredVersion>,
    ) -> anyhow::Result<()> {
        let value = serde_json::to_value(document)?;
        match (self, over) {
            (Self::Here(open), over) => {
                let version = over.and_then(|over| match over {
                    StoredVersion::Number(version) => Some(version),
                    StoredVersion::Tag(_) => None,
                });
                let owner = open.app.as_of(&Actor::Owner);
                owner
                    .configure_version(&value, version, Author::Owner)
                    .await?;
            }
            (Self::There(server), over) => {
                let tag = over.and_then(|over| match over {
                    StoredVersion::Tag(tag) => Some(tag),
                    StoredVersion::Number(_) => None,
                });
                let path = ["events", document.event.as_str(), "configuration"];
                server.put(&path, &value, tag.as_deref()).await?;
            }
        }
        Ok(())
    }
}
