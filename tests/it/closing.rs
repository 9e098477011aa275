//! Events that are taken out for good.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use attendee_sync_app::ports::MailError;
use attendee_sync_app::{App, Error, Reconciled};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{RunId, RunNumber};
use attendee_sync_testkit::postbox::PostboxReply;
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, acme, address, devcon, person, with};
use serde_json::json;

/// Two events; ada is in both, bo in one, and ada has a group by hand.
async fn begun(world: &World) {
    for event in ["devcon", "summit"] {
        world.configure(event, json!({})).await;
    }
    let in_groups = |name, groups| with(person(name), json!({ "groups": groups }));
    world.feed(vec![
        in_groups("ada", json!(["Both", "Devcon"])),
        in_groups("bo", json!(["Devcon"])),
    ]);
    world.sync("devcon").await;
    world.feed(vec![in_groups("ada", json!(["Both"]))]);
    world.sync("summit").await;
    let (group, ada) = (GroupName::parse("By hand").unwrap(), address("ada"));
    world.app.grant(&acme(), &group, &ada).await.unwrap();
}

async fn version(app: &App) -> Result<u64, Error> {
    Ok(app.event(&devcon()).await?.version)
}

async fn close(world: &World) -> Result<(), Error> {
    let version = version(&world.app).await?;
    world.app.close_event(&devcon(), version).await?;
    world.app.finish_closings(&acme()).await
}

/// What must be so once the event is gone.
async fn is_gone(world: &World, context: &str) {
    let events = world.app.events(&acme(), None, 10).await.unwrap().0;
    let events: Vec<String> = events.iter().map(|view| view.event.to_string()).collect();
    assert_eq!(events, ["summit"], "{context}");
    let groups = world.groups().await;
    assert_eq!(groups, "Both: 1, By hand: 1, Devcon: 0", "{context}");
    for (name, events) in [("ada", "{EventId(\"summit\"): Attending}"), ("bo", "{}")] {
        let user = world.app.user(&acme(), &address(name)).await.unwrap();
        assert_eq!(format!("{:?}", user.events), events, "{context}");
    }
    let (store, event) = (&world.app.parts().store, devcon());
    let run = RunId {
        event: event.clone(),
        number: RunNumber(1),
    };
    assert!(store.event(&event).await.unwrap().is_none(), "{context}");
    assert!(
        store.attendees(&event, None, 9).await.unwrap().is_empty(),
        "{context}"
    );
    assert!(
        store.runs(&event, None, 9).await.unwrap().is_empty(),
        "{context}"
    );
    assert!(
        store.changes(&run, None).await.unwrap().0.is_empty(),
        "{context}"
    );
    assert!(store.issues(&run).await.unwrap().is_empty(), "{context}");
    assert!(
        store.invitation_batches(&event).await.unwrap().is_empty(),
        "{context}"
    );
    let known = store.fingerprints(&event).await.unwrap();
    assert!(
        known.pages.is_empty() && known.journal.is_empty(),
        "{context}"
    );
    assert!(
        store.closing(&acme()).await.unwrap().is_empty(),
        "{context}"
    );
    assert!(!store.is_closing(&event).await.unwrap(), "{context}");
}

#[tokio::test]
async fn an_event_goes_with_all_it_left_and_the_users_stay() {
    let world = World::new();
    begun(&world).await;
    world.app.warm().await.unwrap();
    close(&world).await.unwrap();
    is_gone(&world, "at once").await;
    let access = world.app.access(&devcon(), &address("ada")).await;
    assert!(matches!(access, Err(Error::NoEvent(_))));
    let groups = world.app.group_details(&acme()).await.unwrap();
    let sizes: Vec<u64> = groups.iter().map(|group| group.members).collect();
    assert_eq!(sizes, [1, 1, 0], "the index knows it");
}

#[tokio::test]
async fn one_that_is_configured_again_counts_its_runs_on() {
    let world = World::new();
    begun(&world).await;
    close(&world).await.unwrap();
    world.configure("devcon", json!({})).await;
    assert_eq!(world.people("devcon").await.len(), 0);
    world.feed(vec![person("ada")]);
    let run = world.sync("devcon").await;
    assert_eq!((run.id.number.0, run.counts.added), (2, 1));
}

#[tokio::test]
async fn what_is_left_is_deleted_whenever_the_process_ends() {
    let calm = World::new();
    begun(&calm).await;
    let before = calm.line.writes();
    close(&calm).await.unwrap();
    let writes = calm.line.writes() - before;
    assert!(writes > 4, "{writes}");
    for crash_after in 0..writes {
        let line = FaultyTransport::new();
        let world = World::over(line.clone());
        begun(&world).await;
        line.cut_after(crash_after);
        assert!(close(&world).await.is_err());
        line.mend();
        if crash_after == 0 {
            assert!(world.app.event(&devcon()).await.is_ok());
            continue;
        }
        let again = world.try_configure("devcon", json!({})).await;
        assert!(matches!(again, Err(Error::Closing(_))), "{again:?}");
        let restarted = world.restarted();
        restarted.app.recover().await.unwrap();
        is_gone(&restarted, &format!("crash after {crash_after}")).await;
    }
}

#[tokio::test]
async fn nothing_is_taken_out_while_a_run_is_under_way_or_after_a_change() {
    let world = World::new();
    begun(&world).await;
    let version = version(&world.app).await.unwrap();
    let app = Arc::clone(&world.app);
    world.feed(vec![person("ada"), person("cy")]);
    let seen = Arc::new(std::sync::Mutex::new(None));
    let told = Arc::clone(&seen);
    world.line.before_write(3, async move {
        *told.lock().unwrap() = Some(app.close_event(&devcon(), version).await);
    });
    world.sync("devcon").await;
    let closed = seen.lock().unwrap().take().unwrap();
    assert!(matches!(closed, Err(Error::Busy(_))), "{closed:?}");
    world.configure("devcon", json!({"name": "Changed"})).await;
    let closed = world.app.close_event(&devcon(), version).await;
    assert!(matches!(closed, Err(Error::Changed)), "{closed:?}");
    assert_eq!(world.people("devcon").await.len(), 3);
}

#[tokio::test]
async fn whoever_is_changed_amid_it_goes_too() {
    let calm = World::new();
    begun(&calm).await;
    let before = calm.line.writes();
    close(&calm).await.unwrap();
    let writes = calm.line.writes() - before;
    for at in 0..writes {
        let world = World::new();
        begun(&world).await;
        let app = Arc::clone(&world.app);
        world.line.before_write(at, async move {
            let group = GroupName::parse("By hand").unwrap();
            app.revoke(&acme(), &group, &address("ada")).await.unwrap();
            app.grant(&acme(), &group, &address("ada")).await.unwrap();
        });
        close(&world).await.unwrap();
        is_gone(&world, &format!("before write {at}")).await;
    }
}

#[tokio::test]
async fn one_that_is_made_anew_knows_nothing_of_mail_that_the_first_could_not_send() {
    let world = World::new();
    let inviting = json!({"invitations": {"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome",
        "body_markdown": "Dear {{ first_name }}"
    }}});
    world.configure("devcon", inviting.clone()).await;
    world.feed(vec![person("ada")]);
    world.sync("devcon").await;
    let away = MailError::Unavailable {
        reason: "nobody is there".to_owned(),
        retry_after: None,
    };
    world.postbox.answer([PostboxReply::Not(away)]);
    world.app.dispatch_invitations(&devcon()).await.unwrap();
    assert!(world.app.delivery_pause(&devcon()).is_some());
    close(&world).await.unwrap();
    world.configure("devcon", inviting).await;
    assert_eq!(
        world
            .app
            .delivery_pause(&devcon())
            .map(|delivery_pause| delivery_pause.reason),
        None
    );
}

#[tokio::test]
async fn a_batch_that_comes_once_its_event_is_gone_brings_nobody_back() {
    let world = World::cloud(Delivery::Calm);
    begun(&world).await;
    let sent = world.stage.as_ref().unwrap().sent();
    close(&world).await.unwrap();
    for again in ["gone", "back"] {
        for batch_message in sent
            .iter()
            .filter(|batch_message| batch_message.policy.event == devcon())
        {
            let late = world
                .app
                .reconcile_message(batch_message.clone())
                .await
                .unwrap();
            assert!(!matches!(late, Reconciled::Applied(_)), "{again}: {late:?}");
        }
        let people = world
            .app
            .parts()
            .store
            .attendees(&devcon(), None, 9)
            .await
            .unwrap();
        assert!(people.is_empty(), "{again}: {people:?}");
        // The same event once more, which has not synced yet.
        world.configure("devcon", json!({})).await;
    }
}
