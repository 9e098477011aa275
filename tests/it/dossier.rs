//! A dossier has everything that is stored about a person, and nothing about anybody else.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use attendee_sync_adapters::mail::folder::FolderMailer;
use attendee_sync_app::{
    App, CommandOutcome, DOSSIER_KINDS, Dossier, ItemDecision, StoredKind, SyncScope, TestMail,
};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::permissions::{Function, acting_as};
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::world::{World, acme, crowd, devcon, with};
use serde_json::{Value, json};
use tokio::time::Instant;

/// The beginnings of what is planted about each of two people.
const PLANTED: [&str; 2] = ["adacanary", "bobcanary"];

fn address(of: &str) -> EmailAddress {
    format!("{of}-mail@example.org").parse().unwrap()
}

/// Somebody as a person whom an identity provider knows.
fn acting(of: &str) -> Actor {
    Actor::Person(address(of).to_string())
}

/// A record whose every field is planted.
fn record(of: &str) -> Value {
    json!({
        "id": format!("{of}-id"), "email": address(of), "first": format!("{of}-first"),
        "last": format!("{of}-last"), "company": format!("{of}-company"), "groups": [format!("{of}-group")],
        "badge": format!("https://badges.example.org/{of}-badge.pdf")
    })
}

/// The configuration; it names both.
fn inviting() -> Value {
    let [ada, bob] = PLANTED.map(address);
    json!({
        "invitations": {"enabled": true, "test_recipients": [ada, bob], "template": {
            "from": "DevCon <noreply@devcon.example>", "reply_to": format!("{bob}"),
            "subject": "Welcome, {{ first_name }}", "body_markdown": "{{ company }}"
        }},
        "guards": {"removals_percent": 1, "removals_count": 1}
    })
}

async fn test_mail(app: &App, to: &str, shown: &str) {
    let (event, to, shown) = (devcon(), address(to), address(shown));
    let wanted = TestMail {
        event: &event,
        unsaved: None,
        shown_as: Some(&shown),
        to: &to,
        own_address: None,
    };
    app.as_of(&Actor::Owner).send_test(wanted).await.unwrap();
}

/// Whatever is planted in a text.
fn planted(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    parts
        .filter(|part| PLANTED.iter().any(|of| part.starts_with(of)))
        .map(str::to_owned)
        .collect()
}

/// Whatever is planted in any item of the table, packed ones included.
fn planted_in_table(world: &World) -> BTreeSet<String> {
    let texts = world.line.raw_items().into_iter().map(|item| {
        let packed = item.unpacked::<Value>().map(|value| value.to_string());
        let document = item.doc::<Value>().map(|value| value.to_string());
        let bytes = item.data().unwrap_or_default().to_vec();
        let bytes = String::from_utf8_lossy(&bytes).into_owned();
        packed.or(document).unwrap_or(bytes)
    });
    texts.flat_map(|text| planted(&text)).collect()
}

async fn dossier(app: &App, of: &str) -> Dossier {
    let owner = app.as_of(&Actor::Owner);
    let dossier = owner.dossier(&acme(), &address(of)).await.unwrap();
    let text = serde_json::to_string(&dossier).unwrap();
    for other in PLANTED.iter().filter(|other| **other != of) {
        assert!(!text.to_lowercase().contains(other), "{of}: {text}");
        let id = app.person_id(&acme(), &address(other)).await.unwrap();
        assert!(!text.contains(&id.to_string()), "{of}: {text}");
    }
    dossier
}

fn kinds(dossier: &Dossier) -> BTreeSet<StoredKind> {
    dossier.items.iter().map(|item| item.kind).collect()
}

#[tokio::test]
async fn everything_about_a_person_is_in_their_dossier_and_nothing_about_others() {
    let world = World::cloud(Delivery::Calm);
    let dir = tempfile::tempdir().unwrap();
    let folder = Arc::new(FolderMailer::new(dir.path()));
    let mut parts = world.app.parts().clone();
    parts.mail_folder = Some(folder.clone());
    parts.mailer = Some(folder);
    let app = App::new(parts);
    for event in ["devcon", "summit"] {
        world.configure(event, inviting()).await;
    }

    // Attendance, changes, issues: a text that is too long, and a record that names nobody but by its id.
    let [ada, bob] = PLANTED.map(record);
    let others = crowd(20);
    let feed = |first: Value, second: Value| {
        let mut feed = vec![first, second];
        feed.extend(others.clone());
        feed
    };
    world.feed(feed(ada.clone(), bob.clone()));
    world.sync("devcon").await;
    world.sync("summit").await;
    let other_company = |record: &Value, of: &str| {
        let long = format!("{of}-newcompany {}", "x".repeat(300));
        with(record.clone(), json!({"company": long}))
    };
    let mut second = feed(
        other_company(&ada, "adacanary"),
        other_company(&bob, "bobcanary"),
    );
    for (record, of) in [(&ada, "adacanary"), (&bob, "bobcanary")] {
        let nameless = json!({"id": format!("{of}-id"), "email": "", "first": ""});
        second.push(with(record.clone(), nameless));
    }
    world.feed(second);
    world.sync("devcon").await;

    // Mail, tests of it, and who gets none.
    app.dispatch_invitations(&devcon()).await.unwrap();
    test_mail(&app, "adacanary", "bobcanary").await;
    test_mail(&app, "bobcanary", "adacanary").await;
    for of in PLANTED {
        let owner = app.as_of(&Actor::Owner);
        owner.suppress_address(&acme(), &address(of)).await.unwrap();
    }
    // What one of them does about the other.
    for (by, to) in [("adacanary", "bobcanary"), ("bobcanary", "adacanary")] {
        let group = GroupName::parse("Crew").unwrap();
        let actor = acting(by);
        let granted = app.as_of(&actor).grant(&acme(), &group, &address(to)).await;
        assert!(granted.unwrap().changed);
    }
    // What waits for approval.
    let cancelled = |record: &Value, of: &str| {
        let change = json!({"cancelled": true, "company": format!("{of}-waiting")});
        with(record.clone(), change)
    };
    let gone = || feed(cancelled(&ada, "adacanary"), cancelled(&bob, "bobcanary"));
    world.feed(gone());
    let held = world.try_sync("summit").await.unwrap();
    assert_eq!(held.state, RunState::Held, "{held:?}");
    // What a run has read that goes on in another process.
    let stage = world.stage.as_ref().unwrap();
    stage.time_of_each_process(Duration::ZERO);
    let started = app.begin(&devcon(), SyncScope::Everyone).await.unwrap();
    let work = app.begin_run(started, Instant::now());
    let came = acting_as(Function::Fetch, work).await.unwrap();
    assert!(matches!(came, CommandOutcome::Suspended(_)), "{came:?}");

    let everywhere = planted_in_table(&world);
    let mut seen = BTreeSet::new();
    for of in PLANTED {
        let dossier = dossier(&app, of).await;
        let found = planted(&serde_json::to_string(&dossier).unwrap());
        let theirs = everywhere.iter().filter(|text| text.starts_with(of));
        let theirs: BTreeSet<String> = theirs.cloned().collect();
        assert!(theirs.len() >= 8, "too little was planted: {theirs:?}");
        let missing: Vec<&String> = theirs.difference(&found).collect();
        assert!(missing.is_empty(), "not in the dossier: {missing:?}");
        seen.extend(kinds(&dossier));
    }

    // An erasure that was cut off keeps a note, which is about the person too.
    world.line.cut_after(1);
    assert!(
        app.erase_user(&acme(), &address("adacanary"))
            .await
            .is_err()
    );
    world.line.mend();
    seen.extend(kinds(&dossier(&app, "adacanary").await));
    let shown: BTreeSet<StoredKind> = DOSSIER_KINDS
        .iter()
        .filter_map(|(_, decision)| match decision {
            ItemDecision::Shown(kind) => Some(*kind),
            _ => None,
        })
        .collect();
    let missing: Vec<&StoredKind> = shown.difference(&seen).collect();
    assert!(missing.is_empty(), "in no dossier: {missing:?}");
    assert!(
        seen.contains(&StoredKind::Mail),
        "mails are beside the table"
    );
}

#[tokio::test]
async fn nothing_is_stored_about_somebody_whom_nobody_knows() {
    let world = World::new();
    world.configure("devcon", json!({})).await;
    let dossier = dossier(&world.app, "adacanary").await;
    assert!(dossier.items.is_empty(), "{:?}", dossier.items);
    let log = world.app.audit(&acme(), None, 9).await.unwrap().0;
    let opened: Vec<String> = log.iter().map(|entry| entry.action.in_words()).collect();
    assert_eq!(
        opened,
        [format!("opened the dossier of person {}", dossier.person)]
    );
}

/// Whoever adds a kind of item says here what a dossier has of it.
#[test]
fn every_kind_of_item_has_a_decision_about_dossiers() {
    let documented = include_str!("../../docs/internals/table.md");
    let (table, _) = documented.split_once("\n## ").unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let names: BTreeSet<&str> = rows
        .filter_map(|row| row.split(" |").next())
        .filter(|name| *name != "item" && !name.starts_with('-'))
        .collect();
    let decided: BTreeSet<&str> = DOSSIER_KINDS.iter().map(|(name, _)| *name).collect();
    assert!(names.len() > 30, "{names:?}");
    assert_eq!(names, decided, "shared/app/src/people/dossier/kinds.rs");
}
