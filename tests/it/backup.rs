//! Backups of a data directory, made while it is used, and restored elsewhere.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use attendee_sync_app::ports::RestoredBackup;
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::people::Attendee;
use attendee_sync_domain::plan::Put;
use attendee_sync_testkit::peers::{RegistrationPeer, SmtpServer};
use attendee_sync_testkit::waiting::{a_moment, eventually};
use attendee_sync_testkit::world::{World, person};
use attendee_sync_tests::TestCli;
use serde_json::{Value, json};
use tempfile::TempDir;

fn record(number: usize) -> Value {
    let email = format!("planted{number}@example.org");
    json!({"id": number, "email": email, "first": "Pat", "last": "Example"})
}

fn people(numbers: std::ops::Range<usize>) -> RegistrationPeer {
    RegistrationPeer::start(numbers.map(record).collect())
}

/// Invites, two people a run without asking.
fn configure(cli: &TestCli, source: &RegistrationPeer) {
    let document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": source.url(), "authentication": {"type": "bearer", "token": "kept-in-secrets"}},
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "first", "last_name": "last"
        },
        "delete_flag": {"path": "erased"},
        "invitations": {"enabled": true, "limit_per_run": 2, "template": {
            "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
        }}
    });
    let file = cli.data_dir().join("devcon.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let _configured = cli.json(&["configure", file.to_str().unwrap()]);
}

/// A folder for backups, and the path of one in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("monday.backup");
    (folder, file)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn states(cli: &TestCli) -> BTreeMap<String, u64> {
    let view = cli.json(&["invitations", "devcon"]);
    let states = view["states"].as_object().unwrap().iter();
    states
        .map(|(state, count)| (state.clone(), count.as_u64().unwrap()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

fn attendees(cli: &TestCli) -> Vec<String> {
    let list = cli.json(&["attendees", "devcon"]);
    let items = list["items"].as_array().unwrap().iter();
    let mut addresses: Vec<String> = items
        .map(|item| item["email"].as_str().unwrap().to_owned())
        .collect();
    addresses.sort();
    addresses
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

/// Whether some file of the data directory has a text.
fn some_file_has(cli: &TestCli, text: &str) -> bool {
    let entries = std::fs::read_dir(cli.data_dir()).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.is_file())
        .any(|path| has(&std::fs::read(path).unwrap(), text))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_it_serves_is_restored_and_no_invitation_goes_before_a_person_says_so()
{
    let records = people(0..2);
    let cli = TestCli::new();
    configure(&cli, &records);
    let preset = cli.data_dir().join("presets/mine.toml");
    std::fs::create_dir(preset.parent().unwrap()).unwrap();
    std::fs::write(&preset, "title = \"Mine\"\n").unwrap();
    // Two invitations may go and do not, as `sync` sends none; three more are held by their guard.
    let _first = cli.json(&["sync", "devcon"]);
    records.change(|records| records.extend((2..5).map(record)));
    let held = cli.run(&["sync", "devcon"]).expect_status(3).json();
    assert_eq!(held["state"], "held", "{held}");

    let (folder, file) = place();
    let server = cli.serve_with(&["--smtp", "smtp://127.0.0.1:1?tls=none"]);
    let token = std::fs::read_to_string(cli.data_dir().join("token")).unwrap();
    let path = "/api/v1/events/devcon/invitations";
    // No mail is on its way once it was seen that the mail server is away.
    eventually("mail stands still", || {
        let (_, answer) = server.call(&token, "GET", path, "");
        answer.contains("delivery_pause")
    });
    let made = cli.json(&["backup", text(&file)]);
    assert_eq!(made["format"], 1, "{made}");
    assert_eq!(server.end(), 0);
    let again = cli.run(&["backup", text(&file)]).expect_status(1);
    assert!(again.stderr.contains("exists already"), "{again}");
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = file.metadata().unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let other = TestCli::new();
    let restored = other.json(&["restore", text(&file)]);
    assert_eq!(restored["made"], made["made"], "{restored}");
    for name in ["token", "secrets.json", "presets/mine.toml"] {
        let (before, after) = (cli.data_dir().join(name), other.data_dir().join(name));
        assert_eq!(
            std::fs::read(before).unwrap(),
            std::fs::read(after).unwrap()
        );
    }
    assert_eq!(states(&other), states(&cli));
    let view = other.json(&["invitations", "devcon"]);
    assert_eq!(view["held_since_restore"]["backup_made"], made["made"]);
    let before = cli.json(&["invitations", "devcon"]);
    assert_eq!(view["waves"], before["waves"]);
    assert_eq!(other.json(&["runs", "devcon"])["items"][0]["state"], "held");

    // Neither what waited goes, nor what a later run queues, however often the program starts.
    let sink = SmtpServer::taking(Duration::ZERO).await;
    records.change(|records| records.push(record(5)));
    let sync = ["sync", "devcon", "--smtp", &sink.url()];
    let run = other.run(&sync).expect_status(0).json();
    assert_eq!(run["invitations_queued"], 1, "{run}");
    let reason = run["mail"]["trouble"]["reason"].as_str().unwrap();
    assert!(reason.contains("until a person releases them"), "{reason}");
    let _again = other.run(&sync).expect_status(0);
    assert!(sink.taken().is_empty());

    let server = other.serve_with(&["--smtp", &sink.url()]);
    let token = std::fs::read_to_string(other.data_dir().join("token")).unwrap();
    let path = "/api/v1/communities/acme/invitations/release";
    assert_eq!(server.call(&token, "POST", path, "").0, 204);
    eventually("three mails go", || sink.taken().len() == 3);
    assert_eq!(server.end(), 0);
    let mut mailed: Vec<String> = sink.taken().into_iter().map(|(to, _)| to).collect();
    mailed.sort();
    let released = [0, 1, 5].map(|number| format!("planted{number}@example.org"));
    assert_eq!(mailed, released);
    // What the guard holds waits on.
    assert_eq!(states(&other)["queued"], 3);
    let audit = other.json(&["audit", "acme"]).to_string();
    for deed in ["backup_restored", "invitations_released"] {
        assert_eq!(audit.matches(deed).count(), 1, "{audit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_after_the_backup_is_erased_again() {
    let records = people(0..4);
    let cli = TestCli::new();
    configure(&cli, &records);
    let _held = cli.run(&["sync", "devcon"]).expect_status(3);
    let _erased = cli.json(&["erase", "acme", "planted3@example.org", "--yes"]);
    let (folder, file) = place();
    let _made = cli.json(&["backup", text(&file)]);
    assert!(has(&std::fs::read(&file).unwrap(), "planted1@example.org"));
    let _erased = cli.json(&["erase", "acme", "planted1@example.org", "--yes"]);
    records.change(|records| records[2]["erased"] = json!("true"));
    let run = cli.json(&["sync", "devcon"]);
    assert_eq!(run["erased"], 1, "{run}");
    let list = std::fs::read_to_string(cli.data_dir().join("erasures")).unwrap();
    assert_eq!(
        (list.lines().count(), list.contains('@')),
        (4, false),
        "{list}"
    );
    let later = folder.path().join("tuesday.backup");
    let _made = cli.json(&["backup", text(&later)]);
    assert_eq!(attendees(&cli), ["planted0@example.org"]);
    for name in ["planted1", "planted2", "planted3"] {
        assert!(!some_file_has(&cli, name), "{name} in the directory");
        assert!(!has(&std::fs::read(&later).unwrap(), name), "{name}");
    }

    let other = TestCli::new();
    std::fs::copy(
        cli.data_dir().join("erasures"),
        other.data_dir().join("erasures"),
    )
    .unwrap();
    let restored = other.json(&["restore", text(&file)]);
    assert_eq!(restored["erased_again"], 2, "{restored}");
    assert_eq!(restored["warnings"], json!([]));
    assert_eq!(attendees(&other), ["planted0@example.org"]);
    for name in ["planted1", "planted2", "planted3"] {
        assert!(!some_file_has(&other, name), "{name}");
    }
    let since = std::fs::read_to_string(other.data_dir().join("erasures")).unwrap();
    assert!(list.lines().all(|line| since.contains(line)), "{since}");
    // The feed still names them as it did.
    records.change(|records| records[2]["erased"] = json!(""));
    let _run = other.run(&["sync", "devcon"]);
    let left = attendees(&other);
    assert!(
        !left.contains(&"planted1@example.org".to_owned()),
        "{left:?}"
    );

    // Nobody knows of erasures where the list is lost, and that is said.
    let without = TestCli::new();
    let restored = without.json(&["restore", text(&file)]);
    assert_eq!(restored["erased_again"], 0);
    let warning = restored["warnings"][0].as_str().unwrap();
    assert!(
        warning.contains("there is no list of erasures"),
        "{warning}"
    );
    assert_eq!(attendees(&without).len(), 3);
    // One that begins after the backup says so as well.
    let young = TestCli::new();
    let head = "attendee-sync erasures, format 1, complete since 2999-01-01T00:00:00Z\n";
    std::fs::write(young.data_dir().join("erasures"), head).unwrap();
    let restored = young.json(&["restore", text(&file)]);
    let warning = restored["warnings"][0].as_str().unwrap();
    assert!(warning.contains("reaches back to 2999-01-01"), "{warning}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_backed_up_or_restored_is_refused_with_what_to_do() {
    let cli = TestCli::new();
    let (folder, file) = place();
    let refused = |cli: &TestCli, arguments: &[&str], words: &str| {
        let outcome = cli.run(arguments).expect_status(1);
        assert!(outcome.stderr.contains(words), "{words}: {outcome}");
    };
    refused(
        &cli,
        &["backup", text(&file)],
        "there is nothing in the data directory",
    );
    let records = people(0..2);
    configure(&cli, &records);
    let _run = cli.json(&["sync", "devcon"]);
    let inside = cli.data_dir().join("backup");
    refused(&cli, &["backup", text(&inside)], "is in the data directory");
    let nowhere = folder.path().join("nowhere/backup");
    refused(&cli, &["backup", text(&nowhere)], "a folder that exists");
    let _made = cli.json(&["backup", text(&file)]);

    refused(&cli, &["restore", text(&file)], "`attendees.db` is in it");
    let server = cli.serve();
    refused(
        &cli,
        &["restore", text(&file)],
        "is in use by `attendee-sync serve`",
    );
    assert_eq!(server.end(), 0);
    let other = TestCli::new();
    let mine = other.data_dir().join("mine.txt");
    std::fs::write(&mine, "mine").unwrap();
    refused(&other, &["restore", text(&file)], "`mine.txt` is in it");
    assert!(mine.exists());
    std::fs::remove_file(&mine).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let cut = folder.path().join("cut");
    std::fs::write(&cut, &bytes[..bytes.len() - 9]).unwrap();
    refused(&other, &["restore", text(&cut)], "it was cut off");
    refused(
        &other,
        &["restore", "/etc/hostname"],
        "is not a backup of this program",
    );
    // As if nothing had been tried.
    let left: Vec<_> = std::fs::read_dir(other.data_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["lock"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_or_a_restore_that_is_killed_is_done_again() {
    let cli = TestCli::new();
    let records = people(0..2);
    configure(&cli, &records);
    let _run = cli.json(&["sync", "devcon"]);
    let server = cli.serve();
    let (folder, whole) = place();
    let _made = cli.json(&["backup", text(&whole)]);
    for milliseconds in [2_u64, 5, 9, 14, 20, 30, 45, 70] {
        let killed = |cli: &TestCli, arguments: &[&str]| {
            let mut child = cli.begin(arguments);
            a_moment(Duration::from_millis(milliseconds));
            let _ended = child.kill();
            let _status = child.wait();
        };
        let file = folder.path().join(format!("{milliseconds}.backup"));
        killed(&cli, &["backup", text(&file)]);
        if file.exists() {
            let _whole = TestCli::new().json(&["restore", text(&file)]);
        }
        let other = TestCli::new();
        killed(&other, &["restore", text(&whole)]);
        let listed = other.run(&["attendees", "devcon"]);
        if listed.status != 0 {
            let said = &listed.stderr;
            let is_told = said.contains("was not completed")
                || said.contains("there is nothing in the data directory");
            assert!(is_told, "{listed}");
            let _restored = other.json(&["restore", text(&whole)]);
        }
        assert_eq!(attendees(&other).len(), 2, "after {milliseconds} ms");
    }
    assert_eq!(server.end(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_starts_in_a_directory_into_which_a_restore_was_cut_off() {
    let cli = TestCli::new();
    let records = people(0..2);
    configure(&cli, &records);
    let _run = cli.json(&["sync", "devcon"]);
    drop(cli.serve());
    let (_folder, file) = place();
    let _made = cli.json(&["backup", text(&file)]);
    let other = TestCli::new();
    std::fs::create_dir(other.data_dir().join("restore.partial")).unwrap();
    std::fs::write(other.data_dir().join("token"), "moved already").unwrap();
    for command in [
        &["runs", "devcon"] as &[&str],
        &["serve"],
        &["backup", "/tmp/never"],
    ] {
        let refused = other.run(command).expect_status(1);
        assert!(refused.stderr.contains("was not completed"), "{refused}");
    }
    let _restored = other.json(&["restore", text(&file)]);
    let token = |cli: &TestCli| std::fs::read(cli.data_dir().join("token")).unwrap();
    assert_eq!(token(&other), token(&cli));
    // One that was only not tidied up is at its end.
    std::fs::create_dir(other.data_dir().join("restore.partial")).unwrap();
    assert_eq!(attendees(&other).len(), 2);
    assert!(!other.data_dir().join("restore.partial").exists());
}

#[tokio::test]
async fn a_mail_that_was_on_its_way_when_the_backup_was_made_is_in_doubt_and_not_sent_again() {
    let world = World::new();
    let inviting = json!({"invitations": {"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
    }}});
    world.configure("devcon", inviting).await;
    world.feed(vec![person("ada"), person("bo")]);
    world.sync("devcon").await;
    let (app, event) = (&world.app, "devcon".parse().unwrap());
    let invitation_batch = app.parts().store.invitation_batches(&event).await.unwrap()[0]
        .value
        .id;
    let ada = app
        .parts()
        .store
        .waiting(&event, invitation_batch, None, 9)
        .await
        .unwrap()[0];
    let stored = app
        .parts()
        .store
        .attendee(&event, ada)
        .await
        .unwrap()
        .unwrap();
    let queued = stored.value.invitation.clone().unwrap();
    let put = Put {
        expected: Some(stored.version),
        value: Attendee {
            invitation: queued.claimed(world.now()),
            ..stored.value
        },
    };
    app.parts()
        .store
        .put_invitation(&event, ada, &put, invitation_batch)
        .await
        .unwrap();

    let restore = RestoredBackup {
        restored: world.now(),
        backup_made: world.now(),
    };
    let settled = app.settle_restore(&restore, &[]).await.unwrap();
    assert_eq!((settled.in_doubt, settled.erased_again), (1, 0));
    let posted = app.dispatch_invitations(&event).await.unwrap();
    assert!(posted.trouble.is_some() && world.postbox.recipients().is_empty());
    let view = app.invitations(&event).await.unwrap();
    assert_eq!((view.states["in_doubt"], view.states["queued"]), (1, 1));

    let acme = "acme".parse().unwrap();
    let acting = app.as_of(&Actor::Owner);
    assert!(acting.release_invitations(&acme).await.unwrap());
    assert!(!acting.release_invitations(&acme).await.unwrap());
    app.dispatch_invitations(&event).await.unwrap();
    assert_eq!(world.postbox.recipients().len(), 1);
    let view = app.invitations(&event).await.unwrap();
    assert_eq!((view.states["in_doubt"], view.states["sent"]), (1, 1));
}
