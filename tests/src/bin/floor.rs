//! The floors that `tests/bench` measures beside the product: what reading and parsing a feed
//! costs at least, and what the embedded engine's file costs at least in each journal mode.
//!
//!     floor read URL            downloads, parses into borrowed structs, hashes; seconds
//!     floor journal DIR COUNT   writes COUNT items in transactions of 100 in each mode; items/s

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a measuring tool: what goes wrong ends it"
)]

use std::borrow::Cow;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use dynoxide::Database;
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
    bio: Cow<'a, str>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["read", url] => read(url),
        ["journal", dir, count] => journal(Path::new(dir), count.parse().unwrap()),
        _ => panic!("usage: floor read URL | floor journal DIR COUNT"),
    }
}

fn read(first: &str) {
    let start = Instant::now();
    let (mut next, mut people, mut sum) = (Some(first.to_owned()), 0, 0_u64);
    while let Some(url) = next {
        let body = get(&url);
        let page: Page<'_> = serde_json::from_slice(&body).unwrap();
        for person in &page.results {
            people += 1;
            for text in [&person.email, &person.first, &person.last, &person.bio] {
                sum ^= xxhash_rust::xxh3::xxh3_64(text.as_bytes());
            }
        }
        next = page.next;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({"people": people, "seconds": seconds, "sum": sum})
    );
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
        let table = json!({
            "TableName": "floor", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        });
        database
            .create_table(serde_json::from_value(table).unwrap())
            .unwrap();
        let start = Instant::now();
        for part in 0..count / 100 {
            let puts: Vec<_> = (0..100)
                .map(|n| json!({"Put": {"TableName": "floor", "Item": {
                    "pk": {"S": format!("{:032x}", (part * 100 + n).wrapping_mul(0x9E37_79B9_7F4A_7C15))},
                    "doc": {"S": "x".repeat(600)},
                }}}))
                .collect();
            let request = serde_json::from_value(json!({"TransactItems": puts})).unwrap();
            database.transact_write_items(request).unwrap();
        }
        let rate = count as f64 / start.elapsed().as_secs_f64();
        rates.insert(mode.to_owned(), json!(rate.round()));
    }
    println!("{}", json!({"items_per_second": rates}));
}
