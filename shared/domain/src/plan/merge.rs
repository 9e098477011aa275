//! Merges several records of one person into one desired state.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::evaluate::{Contribution, Disposition, Incoming};
use crate::people::{Attendee, Presence};

use super::Delta;
use super::by_hand::kept_by_hand;

/// The desired state of a person, from all their records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DesiredState {
    /// They attend, with this profile.
    Live(Box<Incoming>),
    /// They are a user with this profile who does not attend, by the rule of this number.
    UserOnly(u32, Box<Incoming>),
    /// The rule of this number removes them.
    Remove(u32),
    /// The delete flag erases them.
    Erase,
    /// They have no records.
    Nothing,
}

/// Returns the records of a person after a delta: those of the delta, those it keeps, and those
/// that earlier batches of the same run brought. The order does not depend on the feed's. A record
/// that the feed contains twice counts once. `None` where a kept record's content is not stored, so
/// that it must be read again.
pub(super) fn records_after(
    delta: &Delta,
    attendee: Option<&Attendee>,
    same_run: bool,
) -> Option<Vec<Contribution>> {
    let mut records = delta.contributions.clone();
    let stored = attendee
        .map(|attendee| attendee.records.as_slice())
        .unwrap_or_default();
    let stored = &remaining_records(delta, stored)[..];
    if delta.partial {
        let removed = attendee.is_some_and(|known| {
            known.presence == Presence::Removed && kept_by_hand(Some(known)).is_none()
        });
        // A person who was removed although a record made them attend was missing from a whole
        // feed.
        let stands = |known: &&Contribution| !removed || known.disposition != Disposition::Live;
        let remaining: Vec<_> = stored.iter().filter(stands).cloned().collect();
        put_among(&mut records, &remaining);
    }
    for kept in &delta.kept {
        let found = stored.iter().find(|record| record.hash == kept.hash)?;
        records.push(Contribution {
            position: kept.position,
            ..found.clone()
        });
    }
    // The stored records of a removed attendee do not bring a missing person back.
    if same_run && !delta.missing && !delta.partial {
        records.extend_from_slice(stored);
    }
    records.sort_by_key(|record| (record.hash, Reverse(record.position)));
    records.dedup_by_key(|record| record.hash);
    if records.len() > 1 {
        records.sort_by_cached_key(order);
    }
    Some(records)
}

/// Returns the stored records without those that are gone. Records that moved here count as known
/// once the move is settled.
fn remaining_records<'r>(delta: &Delta, stored: &'r [Contribution]) -> Cow<'r, [Contribution]> {
    if delta.gone.is_empty() && !delta.settles {
        return Cow::Borrowed(stored);
    }
    let settles = |hash| delta.settles && delta.moved_from.iter().any(|moved| moved.hash == hash);
    let left = stored
        .iter()
        .filter(|record| !delta.gone.contains(&record.hash));
    let left = left.map(|record| Contribution {
        unsettled: record.unsettled && !settles(record.hash),
        ..record.clone()
    });
    Cow::Owned(left.collect())
}

/// Returns the sort key of a person's records: the source id, where a longer number is greater, and
/// then the content. A feed lists the same records in a different order each time.
pub(super) fn order(record: &Contribution) -> (usize, Option<String>, String, u64) {
    let id = record.incoming.source_id.clone();
    // Serialising what was read never fails.
    let said = serde_json::to_string(&record.incoming).unwrap_or_default();
    let length = id.as_ref().map_or(0, |id| id.chars().count());
    (length, id, said, record.hash)
}

/// Adds the stored records to those of an incremental read. A record that was read replaces the
/// stored one with the same source id, or is added after all stored ones. If several stored records
/// share an id, they are replaced only where as many records with this id were read: otherwise it
/// is unknown which of them each one is.
fn put_among(records: &mut Vec<Contribution>, stored: &[Contribution]) {
    let last = stored.iter().map(|record| record.position).max();
    let count = |records: &[Contribution], id: &Option<String>| {
        let with_id = records.iter().filter(|r| r.incoming.source_id == *id);
        with_id.count()
    };
    let replaced: BTreeSet<String> = records
        .iter()
        .filter(|new| {
            count(records, &new.incoming.source_id) >= count(stored, &new.incoming.source_id)
        })
        .filter_map(|new| new.incoming.source_id.clone())
        .collect();
    let is_replaced = |record: &Contribution| {
        record
            .incoming
            .source_id
            .as_ref()
            .is_some_and(|id| replaced.contains(id))
    };
    for record in records.iter_mut() {
        let id = &record.incoming.source_id;
        let known = stored
            .iter()
            .find(|known| is_replaced(known) && known.incoming.source_id == *id);
        match known {
            Some(known) => record.position = known.position,
            None => record.position = record.position.saturating_add(last.unwrap_or(0)),
        }
    }
    let stands = |known: &&Contribution| !is_replaced(known);
    records.extend(stored.iter().filter(stands).cloned());
}

/// Takes records together: a flag erases, a live record wins over one of a user who does not attend, and that over a
/// removed one; the later non-empty field wins, groups add up. Later is who has the greater source id.
pub(super) fn merge(records: &[Contribution]) -> DesiredState {
    let mut fed: Option<Incoming> = None;
    let mut lives = false;
    let mut user_only = None;
    let mut removed = None;
    for record in records {
        let mut incoming = record.incoming.clone();
        match record.disposition {
            Disposition::Erase => return DesiredState::Erase,
            Disposition::Remove(rule) => {
                removed.get_or_insert(rule);
                continue;
            }
            Disposition::UserOnly(rule) => {
                user_only.get_or_insert(rule);
                // These are of somebody who attends.
                incoming.source_id = None;
                incoming.digital_badge = None;
            }
            Disposition::Live => lives = true,
        }
        match &mut fed {
            None => fed = Some(incoming),
            Some(merged) => add(merged, &incoming),
        }
    }
    match (fed, user_only, removed) {
        (Some(incoming), _, _) if lives => DesiredState::Live(Box::new(incoming)),
        (Some(incoming), Some(rule), _) => DesiredState::UserOnly(rule, Box::new(incoming)),
        (_, _, Some(rule)) => DesiredState::Remove(rule),
        (_, _, None) => DesiredState::Nothing,
    }
}

fn add(merged: &mut Incoming, later: &Incoming) {
    for (field, value) in later.profile.iter() {
        merged.profile.set(field, Some(value.to_owned()));
    }
    for group in &later.groups {
        if !merged.groups.iter().any(|known| known.key() == group.key()) {
            merged.groups.push(group.clone());
        }
    }
    if later.source_id.is_some() {
        merged.source_id.clone_from(&later.source_id);
    }
    if later.digital_badge.is_some() {
        merged.digital_badge.clone_from(&later.digital_badge);
    }
    merged.unusable.extend(later.unusable.iter().copied());
}
