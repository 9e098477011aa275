//! A community and an event of a case's own, in a store that many cases share.

use std::sync::Arc;

use attendee_sync_app::ports::{Application, Applied, BatchMark, MarkedFate, RunOpening, Store};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::config::{ConfigurationVersion, EventDocument};
use attendee_sync_domain::group::{GroupKey, GroupName};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId, RunId};
use attendee_sync_domain::people::{Attendee, LogRef, Versioned};
use attendee_sync_domain::plan::{Batch, Plan, Policy, Put, plan};
use attendee_sync_domain::run::{Run, RunMode};
use jiff::Timestamp;
use serde_json::json;

pub(crate) fn now() -> Timestamp {
    "2026-11-01T10:00:00Z".parse().unwrap()
}

/// A document as the version of this number.
pub(crate) fn version(document: &EventDocument, version: u64) -> ConfigurationVersion {
    ConfigurationVersion {
        version,
        at: now(),
        by: Actor::Owner,
        document: document.clone(),
    }
}

/// When log items of the cases may go: later than any clock that runs them.
pub(crate) fn later() -> Timestamp {
    "2099-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn key(group: &str) -> GroupKey {
    GroupName::parse(group).unwrap().key()
}

#[derive(Clone)]
pub(crate) struct ContractPlace {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) community: CommunityId,
    pub(crate) event: EventId,
}

impl ContractPlace {
    /// With names that no other case has.
    pub(crate) fn new(store: Arc<dyn Store>, tag: &str) -> Self {
        Self {
            store,
            community: format!("acme-{tag}").parse().unwrap(),
            event: format!("devcon-{tag}").parse().unwrap(),
        }
    }

    pub(crate) fn named(&self, event: &str) -> EventId {
        format!("{event}-{}", self.event).parse().unwrap()
    }

    pub(crate) fn document(&self) -> EventDocument {
        self.document_of(&self.event)
    }

    pub(crate) fn document_of(&self, event: &EventId) -> EventDocument {
        serde_json::from_value(json!({
            "community": self.community, "event": event, "name": "DevCon",
            "source": {"url": "https://registration.example.org/api"},
            "mapping": {
                "email": "mail", "first_name": "first", "last_name": "last",
                "biography": "bio", "groups": "groups",
            },
        }))
        .unwrap()
    }

    /// Opens the next run.
    pub(crate) async fn run(&self) -> Run {
        let opened = self.store.open_run(&self.event, RunMode::Sync, now());
        match opened.await.unwrap() {
            RunOpening::Run(run) => *run,
            other => panic!("{other:?}"),
        }
    }

    /// What is to be done with a batch.
    pub(crate) async fn planned(&self, batch: &Batch) -> Plan {
        let people: Vec<PersonId> = batch.people.iter().map(|delta| delta.person).collect();
        let groups: Vec<GroupKey> = batch
            .people
            .iter()
            .flat_map(|delta| &delta.contributions)
            .flat_map(|contribution| &contribution.incoming.groups)
            .map(GroupName::key)
            .collect();
        let actual = self
            .store
            .actual(&self.community, &self.event, &people, &groups);
        let policy = Policy::new(&self.document());
        plan(batch, &actual.await.unwrap(), &policy, now())
    }

    /// Applies a plan, in halves where it is too much for one transaction; gives back whose part was not
    /// written, as something had changed.
    pub(crate) async fn applied(&self, batch: &Batch, plan: &Plan) -> Vec<PersonId> {
        let people = u32::try_from(plan.people.len()).unwrap();
        let mut conflicts = Vec::new();
        let mut parts = vec![(0, plan.clone())];
        while let Some((first, plan)) = parts.pop() {
            match self
                .apply_part(batch, people, &format!("{first:04}"), &plan)
                .await
            {
                Applied::Written => {}
                Applied::Conflict => conflicts.extend(plan.people.iter().map(|of| of.person)),
                Applied::TooMuch => {
                    let half = plan.people.len() / 2;
                    assert!(half > 0, "nobody fits");
                    let (one, other) = plan.people.split_at(half);
                    let second = Plan {
                        people: other.to_vec(),
                        ..Plan::default()
                    };
                    let first_half = Plan {
                        people: one.to_vec(),
                        ..plan.clone()
                    };
                    parts.push((first + half, second));
                    parts.push((first, first_half));
                }
            }
        }
        conflicts
    }

    /// Applies a plan as a part of a batch of so many people, over the mark that is stored.
    pub(crate) async fn apply_part(
        &self,
        batch: &Batch,
        people: u32,
        part: &str,
        plan: &Plan,
    ) -> Applied {
        let run = RunId {
            event: self.event.clone(),
            number: batch.run,
        };
        let stored = self.store.mark(&run, batch.number).await.unwrap();
        self.apply_over(batch, people, part, plan, stored).await
    }

    /// The same over this mark.
    pub(crate) async fn apply_over(
        &self,
        batch: &Batch,
        people: u32,
        part: &str,
        plan: &Plan,
        marked: Option<Versioned<BatchMark>>,
    ) -> Applied {
        let expected = marked.as_ref().map(|marked| marked.version);
        let mut mark = marked.map_or_else(|| BatchMark::new(people), |marked| marked.value);
        for person in &plan.people {
            let fate = MarkedFate {
                counts: person.counts,
            };
            mark.name(person.person, fate);
        }
        let application = Application {
            after_all: false,
            community: &self.community,
            event: &self.event,
            batch: LogRef(batch.run, batch.number),
            part,
            plan,
            mark: Put {
                expected,
                value: &mark,
            },
            staged: &[],
            ignored: &batch.ignored,
            erasures: &[],
            keep_until: later(),
            mark_until: later(),
        };
        self.store.apply(application).await.unwrap()
    }

    /// Plans a batch and applies it, with nobody in between.
    pub(crate) async fn synced(&self, batch: &Batch) -> Plan {
        let plan = self.planned(batch).await;
        assert_eq!(self.applied(batch, &plan).await, []);
        plan
    }

    /// The same, two people at a time: an older `DynamoDB` Local takes ten actions a transaction.
    pub(crate) async fn synced_in_pairs(&self, batch: &Batch) {
        for (number, pair) in (batch.number..).zip(batch.people.chunks(2)) {
            let pair = Batch {
                number,
                people: pair.to_vec(),
                ..batch.clone()
            };
            self.synced(&pair).await;
        }
    }

    pub(crate) async fn attendee(&self, person: PersonId) -> Option<Versioned<Attendee>> {
        self.store.attendee(&self.event, person).await.unwrap()
    }
}
