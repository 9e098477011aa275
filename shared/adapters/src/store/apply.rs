//! Applying a plan: each person's items, her part of the log and her fingerprints in one
//! transaction, as many people in one as fit.

use attendee_sync_app::ports::{Application, Applied, PlannedErasure, StoreError, WaveId};
use attendee_sync_domain::fingerprint::{Entry, NOBODY, journal_of, pack};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::UserState;
use attendee_sync_domain::plan::{PersonPlan, Step};
use attendee_sync_domain::run::{Change, Counts};
use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};

use super::client::MAX_ACTIONS;
use super::item::{Builder, Item, item_bytes};
use super::keys;
use super::singly::Told;
use super::{DynamoStore, Writing};

/// Actions each transaction needs beside its people's: log and journal.
const OWN_ACTIONS: usize = 2;

/// Most groups a person joins and leaves in the transaction of her other items.
const MAX_MEMBERSHIPS: usize = 90;
/// Most bytes of a transaction's people, so that it stays below 4 MB and its log item, which
/// repeats what changed, below 400 KB (`DynamoDB` documentation, "Quotas") even where compression
/// gains nothing.
const MAX_PART_BYTES: usize = 300_000;

/// About how many bytes a person takes in a transaction: her items, or what the log says of her.
fn weight(person: &PersonPlan, actions: &[TransactWriteItem]) -> usize {
    let items: usize = actions.iter().map(item_bytes).sum();
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
struct Part {
    people: Vec<PersonId>,
    actions: Vec<TransactWriteItem>,
    weight: usize,
    log: LogPart,
    entries: Vec<Entry>,
}

pub(super) async fn apply(
    store: &DynamoStore,
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
    store: &DynamoStore,
    application: Application<'_>,
) -> Result<Vec<PersonId>, StoreError> {
    let mut conflicts = Vec::new();
    let mut part = Part::default();
    let mut number = 0;
    for (person, (_, counted)) in application.plan.people.iter().zip(application.counted) {
        let place = (application.community, application.event);
        let wave = WaveId::Run(application.batch.0);
        let writes = person_writes(store, place, wave, application.erasures, person).await?;
        let actions = actions(store, writes)?;
        let weight = weight(person, &actions);
        let full = part.actions.len() + actions.len() > MAX_ACTIONS - OWN_ACTIONS
            || part.weight + weight > MAX_PART_BYTES;
        if full && !part.people.is_empty() {
            let full = std::mem::take(&mut part);
            conflicts.extend(write(store, application, full, number).await?);
            number += 1;
        }
        part.weight += weight;
        part.people.push(person.person);
        part.actions.extend(actions);
        part.log.changes.extend(person.change.clone());
        part.log.counts.add(&person.counts);
        part.log.counted.extend(counted);
        if let Some(known) = &person.known {
            part.entries
                .extend(journal_of(person.person.short(), known));
        }
    }
    part.entries
        .extend(application.ignored.iter().map(|hash| Entry {
            hash: *hash,
            person: NOBODY,
        }));
    conflicts.extend(write(store, application, part, number).await?);
    Ok(conflicts)
}

/// Writes one person outside of any run.
pub(super) async fn rewrite(
    store: &DynamoStore,
    community: &CommunityId,
    event: &EventId,
    plan: &PersonPlan,
) -> Result<(), StoreError> {
    let place = (community, event);
    let writes = person_writes(store, place, WaveId::Asked, &[], plan).await?;
    store.transact(actions(store, writes)?).await
}

/// False where one of them was made by somebody else meanwhile.
async fn make_groups(
    store: &DynamoStore,
    application: Application<'_>,
) -> Result<bool, StoreError> {
    for groups in application.plan.groups.chunks(MAX_ACTIONS) {
        let mut actions = Vec::with_capacity(groups.len());
        for group in groups {
            let item = Builder::new(keys::group(application.community, &group.key))
                .doc(group)?
                .build();
            actions.push(store.put_action(item, None)?);
        }
        match store.transact(actions).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// One write of a person's.
pub(super) enum Write {
    /// An item in the place of the one with this version.
    Put(Item, Option<u64>),
    /// Something else, which has to go with all the others or not at all.
    Other(Box<TransactWriteItem>),
}

/// Writes as the actions of a transaction.
pub(super) fn actions(
    store: &DynamoStore,
    writes: Vec<Write>,
) -> Result<Vec<TransactWriteItem>, StoreError> {
    let action = |write| match write {
        Write::Put(item, expected) => store.put_action(item, expected),
        Write::Other(action) => Ok(*action),
    };
    writes.into_iter().map(action).collect()
}

/// What is to be written of a person, the attendee last.
pub(super) async fn person_writes(
    store: &DynamoStore,
    (community, event): (&CommunityId, &EventId),
    wave: WaveId,
    erasures: &[PlannedErasure],
    plan: &PersonPlan,
) -> Result<Vec<Write>, StoreError> {
    let person = plan.person;
    let mut writes = Vec::new();
    match &plan.step {
        Step::Erase => {
            let mut planned = erasures.iter();
            if let Some(planned) = planned.find(|planned| planned.erasure.person == person) {
                let erasing = erase(store, community, planned)?;
                writes.extend(erasing.map(|action| Write::Other(Box::new(action))));
            }
        }
        Step::Write {
            user,
            joins,
            leaves,
            attendee,
        } => {
            if let Some(put) = user {
                let item = Builder::new(keys::user(community, person))
                    .version(next(put.expected))
                    .doc(&UserState::User(put.value.clone()))?
                    .build();
                writes.push(Write::Put(item, put.expected));
            }
            let mut memberships = Vec::with_capacity(joins.len() + leaves.len());
            for group in joins {
                let item = Builder::new(keys::membership(community, group, person)).build();
                memberships.push(store.replace_action(item)?);
            }
            for group in leaves {
                memberships.push(store.delete_action(&keys::membership(community, group, person))?);
            }
            if memberships.len() > MAX_MEMBERSHIPS {
                // More than fit beside her: written first, and written the same if done again.
                for part in memberships.chunks(MAX_ACTIONS) {
                    store.transact(part.to_vec()).await?;
                }
            } else {
                let memberships = memberships.into_iter().map(Box::new);
                writes.extend(memberships.map(Write::Other));
            }
            if let Some(put) = attendee {
                let item = Builder::new(keys::attendee(event, person))
                    .version(next(put.expected))
                    .doc(&put.value)?
                    .build();
                if plan.invites {
                    let waiting = Builder::new(keys::waiting(event, wave, person)).build();
                    let waiting = Box::new(store.replace_action(waiting)?);
                    writes.push(Write::Other(waiting));
                }
                writes.push(Write::Put(item, put.expected));
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
    store: &DynamoStore,
    community: &CommunityId,
    planned: &PlannedErasure,
) -> Result<[TransactWriteItem; 2], StoreError> {
    let person = planned.erasure.person;
    let tombstone = Builder::new(keys::user(community, person))
        .version(next(planned.expected))
        .doc(&UserState::Erased(planned.tombstone.clone()))?
        .build();
    let note = Builder::new(keys::erasure(community, person))
        .doc(&planned.erasure)?
        .build();
    Ok([
        store.put_action(tombstone, planned.expected)?,
        store.replace_action(note)?,
    ])
}

/// Gives back the people, where something of theirs was changed meanwhile.
async fn write(
    store: &DynamoStore,
    application: Application<'_>,
    part: Part,
    number: u32,
) -> Result<Vec<PersonId>, StoreError> {
    let name = format!("{:02}{number:03}", application.attempt);
    let mut actions = part.actions;
    if !part.people.is_empty() {
        let log = Builder::new(keys::log(
            application.event,
            keys::CHANGES,
            application.batch,
            &name,
        ))
        .packed(&part.log)?
        .expires(application.keep_until)
        .build();
        actions.push(store.replace_action(log)?);
    }
    if !part.entries.is_empty() {
        let journal = Builder::new(keys::journal(application.event, application.batch, &name))
            .data(pack(&part.entries))
            .build();
        actions.push(store.replace_action(journal)?);
    }
    if actions.is_empty() {
        return Ok(Vec::new());
    }
    match store.transact(actions).await {
        Ok(()) => Ok(Vec::new()),
        Err(StoreError::Conflict) => Ok(part.people),
        Err(error) => Err(error),
    }
}

async fn write_issues(store: &DynamoStore, application: Application<'_>) -> Result<(), StoreError> {
    let issues = &application.plan.issues;
    if issues.is_empty() {
        return Ok(());
    }
    let part = format!("{:02}", application.attempt);
    let item = Builder::new(keys::log(
        application.event,
        keys::ISSUES,
        application.batch,
        &part,
    ))
    .packed(issues)?
    .expires(application.keep_until)
    .build();
    store.put(item).await
}
