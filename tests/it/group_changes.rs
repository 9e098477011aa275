//! Groups that people make, rename and delete, and what they set about them.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_app::{Error, GroupEdit, GroupOutcome};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::group::{EventPhase, GroupEnd, GroupName, GroupOptions};
use attendee_sync_domain::ids::EventId;
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, acme, address, person, with};
use serde_json::json;

fn event(name: &str) -> EventId {
    name.parse().unwrap()
}

fn named(name: &str) -> GroupName {
    GroupName::parse(name).unwrap()
}

/// Two events; a sync put ada and bo into Crew, a person ada and cy.
async fn begun(world: &World) {
    for event in ["devcon", "summit"] {
        let dates = json!({
            "goes_live": "2026-11-01T09:00", "starts": "2026-12-01T08:00", "ends": "2026-12-04T18:00",
            "rules": [{"when": "vip", "then": {"add_group": "VIP"}}]
        });
        world.configure(event, dates).await;
    }
    let in_crew = |name| with(person(name), json!({"groups": ["Crew"], "vip": true}));
    world.feed(vec![in_crew("ada"), in_crew("bo"), person("cy")]);
    world.sync("devcon").await;
    for name in ["ada", "cy"] {
        let granted = world
            .app
            .grant(&acme(), &named("Crew"), &address(name))
            .await;
        assert!(granted.unwrap().changed);
    }
}

async fn rename(world: &World, group: &str, to: &str) -> Result<GroupOutcome, Error> {
    let edit = GroupEdit {
        name: Some(named(to)),
        ..GroupEdit::default()
    };
    let owner = world.app.as_of(&Actor::Owner);
    owner.edit_group(&acme(), &named(group), edit).await
}

/// Who is in which groups by whom, by their users.
async fn grants(world: &World) -> String {
    let mut lines = Vec::new();
    for name in ["ada", "bo", "cy"] {
        let user = world.app.user(&acme(), &address(name)).await.unwrap();
        let groups = user.groups.iter().map(|grant| {
            let by: Vec<String> = grant.by.iter().map(ToString::to_string).collect();
            format!("{} ({})", grant.name, by.join(" "))
        });
        let groups: Vec<String> = groups.collect();
        lines.push(format!("{name}: {}", groups.join(", ")));
    }
    lines.join("\n")
}

#[tokio::test]
async fn an_empty_group_is_made_once() {
    let world = World::new();
    begun(&world).await;
    let owner = world.app.as_of(&Actor::Owner);
    let create = |name: &str| {
        let name = named(name);
        async move {
            let options = GroupOptions::default();
            owner.create_group(&acme(), name, options).await
        }
    };
    let made = create("Jury").await.unwrap();
    assert_eq!((made.group.name.as_str(), made.group.members), ("Jury", 0));
    for there in ["jury", "Crew"] {
        let refused = create(there).await;
        assert!(matches!(refused, Err(Error::GroupThere(_))), "{refused:?}");
    }
    assert_eq!(world.groups().await, "Crew: 3, Jury: 0, Regular: 1, VIP: 2");
}

#[tokio::test]
async fn members_follow_to_another_name_whoever_put_them_there() {
    let world = World::new();
    begun(&world).await;
    world.app.warm().await.unwrap();
    let outcome = rename(&world, "crew", "Staff").await.unwrap();
    assert_eq!(outcome.group.members, 3);
    let told = outcome.notices.join("\n");
    assert!(
        told.starts_with("The source of devcon named the group"),
        "{told}"
    );
    let wanted = "ada: Staff (event:devcon hand), VIP (event:devcon)\n\
                  bo: Staff (event:devcon), VIP (event:devcon)\ncy: Regular (event:devcon), Staff (hand)";
    assert_eq!(grants(&world).await, wanted);
    assert_eq!(world.groups().await, "Regular: 1, Staff: 3, VIP: 2");
    // Another spelling of the same name.
    rename(&world, "staff", "STAFF").await.unwrap();
    assert_eq!(grants(&world).await, wanted.replace("Staff", "STAFF"));
    assert_eq!(world.groups().await, "Regular: 1, STAFF: 3, VIP: 2");
    // What a rule names is told, and what there is stays what it is.
    let told = rename(&world, "VIP", "Guests").await.unwrap().notices;
    assert!(
        told.iter()
            .any(|notice| notice.starts_with("A rule of devcon names")),
        "{told:?}"
    );
    let refused = rename(&world, "Guests", "regular").await;
    assert!(matches!(refused, Err(Error::GroupThere(_))), "{refused:?}");
    let unknown = rename(&world, "nobody", "x").await;
    assert!(matches!(unknown, Err(Error::NoGroup)), "{unknown:?}");
}

#[tokio::test]
async fn a_group_that_is_deleted_leaves_everybody_and_a_preview_says_whom() {
    let world = World::new();
    begun(&world).await;
    world.app.warm().await.unwrap();
    let preview = world
        .app
        .preview_group_deletion(&acme(), &named("Crew"))
        .await
        .unwrap();
    let by: Vec<String> = preview
        .group
        .given_by
        .iter()
        .map(|(by, count)| format!("{by} {count}"))
        .collect();
    assert_eq!(
        (preview.group.members, by.join(", ").as_str()),
        (3, "event:devcon 2, hand 2")
    );
    assert_eq!(
        world.groups().await,
        "Crew: 3, Regular: 1, VIP: 2",
        "nothing happened"
    );
    let owner = world.app.as_of(&Actor::Owner);
    let deleted = owner.delete_group(&acme(), &named("crew")).await.unwrap();
    assert_eq!(deleted, preview);
    assert!(!grants(&world).await.contains("Crew"));
    assert_eq!(world.groups().await, "Regular: 1, VIP: 2");
    // A record that is as it was changes nobody; one that changes makes the group again, as was told.
    let changed = json!({"groups": ["Crew"], "vip": true, "company": "Umbrella"});
    world.feed(vec![with(person("ada"), changed), person("cy")]);
    world.sync("devcon").await;
    assert_eq!(world.groups().await, "Crew: 1, Regular: 1, VIP: 2");
    let log = world.app.audit(&acme(), None, 9).await.unwrap().0;
    assert_eq!(log[0].action.in_words(), "deleted the group Crew");
}

#[tokio::test]
async fn a_change_of_a_group_that_is_cut_off_at_any_write_is_finished() {
    let change = async |world: &World, to: Option<&str>| {
        if let Some(to) = to {
            return rename(world, "Crew", to).await;
        }
        let owner = world.app.as_of(&Actor::Owner);
        owner.delete_group(&acme(), &named("Crew")).await
    };
    for to in [Some("Staff"), Some("CREW"), None] {
        let calm = World::new();
        begun(&calm).await;
        let old = (grants(&calm).await, calm.groups().await);
        let before = calm.line.writes();
        change(&calm, to).await.unwrap();
        let writes = calm.line.writes() - before;
        let new = (grants(&calm).await, calm.groups().await);
        assert!(writes >= 3 && old != new, "{writes}");
        for crash_after in 0..writes {
            let line = FaultyTransport::new();
            let world = World::over(line.clone());
            begun(&world).await;
            line.cut_after(crash_after);
            let _cut_off = change(&world, to).await;
            line.mend();
            let restarted = world.restarted();
            restarted.app.recover().await.unwrap();
            let after = (grants(&restarted).await, restarted.groups().await);
            let wanted = if crash_after == 0 { &old } else { &new };
            assert_eq!(after, *wanted, "{to:?}, crash after {crash_after}");
        }
    }
}

#[tokio::test]
async fn the_app_is_told_of_groups_that_count_in_the_event_at_the_time() {
    let world = World::new();
    begun(&world).await;
    let owner = world.app.as_of(&Actor::Owner);
    let groups = async |event_name: &str| {
        let access = world
            .app
            .access(&event(event_name), &address("ada"))
            .await
            .unwrap();
        let names: Vec<String> = access.groups.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    assert_eq!(groups("devcon").await, "Crew, VIP");
    let limit = |event_name: Option<&str>, ends: Option<GroupEnd>| GroupEdit {
        event: Some(event_name.map(event)),
        ends: Some(ends),
        ..GroupEdit::default()
    };
    let set = async |edit: GroupEdit| owner.edit_group(&acme(), &named("Crew"), edit).await;
    set(limit(Some("summit"), None)).await.unwrap();
    assert_eq!(groups("devcon").await, "VIP");
    assert_eq!(groups("summit").await, "Crew, VIP");
    set(limit(None, Some(GroupEnd::Phase(EventPhase::Starts))))
        .await
        .unwrap();
    assert_eq!(groups("devcon").await, "Crew, VIP");
    world.set_clock("2026-12-01T08:00:00Z".parse().unwrap());
    assert_eq!(groups("devcon").await, "VIP");
    set(limit(
        None,
        Some(GroupEnd::At("2026-12-02T08:00".parse().unwrap())),
    ))
    .await
    .unwrap();
    assert_eq!(groups("devcon").await, "Crew, VIP");
    let attendee = world
        .app
        .attendee(&event("devcon"), &address("ada"))
        .await
        .unwrap();
    assert_eq!(attendee.groups.len(), 2);
    world.set_clock("2026-12-02T08:00:00Z".parse().unwrap());
    assert_eq!(groups("devcon").await, "VIP");
    let attendee = world
        .app
        .attendee(&event("devcon"), &address("ada"))
        .await
        .unwrap();
    assert_eq!(attendee.groups, [named("VIP")]);
    // Members stay, and an event of nobody is refused.
    assert_eq!(world.groups().await, "Crew: 3, Regular: 1, VIP: 2");
    let refused = set(limit(Some("nowhere"), None)).await;
    assert!(
        matches!(refused, Err(Error::Configuration(_))),
        "{refused:?}"
    );
}
