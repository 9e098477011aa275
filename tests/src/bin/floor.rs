//! The floors that `tests/bench` measures beside the product: what reading and parsing a feed
//! costs at least, and what it costs to keep whom it changed in a file, without users, groups or logs.
//!
//!     floor read URL            downloads, parses into borrowed structs, hashes; seconds
//!     floor store URL DIR       the same, and writes whom the feed changed since the last time: one item a
//!                               person in transactions of 1,000, and 2,500 pages of fingerprints

#![expect(
    clippy::unwrap_used,
    reason = "a measuring tool: what goes wrong ends it"
)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;
use url::Url;

#[derive(Deserialize)]
struct FloorPage<'a> {
    next: Option<String>,
    #[serde(borrow)]
    results: Vec<FloorPerson<'a>>,
}

#[derive(Deserialize)]
struct FloorPerson<'a> {
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
        _ => panic!("usage: floor read URL | floor store URL DIR"),
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
fn each(first: &str, mut take: impl FnMut(&FloorPerson<'_>)) {
    let mut next = Some(first.to_owned());
    while let Some(url) = next {
        let body = get(&url);
        let page: FloorPage<'_> = serde_json::from_slice(&body).unwrap();
        page.results.iter().for_each(&mut take);
        next = page.next;
    }
}

impl FloorPerson<'_> {
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
    let mut database = Connection::open(dir.join("floor.db")).unwrap();
    let settings =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -24000;
        CREATE TABLE IF NOT EXISTS people (whose INTEGER PRIMARY KEY, body BLOB);
        CREATE TABLE IF NOT EXISTS pages (number INTEGER PRIMARY KEY, entries BLOB);";
    database.execute_batch(settings).unwrap();
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
            puts.push((whose, serde_json::to_vec(&person.texts()).unwrap()));
        }
        if puts.len() == PEOPLE_AT_ONCE {
            write(&mut database, PEOPLE, &mut puts);
        }
    });
    write(&mut database, PEOPLE, &mut puts);
    let mut pages: BTreeMap<u64, Vec<u8>> =
        touched.iter().map(|page| (*page, Vec::new())).collect();
    for (whose, of) in &known {
        if let Some(page) = pages.get_mut(&(whose % FINGERPRINT_PAGES)) {
            page.extend(whose.to_be_bytes());
            page.extend(of.to_be_bytes());
        }
    }
    puts.extend(pages);
    write(&mut database, PAGES, &mut puts);
    drop(database);
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({"people": people, "changed": changed, "seconds": seconds})
    );
}

const PEOPLE_AT_ONCE: usize = 1_000;
const PEOPLE: &str = "INSERT OR REPLACE INTO people VALUES (?1, ?2)";
const PAGES: &str = "INSERT OR REPLACE INTO pages VALUES (?1, ?2)";

fn fingerprints(database: &Connection) -> HashMap<u64, u64> {
    let mut known = HashMap::new();
    let mut pages = database.prepare("SELECT entries FROM pages").unwrap();
    let mut rows = pages.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let entries: Vec<u8> = row.get(0).unwrap();
        for entry in entries.chunks_exact(ENTRY) {
            let (whose, of) = entry.split_at(8);
            let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
            known.insert(number(whose), number(of));
        }
    }
    known
}

fn write(database: &mut Connection, insert: &str, rows: &mut Vec<(u64, Vec<u8>)>) {
    let transaction = database.transaction().unwrap();
    {
        let mut statement = transaction.prepare_cached(insert).unwrap();
        for (key, body) in rows.drain(..) {
            statement.execute((key.cast_signed(), body)).unwrap();
        }
    }
    transaction.commit().unwrap();
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
