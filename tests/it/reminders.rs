//! Reminders: to who was invited and has not entered, each step at most once, whatever is cut off.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use attendee_sync_app::{DueReminder, Error};
use attendee_sync_domain::activity::ActivityReport;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::invitation::InvitationState;
use attendee_sync_testkit::world::{World, address, person, with};
use serde_json::{Value, json};

fn event() -> EventId {
    "devcon".parse().unwrap()
}

fn template(subject: &str) -> Value {
    json!({
        "from": "DevCon <noreply@devcon.example>", "subject": subject, "body_markdown": "Dear {{ first_name }}"
    })
}

fn reminding() -> Value {
    json!({
        "invitations": {"enabled": true, "template": template("Welcome")},
        "reminders": {"after_days": [7, 14], "template": template("Reminder")}
    })
}

/// An event whose people were invited.
async fn invited(change: Value, names: &[&str]) -> World {
    let world = World::new();
    world.configure("devcon", with(reminding(), change)).await;
    world.feed(names.iter().map(|name| person(name)).collect());
    world.sync("devcon").await;
    world.app.dispatch_invitations(&event()).await.unwrap();
    world
}

async fn enter(world: &World, name: &str) {
    let at = world.now().to_string();
    let report: ActivityReport = serde_json::from_value(json!({"entered_at": at})).unwrap();
    world
        .app
        .report_activity(&event(), &address(name), &report)
        .await
        .unwrap();
}

async fn queue(world: &World) -> u64 {
    world.app.queue_reminders(&event()).await.unwrap()
}

/// To whom reminders were handed over, one after the other.
fn reminded(world: &World) -> Vec<String> {
    let mails = world.postbox.taken();
    let reminders = mails
        .iter()
        .filter(|mail| mail.letter.subject == "Reminder");
    reminders.map(|mail| mail.to.address.to_string()).collect()
}

async fn due(world: &World) -> Vec<DueReminder> {
    let now = world.now();
    let due = world.app.due_reminders(&event(), now, None, 100).await;
    due.unwrap().0
}

#[tokio::test]
async fn who_has_not_entered_is_reminded_once_each_step_and_nobody_after_entry() {
    let world = invited(json!({}), &["ada", "bo", "cy"]).await;
    world.wait_hours(24 * 6);
    assert_eq!((queue(&world).await, due(&world).await.len()), (0, 0));
    world.wait_hours(25);
    enter(&world, "cy").await;
    let names: Vec<(String, u8)> = due(&world)
        .await
        .into_iter()
        .map(|due| (due.name, due.step))
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&("ada Example".to_owned(), 1)), "{names:?}");
    assert_eq!(queue(&world).await, 2);
    assert_eq!(queue(&world).await, 0, "looked at twice");
    // One of them enters before the mail goes.
    enter(&world, "bo").await;
    let posted = world.app.dispatch_invitations(&event()).await.unwrap();
    assert_eq!((posted.sent, posted.taken_back), (1, 1), "{posted:?}");
    assert_eq!(reminded(&world), ["ada@example.org"]);
    for view in world.people("devcon").await {
        assert_eq!(view.invitation.unwrap().state, InvitationState::Sent);
    }
    world.wait_hours(24 * 7);
    assert_eq!(queue(&world).await, 1);
    world.app.dispatch_invitations(&event()).await.unwrap();
    world.wait_hours(24 * 60);
    assert_eq!(queue(&world).await, 0);
    assert_eq!(reminded(&world), ["ada@example.org", "ada@example.org"]);
    assert!(world.app.events_to_dispatch().await.unwrap().is_empty());
}

#[tokio::test]
async fn reminders_keep_the_limit_and_missed_steps_are_not_made_up_for() {
    let limit = json!({"invitations": {
        "enabled": true, "limit_per_run": 3, "template": template("Welcome")
    }});
    let world = invited(limit, &["ada", "bo", "cy"]).await;
    world.feed(vec![
        person("ada"),
        person("bo"),
        person("cy"),
        person("dan"),
    ]);
    world.sync("devcon").await;
    world.app.dispatch_invitations(&event()).await.unwrap();
    world.wait_hours(24 * 30);
    assert_eq!(queue(&world).await, 3);
    assert_eq!(queue(&world).await, 1);
    world.app.dispatch_invitations(&event()).await.unwrap();
    assert_eq!(queue(&world).await, 0);
    assert_eq!(reminded(&world).len(), 4, "the second step alone");
}

#[tokio::test]
async fn nobody_is_reminded_who_cannot_be_or_when_it_is_over() {
    let world = invited(json!({"ends": "2026-11-20T18:00"}), &["ada", "bo", "cy"]).await;
    let acme = "acme".parse().unwrap();
    world
        .app
        .suppress_address(&acme, &address("ada"))
        .await
        .unwrap();
    world
        .app
        .remove_by_hand(&event(), &address("bo"))
        .await
        .unwrap();
    world.wait_hours(24 * 8);
    assert_eq!(due(&world).await.len(), 1);
    assert_eq!(queue(&world).await, 1);
    world.app.dispatch_invitations(&event()).await.unwrap();
    assert_eq!(reminded(&world), ["cy@example.org"]);
    world.wait_hours(24 * 14);
    assert_eq!(queue(&world).await, 0, "the event is over");
    // Nobody is reminded of an invitation that was never sent.
    let off = World::new();
    off.configure("devcon", json!({})).await;
    off.feed(vec![person("ada")]);
    off.sync("devcon").await;
    off.configure("devcon", reminding()).await;
    off.wait_hours(24 * 30);
    assert_eq!(queue(&off).await, 0);
}

#[tokio::test]
async fn wrong_reminders_are_refused_by_their_places() {
    let world = World::new();
    let mut wrong = reminding();
    for (days, template) in [
        (json!([]), template("Reminder")),
        (json!([7, 7]), template("Reminder")),
        (json!([0, 400]), template("Reminder")),
        (json!([7]), template("{{ first_nam }}")),
    ] {
        if let Some(reminders) = wrong.get_mut("reminders") {
            *reminders = json!({"after_days": days, "template": template});
        }
        let refused = world.try_configure("devcon", wrong.clone()).await;
        let Err(Error::Configuration(problems)) = refused else {
            panic!("{wrong} was taken")
        };
        let at_reminders = |path: &str| path.starts_with("reminders.");
        assert!(
            problems.0.iter().all(|problem| at_reminders(&problem.path)),
            "{problems}"
        );
    }
}

/// What a process does from its start on.
async fn remind(world: &World) -> Result<(), Error> {
    world.app.mark_abandoned_unknown().await?;
    world.app.queue_reminders(&event()).await?;
    world.app.dispatch_invitations(&event()).await?;
    Ok(())
}

#[tokio::test]
async fn a_process_that_ends_at_any_write_reminds_nobody_twice_and_forgets_nobody() {
    const NAMES: [&str; 3] = ["ada", "bo", "cy"];
    async fn ready() -> World {
        let world = invited(json!({}), &NAMES).await;
        world.wait_hours(24 * 8);
        world
    }
    let whole = ready().await;
    let before = whole.line.writes();
    remind(&whole).await.unwrap();
    let writes = whole.line.writes() - before;
    assert!(writes >= 9, "{writes}");
    let mut doubts = 0;
    for cut in 0..writes {
        let first = ready().await;
        first.line.cut_after(cut);
        let _ended = remind(&first).await;
        first.line.mend();
        let next = first.restarted();
        remind(&next).await.unwrap();
        remind(&next).await.unwrap();
        let mails = reminded(&next);
        for view in next.people("devcon").await {
            let address = view.email.to_string();
            let count = mails.iter().filter(|to| **to == address).count();
            let state = view.invitation.unwrap().state;
            match state {
                InvitationState::Sent => assert_eq!(count, 1, "{address} at write {cut}"),
                InvitationState::InDoubt => {
                    doubts += 1;
                    assert!(count <= 1, "{address} at write {cut}");
                }
                other => panic!("{address} {other:?} at write {cut}"),
            }
        }
        assert!(next.app.events_to_dispatch().await.unwrap().is_empty());
    }
    assert_eq!(doubts, 3);
}
