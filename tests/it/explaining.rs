//! Who may come in, why everything is as it is with somebody, and how they are found.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_app::{Access, Error, Explanation};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::run::{Action, RunState};
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, acme, address, crowd, devcon, person, with};
use serde_json::{Value, json};

/// A world with the event `devcon` of these people.
async fn event(records: Vec<Value>) -> World {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    world.feed(records);
    world.sync("devcon").await;
    world
}

async fn access(world: &World, name: &str) -> Access {
    world.app.access(&devcon(), &address(name)).await.unwrap()
}

async fn explain(world: &World, name: &str) -> Explanation {
    let explained = world.app.explanation(&devcon(), &address(name)).await;
    explained.unwrap()
}

const STRANGER: &str = "Nobody with this address is in the event; the last complete sync was ";

#[tokio::test]
async fn access_is_right_at_once_after_every_change() {
    let world = event(vec![person("ada"), person("bo")]).await;
    let ada = access(&world, "ada").await;
    assert!(ada.allowed);
    assert_eq!(
        ada.reason,
        "Attends since 1 November 2026; added by run devcon.1"
    );
    assert_eq!(ada.groups[..], ["Regular".parse_group()]);
    assert_eq!(
        ada.locked_fields,
        [
            "email",
            "first_name",
            "last_name",
            "company",
            "digital_badge"
        ]
    );

    world.feed(vec![
        with(person("ada"), json!({"cancelled": true})),
        with(person("bo"), json!({"erased": true})),
    ]);
    world.sync("devcon").await;
    let ada = access(&world, "ada").await;
    assert_eq!(
        (ada.allowed, ada.reason.as_str()),
        (
            false,
            "Removed by run devcon.2: rule 1 removes them from the event"
        )
    );
    assert!(ada.locked_fields.is_empty() && ada.groups.is_empty());
    let bo = access(&world, "bo").await;
    assert!(!bo.allowed && bo.reason.starts_with(STRANGER), "{bo:?}");
    assert!(
        bo.reason.contains("devcon.2 on 1 November 2026 at "),
        "{bo:?}"
    );
    assert_eq!(bo, access(&world, "nobody").await);

    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    let ada = access(&world, "ada").await;
    assert!(ada.allowed);
    assert_eq!(
        ada.reason,
        "Attends; first added by run devcon.1, last changed by run devcon.3 on 1 November 2026"
    );
}

/// A group's name as a test writes it.
trait ParseGroup {
    fn parse_group(&self) -> attendee_sync_domain::group::GroupName;
}

impl ParseGroup for str {
    fn parse_group(&self) -> attendee_sync_domain::group::GroupName {
        attendee_sync_domain::group::GroupName::parse(self).unwrap()
    }
}

#[tokio::test]
async fn access_asks_the_table_once_and_writes_nothing() {
    let world = event(vec![person("ada")]).await;
    access(&world, "ada").await;
    let (reads, writes) = (world.line.reads(), world.line.writes());
    access(&world, "ada").await;
    assert_eq!(world.line.reads() - reads, 1);
    let reads = world.line.reads();
    access(&world, "nobody").await;
    assert_eq!(world.line.reads() - reads, 2, "the runs, too");
    assert_eq!(world.line.writes(), writes);
}

#[tokio::test]
async fn an_unknown_event_is_an_error_and_an_unknown_person_is_none() {
    let world = event(vec![person("ada")]).await;
    let nowhere: EventId = "nowhere".parse().unwrap();
    let error = world.app.access(&nowhere, &address("ada")).await;
    assert!(matches!(error, Err(Error::NoEvent(_))), "{error:?}");
    let error = world.app.explanation(&nowhere, &address("ada")).await;
    assert!(matches!(error, Err(Error::NoEvent(_))), "{error:?}");
    assert!(!access(&world, "nobody").await.allowed);
}

#[tokio::test]
async fn an_open_event_lets_in_its_community() {
    let world = event(vec![person("ada")]).await;
    world
        .configure("summit", json!({"access": {"attendees_only": false}}))
        .await;
    let summit: EventId = "summit".parse().unwrap();
    let ada = world.app.access(&summit, &address("ada")).await.unwrap();
    assert!(ada.allowed && ada.locked_fields.is_empty(), "{ada:?}");
    let bo = world.app.access(&summit, &address("bo")).await.unwrap();
    assert!(!bo.allowed, "{bo:?}");
    world.feed(vec![with(person("ada"), json!({"cancelled": true}))]);
    world.sync("summit").await;
    let ada = world.app.access(&summit, &address("ada")).await.unwrap();
    assert!(!ada.allowed, "{ada:?}");
    assert_eq!(
        ada.reason,
        "Never added: rule 1 removes them from the event (run summit.1)"
    );
}

#[tokio::test]
async fn who_is_being_erased_is_a_stranger_from_the_first_write_on() {
    let flagged = || vec![with(person("ada"), json!({"erased": true})), person("bo")];
    let calm = event(vec![person("ada"), person("bo")]).await;
    let before = calm.line.writes();
    calm.feed(flagged());
    calm.sync("devcon").await;
    let writes = calm.line.writes() - before;
    let mut unfinished = 0;
    for crash_after in 0..writes {
        let line = FaultyTransport::new();
        let world = World::over(line.clone());
        world.configure("devcon", json!({})).await;
        world.feed(vec![person("ada"), person("bo")]);
        world.sync("devcon").await;
        world.feed(flagged());
        line.cut_after(crash_after);
        let _cut_off = world.try_sync("devcon").await;
        line.mend();
        let access = access(&world, "ada").await;
        let erasing = world.app.parts().store.erasures(&acme()).await.unwrap();
        if !erasing.is_empty() {
            unfinished += 1;
            assert!(!access.allowed, "crash after {crash_after}");
            assert_eq!(access, explain(&world, "nobody").await.access);
            let mut stranger = explain(&world, "nobody").await;
            stranger.email = address("ada");
            assert_eq!(explain(&world, "ada").await, stranger);
            let state = world.state("devcon").await;
            assert!(
                !state.contains("ada@"),
                "crash after {crash_after}: {state}"
            );
            let found = world.app.look_up(&devcon(), "ada", 20).await;
            assert_eq!(found.unwrap(), []);
        }
        assert_eq!(access.allowed, access.reason.starts_with("Attends"));
    }
    assert!(unfinished > 2, "{unfinished}");
}

#[tokio::test]
async fn an_explanation_tells_the_whole_story() {
    let world = event(vec![person("ada"), person("bo")]).await;
    world.configure("summit", json!({})).await;
    world.feed(vec![with(
        person("ada"),
        json!({"groups": ["Press"], "company": "Hooli", "id": "S-1"}),
    )]);
    world.sync("summit").await;
    world.feed(vec![
        with(person("ada"), json!({"groups": ["VIP"], "badge": "no url"})),
        person("bo"),
    ]);
    let run = world.sync("devcon").await;
    let ada = explain(&world, "ada").await;
    let runs: Vec<(String, Option<RunState>, Action)> = ada
        .changes
        .iter()
        .map(|change| (change.run.to_string(), change.state, change.action))
        .collect();
    let done = Some(RunState::Succeeded);
    assert_eq!(
        runs,
        [
            ("devcon.2".to_owned(), done, Action::Updated),
            ("devcon.1".to_owned(), done, Action::Added)
        ]
    );
    let groups: Vec<String> = ada.groups.iter().flat_map(|g| g.says.clone()).collect();
    assert_eq!(
        groups,
        [
            "assigned by the sync of summit",
            "assigned by this event's sync: record 1, by the mapping"
        ]
    );
    let company = ada
        .fields
        .iter()
        .find(|f| f.field.name() == "company")
        .unwrap();
    assert_eq!(
        (company.value.as_deref(), company.record),
        (Some("Initech"), Some(1))
    );
    assert_eq!(company.origin, "the source's field company");
    let issues: Vec<_> = ada.issues.iter().map(|i| i.run.clone()).collect();
    assert_eq!(issues, vec![run.id.clone(); ada.issues.len()]);
    assert!(!issues.is_empty());
    assert!(explain(&world, "bo").await.issues.is_empty());

    // The other event changed them since.
    let summit: EventId = "summit".parse().unwrap();
    let there = world.app.explanation(&summit, &address("ada")).await;
    let there = there.unwrap();
    let company = there
        .fields
        .iter()
        .find(|f| f.field.name() == "company")
        .unwrap();
    assert_eq!(
        company.origin,
        "set by another event or earlier; the source's field company has another value"
    );
}

#[tokio::test]
async fn what_a_guard_holds_of_them_is_told_until_it_is_decided() {
    let people = crowd(40);
    let world = event(people.clone()).await;
    let cancel = |record: Value| with(record, json!({"cancelled": true}));
    world.feed(people.into_iter().map(cancel).collect());
    let run = world.try_sync("devcon").await.unwrap();
    assert_eq!(run.state, RunState::Held);
    let held = explain(&world, "p0007").await;
    assert!(held.access.allowed);
    assert_eq!(
        held.notes,
        [
            "Run devcon.2 would remove them from the event (rule 1 removes them from the event); \
             this waits for approval"
        ]
    );
    assert!(explain(&world, "nobody").await.held.is_none());
    world.app.discard(&run.id).await.unwrap();
    let dropped = explain(&world, "p0007").await;
    assert_eq!((dropped.held, dropped.notes.len()), (None, 0));
}

#[tokio::test]
async fn a_rejected_record_explains_who_is_not_there_also_after_a_quiet_run() {
    let world = event(vec![
        person("ada"),
        with(person("bo"), json!({"last": null})),
    ])
    .await;
    world.sync("devcon").await;
    let bo = explain(&world, "bo").await;
    assert!(!bo.access.allowed);
    assert_eq!(
        bo.notes,
        ["Run devcon.2 rejected record 2 of this person: there is no last name"]
    );
}

async fn search(world: &World, text: &str) -> Vec<String> {
    let found = world.app.search(&acme(), text, 20).await;
    let found = found.unwrap();
    found.iter().map(|one| one.email.to_string()).collect()
}

#[tokio::test]
async fn people_are_found_by_parts_of_addresses_and_names() {
    let zoe = with(
        person("zoe"),
        json!({"first": "Zo\u{eb}", "last": "\u{c5}str\u{f6}m"}),
    );
    let world = event(vec![person("ada"), zoe, person("adam")]).await;
    let ada = ["ada@example.org"];
    assert_eq!(search(&world, " ADA@example.org ").await, ada);
    let both = ["ada@example.org", "adam@example.org"];
    assert_eq!(search(&world, "Ada").await, both);
    for text in ["astrom ZOE", "zo\u{cb}", "strom example.org"] {
        assert_eq!(search(&world, text).await, ["zoe@example.org"], "{text}");
    }
    assert_eq!(search(&world, "zoe ada").await, [""; 0]);
    assert_eq!(search(&world, "  ").await, [""; 0]);
    let acme = acme();
    let one = world.app.search(&acme, "example", 1);
    assert_eq!(one.await.unwrap().len(), 1);

    world.configure("summit", json!({})).await;
    world.feed(vec![person("adam")]);
    world.sync("summit").await;
    let summit: EventId = "summit".parse().unwrap();
    for (text, number) in [("ada", 1), ("ada@example.org", 0), ("adam@example.org", 1)] {
        let found = world.app.look_up(&summit, text, 20).await.unwrap();
        let exact = found.iter().filter(|one| !one.is_similar);
        assert_eq!(exact.count(), number, "{text}");
    }

    world.feed(vec![with(person("adam"), json!({"erased": true}))]);
    world.sync("summit").await;
    assert_eq!(search(&world, "adam").await, [""; 0]);
    assert_eq!(search(&world, "adam@example.org").await, [""; 0]);
}

#[tokio::test]
async fn the_desk_finds_people_as_they_say_their_names_and_by_their_orders() {
    let anke = with(
        person("as"),
        json!({"id": "ABC12-1", "first": "Anke", "last": "Sch\u{e4}fer"}),
    );
    let other = with(person("bo"), json!({"first": "Bo", "last": "Scheffer"}));
    let world = event(vec![anke, other]).await;
    let look_up = async |text: &str| {
        let found = world.app.look_up(&devcon(), text, 20).await.unwrap();
        let lines = found.into_iter().map(|one| {
            let hint = if one.is_similar { " (similar)" } else { "" };
            format!("{}{hint}", one.found.email)
        });
        lines.collect::<Vec<_>>()
    };
    for text in [
        "Sch\u{e4}fer, Anke",
        "anke sch\u{e4}fer",
        "abc12",
        "#ABC12-1",
        "as@example.org",
    ] {
        assert_eq!(look_up(text).await, ["as@example.org"], "{text}");
    }
    for text in ["Sch\u{e4}fer Akne", "as@exmaple.org"] {
        assert_eq!(look_up(text).await, ["as@example.org (similar)"], "{text}");
    }
    assert_eq!(look_up("scheffer").await, ["bo@example.org"]);
    assert_eq!(
        look_up("schaffer").await,
        ["as@example.org (similar)", "bo@example.org (similar)"]
    );
    assert_eq!(look_up("bo").await, ["bo@example.org"]);
    assert_eq!(look_up("abc1").await, [""; 0]);
}

#[tokio::test]
async fn a_search_knows_what_was_written_since_the_one_before() {
    let world = event(vec![person("ada"), person("bo")]).await;
    assert_eq!(search(&world, "example").await.len(), 2);
    world.feed(vec![
        with(person("ada"), json!({"last": "Zimmer"})),
        person("bo"),
        person("cy"),
    ]);
    world.sync("devcon").await;
    assert_eq!(search(&world, "zimmer").await, ["ada@example.org"]);
    assert_eq!(search(&world, "cy").await, ["cy@example.org"]);
    world.app.erase_user(&acme(), &address("bo")).await.unwrap();
    assert_eq!(search(&world, "bo").await, [""; 0]);
    assert_eq!(search(&world, "example").await.len(), 2);
}

#[tokio::test]
async fn users_and_members_come_in_pages() {
    let mut people = crowd(45);
    people[7] = with(people[7].clone(), json!({"groups": ["VIP"]}));
    let world = event(people.clone()).await;
    people[3] = with(people[3].clone(), json!({"erased": true}));
    world.feed(people);
    world.sync("devcon").await;
    let (mut users, mut members) = (Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let (page, next) = world.app.users(&acme(), after, 4).await.unwrap();
        assert!((1..=4).contains(&page.len()) || next.is_none());
        users.extend(page.into_iter().map(|user| user.email));
        after = next;
        if after.is_none() {
            break;
        }
    }
    let regular = "REGULAR".parse_group();
    loop {
        let page = world.app.members(&acme(), &regular, after, 4).await;
        let (page, next) = page.unwrap().unwrap();
        members.extend(page.into_iter().map(|member| member.email));
        after = next;
        if after.is_none() {
            break;
        }
    }
    for (mut all, number) in [(users, 44), (members, 43)] {
        all.sort();
        all.dedup();
        assert_eq!(all.len(), number);
    }
    let vip = world
        .app
        .members(&acme(), &"VIP".parse_group(), None, 9)
        .await;
    let (vip, next) = vip.unwrap().unwrap();
    assert_eq!((vip.len(), next), (1, None));
    assert_eq!(vip.first().unwrap().name, "p0007 Example");
    let none = world
        .app
        .members(&acme(), &"None".parse_group(), None, 9)
        .await;
    assert_eq!(none.unwrap(), None);
    let user = world.app.user(&acme(), &address("p0007")).await.unwrap();
    assert_eq!(user.groups.first().unwrap().name, "VIP".parse_group());
    let gone = world.app.user(&acme(), &address("p0003")).await;
    assert!(matches!(gone, Err(Error::NoPerson)), "{gone:?}");
}
