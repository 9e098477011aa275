//! Credentials as sources receive them: by the program itself, with an environment that has one, and
//! over a data directory of an earlier version.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::PathBuf;

use attendee_sync_testkit::peers::{HttpPeer, json_page};
use attendee_sync_testkit::waiting::eventually;
use attendee_sync_tests::TestCli;
use serde_json::{Value, json};

const OWNERS: &str = "the-owners-credential";
const FEED: &str = r#"[{"id": "1", "email": "ada@example.org", "first": "Ada", "last": "Doe"}]"#;

/// A registration system that notes what it was asked with.
struct Collector(HttpPeer);

impl Collector {
    fn start() -> Self {
        Self(HttpPeer::start(json_page(FEED)))
    }

    fn seen(&self) -> Vec<String> {
        let asked = self.0.asked().into_iter();
        let sent = asked.filter_map(|asked| asked.headers.get("authorization").cloned());
        sent.map(|sent| sent.to_str().unwrap().to_owned()).collect()
    }

    /// A document whose source this is.
    fn document(&self, community: &str, event: &str, authentication: &Value) -> Value {
        json!({
            "community": community, "event": event, "name": event,
            "source": {
                "url": format!("{}/attendees", self.0.origin()),
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
    let call = |method: &str, path: &str, body: &Value| {
        let path = format!("/api/v1{path}");
        server.call(&token, method, &path, &body.to_string()).0
    };
    let put = |document: &Value| call("PUT", path, document);
    assert_eq!(put(&dummy), 201);
    let sync = json!({"mode": "sync"});
    let begun = call("POST", "/events/devcon/runs", &sync);
    assert_eq!(begun, 202);
    eventually("it is asked", || !theirs.seen().is_empty());
    assert_eq!(theirs.seen(), ["Bearer dummy"]);
    // Nor by naming it, stored or tried out.
    let named = theirs.document("globex", "other", &named);
    for (method, path) in [
        ("PUT", "/events/other/configuration"),
        ("POST", "/events/other/configuration/test"),
    ] {
        assert_eq!(call(method, path, &named), 422);
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
