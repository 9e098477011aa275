//! What everything must come to: a reference model for each community, and what runs leave.

use std::collections::{BTreeSet, VecDeque};

use attendee_sync_testkit::model::ReferenceModel;
use jiff::{SignedDuration, Timestamp};

use super::event::SoakEvent;

/// How long runs and what they changed are kept.
pub(super) const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A person of a community, by their place in the list.
pub(super) type Whom = usize;

/// A community with its people.
#[derive(Debug, Clone)]
pub(super) struct SoakCommunity {
    pub(super) id: String,
    /// Their addresses.
    pub(super) people: Vec<String>,
    /// All names that groups ever had.
    pub(super) groups: BTreeSet<String>,
    /// What must be so of its users and attendees.
    pub(super) model: ReferenceModel,
}

impl SoakCommunity {
    pub(super) fn new(number: usize) -> Self {
        Self {
            id: format!("community-{number}"),
            people: Vec::new(),
            groups: BTreeSet::new(),
            model: ReferenceModel::default(),
        }
    }

    pub(super) fn is_user(&self, whom: Whom) -> bool {
        self.model.is_user(&self.people[whom])
    }

    pub(super) fn is_erased(&self, whom: Whom) -> bool {
        self.model.is_erased(&self.people[whom])
    }

    /// Whether somebody attends an event; none where the event does not know them.
    pub(super) fn attends(&self, event: &SoakEvent, whom: Whom) -> Option<bool> {
        self.model.attends(&event.id, &self.people[whom])
    }

    /// Somebody new.
    pub(super) fn born(&mut self) -> Whom {
        let number = self.people.len();
        self.people.push(format!("p{number}@{}.example", self.id));
        number
    }
}

/// What a run left in the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunRemains {
    pub(super) started: Timestamp,
    pub(super) changed: bool,
    pub(super) issues: bool,
}

/// The runs of an event that are kept.
#[derive(Debug, Clone, Default)]
pub(super) struct SoakRuns(VecDeque<RunRemains>);

impl SoakRuns {
    pub(super) fn note(&mut self, left: RunRemains) {
        self.0.push_back(left);
    }

    /// What is past its time goes.
    pub(super) fn forget(&mut self, now: Timestamp) {
        while self.0.front().is_some_and(|run| run.started + KEPT < now) {
            self.0.pop_front();
        }
    }

    pub(super) fn count(&self, wanted: impl Fn(&RunRemains) -> bool) -> u64 {
        self.0.iter().filter(|run| wanted(run)).count() as u64
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Everything.
#[derive(Debug, Clone, Default)]
pub(super) struct SoakModel {
    pub(super) communities: Vec<SoakCommunity>,
    pub(super) events: Vec<SoakEvent>,
    /// How often a configuration was stored.
    pub(super) configured: u64,
}

impl SoakModel {
    /// A whole feed of this event was read, and applied; gives how many were erased by it.
    pub(super) fn apply(&mut self, at: usize) -> u64 {
        let event = &self.events[at];
        let (number, home) = (event.community, &self.communities[event.community]);
        let flagged = event.feed.iter().filter(|(_, record)| record.flagged);
        let erased: Vec<Whom> = flagged
            .map(|(whom, _)| *whom)
            .filter(|whom| !home.is_erased(*whom))
            .collect();
        let (id, records) = (event.id.clone(), event.records(home));
        for whom in &erased {
            self.drop_unread(number, *whom);
        }
        self.communities[number].model.sync(&id, &records);
        erased.len() as u64
    }

    /// A person is erased from their community.
    pub(super) fn erase(&mut self, community: usize, whom: Whom) {
        self.drop_unread(community, whom);
        let home = &mut self.communities[community];
        home.model.erase(&home.people[whom]);
    }

    /// Records of somebody that were read already may stay in feeds: they do not bring them back once they are erased.
    /// Others would; they go.
    fn drop_unread(&mut self, community: usize, whom: Whom) {
        let home = &self.communities[community];
        let events = self.events.iter_mut();
        for event in events.filter(|event| event.community == community) {
            let Some(registration) = event.feed.get(&whom) else {
                continue;
            };
            let record = event.record(home, whom, registration);
            if !registration.flagged && !home.model.has_read(&event.id, &record) {
                event.feed.remove(&whom);
                event.changed();
            }
        }
    }
}
