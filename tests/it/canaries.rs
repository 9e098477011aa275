//! Secrets and personal data do not leak: every value that must stay inside is a canary, the real
//! binary logs all it can, and no canary may come out where it does not belong.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

mod serving;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use attendee_sync_testkit::peers::{FaultyServer, ServerStep, SmtpSink};
use attendee_sync_testkit::queues::Delivery;
use attendee_sync_testkit::waiting::eventually;
use attendee_sync_testkit::world::World;
use attendee_sync_tests::{CliOutcome, TestCli};
use serde_json::{Value, json};
use tempfile::TempDir;
use tracing_subscriber::EnvFilter;

/// In every canary, whatever its case.
const CANARY: &str = "canary";
/// A token in the environment.
const TOKEN: &str = "canary-secret-token";
/// A parameter of the URL, written plainly into a configuration.
const PARAMETER: &str = "canary-secret-parameter";
/// A password, written plainly into a configuration.
const PASSWORD: &str = "canary-secret-password";
/// What a request has of `reader` and the password.
const BASIC: &str = "cmVhZGVyOmNhbmFyeS1zZWNyZXQtcGFzc3dvcmQ=";

/// Everything.
const FILTER: &str = "trace";

/// Whether this process and those it starts log everything. If not, the test is played again in a
/// process that does, and this one only says how that ended.
fn logs_everything(test: &str) -> bool {
    if std::env::var("RUST_LOG").is_ok_and(|filter| filter == FILTER) {
        return true;
    }
    let played = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("canaries::{test}"), "--nocapture"])
        .env("RUST_LOG", FILTER)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&played.stderr);
    assert!(played.status.success(), "{said}");
    // What a started `serve` logs, goes straight there.
    assert!(!said.to_lowercase().contains(CANARY), "{said}");
    let counted = String::from_utf8_lossy(&played.stdout);
    assert!(counted.contains("1 passed"), "no test is called {test}");
    false
}

/// A registration system that gives every request the same answer, byte by byte as a test set it.
struct CanarySource(FaultyServer);

impl CanarySource {
    fn new() -> Self {
        Self(FaultyServer::beside(|_| Vec::new()))
    }

    /// Whether some request had this in it.
    fn was_sent(&self, text: &str) -> bool {
        let asked = self.0.asked();
        asked
            .iter()
            .any(|asked| format!("{asked:?}").contains(text))
    }

    /// `head` is a status with headers of its own.
    fn answers(&self, head: &str, body: &str) {
        self.answers_in_part(head, body, body.len());
    }

    /// Says that the body has `length` bytes, sends it, and closes.
    fn answers_in_part(&self, head: &str, body: &str, length: usize) {
        let answer = format!(
            "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        let answer = ServerStep::Send(answer.into_bytes());
        self.0.answer(move |_| vec![answer.clone()]);
    }

    fn feeds(&self, people: &[Value]) {
        let body = json!({"people": people}).to_string();
        self.answers("200 OK\r\nContent-Type: application/json", &body);
    }
}

/// The binary, a source, and a folder for documents beside the data directory.
struct CanaryStage {
    cli: TestCli,
    source: CanarySource,
    documents: TempDir,
}

impl CanaryStage {
    fn new() -> Self {
        Self {
            cli: TestCli::new().with_secret("feed-token", TOKEN),
            source: CanarySource::new(),
            documents: TempDir::new().unwrap(),
        }
    }

    fn document(&self, event: &str, authentication: &Value) -> Value {
        json!({
            "community": "acme", "event": event, "name": event,
            "source": {
                "url": self.source.0.url("/people"),
                "authentication": authentication,
                "records": "$.people[*]",
            },
            "mapping": {
                "source_id": "id", "email": "email", "title": "title", "first_name": "first",
                "last_name": "last", "job_title": "job", "company": "company",
                "country": "country", "additional_info": "info", "biography": "bio",
                "groups": "groups", "digital_badge": "badge",
            },
            "delete_flag": {"path": "erased"},
        })
    }

    fn store(&self, document: &Value) -> PathBuf {
        let file = self.documents.path().join("document.json");
        std::fs::write(&file, document.to_string()).unwrap();
        file
    }

    fn configure(&self, event: &str, authentication: &Value) -> CliOutcome {
        let file = self.store(&self.document(event, authentication));
        self.run(&["configure", file.to_str().unwrap()])
            .expect_status(0)
    }

    /// Runs a command, which must not log a canary, nor show a secret.
    fn run(&self, arguments: &[&str]) -> CliOutcome {
        let outcome = self.cli.run(arguments);
        assert_clean(&outcome.stderr, &outcome);
        for secret in [TOKEN, PARAMETER, PASSWORD, BASIC] {
            assert!(!outcome.stdout.contains(secret), "{secret}\n{outcome}");
        }
        outcome
    }

    /// The numbers of an event's runs.
    fn runs(&self, event: &str) -> Vec<String> {
        let runs = self.run(&["runs", event]).expect_status(0).json();
        let runs = runs["items"].as_array().unwrap();
        let number = |run: &Value| run["run"].as_str().unwrap().to_owned();
        runs.iter().map(number).collect()
    }

    /// Everything an event shows of people, command by command.
    fn shown(&self, event: &str) -> Vec<CliOutcome> {
        let mut shown = vec![
            self.run(&["attendees", event, "--status", "all"]),
            self.run(&["export", event, "--status", "all"]),
            self.run(&["export", event, "--status", "all", "--format", "jsonl"]),
            self.run(&["groups", "acme"]),
        ];
        for run in self.runs(event) {
            shown.push(self.run(&["runs", event, "--run", &run]));
        }
        shown
    }

    /// Files in the data directory in which `text` is, whatever its case.
    fn files_with(&self, text: &str) -> Vec<String> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.cli.data_dir()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && has(&path, text) {
                names.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        names.sort();
        names
    }
}

fn has(path: &Path, text: &str) -> bool {
    let bytes = std::fs::read(path).unwrap().to_ascii_lowercase();
    let text = text.to_ascii_lowercase();
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

fn assert_clean(text: &str, outcome: &CliOutcome) {
    assert!(
        !text.to_lowercase().contains(CANARY) && !text.contains(BASIC),
        "a canary is out:\n{text}\nof {outcome}"
    );
}

/// A person whose every field is a canary.
fn bird() -> Value {
    json!({
        "id": "R-canary", "email": "canary-mail@example.org", "title": "Canarytitle",
        "first": "Canaryfirst", "last": "Canarylast", "job": "Canaryjob",
        "company": "Canarycompany", "country": "Canarycountry", "info": "Canaryinfo",
        "bio": "Canarybio", "groups": ["Regular"],
        "badge": "https://badges.example.org/canary.pdf",
    })
}

fn with(mut record: Value, change: &Value) -> Value {
    for (key, value) in change.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

/// Records of which none can be taken as it is, each with canaries where it is wrong.
fn warts() -> Vec<Value> {
    let other = |number: u32, change: &Value| {
        let email = format!("canary-{number}@example.org");
        with(with(bird(), &json!({"email": email})), change)
    };
    vec![
        with(bird(), &json!({"email": "canary-broken at example.org"})),
        with(bird(), &json!({"email": "Canary <canary@example@org>"})),
        with(bird(), &json!({"email": ["canary@example.org"]})),
        other(1, &json!({"first": ""})),
        other(2, &json!({"last": null})),
        other(3, &json!({"badge": "https//canary badge"})),
        other(4, &json!({"bio": "Canary ".repeat(20_000)})),
        other(5, &json!({"company": {"name": "Canarycompany"}})),
        other(
            6,
            &json!({"groups": [{"name": "Canarygroup"}, ["Canarygroup"]]}),
        ),
        other(7, &json!({"erased": "canary, maybe"})),
        with(
            bird(),
            &json!({"id": "R-canary-again", "title": "Canarymerged"}),
        ),
        json!("canary@example.org"),
    ]
}

/// The reasons in what `runs` or `preview` shows.
fn reasons(details: &Value) -> String {
    let issues = details["issues"].as_array().unwrap();
    let of_issue =
        |issue: &Value| format!("{} {} {}", issue["code"], issue["field"], issue["reason"]);
    let issues: Vec<String> = issues.iter().map(of_issue).collect();
    format!("{}\n{}", details["run"]["reason"], issues.join("\n"))
}

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
    let sink = SmtpSink::start(Duration::ZERO).await;
    let url = sink
        .url
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

#[test]
fn a_served_api_tells_no_secret_and_the_names_of_files_nobody() {
    if !logs_everything("a_served_api_tells_no_secret_and_the_names_of_files_nobody") {
        return;
    }
    let stage = CanaryStage::new();
    let server = stage.cli.serve();
    let token = std::fs::read_to_string(stage.cli.data_dir().join("token")).unwrap();
    let call = |method: &str, path: &str, body: &str| {
        let (status, answer) = server.call(&token, method, &format!("/api/v1{path}"), body);
        for secret in [TOKEN, PARAMETER, PASSWORD, BASIC] {
            assert!(!answer.contains(secret), "{method} {path}: {answer}");
        }
        (status, answer)
    };
    let mut document = stage.document(
        "devcon",
        &json!({"type": "basic", "username": "reader", "password": PASSWORD}),
    );
    document["invitations"] = json!({"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome, {{ first_name }}",
        "body_markdown": "{{ biography }}"
    }});
    let configuration = "/events/devcon/configuration";
    let put = call("PUT", configuration, &document.to_string());
    assert_eq!(put.0, 201, "{put:?}");
    assert_eq!(call("GET", configuration, "").0, 200);
    stage.source.feeds(&[warts(), vec![bird()]].concat());
    let sync = call("POST", "/events/devcon/runs", "{\"mode\": \"sync\"}");
    assert_eq!(sync.0, 202);
    let mails = stage.cli.data_dir().join("mail");
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&mails).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    };
    eventually("the API says so", || {
        call("GET", "/runs/devcon.1", "")
            .1
            .contains("\"succeeded\"")
    });
    eventually("the API says so", || {
        names()
            .iter()
            .any(|name| name.rsplit_once('.').is_some_and(|(_, kind)| kind == "eml"))
    });
    let found = names();
    assert!(
        !found.join("\n").to_lowercase().contains(CANARY),
        "{found:?}"
    );
    assert!(
        found.iter().any(|name| has(&mails.join(name), CANARY)),
        "no mail names them"
    );

    // Refusals: what is wrong in a document, what a source said, a token, a host.
    let problem = |method: &str, path: &str, body: &str| {
        let (status, answer) = call(method, path, body);
        assert!(status >= 400, "{method} {path}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(
            !answer.to_lowercase().contains(CANARY),
            "{method} {path}: {answer}"
        );
    };
    for wrong in [
        json!({"type": "bearer", "token": [PASSWORD]}),
        json!({"type": "bearer", "token": PASSWORD, "scheme": "two words"}),
        json!({"type": "basic", "user": "reader", "password": PASSWORD}),
        json!(PASSWORD),
    ] {
        let document = stage.document("devcon", &wrong).to_string();
        problem("PUT", configuration, &document);
        problem("POST", "/events/devcon/configuration/test", &document);
    }
    problem("PUT", configuration, &format!("{{\"source\": \"{PASSWORD}"));
    let echo = format!("{{\"detail\": \"canary: {TOKEN} {PASSWORD} {BASIC}\"}}");
    for head in [
        "401 Unauthorized",
        "404 Not Found",
        "200 OK\r\nContent-Type: text/html",
    ] {
        stage.source.answers(head, &echo);
        problem("POST", "/events/devcon/runs", "{\"mode\": \"preview\"}");
    }
    let (status, answer) = server.call("canary-guess", "GET", "/api/v1/communities", "");
    assert_eq!(status, 401);
    assert!(!answer.contains(CANARY), "{answer}");

    // Asked for by their address, nobody is told of it but who asks.
    for path in [
        "/attendees/canary-mail@example.org",
        "/access/canary-mail@example.org",
    ] {
        assert_eq!(call("GET", &format!("/events/devcon{path}"), "").0, 200);
    }
    let audit = call("GET", "/communities/acme/audit", "").1;
    assert!(
        audit.contains("devcon") && !audit.to_lowercase().contains(CANARY),
        "{audit}"
    );
    assert_eq!(server.end(), 0);
    assert_eq!(stage.files_with(PASSWORD), ["secrets.json"]);
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
