//! The source doctor: examines a whole feed and predicts what a sync would do, before anybody
//! relies on it.
//!
//! It examines every record once and keeps counts, never records. Its findings name fields,
//! positions, domains and values of flags, not people.

mod domains;
mod report;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;

use crate::config::{EventDocument, TrueValues, ValueOrigin};
use crate::evaluate::{Contribution, Disposition, NameWatch, RecordOutcome};
use crate::feed::{FeedRecord, FieldPath, FieldsFound};
use crate::group::{GroupKey, GroupName};
use crate::ids::{PersonId, PersonKey};
use crate::issue::{Issue, Severity};
use crate::run::Counts;

pub use domains::likely;
pub use report::{Diagnosis, Example, Finding, RuleMatches, finding};

/// Most distinct values of one kind that are counted separately.
const MAX_DISTINCT: usize = 10_000;
/// Records named with each finding.
const EXAMPLES: usize = 5;
/// Most badges that are collected for a check of their URLs.
pub const BADGES: usize = 20;
/// Codes of issues that are already covered by a finding of the doctor.
const OWN_CODES: [&str; 2] = ["unclear_delete_flag", "merged"];

/// An examination in progress.
#[derive(Debug)]
pub struct Examination<'d> {
    document: &'d EventDocument,
    key: &'d PersonKey,
    counts: Counts,
    /// How often each address occurred, with its first position.
    people: HashMap<PersonId, ValuesSeen>,
    domains: BTreeMap<String, IssueTally>,
    groups: HashMap<GroupKey, (GroupName, IssueTally)>,
    flags: BTreeMap<String, IssueTally>,
    countries: BTreeMap<String, IssueTally>,
    issues: BTreeMap<(Severity, String, String), (String, IssueTally)>,
    fields: FieldsFound,
    names: NameWatch,
    /// Number of records that each rule matches.
    rules: Vec<u64>,
    /// Records in which each mapped path had a value.
    mapped: BTreeMap<String, u64>,
    badges: BTreeSet<String>,
    badge_hosts: HashSet<String>,
}

#[derive(Debug, Clone, Copy)]
struct ValuesSeen {
    times: u32,
    first: u32,
}

/// How often an issue occurred, with examples.
#[derive(Debug, Clone, Default)]
pub(crate) struct IssueTally {
    pub(crate) count: u64,
    pub(crate) examples: Vec<Example>,
}

impl IssueTally {
    fn add(&mut self, position: u32, source_id: Option<&str>) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(Example {
                position,
                source_id: source_id.map(str::to_owned),
            });
        }
    }
}

impl<'d> Examination<'d> {
    /// Begins an examination. The key serves only to distinguish people during the examination.
    #[must_use]
    pub fn new(document: &'d EventDocument, key: &'d PersonKey) -> Self {
        let mapped = document
            .mapping
            .all()
            .filter_map(|(_, mapping)| match &mapping.origin {
                ValueOrigin::Path(path) => Some((path.to_string(), 0)),
                ValueOrigin::Constant(_) | ValueOrigin::Expression(_) => None,
            })
            .collect();
        Self {
            document,
            key,
            counts: Counts::default(),
            people: HashMap::new(),
            domains: BTreeMap::new(),
            groups: HashMap::new(),
            flags: BTreeMap::new(),
            countries: BTreeMap::new(),
            issues: BTreeMap::new(),
            fields: FieldsFound::default(),
            names: NameWatch::of(document),
            rules: vec![0; document.rules.len()],
            mapped,
            badges: BTreeSet::new(),
            badge_hosts: HashSet::new(),
        }
    }

    /// Counts an element of the list that could not be read.
    pub fn unreadable(&mut self, issue: &Issue) {
        self.counts.records_read += 1;
        self.counts.rejected += 1;
        self.issue(issue);
    }

    /// Examines a record and its outcome.
    pub fn record(
        &mut self,
        record: &FeedRecord<'_>,
        position: u32,
        outcome: &RecordOutcome,
        issues: &[Issue],
    ) {
        self.counts.records_read += 1;
        self.fields.see(record);
        self.names.see(record);
        self.mapped_fields(record);
        for issue in issues {
            self.issue(issue);
        }
        let source_id = issues.iter().find_map(|issue| issue.source_id.as_deref());
        if !matches!(outcome, RecordOutcome::Ignored) {
            self.flag(record, position, source_id);
        }
        match outcome {
            RecordOutcome::Ignored => self.counts.ignored += 1,
            RecordOutcome::Rejected(_) => self.counts.rejected += 1,
            RecordOutcome::Nameless(contribution) => self.contribution(contribution, position),
            RecordOutcome::Person(email, contribution) => {
                let source_id = contribution.incoming.source_id.as_deref();
                let person = PersonId::of(self.key, email);
                let seen = self.people.entry(person).or_insert(ValuesSeen {
                    times: 0,
                    first: position,
                });
                seen.times += 1;
                if let Some((_, domain)) = email.as_str().rsplit_once('@') {
                    tally(&mut self.domains, domain, position, source_id);
                }
                self.contribution(contribution, position);
            }
        }
    }

    /// Counts the rules that match a record, by their numbers from 1.
    pub fn count_rules(&mut self, fired: &[u32]) {
        for (number, count) in (1..).zip(&mut self.rules) {
            *count += u64::from(fired.contains(&number));
        }
    }

    fn contribution(&mut self, contribution: &Contribution, position: u32) {
        match contribution.disposition {
            Disposition::Live => self.counts.added += 1,
            Disposition::UserOnly(_) => self.counts.updated += 1,
            Disposition::Remove(_) => {
                self.counts.removed += 1;
                return;
            }
            Disposition::Erase => {
                self.counts.removed += 1;
                self.counts.erased += 1;
                return;
            }
        }
        let says = &contribution.incoming;
        let source_id = says.source_id.as_deref();
        for group in &says.groups {
            let key = group.key();
            if self.groups.len() >= MAX_DISTINCT && !self.groups.contains_key(&key) {
                continue;
            }
            let (_, tally) = self
                .groups
                .entry(key)
                .or_insert_with(|| (group.clone(), IssueTally::default()));
            tally.add(position, source_id);
        }
        if let Some(country) = says.profile.get(crate::profile::ProfileField::Country)
            && !crate::expression::is_country(country)
        {
            tally(&mut self.countries, country, position, source_id);
        }
        if let Some(badge) = &says.digital_badge {
            self.badge(badge);
        }
    }

    /// Keeps some badge URLs for a later check, from as many servers as possible.
    fn badge(&mut self, badge: &str) {
        let host = url::Url::parse(badge)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        let is_new = host.is_some_and(|host| {
            self.badge_hosts.len() < MAX_DISTINCT && self.badge_hosts.insert(host)
        });
        if is_new && self.badges.len() >= BADGES {
            self.badges.pop_last();
        }
        if is_new || self.badges.len() < BADGES {
            self.badges.insert(badge.to_owned());
        }
    }

    fn issue(&mut self, issue: &Issue) {
        if OWN_CODES.contains(&issue.code.as_str()) {
            return;
        }
        let field = issue.field.clone().unwrap_or_default();
        let key = (issue.severity, issue.code.clone(), field);
        let (_, tally) = self
            .issues
            .entry(key)
            .or_insert_with(|| (issue.reason.clone(), IssueTally::default()));
        tally.add(issue.position, issue.source_id.as_deref());
    }

    fn mapped_fields(&mut self, record: &FeedRecord<'_>) {
        for (text, filled) in &mut self.mapped {
            let path: Result<FieldPath, _> = text.parse();
            let value = path.ok().and_then(|path| record.find(&path));
            *filled += u64::from(value.is_some_and(has_value));
        }
    }

    /// Notes a value of the delete flag that is in neither list.
    fn flag(&mut self, record: &FeedRecord<'_>, position: u32, source_id: Option<&str>) {
        let Some(flag) = &self.document.delete_flag else {
            return;
        };
        let text = match record.find(&flag.path) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.trim().to_lowercase(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Array(_) | Value::Object(_)) => "(a list or an object)".to_owned(),
        };
        let listed = |values: &[String]| values.iter().any(|v| v.trim().to_lowercase() == text);
        let is_clear = match &flag.true_values {
            TrueValues::Any => true,
            TrueValues::Listed(values) => listed(values),
        };
        if !is_clear && !listed(&flag.false_values) {
            let shown = if text.is_empty() { "(blank)" } else { &text };
            tally(&mut self.flags, shown, position, source_id);
        }
    }

    /// Returns badge URLs to check.
    #[must_use]
    pub fn badges(&self) -> Vec<String> {
        self.badges.iter().cloned().collect()
    }
}

fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    }
}

fn tally(
    tallies: &mut BTreeMap<String, IssueTally>,
    value: &str,
    position: u32,
    source_id: Option<&str>,
) {
    if tallies.len() >= MAX_DISTINCT && !tallies.contains_key(value) {
        return;
    }
    tallies
        .entry(value.to_owned())
        .or_default()
        .add(position, source_id);
}

#[cfg(test)]
mod tests;
