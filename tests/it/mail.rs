//! Mail of the real binary: through a mail server, killed while it sends, and into a folder.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]
#![cfg(unix)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use attendee_sync_testkit::peers::{RegistrationPeer, SmtpServer};
use attendee_sync_testkit::waiting::{a_moment, eventually};
use attendee_sync_tests::TestCli;
use serde_json::{Value, json};
use tokio::net::TcpListener;

fn record(number: usize) -> Value {
    let email = format!("p{number}@example.org");
    json!({"id": number, "email": email, "first": "Pat", "last": "Example"})
}

/// A registration system with this many people.
fn registrations(people: usize) -> RegistrationPeer {
    RegistrationPeer::start((0..people).map(record).collect())
}

fn configure(cli: &TestCli, source: &RegistrationPeer) {
    let document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon", "source": {"url": source.url()},
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "first", "last_name": "last"
        },
        "delete_flag": {"path": "erased"},
        "invitations": {"enabled": true, "limit_per_run": 1000, "template": {
            "from": "DevCon <noreply@devcon.example>", "subject": "Welcome, {{ first_name }}",
            "body_markdown": "Dear {{ first_name }}"
        }}
    });
    let file = cli.data_dir().join("devcon.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let _configured = cli.json(&["configure", file.to_str().unwrap()]);
}

fn states(cli: &TestCli) -> BTreeMap<String, u64> {
    let view = cli.json(&["invitations", "devcon"]);
    let states = view["states"].as_object().unwrap().iter();
    states
        .map(|(state, count)| (state.clone(), count.as_u64().unwrap()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_again_and_again_mails_nobody_twice_and_forgets_nobody() {
    const PEOPLE: usize = 60;
    let sink = SmtpServer::taking(Duration::from_millis(25)).await;
    let cli = TestCli::new();
    let source = registrations(PEOPLE);
    configure(&cli, &source);
    let run = cli.json(&["sync", "devcon"]);
    assert_eq!(run["invitations_queued"], 60);
    assert!(
        sink.taken().is_empty(),
        "without --smtp a sync sends nothing"
    );
    let arguments = ["--smtp", &sink.url(), "--mails-per-second", "1000"];
    let begun = Instant::now();
    let mut killed = 0;
    while sink.taken().len() < PEOPLE - 10 && begun.elapsed() < Duration::from_mins(1) {
        let before = sink.taken().len();
        let serving = cli.serve_with(&arguments);
        eventually("another mail goes", || sink.taken().len() > before);
        // Some moments more, a few of them inside of a mail's own.
        a_moment(Duration::from_millis(40 + 17 * killed));
        drop(serving);
        killed += 1;
    }
    assert!(killed >= 3, "killed {killed} times");
    let serving = cli.serve_with(&arguments);
    let token = std::fs::read_to_string(cli.data_dir().join("token")).unwrap();
    eventually("no mail waits or is on its way", || {
        let path = "/api/v1/events/devcon/invitations";
        let (_, answer) = serving.call(&token, "GET", path, "");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let states = serde_json::from_str::<Value>(body).unwrap()["states"].clone();
        let over = ["sent", "in_doubt"].map(|state| states[state].as_u64().unwrap_or(0));
        over.iter().sum::<u64>() == PEOPLE as u64
    });
    assert_eq!(serving.end(), 0);

    let mut mails: BTreeMap<String, usize> = BTreeMap::new();
    for (recipient, _) in sink.taken() {
        *mails.entry(recipient).or_default() += 1;
    }
    assert!(mails.values().all(|count| *count == 1), "{mails:?}");
    let states = states(&cli);
    let (sent, in_doubt) = (states["sent"], states.get("in_doubt").copied().unwrap_or(0));
    assert_eq!(sent + in_doubt, PEOPLE as u64, "{states:?}");
    assert!(in_doubt <= killed, "{states:?}, killed {killed} times");
    assert!(
        sent <= mails.len() as u64,
        "{states:?}, {} mails",
        mails.len()
    );
    println!(
        "killed {killed} times: {sent} sent, {in_doubt} in doubt, {} mails",
        mails.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_end_it_finishes_the_mail_on_its_way_and_leaves_no_doubt() {
    let sink = SmtpServer::taking(Duration::from_millis(300)).await;
    let cli = TestCli::new();
    let source = registrations(20);
    configure(&cli, &source);
    let _synced = cli.json(&["sync", "devcon"]);
    let serving = cli.serve_with(&["--smtp", &sink.url(), "--mails-per-second", "1000"]);
    eventually("two mails go", || sink.taken().len() >= 2);
    assert_eq!(serving.end(), 0);
    let states = states(&cli);
    assert_eq!(states["sent"], sink.taken().len() as u64, "{states:?}");
    assert_eq!(states["sent"] + states["queued"], 20, "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_with_a_mail_server_sends_and_one_that_is_away_loses_nothing() {
    let cli = TestCli::new();
    let source = registrations(3);
    configure(&cli, &source);
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = format!("smtp://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let run = cli.json(&["sync", "devcon", "--smtp", &away]);
    assert_eq!(run["state"], "succeeded");
    assert!(run["mail"]["trouble"]["reason"].is_string(), "{run}");
    assert_eq!(states(&cli)["queued"], 3);
    let sink = SmtpServer::taking(Duration::ZERO).await;
    let run = cli.json(&["sync", "devcon", "--smtp", &sink.url()]);
    assert_eq!(run["mail"]["sent"], 3);
    assert_eq!(sink.taken().len(), 3);
    let (_, message) = &sink.taken()[0];
    let unfolded = message.replace("\r\n ", " ");
    for header in [
        "From: DevCon <noreply@devcon.example>",
        "Subject: Welcome, Pat",
        "List-Unsubscribe: <http",
    ] {
        assert!(unfolded.contains(header), "{header} in {message}");
    }
    let wrong = cli.run(&["sync", "devcon", "--smtp", "http://mail.example"]);
    assert_eq!(wrong.status, 2, "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_binds_what_is_configured_and_what_is_sent() {
    let cli = TestCli::new();
    let source = registrations(2);
    configure(&cli, &source);
    let _synced = cli.json(&["sync", "devcon"]);
    let file = cli.data_dir().join("devcon.json");
    let file = file.to_str().unwrap();
    let others = "acme=acme.example;globex=devcon.example";
    for more in [
        &["--senders", others][..],
        &["--smtp", "smtps://u:p@mail.acme.example"],
    ] {
        for command in [&["configure", file][..], &["configure", file, "--check"]] {
            let refused = cli.run(&[command, more].concat());
            assert_eq!(refused.status, 2, "{refused}");
            let refused = refused.json();
            let place = &refused["files"][0]["problems"][0];
            assert_eq!(place["path"], "invitations.template.from", "{refused}");
        }
    }
    // What was stored before there was a list waits.
    let sink = SmtpServer::taking(Duration::ZERO).await;
    let run = cli.json(&["sync", "devcon", "--smtp", &sink.url(), "--senders", others]);
    let reason = run["mail"]["trouble"]["reason"].as_str().unwrap();
    assert!(reason.contains("(acme.example)"), "{reason}");
    assert_eq!(states(&cli)["queued"], 2);
    assert!(sink.taken().is_empty());
    let ours = ["--senders", "acme=devcon.example"];
    let _configured = cli.json(&[&["configure", file][..], &ours].concat());
    let run = cli.json(&[&["sync", "devcon", "--smtp", &sink.url()][..], &ours].concat());
    assert_eq!(run["mail"]["sent"], 2);
    let wrong = cli.run(&["sync", "devcon", "--senders", "acme"]);
    assert_eq!(wrong.status, 2, "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_mail_is_written_into_a_folder_and_goes_with_an_erased_person() {
    let cli = TestCli::new();
    let source = registrations(3);
    configure(&cli, &source);
    let _synced = cli.json(&["sync", "devcon"]);
    let folder = cli.data_dir().join("mail");
    let files = || -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            return Vec::new();
        };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(".eml")).collect()
    };
    let serving = cli.serve();
    eventually("three mails are written", || files().len() >= 3);
    assert_eq!(serving.end(), 0);
    assert_eq!(files().len(), 3);
    assert!(
        !files().iter().any(|name| name.contains("p0")),
        "{:?}",
        files()
    );
    assert_eq!(states(&cli)["sent"], 3);

    source.change(|people| people[1]["erased"] = json!(true));
    assert_eq!(cli.json(&["sync", "devcon"])["erased"], 1);
    assert_eq!(files().len(), 2);
    let left: Vec<String> = files()
        .iter()
        .map(|name| std::fs::read_to_string(folder.join(name)).unwrap())
        .collect();
    assert!(!left.iter().any(|mail| mail.contains("p1@")));
}
