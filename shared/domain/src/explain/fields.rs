//! The person's profile and badge, with the origin of each value.

use serde::Serialize;

use super::StoredPerson;
use crate::config::{Apply, Blank, FieldMapping, ValueOrigin};
use crate::evaluate::{Contribution, Disposition, Incoming};
use crate::hand::FieldSetter;
use crate::people::{Attendee, Presence};
use crate::profile::{AttendeeField, ProfileField};

/// A field with the origin of its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct FieldExplained {
    /// The field's name in configurations.
    pub field: AttendeeField,
    /// The value, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The origin of the value, in words.
    pub origin: String,
    /// The position of the record that the value comes from, where a record of this event has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<u32>,
    /// Who set it in place of the sync, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_by: Option<FieldSetter>,
}

/// The fields that are mapped or have a value.
pub(super) fn fields(known: &StoredPerson<'_>) -> Vec<FieldExplained> {
    if known.user.is_none() && known.attendee.is_none() {
        return Vec::new();
    }
    let mapping = &known.document.mapping;
    let profile = ProfileField::ALL.map(|field| {
        let value = known.user.and_then(|user| user.profile.get(field));
        let said = move |incoming: &Incoming| incoming.profile.get(field).map(str::to_owned);
        match known.user.and_then(|user| user.set_by.get(&field)) {
            Some(setter) => Some(set(known, field, value, *setter)),
            None => explained(known, field.into(), value, mapping.of(field), said),
        }
    });
    let badge = known
        .attendee
        .and_then(|attendee| attendee.digital_badge.as_deref());
    let said = |incoming: &Incoming| incoming.digital_badge.clone();
    let badge = explained(
        known,
        AttendeeField::DigitalBadge,
        badge,
        mapping.digital_badge.as_ref(),
        said,
    );
    profile.into_iter().chain([badge]).flatten().collect()
}

/// A field that somebody set in place of the sync, with what the records say.
fn set(
    known: &StoredPerson<'_>,
    field: ProfileField,
    value: Option<&str>,
    setter: FieldSetter,
) -> FieldExplained {
    let live = live_records(known);
    let mut live = live.iter().rev();
    let said = live.find_map(|record| record.incoming.profile.get(field));
    let by = match setter {
        FieldSetter::Hand => "set by hand; no sync changes it",
        FieldSetter::Person => "edited by this person in the app",
    };
    let origin = match said {
        Some(said) if value != Some(said) => format!("{by}; the source has \"{said}\""),
        _ => by.to_owned(),
    };
    FieldExplained {
        field: field.into(),
        value: value.map(str::to_owned),
        origin,
        record: None,
        set_by: Some(setter),
    }
}

fn explained(
    known: &StoredPerson<'_>,
    field: AttendeeField,
    value: Option<&str>,
    mapping: Option<&FieldMapping>,
    said: impl Fn(&Incoming) -> Option<String>,
) -> Option<FieldExplained> {
    let Some(mapping) = mapping else {
        return value.map(|value| FieldExplained {
            field,
            value: Some(value.to_owned()),
            origin: "set by another event or earlier; this event does not map it".to_owned(),
            record: None,
            set_by: None,
        });
    };
    let live = live_records(known);
    // The last of several records with a value counts.
    let speaking = live
        .iter()
        .rev()
        .find_map(|record| Some((record.position, said(&record.incoming)?)));
    let unusable = live
        .iter()
        .any(|record| record.incoming.unusable.contains(&field));
    let from = origin(mapping);
    let (origin, record) = match (value, speaking) {
        (Some(value), Some((position, said))) if said == value => (from, Some(position)),
        (None, None) if live.is_empty() => return None,
        (None, None) if unusable => (format!("{from}: its value could not be used"), None),
        (None, None) => (format!("{from}: blank"), None),
        (value, speaking) => {
            let why = why_kept(mapping, value, speaking.is_some(), unusable, &live);
            (why, None)
        }
    };
    Some(FieldExplained {
        field,
        value: value.map(str::to_owned),
        origin,
        record,
        set_by: None,
    })
}

fn live_records<'k>(known: &StoredPerson<'k>) -> Vec<&'k Contribution> {
    let is_fed = |record: &Contribution| matches!(record.disposition, Disposition::UserOnly(_));
    let feeds = |attendee: &&'k Attendee| {
        attendee.presence == Presence::Attending || attendee.records.iter().any(is_fed)
    };
    let attendee = known.attendee.filter(feeds);
    let records = attendee.into_iter().flat_map(|attendee| &attendee.records);
    records
        .filter(|record| record.disposition.feeds_user())
        .collect()
}

fn origin(mapping: &FieldMapping) -> String {
    match &mapping.origin {
        ValueOrigin::Path(path) => format!("the source's field {path}"),
        ValueOrigin::Constant(text) => format!("the constant \"{text}\""),
        ValueOrigin::Expression(expression) => format!("the expression {}", expression.source()),
    }
}

/// Explains why the value differs from the value of their records.
fn why_kept(
    mapping: &FieldMapping,
    value: Option<&str>,
    has_value: bool,
    unusable: bool,
    live: &[&Contribution],
) -> String {
    let from = origin(mapping);
    match mapping.apply {
        _ if live.is_empty() => "set by another event or earlier".to_owned(),
        Apply::OnCreate => {
            format!("kept; {from} is applied only when the user is new (apply on_create)")
        }
        Apply::IfEmpty if value.is_some() => {
            format!("kept; {from} is applied only if the field is empty (apply if_empty)")
        }
        _ if !has_value && unusable => {
            format!("kept; the value of {from} could not be used")
        }
        _ if !has_value && mapping.blank == Blank::Keep => {
            format!("kept; {from} is blank (blank keep)")
        }
        // Another event's sync may have written it, until this event's next change.
        _ => format!("set by another event or earlier; {from} has another value"),
    }
}
