//! Made-up feeds of two runs of one event, read as a feed is read.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::build::{
    ContributionBuilder, NAMES, batch, delta, erasing, event, keeping, live, missing, person,
    removing,
};
use super::world::PlanWorld;
use crate::evaluate::{Contribution, Disposition};
use crate::people::Grantor;
use crate::plan::{Batch, Delta, Inviting};

pub(super) const GROUPS: [&str; 3] = ["VIP", "Crew", "Speakers"];
const COMPANIES: [&str; 3] = ["", "Example Works", "Example Mills"];
/// Different records the source may have of one person.
const RECORDS: usize = 3;

/// The source's records by person and number: what a feed lists may be any of them, also twice.
pub(super) type ListedRecords = Vec<(usize, usize)>;

/// What the source has of everybody, what was granted beside it, and what two runs find listed.
#[derive(Debug, Clone)]
pub(super) struct FeedCase {
    pub(super) blank: &'static str,
    records: Vec<Contribution>,
    /// Who, which group, and whether by hand or by another event.
    pub(super) grants: Vec<(usize, usize, bool)>,
    first: ListedRecords,
    pub(super) second: ListedRecords,
}

impl FeedCase {
    fn mapping(&self) -> Value {
        json!({"company": {"path": "company", "blank": self.blank}})
    }

    pub(super) fn record(&self, who: usize, number: usize) -> &Contribution {
        &self.records[who * RECORDS + number]
    }

    /// The event after its first run, in which nobody is erased.
    pub(super) fn world(&self) -> PlanWorld {
        let mut world = PlanWorld::new(&self.mapping());
        world.invite(Inviting::Arrivals);
        for (who, group, by_hand) in &self.grants {
            world.grant(NAMES[*who], GROUPS[*group], grantor(*by_hand));
        }
        let mut listed = self.first.clone();
        listed.retain(|(who, number)| self.record(*who, *number).disposition != Disposition::Erase);
        world.sync(&join(1, self.read(&world, &listed)));
        world
    }

    /// The deltas of a whole feed: one for each record that is new or must be read again, with
    /// those of their records that were passed over before, and one for each person of whom nothing
    /// but that records are gone is new.
    pub(super) fn read(&self, world: &PlanWorld, listed: &ListedRecords) -> Vec<Delta> {
        let known = |who: usize| {
            world
                .known
                .get(&person(NAMES[who]))
                .cloned()
                .unwrap_or_default()
        };
        let mut seen: BTreeMap<usize, BTreeMap<u64, u32>> = BTreeMap::new();
        let mut touched = BTreeSet::new();
        let mut deltas = Vec::new();
        for (position, (who, number)) in (1..).zip(listed) {
            let record = self.record(*who, *number).clone().at(position);
            if !touched.contains(who) && known(*who).contains(&record.hash) {
                seen.entry(*who).or_default().insert(record.hash, position);
                continue;
            }
            touched.insert(*who);
            let mut kept = seen.get(who).cloned().unwrap_or_default();
            kept.remove(&record.hash);
            let kept: Vec<(u64, u32)> = kept.into_iter().collect();
            deltas.push(keeping(delta(NAMES[*who], vec![record]), &kept));
        }
        for who in (0..NAMES.len()).filter(|who| !touched.contains(who)) {
            let kept: Vec<(u64, u32)> = seen.remove(&who).unwrap_or_default().into_iter().collect();
            match (known(who).len(), kept.len()) {
                (known, seen) if known == seen => {}
                (_, 0) => deltas.push(missing(NAMES[who])),
                _ => deltas.push(keeping(delta(NAMES[who], vec![]), &kept)),
            }
        }
        deltas
    }

    pub(super) fn only_live(mut self) -> Self {
        for record in &mut self.records {
            if record.disposition != Disposition::Live {
                *record = live(record.hash);
            }
        }
        self
    }
}

pub(super) fn grantor(by_hand: bool) -> Grantor {
    if by_hand {
        Grantor::Hand
    } else {
        event("other")
    }
}

fn contribution(hash: u64) -> impl Strategy<Value = Contribution> {
    let attends = (
        prop::collection::btree_set(0..GROUPS.len(), 0..3),
        0..COMPANIES.len(),
        any::<bool>(),
    );
    let attends = attends.prop_map(move |(groups, company, badge)| {
        let groups: Vec<&str> = groups.into_iter().map(|group| GROUPS[group]).collect();
        let record = live(hash)
            .groups(&groups)
            .company(COMPANIES[company])
            .source(&format!("A-{hash}"));
        if badge {
            record.badge(&format!("https://badges.example.org/{hash}.png"))
        } else {
            record
        }
    });
    let feeds = attends.clone().prop_map(|record| Contribution {
        disposition: Disposition::UserOnly(3),
        ..record
    });
    prop_oneof![
        6 => attends,
        2 => feeds,
        2 => (1_u32..3).prop_map(move |rule| removing(hash, rule)),
        1 => Just(erasing(hash)),
    ]
}

pub(super) fn listed() -> impl Strategy<Value = ListedRecords> {
    prop::collection::vec((0..NAMES.len(), 0..RECORDS), 0..9)
}

pub(super) fn case() -> impl Strategy<Value = FeedCase> {
    let records: Vec<_> = (0..NAMES.len() * RECORDS)
        .map(|number| contribution(number as u64 + 1))
        .collect();
    let grants = prop::collection::vec((0..NAMES.len(), 0..GROUPS.len(), any::<bool>()), 0..4);
    let blank = prop_oneof![Just("clear"), Just("keep")];
    (blank, records, grants, listed(), listed()).prop_map(
        |(blank, records, grants, first, second)| FeedCase {
            blank,
            records,
            grants,
            first,
            second,
        },
    )
}

/// Puts deltas into one batch, one for each person.
pub(super) fn join(run: u32, deltas: Vec<Delta>) -> Batch {
    let mut people: Vec<Delta> = Vec::new();
    for new in deltas {
        match people.iter_mut().find(|delta| delta.person == new.person) {
            Some(delta) => delta.contributions.extend(new.contributions),
            None => people.push(new),
        }
    }
    batch(run, people)
}

/// Puts deltas into several batches.
pub(super) fn cut(run: u32, deltas: Vec<Delta>, cuts: &[Index]) -> Vec<Batch> {
    let mut parts: BTreeMap<usize, Vec<Delta>> = BTreeMap::new();
    for (number, delta) in deltas.into_iter().enumerate() {
        parts
            .entry(cuts[number % cuts.len()].index(4))
            .or_default()
            .push(delta);
    }
    let numbered = (1..).zip(parts.into_values());
    numbered
        .map(|(number, part)| Batch {
            number,
            ..join(run, part)
        })
        .collect()
}
