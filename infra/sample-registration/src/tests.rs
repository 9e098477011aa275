//! The sample's behaviour, asked for over real HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{SampleServer, start};

/// Status and body of a GET request.
async fn get(url: &str) -> (u16, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

async fn get_json(url: &str) -> Value {
    let (status, body) = get(url).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

async fn sample() -> SampleServer {
    start((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap()
}

/// One whole reading, following the links: the records by their id.
async fn read(sample: &SampleServer) -> BTreeMap<String, Value> {
    let mut records = BTreeMap::new();
    let mut next = Some(sample.url());
    let mut count = 0;
    while let Some(url) = next {
        let page = get_json(&url).await;
        assert_eq!(page["sample"], true);
        count = page["count"].as_u64().unwrap();
        for record in page["results"].as_array().unwrap() {
            records.insert(record["id"].as_str().unwrap().to_owned(), record.clone());
        }
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(records.len() as u64, count);
    records
}

fn people(records: &BTreeMap<String, Value>) -> BTreeSet<String> {
    records
        .iter()
        .map(|(id, record)| match record["person"]["email"].as_str() {
            Some(email) => email.to_lowercase(),
            None => id.clone(),
        })
        .collect()
}

#[tokio::test]
async fn first_reading_finds_five_hundred_people_on_linked_pages() {
    let sample = sample().await;
    let first = get_json(&sample.url()).await;
    assert_eq!(first["results"].as_array().unwrap().len(), 100);
    assert_eq!(first["next"], format!("{}?page=2", sample.url()));
    sample.shutdown().await;

    let sample = self::sample().await;
    let records = read(&sample).await;
    assert_eq!(people(&records).len(), 500);
    assert_eq!(records.len(), 501, "one person is on the list twice");
    sample.shutdown().await;
}

#[tokio::test]
async fn addresses_are_plain_and_of_example_domains() {
    let sample = sample().await;
    for record in read(&sample).await.values() {
        let Some(email) = record["person"]["email"].as_str() else {
            continue;
        };
        let (local, domain) = email.split_once('@').unwrap();
        assert!(local.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'));
        assert!(domain.to_lowercase().starts_with("example."), "{email}");
    }
    sample.shutdown().await;
}

#[tokio::test]
async fn list_has_the_faults_of_a_real_one() {
    let sample = sample().await;
    let records = read(&sample).await;
    let incomplete = records.values().filter(|record| {
        record["person"]["email"].is_null() || record["person"]["family_name"].is_null()
    });
    assert_eq!(incomplete.count(), 3);

    let (one, other) = (&records["R-0042"], &records["R-0375"]);
    let (email, again) = (&one["person"]["email"], &other["person"]["email"]);
    assert_ne!(email, again);
    assert_eq!(
        email.as_str().unwrap().to_lowercase(),
        again.as_str().unwrap().to_lowercase()
    );
    assert_ne!(one["tags"], other["tags"]);
    sample.shutdown().await;
}

#[tokio::test]
async fn every_later_reading_finds_one_small_step_taken() {
    let sample = sample().await;
    let mut before = read(&sample).await;
    for _ in 0..20 {
        let after = read(&sample).await;
        let new = after.keys().filter(|id| !before.contains_key(*id)).count();
        let changed: Vec<_> = after
            .iter()
            .filter(|(id, record)| before.get(*id).is_some_and(|old| old != *record))
            .collect();
        let cancelled = changed
            .iter()
            .filter(|(id, record)| before[*id]["status"] != record["status"])
            .count();
        assert_eq!((new, cancelled), (2, 1));
        assert!((3..=4).contains(&changed.len()), "{changed:?}");
        assert_eq!(people(&after).len(), people(&before).len() + 2);
        for (id, record) in changed {
            let (old, new) = (&before[id]["updated_at"], &record["updated_at"]);
            assert!(old.as_str() < new.as_str(), "{old} is not before {new}");
        }
        before = after;
    }
    sample.shutdown().await;
}

#[tokio::test]
async fn two_samples_tell_the_same_story() {
    let (one, other) = (sample().await, sample().await);
    for _ in 0..3 {
        assert_eq!(read(&one).await, read(&other).await);
    }
    one.shutdown().await;
    other.shutdown().await;
}

#[tokio::test]
async fn later_pages_take_no_step() {
    let sample = sample().await;
    get_json(&sample.url()).await;
    let url = format!("{}?page=3", sample.url());
    assert_eq!(get_json(&url).await, get_json(&url).await);
    sample.shutdown().await;
}

#[tokio::test]
async fn page_that_does_not_exist_is_not_found() {
    let sample = sample().await;
    for page in ["0", "99", "-1", "one", "18446744073709551615"] {
        let (status, body) = get(&format!("{}?page={page}", sample.url())).await;
        assert_eq!(status, 404, "{body}");
    }
    sample.shutdown().await;
}

#[tokio::test]
async fn it_says_that_it_is_a_sample() {
    let sample = sample().await;
    let (_, about) = get(&sample.url().replace("/api/attendees", "/")).await;
    assert!(about.contains("SAMPLE"), "{about}");
    sample.shutdown().await;
}

#[tokio::test]
async fn shutdown_frees_the_address() {
    let sample = sample().await;
    let url = sample.url();
    sample.shutdown().await;
    let host = url.strip_prefix("http://").unwrap();
    let host = host.split('/').next().unwrap();
    assert!(TcpStream::connect(host).await.is_err());
}
