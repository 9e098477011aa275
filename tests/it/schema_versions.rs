//! What is stored has the shape that the version of its schema says, and a table of every version is used as it is.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use attendee_sync_adapters::table::{ItemBody, ItemSchema, TableItem, TableKey};
use attendee_sync_app::ports::Migrator;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId, RunNumber};
use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::transport::FaultyTransport;
use attendee_sync_testkit::world::{World, crowd, person, with};
use flate2::read::DeflateDecoder;
use serde_json::{Value, json};

/// The first line of a file of shapes names the program that it was written by: a version of the schema is for one
/// release.
const PROGRAM: &str = concat!("program ", env!("CARGO_PKG_VERSION"));
/// Names of this world that are keys of maps.
const NAMES: [&str; 6] = [
    "acme", "devcon", "regular", "speakers", "Regular", "Speakers",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema")
}

fn acme() -> CommunityId {
    "acme".parse().unwrap()
}

fn held_run() -> RunId {
    RunId {
        event: "devcon".parse::<EventId>().unwrap(),
        number: RunNumber(3),
    }
}

/// A table with something of most kinds: an event that was synced twice and holds a run, whose invitations wait, with
/// somebody erased and somebody edited.
async fn table() -> World {
    let world = World::over(FaultyTransport::new());
    let inviting = json!({"missing": "remove_attendee", "invitations": {"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Hi"
    }}});
    world.configure("devcon", inviting).await;
    world.feed(crowd(24));
    world.sync("devcon").await;
    let mut feed = crowd(24);
    feed[3] = with(
        feed[3].clone(),
        json!({"company": "Umbrella", "groups": ["Speakers"]}),
    );
    world.feed(feed);
    world.sync("devcon").await;
    let address = "p0001@example.org".parse().unwrap();
    world.app.erase_user(&acme(), &address).await.unwrap();
    world.feed(crowd(10));
    let held = world.try_sync("devcon").await.unwrap();
    assert_eq!(held.state, RunState::Held);
    world
}

/// A name without what differs from table to table.
fn general(name: &str) -> String {
    let part = |part: &str| {
        let digits = part.len() > 1 && part.chars().all(|sign| sign.is_ascii_hexdigit());
        let shard = part.len() == 1
            && part
                .chars()
                .all(|sign| matches!(sign, '0'..='9' | 'a'..='f'));
        let data = digits
            || shard
            || NAMES.contains(&part)
            || part.chars().any(|sign| sign.is_ascii_digit());
        if data {
            "*".to_owned()
        } else {
            part.to_owned()
        }
    };
    name.split('#').map(part).collect::<Vec<_>>().join("#")
}

fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                let path = format!("{at}.{}", general(key));
                paths(inner, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => {
            for item in items {
                paths(item, &format!("{at}[]"), found);
            }
        }
        _ => {}
    }
}

fn json_of(body: &ItemBody) -> Option<Value> {
    match body {
        ItemBody::Document(json) => serde_json::from_str(json).ok(),
        ItemBody::Data(bytes) => {
            let mut json = Vec::new();
            DeflateDecoder::new(bytes.as_slice())
                .read_to_end(&mut json)
                .ok()?;
            serde_json::from_slice(&json).ok()
        }
        ItemBody::Empty => None,
    }
}

/// Each key of each kind of item, one a line.
fn shapes(items: &[TableItem]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in items {
        let kind = format!("{}/{}", general(&item.key.pk), general(&item.key.sk));
        if let Some(value) = json_of(&item.body) {
            paths(&value, &kind, &mut found);
        }
    }
    found
}

fn update() -> bool {
    std::env::var_os("ATTENDEE_SYNC_UPDATE").is_some()
}

/// The files of this ending, by version.
fn files(ending: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Some(version) = name.strip_suffix(ending) {
            files.push((version.to_owned(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

#[tokio::test]
async fn a_stored_item_has_the_shape_of_its_schema_version() {
    let world = table().await;
    let items = world.line.raw_items();
    assert!(items.iter().all(|item| item.schema == ItemSchema::CURRENT));
    let found = shapes(&items);
    let version = ItemSchema::CURRENT.to_string();
    let known = files(".shapes");
    let lines = known.iter().flat_map(|(_, text)| text.lines());
    let lines: BTreeSet<String> = lines.map(str::to_owned).collect();
    let new: Vec<&String> = found.difference(&lines).collect();
    let current = known.iter().find(|(name, _)| *name == version);
    let released = current.is_some_and(|(_, text)| !text.starts_with(PROGRAM));
    if new.is_empty() && current.is_some() {
        return;
    }
    assert!(
        update() && !released,
        "items have keys that no version of the schema has: {new:#?}\nCONTRIBUTING.md, \"Add a field to a stored item\", says what to do: \
         raise ItemSchema::CURRENT ({version}) once for each release, then ATTENDEE_SYNC_UPDATE=1"
    );
    let text = found
        .iter()
        .fold(format!("{PROGRAM}\n"), |text, line| text + line + "\n");
    std::fs::write(folder().join(format!("{version}.shapes")), text).unwrap();
    let items: Vec<Value> = items.iter().map(written).collect();
    let rows: Vec<String> = items.iter().map(Value::to_string).collect();
    let text = format!("[\n{}\n]\n", rows.join(",\n"));
    std::fs::write(folder().join(format!("{version}.json")), text).unwrap();
}

fn written(item: &TableItem) -> Value {
    let (doc, data) = match &item.body {
        ItemBody::Document(json) => (Some(json), None),
        ItemBody::Data(bytes) => {
            let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            });
            (None, Some(hex))
        }
        ItemBody::Empty => (None, None),
    };
    json!({
        "pk": item.key.pk, "sk": item.key.sk, "v": item.version, "expires": item.expires, "schema": item.schema.number(),
        "doc": doc, "data": data
    })
}

fn read(row: &Value) -> TableItem {
    let text = |name: &str| row[name].as_str().map(str::to_owned);
    let body = match (text("doc"), text("data")) {
        (Some(json), _) => ItemBody::Document(json),
        (None, Some(hex)) => {
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            ItemBody::Data((0..hex.len()).step_by(2).map(byte).collect())
        }
        (None, None) => ItemBody::Empty,
    };
    let key = TableKey {
        pk: text("pk").unwrap(),
        sk: text("sk").unwrap(),
    };
    let schema = u32::try_from(row["schema"].as_u64().unwrap()).unwrap();
    let schema = ItemSchema::from_number(schema);
    TableItem::stored(
        key,
        row["v"].as_u64(),
        row["expires"].as_u64(),
        body,
        schema,
    )
}

#[tokio::test]
async fn a_table_of_every_schema_version_is_used_as_it_is() {
    let tables = files(".json");
    assert!(!tables.is_empty());
    for (version, text) in tables {
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        let items: Vec<TableItem> = rows.iter().map(read).collect();
        let world = World::over(FaultyTransport::with_items(&items));
        let (store, now) = (&world.app.parts().store, world.now());
        store
            .bring_over(&acme(), Migrator::OnlyProcess, now)
            .await
            .unwrap();
        assert_eq!(world.people("devcon").await.len(), 23, "{version}");
        let approved = world.app.approve(&held_run()).await.unwrap();
        assert_eq!(
            approved.state,
            RunState::Succeeded,
            "{version}: {approved:?}"
        );
        let mut feed = crowd(10);
        feed.push(person("ada"));
        world.feed(feed);
        let run = world.sync("devcon").await;
        assert_eq!(
            (run.state, run.counts.added),
            (RunState::Succeeded, 1),
            "{version}: {run:?}"
        );
    }
}
