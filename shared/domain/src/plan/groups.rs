//! Plans the changes of a person's groups.

use std::collections::BTreeSet;

use super::decide::PersonDecision;
use crate::group::{Group, GroupKey, GroupName};
use crate::people::{Grantor, Membership, User};
use crate::profile::AttendeeField;
use crate::run::FieldChange;

pub(super) fn group_names(user: &User) -> Option<String> {
    let names: Vec<&str> = user.groups.values().map(|m| m.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join("; "))
}

impl PersonDecision<'_> {
    /// Sets the spelling in which a group is shown, and creates the group in this spelling where it
    /// is new.
    pub(super) fn first_spelling(&mut self, key: &GroupKey, name: &GroupName) {
        if self.names.contains_key(key) {
            return;
        }
        self.names.insert(key.clone(), name.clone());
        self.new_groups.push(Group {
            key: key.clone(),
            name: name.clone(),
        });
    }

    /// Returns the groups that this event grants the user at present.
    pub(super) fn granted(&self, user: &User) -> Vec<GroupKey> {
        let grantor = Grantor::Event(self.policy.event.clone());
        let granted = user
            .groups
            .iter()
            .filter(|(_, membership)| membership.by.contains(&grantor));
        granted.map(|(key, _)| key.clone()).collect()
    }

    /// Makes `wanted` the groups that this event grants; other grants stay (invariant 10).
    pub(super) fn set_synced_groups(
        &mut self,
        user: &mut User,
        wanted: &BTreeSet<GroupKey>,
        fields: &mut Vec<FieldChange>,
    ) -> (Vec<GroupKey>, Vec<GroupKey>) {
        let grantor = Grantor::Event(self.policy.event.clone());
        let before = group_names(user);
        let mut joins = Vec::new();
        let mut leaves = Vec::new();
        for key in wanted {
            let name = self.names.get(key).cloned();
            match (user.groups.get_mut(key), name) {
                (Some(membership), _) => {
                    membership.by.insert(grantor.clone());
                }
                (None, Some(name)) => {
                    joins.push(key.clone());
                    let by = BTreeSet::from([grantor.clone()]);
                    user.groups.insert(key.clone(), Membership { name, by });
                }
                (None, None) => {}
            }
        }
        user.groups.retain(|key, membership| {
            if !wanted.contains(key) {
                membership.by.remove(&grantor);
            }
            let stays = !membership.by.is_empty();
            if !stays {
                leaves.push(key.clone());
            }
            stays
        });
        let after = group_names(user);
        if before != after {
            fields.push(FieldChange {
                field: AttendeeField::Groups,
                before,
                after,
            });
        }
        (joins, leaves)
    }
}
