//! People who are added, edited and removed by hand, and people who edit their own profile: what a sync leaves alone,
//! and what it may change again once it was released.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use attendee_sync_app::{AttendeeView, Error, ProfileChanges, PutOutcome, hand_edit};
use attendee_sync_domain::hand::{HandField, HandScope};
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::plan::BlockChange;
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::world::{World, address, devcon, person, with};
use attendee_sync_tests::soak::SoakRandom;
use serde_json::{Value, json};

/// An event that removes who is missing, with these people, and without limits that hold that.
async fn removing(records: Vec<Value>) -> World {
    World::of(strict(), records).await
}

fn strict() -> Value {
    json!({
        "missing": "remove_attendee",
        "guards": {"removals_percent": 100, "removals_count": 1000, "blanked_percent": 100}
    })
}

fn changes(profile: &Value) -> ProfileChanges {
    serde_json::from_value(profile.clone()).unwrap()
}

async fn put(world: &World, name: &str, profile: Value) -> Result<PutOutcome, Error> {
    let edit = hand_edit(&changes(&profile), None)?;
    let scope = HandScope::Anybody;
    world
        .app
        .put_by_hand(&devcon(), &address(name), &edit, scope)
        .await
}

async fn add(world: &World, name: &str) {
    let names = json!({"first_name": name, "last_name": "Hand"});
    assert_eq!(put(world, name, names).await.unwrap(), PutOutcome::Added);
}

async fn release(world: &World, name: &str, field: &str) -> bool {
    let field: HandField = field.parse().unwrap();
    let released = world
        .app
        .release_by_hand(&devcon(), &address(name), field)
        .await;
    released.unwrap()
}

async fn view(world: &World, name: &str) -> AttendeeView {
    let found = world.app.attendee(&devcon(), &address(name)).await;
    found.unwrap()
}

async fn company(world: &World, name: &str) -> Option<String> {
    let view = view(world, name).await;
    view.profile.get(ProfileField::Company).map(str::to_owned)
}

async fn attends(world: &World, name: &str) -> bool {
    match world.app.attendee(&devcon(), &address(name)).await {
        Ok(view) => view.status == Presence::Attending,
        Err(Error::NoPerson) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn who_was_added_by_hand_survives_every_sync() {
    let world = removing(vec![person("ada"), person("bo")]).await;
    add(&world, "hand").await;
    let theirs = |change: Value| with(person("hand"), change);
    let feeds = [
        vec![person("ada"), person("bo")],
        vec![person("ada"), person("bo"), theirs(json!({}))],
        vec![
            person("ada"),
            person("bo"),
            theirs(json!({"cancelled": true})),
        ],
        vec![person("ada"), person("bo")],
        vec![person("ada")],
    ];
    for feed in feeds {
        world.feed(feed);
        let run = world.sync("devcon").await;
        assert_eq!(run.counts.removed, 0, "{run:?}");
        assert!(attends(&world, "hand").await);
        let hand = view(&world, "hand").await;
        assert_eq!(hand.profile.full_name(), "hand Hand");
        let access = world.app.access(&devcon(), &address("hand")).await.unwrap();
        assert!(
            access.allowed && access.reason.contains("added by hand"),
            "{access:?}"
        );
    }
    assert!(!attends(&world, "bo").await);
    // Released, they are as the feed says: it does not have them.
    assert!(release(&world, "hand", "status").await);
    assert!(!release(&world, "hand", "status").await);
    let hand = view(&world, "hand").await;
    assert_eq!(hand.status, Presence::Removed);
    assert_eq!(hand.reason.as_deref(), Some("missing from the source"));
    world.feed(vec![person("ada"), person("hand")]);
    world.sync("devcon").await;
    assert!(attends(&world, "hand").await);
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    assert!(!attends(&world, "hand").await);
}

#[tokio::test]
async fn who_was_removed_by_hand_stays_out_until_that_is_released() {
    let world = removing(vec![person("ada"), person("bo")]).await;
    let removed = async |name: &str| world.app.remove_by_hand(&devcon(), &address(name)).await;
    assert!(removed("ada").await.unwrap());
    assert!(!removed("ada").await.unwrap());
    assert!(matches!(removed("nobody").await, Err(Error::NoPerson)));
    for change in [
        json!({"company": "Globex"}),
        json!({"cancelled": true}),
        json!({}),
    ] {
        world.feed(vec![with(person("ada"), change), person("bo")]);
        world.sync("devcon").await;
        assert!(!attends(&world, "ada").await);
    }
    let access = world.app.access(&devcon(), &address("ada")).await.unwrap();
    assert!(
        access
            .reason
            .starts_with("Removed by hand on 1 November 2026"),
        "{access:?}"
    );
    assert_eq!(world.groups().await, "Regular: 1");
    assert!(release(&world, "ada", "status").await);
    assert!(attends(&world, "ada").await);
    assert_eq!(world.groups().await, "Regular: 2");

    // Missing meanwhile: nothing is left that would let them in.
    assert!(removed("ada").await.unwrap());
    world.feed(vec![person("bo")]);
    world.sync("devcon").await;
    assert!(release(&world, "ada", "status").await);
    assert!(!attends(&world, "ada").await);

    // Added by hand, whoever was removed so attends; a block is more than either.
    assert!(removed("bo").await.unwrap());
    assert_eq!(
        put(&world, "bo", json!({})).await.unwrap(),
        PutOutcome::Added
    );
    assert!(attends(&world, "bo").await);
    let block = async |change| {
        world
            .app
            .set_blocked(&devcon(), &address("bo"), change)
            .await
    };
    assert!(block(BlockChange::Put).await.unwrap());
    assert!(matches!(
        put(&world, "bo", json!({})).await,
        Err(Error::Blocked)
    ));
    world.sync("devcon").await;
    assert!(!attends(&world, "bo").await);
    assert!(block(BlockChange::Lifted).await.unwrap());
    assert!(attends(&world, "bo").await, "added by hand before");
}

#[tokio::test]
async fn a_field_that_was_set_by_hand_wins_until_it_is_released() {
    let world = World::of(json!({}), vec![person("ada"), person("bo")]).await;
    let edited = put(
        &world,
        "ada",
        json!({"company": " Acme&amp;Co ", "country": "NL"}),
    );
    assert_eq!(edited.await.unwrap(), PutOutcome::Edited);
    let writes = world.line.writes();
    let again = put(&world, "ada", json!({"company": "Acme&Co"})).await;
    assert_eq!(again.unwrap(), PutOutcome::Unchanged);
    assert_eq!(world.line.writes(), writes);
    for company_now in ["Globex", "Hooli"] {
        world.feed(vec![
            with(person("ada"), json!({"company": company_now})),
            person("bo"),
        ]);
        world.sync("devcon").await;
        assert_eq!(company(&world, "ada").await.as_deref(), Some("Acme&Co"));
    }
    let ada = view(&world, "ada").await;
    let names: Vec<&str> = ada.by_hand.iter().map(|field| field.name()).collect();
    assert_eq!(names, ["company", "country"]);
    let explained = world
        .app
        .explanation(&devcon(), &address("ada"))
        .await
        .unwrap();
    let origin = explained.fields.iter().find(|field| field.set_by.is_some());
    assert_eq!(
        origin.unwrap().origin,
        "set by hand; no sync changes it; the source has \"Hooli\""
    );
    assert!(release(&world, "ada", "company").await);
    assert_eq!(company(&world, "ada").await.as_deref(), Some("Hooli"));
    assert!(!release(&world, "ada", "company").await);
    assert!(view(&world, "bo").await.by_hand.is_empty());

    let wrong = put(&world, "ada", json!({"first_name": "", "shoe_size": "43"})).await;
    let Err(Error::Refused(problems)) = wrong else {
        panic!("{wrong:?}")
    };
    assert!(
        problems.to_string().contains("profile.shoe_size"),
        "{problems}"
    );
    let blank = put(&world, "ada", json!({"first_name": null})).await;
    assert!(matches!(blank, Err(Error::Refused(_))), "{blank:?}");
    let nameless = put(&world, "new", json!({"first_name": "New"})).await;
    assert!(matches!(nameless, Err(Error::Refused(_))), "{nameless:?}");
}

#[tokio::test]
async fn what_people_edit_themselves_stays_where_the_mapping_leaves_it_to_them() {
    let mut mapping = attendee_sync_testkit::world::document("devcon")["mapping"].clone();
    mapping["company"] = json!({"path": "company", "apply": "on_create"});
    mapping["job_title"] = json!({"path": "job", "apply": "if_empty"});
    let world = World::of(json!({"mapping": mapping}), vec![person("ada")]).await;
    let edit = async |profile: Value| {
        world
            .app
            .edit_own_profile(&devcon(), &address("ada"), &changes(&profile))
            .await
    };
    let locked = edit(json!({
        "company": "Own", "first_name": "A", "last_name": "B", "email": "x@example.org", "shoe": "1"
    }))
    .await;
    let Err(Error::Refused(problems)) = locked else {
        panic!("it was taken")
    };
    let paths: Vec<&str> = problems
        .0
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "profile.email",
            "profile.first_name",
            "profile.last_name",
            "profile.shoe"
        ]
    );
    assert_eq!(company(&world, "ada").await.as_deref(), Some("Initech"));
    let own = json!({"company": "  Own\tCompany ", "job_title": null, "biography": "Line\r\nline"});
    assert_eq!(edit(own).await.unwrap().len(), 3);
    for job in ["Engineer", "Chief"] {
        world.feed(vec![with(
            person("ada"),
            json!({"company": job, "job": job}),
        )]);
        world.sync("devcon").await;
        let ada = view(&world, "ada").await;
        assert_eq!(ada.profile.get(ProfileField::Company), Some("Own Company"));
        assert_eq!(
            ada.profile.get(ProfileField::JobTitle),
            None,
            "they emptied it"
        );
        assert_eq!(ada.profile.get(ProfileField::Biography), Some("Line\nline"));
    }
    assert!(view(&world, "ada").await.by_hand.is_empty());
    // Once the mapping takes it always, the sync has it again.
    world.configure("devcon", json!({})).await;
    world.feed(vec![with(person("ada"), json!({"company": "Globex"}))]);
    world.sync("devcon").await;
    assert_eq!(company(&world, "ada").await.as_deref(), Some("Globex"));
    world
        .app
        .remove_by_hand(&devcon(), &address("ada"))
        .await
        .unwrap();
    let own = changes(&json!({"biography": "x"}));
    let gone = world
        .app
        .edit_own_profile(&devcon(), &address("ada"), &own)
        .await;
    assert!(matches!(gone, Err(Error::NoPerson)));
}

#[tokio::test]
async fn groups_by_hand_are_those_that_were_given_last() {
    let world = World::of(json!({}), vec![person("ada")]).await;
    let give = async |groups: &[&str], scope| {
        let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
        let edit = hand_edit(&BTreeMap::new(), Some(&groups)).unwrap();
        world
            .app
            .put_by_hand(&devcon(), &address("ada"), &edit, scope)
            .await
    };
    give(&["VIP", "Press"], HandScope::Anybody).await.unwrap();
    assert_eq!(world.groups().await, "Press: 1, Regular: 1, VIP: 1");
    give(&["vip", "Regular"], HandScope::Anybody).await.unwrap();
    assert_eq!(world.groups().await, "Press: 0, Regular: 1, VIP: 1");
    world.sync("devcon").await;
    assert_eq!(world.groups().await, "Press: 0, Regular: 1, VIP: 1");
    assert!(release(&world, "ada", "groups").await);
    assert_eq!(world.groups().await, "Press: 0, Regular: 1, VIP: 0");
    let walk_in = give(&["VIP"], HandScope::WalkIn).await;
    assert!(matches!(walk_in, Err(Error::Attends)), "{walk_in:?}");
}

#[tokio::test]
async fn an_erasure_ends_what_was_set_by_hand() {
    let world = removing(vec![person("ada"), person("bo")]).await;
    add(&world, "hand").await;
    put(&world, "ada", json!({"company": "Own"})).await.unwrap();
    let acme = "acme".parse().unwrap();
    for name in ["hand", "ada"] {
        world.app.erase_user(&acme, &address(name)).await.unwrap();
    }
    for _ in 0..2 {
        world.sync("devcon").await;
        assert!(!attends(&world, "hand").await && !attends(&world, "ada").await);
        assert!(!release_is_known(&world, "hand").await);
    }
    // The flag of a record erases whoever was added by hand, too.
    add(&world, "other").await;
    world.feed(vec![
        person("bo"),
        with(person("other"), json!({"erased": true})),
    ]);
    world.sync("devcon").await;
    assert!(!attends(&world, "other").await);
    world.sync("devcon").await;
    assert!(!attends(&world, "other").await);
    // Whoever adds them again means it.
    add(&world, "hand").await;
    assert!(attends(&world, "hand").await);
    assert_eq!(company(&world, "hand").await, None);
}

async fn release_is_known(world: &World, name: &str) -> bool {
    let released = world
        .app
        .release_by_hand(&devcon(), &address(name), HandField::Status)
        .await;
    !matches!(released, Err(Error::NoPerson))
}

#[tokio::test]
async fn what_was_set_by_hand_moves_with_a_correction_and_not_with_a_transfer() {
    let world = World::of(
        json!({}),
        vec![person("ada"), person("bo"), person("cleo"), person("dan")],
    )
    .await;
    put(&world, "ada", json!({"company": "Own"})).await.unwrap();
    put(&world, "bo", json!({"company": "Own"})).await.unwrap();
    world
        .app
        .remove_by_hand(&devcon(), &address("cleo"))
        .await
        .unwrap();
    let at = |name: &str, email: &str, first: &str| {
        with(
            person(name),
            json!({"email": format!("{email}@example.org"), "first": first}),
        )
    };
    world.feed(vec![
        at("ada", "ada.new", "ada"),
        at("bo", "ben", "ben"),
        at("cleo", "cleo.new", "cleo"),
        person("dan"),
    ]);
    let run = world.sync("devcon").await;
    assert_eq!(run.state, RunState::Succeeded);
    assert_eq!(company(&world, "ada.new").await.as_deref(), Some("Own"));
    assert_eq!(company(&world, "ben").await.as_deref(), Some("Initech"));
    assert!(!attends(&world, "ada").await && !attends(&world, "bo").await);
    assert!(
        !attends(&world, "cleo.new").await,
        "they were removed by hand"
    );
    assert!(release(&world, "cleo.new", "status").await);
    assert!(attends(&world, "cleo.new").await);
}

#[tokio::test]
async fn who_is_added_is_invited_where_the_event_invites() {
    let invitations = json!({"invitations": {
        "enabled": true,
        "template": {"from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Come"}
    }});
    let world = World::of(invitations, vec![person("ada")]).await;
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    add(&world, "hand").await;
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    assert_eq!(
        world.postbox.recipients(),
        ["ada@example.org", "hand@example.org"]
    );
    put(&world, "hand", json!({"company": "Own"}))
        .await
        .unwrap();
    world
        .app
        .remove_by_hand(&devcon(), &address("hand"))
        .await
        .unwrap();
    put(&world, "hand", json!({})).await.unwrap();
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    assert_eq!(
        world.postbox.recipients().len(),
        2,
        "nobody is invited twice"
    );
}

/// What is expected of one person.
#[derive(Debug, Clone, Copy, Default)]
struct ModelPresence {
    /// Whether the feed has their record, and whether it is cancelled.
    record: Option<bool>,
    /// What the last sync read of them.
    read: Option<bool>,
    by_hand: Option<bool>,
    blocked: bool,
    known: bool,
}

impl ModelPresence {
    fn attends(self) -> bool {
        let by_feed = self.read == Some(false);
        self.known && !self.blocked && self.by_hand.unwrap_or(by_feed)
    }
}

/// Random feeds and hands: who attends is what the hands said last, else what the feed says.
#[tokio::test]
async fn hands_and_feeds_in_any_order_end_as_the_model_says() {
    for seed in 0..30 {
        let mut random = SoakRandom::new(seed);
        let world = removing(vec![person("stays")]).await;
        let mut people = [ModelPresence::default(); 5];
        let name = |at: usize| format!("p{at}");
        for step in 0..40 {
            let at = random.below(people.len());
            let who = name(at);
            let state = &mut people[at..=at];
            let Some(state) = state.first_mut() else {
                continue;
            };
            match random.below(8) {
                0 => state.record = None,
                1 => state.record = Some(false),
                2 => state.record = Some(true),
                3 if !state.blocked => {
                    let names = json!({"first_name": "P", "last_name": "Q"});
                    let attended = state.attends();
                    put(&world, &who, names).await.unwrap();
                    state.known = true;
                    if !attended {
                        state.by_hand = Some(true);
                    }
                }
                4 if state.known => {
                    world
                        .app
                        .remove_by_hand(&devcon(), &address(&who))
                        .await
                        .unwrap();
                    state.by_hand = Some(false);
                }
                5 if state.known => {
                    release(&world, &who, "status").await;
                    state.by_hand = None;
                }
                6 if state.known => {
                    state.blocked = !state.blocked;
                    let change = if state.blocked {
                        BlockChange::Put
                    } else {
                        BlockChange::Lifted
                    };
                    let blocked = world
                        .app
                        .set_blocked(&devcon(), &address(&who), change)
                        .await;
                    blocked.unwrap();
                }
                _ => {
                    let mut feed = vec![person("stays")];
                    for (at, state) in people.iter_mut().enumerate() {
                        state.read = state.record;
                        state.known |= state.record.is_some();
                        if let Some(cancelled) = state.record {
                            feed.push(with(person(&name(at)), json!({"cancelled": cancelled})));
                        }
                    }
                    world.feed(feed);
                    let run = world.sync("devcon").await;
                    assert!(run.counts.add_up(), "{seed} {step}: {:?}", run.counts);
                }
            }
            for (at, state) in people.iter().enumerate() {
                let attends = attends(&world, &name(at)).await;
                assert_eq!(
                    attends,
                    state.attends(),
                    "seed {seed}, step {step}, p{at}: {state:?}"
                );
            }
        }
        assert!(attends(&world, "stays").await);
    }
}
