//! A community and an event of a case's own, in a store that many cases share.

use std::sync::Arc;

use attendee_sync_app::ports::{Application, Opened, Store};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::group::{GroupKey, GroupName};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::{Attendee, LogRef, Versioned};
use attendee_sync_domain::plan::{Batch, Plan, Policy, plan};
use attendee_sync_domain::run::{Run, RunMode};
use jiff::Timestamp;
use serde_json::json;

pub(crate) fn now() -> Timestamp {
    "2026-11-01T10:00:00Z".parse().unwrap()
}

/// When log items of the cases may go: later than any clock that runs them.
pub(crate) fn later() -> Timestamp {
    "2099-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn key(group: &str) -> GroupKey {
    GroupName::parse(group).unwrap().key()
}

#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) community: CommunityId,
    pub(crate) event: EventId,
}

impl Place {
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
            Opened::Run(run) => *run,
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

    /// Applies a plan; gives back whose items had changed.
    pub(crate) async fn applied(&self, batch: &Batch, plan: &Plan) -> Vec<PersonId> {
        let counted: Vec<(PersonId, Vec<u64>)> = batch
            .people
            .iter()
            .map(|delta| {
                let hashes = delta.contributions.iter().map(|said| said.hash);
                (delta.person, hashes.collect())
            })
            .collect();
        let application = Application {
            community: &self.community,
            event: &self.event,
            batch: LogRef(batch.run, batch.number),
            attempt: 1,
            plan,
            counted: &counted,
            ignored: &batch.ignored,
            erasures: &[],
            erased: &[],
            committed: &[],
            keep_until: later(),
        };
        self.store.apply(application).await.unwrap().changed
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
