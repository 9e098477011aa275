//! Applying a plan with single conditional writes.
//!
//! First an intent says what becomes of the batch's people; then each person's items are written, the
//! attendee last; then the log, of those who were written; last the fingerprints, by which the next
//! run passes them over, and the intent goes. Whatever a crash leaves out, the next delivery of the
//! same batch does. Who is half written, as her user names a batch that her attendee does not, is planned
//! anew by it or by the next run, and what the intent says of her is said then. What cannot be half
//! written, as groups come and go with a user, or an invitation has to wait with its attendee, is one
//! transaction of that person.

use std::collections::BTreeMap;

use attendee_sync_app::ports::{Application, Applied, StoreError, WaveId};
use attendee_sync_domain::fingerprint::{Entry, NOBODY, journal_of, pack};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId};
use attendee_sync_domain::people::{Attendee, LogRef, UserState, Versioned};
use attendee_sync_domain::plan::{Actual, PersonPlan, Step};
use attendee_sync_domain::run::{Action, Change, Counts};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TableStore;
use super::apply::{LogPart, next, person_writes};
use super::keys;
use super::memberships::journal_item;
use super::people::with_person;
use crate::table::TableKey;
use crate::table::{Durability, TableItem, TableItemBuilder, WriteAction, WriteCondition};
use crate::table::{KeyRange, QueryPaging};

/// People whose items are written at the same time.
const CONCURRENT_PEOPLE: usize = 16;
/// How often the log of a batch is written anew where another delivery of it writes it, too.
const MAX_TRIES: u32 = 20;
/// Most bytes of a log item's text: it is compressed, and an item takes 400 KB.
const MAX_LOG_BYTES: usize = 2_000_000;

/// What the log says of a person, beside what changed: what she adds to the counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// The short form of her id.
    person: u64,
    /// By the names of the counts; those that are 0 are left out.
    counts: Vec<(u8, u64)>,
}

impl Told {
    fn new(plan: &PersonPlan) -> Self {
        let counts = fields(&plan.counts).into_iter().zip(0_u8..);
        Self {
            person: plan.person.short(),
            counts: counts
                .filter(|(count, _)| *count > 0)
                .map(|(count, field)| (field, count))
                .collect(),
        }
    }

    fn counts(&self) -> Counts {
        let of = |field: u8| {
            let found = self.counts.iter().find(|(known, _)| *known == field);
            found.map_or(0, |(_, count)| *count)
        };
        Counts {
            added: of(0),
            updated: of(1),
            unchanged: of(2),
            removed: of(3),
            erased: of(4),
            missing_removed: of(5),
            invitations_queued: of(6),
            ..Counts::default()
        }
    }
}

/// What a person can add to.
fn fields(counts: &Counts) -> [u64; 7] {
    [
        counts.added,
        counts.updated,
        counts.unchanged,
        counts.removed,
        counts.erased,
        counts.missing_removed,
        counts.invitations_queued,
    ]
}

pub(super) async fn apply(
    store: &TableStore,
    application: Application<'_>,
) -> Result<Applied, StoreError> {
    let log = keys::log(application.event, keys::CHANGES, application.batch, "00000");
    let intent = keys::intent(application.event, application.batch);
    let intended = intend(store, application, &intent, &log).await?;
    let people = application.plan.people.iter();
    let writes: Vec<_> = people
        .map(|person| write(store, application, person))
        .collect();
    let changed: Vec<Option<PersonId>> = stream::iter(writes)
        .buffer_unordered(CONCURRENT_PEOPLE)
        .try_collect()
        .await?;
    let changed: Vec<PersonId> = changed.into_iter().flatten().collect();
    let told = tell(store, application, &log, &intended, &changed).await?;
    let people = application.plan.people.iter();
    let said = people.filter_map(|plan| plan.change.as_ref());
    let keep_until = application.keep_until;
    unsay_erased(store, application.community, said, keep_until, &log).await?;
    write_journal(store, application, &changed).await?;
    if changed.is_empty() && intended.is_stored {
        store.table.write(WriteAction::delete(intent)).await?;
    }
    Ok(Applied { changed, told })
}

/// The person, where something of hers was changed meanwhile: she is not written, or half.
async fn write(
    store: &TableStore,
    application: Application<'_>,
    plan: &PersonPlan,
) -> Result<Option<PersonId>, StoreError> {
    let place = (application.community, application.event);
    let wave = WaveId::Run(application.batch.0);
    let mut actions = person_writes(place, wave, application.erasures, plan)?;
    // Parts add up; two deliveries of one batch must not write over each other's.
    let part = format!("{:016x}", rand::random::<u64>());
    let (event, batch, plans) = (application.event, application.batch, [plan]);
    let erasures = application.erasures;
    let groups = journal_item(application.community, event, batch, &part, plans, erasures);
    let regroups = groups.is_some();
    actions.extend(groups);
    let single = |action: &WriteAction| matches!(action, WriteAction::Put(_, condition) if *condition != WriteCondition::Always);
    if regroups || !actions.iter().all(single) {
        return match store.table.transact(actions, Durability::Normal).await {
            Ok(()) => Ok(None),
            Err(StoreError::Conflict) => Ok(Some(plan.person)),
            Err(error) => Err(error),
        };
    }
    for action in actions {
        if let WriteAction::Put(item, condition) = action
            && !put(store, item, condition).await?
        {
            return Ok(Some(plan.person));
        }
    }
    Ok(None)
}

/// Whether the item is there: a write whose answer was lost is sent again, and then finds itself.
async fn put(
    store: &TableStore,
    item: TableItem,
    condition: WriteCondition,
) -> Result<bool, StoreError> {
    let action = WriteAction::Put(item.clone(), condition);
    match store.table.write(action).await {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict) => {
            let found = store.table.get(&item.key).await?;
            Ok(found.is_some_and(|found| found == item))
        }
        Err(error) => Err(error),
    }
}

/// What is to be said of the people once they are written.
struct Intended {
    says: LogPart,
    /// Whether it is in the table.
    is_stored: bool,
}

/// Writes down what becomes of the people. What an earlier delivery wrote down stands where it was
/// done: what is planned after it does not say it.
async fn intend(
    store: &TableStore,
    application: Application<'_>,
    intent: &TableKey,
    log: &TableKey,
) -> Result<Intended, StoreError> {
    let logged = read(store, log).await?;
    let people = &application.plan.people;
    let writes_something = |plan: &PersonPlan| match &plan.step {
        Step::Erase => true,
        Step::Write {
            user,
            joins,
            leaves,
            attendee,
        } => user.is_some() || attendee.is_some() || !joins.is_empty() || !leaves.is_empty(),
    };
    let mut says = LogPart::default();
    let mut is_stored = false;
    revise(store, application.keep_until, intent, |stored| {
        is_stored = !stored.people.is_empty();
        let mut revised = drop_people(stored, application.erased);
        for plan in people {
            let person = plan.person;
            if logged
                .value
                .people
                .iter()
                .any(|told| told.person == person.short())
            {
                continue;
            }
            let mut known = stored.people.iter();
            let is_known = known.any(|told| told.person == person.short());
            let is_done = || application.committed.contains(&person) || says_erased(stored, person);
            if is_known && is_done() {
                continue;
            }
            drop_people(stored, &[person]);
            stored.people.push(Told::new(plan));
            stored.changes.extend(plan.change.clone());
            revised = true;
        }
        says = LogPart {
            counts: Counts::default(),
            counted: Vec::new(),
            people: stored.people.clone(),
            changes: stored.changes.clone(),
        };
        // Where nothing is to be written, nothing can be left half written.
        revised &= is_stored || people.iter().any(writes_something);
        is_stored |= revised;
        revised
    })
    .await?;
    Ok(Intended { says, is_stored })
}

/// Puts those who were written into the log. Gives what each of them adds to the counts.
async fn tell(
    store: &TableStore,
    application: Application<'_>,
    log: &TableKey,
    intended: &Intended,
    changed: &[PersonId],
) -> Result<Vec<(PersonId, Counts)>, StoreError> {
    let mut counts = Vec::new();
    revise(store, application.keep_until, log, |log| {
        counts.clear();
        let mut revised = false;
        let people = application.plan.people.iter().map(|plan| plan.person);
        for person in people.filter(|person| !changed.contains(person)) {
            let of = |part: &LogPart| {
                let mut people = part.people.iter();
                people.find(|told| told.person == person.short()).cloned()
            };
            if let Some(told) = of(log) {
                counts.push((person, told.counts()));
            } else if let Some(told) = of(&intended.says) {
                counts.push((person, told.counts()));
                log.people.push(told);
                let hers = intended.says.changes.iter();
                log.changes
                    .extend(hers.filter(|change| change.person == person).cloned());
                revised = true;
            }
        }
        revised
    })
    .await?;
    Ok(counts)
}

/// Takes the names out of the log of people who were erased after they were written and before the log
/// was. Whoever is erased later finds the log by what her attendee says.
async fn unsay_erased(
    store: &TableStore,
    community: &CommunityId,
    changes: impl Iterator<Item = &Change>,
    keep_until: Timestamp,
    log: &TableKey,
) -> Result<(), StoreError> {
    let users: Vec<TableKey> = changes
        .filter(|change| change.email.is_some())
        .map(|change| keys::user(community, change.person))
        .collect();
    let mut erased = Vec::new();
    for item in store.table.get_many(&users).await? {
        let (person, user) = with_person::<UserState>(&item)?;
        if matches!(user, UserState::Erased(_)) {
            erased.push(person);
        }
    }
    if erased.is_empty() {
        return Ok(());
    }
    revise(store, keep_until, log, |log| {
        let mut revised = false;
        for change in &mut log.changes {
            if erased.contains(&change.person) && change.email.is_some() {
                *change = change.without_person();
                revised = true;
            }
        }
        revised
    })
    .await
}

fn says_erased(part: &LogPart, person: PersonId) -> bool {
    let mut changes = part.changes.iter();
    changes.any(|change| change.person == person && change.action == Action::Erased)
}

/// Takes what is said of these people out of a part; whether anything was.
fn drop_people(part: &mut LogPart, people: &[PersonId]) -> bool {
    let before = part.people.len();
    let mut gone = people.to_vec();
    gone.retain(|person| !says_erased(part, *person));
    part.people
        .retain(|told| !gone.iter().any(|person| person.short() == told.person));
    part.changes.retain(|change| !gone.contains(&change.person));
    part.people.len() < before
}

/// Puts into the logs of a run what its batches wrote and whoever wrote it did not come to tell. All
/// stays intended until the intent expires or its people are dropped from it: a message may come again,
/// or who writes somebody is late. Gives those who are written, or half.
pub(super) async fn tell_rest(
    store: &TableStore,
    community: &CommunityId,
    run: &RunId,
    keep_until: Timestamp,
) -> Result<Vec<PersonId>, StoreError> {
    let mut people = Vec::new();
    let prefix = keys::intents_prefix(run);
    let pk = keys::log_partition(&run.event);
    let range = KeyRange::Prefix(prefix.clone());
    for item in store
        .table
        .query(&pk, &range, QueryPaging::default())
        .await?
    {
        let key = item.key.clone();
        let number = key.sk.strip_prefix(&prefix).and_then(|n| n.parse().ok());
        let Some(number) = number else { continue };
        let batch = LogRef(run.number, number);
        let intent: LogPart = item.unpacked()?;
        let (written, half) = written(store, community, &run.event, batch, &intent.changes).await?;
        people.extend(written.iter().chain(&half));
        let is_written = |short| written.iter().any(|person| person.short() == short);
        let log = keys::log(&run.event, keys::CHANGES, batch, "00000");
        revise(store, keep_until, &log, |log| {
            let known: Vec<u64> = log.people.iter().map(|told| told.person).collect();
            let new = |short: u64| is_written(short) && !known.contains(&short);
            let people = intent.people.iter().filter(|told| new(told.person));
            log.people.extend(people.cloned());
            let changes = intent.changes.iter();
            let changes = changes.filter(|change| new(change.person.short()));
            log.changes.extend(changes.cloned());
            log.people.len() > known.len()
        })
        .await?;
        unsay_erased(store, community, intent.changes.iter(), keep_until, &log).await?;
    }
    Ok(people)
}

/// Takes people out of the intents of a run.
pub(super) async fn drop_intended(
    store: &TableStore,
    run: &RunId,
    people: &[u64],
    keep_until: Timestamp,
) -> Result<(), StoreError> {
    let pk = keys::log_partition(&run.event);
    let range = KeyRange::Prefix(keys::intents_prefix(run));
    for item in store
        .table
        .query(&pk, &range, QueryPaging::default())
        .await?
    {
        let mut is_empty = false;
        revise(store, keep_until, &item.key, |intent| {
            let before = intent.people.len();
            intent.people.retain(|told| !people.contains(&told.person));
            let gone = |change: &Change| people.contains(&change.person.short());
            intent.changes.retain(|change| !gone(change));
            is_empty = intent.changes.is_empty();
            intent.people.len() < before
        })
        .await?;
        if is_empty {
            store
                .table
                .write(WriteAction::delete(item.key.clone()))
                .await?;
        }
    }
    Ok(())
}

/// Those of these people whom this batch wrote: the attendee says so, or the tombstone that it is of
/// this run; and those whom it wrote by half.
async fn written(
    store: &TableStore,
    community: &CommunityId,
    event: &EventId,
    batch: LogRef,
    changes: &[Change],
) -> Result<(Vec<PersonId>, Vec<PersonId>), StoreError> {
    let (erased, others): (Vec<&Change>, Vec<&Change>) = changes
        .iter()
        .partition(|change| change.action == Action::Erased);
    let of_attendee = |change: &&Change| keys::attendee(event, change.person);
    let attendees: Vec<TableKey> = others.iter().map(of_attendee).collect();
    let (mut written, mut half) = (Vec::new(), Vec::new());
    let mut others = BTreeMap::new();
    for item in store.table.get_many(&attendees).await? {
        let (person, attendee) = with_person::<Attendee>(&item)?;
        if attendee.log.contains(&batch) {
            written.push(person);
        } else {
            others.insert(person, attendee);
        }
    }
    let people = erased.iter().map(|change| &change.person);
    let users = people.chain(others.keys());
    let users: Vec<TableKey> = users.map(|person| keys::user(community, *person)).collect();
    for item in store.table.get_many(&users).await? {
        let (person, user) = with_person(&item)?;
        match (user, others.get(&person)) {
            (UserState::Erased(tombstone), None) if tombstone.runs.get(event) == Some(&batch.0) => {
                written.push(person);
            }
            (UserState::User(user), Some(attendee))
                if user.half_written_by(event, attendee) == Some(batch) =>
            {
                half.push(person);
            }
            _ => {}
        }
    }
    Ok((written, half))
}

/// Puts beside people what was to be said of those who are half written.
pub(super) async fn find_begun(
    store: &TableStore,
    event: &EventId,
    actual: &mut Actual,
) -> Result<(), StoreError> {
    let half_written_by = |(person, user): (&PersonId, &Versioned<UserState>)| {
        let attendee = &actual.attendees.get(person)?.value;
        match &user.value {
            UserState::User(user) => Some((*person, user.half_written_by(event, attendee)?)),
            UserState::Erased(_) => None,
        }
    };
    let half: Vec<(PersonId, LogRef)> = actual.users.iter().filter_map(half_written_by).collect();
    for (person, batch) in half {
        let intent = read(store, &keys::intent(event, batch)).await?.value;
        let mut changes = intent.changes.into_iter();
        let hers = changes.find(|change| change.person == person);
        let fields = hers.map(|change| change.fields).unwrap_or_default();
        actual.begun.insert(person, fields);
    }
    Ok(())
}

async fn read(store: &TableStore, key: &TableKey) -> Result<Versioned<LogPart>, StoreError> {
    let Some(item) = store.table.get(key).await? else {
        return Ok(Versioned {
            version: 0,
            value: LogPart::default(),
        });
    };
    Ok(Versioned {
        version: item.version.unwrap_or(0),
        value: item.unpacked()?,
    })
}

/// Reads a part and writes it anew where something of it changes.
async fn revise(
    store: &TableStore,
    keep_until: Timestamp,
    key: &TableKey,
    mut change: impl FnMut(&mut LogPart) -> bool,
) -> Result<(), StoreError> {
    for _ in 0..MAX_TRIES {
        let stored = read(store, key).await?;
        let expected = Some(stored.version).filter(|version| *version > 0);
        let mut part = stored.value;
        if !change(&mut part) {
            return Ok(());
        }
        part.counts = Counts::default();
        for told in &part.people {
            part.counts.add(&told.counts());
        }
        shorten(&mut part);
        let item = TableItemBuilder::new(key.clone())
            .version(next(expected))
            .packed(&part)?
            .expires(keep_until)
            .build();
        match store.table.write(WriteAction::put_if(item, expected)).await {
            Err(StoreError::Conflict) => {}
            other => return other,
        }
    }
    Err(StoreError::Conflict)
}

/// Texts that are longer than a log item holds are cut, the last ones first: the counts stay true.
fn shorten(log: &mut LogPart) {
    let mut bytes = 0;
    for change in &mut log.changes {
        for field in &mut change.fields {
            for text in [&mut field.before, &mut field.after].into_iter().flatten() {
                bytes += text.len();
                if bytes > MAX_LOG_BYTES {
                    "…".clone_into(text);
                }
            }
        }
    }
}

async fn write_journal(
    store: &TableStore,
    application: Application<'_>,
    changed: &[PersonId],
) -> Result<(), StoreError> {
    let mut entries: Vec<Entry> = Vec::new();
    for plan in &application.plan.people {
        if let Some(known) = &plan.known
            && !changed.contains(&plan.person)
        {
            entries.extend(journal_of(plan.person.short(), known));
        }
    }
    entries.extend(application.ignored.iter().map(|hash| Entry {
        hash: *hash,
        person: NOBODY,
    }));
    if entries.is_empty() {
        return Ok(());
    }
    // Parts add up; two deliveries of one batch must not write over each other's.
    let part = format!("{:08x}", rand::random::<u32>());
    let item = TableItemBuilder::new(keys::journal(application.event, application.batch, &part))
        .data(pack(&entries))
        .build();
    store.table.write(WriteAction::put(item)).await
}
