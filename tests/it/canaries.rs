//! Secrets and personal data do not leak: every value that must stay inside is a canary, the real
//! binary logs all it can, and no canary may come out where it does not belong.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod serving;
mod stage;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use attendee_sync_testkit::peers::SmtpServer;
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::world::World;
use attendee_sync_tests::CliOutcome;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use stage::{
    BASIC, CANARY, CanaryStage, FILTER, PARAMETER, PASSWORD, TOKEN, assert_clean, bird, has,
    logs_everything, reasons, warts, with,
};

#[test]
fn no_log_no_issue_and_no_error_names_a_person_or_a_secret() {
    if !logs_everything("no_log_no_issue_and_no_error_names_a_person_or_a_secret") {
        return;
    }
    let stage = CanaryStage::new();
    let events = [
        (
            "by-token",
            json!({"type": "bearer", "token": {"secret": "feed-token"}}),
            TOKEN,
        ),
        (
            "by-parameter",
            json!({"type": "query", "name": "key", "value": PARAMETER}),
            PARAMETER,
        ),
        (
            "by-password",
            json!({"type": "basic", "username": "reader", "password": PASSWORD}),
            BASIC,
        ),
    ];
    for (event, authentication, sent) in &events {
        let _ = stage.configure(event, authentication);
        stage.source.feeds(&[bird()]);
        let preview = stage.run(&["preview", event]).expect_status(0);
        assert!(
            preview.stderr.contains("TRACE"),
            "nothing was logged\n{preview}"
        );
        let _ = stage.run(&["sync", event]).expect_status(0);
        assert!(stage.source.was_sent(sent), "{sent} was not sent");

        let mut feed = warts();
        feed.push(bird());
        stage.source.feeds(&feed);
        let preview = stage.run(&["preview", event]).expect_status(0);
        assert_clean(&reasons(&preview.json()), &preview);
        let counts = stage.run(&["sync", event]).expect_status(0).json();
        assert!(counts["rejected"].as_u64().unwrap() >= 5, "{counts}");
        let one = ["sync", event, "--email", "canary-mail@example.org"];
        let _ = stage.run(&one).expect_status(0);

        let whole = json!({"people": [bird(), bird()]}).to_string();
        let half = &whole[..whole.len() - 40];
        let wrong = whole.replacen("\"Canaryfirst\"", "Canaryfirst", 1);
        let echo = format!("{{\"detail\": \"canary: {TOKEN} {PARAMETER} {BASIC}\"}}");
        let html = "<html><h1>Canarylast</h1>canary-mail@example.org</html>";
        let json_ok = "200 OK\r\nContent-Type: application/json";
        let elsewhere = format!(
            "302 Found\r\nLocation: https://canary:canary@registration.example.invalid/?mail=canary-mail@example.org&key={PARAMETER}"
        );
        stage.source.answers(json_ok, &wrong);
        let wrong = stage.run(&["sync", event]).expect_status(0);
        assert_clean(&wrong.stdout, &wrong);

        let failures: [(&str, &str, usize); 6] = [
            (
                "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"canary\"",
                &echo,
                0,
            ),
            ("404 Not Found", &echo, 0),
            (json_ok, half, 40),
            (json_ok, half, 0),
            ("200 OK\r\nContent-Type: text/html", html, 0),
            (&elsewhere, "", 0),
        ];
        for (head, body, lacking) in failures {
            stage
                .source
                .answers_in_part(head, body, body.len() + lacking);
            let failed = stage.run(&["sync", event]).expect_status(1);
            assert_clean(&failed.stdout, &failed);
            assert!(failed.json()["reason"].is_string(), "{failed}");
        }

        let listed = stage.run(&["runs", event]).expect_status(0);
        assert_clean(&listed.stdout, &listed);
        let mut issues = 0;
        for run in stage.runs(event) {
            let shown = stage.run(&["runs", event, "--run", &run]).expect_status(0);
            assert_clean(&reasons(&shown.json()), &shown);
            issues += shown.json()["issues"].as_array().unwrap().len();
        }
        assert!(issues >= 8, "{issues} issues");
        let _ = stage.shown(event);
    }
}

#[test]
fn a_refused_configuration_is_not_repeated() {
    if !logs_everything("a_refused_configuration_is_not_repeated") {
        return;
    }
    let stage = CanaryStage::new();
    let bearer = json!({"type": "bearer", "token": PASSWORD, "scheme": "two words"});
    let mut in_url = stage.document("devcon", &Value::Null);
    in_url["source"]["url"] = json!(format!(
        "https://reader:{PASSWORD}@registration.example.org/"
    ));
    let mut in_header = stage.document("devcon", &json!({"type": "none"}));
    in_header["source"]["headers"] = json!({"Authorization": PASSWORD, "X-Api-Key": PASSWORD});
    for document in [
        stage.document("devcon", &bearer),
        stage.document("devcon", &json!({"type": "bearer", "token": [PASSWORD]})),
        stage.document(
            "devcon",
            &json!({"type": "bearer", "token": {"secret": PASSWORD, "plain": PASSWORD}}),
        ),
        stage.document(
            "devcon",
            &json!({"type": "basic", "user": "reader", "password": PASSWORD}),
        ),
        in_url,
        in_header,
    ] {
        let file = stage.store(&document);
        let refused = stage.run(&["configure", file.to_str().unwrap()]);
        assert_clean(&refused.stdout, &refused);
        assert_eq!(refused.status, 2, "{refused}");
    }
    assert_eq!(stage.files_with(CANARY), [""; 0]);
}

#[test]
fn a_secret_is_in_the_file_of_secrets_alone() {
    if !logs_everything("a_secret_is_in_the_file_of_secrets_alone") {
        return;
    }
    let stage = CanaryStage::new();
    let _ = stage.configure(
        "by-token",
        &json!({"type": "bearer", "token": {"secret": "feed-token"}}),
    );
    let _ = stage.configure(
        "by-parameter",
        &json!({"type": "query", "name": "key", "value": PARAMETER}),
    );
    let _ = stage.configure(
        "by-password",
        &json!({"type": "basic", "username": "reader", "password": PASSWORD}),
    );
    for event in ["by-token", "by-parameter", "by-password"] {
        stage.source.feeds(&[bird()]);
        let _ = stage.run(&["sync", event]).expect_status(0);
        stage.source.answers("401 Unauthorized", "");
        let _ = stage.run(&["sync", event]).expect_status(1);
    }
    assert_eq!(stage.files_with(TOKEN), [""; 0]);
    assert_eq!(stage.files_with(BASIC), [""; 0]);
    assert_eq!(stage.files_with(PARAMETER), ["secrets.json"]);
    assert_eq!(stage.files_with(PASSWORD), ["secrets.json"]);
    #[cfg(unix)]
    for file in ["secrets.json", "attendees.db"] {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(stage.cli.data_dir().join(file)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[test]
fn nothing_is_left_of_who_is_erased() {
    if !logs_everything("nothing_is_left_of_who_is_erased") {
        return;
    }
    let stage = CanaryStage::new();
    let ada = json!({"id": "R-ada", "email": "ada@example.org", "first": "Ada", "last": "Example"});
    let later = with(
        bird(),
        &json!({"first": "Canarychanged", "badge": "https//canary", "groups": ["VIP"]}),
    );
    let second = with(
        bird(),
        &json!({"id": "R-canary-second", "company": "Canarysecond"}),
    );
    for event in ["devcon", "summit"] {
        let _ = stage.configure(event, &json!({"type": "none"}));
        for feed in [
            vec![ada.clone(), bird()],
            vec![ada.clone(), later.clone(), second.clone()],
            vec![with(bird(), &json!({"last": ""})), ada.clone()],
            vec![ada.clone(), bird(), second.clone()],
        ] {
            stage.source.feeds(&feed);
            let _ = stage.run(&["sync", event]).expect_status(0);
        }
        let shown = stage.shown(event);
        let naming = |shown: &&CliOutcome| shown.stdout.to_lowercase().contains(CANARY);
        assert!(shown.iter().filter(naming).count() >= 5, "{event}");
    }
    assert_eq!(stage.files_with("canarybio"), ["attendees.db"]);

    stage
        .source
        .feeds(&[ada.clone(), with(bird(), &json!({"erased": "true"}))]);
    let run = stage.run(&["sync", "devcon"]).expect_status(0).json();
    assert_eq!(run["erased"], 1, "{run}");
    for event in ["devcon", "summit"] {
        let shown = stage.shown(event);
        assert!(shown.len() >= 8 && shown[0].stdout.contains("ada@example.org"));
        for shown in shown {
            let shown = shown.expect_status(0);
            assert_clean(&shown.stdout, &shown);
        }
    }
    assert_eq!(stage.files_with(CANARY), [""; 0]);

    // The other event still names them; what it says was known when they were erased.
    stage.source.feeds(&[ada, bird()]);
    let _ = stage.run(&["sync", "summit"]).expect_status(0);
    assert_eq!(stage.files_with(CANARY), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_leaks_neither_people_nor_the_servers_password_and_goes_with_who_is_erased() {
    if !logs_everything(
        "mail_leaks_neither_people_nor_the_servers_password_and_goes_with_who_is_erased",
    ) {
        return;
    }
    let stage = CanaryStage::new();
    let sink = SmtpServer::taking(Duration::ZERO).await;
    let url = sink
        .url()
        .replace("smtp://", &format!("smtp://reader:{PASSWORD}@"));
    let url = format!("{url}?tls=none");
    let mut document = stage.document("devcon", &json!({"type": "none"}));
    document["invitations"] = json!({"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome, {{ first_name }}",
        "body_markdown": "{{ biography }} {{ company }}"
    }});
    let file = stage.store(&document);
    let _ = stage
        .run(&["configure", file.to_str().unwrap()])
        .expect_status(0);
    let refused = with(
        bird(),
        &json!({"id": "R-2", "email": "canary-refused@example.org"}),
    );
    stage.source.feeds(&[bird(), refused.clone()]);
    // At first the mail server is away.
    let away = url.replace("127.0.0.1", "127.0.0.2");
    let away = stage.run(&["sync", "devcon", "--smtp", &away]);
    assert_clean(&away.stdout, &away);
    let trouble = &away.expect_status(0).json()["mail"]["trouble"]["reason"];
    assert!(trouble.is_string(), "{trouble}");
    let run = stage.run(&["sync", "devcon", "--smtp", &url]);
    let run = run.expect_status(0).json();
    assert_eq!(
        (&run["mail"]["sent"], &run["mail"]["failed"]),
        (&json!(1), &json!(1)),
        "{run}"
    );
    assert_clean(&run.to_string(), &stage.run(&["invitations", "devcon"]));
    let (recipient, message) = &sink.taken()[0];
    assert_eq!(recipient, "canary-mail@example.org");
    assert!(message.contains("Canarybio Canarycompany"));
    let people = stage.run(&["attendees", "devcon"]).json();
    let reason = |person: &Value| person["invitation"]["reason"].as_str().map(str::to_owned);
    let reasons: Vec<String> = people["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(reason)
        .collect();
    assert_eq!(reasons.len(), 1, "{people}");
    assert!(
        reasons[0].contains("no such user") && !reasons[0].contains(CANARY),
        "{reasons:?}"
    );

    let wrong = stage.run(&[
        "sync",
        "devcon",
        "--smtp",
        &url.replace("tls=none", "tls=canary"),
    ]);
    assert_clean(&wrong.stdout, &wrong);
    assert_eq!(wrong.status, 2, "{wrong}");

    let gone = |person| with(person, &json!({"erased": "true"}));
    stage.source.feeds(&[gone(bird()), gone(refused)]);
    let run = stage.run(&["sync", "devcon", "--smtp", &url]);
    assert_eq!(run.expect_status(0).json()["erased"], 2);
    assert_eq!(stage.files_with(CANARY), [""; 0]);
    assert_eq!(stage.files_with(PASSWORD), [""; 0]);
}

/// What the functions of the cloud edition carry out, with all that it logs.
#[tokio::test]
async fn the_cloud_editions_pipeline_logs_nobody() {
    #[derive(Clone, Default)]
    struct OutputLines(Arc<Mutex<Vec<u8>>>);

    impl Write for OutputLines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let lines = OutputLines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(FILTER))
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let world = World::cloud(Delivery::Wild);
    world
        .configure(
            "devcon",
            json!({"invitations": {"enabled": true, "template": {
                "from": "DevCon <noreply@devcon.example>", "subject": "{{ first_name }}",
                "body_markdown": "{{ company }}"
            }}}),
        )
        .await;
    let mut feed = warts();
    feed.push(bird());
    for records in [
        vec![bird()],
        feed,
        vec![with(bird(), &json!({"erased": "true"}))],
    ] {
        world.feed(records);
        let _run = world.sync("devcon").await;
    }
    world.feed_cut_off(vec![bird()]);
    let failed = world.try_sync("devcon").await.unwrap();
    assert!(failed.reason.is_some());
    let told = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(told.contains("the run failed"), "nothing was logged");
    assert!(!told.to_lowercase().contains(CANARY), "{told}");
}
