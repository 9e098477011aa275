//! People as a feed brings them.

use attendee_sync_domain::evaluate::{Contribution, Disposition, Incoming};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{PersonId, PersonKey, RunNumber};
use attendee_sync_domain::plan::{Batch, Delta};
use attendee_sync_domain::profile::{Profile, ProfileField};

pub(crate) fn person(name: &str) -> PersonId {
    let email = format!("{name}@example.org").parse().unwrap();
    PersonId::of(&PersonKey([7; 32]), &email)
}

/// Somebody who comes in, with these groups and so long a biography.
pub(crate) fn comes(name: &str, hash: u64, groups: &[&str], biography: usize) -> Delta {
    let mut profile = Profile::default();
    profile.set(ProfileField::FirstName, Some(name.to_owned()));
    profile.set(ProfileField::LastName, Some("Zoë ★".to_owned()));
    if biography > 0 {
        profile.set(ProfileField::Biography, Some("b".repeat(biography)));
    }
    let mut delta = Delta::new(person(name), format!("{name}@example.org").parse().unwrap());
    delta.contributions.push(Contribution {
        unsettled: false,
        position: u32::try_from(hash).unwrap(),
        hash,
        key: attendee_sync_domain::fingerprint::NO_KEY,
        disposition: Disposition::Live,
        incoming: Incoming {
            profile,
            groups: groups
                .iter()
                .map(|name| GroupName::parse(name).unwrap())
                .collect(),
            ..Incoming::default()
        },
    });
    delta
}

pub(crate) fn batch(run: RunNumber, number: u32, people: Vec<Delta>) -> Batch {
    Batch::new(run, number, people)
}

/// So many of them, from `p0` on.
pub(crate) fn crowd(run: RunNumber, number: u32, count: u64, biography: usize) -> Batch {
    let people = (0..count).map(|n| comes(&format!("p{n}"), n + 1, &["All"], biography));
    batch(run, number, people.collect())
}
