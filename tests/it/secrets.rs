//! Credentials as sources receive them: by the program itself, with an environment that has one, and
//! over a data directory of an earlier version.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use attendee_sync_tests::TestCli;
use serde_json::{Value, json};

const OWNERS: &str = "the-owners-credential";
const FEED: &str = r#"[{"id": "1", "email": "ada@example.org", "first": "Ada", "last": "Doe"}]"#;

/// A registration system that notes what it was asked with.
struct Collector {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let noted = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let head = std::iter::from_fn(|| lines.next()?.ok());
                for line in head.take_while(|line| !line.is_empty()) {
                    if let Some((name, value)) = line.split_once(": ")
                        && name.eq_ignore_ascii_case("authorization")
                    {
                        noted.lock().unwrap().push(value.to_owned());
                    }
                }
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
                let length = FEED.len();
                let answer = format!("{head}\r\nContent-Length: {length}\r\n\r\n{FEED}");
                let _gone = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { address, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// A document whose source this is.
    fn document(&self, community: &str, event: &str, authentication: &Value) -> Value {
        json!({
            "community": community, "event": event, "name": event,
            "source": {
                "url": format!("http://{}/attendees", self.address),
                "authentication": authentication
            },
            "mapping": {"source_id": "id", "email": "email", "first_name": "first", "last_name": "last"}
        })
    }
}

fn bearer(token: &Value) -> Value {
    json!({"type": "bearer", "token": token})
}

fn written(cli: &TestCli, document: &Value) -> PathBuf {
    let path = cli.data_dir().join("document.json");
    std::fs::write(&path, document.to_string()).unwrap();
    path
}

fn configure(cli: &TestCli, document: &Value) {
    let file = written(cli, document);
    let _done = cli.json(&["configure", file.to_str().unwrap()]);
}

/// Calls the API; gives the status.
fn call(origin: &str, token: &str, method: &str, path: &str, body: &Value) -> u16 {
    let address = origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = body.to_string();
    let request = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap();
    status.parse().unwrap()
}

fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        if what() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it does not come about");
}

/// The generated name of a dummy is that of the owner's variable.
#[test]
fn the_credential_of_one_community_reaches_no_source_of_another() {
    let cli = TestCli::new().with_secret("devcon-token", OWNERS);
    let (ours, theirs) = (Collector::start(), Collector::start());
    let named = bearer(&json!({"secret": "devcon-token"}));
    configure(&cli, &ours.document("acme", "conf", &named));
    let nothing = json!({"type": "none"});
    configure(&cli, &theirs.document("globex", "gala", &nothing));
    let add = [
        "token",
        "add",
        "Globex",
        "--role",
        "admin",
        "--community",
        "globex",
    ];
    let token = cli.json(&add)["token"].as_str().unwrap().to_owned();

    let server = cli.serve();
    let dummy = theirs.document("globex", "devcon", &bearer(&json!("dummy")));
    let path = "/events/devcon/configuration";
    let put = |document: &Value| call(&server.origin, &token, "PUT", path, document);
    assert_eq!(put(&dummy), 201);
    let sync = json!({"mode": "sync"});
    let begun = call(&server.origin, &token, "POST", "/events/devcon/runs", &sync);
    assert_eq!(begun, 202);
    until(|| !theirs.seen().is_empty());
    assert_eq!(theirs.seen(), ["Bearer dummy"]);
    // Nor by naming it, stored or tried out.
    let named = theirs.document("globex", "other", &named);
    for (method, path) in [
        ("PUT", "/events/other/configuration"),
        ("POST", "/events/other/configuration/test"),
    ] {
        assert_eq!(call(&server.origin, &token, method, path, &named), 422);
    }
    assert_eq!(server.end(), 0);
    assert_eq!(theirs.seen(), ["Bearer dummy"]);
    let _synced = cli.json(&["sync", "conf"]);
    assert_eq!(ours.seen(), [format!("Bearer {OWNERS}")]);
}

#[test]
fn a_directory_of_an_earlier_version_is_moved_once_and_says_so() {
    let cli = TestCli::new().with_secret("conf-source", OWNERS);
    let source = Collector::start();
    let named = |name: &str| bearer(&json!({"secret": name}));
    configure(
        &cli,
        &source.document("acme", "devcon", &named("devcon-token")),
    );
    configure(
        &cli,
        &source.document("acme", "conf", &named("conf-source")),
    );
    configure(
        &cli,
        &source.document("globex", "gala", &named("gala-token")),
    );
    let file = cli.data_dir().join("secrets.json");
    std::fs::write(
        &file,
        r#"{"devcon-token": "of-devcon", "gala-token": "of-gala"}"#,
    )
    .unwrap();

    let first = cli.run(&["sync", "devcon"]).expect_status(0);
    let says = "credentials now belong to the community and the event";
    assert_eq!(first.stderr.matches(says).count(), 1, "{first}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("\"format\": 2") && !text.contains("former"),
        "{text}"
    );
    for event in ["conf", "gala"] {
        let next = cli.run(&["sync", event]).expect_status(0);
        assert!(!next.stderr.contains(says), "{next}");
    }
    assert_eq!(
        source.seen(),
        [
            "Bearer of-devcon".to_owned(),
            format!("Bearer {OWNERS}"),
            "Bearer of-gala".to_owned()
        ]
    );
}
