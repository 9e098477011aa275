//! Applying a plan with single conditional writes.
//!
//! First the log says what becomes of the batch's people; then each person's items are written, the
//! attendee last; last the fingerprints, by which the next run passes her over. Whatever a crash
//! leaves out, the next delivery of the same batch does: the log already says what changed, so it is
//! not asked again of items that are half written. What cannot be half written, as groups come and
//! go with a user, or an invitation has to wait with its attendee, is one transaction of that person.

use attendee_sync_app::ports::{Application, Applied, StoreError, WaveId};
use attendee_sync_domain::fingerprint::{Entry, NOBODY, journal_of, pack};
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::people::Versioned;
use attendee_sync_domain::plan::PersonPlan;
use attendee_sync_domain::run::{Change, Counts};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::DynamoStore;
use super::apply::{LogPart, Write, actions, next, person_writes};
use super::item::{Builder, Item, Stored};
use super::keys::{self, Key};

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

/// The log of the batch is one item, whatever is planned again.
fn log_key(application: Application<'_>) -> Key {
    keys::log(application.event, keys::CHANGES, application.batch, "00000")
}

pub(super) async fn apply(
    store: &DynamoStore,
    application: Application<'_>,
) -> Result<Applied, StoreError> {
    let told = tell(store, application).await?;
    let people = application.plan.people.iter();
    let writes: Vec<_> = people
        .map(|person| write(store, application, person))
        .collect();
    let changed: Vec<PersonId> = stream::iter(writes)
        .buffer_unordered(CONCURRENT_PEOPLE)
        .try_collect::<Vec<Option<PersonId>>>()
        .await?
        .into_iter()
        .flatten()
        .collect();
    write_journal(store, application, &changed).await?;
    Ok(Applied {
        told: told
            .into_iter()
            .filter(|(person, _)| !changed.contains(person))
            .collect(),
        changed,
    })
}

/// Writes a person's items; gives her back where one of them was changed meanwhile.
async fn write(
    store: &DynamoStore,
    application: Application<'_>,
    plan: &PersonPlan,
) -> Result<Option<PersonId>, StoreError> {
    let place = (application.community, application.event);
    let wave = WaveId::Run(application.batch.0);
    let writes = person_writes(store, place, wave, application.erasures, plan).await?;
    let single = |write: &Write| matches!(write, Write::Put(..));
    if !writes.iter().all(single) {
        let actions = actions(store, writes)?;
        return match store.transact(actions).await {
            Ok(()) => Ok(None),
            Err(StoreError::Conflict) => Ok(Some(plan.person)),
            Err(error) => Err(error),
        };
    }
    for write in writes {
        if let Write::Put(item, expected) = write
            && !put(store, item, expected).await?
        {
            return Ok(Some(plan.person));
        }
    }
    Ok(None)
}

/// Whether the item is there: a write whose answer was lost is sent again, and then finds itself.
async fn put(store: &DynamoStore, item: Item, expected: Option<u64>) -> Result<bool, StoreError> {
    match store.put_if(item.clone(), expected).await {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict) => {
            let stored = Stored(item);
            let found = store.get(&stored.key()).await?;
            Ok(found.is_some_and(|found| found.0 == stored.0))
        }
        Err(error) => Err(error),
    }
}

/// Says in the log what becomes of the people. What an earlier delivery said stands, as its items may
/// be half written, unless she was changed by somebody else since; who is told so is given back with
/// what that adds to the counts.
async fn tell(
    store: &DynamoStore,
    application: Application<'_>,
) -> Result<Vec<(PersonId, Counts)>, StoreError> {
    let mut told = Vec::new();
    revise(store, application, |log| {
        told.clear();
        let gone = application.erased;
        let mut revised = drop_people(log, gone);
        for plan in &application.plan.people {
            let person = plan.person;
            let known = log.people.iter().find(|told| told.person == person.short());
            if let Some(known) = known {
                if application.attempt == 0 || plan.change.is_none() {
                    told.push((person, known.counts()));
                    continue;
                }
                drop_people(log, &[person]);
            }
            log.people.push(Told::new(plan));
            log.changes.extend(plan.change.clone());
            revised = true;
        }
        revised
    })
    .await?;
    Ok(told)
}

/// Takes what is said of these people out of a log; whether anything was.
fn drop_people(log: &mut LogPart, people: &[PersonId]) -> bool {
    let before = log.people.len();
    let is_one = |short: u64| people.iter().any(|person| person.short() == short);
    log.people.retain(|told| !is_one(told.person));
    log.changes
        .retain(|change: &Change| !people.contains(&change.person));
    log.people.len() < before
}

/// Reads the log of the batch and writes it anew where something of it changes.
async fn revise(
    store: &DynamoStore,
    application: Application<'_>,
    mut change: impl FnMut(&mut LogPart) -> bool,
) -> Result<(), StoreError> {
    let key = log_key(application);
    for _ in 0..MAX_TRIES {
        let stored = store.get(&key).await?;
        let stored = stored
            .map(|item| {
                Ok::<_, StoreError>(Versioned {
                    version: item.integer(super::item::VERSION).unwrap_or(0),
                    value: item.unpacked::<LogPart>()?,
                })
            })
            .transpose()?;
        let expected = stored.as_ref().map(|stored| stored.version);
        let mut log = stored.map(|stored| stored.value).unwrap_or_default();
        if !change(&mut log) {
            return Ok(());
        }
        log.counts = Counts::default();
        for told in &log.people {
            log.counts.add(&told.counts());
        }
        shorten(&mut log);
        let item = Builder::new(key.clone())
            .version(next(expected))
            .packed(&log)?
            .expires(application.keep_until)
            .build();
        match store.put_if(item, expected).await {
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
    store: &DynamoStore,
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
    let item = Builder::new(keys::journal(application.event, application.batch, &part))
        .data(pack(&entries))
        .build();
    store.put(item).await
}
