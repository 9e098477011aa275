//! A run that several processes share: one reads the source and sends batches on, others reconcile
//! them, and whoever finds all of them done judges what waits and closes the run. Where the time of a
//! process is over before that, the run is put down, and another goes on with it.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::evaluate::Evaluator;
use attendee_sync_domain::fingerprint::Fingerprints;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use attendee_sync_domain::plan::{Batch, Policy};
use attendee_sync_domain::run::{Counts, Extent, Run, RunMode, RunState};
use attendee_sync_domain::schedule::Why;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use crate::App;
use crate::ask::{ask, extent, meaning};
use crate::error::Error;
use crate::fetch::{Fetch, PutDown, Reading};
use crate::parking::Parking;
use crate::ports::{
    Ask, Batches, Community, DoneSoFar, MarkChange, Order, Parcel, Queue, QueueError, SourceError,
};
use crate::progress::Reporter;
use crate::read::{Bookmark, Reached, Read};
use crate::reconcile::keep_until;
use crate::settle::Settling;
use crate::sync::{Left, Lengths, Scope, Started, Task, explain};

/// Batches handed to the queue together: as many as one request to SQS takes (Amazon SQS API
/// reference, `SendMessageBatch`).
const TOGETHER: usize = 10;
/// After so long without a sign of life, nobody works on a run any more: a function lives 15 minutes
/// at most (AWS Lambda, "Quotas").
const DEAD_AFTER: SignedDuration = SignedDuration::from_mins(20);
/// How long a process waits for batches of which none gets done, before it puts the run down.
const ACTIVE_WAIT: Duration = Duration::from_secs(20);
/// After which delay the next one looks.
const LOOK_AGAIN: Duration = Duration::from_mins(1);
/// How long batches of which none gets done are waited for in all: longer than it takes until what
/// cannot be reconciled is set aside.
const PATIENCE: SignedDuration = SignedDuration::from_mins(75);
/// Waits between two looks at what is done.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LAST_LOOK: Duration = Duration::from_secs(2);
/// Runs before one among which it looks for failed ones: a process that stood still may have written
/// what it did not tell after others began.
const LATEST_RUNS: usize = 5;
/// The longest delay of a message (Amazon SQS, "Message quotas").
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// How long what was put down is kept.
const PUT_DOWN_KEPT: SignedDuration = SignedDuration::from_hours(48);

/// Why nothing is done by a process that had stood still for too long.
const GIVEN_UP: &str = "the run was given up meanwhile";

/// What became of an order.
#[derive(Debug)]
pub enum CarriedOut {
    /// The run is over.
    Over(Box<Run>),
    /// The run goes on in another process.
    PutDown(RunId),
    /// There was nothing to do, for this reason.
    Nothing(&'static str),
}

/// What a run is, from one process to the next.
#[derive(Serialize, Deserialize)]
struct Leg {
    /// The configuration it began with.
    document: EventDocument,
    scope: Scope,
    left: Left,
    /// How long the fingerprints were when it began.
    lengths: Lengths,
    stage: Stage,
}

/// What a run is at.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// It is to begin.
    Begin,
    /// The source is being read.
    Reading {
        ask: Ask,
        fetch: Box<PutDown>,
        bookmark: Box<Bookmark>,
    },
    /// It was read; batches are being reconciled.
    Draining(Drain),
}

/// Batches that are waited for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Drain {
    /// How many were sent.
    batches: u32,
    /// People in them.
    people: u64,
    /// Why the reading ended early, if it did.
    failure: Option<String>,
    /// All before this one are done.
    next: u32,
    /// Done ones after it.
    beyond: BTreeSet<u32>,
    /// What the done ones add.
    counts: Counts,
    /// Those of which people wait.
    parked: Vec<u32>,
    /// When the last one was found done.
    since: Timestamp,
}

impl Drain {
    /// Notes a batch as done; whether that is new.
    fn note(&mut self, batch: u32) -> bool {
        if batch < self.next || batch >= self.batches || !self.beyond.insert(batch) {
            return false;
        }
        while self.beyond.remove(&self.next) {
            self.next += 1;
        }
        true
    }

    fn is_done(&self) -> bool {
        self.next >= self.batches
    }

    fn left(&self) -> usize {
        (self.batches.saturating_sub(self.next) as usize).saturating_sub(self.beyond.len())
    }
}

/// How far a run came in one process.
enum Came {
    /// To its end.
    Through,
    /// Not to its end; the next process is to begin after this delay.
    PutDown(Duration),
}

impl App {
    /// Carries out an order about a run, until the time is over. Asked twice, it does nothing the
    /// second time.
    pub async fn carry_out(&self, order: &Order, until: Instant) -> Result<CarriedOut, Error> {
        // On the heap: it is large, and every caller's future would be too.
        Box::pin(self.carry_out_here(order, until)).await
    }

    async fn carry_out_here(&self, order: &Order, until: Instant) -> Result<CarriedOut, Error> {
        match order {
            Order::Due { event } => self.sync_if_due(event, until).await,
            Order::Retry { event } => match self.wait_for_retry(event).await {
                Ok(true) => Ok(CarriedOut::Nothing("it is too early to try again")),
                Ok(false) => self.sync_if_due(event, until).await,
                Err(Error::NoEvent(_)) => Ok(CarriedOut::Nothing("the event is gone")),
                Err(error) => Err(error),
            },
            Order::Sync { run, scope } => {
                if !self.claim(run, 0).await? {
                    return Ok(CarriedOut::Nothing("the run was begun, or is over"));
                }
                match self.event_and_community(&run.event).await {
                    Ok((document, community)) => {
                        let started = Started {
                            run: self.run(run).await?,
                            document,
                            community,
                            task: Task::Sync(scope.clone()),
                        };
                        self.begin_legs(started, until).await
                    }
                    Err(error) => Err(error),
                }
            }
            Order::Continue { run, leg } => self.go_on(run, *leg, until).await,
            Order::Approval { run } => {
                if !self.claim(run, 0).await? {
                    return Ok(CarriedOut::Nothing("the approval was begun, or is over"));
                }
                let (document, community) = self.event_and_community(&run.event).await?;
                let started = Started {
                    run: self.run(run).await?,
                    document,
                    community,
                    task: Task::Approved,
                };
                Ok(CarriedOut::Over(Box::new(self.finish(started).await?)))
            }
            Order::Post { .. } => Ok(CarriedOut::Nothing("invitations are sent elsewhere")),
        }
    }

    /// Orders the retry of a sync that failed for when it is due, where that is later: a message
    /// waits 15 minutes at most, and is then ordered again. Whether it was.
    async fn wait_for_retry(&self, event: &EventId) -> Result<bool, Error> {
        let Some(due) = self.next_sync(event).await? else {
            return Ok(false);
        };
        let now = self.clock.now();
        if due.why != Why::Retry || due.is_now(now) {
            return Ok(false);
        }
        let wait = due.at.duration_since(now).unsigned_abs().min(LONGEST_WAIT);
        let order = Order::Retry {
            event: event.clone(),
        };
        self.cloud()?.orders.order(&order, wait).await?;
        Ok(true)
    }

    async fn claim(&self, run: &RunId, leg: u32) -> Result<bool, Error> {
        Ok(self.store.claim_leg(run, leg, self.clock.now()).await?)
    }

    async fn sync_if_due(&self, event: &EventId, until: Instant) -> Result<CarriedOut, Error> {
        let started = match self.begin_due(event).await {
            Ok(Some(started)) => started,
            Ok(None) => {
                let under_way = self.store.run_under_way(event).await?;
                let Some(number) = under_way else {
                    return Ok(CarriedOut::Nothing("no sync is due"));
                };
                let id = RunId {
                    event: event.clone(),
                    number,
                };
                if !self.abandon(&id).await? {
                    return Ok(CarriedOut::Nothing("a run is under way"));
                }
                match self.begin_due(event).await? {
                    Some(started) => started,
                    None => return Ok(CarriedOut::Nothing("no sync is due")),
                }
            }
            Err(Error::NoEvent(_)) => return Ok(CarriedOut::Nothing("the event is gone")),
            Err(error) => return Err(error),
        };
        self.begin_legs(started, until).await
    }

    /// Gives up a run that nobody works on any more; whether the next one may begin. What its batches
    /// did is counted; those that come later are refused once a newer run has begun.
    pub(crate) async fn abandon(&self, id: &RunId) -> Result<bool, Error> {
        let Some(stand) = self.store.standing_of(&id.event).await? else {
            return Ok(true);
        };
        if stand.under_way != Some(id.number) {
            return Ok(stand.under_way.is_none());
        }
        let now = self.clock.now();
        let is_alive = |since: Timestamp| now.duration_since(since) < DEAD_AFTER;
        if self.cloud.is_none() || stand.alive.is_some_and(is_alive) {
            return Ok(false);
        }
        let document = self.document(&id.event).await?;
        let mut run = if let Some(run) = self.store.run(id).await? {
            run
        } else {
            // Its process ended before it wrote it.
            let run = Run::begin(id.clone(), RunMode::Sync, now);
            self.store.put_run(&run).await?;
            run
        };
        if !run.state.is_over() {
            run.state = RunState::Failed;
            run.complete = false;
            run.reason = Some(
                "the process that worked on it was ended; the next run reads everything again"
                    .to_owned(),
            );
            run.finished = Some(now);
            self.wind_up(&mut run, &document.community).await?;
            run.counts.records_read = run.counts.accounted();
            self.gather_invitations(&mut run, &document).await?;
        }
        self.store.clear_down(id).await?;
        self.store.close_run(&run, &MarkChange::Clear).await?;
        tracing::warn!(run = %id, "a run was given up: nobody worked on it any more");
        Ok(true)
    }

    /// Does the work of a run that was opened, until the time is over.
    pub async fn begin_legs(&self, started: Started, until: Instant) -> Result<CarriedOut, Error> {
        let Started {
            mut run,
            document,
            community,
            task,
        } = started;
        let Task::Sync(scope) = task else {
            return Ok(CarriedOut::Nothing("there is nothing to read"));
        };
        if scope != Scope::Everyone {
            run.extent = Extent::OnePerson;
        }
        run.state = RunState::Reading;
        let leg = Leg {
            document,
            scope,
            left: Left::default(),
            lengths: Lengths::default(),
            stage: Stage::Begin,
        };
        Box::pin(self.do_leg(run, community, leg, 0, until)).await
    }

    async fn go_on(&self, id: &RunId, number: u32, until: Instant) -> Result<CarriedOut, Error> {
        if !self.claim(id, number).await? {
            return Ok(CarriedOut::Nothing("the run went on, or is over"));
        }
        let run = self.run(id).await?;
        let state = self.store.taken_down(id).await?;
        let leg: Option<Leg> = state.and_then(|state| serde_json::from_slice(&state).ok());
        let Some(leg) = leg else {
            // It was begun by another version, or was not written whole.
            let document = self.document(&id.event).await?;
            let mut run = run;
            let lost = SourceError::new("nobody knows how far the run had come; sync again");
            self.conclude(
                &mut run,
                &document,
                &Scope::Everyone,
                &Left::default(),
                Err(lost.into()),
            )
            .await?;
            return Ok(CarriedOut::Over(Box::new(run)));
        };
        let community = self.known_community(&leg.document.community).await?;
        self.do_leg(run, community, leg, number + 1, until).await
    }

    /// Does a run's work until it is through, or the time over. `number` orders have begun legs of it.
    async fn do_leg(
        &self,
        mut run: Run,
        community: Community,
        mut leg: Leg,
        number: u32,
        until: Instant,
    ) -> Result<CarriedOut, Error> {
        let reporter = self.report(&run);
        // Begun by an order, it is at least the first.
        let stand = self.store.standing_of(&run.id.event).await?;
        let number = stand.map_or(number, |stand| stand.leg.max(number));
        let work = self.through(&mut run, &community, &mut leg, until, &reporter);
        let result = match Box::pin(work).await {
            Ok(Came::PutDown(delay)) => {
                return if self.put_run_down(&run, &leg, number, delay).await? {
                    Ok(CarriedOut::PutDown(run.id))
                } else {
                    Ok(CarriedOut::Nothing(GIVEN_UP))
                };
            }
            Ok(Came::Through) => Ok(()),
            Err(error) => Err(error),
        };
        if self.is_over(&run.id).await? {
            return Ok(CarriedOut::Nothing(GIVEN_UP));
        }
        self.conclude(&mut run, &leg.document, &leg.scope, &leg.left, result)
            .await?;
        if number > 0 {
            self.store.clear_down(&run.id).await?;
        }
        if run.counts.invitations_queued == 0 {
            self.post_what_waits(&run.id.event).await?;
        }
        if run.state == RunState::Failed {
            // Where it cannot be ordered, the next slot is the next try.
            if let Err(error) = self.wait_for_retry(&run.id.event).await {
                tracing::warn!(run = %run.id, error = explain(&error), "no retry was ordered");
            }
        }
        Ok(CarriedOut::Over(Box::new(run)))
    }

    async fn is_over(&self, run: &RunId) -> Result<bool, Error> {
        let stored = self.store.run(run).await?;
        Ok(stored.is_none_or(|stored| stored.state.is_over()))
    }

    /// Orders again what an earlier order may have missed.
    async fn post_what_waits(&self, event: &EventId) -> Result<(), Error> {
        let waves = self.store.waves(event).await?;
        let may_go = |state| state != crate::ports::WaveState::Held;
        if waves.iter().any(|wave| may_go(wave.value.state)) {
            self.want_post(event).await;
        }
        Ok(())
    }

    /// False where others gave the run up, as its process had stood still for so long: it stays over.
    async fn put_run_down(
        &self,
        run: &Run,
        leg: &Leg,
        number: u32,
        delay: Duration,
    ) -> Result<bool, Error> {
        let state = serde_json::to_vec(leg).map_err(|error| SourceError {
            message: "how far the run came cannot be written down".to_owned(),
            source: Some(Box::new(error)),
        })?;
        let now = self.clock.now();
        let keep_until = now.checked_add(PUT_DOWN_KEPT).unwrap_or(now);
        self.store.put_down(&run.id, &state, keep_until).await?;
        if !self.store.put_unless_over(run).await? {
            self.store.clear_down(&run.id).await?;
            return Ok(false);
        }
        let order = Order::Continue {
            run: run.id.clone(),
            leg: number,
        };
        self.cloud()?.orders.order(&order, delay).await?;
        Ok(true)
    }

    async fn through(
        &self,
        run: &mut Run,
        community: &Community,
        leg: &mut Leg,
        until: Instant,
        reporter: &Reporter<'_>,
    ) -> Result<Came, Error> {
        if matches!(leg.stage, Stage::Begin) {
            self.finish_erasures(&community.id).await?;
            self.clear_what_was_left(&community.id).await;
            self.migrate_memberships(&community.id).await;
            leg.left.in_doubt = self.tell_of_failed(&run.id, &community.id).await?;
            let standing = self.store.standing(&leg.document.event).await?;
            leg.left.held = standing.held;
            leg.left.mark = standing.mark;
        }
        if !matches!(leg.stage, Stage::Draining(_))
            && self.read_on(run, community, leg, until, reporter).await? == Reached::PutDown
        {
            return Ok(Came::PutDown(Duration::ZERO));
        }
        if run.extent == Extent::NotModified {
            return Ok(Came::Through);
        }
        let Leg {
            document,
            left,
            lengths,
            stage: Stage::Draining(drain),
            ..
        } = leg
        else {
            return Err(Error::Aborted);
        };
        if let Some(delay) = self.drain(&run.id, drain, until, reporter).await? {
            return Ok(Came::PutDown(delay));
        }
        run.counts.add(&drain.counts);
        let parking = Parking::new(run.id.clone(), keep_until(run.started));
        for batch in &drain.parked {
            let held = self.store.parked(&run.id, *batch).await?;
            parking.take_over(held, &*self.store).await?;
        }
        if let Some(failure) = drain.failure.clone() {
            // Nobody knows what is many: what waits is dropped.
            run.counts.unchanged += parking.into_parked().records;
            return Err(SourceError::new(failure).into());
        }
        let settling = Settling {
            document,
            community: &community.id,
            policy: &Policy::new(document),
            next_batch: drain.batches,
            reporter,
        };
        self.settle(run, parking, settling).await?;
        if !drain.parked.is_empty() {
            self.store.unpark(&run.id).await?;
        }
        run.complete = run.extent == Extent::Everything;
        if run.complete && !left.in_doubt.is_empty() {
            // Whom a process wrote to the end that woke after this run's beginning.
            self.tell_of_failed(&run.id, &community.id).await?;
            for older in self.failed_before(&run.id).await? {
                let keep = keep_until(self.clock.now());
                self.store
                    .drop_intended(&older, &left.in_doubt, keep)
                    .await?;
            }
        }
        self.fold_if_long(run, document, left, lengths.with(drain.people))
            .await;
        Ok(Came::Through)
    }

    /// What those of the latest runs that failed wrote and did not tell is told by this one: from its
    /// opening on their batches are outdated. Whom they invited may go then, too. Gives the short ids of
    /// the people.
    async fn tell_of_failed(
        &self,
        run: &RunId,
        community: &CommunityId,
    ) -> Result<Vec<u64>, Error> {
        let mut people = Vec::new();
        for older in self.failed_before(run).await? {
            let keep = keep_until(self.clock.now());
            let written = self.store.tell_rest(community, &older, keep).await?;
            people.extend(written.iter().map(|person| person.short()));
            self.add_to_the_past(&older).await?;
        }
        Ok(people)
    }

    async fn failed_before(&self, run: &RunId) -> Result<Vec<RunId>, Error> {
        let latest = self.store.runs(&run.event, Some(run.number), LATEST_RUNS);
        let mut latest = latest.await?;
        latest.retain(|run| run.state == RunState::Failed);
        Ok(latest.into_iter().map(|run| run.id).collect())
    }

    /// Reads the source on, and sends on what changed.
    async fn read_on(
        &self,
        run: &mut Run,
        community: &Community,
        leg: &mut Leg,
        until: Instant,
        reporter: &Reporter<'_>,
    ) -> Result<Reached, Error> {
        let document = &leg.document;
        let lookups = self.sources.lookups(&document.source).await?;
        let evaluator = Evaluator::new(document, &community.key, &lookups);
        let (asked, down) = match std::mem::replace(&mut leg.stage, Stage::Begin) {
            Stage::Reading {
                ask,
                fetch,
                bookmark,
            } => (ask, Some((fetch, bookmark))),
            Stage::Begin | Stage::Draining(_) => {
                leg.left.meaning = meaning(document, &evaluator);
                // Their records may be as they were when the source was last read.
                let believed = leg.left.in_doubt.is_empty();
                let mark = leg.left.mark.as_ref().filter(|_| believed);
                let now = self.clock.now();
                (ask(document, &leg.scope, mark, leg.left.meaning, now), None)
            }
        };
        let mut source = match &down {
            None => self.open(document, &asked).await?,
            Some((_, bookmark)) => self.reopen(document, &asked, bookmark).await?,
        };
        if source.is_not_modified() {
            run.extent = Extent::NotModified;
            run.complete = true;
            (run.pages, run.bytes) = source.read();
            return Ok(Reached::End);
        }
        let stored = self.store.fingerprints(&document.event).await?;
        let mut fingerprints = Fingerprints::unpack(&stored.pages, &stored.journal);
        fingerprints.doubt(&leg.left.in_doubt);
        if down.is_none() {
            leg.lengths = Lengths::of(&stored);
        }
        drop(stored);
        let reading = Reading {
            document,
            evaluator: &evaluator,
            key: &community.key,
            run: run.id.number,
            ask: &asked,
            limits: self.batch_limits(),
        };
        let queue = Parcels::new(self.cloud()?.batches.as_ref(), document);
        let mut fetch = Fetch::new(&queue, &reading, fingerprints, DoneSoFar::default());
        if let Some((down, _)) = down {
            fetch.take_up(*down);
        }
        let read = self
            .read(&mut source, &mut fetch, document, Some(until), reporter)
            .await;
        let Read {
            counts,
            pages,
            bytes,
            sent,
            next_batch,
            outcome,
        } = read;
        (run.counts, run.pages, run.bytes) = (counts, pages, bytes);
        let failure = match outcome {
            Ok(Reached::PutDown) => {
                leg.stage = Stage::Reading {
                    ask: asked.clone(),
                    fetch: Box::new(fetch.put_down()),
                    bookmark: Box::new(source.bookmark()),
                };
                return Ok(Reached::PutDown);
            }
            Ok(Reached::End) => None,
            Err(Error::Source(error)) => Some(explain(&error)),
            Err(error) => return Err(error),
        };
        leg.left.conclusion = source.conclusion();
        run.extent = extent(&asked, &leg.left.conclusion);
        run.state = RunState::Applying;
        leg.stage = Stage::Draining(Drain {
            batches: next_batch,
            people: sent,
            failure,
            next: 0,
            beyond: BTreeSet::new(),
            counts: Counts::default(),
            parked: Vec::new(),
            since: self.clock.now(),
        });
        Ok(Reached::End)
    }

    /// Waits until all batches are done. Gives the delay after which to look again, where they are
    /// not yet.
    async fn drain(
        &self,
        run: &RunId,
        drain: &mut Drain,
        until: Instant,
        reporter: &Reporter<'_>,
    ) -> Result<Option<Duration>, Error> {
        let mut look = FIRST_LOOK;
        let mut last = Instant::now();
        while !drain.is_done() {
            let mut any = false;
            for (batch, done) in self.store.done_from(run, drain.next).await? {
                if drain.note(batch) {
                    any = true;
                    drain.counts.add(&done.counts);
                    drain.parked.extend(done.parked.then_some(batch));
                }
            }
            let people = drain.counts.accounted();
            reporter.update(|progress| progress.applied = people);
            if drain.is_done() {
                break;
            }
            let now = self.clock.now();
            if any {
                (look, last, drain.since) = (FIRST_LOOK, Instant::now(), now);
            } else if now.duration_since(drain.since) > PATIENCE {
                drain.failure = Some(given_up(drain));
                return Ok(None);
            }
            if Instant::now() >= until {
                return Ok(Some(Duration::ZERO));
            }
            if last.elapsed() > ACTIVE_WAIT {
                return Ok(Some(LOOK_AGAIN));
            }
            sleep(look.min(until.saturating_duration_since(Instant::now()))).await;
            look = (look * 2).min(LAST_LOOK);
        }
        Ok(None)
    }
}

fn given_up(drain: &Drain) -> String {
    let why = format!(
        "{} of {} batches of changed people could not be applied and were set aside; the others \
         were. The next sync takes these people up again",
        drain.left(),
        drain.batches
    );
    match &drain.failure {
        Some(failure) => format!("{failure}; {why}"),
        None => why,
    }
}

/// Batches on their way to other processes, some handed over at a time.
struct Parcels<'a> {
    batches: &'a dyn Batches,
    community: CommunityId,
    policy: Policy,
    waiting: Mutex<Vec<Parcel>>,
}

impl<'a> Parcels<'a> {
    fn new(batches: &'a dyn Batches, document: &EventDocument) -> Self {
        Self {
            batches,
            community: document.community.clone(),
            policy: Policy::new(document),
            waiting: Mutex::default(),
        }
    }

    /// What waits, where it is enough.
    fn take(&self, enough: usize) -> Vec<Parcel> {
        let Ok(mut waiting) = self.waiting.lock() else {
            return Vec::new();
        };
        if waiting.len() < enough {
            return Vec::new();
        }
        std::mem::take(&mut *waiting)
    }

    async fn hand_over(&self, enough: usize) -> Result<(), QueueError> {
        let parcels = self.take(enough);
        if parcels.is_empty() {
            return Ok(());
        }
        self.batches.send(&parcels).await
    }
}

#[async_trait]
impl Queue for Parcels<'_> {
    async fn send(&self, batch: Batch) -> Result<(), QueueError> {
        if let Ok(mut waiting) = self.waiting.lock() {
            waiting.push(Parcel {
                community: self.community.clone(),
                policy: self.policy.clone(),
                batch,
            });
        }
        self.hand_over(TOGETHER).await
    }

    async fn flush(&self) -> Result<(), QueueError> {
        self.hand_over(1).await
    }
}
