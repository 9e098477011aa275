//! What everything must come to, by the plainest rules there are.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::event::SoakEvent;

/// How long runs and what they changed are kept.
pub(super) const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A person of a community, by their place in the list.
pub(super) type Whom = usize;

/// What a person is to a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They were in no event yet.
    Stranger,
    User,
    Erased,
}

#[derive(Debug, Clone)]
pub(super) struct SoakPerson {
    pub(super) address: String,
    pub(super) fate: Fate,
    /// Groups that they were given by hand.
    pub(super) by_hand: BTreeSet<String>,
}

/// A community with its people.
#[derive(Debug, Clone)]
pub(super) struct SoakCommunity {
    pub(super) id: String,
    pub(super) people: Vec<SoakPerson>,
    /// All names that groups ever had.
    pub(super) groups: BTreeSet<String>,
}

impl SoakCommunity {
    pub(super) fn is_erased(&self, whom: Whom) -> bool {
        self.people[whom].fate == Fate::Erased
    }

    pub(super) fn count(&self, fate: Fate) -> u64 {
        self.people
            .iter()
            .filter(|person| person.fate == fate)
            .count() as u64
    }

    /// Somebody new.
    pub(super) fn born(&mut self) -> Whom {
        let number = self.people.len();
        self.people.push(SoakPerson {
            address: format!("p{number}@{}.example", self.id),
            fate: Fate::Stranger,
            by_hand: BTreeSet::new(),
        });
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
}

impl SoakModel {
    /// A whole feed of this event was read, and applied.
    pub(super) fn apply(&mut self, at: usize) -> u64 {
        let mut erased = Vec::new();
        let Self {
            communities,
            events,
        } = self;
        let event = &mut events[at];
        let community = &mut communities[event.community];
        for (whom, registration) in &event.feed {
            if community.is_erased(*whom) {
                continue;
            }
            if registration.flagged {
                erased.push(*whom);
                continue;
            }
            let attends = !registration.cancelled;
            if !attends && !event.known.contains_key(whom) {
                continue;
            }
            let person = &mut community.people[*whom];
            person.fate = Fate::User;
            let known = event.known.entry(*whom).or_default();
            known.attends = attends;
            known.version = registration.version;
            known.groups.clone_from(&registration.groups);
        }
        if event.removes_missing {
            for (whom, known) in &mut event.known {
                known.attends &= event.feed.contains_key(whom);
            }
        }
        let community = event.community;
        for whom in &erased {
            self.erase(community, *whom);
        }
        erased.len() as u64
    }

    /// A person is erased from their community. Records that were read already may stay in feeds: they
    /// do not bring them back. Others would; they go.
    pub(super) fn erase(&mut self, community: usize, whom: Whom) {
        let person = &mut self.communities[community].people[whom];
        person.fate = Fate::Erased;
        person.by_hand.clear();
        for event in &mut self.events {
            if event.community != community {
                continue;
            }
            let known = event.known.remove(&whom);
            let read = event.feed.get(&whom).is_some_and(|registration| {
                registration.flagged || known.is_some_and(|k| k.version == registration.version)
            });
            if !read && event.feed.remove(&whom).is_some() {
                event.changed();
            }
        }
    }

    /// The groups of every user of a community.
    fn groups(&self, community: usize) -> BTreeMap<Whom, BTreeSet<&str>> {
        let mut groups: BTreeMap<Whom, BTreeSet<&str>> = BTreeMap::new();
        let home = &self.communities[community];
        for (whom, person) in home.people.iter().enumerate() {
            groups.insert(whom, person.by_hand.iter().map(String::as_str).collect());
        }
        for event in self
            .events
            .iter()
            .filter(|event| event.community == community)
        {
            for (whom, known) in event.known.iter().filter(|(_, known)| known.attends) {
                let theirs = groups.entry(*whom).or_default();
                theirs.extend(known.groups.iter().map(String::as_str));
            }
        }
        groups
    }

    /// An event's attendees as they must be, a line each.
    pub(super) fn state(&self, at: usize) -> Vec<String> {
        let event = &self.events[at];
        let people = &self.communities[event.community].people;
        let groups = self.groups(event.community);
        let mut lines: Vec<String> = event
            .known
            .iter()
            .filter(|(_, known)| known.attends)
            .map(|(whom, _)| {
                let theirs: Vec<&str> = groups[whom].iter().copied().collect();
                format!("{} [{}]", people[*whom].address, theirs.join(", "))
            })
            .collect();
        lines.sort();
        lines
    }
}
