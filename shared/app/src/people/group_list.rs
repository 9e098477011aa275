//! The groups of a community: the number of members, who granted the memberships, and the rules
//! that name the group.

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_domain::config::{EventDocument, RuleAction};
use attendee_sync_domain::group::{GroupKey, GroupName, GroupOptions};
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::people::Grantor;

use crate::App;
use crate::error::Error;

/// A group with its grantors and the events whose rules name it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct GroupDetails {
    /// Its identity.
    pub group: GroupKey,
    /// Its first spelling.
    pub name: GroupName,
    /// How many members it has.
    pub members: u64,
    /// The number of members by grantor: an event's sync, or a person. A member may have several
    /// grantors.
    #[cfg_attr(feature = "schemas", schema(value_type = BTreeMap<String, u64>))]
    pub given_by: BTreeMap<Grantor, u64>,
    /// The events whose rules add or remove the group.
    pub rules_of: BTreeSet<EventId>,
    /// What a person set about it.
    pub options: GroupOptions,
}

impl App {
    /// Returns a community's groups with their grantors and rules, by name.
    pub async fn group_details(&self, community: &CommunityId) -> Result<Vec<GroupDetails>, Error> {
        self.known_community(community).await?;
        let users = self.index_users(community, None).await?;
        let options = self.group_options(community).await?;
        let groups = self.parts.store.groups(community).await?.into_iter();
        let mut all: BTreeMap<GroupKey, GroupDetails> = groups
            .map(|group| {
                let details = GroupDetails {
                    group: group.key.clone(),
                    name: group.name,
                    members: 0,
                    given_by: BTreeMap::new(),
                    rules_of: BTreeSet::new(),
                    options: options.of(&group.key),
                };
                (group.key, details)
            })
            .collect();
        self.count_members(community, &mut all);
        drop(users);
        for event in self.parts.store.events(community).await? {
            let Some(stored) = self.parts.store.event(&event).await? else {
                continue;
            };
            for name in named_by_rules(&stored.value) {
                if let Some(group) = all.get_mut(&name.key()) {
                    group.rules_of.insert(event.clone());
                }
            }
        }
        let mut groups: Vec<GroupDetails> = all.into_values().collect();
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(groups)
    }

    fn count_members(
        &self,
        community: &CommunityId,
        groups: &mut BTreeMap<GroupKey, GroupDetails>,
    ) {
        let mut by_key: BTreeMap<String, &mut GroupDetails> = groups
            .values_mut()
            .map(|details| (details.group.as_str().to_owned(), details))
            .collect();
        self.index.users.look(community, |users| {
            for grant in users.values().flat_map(|user| user.groups.iter()) {
                if let Some(group) = by_key.get_mut(&*grant.group) {
                    group.members += 1;
                    for by in grant.by() {
                        *group.given_by.entry(by).or_default() += 1;
                    }
                }
            }
        });
    }
}

pub(crate) fn named_by_rules(document: &EventDocument) -> impl Iterator<Item = &GroupName> {
    let rules = document.rules.iter();
    rules.filter_map(|rule| match &rule.then {
        RuleAction::AddGroup(group) | RuleAction::RemoveGroup(group) => Some(group),
        RuleAction::Ignore | RuleAction::RemoveAttendee | RuleAction::UserOnly => None,
    })
}
