//! What holds for every feed, however it is cut into batches and in whatever order they come. The
//! first run fills an empty event, the second is what the laws are about.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;

use super::build::{NAMES, event, key, person};
use super::feeds::{FeedCase, GROUPS, case, cut, grantor, join, listed};
use super::text::text;
use super::world::PlanWorld;
use crate::evaluate::{Contribution, Disposition};
use crate::ids::PersonId;
use crate::people::{Presence, User, UserState};
use crate::plan::merge::order;
use crate::profile::ProfileField;
use crate::run::Counts;

fn user_of<'w>(world: &'w PlanWorld, name: &str) -> Option<&'w User> {
    match &world.actual.users.get(&person(name))?.value {
        UserState::User(user) => Some(user),
        UserState::Erased(_) => None,
    }
}

fn attends(world: &PlanWorld, name: &str) -> bool {
    let attendee = world.actual.attendees.get(&person(name));
    attendee.is_some_and(|attendee| attendee.value.presence == Presence::Attending)
}

fn company(user: &User) -> Option<String> {
    user.profile.get(ProfileField::Company).map(str::to_owned)
}

/// What the second feed says of a person, all their records taken together.
struct SecondFeed {
    erased: bool,
    lives: bool,
    /// Whether they are a user, attending or not.
    feeds: bool,
    groups: BTreeSet<String>,
    company: Option<String>,
}

impl SecondFeed {
    fn of(case: &FeedCase, who: usize) -> Self {
        let theirs = case.second.iter().filter(|(listed, _)| *listed == who);
        let mut records: Vec<&Contribution> = theirs.map(|(_, at)| case.record(who, *at)).collect();
        records.sort_by_cached_key(|record| order(record));
        let any = |asked| records.iter().any(|record| record.disposition == asked);
        let incoming = || records.iter().map(|record| &record.incoming);
        let mut companies = incoming().filter_map(|said| said.profile.get(ProfileField::Company));
        Self {
            erased: any(Disposition::Erase),
            lives: any(Disposition::Live),
            feeds: records.iter().any(|record| record.disposition.feeds_user()),
            groups: incoming()
                .flat_map(|incoming| &incoming.groups)
                .map(ToString::to_string)
                .collect(),
            company: companies.next_back().map(str::to_owned),
        }
    }
}

/// The groups that the event's sync grants to a user.
fn granted(user: &User) -> BTreeSet<String> {
    let ours = user
        .groups
        .values()
        .filter(|membership| membership.by.contains(&event("devcon")));
    ours.map(|membership| membership.name.to_string()).collect()
}

proptest! {
    #[test]
    fn planning_after_applying_is_empty(case in case()) {
        let mut world = case.world();
        let batch = join(2, case.read(&world, &case.second));
        world.sync(&batch);
        let again = world.plan(&batch);
        prop_assert!(again.is_empty(), "{}", text(&again));
    }

    #[test]
    fn reading_the_same_feed_again_finds_nothing(case in case()) {
        let mut world = case.world();
        world.sync(&join(2, case.read(&world, &case.second)));
        prop_assert_eq!(case.read(&world, &case.second), []);
    }

    #[test]
    fn what_is_stored_is_what_the_feed_says(case in case()) {
        let mut world = case.world();
        let before = world.clone();
        world.sync(&join(2, case.read(&world, &case.second)));
        for (who, name) in NAMES.into_iter().enumerate() {
            let said = SecondFeed::of(&case, who);
            if said.erased {
                prop_assert_eq!(world.state_of(name), format!("{name}: erased"));
                continue;
            }
            prop_assert_eq!(attends(&world, name), said.lives);
            let Some(user) = user_of(&world, name) else {
                prop_assert!(!said.feeds);
                continue;
            };
            prop_assert_eq!(granted(user), said.groups);
            // Also of records that only changed places, which are not looked at.
            let stored = user_of(&before, name).and_then(company);
            let blank = if said.feeds && case.blank == "clear" { None } else { stored };
            prop_assert_eq!(company(user), said.company.or(blank));
        }
    }

    #[test]
    fn the_order_of_people_in_a_batch_is_irrelevant(
        (case, order) in (case(), Just(NAMES.to_vec()).prop_shuffle())
    ) {
        let mut world = case.world();
        let mut other = world.clone();
        let batch = join(2, case.read(&world, &case.second));
        let mut shuffled = batch.clone();
        shuffled.people.sort_by_key(|delta| order.iter().position(|name| person(name) == delta.person));
        world.sync(&batch);
        other.sync(&shuffled);
        prop_assert_eq!(world.state(), other.state());
    }

    #[test]
    fn a_run_cut_into_batches_of_any_order_and_number_ends_as_one_batch(
        case in case(),
        cuts in prop::collection::vec(any::<Index>(), 1..9),
        before in prop::collection::vec(any::<Index>(), 0..4),
        order in Just(vec![0, 1, 2, 3]).prop_shuffle(),
        after in prop::collection::vec(any::<Index>(), 0..3),
    ) {
        let mut whole = case.world();
        let mut parts = whole.clone();
        let deltas = case.read(&whole, &case.second);
        whole.sync(&join(2, deltas.clone()));
        let batches = cut(2, deltas, &cuts);
        if batches.is_empty() {
            return Ok(());
        }
        for at in before {
            parts.sync(&batches[at.index(batches.len())]);
        }
        for batch in order.into_iter().filter_map(|at: usize| batches.get(at)) {
            parts.sync(batch);
        }
        for at in after {
            parts.sync(&batches[at.index(batches.len())]);
        }
        prop_assert_eq!(parts.state(), whole.state());
        for (at, batch) in batches.iter().enumerate() {
            prop_assert!(parts.plan(batch).is_empty(), "batch {at}");
        }
    }

    #[test]
    fn an_older_run_that_comes_late_changes_nothing(case in case(), older in listed()) {
        let mut world = case.world();
        let newer = join(3, case.read(&world, &case.second));
        let read = newer.people.iter().filter(|delta| !delta.contributions.is_empty());
        let read: Vec<PersonId> = read.map(|delta| delta.person).collect();
        let mut late = case.read(&world, &older);
        late.retain(|delta| read.contains(&delta.person));
        world.sync(&newer);
        let before = world.state();
        let plan = world.sync(&join(2, late));
        prop_assert!(plan.is_empty());
        prop_assert_eq!(world.state(), before);
    }

    #[test]
    fn counts_add_up(case in case(), cuts in prop::collection::vec(any::<Index>(), 1..9)) {
        let mut world = case.world();
        let mut counts = Counts::default();
        for batch in cut(2, case.read(&world, &case.second), &cuts) {
            for (delta, plan) in batch.people.iter().zip(world.sync(&batch).people) {
                counts.add(&plan.counts);
                counts.records_read += match delta.contributions.len() {
                    0 => u64::from(!delta.missing),
                    records => records as u64,
                };
            }
        }
        prop_assert!(counts.add_up(), "{counts:?}");
    }

    #[test]
    fn a_partial_feed_removes_nobody(case in case()) {
        let case = case.only_live();
        let mut world = case.world();
        let before = world.clone();
        let mut deltas = case.read(&world, &case.second);
        deltas.retain(|delta| !delta.contributions.is_empty());
        let named: Vec<_> = deltas.iter().map(|delta| delta.person).collect();
        world.sync(&join(2, deltas));
        for name in NAMES {
            prop_assert!(attends(&world, name) || !attends(&before, name));
            if !named.contains(&person(name)) {
                prop_assert_eq!(world.state_of(name), before.state_of(name));
            }
        }
    }

    #[test]
    fn grants_of_others_stay(case in case()) {
        let mut world = case.world();
        world.sync(&join(2, case.read(&world, &case.second)));
        for (who, group, by_hand) in &case.grants {
            let Some(user) = user_of(&world, NAMES[*who]) else { continue };
            let membership = user.groups.get(&key(GROUPS[*group]));
            prop_assert!(membership.is_some_and(|m| m.by.contains(&grantor(*by_hand))));
        }
    }
}
