//! Plans the changes of a person's fields.

use super::FieldPolicy;
use super::decide::PersonDecision;
use crate::config::{Apply, Blank};
use crate::evaluate::Incoming;
use crate::hand::FieldSetter;
use crate::people::{Attendee, User};
use crate::profile::AttendeeField;
use crate::run::FieldChange;

/// Returns the new value of a field.
fn take(
    policy: FieldPolicy,
    before: Option<String>,
    value: Option<String>,
    unusable: bool,
    is_new: bool,
) -> Option<String> {
    let may = match policy.apply {
        Apply::Always => true,
        Apply::OnCreate => is_new,
        Apply::IfEmpty => before.is_none(),
    };
    match value {
        Some(value) if may => Some(value),
        None if may && policy.blank == Blank::Clear && !unusable => None,
        _ => before,
    }
}

impl PersonDecision<'_> {
    pub(super) fn fill_profile(
        &self,
        user: &mut User,
        incoming: &Incoming,
        is_new: bool,
        fields: &mut Vec<FieldChange>,
    ) {
        for (field, policy) in &self.policy.fields {
            match user.set_by.get(field) {
                Some(FieldSetter::Hand) => continue,
                Some(FieldSetter::Person) if policy.apply != Apply::Always => continue,
                Some(FieldSetter::Person) | None => {}
            }
            let before = user.profile.get(*field).map(str::to_owned);
            let value = incoming.profile.get(*field).map(str::to_owned);
            let unusable = incoming.unusable.contains(&(*field).into());
            let after = take(*policy, before.clone(), value, unusable, is_new);
            if before != after {
                user.profile.set(*field, after.clone());
                user.set_by.remove(field);
                fields.push(FieldChange {
                    field: (*field).into(),
                    before,
                    after,
                });
            }
        }
    }

    pub(super) fn badge(&self, known: Option<&Attendee>, incoming: &Incoming) -> Option<String> {
        let before = known.and_then(|known| known.digital_badge.clone());
        let Some(policy) = self.policy.badge else {
            return before;
        };
        let unusable = incoming.unusable.contains(&AttendeeField::DigitalBadge);
        take(
            policy,
            before,
            incoming.digital_badge.clone(),
            unusable,
            known.is_none(),
        )
    }

    pub(super) fn compare_attendee(
        known: Option<&Attendee>,
        wish: &Attendee,
        fields: &mut Vec<FieldChange>,
    ) {
        for (field, before, after) in [
            (
                AttendeeField::DigitalBadge,
                known.and_then(|known| known.digital_badge.as_ref()),
                &wish.digital_badge,
            ),
            (
                AttendeeField::SourceId,
                known.and_then(|known| known.source_id.as_ref()),
                &wish.source_id,
            ),
        ] {
            if before != after.as_ref() {
                fields.push(FieldChange {
                    field,
                    before: before.cloned(),
                    after: after.clone(),
                });
            }
        }
    }
}
