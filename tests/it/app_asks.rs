//! What the event app asks and reports: activity, pages, and the audience of a push message.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeSet;

use attendee_sync_app::{
    ActivityFilter, AttendeeFilter, AudienceRequest, Error, GroupEdit, GroupMatch, ListOrder,
};
use attendee_sync_domain::activity::ActivityReport;
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::plan::BlockChange;
use attendee_sync_testkit::world::{World, address, devcon, person, with};
use attendee_sync_tests::soak::SoakRandom;
use serde_json::{Value, json};

fn entered(at: &str) -> ActivityReport {
    serde_json::from_value(json!({"has_account": true, "entered_at": at})).unwrap()
}

async fn report(world: &World, name: &str) {
    let report = entered("2026-11-01T07:00:00Z");
    let reported = world
        .app
        .report_activity(&devcon(), &address(name), &report)
        .await;
    reported.unwrap();
}

/// Who has entered, by what is stored.
async fn who_entered(world: &World) -> Vec<String> {
    let people = world.people("devcon").await.into_iter();
    people
        .filter(|view| view.activity.entered_at.is_some())
        .map(|view| view.email.to_string())
        .collect()
}

#[tokio::test]
async fn no_sync_changes_what_the_app_reported() {
    let world = World::of(
        json!({"missing": "remove_attendee"}),
        vec![person("ada"), person("bo")],
    )
    .await;
    report(&world, "ada").await;
    let writes = world.line.writes();
    report(&world, "ada").await;
    assert_eq!(
        world.line.writes(),
        writes,
        "the same report writes nothing"
    );
    for feed in [
        vec![
            with(person("ada"), json!({"company": "Globex"})),
            person("bo"),
        ],
        vec![
            with(person("ada"), json!({"cancelled": true})),
            person("bo"),
        ],
        vec![person("bo")],
        vec![person("ada"), person("bo")],
    ] {
        world.feed(feed);
        world.sync("devcon").await;
        assert_eq!(who_entered(&world).await, ["ada@example.org"]);
    }
    let nobody = world
        .app
        .report_activity(
            &devcon(),
            &address("nobody"),
            &entered("2026-11-01T07:00:00Z"),
        )
        .await;
    assert!(matches!(nobody, Err(Error::NoPerson)), "{nobody:?}");
    for wrong in [json!({}), json!({"entered_at": "2027-11-01T07:00:00Z"})] {
        let report: ActivityReport = serde_json::from_value(wrong).unwrap();
        let refused = world
            .app
            .report_activity(&devcon(), &address("ada"), &report)
            .await;
        assert!(matches!(refused, Err(Error::Refused(_))));
    }
}

#[tokio::test]
async fn activity_moves_with_a_correction_and_not_with_a_transfer() {
    let corrected = with(person("ada"), json!({"email": "ada.new@example.org"}));
    let handed_on = with(
        person("bo"),
        json!({"email": "cleo@example.org", "first": "Cleo"}),
    );
    let world = World::of(json!({}), vec![person("ada"), person("bo"), person("dan")]).await;
    report(&world, "ada").await;
    report(&world, "bo").await;
    world.feed(vec![corrected, handed_on, person("dan")]);
    world.sync("devcon").await;
    assert_eq!(
        who_entered(&world).await,
        ["ada.new@example.org", "bo@example.org"]
    );
}

#[tokio::test]
async fn who_has_no_account_and_who_has_not_entered_is_listed() {
    let world = World::of(json!({}), vec![person("ada"), person("bo"), person("cleo")]).await;
    report(&world, "ada").await;
    let account = serde_json::from_value(json!({"has_account": true})).unwrap();
    let reported = world
        .app
        .report_activity(&devcon(), &address("bo"), &account)
        .await;
    reported.unwrap();
    let listed = async |activity| {
        let filter = AttendeeFilter {
            activity,
            ..AttendeeFilter::default()
        };
        let order = ListOrder::named("email").unwrap();
        let page = world
            .app
            .attendees(&devcon(), &filter, order, None, 10)
            .await;
        let people = page.unwrap().attendees.into_iter();
        people
            .map(|view| view.email.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        listed(ActivityFilter::NoAccount).await,
        ["cleo@example.org"]
    );
    assert_eq!(
        listed(ActivityFilter::NotEntered).await,
        ["bo@example.org", "cleo@example.org"]
    );
    assert_eq!(listed(ActivityFilter::Any).await.len(), 3);
}

#[tokio::test]
async fn a_page_is_for_its_groups_and_one_without_groups_for_everybody() {
    let access = json!({"access": {"pages": [
        {"name": "workshops", "groups": ["workshop a", "Speaker"]},
        {"name": "map"}
    ]}});
    let speaker = with(person("ada"), json!({"groups": ["SPEAKER"]}));
    let gone = with(person("cleo"), json!({"cancelled": true}));
    let world = World::of(access, vec![speaker, person("bo"), gone]).await;
    let ada = world.app.access(&devcon(), &address("ada")).await.unwrap();
    assert_eq!(ada.pages, ["workshops", "map"]);
    let bo = world.app.access(&devcon(), &address("bo")).await.unwrap();
    assert_eq!((bo.allowed, &bo.pages[..]), (true, &["map".to_owned()][..]));
    let cleo = world.app.access(&devcon(), &address("cleo")).await.unwrap();
    assert!(!cleo.allowed && cleo.pages.is_empty());

    let page = async |name: &str, page: &str| {
        world
            .app
            .access_to_page(&devcon(), &address(name), page)
            .await
    };
    assert!(page("ada", "workshops").await.unwrap().allowed);
    let refused = page("bo", "workshops").await.unwrap();
    assert!(!refused.allowed);
    assert!(
        refused.reason.contains("workshop a, Speaker"),
        "{refused:?}"
    );
    assert!(page("bo", "map").await.unwrap().allowed);
    assert!(!page("cleo", "map").await.unwrap().allowed);
    let unknown = page("ada", "lounge").await.unwrap_err().to_string();
    assert!(unknown.contains("\"workshops\", \"map\""), "{unknown}");
}

#[tokio::test]
async fn wrong_pages_are_refused_by_their_places() {
    let world = World::new();
    let access = json!({"access": {"pages": [
        {"name": " "}, {"name": "map"}, {"name": "map", "groups": ["\u{200b}"]}
    ]}});
    let Err(Error::Configuration(problems)) = world.try_configure("devcon", access).await else {
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
            "access.pages[0].name",
            "access.pages[2].name",
            "access.pages[2].groups[0]"
        ]
    );
}

const GROUPS: [&str; 4] = ["VIP", "Speaker", "Workshop A", "Press"];
const COUNTRIES: [&str; 3] = ["NL", "BE", "France"];
const PAGES: [&str; 3] = ["all", "stage", "press room"];

/// Somebody as the model has them.
struct ModelMember {
    email: String,
    attends: bool,
    groups: BTreeSet<usize>,
    country: Option<usize>,
}

fn groups_of_page(page: usize) -> &'static [usize] {
    [&[][..], &[0, 1], &[3]][page]
}

/// Draws an event of some people, some of whom were removed or blocked.
async fn drawn(seeded: &mut SoakRandom) -> (World, Vec<ModelMember>) {
    let mut members = Vec::new();
    let mut records = Vec::new();
    for number in 0..30 {
        let groups: BTreeSet<usize> = (0..GROUPS.len()).filter(|_| seeded.below(3) == 0).collect();
        let country = (seeded.below(4) > 0).then(|| seeded.below(COUNTRIES.len()));
        let attends = seeded.below(5) > 0;
        let name = format!("p{number:02}");
        let mut record = with(
            person(&name),
            json!({
                "groups": groups.iter().map(|group| GROUPS[*group]).collect::<Vec<_>>(),
                "cancelled": !attends && number % 2 == 0,
            }),
        );
        if let Some(country) = country {
            record["country"] = json!(COUNTRIES[country]);
        }
        records.push(record);
        members.push(ModelMember {
            email: format!("{name}@example.org"),
            attends,
            groups,
            country,
        });
    }
    let pages: Vec<Value> = (0..PAGES.len())
        .map(|page| {
            let groups = groups_of_page(page).iter().map(|group| GROUPS[*group]);
            json!({"name": PAGES[page], "groups": groups.collect::<Vec<_>>()})
        })
        .collect();
    let mut mapping = attendee_sync_testkit::world::document("devcon")["mapping"].clone();
    mapping["country"] = json!("country");
    let change = json!({"mapping": mapping, "access": {"pages": pages}});
    let world = World::of(change, records).await;
    for (number, member) in members.iter().enumerate() {
        if !member.attends && number % 2 == 1 {
            let email = member.email.parse().unwrap();
            let blocked = world
                .app
                .set_blocked(&devcon(), &email, BlockChange::Put)
                .await;
            assert!(blocked.unwrap());
        }
    }
    (world, members)
}

/// Whom a request reaches, by the model.
fn reached(
    members: &[ModelMember],
    groups: &BTreeSet<usize>,
    matching: GroupMatch,
    country: Option<usize>,
    page: Option<usize>,
) -> BTreeSet<String> {
    let in_groups = |member: &ModelMember| match matching {
        _ if groups.is_empty() => true,
        GroupMatch::Any => !groups.is_disjoint(&member.groups),
        GroupMatch::All => groups.is_subset(&member.groups),
    };
    let sees = |member: &ModelMember| {
        let wanted = page.map_or(&[][..], groups_of_page);
        wanted.is_empty() || wanted.iter().any(|group| member.groups.contains(group))
    };
    let there = members.iter().filter(|member| member.attends);
    there
        .filter(|member| in_groups(member) && sees(member))
        .filter(|member| country.is_none() || country == member.country)
        .map(|member| member.email.clone())
        .collect()
}

#[tokio::test]
async fn an_audience_is_as_the_model_says_in_a_thousand_cases() {
    let mut seeded = SoakRandom::new(25);
    let mut not_empty = 0;
    for _ in 0..20 {
        let (world, members) = drawn(&mut seeded).await;
        for _ in 0..50 {
            let groups: BTreeSet<usize> =
                (0..GROUPS.len()).filter(|_| seeded.below(4) == 0).collect();
            let matching = if seeded.below(2) == 0 {
                GroupMatch::Any
            } else {
                GroupMatch::All
            };
            let country = (seeded.below(3) == 0).then(|| seeded.below(COUNTRIES.len()));
            let page = (seeded.below(3) == 0).then(|| seeded.below(PAGES.len()));
            let request = AudienceRequest {
                groups: groups
                    .iter()
                    .map(|group| GroupName::parse(&GROUPS[*group].to_uppercase()).unwrap())
                    .collect(),
                matching,
                country: country.map(|country| COUNTRIES[country].to_owned()),
                page: page.map(|page| PAGES[page].to_owned()),
            };
            let wanted = reached(&members, &groups, matching, country, page);
            not_empty += usize::from(!wanted.is_empty());
            let mut listed = Vec::new();
            let mut after = None;
            loop {
                let asked = world.app.audience_page(&devcon(), &request, after, 7).await;
                let (part, next) = asked.unwrap();
                listed.extend(part);
                after = next;
                if after.is_none() {
                    break;
                }
            }
            let audience = world.app.audience(&devcon(), &request).await.unwrap();
            let all = world
                .app
                .audience_members(&devcon(), &audience, &audience.people)
                .await
                .unwrap();
            for found in [&listed, &all] {
                let found: Vec<String> = found.iter().map(|one| one.email.to_string()).collect();
                assert_eq!(found.len(), wanted.len(), "nobody twice: {request:?}");
                assert_eq!(
                    found.into_iter().collect::<BTreeSet<_>>(),
                    wanted,
                    "{request:?}"
                );
            }
        }
    }
    assert!(not_empty > 300, "{not_empty}");
}

#[tokio::test]
async fn a_group_of_another_event_reaches_nobody_here() {
    let records = vec![
        with(person("ada"), json!({"groups": ["Jury"]})),
        person("bo"),
    ];
    let world = World::of(json!({}), records).await;
    world.configure("summit", json!({})).await;
    let jury = GroupName::parse("Jury").unwrap();
    let request = AudienceRequest {
        groups: vec![jury.clone()],
        ..AudienceRequest::default()
    };
    let page = world.app.audience_page(&devcon(), &request, None, 9).await;
    assert_eq!(page.unwrap().0.len(), 1);
    let edit = GroupEdit {
        event: Some(Some("summit".parse().unwrap())),
        ..GroupEdit::default()
    };
    let owner = world.app.as_of(&Actor::Owner);
    let edited = owner
        .edit_group(&"acme".parse().unwrap(), &jury, edit)
        .await;
    drop(edited.unwrap());
    let page = world.app.audience_page(&devcon(), &request, None, 9).await;
    assert_eq!(page.unwrap().0.len(), 0);
    let everybody = AudienceRequest::default();
    let audience = world.app.audience(&devcon(), &everybody).await.unwrap();
    let all = world
        .app
        .audience_members(&devcon(), &audience, &audience.people)
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
    let is_named = |name: &GroupName| *name == jury;
    assert!(!all.iter().any(|member| member.groups.iter().any(is_named)));
}
