//! The file of secrets: the credentials of each event, and which names refer to the environment.
//!
//! This is its second format. In the first it was an object of secrets by name, for all
//! communities; those that are still to be moved are its member `former`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use attendee_sync_domain::config::{SecretName, SecretOwner};
use attendee_sync_domain::ids::{CommunityId, EventId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::write_private;

/// The format that this version writes.
const FORMAT: u32 = 2;

/// A value for each event, by community.
type OfEvents<T> = BTreeMap<CommunityId, BTreeMap<EventId, T>>;

/// What the file holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SecretsFile {
    format: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    stored: OfEvents<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    environment: OfEvents<BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) former: Option<FormerFile>,
    /// What a later version added, which is kept.
    #[serde(flatten)]
    added: serde_json::Map<String, Value>,
}

/// What is left of a file in the first format.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FormerFile {
    pub(super) secrets: BTreeMap<String, String>,
    /// Whether there was no file: either none was ever needed, or it was lost.
    #[serde(default)]
    pub(super) was_absent: bool,
}

impl SecretsFile {
    /// Reads a file of either format; where there is none, nothing was moved yet.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::over(FormerFile {
                    was_absent: true,
                    ..FormerFile::default()
                }));
            }
            Err(error) => return Err(error),
        };
        let value: Value = serde_json::from_slice(&bytes)?;
        match value.get("format").and_then(Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => Ok(serde_json::from_value(value)?),
            Some(format) => Err(io::Error::other(format!(
                "the file of secrets has the format {format}, which a later version wrote; this one reads {FORMAT}"
            ))),
            None => Ok(Self::over(FormerFile {
                secrets: serde_json::from_value(value)?,
                was_absent: false,
            })),
        }
    }

    fn over(former: FormerFile) -> Self {
        Self {
            format: FORMAT,
            stored: BTreeMap::new(),
            environment: BTreeMap::new(),
            former: Some(former),
            added: serde_json::Map::new(),
        }
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        write_private(path, &serde_json::to_vec_pretty(self)?)
    }

    pub(super) fn stored(&self, name: &SecretName) -> Option<String> {
        let secrets = of_event(&self.stored, name.owner()?)?;
        secrets.get(name.as_str()).cloned()
    }

    pub(super) fn uses_environment(&self, name: &SecretName) -> bool {
        let owner = name.owner();
        let names = owner.and_then(|owner| of_event(&self.environment, owner));
        names.is_some_and(|names| names.contains(name.as_str()))
    }

    /// Stores a secret; its name no longer refers to the environment.
    pub(super) fn store(&mut self, owner: &SecretOwner, name: &SecretName, value: &str) {
        self.remove(name);
        let secrets = of_event_mut(&mut self.stored, owner);
        secrets.insert(name.as_str().to_owned(), value.to_owned());
    }

    /// Makes a name refer to the environment; nothing is stored under it any more.
    pub(super) fn give_to_environment(&mut self, owner: &SecretOwner, name: &SecretName) {
        self.remove(name);
        of_event_mut(&mut self.environment, owner).insert(name.as_str().to_owned());
    }

    pub(super) fn remove(&mut self, name: &SecretName) {
        let Some(owner) = name.owner() else {
            return;
        };
        if let Some(secrets) = of_event_of(&mut self.stored, owner) {
            secrets.remove(name.as_str());
        }
        if let Some(names) = of_event_of(&mut self.environment, owner) {
            names.remove(name.as_str());
        }
        drop_empty(&mut self.stored, BTreeMap::is_empty);
        drop_empty(&mut self.environment, BTreeSet::is_empty);
    }
}

fn of_event<'t, T>(all: &'t OfEvents<T>, owner: &SecretOwner) -> Option<&'t T> {
    all.get(&owner.community)?.get(&owner.event)
}

fn of_event_of<'t, T>(all: &'t mut OfEvents<T>, owner: &SecretOwner) -> Option<&'t mut T> {
    all.get_mut(&owner.community)?.get_mut(&owner.event)
}

fn of_event_mut<'t, T: Default>(all: &'t mut OfEvents<T>, owner: &SecretOwner) -> &'t mut T {
    let events = all.entry(owner.community.clone()).or_default();
    events.entry(owner.event.clone()).or_default()
}

fn drop_empty<T>(all: &mut OfEvents<T>, is_empty: impl Fn(&T) -> bool) {
    for events in all.values_mut() {
        events.retain(|_, of_event| !is_empty(of_event));
    }
    all.retain(|_, events| !events.is_empty());
}
