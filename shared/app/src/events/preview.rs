//! A preview: plans a sync, shows the plan and applies nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::evaluate::Evaluator;
use attendee_sync_domain::guard::{Loss, Losses, judge_invitations};
use attendee_sync_domain::ids::{EventId, PersonId, RunId, RunNumber};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::plan::{Batch, Delta, Policy};
use attendee_sync_domain::run::{
    Change, Counts, Coverage, Run, RunHold, RunMode, RunState, Summary,
};
use serde_json::Value;

use crate::App;
use crate::error::Error;
use crate::ports::{BatchSink, CommunityRecord, QueueError, SourceSideLists};
use crate::runs::fetch::{Fetch, ReadingContext};
use crate::runs::guards::{gone, loss_of};
use crate::runs::moves::parts;
use crate::runs::read_mode::{ask, extent, mapping_hash};
use crate::runs::reader::FeedRead;
use crate::runs::sight::Lost;
use crate::runs::start::SyncScope;
use crate::runs::stop::StopSign;

/// What a sync would do.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Preview {
    /// The counts of the run.
    pub run: Summary,
    /// The change of each person.
    pub changes: Vec<Change>,
    /// The issues of records.
    pub issues: Vec<Issue>,
}

/// Collects the people that a reading sends, so that a person of several batches is planned once.
#[derive(Default)]
struct Collected(Mutex<(BTreeMap<PersonId, Delta>, Vec<Issue>)>);

#[async_trait]
impl BatchSink for Collected {
    async fn send(&self, batch: Batch) -> Result<(), QueueError> {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (people, issues) = &mut *collected;
        issues.extend(batch.issues);
        for delta in batch.people {
            match people.get_mut(&delta.person) {
                None => {
                    people.insert(delta.person, delta);
                }
                Some(known) => {
                    known.absorb(delta);
                }
            }
        }
        Ok(())
    }
}

impl App {
    /// Reads the source and plans; writes nothing.
    pub async fn preview(&self, event: &EventId, scope: SyncScope) -> Result<Preview, Error> {
        let (document, community) = self.event_and_community(event).await?;
        self.preview_by(document, community, scope).await
    }

    /// Says what a sync would do if this document of a stored event were stored; writes nothing. A credential that it
    /// holds is not used: the one that is stored under its name is.
    pub async fn preview_document(
        &self,
        document: &Value,
        scope: SyncScope,
    ) -> Result<Preview, Error> {
        let document = self.check_configuration(document)?.document;
        let (stored, community) = self.event_and_community(&document.event).await?;
        if stored.community != document.community {
            return Err(Error::OtherCommunity {
                event: document.event,
                community: stored.community,
            });
        }
        self.preview_by(document, community, scope).await
    }

    async fn preview_by(
        &self,
        document: EventDocument,
        community: CommunityRecord,
        scope: SyncScope,
    ) -> Result<Preview, Error> {
        let event = &document.event;
        let stored = self.parts.store.fingerprints(event).await?;
        let number = RunNumber(self.parts.store.newest_run(event).await?.0 + 1);
        let id = RunId {
            event: event.clone(),
            number,
        };
        let mut run = Run::begin(id, RunMode::Preview, self.parts.clock.now());
        let SourceSideLists { lookups, remarks } =
            self.parts.sources.lookups(&document.source).await?;
        let evaluator = Evaluator::new(&document, &community.key, &lookups);
        let ask = ask(&document, &scope, None, 0, self.parts.clock.now());
        let mark = self.parts.store.earlier_runs(event).await?.mark;
        let of_feed = mapping_hash(&document, &evaluator);
        let collected = Collected::default();
        let fingerprints = stored.unpacked();
        let reading = ReadingContext {
            document: &document,
            evaluator: &evaluator,
            key: &community.key,
            run: number,
            ask: &ask,
            limits: self.batch_limits(),
            keys_unique: mark.is_some_and(|mark| mark.keys_unique && mark.mapping_hash == of_feed),
        };
        let mut fetch = Fetch::new(&collected, &reading, fingerprints);
        // If a run of this number exists, it is another run.
        let id = run.id.clone();
        let stop = StopSign::new(self, &id);
        let reporter = self.report(&run);
        let opening = self.open(&document, &ask);
        let mut source = reporter.report_waits(&document.source, opening).await?;
        source.of_side_lists = remarks;
        let FeedRead {
            counts,
            pages,
            bytes,
            moves,
            lost,
            lacks_details,
            outcome,
            ..
        } = reporter
            .report_waits(
                &document.source,
                self.read(&mut source, &mut fetch, &document, (None, &stop), &reporter),
            )
            .await;
        outcome?;
        run.extent = extent(&ask, &source.conclusion());
        run.complete = run.extent == Coverage::Everything
            && source.conclusion().is_complete()
            && !lacks_details;
        run.counts = counts;
        run.pages = pages;
        run.bytes = bytes;
        let (people, issues) = collected
            .0
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut preview = Preview {
            run: run.summary(),
            changes: Vec::new(),
            issues,
        };
        let moved = self
            .move_deltas(&community.id, event, &moves, &people)
            .await?;
        preview.issues.extend(moved.issues);
        let people = with_moves(people, moved.people);
        let policy = Policy::new(&document);
        let losses = self
            .plan_all(&mut run, &mut preview, &community.id, &policy, people)
            .await?;
        if scope != SyncScope::Everyone {
            run.counts.records_read = run.counts.accounted();
        }
        self.guard(&mut run, &document, &losses, &lost).await?;
        let now = self.parts.clock.now();
        run.state = RunState::Succeeded;
        run.finished = Some(now);
        run.milliseconds = u64::try_from(now.duration_since(run.started).as_millis()).unwrap_or(0);
        preview.run = run.summary();
        Ok(preview)
    }

    /// Sets what the guards would hold back.
    async fn guard(
        &self,
        run: &mut Run,
        document: &EventDocument,
        all: &[Loss],
        lost: &Lost,
    ) -> Result<(), Error> {
        let mut losses = Losses::default();
        for loss in all {
            losses.add(loss);
        }
        // Nobody was added yet, so all attendees count as present before the run.
        let counts = Counts {
            added: 0,
            ..run.counts
        };
        let verdict = self.verdict(document, &losses, &counts, lost).await?;
        let queued = run.counts.invitations_queued;
        let many_invited = judge_invitations(document.invitations.limit_per_run, queued);
        if verdict.is_clear() && many_invited.is_none() {
            return Ok(());
        }
        let hold = RunHold {
            people: all.iter().filter(|loss| verdict.holds(loss)).count() as u64,
            invitations: many_invited.as_ref().map_or(0, |_| queued),
            guards: verdict.tripped.into_iter().chain(many_invited).collect(),
            decision: None,
        };
        let gone = gone(&hold, lost);
        run.reason = Some(format!("a sync would be held: {}{gone}", hold.in_words()));
        run.hold = Some(hold);
        Ok(())
    }

    /// Plans everybody, and returns what they would lose.
    async fn plan_all(
        &self,
        run: &mut Run,
        preview: &mut Preview,
        community: &attendee_sync_domain::ids::CommunityId,
        policy: &Policy,
        people: Vec<Delta>,
    ) -> Result<Vec<Loss>, Error> {
        let mut groups = BTreeSet::new();
        let mut lost = Vec::new();
        for (number, part) in (0..).zip(parts(people, 100)) {
            let batch = Batch::new(run.id.number, number, part);
            let plan = self.plan_batch(community, policy, &batch).await?;
            groups.extend(plan.groups.into_iter().map(|group| group.key));
            run.counts.issues += plan.issues.len() as u64;
            preview.issues.extend(plan.issues);
            for (person, delta) in plan.people.into_iter().zip(&batch.people) {
                run.counts.add(&person.counts);
                lost.extend(loss_of(person.change.as_ref(), delta, policy));
                preview.changes.extend(person.change);
            }
        }
        run.counts.groups_created = groups.len() as u64;
        preview.issues.sort_by_key(|issue| issue.position);
        Ok(lost)
    }
}

/// Adds the effects of moves to what was read of people. People who are written together stand next
/// to each other.
fn with_moves(mut people: BTreeMap<PersonId, Delta>, moved: Vec<Delta>) -> Vec<Delta> {
    for delta in moved {
        match people.get_mut(&delta.person) {
            Some(known) => known.absorb(delta),
            None => {
                people.insert(delta.person, delta);
            }
        }
    }
    let mut people: Vec<Delta> = people.into_values().collect();
    people.sort_by_key(|delta| delta.together);
    people
}
