//! Digital badges: each URL is looked at once, beside the syncs, and what is wrong is told and dropped nowhere.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::ports::RunCommand;
use attendee_sync_app::{App, CommandOutcome};
use attendee_sync_domain::badge::{BadgeCheck, BadgeFinding, BadgeKind, BadgeRound};
use attendee_sync_testkit::permissions::{Function, acting_as};
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::source::Scripted;
use attendee_sync_testkit::world::{World, acme, address, crowd, devcon, person, with};
use serde_json::{Value, json};
use tokio::time::Instant;

/// A person with a badge at this URL.
fn with_badge(name: &str, url: &str) -> Value {
    with(person(name), json!({"badge": url}))
}

async fn check(world: &World) -> BadgeRound {
    world.app.check_badges(&devcon(), None).await.unwrap();
    round(world).await
}

async fn round(world: &World) -> BadgeRound {
    world.app.badge_round(&devcon()).await.unwrap().unwrap()
}

/// The URLs that were looked at since the last call.
fn looked_at(world: &World) -> Vec<String> {
    let mut asked = Vec::new();
    world
        .sources
        .change(|scripted| asked = std::mem::take(&mut scripted.asked_badges));
    asked
}

fn answer(world: &World, url: &str, finding: BadgeFinding) {
    world.sources.change(|scripted| {
        scripted.badges.insert(url.to_owned(), finding);
    });
}

fn feed(world: &World, records: Vec<Value>) {
    world.sources.change(|scripted| scripted.records = records);
}

async fn badge_of(world: &World, name: &str) -> Option<BadgeCheck> {
    let explained = world.app.explanation(&devcon(), &address(name)).await;
    explained.unwrap().badge
}

#[tokio::test]
async fn each_url_is_looked_at_once_and_what_is_wrong_is_told() {
    let (page, shared) = (
        "https://badges.example.org/ada.png?v=1",
        "https://badges.example.org/all.pdf",
    );
    let mut records = vec![
        with_badge("ada", page),
        with(person("cyd"), json!({"badge": null})),
    ];
    records.extend((0..50).map(|number| with_badge(&format!("p{number}"), shared)));
    let world = World::of(json!({}), records.clone()).await;
    answer(&world, page, BadgeFinding::WebPage);
    let before = badge_of(&world, "ada").await.unwrap();
    assert!(!before.checked && before.reason.is_none(), "{before:?}");
    assert_eq!(badge_of(&world, "cyd").await, None);

    let done = check(&world).await;
    assert_eq!((done.checked, done.bad, done.left), (2, 1, 0), "{done:?}");
    let asked: BTreeSet<String> = looked_at(&world).into_iter().collect();
    assert_eq!(asked, BTreeSet::from([page.to_owned(), shared.to_owned()]));
    let wrong = badge_of(&world, "ada").await.unwrap();
    assert!(wrong.reason.unwrap().contains("web page"));
    let good = badge_of(&world, "p7").await.unwrap();
    assert_eq!((good.checked, good.kind), (true, Some(BadgeKind::Pdf)));
    let bad = world.app.bad_badges(&devcon(), None).await.unwrap();
    let emails: Vec<&str> = bad.people.iter().map(|bad| bad.email.as_str()).collect();
    assert_eq!((emails, bad.next), (vec!["ada@example.org"], None));
    // The badge itself stays.
    let view = world
        .app
        .attendee(&devcon(), &address("ada"))
        .await
        .unwrap();
    assert_eq!(view.digital_badge.as_deref(), Some(page));

    // Nothing is asked twice, whatever else changes; another query is another URL.
    let writes = world.line.writes();
    check(&world).await;
    assert_eq!(world.line.writes(), writes, "nothing changed");
    records[0] = with(records[0].clone(), json!({"company": "Other"}));
    feed(&world, records.clone());
    world.sync("devcon").await;
    check(&world).await;
    assert_eq!(looked_at(&world), Vec::<String>::new());
    let renewed = page.replace("v=1", "v=2");
    records[0] = with_badge("ada", &renewed);
    feed(&world, records);
    world.sync("devcon").await;
    let done = check(&world).await;
    assert_eq!(looked_at(&world), [renewed]);
    // What nobody has any more is forgotten.
    assert_eq!((done.checked, done.bad), (2, 0), "{done:?}");
}

#[tokio::test]
async fn bad_badges_are_looked_at_again_when_somebody_asks() {
    let world = World::of(json!({}), vec![person("ada"), person("bo")]).await;
    let url = "https://badges.example.org/ada.pdf";
    answer(&world, url, BadgeFinding::Status(404));
    assert_eq!(check(&world).await.bad, 1);
    answer(&world, url, BadgeFinding::Good(BadgeKind::Jpg));
    looked_at(&world);
    // Where no process takes orders, the next look at all events goes on.
    let _ordered = world.app.check_bad_badges_again(&devcon()).await;
    let done = check(&world).await;
    assert_eq!(looked_at(&world), [url]);
    assert_eq!((done.checked, done.bad, done.left), (2, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_left_alone_after_three_urls_and_others_are_looked_at() {
    let mut records: Vec<Value> = (0..40)
        .map(|number| {
            with_badge(
                &format!("p{number}"),
                &format!("https://slow.example.org/{number}"),
            )
        })
        .collect();
    records.push(person("ada"));
    let world = World::of(json!({}), records).await;
    for number in 0..40 {
        let url = format!("https://slow.example.org/{number}");
        answer(&world, &url, BadgeFinding::Silent);
    }
    let began = Instant::now();
    let done = check(&world).await;
    assert!(
        began.elapsed() <= Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
    let first = looked_at(&world);
    assert!((3..=7).contains(&(first.len() - 1)), "{first:?}");
    assert!(first.contains(&"https://badges.example.org/ada.pdf".to_owned()));
    assert_eq!(done.left + done.checked, 41);
    // The next round goes on with others of them.
    check(&world).await;
    let second = looked_at(&world);
    assert!(!second.is_empty());
    assert!(second.iter().all(|url| !first.contains(url)), "{second:?}");
}

#[tokio::test(start_paused = true)]
async fn a_round_ends_with_its_time_and_the_next_goes_on() {
    let urls: Vec<String> = (0..30)
        .map(|number| format!("https://s{number}.example.org/badge"))
        .collect();
    let people = urls.iter().enumerate();
    let people = people.map(|(number, url)| with_badge(&format!("p{number}"), url));
    let world = World::of(json!({}), people.collect()).await;
    for url in &urls {
        answer(&world, url, BadgeFinding::Silent);
    }
    let until = Instant::now() + Duration::from_secs(15);
    world
        .app
        .check_badges(&devcon(), Some(until))
        .await
        .unwrap();
    let done = round(&world).await;
    assert_eq!(
        (done.checked, done.left),
        (8, 22),
        "four at a time, ten seconds each"
    );
    let done = check(&world).await;
    assert_eq!((done.checked, done.bad, done.left), (30, 30, 0));
    let all = looked_at(&world);
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (30, 30), "never twice");
}

#[tokio::test]
async fn a_round_has_a_limit_of_urls_and_the_next_goes_on() {
    let world = World::of(json!({}), crowd(5_200)).await;
    let done = check(&world).await;
    assert_eq!((done.checked, done.left), (5_000, 200));
    assert_eq!(looked_at(&world).len(), 5_000);
    let done = check(&world).await;
    assert_eq!((done.checked, done.left), (5_200, 0));
    assert_eq!(looked_at(&world).len(), 200);
}

#[tokio::test]
async fn no_badge_is_looked_at_by_a_sync_or_without_a_mapping() {
    let world = World::of(json!({}), vec![person("ada")]).await;
    assert_eq!(looked_at(&world), Vec::<String>::new());
    let mut mapping = attendee_sync_testkit::world::document("devcon")["mapping"].clone();
    mapping.as_object_mut().unwrap().remove("digital_badge");
    world.configure("devcon", json!({"mapping": mapping})).await;
    let outcome = world.app.check_badges(&devcon(), None).await.unwrap();
    assert!(matches!(outcome, CommandOutcome::Nothing(_)));
    assert_eq!(looked_at(&world), Vec::<String>::new());
    assert_eq!(world.app.badge_round(&devcon()).await.unwrap(), None);
}

#[tokio::test]
async fn the_hourly_look_orders_a_round_and_fetch_may_do_it() {
    let world = World::cloud(Delivery::Calm);
    world.configure("devcon", json!({})).await;
    world.script(Scripted {
        records: vec![person("ada")],
        ..Scripted::default()
    });
    world.sync("devcon").await;
    let stage = world.stage.as_ref().unwrap();
    let ordered = async || {
        let _earlier = stage.drain_commands();
        acting_as(Function::Fetch, world.app.watch()).await.unwrap();
        stage.drain_commands()
    };
    let order = RunCommand::Badges { event: devcon() };
    assert_eq!(ordered().await, std::slice::from_ref(&order));
    stage.execute(&world.app, &order).await.unwrap();
    assert_eq!(looked_at(&world).len(), 1);
    assert_eq!(ordered().await, []);
    // The same command again, as a queue may deliver it, asks nothing.
    stage.execute(&world.app, &order).await.unwrap();
    assert_eq!(looked_at(&world), Vec::<String>::new());
}

#[tokio::test]
async fn two_rounds_at_once_ask_each_url_once() {
    let world = World::of(json!({}), crowd(60)).await;
    let app = |world: &World| Arc::clone(&world.app);
    let rounds = (0..4).map(|_| {
        let app: Arc<App> = app(&world);
        tokio::spawn(async move { app.check_badges(&devcon(), None).await.map(drop) })
    });
    for round in rounds.collect::<Vec<_>>() {
        round.await.unwrap().unwrap();
    }
    let all = looked_at(&world);
    let distinct: BTreeSet<&String> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (60, 60));
}

#[tokio::test]
async fn what_is_stored_of_badges_names_nobody_and_goes_with_the_event() {
    let name = "adacanary";
    let world = World::of(json!({}), vec![person(name)]).await;
    let url = format!("https://badges.example.org/{name}.pdf");
    answer(&world, &url, BadgeFinding::OtherFile);
    check(&world).await;
    let items = world.line.raw_items().into_iter();
    let of_badges: Vec<_> = items.filter(|item| item.key.sk.starts_with("B#")).collect();
    assert_eq!(of_badges.len(), 2, "{of_badges:?}");
    for item in &of_badges {
        let bytes = item.data().map(<[u8]>::to_vec);
        let text = bytes.unwrap_or_else(|| item.doc::<Value>().unwrap().to_string().into_bytes());
        let has_name = text.windows(name.len()).any(|part| part == name.as_bytes());
        assert!(!has_name, "{item:?}");
    }
    world.app.erase_user(&acme(), &address(name)).await.unwrap();
    assert_eq!(badge_of(&world, name).await, None);
    world.feed(vec![person("bo")]);
    world.sync("devcon").await;
    assert_eq!(
        check(&world).await.checked,
        1,
        "the erased badge is forgotten"
    );
}
