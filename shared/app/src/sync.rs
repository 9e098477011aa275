//! A sync: one run from its opening to its end.

use attendee_sync_domain::config::{EventDocument, Missing};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::evaluate::Evaluator;
use attendee_sync_domain::fingerprint::{ENTRY_BYTES, Fingerprints};
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::plan::{Delta, Policy};
use attendee_sync_domain::run::{Counts, Run, RunMode, RunState};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;

use crate::App;
use crate::error::Error;
use crate::fetch::{Fetch, MAX_ISSUES, Reading, TooMany};
use crate::pipeline;
use crate::ports::{
    Ask, Community, DoneSoFar, Feed, Opened, QueueError, SourceError, StoredFingerprints,
};
use crate::progress::Reporter;

/// Batches that are reconciled at the same time: one is planned while another is written.
const CONCURRENT_BATCHES: usize = 4;
/// Bytes of a page of fingerprints; an item has at most 400 KB, and larger ones cost the same.
const PAGE_BYTES: usize = 300_000;
/// The journal is folded into pages when it is longer than this …
const MIN_FOLD_BYTES: usize = 64 * 1024;
/// … and than this part of the pages.
const FOLD_PART: usize = 10;

/// Whom a sync is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody in the feed.
    Everyone,
    /// One person.
    One(EmailAddress),
}

impl Scope {
    pub(crate) fn only(&self) -> Option<EmailAddress> {
        match self {
            Self::Everyone => None,
            Self::One(email) => Some(email.clone()),
        }
    }
}

/// An open run with what it works by.
pub struct Started {
    run: Run,
    pub(crate) document: EventDocument,
    pub(crate) community: Community,
    scope: Scope,
}

impl Started {
    /// The run's id.
    #[must_use]
    pub fn id(&self) -> &RunId {
        &self.run.id
    }
}

impl App {
    /// One sync, from its opening to its end. A run that an earlier process left unfinished is
    /// finished instead. The run says whether it succeeded; an error says why there is none.
    pub async fn sync(&self, event: &EventId, scope: Scope) -> Result<Run, Error> {
        match self.begin(event, scope).await {
            Ok(started) => self.finish(started).await,
            Err(Error::Busy(id)) if self.progress(event).is_none() => {
                let started = self.take_up(&id).await?;
                self.finish(started).await
            }
            Err(other) => Err(other),
        }
    }

    /// Opens a run; [`finish`](Self::finish) does its work.
    pub async fn begin(&self, event: &EventId, scope: Scope) -> Result<Started, Error> {
        let (document, community) = self.event_and_community(event).await?;
        match self
            .store
            .open_run(event, RunMode::Sync, self.clock.now())
            .await?
        {
            Opened::Run(run) => Ok(Started {
                run: *run,
                document,
                community,
                scope,
            }),
            Opened::Busy(number) => Err(Error::Busy(RunId {
                event: event.clone(),
                number,
            })),
        }
    }

    /// Takes up a run that an ended process left under way. Only for a process that knows that it
    /// is the only one.
    async fn take_up(&self, id: &RunId) -> Result<Started, Error> {
        let (document, community) = self.event_and_community(&id.event).await?;
        let mut run = self
            .store
            .run(id)
            .await?
            .unwrap_or_else(|| Run::begin(id.clone(), RunMode::Sync, self.clock.now()));
        run.attempt += 1;
        run.state = RunState::Reading;
        self.store.put_run(&run).await?;
        tracing::info!(run = %id, attempt = run.attempt, "taking up a run that was cut off");
        Ok(Started {
            run,
            document,
            community,
            scope: Scope::Everyone,
        })
    }

    /// Finishes what ended processes left: erasures and runs. Gives the runs taken up. Only for a
    /// process that knows that it is the only one.
    pub async fn recover(&self) -> Result<Vec<Started>, Error> {
        let mut taken_up = Vec::new();
        for community in self.store.communities().await? {
            self.finish_erasures(&community).await?;
            for event in self.store.events(&community).await? {
                if let Some(number) = self.store.run_under_way(&event).await? {
                    taken_up.push(self.take_up(&RunId { event, number }).await?);
                }
            }
        }
        Ok(taken_up)
    }

    /// Does a run's work and stores how it ended.
    pub async fn finish(&self, started: Started) -> Result<Run, Error> {
        let Started {
            mut run,
            document,
            community,
            scope,
        } = started;
        let reporter = self.report(&run);
        // On the heap: it is large, and every caller's future would be too.
        let result = Box::pin(self.work(&mut run, &document, &community, &scope, &reporter)).await;
        let now = self.clock.now();
        run.finished = Some(now);
        run.milliseconds = u64::try_from(now.duration_since(run.started).as_millis()).unwrap_or(0);
        match result {
            Ok(()) => {
                run.state = RunState::Succeeded;
                if scope != Scope::Everyone && run.counts == Counts::default() {
                    run.reason = Some("the feed has no record with this e-mail address".to_owned());
                }
            }
            Err(error) => {
                run.state = RunState::Failed;
                run.complete = false;
                run.reason = Some(explain(&error));
                tracing::warn!(run = %run.id, error = explain(&error), "the run failed");
            }
        }
        // What a run that failed read and did not finish, and what one person's run passed over,
        // is not counted; the records of a whole feed were counted as they were read.
        if run.state == RunState::Failed || scope != Scope::Everyone {
            run.counts.records_read = run.counts.accounted();
        }
        // Some things are said twice where people were planned again; they are kept once.
        if (1..=MAX_ISSUES).contains(&run.counts.issues) {
            run.counts.issues = self.store.issues(&run.id).await?.len() as u64;
        }
        self.store.close_run(&run).await?;
        drop(reporter);
        Ok(run)
    }

    async fn work(
        &self,
        run: &mut Run,
        document: &EventDocument,
        community: &Community,
        scope: &Scope,
        reporter: &Reporter<'_>,
    ) -> Result<(), Error> {
        self.finish_erasures(&community.id).await?;
        let done = if run.attempt > 1 {
            self.store.done_so_far(&run.id).await?
        } else {
            DoneSoFar::default()
        };
        run.counts = done.counts;
        let stored = self.store.fingerprints(&document.event).await?;
        let fingerprints = Fingerprints::unpack(&stored.pages, &stored.journal);
        let lengths = Lengths::of(&stored);
        drop(stored);
        let evaluator = Evaluator::new(
            document,
            &community.key,
            &attendee_sync_domain::lookup::Lookups::default(),
        );
        let policy = Policy::new(document);
        let reading = Reading {
            document,
            evaluator: &evaluator,
            key: &community.key,
            run: run.id.number,
            scope,
        };
        let (queue, batches) = pipeline::channel();
        let read = async {
            // The queue ends with the reading, and reconciling with the queue.
            let queue = queue;
            let fetch = Fetch::new(&queue, &reading, fingerprints, done);
            self.read(fetch, document, scope, reporter).await
        };
        let applied = self.reconcile_all(community, &policy, batches, reporter);
        let (read, applied) = tokio::join!(read, applied);
        let Read {
            counts,
            pages,
            bytes,
            sent,
            outcome,
        } = read;
        run.counts.add(&counts);
        run.pages = pages;
        run.bytes = bytes;
        match applied {
            Ok(applied) => run.counts.add(&applied),
            // Why reconciling ended says more than that its queue was closed.
            Err(error) => return Err(error),
        }
        run.complete = outcome? && *scope == Scope::Everyone;
        // Folded while the run still keeps others away; without it the next run reads a longer
        // journal, and no more.
        if lengths.with(sent).ask_for_folding()
            && let Err(error) = self.fold(&document.event).await
        {
            tracing::warn!(run = %run.id, error = explain(&error), "fingerprints were not folded");
        }
        Ok(())
    }

    async fn reconcile_all(
        &self,
        community: &Community,
        policy: &Policy,
        mut batches: mpsc::Receiver<attendee_sync_domain::plan::Batch>,
        reporter: &Reporter<'_>,
    ) -> Result<Counts, Error> {
        stream::poll_fn(|context| batches.poll_recv(context))
            .map(|batch| async {
                let people = batch.people.len() as u64;
                let counts = self.reconcile(&community.id, policy, batch).await?;
                reporter.update(|progress| progress.applied += people);
                Ok(counts)
            })
            .buffer_unordered(CONCURRENT_BATCHES)
            .try_fold(Counts::default(), |mut sum, counts| async move {
                sum.add(&counts);
                Ok(sum)
            })
            .await
    }

    pub(crate) async fn read(
        &self,
        mut fetch: Fetch<'_>,
        document: &EventDocument,
        scope: &Scope,
        reporter: &Reporter<'_>,
    ) -> Read {
        let (mut pages, mut bytes) = (0, 0);
        let outcome = match self.sources.open(&document.source, &Ask::Everything).await {
            Ok(mut feed) => {
                let outcome = self
                    .read_feed(&mut *feed, &mut fetch, document, scope, reporter)
                    .await;
                (pages, bytes) = feed.read();
                outcome
            }
            Err(error) => Err(error.into()),
        };
        Read {
            sent: fetch.sent,
            counts: Counts {
                records_read: fetch.records(),
                ..fetch.counts
            },
            pages,
            bytes,
            outcome,
        }
    }

    async fn read_feed(
        &self,
        feed: &mut dyn Feed,
        fetch: &mut Fetch<'_>,
        document: &EventDocument,
        scope: &Scope,
        reporter: &Reporter<'_>,
    ) -> Result<bool, Error> {
        loop {
            match feed.next().await {
                Ok(Some(block)) => {
                    if let Err(TooMany) = fetch.take(&block).await.map_err(closed)? {
                        fetch.end_early().await.map_err(closed)?;
                        let limit = document.source.limits.max_records;
                        return Err(SourceError::new(format!(
                            "the feed has more than {limit} records; source.limits.max_records says how many it may have"
                        ))
                        .into());
                    }
                    let (pages, bytes) = feed.read();
                    reporter.update(|progress| {
                        progress.pages = pages;
                        progress.bytes = bytes;
                        progress.records = fetch.records();
                        progress.sent = fetch.sent;
                    });
                }
                Ok(None) => break,
                Err(error) => {
                    fetch.end_early().await.map_err(closed)?;
                    return Err(error.into());
                }
            }
        }
        fetch.end().await.map_err(closed)?;
        if *scope == Scope::Everyone {
            self.send_lacking(fetch, document).await?;
        }
        Ok(true)
    }

    /// What a complete feed no longer has: a record of a person who has others, or, where the
    /// organiser wants such people out, a person.
    async fn send_lacking(
        &self,
        fetch: &mut Fetch<'_>,
        document: &EventDocument,
    ) -> Result<(), Error> {
        let mut lacking = fetch.lacking();
        if document.missing == Missing::Keep {
            lacking.retain(|(_, kept)| !kept.is_empty());
        }
        for part in lacking.chunks(100) {
            let short: Vec<u64> = part.iter().map(|(person, _)| *person).collect();
            let attendees = self
                .store
                .attendees_by_short_id(&document.event, &short)
                .await?;
            let people = attendees
                .into_iter()
                .filter_map(|(person, attendee)| {
                    let (_, kept) = part.iter().find(|(short, _)| *short == person.short())?;
                    Some(Delta {
                        person,
                        email: attendee.email,
                        contributions: Vec::new(),
                        kept: kept.clone(),
                        also_live: false,
                        missing: kept.is_empty(),
                    })
                })
                .collect();
            fetch.send_lacking(people).await.map_err(closed)?;
        }
        Ok(())
    }

    /// Puts the journal of fingerprints into their pages.
    async fn fold(&self, event: &EventId) -> Result<(), Error> {
        let stored = self.store.fingerprints(event).await?;
        let folded = Fingerprints::unpack(&stored.pages, &stored.journal);
        self.store
            .fold(event, &stored, &folded.pages(PAGE_BYTES))
            .await?;
        Ok(())
    }

    pub(crate) async fn event_and_community(
        &self,
        event: &EventId,
    ) -> Result<(EventDocument, Community), Error> {
        let document = self.document(event).await?;
        let community = self
            .store
            .community(&document.community)
            .await?
            .ok_or_else(|| Error::NoCommunity(document.community.clone()))?;
        Ok((document, community))
    }

    /// An event's configuration.
    pub async fn document(&self, event: &EventId) -> Result<EventDocument, Error> {
        let stored = self.store.event(event).await?;
        Ok(stored.ok_or_else(|| Error::NoEvent(event.clone()))?.value)
    }
}

/// How many bytes of fingerprints are stored.
#[derive(Clone, Copy)]
struct Lengths {
    pages: usize,
    journal: usize,
}

impl Lengths {
    fn of(stored: &StoredFingerprints) -> Self {
        Self {
            pages: stored.pages.iter().map(Vec::len).sum(),
            journal: stored.journal.iter().map(|(_, part)| part.len()).sum(),
        }
    }

    /// After these people were sent on, nearly all of whom have one record.
    fn with(self, people: u64) -> Self {
        let people = usize::try_from(people).unwrap_or(usize::MAX);
        Self {
            journal: self
                .journal
                .saturating_add(people.saturating_mul(ENTRY_BYTES)),
            ..self
        }
    }

    fn ask_for_folding(self) -> bool {
        self.journal > MIN_FOLD_BYTES.max(self.pages / FOLD_PART)
    }
}

/// What came of reading a feed.
pub(crate) struct Read {
    pub(crate) counts: Counts,
    pub(crate) pages: u64,
    pub(crate) bytes: u64,
    /// People sent on.
    pub(crate) sent: u64,
    pub(crate) outcome: Result<bool, Error>,
}

fn closed(_: QueueError) -> Error {
    Error::Aborted
}

/// An error with its causes, in one line.
fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
