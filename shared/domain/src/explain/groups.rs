//! The person's groups: who gave each group, and the reason.

use std::collections::BTreeSet;

use serde::Serialize;

use super::StoredPerson;
use crate::config::RuleAction;
use crate::group::{GroupKey, GroupName};
use crate::people::{Grantor, Presence};

/// A group that the person is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct GroupExplained {
    /// The group's key.
    pub group: GroupKey,
    /// The group's name in its first spelling.
    pub name: GroupName,
    /// Everybody who gave it.
    pub by: BTreeSet<Grantor>,
    /// The origin in words, one sentence for each grant.
    pub says: Vec<String>,
}

pub(super) fn groups(known: &StoredPerson<'_>) -> Vec<GroupExplained> {
    let groups = known.user.iter().flat_map(|user| &user.groups);
    groups
        .map(|(key, membership)| GroupExplained {
            group: key.clone(),
            name: membership.name.clone(),
            by: membership.by.clone(),
            says: membership
                .by
                .iter()
                .map(|grantor| in_words(known, key, grantor))
                .collect(),
        })
        .collect()
}

fn in_words(known: &StoredPerson<'_>, group: &GroupKey, grantor: &Grantor) -> String {
    match grantor {
        Grantor::Hand => "assigned by hand".to_owned(),
        Grantor::Event(event) if *event == known.document.event => {
            format!("assigned by this event's sync{}", by_what(known, group))
        }
        Grantor::Event(event) => format!("assigned by the sync of {event}"),
    }
}

/// Explains which records give the group and why, as far as that is stored: of a record only the
/// groups that remain after the rules are kept.
fn by_what(known: &StoredPerson<'_>, group: &GroupKey) -> String {
    let attending = known
        .attendee
        .filter(|attendee| attendee.presence == Presence::Attending);
    let positions: Vec<String> = attending
        .iter()
        .flat_map(|attendee| &attendee.records)
        .filter(|record| record.incoming.groups.iter().any(|g| g.key() == *group))
        .map(|record| record.position.to_string())
        .collect();
    if positions.is_empty() {
        return ", from an earlier sync".to_owned();
    }
    let adds =
        |action: &RuleAction| matches!(action, RuleAction::AddGroup(name) if name.key() == *group);
    let rules = (1..)
        .zip(&known.document.rules)
        .filter(|(_, rule)| adds(&rule.then))
        .map(|(number, _): (u32, _)| format!("rule {number}"));
    let mapping = known.document.mapping.groups.as_ref();
    let causes: Vec<String> = mapping
        .map(|_| "the mapping".to_owned())
        .into_iter()
        .chain(rules)
        .collect();
    let records = match positions.len() {
        1 => "record",
        _ => "records",
    };
    let positions = positions.join(", ");
    if causes.is_empty() {
        return format!(": {records} {positions}");
    }
    format!(": {records} {positions}, by {}", causes.join(" or "))
}
