//! What a person sets about a group: the event that it is limited to, when it ends, and whether attendees see it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::config::EventDocument;
use crate::group::GroupKey;
use crate::ids::EventId;
use crate::schedule::instant_of;
use crate::zone::time_zone;

/// A date of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventPhase {
    /// When the app opens for attendees.
    GoesLive,
    /// When the event starts.
    Starts,
    /// When the event ends.
    Ends,
}

/// When a group ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GroupEnd {
    /// At this date of the event, by its configuration; never where that does not have it.
    Phase(EventPhase),
    /// At this time, in the time zone of the event.
    At(DateTime),
}

/// What a person set about a group. What is not set limits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupOptions {
    /// The one event in which the group counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// When it stops counting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<GroupEnd>,
    /// Whether it is for the organiser alone, to choose whom a message reaches: attendees are not to see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}

impl GroupOptions {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the group counts in an event at this time.
    #[must_use]
    pub fn is_in_force(&self, document: &EventDocument, now: Timestamp) -> bool {
        let is_here = self
            .event
            .as_ref()
            .is_none_or(|event| *event == document.event);
        is_here && !self.has_ended(document, now)
    }

    /// Whether the group has ended, by the dates and in the time zone of an event. Where nobody knows that zone, it has
    /// not.
    #[must_use]
    pub fn has_ended(&self, document: &EventDocument, now: Timestamp) -> bool {
        let local = match self.ends {
            None => None,
            Some(GroupEnd::At(local)) => Some(local),
            Some(GroupEnd::Phase(EventPhase::GoesLive)) => document.goes_live,
            Some(GroupEnd::Phase(EventPhase::Starts)) => document.starts,
            Some(GroupEnd::Phase(EventPhase::Ends)) => document.ends,
        };
        let zone = time_zone(&document.time_zone).ok();
        let end = local
            .zip(zone)
            .and_then(|(local, zone)| instant_of(local, &zone));
        end.is_some_and(|end| end <= now)
    }
}

/// What is set about the groups of a community, by group; nothing of a group of which nothing is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommunityGroupOptions(BTreeMap<GroupKey, GroupOptions>);

impl CommunityGroupOptions {
    /// Returns what is set about a group.
    #[must_use]
    pub fn of(&self, group: &GroupKey) -> GroupOptions {
        self.0.get(group).cloned().unwrap_or_default()
    }

    /// Sets it.
    pub fn set(&mut self, group: GroupKey, options: GroupOptions) {
        if options.is_default() {
            self.0.remove(&group);
        } else {
            self.0.insert(group, options);
        }
    }

    /// Whether a group counts in an event at this time.
    #[must_use]
    pub fn is_in_force(&self, group: &GroupKey, document: &EventDocument, now: Timestamp) -> bool {
        let options = self.0.get(group);
        options.is_none_or(|options| options.is_in_force(document, now))
    }

    /// Returns the groups that attendees are not to see.
    pub fn hidden(&self) -> impl Iterator<Item = GroupKey> {
        let groups = self.0.iter().filter(|(_, options)| options.hidden);
        groups.map(|(group, _)| group.clone())
    }
}
