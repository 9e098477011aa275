//! From record to contribution: mapping, rules and delete flag applied to one record.
//!
//! What a source sends too much of is cut, with an issue:
//!
//! | value | limit |
//! |---|---|
//! | title, first name, last name, job title, company, country | 250 characters |
//! | additional info, biography | 4,000 characters |
//! | source id | 250 characters |
//! | digital badge | 2,000 characters; a longer URL is not used |
//! | groups of one record | 100 |
//! | a group's name | 100 characters, cut without an issue |
//! | e-mail address | 254 bytes, 64 before the @; a longer one rejects the record |

mod details;
mod flag;
mod groups;
mod names;
mod reading;
mod rules;
mod text;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::fingerprint::{KEY_UNKNOWN, NO_KEY};

use crate::config::{DeleteFlag, EventDocument, Mapping, Rule, ValueOrigin};
use crate::email::EmailAddress;
use crate::expression::{ExpressionScope, Surroundings};
use crate::feed::{FeedRecord, RecordDetails};
use crate::group::GroupName;
use crate::ids::PersonKey;
use crate::issue::{Issue, Severity};
use crate::lookup::Lookups;
use crate::profile::{AttendeeField, Profile, ProfileField};

use details::ByDetails;
use flag::flagged;
pub use names::NameWatch;
pub use reading::clean_profile_value;
use reading::{MISSING_EMAIL, NoAddress, RecordReading};
use rules::{Matches, RuleFailure};
pub(crate) use text::as_plain_text;

/// Longest source id kept, in characters.
const MAX_ID: usize = 250;
/// Longest badge URL taken, in characters.
const MAX_BADGE_URL: usize = 2_000;
/// Most groups one record may name.
pub const MAX_GROUPS: usize = 100;

/// The values of one record, after the mapping.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Incoming {
    /// The mapped fields that have a value.
    #[serde(default)]
    pub profile: Profile,
    /// The groups that the record names, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupName>,
    /// The record's id in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// URL of the digital badge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital_badge: Option<String>,
    /// Mapped fields whose value could not be used; their stored values stay.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unusable: BTreeSet<AttendeeField>,
}

/// What a record orders for its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// The person attends.
    #[default]
    Live,
    /// The rule of this number, counting from 1, removes the person from the event.
    Remove(u32),
    /// The rule of this number makes them a user of the community who does not attend.
    UserOnly(u32),
    /// The delete flag orders the person's erasure.
    Erase,
}

impl Disposition {
    /// Whether what the record says of the person is taken.
    #[must_use]
    pub fn feeds_user(self) -> bool {
        matches!(self, Self::Live | Self::UserOnly(_))
    }
}

/// The contribution of one record to the state of its person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The record's position in the feed, counting from 1.
    pub position: u32,
    /// The record's fingerprint.
    pub hash: u64,
    /// A hash of its id in the source, [`NO_KEY`] where it has none, or [`KEY_UNKNOWN`].
    #[serde(default, skip_serializing_if = "is_unknown")]
    pub key: u64,
    /// What the record orders for its person.
    #[serde(default)]
    pub disposition: Disposition,
    /// The values of the record.
    pub incoming: Incoming,
    /// Whether the record belonged to another address before and that address has not lost it yet.
    /// Until then the record does not count as known, so that every read detects again that it
    /// moved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsettled: bool,
}

impl Contribution {
    /// Returns whether its delete flag is set.
    #[must_use]
    pub fn erases(&self) -> bool {
        self.disposition == Disposition::Erase
    }

    /// Returns a hash, under the community's key, of the record's values and of what it orders.
    /// Addresses of pages and files are left out, because they may change while the record says the
    /// same.
    #[must_use]
    pub fn said(&self, key: &PersonKey) -> u64 {
        let incoming = &self.incoming;
        let is_url = |value: &str| value.starts_with("http://") || value.starts_with("https://");
        let fields = incoming.profile.iter();
        let fields: Vec<(&str, &str)> = fields
            .filter(|(_, value)| !is_url(value))
            .map(|(field, value)| (field.name(), value))
            .collect();
        let said = json!([self.disposition, fields, incoming.groups]);
        let seed = xxh3_64_with_seed(&key.0, xxh3_64_with_seed(b"what a record said", 0));
        xxh3_64_with_seed(said.to_string().as_bytes(), seed)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands fields over by reference"
)]
fn is_unknown(key: &u64) -> bool {
    *key == KEY_UNKNOWN
}

/// The result of evaluating a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordOutcome {
    /// A rule ignores the record: it is out of scope.
    Ignored,
    /// The record cannot be used; an issue of severity error says why.
    Rejected(Rejection),
    /// The record belongs to the person with this address.
    Person(EmailAddress, Box<Contribution>),
    /// The record has lost its address, and its delete flag or a rule decides about the person who
    /// had its id. If it has an address that cannot be used, `unusable` contains `email`.
    Nameless(Box<Contribution>),
}

/// The person of a rejected record, as far as they are known: they count as still in the feed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rejection {
    /// Their address, where it could be read.
    pub email: Option<EmailAddress>,
    /// The record's id in the source, where it has one.
    pub source_id: Option<String>,
}

impl RecordOutcome {
    /// Returns the address of the record's person, as far as it could be read.
    #[must_use]
    pub fn email(&self) -> Option<&EmailAddress> {
        match self {
            Self::Person(email, _) => Some(email),
            Self::Rejected(rejection) => rejection.email.as_ref(),
            Self::Ignored | Self::Nameless(_) => None,
        }
    }
}

/// Returns the seed of source keys. It depends only on the community's key, the path of the records
/// and the mapping of their id.
fn source_key_seed(document: &EventDocument, key_seed: u64) -> u64 {
    let said = serde_json::json!([
        "source key",
        document.source.records,
        document.mapping.source_id
    ]);
    xxh3_64_with_seed(said.to_string().as_bytes(), key_seed)
}

/// The part of an event's configuration that decides how a record is evaluated.
#[derive(Debug, Clone)]
pub struct Evaluator {
    mapping: Mapping,
    rules: Vec<Rule>,
    delete_flag: Option<DeleteFlag>,
    by_details: ByDetails,
    /// The event and the side lists; absent where the document has no expressions.
    surroundings: Option<Surroundings>,
    seed: u64,
    /// The seed of source keys; it stays the same when other parts of the mapping change.
    source_key_seed: u64,
}

impl Evaluator {
    /// Returns the evaluator of a document, with the side lists that its expressions use.
    ///
    /// Fingerprints depend on the community's key and on everything that decides how a record is
    /// evaluated: when a part of that changes, every record looks new.
    #[must_use]
    pub fn new(document: &EventDocument, key: &PersonKey, lookups: &Lookups) -> Self {
        let surroundings = has_expressions(document).then(|| Surroundings::new(document, lookups));
        let key_seed = xxh3_64_with_seed(&key.0, 0);
        let decided_by = mapping_inputs(document, lookups).to_string();
        Self {
            mapping: document.mapping.clone(),
            rules: document.rules.clone(),
            delete_flag: document.delete_flag.clone(),
            by_details: ByDetails::of(document),
            surroundings,
            source_key_seed: source_key_seed(document, key_seed),
            seed: xxh3_64_with_seed(decided_by.as_bytes(), key_seed),
        }
    }

    /// Returns a hash of everything that decides how a record is evaluated, the same in every
    /// process: mapping, rules, delete flag, record path and format, and where there are
    /// expressions the event's fields and the side lists. When it differs from the last run's,
    /// everything has to be read again. It does not reveal the seed of the fingerprints.
    #[must_use]
    pub fn mapping_hash(&self) -> u64 {
        xxh3_64_with_seed(b"meaning", self.seed)
    }

    /// The fingerprint of an element of the list: XXH3, 64 bits. Two different records share one
    /// with a probability of 2⁻⁶⁴; never 0.
    #[must_use]
    pub fn fingerprint(&self, bytes: &[u8]) -> u64 {
        xxh3_64_with_seed(bytes, self.seed).max(1)
    }

    /// The source key of a record: a hash of its id in the source.
    #[must_use]
    pub fn source_key(&self, source_id: Option<&str>) -> u64 {
        let hash = |id: &str| xxh3_64_with_seed(id.as_bytes(), self.source_key_seed);
        // The two lowest numbers are reserved for `KEY_UNKNOWN` and `NO_KEY`.
        source_id.map_or(NO_KEY, |id| hash(id).max(NO_KEY + 1))
    }

    /// Applies mapping, rules and delete flag. `position` counts from 1 over the whole feed.
    #[must_use]
    pub fn evaluate(
        &self,
        record: &FeedRecord<'_>,
        hash: u64,
        position: u32,
    ) -> (RecordOutcome, Vec<Issue>) {
        let surroundings = self.surroundings.as_ref();
        let mut reading = RecordReading {
            record,
            scope: surroundings.map(|surroundings| ExpressionScope::of(record, surroundings)),
            position,
            issues: Vec::new(),
        };
        let source_id = self.source_id(&mut reading);
        let outcome = self
            .outcome(&mut reading, hash, source_id.as_deref())
            .unwrap_or_else(|bad| {
                reading.say(Severity::Error, &bad.field, bad.code, bad.reason);
                RecordOutcome::Rejected(Rejection {
                    email: bad.email,
                    source_id: source_id.clone(),
                })
            });
        let issues = reading
            .issues
            .into_iter()
            .map(|issue| issue.from_source(source_id.clone()))
            .collect();
        (outcome, issues)
    }

    /// Returns the numbers of the rules that match a record, counting from 1.
    #[must_use]
    pub fn fired(&self, record: &FeedRecord<'_>) -> Vec<u32> {
        let surroundings = self.surroundings.as_ref();
        let scope = surroundings.map(|surroundings| ExpressionScope::of(record, surroundings));
        Matches::of(&self.rules, record, scope.as_ref()).numbers()
    }

    fn source_id(&self, reading: &mut RecordReading<'_, '_>) -> Option<String> {
        let mapping = self.mapping.source_id.as_ref()?;
        if matches!(reading.record.details, RecordDetails::Lacking(_)) && self.by_details.source_id
        {
            return None;
        }
        let id = reading.short_text("source_id", mapping, MAX_ID);
        id.unwrap_or_default()
    }

    fn outcome(
        &self,
        reading: &mut RecordReading<'_, '_>,
        hash: u64,
        source_id: Option<&str>,
    ) -> Result<RecordOutcome, BadRecord> {
        let is_row = reading.record.value.is_array() && self.takes_rows();
        if !reading.record.value.is_object() && !is_row {
            let found = crate::feed::type_name(reading.record.value);
            let reason = format!("the record is {found}, not an object");
            return Err(BadRecord::new("record", "not_an_object", reason));
        }
        if let RecordDetails::Lacking(reason) = reading.record.details {
            let bad = BadRecord::new("source.details", "no_details", reason);
            return Err(bad.of(self.address_without_details(reading)));
        }
        let matches = Matches::of(&self.rules, reading.record, reading.scope.as_ref());
        if matches.ignore() {
            return Ok(RecordOutcome::Ignored);
        }
        let email = reading.email(&self.mapping.email);
        if let Some(failure) = matches.failure() {
            return Err(BadRecord::from(failure).of(email.ok()));
        }
        let disposition = self.disposition(reading, &matches);
        let email = match email {
            Err(no) if !disposition.feeds_user() && source_id.is_some() => {
                let is_blank = no.code == MISSING_EMAIL;
                return Ok(RecordOutcome::Nameless(Box::new(Contribution {
                    position: reading.position,
                    hash,
                    key: self.source_key(source_id),
                    disposition,
                    incoming: Incoming {
                        source_id: source_id.map(str::to_owned),
                        unusable: (!is_blank)
                            .then_some(AttendeeField::Email)
                            .into_iter()
                            .collect(),
                        ..Incoming::default()
                    },
                    unsettled: false,
                })));
            }
            email => email?,
        };
        let mut incoming = Incoming {
            source_id: source_id.map(str::to_owned),
            ..Incoming::default()
        };
        if disposition.feeds_user() {
            reading.fill(&self.mapping, &mut incoming);
            if let Some(bad) = missing_name(&incoming.profile) {
                return Err(bad.of(Some(email)));
            }
            matches.change_groups(&mut incoming.groups);
        }
        let contribution = Contribution {
            position: reading.position,
            hash,
            key: self.source_key(source_id),
            disposition,
            incoming,
            unsettled: false,
        };
        Ok(RecordOutcome::Person(email, Box::new(contribution)))
    }

    /// Returns whether records are rows without names, whose fields are mapped by their indexes.
    fn takes_rows(&self) -> bool {
        matches!(&self.mapping.email.origin, ValueOrigin::Path(path) if path.begins_in_list())
    }

    fn disposition(
        &self,
        reading: &mut RecordReading<'_, '_>,
        matches: &Matches<'_>,
    ) -> Disposition {
        let flag = self.delete_flag.as_ref();
        match flag.map_or(Ok(false), |flag| flagged(flag, reading.record)) {
            Ok(true) => return Disposition::Erase,
            Ok(false) => {}
            Err(reason) => {
                reading.say(
                    Severity::Warning,
                    "delete_flag",
                    "unclear_delete_flag",
                    reason,
                );
            }
        }
        // Whoever is to be out gives nothing, whatever another rule says.
        match (matches.removal(), matches.user_only()) {
            (Some(rule), _) => Disposition::Remove(rule),
            (None, Some(rule)) => Disposition::UserOnly(rule),
            (None, None) => Disposition::Live,
        }
    }
}

fn has_expressions(document: &EventDocument) -> bool {
    let mut mappings = document.mapping.all();
    !document.rules.is_empty()
        || mappings.any(|(_, mapping)| matches!(mapping.origin, ValueOrigin::Expression(_)))
}

/// Returns everything that decides how a record is evaluated.
fn mapping_inputs(document: &EventDocument, lookups: &Lookups) -> Value {
    let surroundings = has_expressions(document).then(|| {
        json!([
            document.event,
            document.name,
            document.community,
            document.time_zone,
            document.goes_live,
            document.starts,
            document.ends,
            lookups,
        ])
    });
    let inputs = json!([
        3, // what this version makes of a record
        document.mapping,
        document.rules,
        document.delete_flag,
        document.source.records,
        document.source.format,
        surroundings,
    ]);
    match &document.source.details {
        Some(details) => json!([inputs, details]),
        None => inputs,
    }
}

/// The reason why a record is rejected.
struct BadRecord {
    field: String,
    code: &'static str,
    reason: String,
    email: Option<EmailAddress>,
}

impl BadRecord {
    fn new(field: &str, code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            code,
            reason: reason.into(),
            email: None,
        }
    }

    fn of(self, email: Option<EmailAddress>) -> Self {
        Self { email, ..self }
    }
}

impl From<NoAddress> for BadRecord {
    fn from(no: NoAddress) -> Self {
        Self::new("email", no.code, no.reason)
    }
}

impl From<&RuleFailure> for BadRecord {
    fn from(failure: &RuleFailure) -> Self {
        let RuleFailure { number, reason } = failure;
        let field = format!("rules[{}]", number - 1);
        let reason = format!("rule {number} could not be applied: {reason}");
        Self::new(&field, "rule_failed", reason)
    }
}

fn missing_name(profile: &Profile) -> Option<BadRecord> {
    let missing = |field: ProfileField| profile.get(field).is_none();
    if missing(ProfileField::FirstName) {
        let reason = "there is no first name";
        return Some(BadRecord::new("first_name", "missing_first_name", reason));
    }
    if missing(ProfileField::LastName) {
        let reason = "there is no last name";
        return Some(BadRecord::new("last_name", "missing_last_name", reason));
    }
    None
}

#[cfg(test)]
mod tests;
