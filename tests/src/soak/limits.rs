//! How much of what the table may hold, by what is alive, and how much memory the process may take.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::kinds::ItemKind;
use super::model::{SoakModel, Whom};
use super::{Broken, Point};

/// Bytes that the process may have taken since it was warm, beside the table and the copy of it that each
/// measuring makes. A course's own notes and what the allocator keeps are among them.
pub(super) const MEMORY: u64 = 48 * 1024 * 1024;

/// Batches that a run of a small event writes at most: what it reads, and what waited for the end
/// of the feed or for an approval.
const BATCHES: u64 = 2;

/// Marks of a run's batches: one each.
const MARKS: u64 = BATCHES + 1;

/// Bytes that an item may have, on average: keys and attributes' names are about 100 of them.
const LARGE: [(ItemKind, u64); 6] = [
    (ItemKind::Run, 900),
    (ItemKind::User, 1_500),
    (ItemKind::Tombstone, 2_500),
    (ItemKind::Attendee, 2_000),
    (ItemKind::Changes, 2_500),
    (ItemKind::State, 600),
];

/// Items of the journal that the fingerprints of an event, or the memberships of a community, may have: it is
/// folded at 64 KB of entries, or at this many items.
const JOURNAL: u64 = 300;

/// What there may be of each kind.
pub(super) fn most(model: &SoakModel, kept: u64) -> BTreeMap<ItemKind, u64> {
    let events = model.events.len() as u64;
    let each_event = |count: &dyn Fn(&super::event::SoakEvent) -> u64| -> u64 {
        model.events.iter().map(count).sum()
    };
    let each_community = |count: &dyn Fn(&super::model::SoakCommunity) -> u64| -> u64 {
        model.communities.iter().map(count).sum()
    };
    let pending = pending(model);
    let strangers = pending
        .iter()
        .filter(|(at, whom)| {
            let home = &model.communities[model.events[*at].community];
            !home.is_user(*whom) && !home.is_erased(*whom)
        })
        .map(|(at, whom)| (model.events[*at].community, *whom))
        .collect::<BTreeSet<_>>();
    let known = |event: &super::event::SoakEvent| {
        let home = &model.communities[event.community];
        home.model.attendees(&event.id).count() as u64
    };
    let attendees = each_event(&known) + pending.len() as u64;
    let communities = model.communities.len() as u64;
    let groups = each_community(&|home| home.groups.len() as u64);
    let changed = each_event(&|event| event.runs.count(|run| run.changed));
    [
        (ItemKind::Community, 2 * communities),
        (ItemKind::EventPointer, events),
        (ItemKind::Configuration, events),
        (ItemKind::ConfigurationVersion, model.configured),
        (ItemKind::State, events),
        (
            ItemKind::Run,
            each_event(&|event| event.runs.count(|_| true)),
        ),
        (
            ItemKind::User,
            each_community(&|home| home.model.counts().0 as u64) + strangers.len() as u64,
        ),
        (
            ItemKind::Tombstone,
            each_community(&|home| home.model.counts().1 as u64),
        ),
        (ItemKind::Group, groups),
        // The form, and the lease of a fold that failed.
        (ItemKind::MembershipNote, 2 * communities),
        (ItemKind::MembershipJournal, JOURNAL * communities),
        (ItemKind::GroupHead, groups),
        (ItemKind::GroupPage, groups),
        (ItemKind::Attendee, attendees),
        (ItemKind::Changes, BATCHES * changed),
        (
            ItemKind::Issues,
            BATCHES * each_event(&|event| event.runs.count(|run| run.issues)),
        ),
        (
            ItemKind::Mark,
            MARKS * each_event(&|event| event.runs.count(|_| true)),
        ),
        (
            ItemKind::Held,
            each_event(&|event| u64::from(event.is_held)),
        ),
        (ItemKind::Kept, kept),
        (ItemKind::Head, events),
        (ItemKind::Page, events),
        (ItemKind::Journal, JOURNAL * events),
    ]
    .into()
}

/// Who may have been added to an event by a run that failed later.
fn pending(model: &SoakModel) -> Vec<(usize, Whom)> {
    let mut pending = Vec::new();
    for (at, event) in model.events.iter().enumerate() {
        let home = &model.communities[event.community];
        let new = event
            .feed
            .keys()
            .filter(|whom| home.attends(event, **whom).is_none() && !home.is_erased(**whom));
        pending.extend(new.map(|whom| (at, *whom)));
    }
    pending
}

/// Whether each event's journal is folded.
pub(super) fn check_journals(journals: &BTreeMap<String, u64>) -> Result<(), Broken> {
    match journals.iter().find(|(_, items)| **items > JOURNAL) {
        Some((pk, items)) => Err(Broken(format!(
            "{pk} has {items} items of the journal, and {JOURNAL} at most"
        ))),
        None => Ok(()),
    }
}

/// Whether everything is within its limits.
pub(super) fn check(point: &Point, warm: Option<u64>) -> Result<(), Broken> {
    for (kind, items, most, bytes) in &point.kinds {
        if items > most {
            return Err(Broken(format!(
                "day {}: {items} items of the kind {kind:?}, {most} at most",
                point.day
            )));
        }
        let large = LARGE.iter().find(|(of, _)| of == kind);
        if let Some((_, large)) = large
            && *bytes > large * items.max(&1)
        {
            return Err(Broken(format!(
                "day {}: {items} items of the kind {kind:?} take {bytes} bytes, {large} each at most",
                point.day
            )));
        }
    }
    if let Some(warm) = warm
        && point.process > warm + MEMORY + point.table
    {
        return Err(Broken(format!(
            "day {}: the process has {} bytes beside the table, {warm} when it was warm, and {MEMORY} more and a copy of the table at most",
            point.day, point.process
        )));
    }
    Ok(())
}

/// The newest log references of an attendee lead to runs that are kept, up to some that are pruned
/// later.
pub(super) fn check_references(
    event: &str,
    references: usize,
    living: u64,
    now: Timestamp,
) -> Result<(), Broken> {
    let most = usize::try_from(2 * living).unwrap() + 64;
    if references > most {
        return Err(Broken(format!(
            "{now}: an attendee of {event} refers to {references} logs, of {living} that are kept"
        )));
    }
    Ok(())
}
