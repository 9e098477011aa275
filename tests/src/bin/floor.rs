//! The floors that `tests/bench` measures beside the product: what reading and parsing a feed
//! costs at least, and what the embedded engine's file costs at least in each journal mode.
//!
//!     floor read URL            downloads, parses into borrowed structs, hashes; seconds
//!     floor store URL DIR       the same, and writes whom the feed changed since the last time: one item a
//!                               person in transactions of 100, and 2,500 pages of fingerprints
//!     floor items DIR COUNT     writes what a first sync of COUNT people stores of them, as it does: four items
//!                               each, of the same sizes, at random keys, by import, 96 in a transaction; seconds
//!     floor journal DIR COUNT   writes COUNT items in transactions of 100 in each mode; items/s

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a measuring tool: what goes wrong ends it"
)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use dynoxide::actions::list_tables::ListTablesRequest;
use dynoxide::actions::transact_write_items::{
    TransactPut, TransactWriteItem, TransactWriteItemsRequest,
};
use dynoxide::types::{AttributeValue, Item};
use dynoxide::{Database, ImportOptions};
use serde::Deserialize;
use serde_json::json;
use url::Url;

#[derive(Deserialize)]
struct Page<'a> {
    next: Option<String>,
    #[serde(borrow)]
    results: Vec<Person<'a>>,
}

#[derive(Deserialize)]
struct Person<'a> {
    #[serde(borrow)]
    email: Cow<'a, str>,
    #[serde(borrow)]
    first: Cow<'a, str>,
    #[serde(borrow)]
    last: Cow<'a, str>,
    #[serde(borrow)]
    job: Cow<'a, str>,
    #[serde(borrow)]
    bio: Cow<'a, str>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["read", url] => read(url),
        ["store", url, dir] => store(url, Path::new(dir)),
        ["items", dir, count] => items(Path::new(dir), count.parse().unwrap()),
        ["journal", dir, count] => journal(Path::new(dir), count.parse().unwrap()),
        _ => panic!(
            "usage: floor read URL | floor store URL DIR | floor items DIR COUNT | floor journal DIR COUNT"
        ),
    }
}

fn read(first: &str) {
    let start = Instant::now();
    let (mut people, mut sum) = (0, 0_u64);
    each(first, |person| {
        people += 1;
        sum ^= person.fingerprint();
    });
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({"people": people, "seconds": seconds, "sum": sum})
    );
}

/// Everybody of a feed, a page at a time.
fn each(first: &str, mut take: impl FnMut(&Person<'_>)) {
    let mut next = Some(first.to_owned());
    while let Some(url) = next {
        let body = get(&url);
        let page: Page<'_> = serde_json::from_slice(&body).unwrap();
        page.results.iter().for_each(&mut take);
        next = page.next;
    }
}

impl Person<'_> {
    fn texts(&self) -> [&str; 5] {
        [&self.email, &self.first, &self.last, &self.job, &self.bio]
    }

    fn fingerprint(&self) -> u64 {
        let mut sum = 0_u64;
        for text in self.texts() {
            sum = sum.rotate_left(7) ^ xxhash_rust::xxh3::xxh3_64(text.as_bytes());
        }
        sum
    }
}

/// Pages that fingerprints are kept in.
const FINGERPRINT_PAGES: u64 = 2_500;
/// Bytes of a fingerprint: whose, and what of.
const ENTRY: usize = 16;

fn store(first: &str, dir: &Path) {
    let start = Instant::now();
    let database = Database::new(&dir.join("floor.db").to_string_lossy()).unwrap();
    database.disable_bulk_loading().unwrap();
    let tables = database.list_tables(ListTablesRequest::default()).unwrap();
    if tables.table_names.is_empty() {
        create(&database);
    }
    let mut known = fingerprints(&database);
    let mut touched = BTreeSet::new();
    let mut puts = Vec::new();
    let (mut people, mut changed) = (0, 0);
    each(first, |person| {
        people += 1;
        let whose = xxhash_rust::xxh3::xxh3_64(person.email.as_bytes());
        let of = person.fingerprint();
        if known.insert(whose, of) != Some(of) {
            changed += 1;
            touched.insert(whose % FINGERPRINT_PAGES);
            let doc = serde_json::to_string(&person.texts()).unwrap();
            puts.push(item(
                format!("A#{whose:016x}"),
                "A".to_owned(),
                AttributeValue::S(doc),
            ));
        }
        if puts.len() == 100 {
            write(&database, &mut puts);
        }
    });
    let mut pages: BTreeMap<u64, Vec<u8>> =
        touched.iter().map(|page| (*page, Vec::new())).collect();
    for (whose, of) in &known {
        if let Some(page) = pages.get_mut(&(whose % FINGERPRINT_PAGES)) {
            page.extend(whose.to_be_bytes());
            page.extend(of.to_be_bytes());
        }
    }
    for (number, page) in pages {
        puts.push(item(
            "FP".to_owned(),
            format!("{number:04}"),
            AttributeValue::B(page),
        ));
        if puts.len() == 100 {
            write(&database, &mut puts);
        }
    }
    write(&database, &mut puts);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({"people": people, "changed": changed, "seconds": seconds})
    );
}

/// Bytes of what is stored of a person of the bench's feed, as the engine has it.
const USER: usize = 700;
const ATTENDEE: usize = 880;
const PEOPLE_AT_ONCE: usize = 24;

fn items(dir: &Path, count: usize) {
    let start = Instant::now();
    let database = Database::new(&dir.join("items.db").to_string_lossy()).unwrap();
    create(&database);
    let people: Vec<usize> = (0..count).collect();
    for some in people.chunks(PEOPLE_AT_ONCE) {
        let items = some.iter().flat_map(|number| {
            let whose = format!(
                "{:032x}",
                xxhash_rust::xxh3::xxh3_128(&number.to_le_bytes())
            );
            let part = whose.split_at(1).0;
            let text = |bytes| AttributeValue::S("x".repeat(bytes));
            let group = |group| format!("C#bench#G#{part}#{group}");
            [
                item(format!("C#bench#U#{part}"), whose.clone(), text(USER)),
                item(group(number % 5), whose.clone(), text(0)),
                item(group(5 + number / 5 % 5), whose.clone(), text(0)),
                item(format!("E#bench#A#{part}"), whose.clone(), text(ATTENDEE)),
            ]
        });
        let written = database.import_items("floor", items.collect(), ImportOptions::default());
        assert_eq!(written.unwrap().items_imported, some.len() * 4);
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{}", json!({"people": count, "seconds": seconds}));
}

fn fingerprints(database: &Database) -> HashMap<u64, u64> {
    let mut known = HashMap::new();
    let mut last = None;
    loop {
        let request = json!({
            "TableName": "floor", "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "FP"}}, "ExclusiveStartKey": last
        });
        let answer = database
            .query(serde_json::from_value(request).unwrap())
            .unwrap();
        for item in answer.items.unwrap_or_default() {
            let Some(AttributeValue::B(data)) = item.get("doc") else {
                panic!("a page without data")
            };
            for entry in data.chunks_exact(ENTRY) {
                let (whose, of) = entry.split_at(8);
                let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
                known.insert(number(whose), number(of));
            }
        }
        last = answer.last_evaluated_key;
        if last.is_none() {
            return known;
        }
    }
}

fn item(pk: String, sk: String, doc: AttributeValue) -> Item {
    let text = AttributeValue::S;
    [("pk", text(pk)), ("sk", text(sk)), ("doc", doc)]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

fn write(database: &Database, items: &mut Vec<Item>) {
    if items.is_empty() {
        return;
    }
    let put = |item| TransactWriteItem {
        put: Some(TransactPut {
            table_name: "floor".to_owned(),
            item,
            ..TransactPut::default()
        }),
        ..TransactWriteItem::default()
    };
    let request = TransactWriteItemsRequest {
        transact_items: items.drain(..).map(put).collect(),
        ..TransactWriteItemsRequest::default()
    };
    database.transact_write_items(request).unwrap();
}

fn create(database: &Database) {
    let table = json!({
        "TableName": "floor", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    });
    database
        .create_table(serde_json::from_value(table).unwrap())
        .unwrap();
}

/// The body of an answer that ends with its connection.
fn get(url: &str) -> Vec<u8> {
    let url = Url::parse(url).unwrap();
    let (host, port) = (url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect((host, port)).unwrap();
    let path = &url[url::Position::BeforePath..];
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    answer.split_off(head + 4)
}

fn journal(dir: &Path, count: usize) {
    let mut rates = serde_json::Map::new();
    for mode in ["default", "normal", "off"] {
        let database = Database::new(&dir.join(format!("{mode}.db")).to_string_lossy()).unwrap();
        match mode {
            "normal" => database.disable_bulk_loading().unwrap(),
            "off" => database.enable_bulk_loading().unwrap(),
            _ => {}
        }
        create(&database);
        let start = Instant::now();
        for part in 0..count / 100 {
            let mut items = (0..100)
                .map(|n| {
                    let key = (part * 100 + n).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    let doc = AttributeValue::S("x".repeat(600));
                    item(format!("{key:032x}"), "A".to_owned(), doc)
                })
                .collect();
            write(&database, &mut items);
        }
        let rate = count as f64 / start.elapsed().as_secs_f64();
        rates.insert(mode.to_owned(), json!(rate.round()));
    }
    println!("{}", json!({"items_per_second": rates}));
}
