//! Decides whether a person may enter an event, with the reason in one sentence.

use jiff::Timestamp;
use serde::Serialize;

use super::StoredPerson;
use super::pages::pages;
use crate::config::{Apply, EventDocument};
use crate::group::GroupName;
use crate::ids::{RunId, RunNumber};
use crate::people::{Attendee, Presence, User};
use crate::profile::ProfileField;
use crate::zone::time_zone;

/// The answer to the event app at sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schemas", schema(as = AccessAnswer))]
pub struct Access {
    /// Whether the person may enter.
    pub allowed: bool,
    /// The reason: one sentence for the staff at an entrance.
    pub reason: String,
    /// The person's groups in the community.
    pub groups: Vec<GroupName>,
    /// The pages of the app that they may see, of those that the configuration names.
    pub pages: Vec<String>,
    /// The fields that a sync of this event would overwrite; the app does not let anybody edit
    /// them.
    pub locked_fields: Vec<&'static str>,
}

/// Decides whether a person may enter the event. An attendee may, and a removed attendee may not. A
/// user who is no attendee may where the event is open to the whole community.
#[must_use]
pub fn access(known: &StoredPerson<'_>) -> Access {
    let document = known.document;
    let (allowed, reason) = match (known.attendee, known.user) {
        (Some(attendee), _) => match attendee.presence {
            Presence::Attending => (true, attends(document, attendee)),
            Presence::Removed => (false, taken_out(document, attendee)),
        },
        (None, Some(_)) if !document.access.attendees_only => (
            true,
            "A user of the community; they are not in this event's feed, but the event is open to \
             the whole community"
                .to_owned(),
        ),
        (None, Some(_)) => {
            let last = last_complete(known);
            let reason = format!("A user of the community, but not in this event; {last}");
            (false, reason)
        }
        (None, None) => {
            let last = last_complete(known);
            let reason = format!("Nobody with this address is in the event; {last}");
            (false, reason)
        }
    };
    let attends = known
        .attendee
        .is_some_and(|attendee| attendee.presence == Presence::Attending);
    Access {
        allowed,
        reason,
        groups: known.user.map(group_names).unwrap_or_default(),
        pages: if allowed {
            pages(document, known.user)
        } else {
            Vec::new()
        },
        locked_fields: if attends {
            locked_fields(document)
        } else {
            Vec::new()
        },
    }
}

fn group_names(user: &User) -> Vec<GroupName> {
    let mut names: Vec<GroupName> = user.groups.values().map(|m| m.name.clone()).collect();
    names.sort();
    names
}

/// The fields that an attendee cannot edit themselves: the address, and what the mapping takes at every sync.
#[must_use]
pub fn locked_fields(document: &EventDocument) -> Vec<&'static str> {
    let mapping = &document.mapping;
    let profile = ProfileField::ALL.map(|field| (field.name(), mapping.of(field)));
    let badge = ("digital_badge", mapping.digital_badge.as_ref());
    let owned = profile
        .into_iter()
        .chain([badge])
        .filter(|(_, mapping)| mapping.is_some_and(|mapping| mapping.apply == Apply::Always));
    ["email"]
        .into_iter()
        .chain(owned.map(|(name, _)| name))
        .collect()
}

fn run(document: &EventDocument, number: RunNumber) -> RunId {
    RunId {
        event: document.event.clone(),
        number,
    }
}

fn attends(document: &EventDocument, attendee: &Attendee) -> String {
    if let Some(by_hand) = attendee.by_hand {
        let since = day(by_hand.since, document);
        return format!("Attends; added by hand on {since}, and no sync removes them");
    }
    match attendee.log.as_slice() {
        [] => format!("Attends; saved by run {}", run(document, attendee.run)),
        [added] => format!(
            "Attends since {}; added by run {}",
            day(attendee.updated, document),
            run(document, added.0)
        ),
        // Between the two changes they may have been removed for a time.
        [added, .., last] => format!(
            "Attends; first added by run {}, last changed by run {} on {}",
            run(document, added.0),
            run(document, last.0),
            day(attendee.updated, document)
        ),
    }
}

fn taken_out(document: &EventDocument, attendee: &Attendee) -> String {
    if let Some(since) = attendee.blocked {
        let since = day(since, document);
        return format!(
            "Removed and blocked by hand on {since}; no sync adds them again until somebody unblocks them"
        );
    }
    if let Some(by_hand) = attendee.by_hand {
        let since = day(by_hand.since, document);
        return format!(
            "Removed by hand on {since}; no sync adds them again until somebody lets them follow the sync"
        );
    }
    let why = attendee.reason.as_deref().unwrap_or("no reason is stored");
    match attendee.log.last() {
        Some(last) => format!("Removed by run {}: {why}", run(document, last.0)),
        None => format!("Never added: {why} (run {})", run(document, attendee.run)),
    }
}

fn last_complete(known: &StoredPerson<'_>) -> String {
    match known.last_complete {
        Some((number, ended)) => format!(
            "the last complete sync was {} on {}",
            run(known.document, number),
            minute(ended, known.document)
        ),
        None => "no recent sync has read the whole feed".to_owned(),
    }
}

fn day(at: Timestamp, document: &EventDocument) -> String {
    in_zone(at, document, "%-d %B %Y").0
}

fn minute(at: Timestamp, document: &EventDocument) -> String {
    let (text, zone) = in_zone(at, document, "%-d %B %Y at %H:%M");
    format!("{text} ({zone})")
}

/// Formats a time in the event's zone, or in UTC where the zone is unknown, and returns the zone's
/// name.
fn in_zone(at: Timestamp, document: &EventDocument, format: &str) -> (String, String) {
    let name = &document.time_zone;
    match time_zone(name) {
        Ok(zone) => (
            at.to_zoned_datetime(zone).strftime(format).to_string(),
            name.clone(),
        ),
        Err(_) => (at.strftime(format).to_string(), "UTC".to_owned()),
    }
}
