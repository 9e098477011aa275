//! Messages and the requests that carry them.

use attendee_sync_app::Scope;
use attendee_sync_app::ports::{Order, Parcel};
use attendee_sync_domain::config::{SourceAddresses, check};
use attendee_sync_domain::ids::{PersonId, PersonKey, RunNumber};
use attendee_sync_domain::plan::{Batch, Delta, Kept, Policy};
use proptest::prelude::*;
use serde_json::json;

use super::messages::{Poison, body_of_order, body_of_parcel, order_of, parcel_of};
use super::queues::{MAX_BYTES, MAX_ENTRIES, messages_of};

fn parcel(number: u32, people: usize, records: usize) -> Parcel {
    let document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example/"},
        "mapping": {"email": "email", "first_name": "first", "last_name": "last"}
    });
    let document = check(&document, &SourceAddresses::Public).unwrap();
    let people = (0..people).map(|person| {
        let email = format!("person.{number}.{person}@example.org")
            .parse()
            .unwrap();
        let id = PersonId::of(&PersonKey([7; 32]), &email);
        let kept = (0..records).map(|record| Kept {
            // Not compressible.
            hash: (person as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
                ^ (record as u64).wrapping_mul(0xBF58_476D_1CE4_E5B9),
            position: u32::try_from(record).unwrap(),
        });
        Delta {
            kept: kept.collect(),
            ..Delta::new(id, email)
        }
    });
    Parcel {
        community: "acme".parse().unwrap(),
        policy: Policy::new(&document),
        batch: Batch {
            run: RunNumber(3),
            number,
            people: people.collect(),
            issues: Vec::new(),
            ignored: Vec::new(),
        },
    }
}

#[test]
fn orders_are_what_a_scheduler_is_told_to_send() {
    let due = Order::Due {
        event: "devcon".parse().unwrap(),
    };
    let text = body_of_order(&due).unwrap();
    assert_eq!(text, r#"{"do":"due","event":"devcon"}"#);
    assert_eq!(order_of(&text).unwrap(), due);
    let sync = Order::Sync {
        run: "devcon.7".parse().unwrap(),
        scope: Scope::One("ada@example.org".parse().unwrap()),
    };
    assert_eq!(order_of(&body_of_order(&sync).unwrap()).unwrap(), sync);
    let post = order_of(r#"{"do":"post","event":"devcon"}"#).unwrap();
    assert!(matches!(post, Order::Post { waited: 0, .. }));
}

#[test]
fn poison_is_told_without_being_repeated() {
    for body in [
        "",
        "{}",
        r#"{"do":"ada@example.org"}"#,
        "batch-1:?",
        "batch-2:AAAA",
    ] {
        let poison = order_of(body).unwrap_err().to_string();
        assert!(!poison.contains("ada"), "{poison}");
    }
    assert_eq!(parcel_of("{}"), Err(Poison::Version));
    assert_eq!(parcel_of("batch-1:?"), Err(Poison::Packing));
    let whole = body_of_parcel(&parcel(1, 3, 1)).unwrap();
    let half = whole.get(..whole.len() / 2 / 4 * 4).unwrap();
    assert!(parcel_of(half).is_err());
}

#[test]
fn a_batch_comes_out_as_it_went_in_and_is_small() {
    let parcel = parcel(1, 100, 0);
    let body = body_of_parcel(&parcel).unwrap();
    assert_eq!(parcel_of(&body).unwrap(), parcel);
    let json = serde_json::to_string(&parcel).unwrap();
    assert!(
        body.len() * 2 < json.len(),
        "{} of {}",
        body.len(),
        json.len()
    );
}

#[test]
fn a_batch_too_long_for_a_message_is_refused_by_its_number() {
    let error = messages_of(&[parcel(5, 1, 120_000)]).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        cause.starts_with("batch 5 of run devcon.3 takes "),
        "{cause}"
    );
    assert!(!cause.contains('@'), "{cause}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn requests_keep_to_the_limits_and_lose_nothing(sizes in prop::collection::vec(0_usize..30_000, 0..24)) {
        let numbered = (0_u32..).zip(sizes);
        let parcels: Vec<Parcel> = numbered.map(|(number, records)| parcel(number, 1, records)).collect();
        let requests = messages_of(&parcels).unwrap();
        for request in &requests {
            prop_assert!(request.len() <= MAX_ENTRIES);
            prop_assert!(request.iter().map(String::len).sum::<usize>() <= MAX_BYTES);
        }
        let sent: Vec<Parcel> = requests.concat().iter().map(|body| parcel_of(body).unwrap()).collect();
        prop_assert_eq!(sent, parcels);
    }
}
