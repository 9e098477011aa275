//! Whatever people, feeds and configurations do one after the other: the store is as a simple model
//! says (`shared/testkit/src/model`), looked at after each sync, and the next sync of the same feed changes nothing.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod feeds;

use attendee_sync_app::Error;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::plan::BlockChange;
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::model::{ModelSettings, ReferenceModel, seen};
use attendee_sync_testkit::world::{World, acme};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::json;

use feeds::{EVENTS, GROUPS, MachineFeeds, MachineRecord, PEOPLE, RecordKind, settings};

/// Sequences that are played, always the same; so many others where this variable says a number. Shrunk
/// ones become tests of their own.
const CASES: u32 = 120;
const OTHERS: &str = "ATTENDEE_SYNC_CASES";
/// Most steps of one.
const STEPS: usize = 30;

/// What happens next.
#[derive(Debug, Clone)]
enum MachineStep {
    /// A record stands at this place of an event's feed from now on.
    Puts(usize, usize, MachineRecord),
    /// The record at this place is gone.
    Drops(usize, usize),
    /// An event is configured anew.
    Configures(usize, ModelSettings),
    /// A group is given by hand.
    Grants(usize, usize),
    /// What was given by hand is taken away.
    Revokes(usize, usize),
    /// Somebody is taken out of an event, or their records count again.
    Bars(usize, usize, bool),
    /// Somebody is erased.
    Erases(usize),
    /// An event syncs.
    Syncs(usize),
}

fn record() -> impl Strategy<Value = MachineRecord> {
    let flags = prop_oneof![
        12 => Just(json!(null)), 2 => Just(json!("yes")), 1 => Just(json!("perhaps"))
    ];
    let kinds = prop_oneof![
        7 => Just(RecordKind::Plain), 1 => Just(RecordKind::Cancelled), 1 => Just(RecordKind::Test), 1 => Just(RecordKind::Bad)
    ];
    let who = 0..PEOPLE.len();
    let company = prop::option::of(0..2_u8);
    (who, any::<bool>(), company, 0..8_u8, kinds, flags).prop_map(
        |(who, shouts, company, groups, kind, flag)| MachineRecord {
            who,
            shouts,
            company,
            groups,
            kind,
            flag,
        },
    )
}

fn step() -> impl Strategy<Value = MachineStep> {
    let event = || 0..EVENTS.len();
    let who = || 0..PEOPLE.len();
    let place = || 0..8_usize;
    let chosen = any::<(bool, bool, bool)>();
    let chosen = chosen.prop_map(|(missing, rule, by_track)| settings(missing, rule, by_track));
    prop_oneof![
        8 => (event(), place(), record()).prop_map(|(e, p, r)| MachineStep::Puts(e, p, r)),
        3 => (event(), place()).prop_map(|(e, p)| MachineStep::Drops(e, p)),
        1 => (event(), chosen).prop_map(|(e, s)| MachineStep::Configures(e, s)),
        1 => (who(), 0..GROUPS.len()).prop_map(|(w, g)| MachineStep::Grants(w, g)),
        1 => (who(), 0..GROUPS.len()).prop_map(|(w, g)| MachineStep::Revokes(w, g)),
        2 => (event(), who(), any::<bool>()).prop_map(|(e, w, b)| MachineStep::Bars(e, w, b)),
        1 => who().prop_map(MachineStep::Erases),
        6 => event().prop_map(MachineStep::Syncs),
    ]
}

fn address(who: usize) -> String {
    format!("{}@example.org", PEOPLE[who])
}

async fn configure(world: &World, event: usize, settings: &ModelSettings) {
    let cancels = json!({"when": "cancelled", "then": "remove_attendee"});
    let ignores = json!({"when": "test", "then": "ignore"});
    let rules = if settings.has_rule {
        vec![cancels, ignores]
    } else {
        vec![ignores]
    };
    let missing = if settings.removes_missing {
        "remove_attendee"
    } else {
        "keep"
    };
    let change = json!({
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "first", "last_name": "last",
            "company": settings.company, "groups": settings.groups, "digital_badge": "badge"
        },
        "missing": missing, "rules": rules
    });
    world.configure(EVENTS[event], change).await;
}

/// Takes the step in the world and in the model.
async fn take(
    world: &World,
    model: &mut ReferenceModel,
    feeds: &mut MachineFeeds,
    step: &MachineStep,
) {
    let group = |group: usize| GroupName::parse(GROUPS[group]).unwrap();
    match step {
        MachineStep::Puts(event, place, record) => feeds.put(*event, *place, Some(record.clone())),
        MachineStep::Drops(event, place) => feeds.put(*event, *place, None),
        MachineStep::Configures(event, settings) => {
            configure(world, *event, settings).await;
            model.configure(EVENTS[*event], settings);
        }
        MachineStep::Grants(who, name) => {
            let granted = world
                .app
                .grant(&acme(), &group(*name), &address(*who).parse().unwrap())
                .await;
            let is_user = !matches!(granted, Err(Error::NoPerson));
            assert_eq!(
                model.grant(&address(*who), GROUPS[*name]),
                is_user,
                "{granted:?}"
            );
        }
        MachineStep::Revokes(who, name) => {
            let revoked = world
                .app
                .revoke(&acme(), &group(*name), &address(*who).parse().unwrap())
                .await;
            let is_user = !matches!(revoked, Err(Error::NoPerson));
            assert_eq!(
                model.revoke(&address(*who), GROUPS[*name]),
                is_user,
                "{revoked:?}"
            );
        }
        MachineStep::Bars(event, who, is_out) => {
            let bar = if *is_out {
                BlockChange::Put
            } else {
                BlockChange::Lifted
            };
            let id = EVENTS[*event].parse().unwrap();
            let who = address(*who);
            let blocked = world.app.set_blocked(&id, &who.parse().unwrap(), bar).await;
            let is_there = !matches!(blocked, Err(Error::NoPerson));
            assert_eq!(
                model.bar(EVENTS[*event], &who, *is_out),
                is_there,
                "{blocked:?}"
            );
        }
        MachineStep::Erases(who) => {
            let who = address(*who);
            let address = who.parse().unwrap();
            world.app.erase_user(&acme(), &address).await.unwrap();
            model.erase(&who);
        }
        MachineStep::Syncs(event) => {
            let (event, feed) = (EVENTS[*event], feeds.of(*event));
            world.feed(feed.clone());
            let mut run = world.try_sync(event).await.unwrap();
            if run.state == RunState::Failed {
                assert!(model.refuses(event, &feed), "{run:?}");
                assert_eq!(
                    seen(&world.app, "acme", &EVENTS).await,
                    model.lines(),
                    "after {run:?}"
                );
                return;
            }
            if run.state == RunState::Held {
                // The feed lacks all of them, or most.
                let started = world.app.begin_approval(&run.id).await.unwrap();
                run = world.app.finish(started).await.unwrap();
            }
            assert_eq!(run.state, RunState::Succeeded, "{run:?}");
            model.sync(event, &feed);
            assert_eq!(
                seen(&world.app, "acme", &EVENTS).await,
                model.lines(),
                "after {run:?}"
            );
            let again = world.sync(event).await.counts;
            model.sync(event, &feed);
            let changes = again.added + again.updated + again.removed + again.missing_removed;
            assert_eq!(changes, 0, "the same feed again: {again:?}");
            assert_eq!(
                seen(&world.app, "acme", &EVENTS).await,
                model.lines(),
                "the same feed again"
            );
        }
    }
}

fn play(steps: &[MachineStep]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(async {
        let world = World::new();
        let (mut model, mut feeds) = (ReferenceModel::default(), MachineFeeds::default());
        for (number, event) in EVENTS.iter().enumerate() {
            configure(&world, number, &ModelSettings::default()).await;
            model.configure(event, &ModelSettings::default());
        }
        for step in steps {
            take(&world, &mut model, &mut feeds, step).await;
        }
    });
}

#[test]
fn whatever_happens_the_store_is_as_the_model_says() {
    let others = std::env::var(OTHERS)
        .ok()
        .map(|cases| cases.parse().unwrap());
    let config = Config {
        cases: others.unwrap_or(CASES),
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = match others {
        None => {
            let same = TestRng::deterministic_rng(config.rng_algorithm);
            TestRunner::new_with_rng(config, same)
        }
        Some(_) => TestRunner::new(config),
    };
    let steps = prop::collection::vec(step(), 1..STEPS);
    let played = runner.run(&steps, |steps| {
        play(&steps);
        Ok(())
    });
    played.unwrap();
}
