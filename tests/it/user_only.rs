//! Users of the community who do not attend: by a rule, and by hand.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_app::{EditedUser, Error, TypedProfile};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::world::{World, acme, address, crowd, devcon, person, with};
use serde_json::{Value, json};

fn rules() -> Value {
    json!({
        "rules": [{"field": "guest", "is": "true", "then": "user_only"}, {"when": "cancelled", "then": "remove_attendee"}],
        "invitations": {"enabled": true, "template": {
            "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
        }}
    })
}

fn guest(name: &str) -> Value {
    with(person(name), json!({"guest": true}))
}

/// The groups of a user, and the events that they have to do with.
async fn user(world: &World, name: &str) -> (Vec<String>, usize) {
    let user = world.app.user(&acme(), &address(name)).await.unwrap();
    let groups = user.groups.iter().map(|grant| grant.name.to_string());
    (groups.collect(), user.events.len())
}

#[tokio::test]
async fn a_rule_feeds_users_who_do_not_attend() {
    let world = World::new();
    world.configure("devcon", rules()).await;
    world.feed(vec![
        person("ada"),
        guest("bo"),
        with(guest("cy"), json!({"cancelled": true})),
    ]);
    let run = world.sync("devcon").await;
    let counts = (
        run.counts.added,
        run.counts.updated,
        run.counts.removed,
        run.counts.invitations_queued,
    );
    assert_eq!(counts, (1, 1, 0, 1), "{:?}", run.counts);
    assert_eq!(user(&world, "bo").await, (vec!["Regular".to_owned()], 0));
    // Who is cancelled as well gives nothing.
    assert!(world.app.user(&acme(), &address("cy")).await.is_err());
    let access = world.app.access(&devcon(), &address("bo")).await.unwrap();
    assert!(
        !access.allowed && access.reason.contains("does not attend"),
        "{}",
        access.reason
    );
    let explained = world
        .app
        .explanation(&devcon(), &address("bo"))
        .await
        .unwrap();
    assert!(
        explained.records[0]
            .says
            .contains("rule 1 makes them a user"),
        "{:?}",
        explained.records
    );
    assert!(
        explained
            .fields
            .iter()
            .any(|field| field.value.as_deref() == Some("Initech"))
    );
    let again = world.sync("devcon").await;
    assert_eq!(
        (again.counts.unchanged, again.counts.accounted()),
        (3, 3),
        "{:?}",
        again.counts
    );
    // What they are called changes with their record, and another address is another person.
    let moved = with(
        guest("bo"),
        json!({"email": "robert@example.org", "first": "Robert"}),
    );
    world.feed(vec![person("ada"), moved]);
    world.sync("devcon").await;
    assert_eq!(
        user(&world, "robert").await,
        (vec!["Regular".to_owned()], 0)
    );
    assert_eq!(user(&world, "bo").await.0, Vec::<String>::new());
}

#[tokio::test]
async fn attendees_who_become_users_only_leave_and_many_of_them_wait() {
    let world = World::new();
    world.configure("devcon", rules()).await;
    world.feed(crowd(20));
    world.sync("devcon").await;
    let mut feed = crowd(20);
    feed[0]["guest"] = json!(true);
    world.feed(feed);
    let run = world.sync("devcon").await;
    assert_eq!(
        (run.counts.removed, run.counts.unchanged),
        (1, 19),
        "{:?}",
        run.counts
    );
    assert_eq!(user(&world, "p0000").await, (vec!["Regular".to_owned()], 1));
    let feed: Vec<Value> = crowd(20)
        .into_iter()
        .map(|record| with(record, json!({"guest": true})))
        .collect();
    world.feed(feed);
    let held = world.try_sync("devcon").await.unwrap();
    assert_eq!(held.state, RunState::Held, "{held:?}");
    let attending = async || {
        let people = world.people("devcon").await;
        people
            .iter()
            .filter(|person| person.reason.is_none())
            .count()
    };
    assert_eq!(attending().await, 19);
    let approved = world.app.approve(&held.id).await.unwrap();
    assert_eq!(
        (approved.state, approved.counts.removed),
        (RunState::Succeeded, 19),
        "{approved:?}"
    );
    assert_eq!(attending().await, 0);
    assert_eq!(user(&world, "p0019").await, (vec!["Regular".to_owned()], 1));
}

#[tokio::test]
async fn a_user_is_made_and_edited_by_hand() {
    let world = World::new();
    world.configure("devcon", rules()).await;
    let put =
        async |name: &str, fields: &[(ProfileField, Option<&str>)]| -> Result<EditedUser, Error> {
            let fields = fields
                .iter()
                .map(|(field, value)| (*field, value.map(str::to_owned)));
            let typed: TypedProfile = fields.collect();
            let owner = world.app.as_of(&Actor::Owner);
            owner.put_user(&acme(), &address(name), &typed).await
        };
    let named = [
        (ProfileField::FirstName, Some(" Ada ")),
        (ProfileField::Company, Some("Initech")),
    ];
    let made = put("ada", &named).await.unwrap();
    assert!(made.is_new && made.user.events.is_empty());
    assert_eq!(made.user.profile.get(ProfileField::FirstName), Some("Ada"));
    let edited = put("ada", &[(ProfileField::Company, None)]).await.unwrap();
    assert!(!edited.is_new);
    assert_eq!(edited.user.profile.get(ProfileField::Company), None);
    assert_eq!(edited.user.profile.full_name(), "Ada");
    let too_much = "x".repeat(251);
    let refused = put("ada", &[(ProfileField::Title, Some(&too_much))])
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Configuration(_)), "{refused:?}");
    let unchanged = put("ada", &[(ProfileField::FirstName, Some("Ada"))])
        .await
        .unwrap();
    assert_eq!(unchanged.user, edited.user);
    let log = world.app.audit(&acme(), None, 9).await.unwrap().0;
    let saved = log
        .iter()
        .filter(|entry| entry.action.in_words().starts_with("saved the profile"));
    assert_eq!(saved.count(), 2, "one that changes nothing leaves no entry");
    // A sync takes them over, and nobody who was erased comes back so.
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    assert_eq!(user(&world, "ada").await, (vec!["Regular".to_owned()], 1));
    world
        .app
        .erase_user(&acme(), &address("ada"))
        .await
        .unwrap();
    let refused = put("ada", &named).await.unwrap_err();
    assert!(matches!(refused, Error::WasErased), "{refused:?}");
}
