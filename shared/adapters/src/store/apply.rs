//! Applies a plan in one transaction: the people's items, their part of the log, their
//! fingerprints, and the mark that names them.

use attendee_sync_app::ports::{
    Application, Applied, Held, InvitationBatch, InvitationBatchId, PlannedErasure, Staged,
    StoreError,
};
use attendee_sync_domain::fingerprint::{Entry, NO_KEY, NOBODY, journal_of, pack, pack_last};
use attendee_sync_domain::group::Group;
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::people::{User, UserState};
use attendee_sync_domain::plan::{PersonPlan, PersonStep, Plan, Put};
use attendee_sync_domain::run::Change;
use serde::{Deserialize, Serialize};

use super::TableStore;
use super::keys;
use super::memberships::{GroupChanges, item_by_hand, journal_item};
use super::outbox::invitation_batch_item;
use crate::table::{Durability, TableItemBuilder, WriteAction};

/// The maximum number of people in one log item; a page of changes consists of some log items.
const LOG_PEOPLE: usize = 100;
/// The maximum size of the texts in a log item before compression, in bytes: an item has at most
/// 400 KB (`DynamoDB` documentation, "Quotas").
const LOG_BYTES: usize = 300_000;
/// The maximum number of people and bytes in one item of pending changes: an item has at most 400
/// KB (`DynamoDB` documentation, "Quotas").
const STAGED_PEOPLE: usize = 100;
const STAGED_BYTES: usize = 250_000;

/// One item of a run's log.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LogPart {
    /// The changes of its people.
    pub(super) changes: Vec<Change>,
}

pub(super) async fn apply(
    store: &TableStore,
    application: Application<'_>,
) -> Result<Applied, StoreError> {
    let limits = store.table.transaction_limits();
    let actions = actions(&application)?;
    let bytes: usize = actions.iter().map(WriteAction::bytes).sum();
    if actions.len() > limits.actions || bytes > limits.bytes {
        return Ok(Applied::TooMuch);
    }
    let durability = if application.erasures.is_empty() {
        Durability::Normal
    } else {
        Durability::PowerCut
    };
    match store.table.transact(actions, durability).await {
        Ok(()) => Ok(Applied::Written),
        Err(StoreError::Conflict) => Ok(Applied::Conflict),
        Err(error) => Err(error),
    }
}

/// Returns all writes of a part of a batch.
fn actions(application: &Application<'_>) -> Result<Vec<WriteAction>, StoreError> {
    let Application {
        community,
        event,
        part,
        plan,
        ..
    } = application;
    let (batch, keep_until) = (application.batch, application.keep_until);
    let invitation_batch = InvitationBatchId::Run(batch.0);
    let mut actions = Vec::with_capacity(plan.people.len() * 2 + 8);
    actions.push(mark(application)?);
    for group in &plan.groups {
        actions.push(new_group(community, group)?);
    }
    for person in &plan.people {
        person_writes(
            &mut actions,
            (community, event),
            invitation_batch,
            application.erasures,
            person,
        )?;
    }
    for staged in application.staged {
        let user = keys::user(community, staged.held.delta.person);
        actions.push(WriteAction::check(user, staged.user_version));
    }
    for (number, changes) in log_items(plan).into_iter().enumerate() {
        let key = keys::log(event, keys::CHANGES, batch, &format!("{part}#{number:02}"));
        let log = TableItemBuilder::new(key)
            .packed(&BorrowedLogPart { changes: &changes })?
            .expires(keep_until);
        actions.push(WriteAction::put(log.build()));
    }
    if !plan.issues.is_empty() {
        let issues = TableItemBuilder::new(keys::log(event, keys::ISSUES, batch, part))
            .packed(&plan.issues)?
            .expires(keep_until);
        actions.push(WriteAction::put(issues.build()));
    }
    let entries = entries(plan, application.ignored);
    if !entries.is_empty() {
        let packed = if application.after_all {
            pack_last(&entries)
        } else {
            pack(&entries)
        };
        let journal = TableItemBuilder::new(keys::journal(event, batch, part)).data(packed);
        actions.push(WriteAction::put(journal.build()));
    }
    actions.extend(journal_item(
        community,
        event,
        batch,
        part,
        plan.people.iter(),
        application.erasures,
    ));
    for (number, held) in staged_items(application.staged)?.into_iter().enumerate() {
        let key = keys::staged(event, batch, &format!("{part}#{number:02}"));
        let item = TableItemBuilder::new(key)
            .packed(&held)?
            .expires(keep_until);
        actions.push(WriteAction::put(item.build()));
    }
    Ok(actions)
}

/// Returns the write of the batch's mark, which includes the people of the part.
fn mark(application: &Application<'_>) -> Result<WriteAction, StoreError> {
    let Put { expected, value } = &application.mark;
    let item = TableItemBuilder::new(keys::mark(application.event, application.batch))
        .version(next(*expected))
        .packed_and_kept(*value)?
        .expires(application.mark_until);
    Ok(WriteAction::put_if(item.build(), *expected))
}

/// Returns the changes, in parts that fit into an item.
fn log_items(plan: &Plan) -> Vec<Vec<&Change>> {
    let mut items: Vec<Vec<&Change>> = Vec::new();
    let mut bytes = 0;
    for change in plan
        .people
        .iter()
        .filter_map(|person| person.change.as_ref())
    {
        let texts = change.fields.iter().map(|field| {
            let length = |value: &Option<String>| value.as_ref().map_or(0, String::len);
            60 + length(&field.before) + length(&field.after)
        });
        let texts: usize = texts.sum();
        bytes += texts;
        match items.last_mut() {
            Some(item) if item.len() < LOG_PEOPLE && bytes <= LOG_BYTES => item.push(change),
            _ => {
                bytes = texts;
                items.push(vec![change]);
            }
        }
    }
    items
}

#[derive(Serialize)]
struct BorrowedLogPart<'c> {
    changes: &'c [&'c Change],
}

/// Returns the fingerprint entries of the people's records, and of those that are out of scope.
fn entries(plan: &Plan, ignored: &[u64]) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(plan.people.len() + ignored.len());
    for person in &plan.people {
        if let Some(known) = &person.known {
            entries.extend(journal_of(person.person.short(), known));
        }
    }
    entries.extend(ignored.iter().map(|hash| Entry {
        hash: *hash,
        person: NOBODY,
        key: NO_KEY,
    }));
    entries
}

/// Returns the pending changes, in parts that fit into an item.
fn staged_items(staged: &[Staged]) -> Result<Vec<Vec<&Held>>, StoreError> {
    let mut items: Vec<Vec<&Held>> = Vec::new();
    let mut bytes = 0;
    for one in staged {
        let text =
            serde_json::to_string(&one.held).map_err(crate::table::failed("TransactWriteItems"))?;
        bytes += text.len();
        match items.last_mut() {
            Some(item) if item.len() < STAGED_PEOPLE && bytes <= STAGED_BYTES => {
                item.push(&one.held);
            }
            _ => {
                bytes = text.len();
                items.push(vec![&one.held]);
            }
        }
    }
    Ok(items)
}

/// Writes one person outside of any run.
pub(super) async fn rewrite(
    store: &TableStore,
    community: &CommunityId,
    event: &EventId,
    plan: &PersonPlan,
    invitation_batch: Option<&Put<InvitationBatch>>,
) -> Result<(), StoreError> {
    let mut actions = Vec::new();
    if let Some(Put { expected, value }) = invitation_batch {
        let item = invitation_batch_item(event, value, *expected)?;
        actions.push(WriteAction::put_if(item, *expected));
    }
    person_writes(
        &mut actions,
        (community, event),
        InvitationBatchId::Asked,
        &[],
        plan,
    )?;
    let change = GroupChanges::of_plan(plan, &[]);
    actions.extend(item_by_hand(community, change));
    store.table.transact(actions, Durability::Normal).await
}

/// Creates groups. Returns how many did not exist before.
pub(super) async fn make_groups(
    store: &TableStore,
    community: &CommunityId,
    groups: &[Group],
) -> Result<u64, StoreError> {
    let mut made = 0;
    for group in groups {
        match store.table.write(new_group(community, group)?).await {
            Ok(()) => made += 1,
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(made)
}

fn new_group(community: &CommunityId, group: &Group) -> Result<WriteAction, StoreError> {
    let item = TableItemBuilder::new(keys::group(community, &group.key)).doc(group)?;
    Ok(WriteAction::put_if(item.build(), None))
}

/// A [`UserState`] that is only written.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum BorrowedUserState<'u> {
    User(&'u User),
}

/// Adds the writes of a person except their groups, the attendee last.
fn person_writes(
    writes: &mut Vec<WriteAction>,
    (community, event): (&CommunityId, &EventId),
    invitation_batch: InvitationBatchId,
    erasures: &[PlannedErasure],
    plan: &PersonPlan,
) -> Result<(), StoreError> {
    let person = plan.person;
    match &plan.step {
        PersonStep::Erase => {
            let mut planned = erasures.iter();
            if let Some(planned) = planned.find(|planned| planned.erasure.person == person) {
                writes.extend(erase(community, planned)?);
            }
        }
        PersonStep::StayErased(put) => {
            let item = TableItemBuilder::new(keys::user(community, person))
                .version(next(put.expected))
                .doc(&UserState::Erased(put.value.clone()))?
                .build();
            writes.push(WriteAction::put_if(item, put.expected));
        }
        PersonStep::Write { user, attendee, .. } => {
            if let Some(put) = user {
                let item = TableItemBuilder::new(keys::user(community, person))
                    .version(next(put.expected))
                    .doc_read_as::<UserState>(&BorrowedUserState::User(&put.value))?
                    .build();
                writes.push(WriteAction::put_if(item, put.expected));
            }
            if let Some(put) = attendee {
                let item = TableItemBuilder::new(keys::attendee(event, person))
                    .version(next(put.expected))
                    .doc(&put.value)?
                    .build();
                if plan.invites {
                    let waiting =
                        TableItemBuilder::new(keys::waiting(event, invitation_batch, person))
                            .build();
                    writes.push(WriteAction::put(waiting));
                }
                writes.push(WriteAction::put_if(item, put.expected));
            }
        }
    }
    Ok(())
}

pub(super) fn next(expected: Option<u64>) -> u64 {
    expected.map_or(1, |version| version + 1)
}

/// Returns the writes of the tombstone, and of the note of what is left to delete.
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
