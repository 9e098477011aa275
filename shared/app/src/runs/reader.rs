//! Reads a feed block by block to its end, reads it once more where a person seems to be missing,
//! and finds what a complete feed lacks. The reading can be suspended between two blocks and
//! continued by another process.

use std::collections::HashMap;

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::plan::{Delta, RecordMove};
use attendee_sync_domain::run::Counts;
use tokio::time::{Instant, timeout_at};

use crate::App;
use crate::error::Error;
use crate::ports::{Conclusion, QueueError, ReadMode, SourceError};
use crate::runs::details::Asking;
use crate::runs::fetch::{Fetch, TooMany};
use crate::runs::opening::Opening;
use crate::runs::progress::Reporter;
use crate::runs::sight::Lost;
use crate::runs::source_keys::Moves;
use crate::runs::stop::StopSign;
use crate::runs::too_many_records::too_many;

/// Attendees read at a time.
const PEOPLE_PAGE: usize = 1_000;

impl App {
    pub(crate) async fn read(
        &self,
        source: &mut Opening,
        fetch: &mut Fetch<'_>,
        document: &EventDocument,
        (until, stop): (Option<Instant>, &StopSign<'_>),
        reporter: &Reporter<'_>,
    ) -> FeedRead {
        let mut moves = Moves::default();
        let outcome = self
            .read_feed(source, fetch, document, &mut moves, (until, stop), reporter)
            .await;
        let outcome = match fetch.hand_over().await {
            Ok(()) => outcome,
            Err(error) => outcome.and(Err(closed(error))),
        };
        let (pages, bytes) = source.read();
        FeedRead {
            sent: fetch.sent,
            next_batch: fetch.next_batch(),
            counts: Counts {
                records_read: fetch.records(),
                ..fetch.counts
            },
            pages,
            bytes,
            moves,
            keys_unique: fetch.are_keys_unique(),
            lost: fetch.lost(),
            lacks_details: fetch.lacks_details,
            validators_lie: source.validators_lie && outcome.is_ok(),
            outcome,
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one reading, from its first block to what its end says"
    )]
    async fn read_feed(
        &self,
        source: &mut Opening,
        fetch: &mut Fetch<'_>,
        document: &EventDocument,
        moves: &mut Moves,
        (until, stop): (Option<Instant>, &StopSign<'_>),
        reporter: &Reporter<'_>,
    ) -> Result<Reached, Error> {
        // At least one block is evaluated, however late it is: otherwise every process would begin
        // at the same place.
        let mut taken = false;
        if source.again.is_none() {
            let mut asking = self.asking(document, false).await?;
            loop {
                let limit = until.filter(|_| taken);
                match stop.unless_stopped(in_time(limit, source.next())).await? {
                    None => {
                        fetch.flush().await.map_err(closed)?;
                        return Ok(Reached::Suspended);
                    }
                    Some(Ok(Some(block))) => {
                        if let Some(asking) = &mut asking {
                            let asked = in_time(limit, asking.before(fetch, &block));
                            match stop.unless_stopped(asked).await? {
                                Some(Ok(())) => {}
                                Some(Err(error)) => {
                                    fetch.end_early().await.map_err(closed)?;
                                    return Err(error.into());
                                }
                                None => {
                                    source.put_back();
                                    fetch.flush().await.map_err(closed)?;
                                    return Ok(Reached::Suspended);
                                }
                            }
                        }
                        if let Err(TooMany) = fetch.take(&block).await.map_err(closed)? {
                            fetch.end_early().await.map_err(closed)?;
                            return Err(too_many(document).into());
                        }
                        let (pages, bytes) = source.read();
                        reporter.update(|progress| {
                            progress.pages = pages;
                            progress.bytes = bytes;
                            progress.records = fetch.records();
                            progress.sent = fetch.sent;
                        });
                        taken = true;
                        if is_over(until) {
                            fetch.flush().await.map_err(closed)?;
                            return Ok(Reached::Suspended);
                        }
                    }
                    Some(Ok(None)) => break,
                    Some(Err(error)) => {
                        fetch.end_early().await.map_err(closed)?;
                        return Err(error.into());
                    }
                }
            }
            if source.believed.is_some() && source.conclusion().validators == source.believed {
                source.validators_lie = fetch.doubt_validators();
            }
            source.own_remark = fetch.own_remark();
            let conclusion = Conclusion {
                lacks_details: fetch.lacks_details,
                ..source.conclusion()
            };
            fetch.remark(&conclusion.remarks);
            let reads_everything = fetch.reads_everything() && !conclusion.not_modified;
            if reads_everything
                && let Some(reason) = fetch.unusable(document.missing, conclusion.is_complete())
                && self.had_people(&document.event).await?
            {
                fetch.end_early().await.map_err(closed)?;
                return Err(SourceError::new(reason).into());
            }
            fetch.end().await.map_err(closed)?;
            if conclusion.not_modified {
                return Ok(Reached::End);
            }
            // A person who was not read may be in the part that was left out.
            if !reads_everything || !conclusion.is_complete() {
                self.resolve_keys(fetch, document, moves).await?;
                return Ok(Reached::End);
            }
            let (pages, _) = source.read();
            if pages > 1 && !fetch.missing_people(document.missing).is_empty() {
                source.begin_again(
                    self.parts
                        .sources
                        .open(&document.source, &ReadMode::Everything)
                        .await?,
                );
            }
        }
        // A person seems to be missing: pages shift when records come and go while they are read,
        // and a record may fall between two pages.
        while let Some(feed) = &mut source.again {
            let limit = until.filter(|_| taken);
            match stop.unless_stopped(in_time(limit, feed.next())).await? {
                None => return Ok(Reached::Suspended),
                Some(block) => match block? {
                    Some(block) => {
                        fetch.verification_pass(&block);
                        taken = true;
                        if is_over(until) {
                            return Ok(Reached::Suspended);
                        }
                    }
                    None => break,
                },
            }
        }
        fetch.was_whole();
        self.resolve_keys(fetch, document, moves).await?;
        self.send_lacking(fetch, document).await?;
        Ok(Reached::End)
    }

    /// Returns what requests the details of records, where the document uses them.
    pub(crate) async fn asking(
        &self,
        document: &EventDocument,
        watched: bool,
    ) -> Result<Option<Asking>, SourceError> {
        if document.source.details.is_none() {
            return Ok(None);
        }
        let details = self
            .parts
            .sources
            .details(&document.source, watched)
            .await?;
        Ok(Some(Asking::new(details)))
    }

    /// Resolves the source ids of a finished reading: a record without an address goes to the
    /// person who had its id before, and a person loses a record to another address only after the
    /// whole feed was applied.
    async fn resolve_keys(
        &self,
        fetch: &mut Fetch<'_>,
        document: &EventDocument,
        moves: &mut Moves,
    ) -> Result<(), Error> {
        let found = fetch.keys_found();
        let lost = fetch.left_over();
        let mut short: Vec<u64> = found.moves.iter().map(|moved| moved.from).collect();
        short.extend(found.nameless.iter().map(|(person, _)| *person));
        short.extend(lost.iter().map(|(person, _)| *person));
        short.sort_unstable();
        short.dedup();
        let mut known = HashMap::new();
        for part in short.chunks(100) {
            let people = self
                .parts
                .store
                .attendees_by_short_id(&document.event, part);
            for (person, attendee) in people.await? {
                known.insert(person.short(), (person, attendee.email));
            }
        }
        for (person, record) in found.nameless {
            match known.get(&person) {
                Some((_, email)) => fetch.record_of(email.clone(), record),
                None => fetch.record_of_nobody(&record),
            }
        }
        moves.settled.extend(found.settled);
        for moved in found.moves {
            let Some((from, _)) = known.get(&moved.from) else {
                moves.settled.push((moved.to, moved.to_hash));
                continue;
            };
            let gone = fetch.gone_of(moved.from, moved.from_hash, document.missing);
            moves.gone.entry(*from).or_default().extend(gone);
            moves.records.push(RecordMove {
                from: *from,
                from_hash: moved.from_hash,
                to: moved.to,
                to_hash: moved.to_hash,
            });
        }
        for (person, gone) in lost {
            if let Some((person, _)) = known.get(&person) {
                moves.gone.entry(*person).or_default().extend(gone);
            }
        }
        fetch.end().await.map_err(closed)
    }

    /// Returns whether anybody attends an event by a record of its source.
    async fn had_people(&self, event: &EventId) -> Result<bool, Error> {
        let mut after = None;
        loop {
            let page = self
                .parts
                .store
                .attendees(event, after, PEOPLE_PAGE)
                .await?;
            let by_record = page.iter().any(|(_, attendee)| {
                attendee.presence == Presence::Attending && !attendee.records.is_empty()
            });
            if by_record || page.len() < PEOPLE_PAGE {
                return Ok(by_record);
            }
            after = page.last().map(|(person, _)| *person);
        }
    }

    /// Sends what a complete feed no longer has: single records of people, or, where the organiser
    /// wants missing people removed, people.
    async fn send_lacking(
        &self,
        fetch: &mut Fetch<'_>,
        document: &EventDocument,
    ) -> Result<(), Error> {
        let mut lacking = fetch.missing_people(document.missing);
        if fetch.is_unclear() {
            let all = lacking.len();
            lacking.retain(|(_, kept)| !kept.is_empty());
            fetch
                .skip_removals(all - lacking.len())
                .await
                .map_err(closed)?;
        }
        for part in lacking.chunks(100) {
            let short: Vec<u64> = part.iter().map(|(person, _)| *person).collect();
            let attendees = self
                .parts
                .store
                .attendees_by_short_id(&document.event, &short)
                .await?;
            let people = attendees
                .into_iter()
                .filter(|(_, attendee)| !fetch.was_rejected(attendee))
                .filter_map(|(person, attendee)| {
                    let (_, kept) = part.iter().find(|(short, _)| *short == person.short())?;
                    Some(Delta {
                        kept: kept.clone(),
                        missing: kept.is_empty(),
                        ..Delta::new(person, attendee.email)
                    })
                })
                .collect();
            fetch.send_missing_people(people).await.map_err(closed)?;
        }
        Ok(())
    }
}

/// Returns the result of a future, or `None` where the time is over before.
async fn in_time<T>(until: Option<Instant>, what: impl Future<Output = T>) -> Option<T> {
    match until {
        None => Some(what.await),
        Some(until) => timeout_at(until, what).await.ok(),
    }
}

fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| until <= Instant::now())
}

/// The result of reading a feed.
pub(crate) struct FeedRead {
    pub(crate) counts: Counts,
    pub(crate) pages: u64,
    pub(crate) bytes: u64,
    /// The number of people sent.
    pub(crate) sent: u64,
    /// The number of the run's next batch.
    pub(crate) next_batch: u32,
    /// The moves of people by source ids, to be applied when all that was read is applied.
    pub(crate) moves: Moves,
    /// Whether every source id belongs to one record only; `None` where not all of the feed was
    /// read.
    pub(crate) keys_unique: Option<bool>,
    /// What the feed no longer has, once it was read to its end.
    pub(crate) lost: Lost,
    /// Whether records were left out because their details could not be fetched.
    pub(crate) lacks_details: bool,
    /// Whether the feed's validators were those of an earlier reading, and its records were not.
    pub(crate) validators_lie: bool,
    pub(crate) outcome: Result<Reached, Error>,
}

/// How far a reading came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// All of it was read.
    End,
    /// The time was over.
    Suspended,
}

pub(crate) fn closed(error: QueueError) -> Error {
    match error {
        // The task that closed the queue reports the cause.
        QueueError::Closed => Error::Aborted,
        QueueError::Failed { .. } => error.into(),
    }
}
