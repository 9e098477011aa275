//! Parcels to test with.

use attendee_sync_app::ports::BatchMessage;
use attendee_sync_domain::evaluate::{Contribution, Disposition, Incoming};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{PersonId, PersonKey, RunNumber};
use attendee_sync_domain::plan::{Batch, Delta, Policy};
use attendee_sync_domain::profile::{Profile, ProfileField};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

pub(super) fn policy(event: &str) -> Policy {
    let document = json!({
        "community": "acme", "event": event, "name": "DevCon",
        "source": {"url": "https://registration.example.org/api"},
        "mapping": {"email": "mail", "first_name": "first", "last_name": "last"},
    });
    Policy::new(&serde_json::from_value(document).unwrap())
}

/// A batch message without people.
pub(super) fn batch_message(run: u32, number: u32) -> BatchMessage {
    BatchMessage {
        community: "acme".parse().unwrap(),
        policy: policy("devcon"),
        batch: Batch::new(RunNumber(run), number, Vec::new()),
    }
}

/// A batch message of so many people, each with a text of this length that does not compress.
pub(super) fn crowd(number: u32, people: u32, length: usize) -> BatchMessage {
    let mut batch_message = batch_message(7, number);
    batch_message.batch.people = (0..people).map(|person| delta(person, length)).collect();
    batch_message
}

fn delta(number: u32, length: usize) -> Delta {
    let mut random = StdRng::seed_from_u64(number.into());
    let mut words = |length: usize| -> String {
        (0..length)
            .map(|_| char::from(random.random_range(b'a'..=b'z')))
            .collect()
    };
    let mut profile = Profile::default();
    profile.set(ProfileField::FirstName, Some(words(6)));
    profile.set(ProfileField::LastName, Some(words(9)));
    profile.set(ProfileField::JobTitle, Some("Site engineer".to_owned()));
    profile.set(ProfileField::Company, Some(words(12)));
    profile.set(ProfileField::Country, Some("Germany".to_owned()));
    profile.set(ProfileField::Biography, Some(words(length)));
    let email = format!("{}.{number}@example.org", words(8))
        .parse()
        .unwrap();
    let mut delta = Delta::new(PersonId::of(&PersonKey([7; 32]), &email), email);
    delta.contributions.push(Contribution {
        position: number,
        hash: random.random(),
        key: attendee_sync_domain::fingerprint::NO_KEY,
        unsettled: false,
        disposition: Disposition::Live,
        incoming: Incoming {
            profile,
            groups: vec![GroupName::parse("Speakers").unwrap()],
            source_id: Some(number.to_string()),
            ..Incoming::default()
        },
    });
    delta
}
