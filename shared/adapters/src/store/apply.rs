//! Applying a plan: each person's items, her part of the log and her fingerprints in one
//! transaction, as many people in one as fit.

use attendee_sync_app::ports::{Application, Applied, PlannedErasure, StoreError, WaveId};
use attendee_sync_domain::fingerprint::{Entry, NOBODY, journal_of, pack};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::UserState;
use attendee_sync_domain::plan::{PersonPlan, Step};
use attendee_sync_domain::run::{Change, Counts};
use serde::{Deserialize, Serialize};

use super::keys;
use super::memberships::{GroupChanges, item_by_hand, journal_item};
use super::singly::Told;
use super::{TableStore, Writing};
use crate::table::{Durability, TableItemBuilder, WriteAction};

/// People of one log item: a page of changes is some of these.
const LOG_PEOPLE: usize = 100;

/// About how many bytes a person takes in a transaction: her items, or what the log says of her.
fn weight(person: &PersonPlan, actions: &[WriteAction]) -> usize {
    let items: usize = actions.iter().map(WriteAction::bytes).sum();
    let fields = person.change.iter().flat_map(|change| &change.fields);
    let logged: usize = fields
        .map(|field| {
            let length = |value: &Option<String>| value.as_ref().map_or(0, String::len);
            60 + length(&field.before) + length(&field.after)
        })
        .sum();
    items.max(logged)
}

/// One transaction's part of a run's log.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LogPart {
    /// What its people changed.
    pub(super) changes: Vec<Change>,
    /// What it adds to the run's counts.
    pub(super) counts: Counts,
    /// Fingerprints of the records the counts stand for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) counted: Vec<u64>,
    /// What it says of each of its people, where it is written before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) people: Vec<Told>,
}

/// Some people's writes, up to a transaction full.
#[derive(Default)]
struct Part<'p> {
    plans: Vec<&'p PersonPlan>,
    actions: Vec<WriteAction>,
    weight: usize,
    /// Whether one of the people becomes a tombstone.
    erases: bool,
    logs: Vec<LogPart>,
    entries: Vec<Entry>,
}

impl<'p> Part<'p> {
    /// Actions that the transaction has once somebody more is in it: those of its people, the items of its
    /// log, and the journals of fingerprints and memberships.
    fn actions_with(&self, more: usize) -> usize {
        self.actions.len() + more + self.plans.len() / LOG_PEOPLE + 3
    }

    fn add(&mut self, person: &'p PersonPlan, counted: &[u64]) {
        if self.plans.len().is_multiple_of(LOG_PEOPLE) {
            self.logs.push(LogPart::default());
        }
        if let Some(log) = self.logs.last_mut() {
            log.changes.extend(person.change.clone());
            log.counts.add(&person.counts);
            log.counted.extend(counted);
        }
        self.erases |= person.step == Step::Erase;
        self.plans.push(person);
        if let Some(known) = &person.known {
            self.entries
                .extend(journal_of(person.person.short(), known));
        }
    }
}

pub(super) async fn apply(
    store: &TableStore,
    application: Application<'_>,
) -> Result<Applied, StoreError> {
    if !make_groups(store, application).await? {
        // Somebody else made one of the groups meanwhile: its spelling may be another.
        let people = application.plan.people.iter();
        return Ok(Applied {
            changed: people.map(|person| person.person).collect(),
            told: Vec::new(),
        });
    }
    write_issues(store, application).await?;
    match store.writing {
        Writing::Singly => super::singly::apply(store, application).await,
        Writing::Together => Ok(Applied {
            changed: apply_together(store, application).await?,
            told: Vec::new(),
        }),
    }
}

/// Gives back the people, where something of theirs was changed meanwhile.
async fn apply_together(
    store: &TableStore,
    application: Application<'_>,
) -> Result<Vec<PersonId>, StoreError> {
    let limits = store.table.transaction_limits();
    let mut conflicts = Vec::new();
    let mut part = Part::default();
    let mut number = 0;
    for (person, (_, counted)) in application.plan.people.iter().zip(application.counted) {
        let place = (application.community, application.event);
        let wave = WaveId::Run(application.batch.0);
        let actions = person_writes(place, wave, application.erasures, person)?;
        let weight = weight(person, &actions);
        let full = part.actions_with(actions.len()) > limits.actions
            || part.weight + weight > limits.bytes;
        if full && !part.plans.is_empty() {
            let full = std::mem::take(&mut part);
            conflicts.extend(write(store, application, full, &mut number).await?);
        }
        part.weight += weight;
        part.actions.extend(actions);
        part.add(person, counted);
    }
    part.entries
        .extend(application.ignored.iter().map(|hash| Entry {
            hash: *hash,
            person: NOBODY,
        }));
    conflicts.extend(write(store, application, part, &mut number).await?);
    Ok(conflicts)
}

/// Writes one person outside of any run.
pub(super) async fn rewrite(
    store: &TableStore,
    community: &CommunityId,
    event: &EventId,
    plan: &PersonPlan,
) -> Result<(), StoreError> {
    let place = (community, event);
    let mut actions = person_writes(place, WaveId::Asked, &[], plan)?;
    let change = GroupChanges::of_plan(plan, &[]);
    actions.extend(item_by_hand(community, change));
    store.table.transact(actions, Durability::Normal).await
}

/// False where one of them was made by somebody else meanwhile.
async fn make_groups(store: &TableStore, application: Application<'_>) -> Result<bool, StoreError> {
    for groups in application
        .plan
        .groups
        .chunks(store.table.transaction_limits().actions)
    {
        let mut actions = Vec::with_capacity(groups.len());
        for group in groups {
            let item = TableItemBuilder::new(keys::group(application.community, &group.key))
                .doc(group)?
                .build();
            actions.push(WriteAction::put_if(item, None));
        }
        match store.table.transact(actions, Durability::Normal).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// What is to be written of a person but for their groups, the attendee last.
pub(super) fn person_writes(
    (community, event): (&CommunityId, &EventId),
    wave: WaveId,
    erasures: &[PlannedErasure],
    plan: &PersonPlan,
) -> Result<Vec<WriteAction>, StoreError> {
    let person = plan.person;
    let mut writes = Vec::new();
    match &plan.step {
        Step::Erase => {
            let mut planned = erasures.iter();
            if let Some(planned) = planned.find(|planned| planned.erasure.person == person) {
                writes.extend(erase(community, planned)?);
            }
        }
        Step::Write { user, attendee, .. } => {
            if let Some(put) = user {
                let item = TableItemBuilder::new(keys::user(community, person))
                    .version(next(put.expected))
                    .doc(&UserState::User(put.value.clone()))?
                    .build();
                writes.push(WriteAction::put_if(item, put.expected));
            }
            if let Some(put) = attendee {
                let item = TableItemBuilder::new(keys::attendee(event, person))
                    .version(next(put.expected))
                    .doc(&put.value)?
                    .build();
                if plan.invites {
                    let waiting = TableItemBuilder::new(keys::waiting(event, wave, person)).build();
                    writes.push(WriteAction::put(waiting));
                }
                writes.push(WriteAction::put_if(item, put.expected));
            }
        }
    }
    Ok(writes)
}

pub(super) fn next(expected: Option<u64>) -> u64 {
    expected.map_or(1, |version| version + 1)
}

/// The tombstone, and the note of what is left to delete.
pub(super) fn erase(
    community: &CommunityId,
    planned: &PlannedErasure,
) -> Result<[WriteAction; 2], StoreError> {
    let person = planned.erasure.person;
    let tombstone = TableItemBuilder::new(keys::user(community, person))
        .version(next(planned.expected))
        .doc(&UserState::Erased(planned.tombstone.clone()))?
        .build();
    let note = TableItemBuilder::new(keys::erasure(community, person))
        .doc(&planned.erasure)?
        .build();
    Ok([
        WriteAction::put_if(tombstone, planned.expected),
        WriteAction::put(note),
    ])
}

/// Writes a part, with log items from this number on. Gives back the people, where something of theirs
/// was changed meanwhile.
async fn write(
    store: &TableStore,
    application: Application<'_>,
    part: Part<'_>,
    number: &mut u32,
) -> Result<Vec<PersonId>, StoreError> {
    let name = |number: u32| format!("{:02}{number:03}", application.attempt);
    let mut actions = part.actions;
    let first = name(*number);
    for log in &part.logs {
        let key = keys::log(
            application.event,
            keys::CHANGES,
            application.batch,
            &name(*number),
        );
        let log = TableItemBuilder::new(key)
            .packed(log)?
            .expires(application.keep_until)
            .build();
        actions.push(WriteAction::put(log));
        *number += 1;
    }
    if !part.entries.is_empty() {
        let key = keys::journal(application.event, application.batch, &first);
        let journal = TableItemBuilder::new(key).data(pack(&part.entries)).build();
        actions.push(WriteAction::put(journal));
    }
    actions.extend(journal_item(
        application.community,
        application.event,
        application.batch,
        &first,
        part.plans.iter().copied(),
        application.erasures,
    ));
    if actions.is_empty() {
        return Ok(Vec::new());
    }
    let durability = if part.erases {
        Durability::PowerCut
    } else {
        Durability::Normal
    };
    match store.table.transact(actions, durability).await {
        Ok(()) => Ok(Vec::new()),
        Err(StoreError::Conflict) => Ok(part.plans.iter().map(|plan| plan.person).collect()),
        Err(error) => Err(error),
    }
}

async fn write_issues(store: &TableStore, application: Application<'_>) -> Result<(), StoreError> {
    let issues = &application.plan.issues;
    if issues.is_empty() {
        return Ok(());
    }
    let part = format!("{:02}", application.attempt);
    let item = TableItemBuilder::new(keys::log(
        application.event,
        keys::ISSUES,
        application.batch,
        &part,
    ))
    .packed(issues)?
    .expires(application.keep_until)
    .build();
    store.table.write(WriteAction::put(item)).await
}
