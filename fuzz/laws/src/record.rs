//! What a mapping makes of any record: a person whose fields keep their limits, or an issue that
//! says why not.
//!
//! Input: JSON, an element of the list of records.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use attendee_sync_domain::config::{EventDocument, SourceAddresses, check};
use attendee_sync_domain::evaluate::{
    Contribution, Evaluator, Incoming, MAX_GROUPS, RecordOutcome,
};
use attendee_sync_domain::feed::{RecordsPath, expand};
use attendee_sync_domain::group::{GroupName, MAX_GROUP_NAME};
use attendee_sync_domain::ids::PersonKey;
use attendee_sync_domain::issue::Severity;
use attendee_sync_domain::lookup::Lookups;
use attendee_sync_domain::profile::ProfileField;
use serde_json::Value;

use crate::base::base_document;

static EVALUATOR: LazyLock<Evaluator> = LazyLock::new(|| {
    let document: EventDocument = check(&base_document(), &SourceAddresses::Public).unwrap();
    Evaluator::new(&document, &PersonKey([7; 32]), &Lookups::default())
});

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let Ok(element) = serde_json::from_slice::<Value>(input) else {
        return;
    };
    for path in ["$[*]", "$[*].p[*]"] {
        let path: RecordsPath = path.parse().unwrap();
        for record in expand(&path, &element) {
            let hash = EVALUATOR.fingerprint(input);
            let (outcome, issues) = EVALUATOR.evaluate(&record, hash, 3);
            assert_eq!(
                EVALUATOR.evaluate(&record, hash, 3),
                (outcome.clone(), issues.clone())
            );
            let errors = issues
                .iter()
                .filter(|issue| issue.severity == Severity::Error);
            let is_rejected = matches!(outcome, RecordOutcome::Rejected(_));
            assert_eq!(errors.count(), usize::from(is_rejected));
            assert!(issues.iter().all(|issue| issue.position == 3));
            match outcome {
                RecordOutcome::Person(_, contribution) => keeps_its_limits(&contribution),
                RecordOutcome::Rejected(_) => {
                    assert_eq!(EVALUATOR.fired(&record), EVALUATOR.fired(&record));
                }
                RecordOutcome::Nameless(contribution) => {
                    assert!(!contribution.disposition.feeds_user());
                    keeps_its_limits(&contribution);
                }
                RecordOutcome::Ignored => assert!(EVALUATOR.fired(&record).contains(&1)),
            }
        }
    }
}

fn keeps_its_limits(contribution: &Contribution) {
    let written = serde_json::to_string(contribution).unwrap();
    assert_eq!(
        serde_json::from_str::<Contribution>(&written).unwrap(),
        *contribution
    );
    let incoming = &contribution.incoming;
    if let Some(id) = &incoming.source_id {
        is_text(id, 250, false);
    }
    if !contribution.disposition.feeds_user() {
        // Of somebody who goes nothing is kept.
        let bare = Incoming {
            source_id: incoming.source_id.clone(),
            // An address that cannot be used.
            unusable: incoming
                .unusable
                .iter()
                .filter(|field| field.name() == "email")
                .copied()
                .collect(),
            ..Incoming::default()
        };
        assert_eq!(*incoming, bare);
        return;
    }
    let profile = &incoming.profile;
    assert!(profile.get(ProfileField::FirstName).is_some());
    assert!(profile.get(ProfileField::LastName).is_some());
    for (field, text) in profile.iter() {
        let is_long = matches!(
            field,
            ProfileField::AdditionalInfo | ProfileField::Biography
        );
        is_text(text, field.max_chars(), is_long);
    }
    // Rules add one group.
    assert!(incoming.groups.len() <= MAX_GROUPS + 1);
    let keys: BTreeSet<_> = incoming.groups.iter().map(GroupName::key).collect();
    assert_eq!(keys.len(), incoming.groups.len());
    for group in &incoming.groups {
        is_text(group.as_str(), MAX_GROUP_NAME, false);
    }
    if let Some(url) = &incoming.digital_badge {
        is_text(url, 2_000, true);
        assert!(url::Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.has_host()));
    }
}

/// Not blank, trimmed, no longer than it may be, and on one line unless it is a long text.
fn is_text(text: &str, most: usize, is_long: bool) {
    assert!(!text.is_empty() && text.trim() == text, "{text:?}");
    assert!(text.chars().count() <= most);
    let is_stray = |c: char| c.is_control() && !(is_long && "\n\t".contains(c));
    assert!(!text.contains(is_stray), "{text:?}");
}
