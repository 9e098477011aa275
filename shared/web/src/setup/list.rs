//! A list that was pasted or uploaded for a new event, or for an import: it waits, in parts, as a draft that an erasure ends.

use attendee_sync_domain::config::{FeedFormat, GivenList};
use attendee_sync_domain::ids::CommunityId;
use serde::{Deserialize, Serialize};

use crate::access::Session;
use crate::console::Console;
use crate::form_drafts::Sheet;
use crate::problem::HttpProblem;

/// Bytes of a part: what is kept under one handle, less what it is sealed with.
const PART: usize = 380_000;

/// Where such a list waits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DraftList {
    /// Handles of its parts.
    parts: Vec<String>,
    pub(crate) format: FeedFormat,
    /// The name of its file.
    pub(crate) name: String,
    /// Whether it is only an example of what an address will answer.
    pub(crate) is_example: bool,
}

impl DraftList {
    /// Keeps a list for an hour.
    pub(crate) async fn keep(
        console: &Console,
        session: &Session,
        community: &CommunityId,
        list: &GivenList,
    ) -> Result<Self, HttpProblem> {
        let seal = console.setup_lists.begin(community).await?;
        let mut kept = Self {
            format: list.format,
            ..Self::default()
        };
        for part in list.bytes.chunks(PART) {
            let part = part.to_vec();
            let handle = console.setup_lists.keep(session, &seal, &part).await?;
            kept.parts.push(handle);
        }
        Ok(kept)
    }

    /// Keeps where the list waits, for an hour; returns the handle of that.
    pub(crate) async fn keep_place(
        &self,
        console: &Console,
        session: &Session,
        community: &CommunityId,
    ) -> Result<String, HttpProblem> {
        let seal = console.setup_lists.begin(community).await?;
        let place = serde_json::to_vec(self).map_err(|_| HttpProblem::internal())?;
        console.setup_lists.keep(session, &seal, &place).await
    }

    /// Returns where a list waits, by the handle of that; nothing where it is not kept any more.
    pub(crate) async fn at_place(
        console: &Console,
        session: &Session,
        handle: &str,
    ) -> Result<Option<Self>, HttpProblem> {
        let place = console.setup_lists.look(session, handle).await?;
        Ok(place.and_then(|place| serde_json::from_slice(&place).ok()))
    }

    /// The list, while all of it waits.
    pub(crate) async fn read(
        &self,
        console: &Console,
        session: &Session,
    ) -> Result<Option<GivenList>, HttpProblem> {
        let mut bytes = Vec::new();
        for handle in &self.parts {
            match console.setup_lists.look(session, handle).await? {
                Some(part) => bytes.extend(part),
                None => return Ok(None),
            }
        }
        Ok(Some(GivenList {
            bytes: bytes.into(),
            format: self.format,
        }))
    }
}

impl Sheet for Vec<u8> {
    fn to_bytes(&self) -> Vec<u8> {
        self.clone()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Some(bytes)
    }
}
