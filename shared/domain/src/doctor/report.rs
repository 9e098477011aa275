//! The findings of the source doctor, in plain words, the worst first.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::config::ValueOrigin;
use crate::guard::NEVER_MANY;
use crate::issue::Severity;
use crate::run::Counts;

use super::domains::likely;
use super::{EXAMPLES, Examination, IssueTally};

/// Fields filled in fewer records than this percentage are not mentioned.
const WORTH_MAPPING_PERCENT: u64 = 5;
/// Most fields, groups or values named in one finding.
const NAMED: usize = 12;

/// A record in which something was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Example {
    /// The record's position in the feed, counting from 1.
    pub position: u32,
    /// Its id in the source, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
}

/// A finding of the source doctor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Finding {
    /// How serious it is.
    pub severity: Severity,
    /// A stable code for programs.
    pub code: String,
    /// The field or part of the configuration it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How often it was found.
    pub count: u64,
    /// What was found, and what to do.
    pub message: String,
    /// Examples of records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

/// The result of an examination: counts and findings of a whole feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Diagnosis {
    /// Number of records read.
    pub records: u64,
    /// Number of people in the feed.
    pub people: u64,
    /// Number of records whose person would attend.
    pub attending: u64,
    /// Number of records whose person a rule would remove.
    pub removed: u64,
    /// Records that the delete flag is set on.
    pub erased: u64,
    /// Records out of scope.
    pub ignored: u64,
    /// Number of rejected records.
    pub rejected: u64,
    /// Number of groups.
    pub groups: u64,
    /// For each rule, the number of records that it matches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleMatches>,
    /// The findings, the worst first.
    pub findings: Vec<Finding>,
}

/// The number of records that a rule matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct RuleMatches {
    /// The rule's number, counting from 1.
    pub rule: u32,
    /// The rule's condition.
    pub condition: String,
    /// Number of records, including those that another rule ignores.
    pub records: u64,
}

impl Examination<'_> {
    /// Ends the examination and returns its result.
    #[must_use]
    pub fn conclude(self) -> Diagnosis {
        let mut findings = Vec::new();
        self.nothing_or_little(&mut findings);
        self.issues(&mut findings);
        self.paths(&mut findings);
        self.names(&mut findings);
        self.shared_addresses(&mut findings);
        self.unlikely_domains(&mut findings);
        self.values(&mut findings);
        self.small_groups(&mut findings);
        let Counts {
            records_read,
            added,
            removed,
            erased,
            ignored,
            rejected,
            ..
        } = self.counts;
        let people = self.people.len() as u64;
        let groups = self.groups.len() as u64;
        let rules = (1..).zip(&self.document.rules).zip(&self.rules);
        let rules = rules.map(|((rule, written), records)| RuleMatches {
            rule,
            condition: written.condition.to_string(),
            records: *records,
        });
        let rules = rules.collect();
        self.unmapped(&mut findings);
        findings.sort_by_key(|finding| Reverse((finding.severity, finding.count)));
        Diagnosis {
            records: records_read,
            people,
            attending: added,
            removed: removed - erased,
            erased,
            ignored,
            rejected,
            groups,
            rules,
            findings,
        }
    }

    fn nothing_or_little(&self, findings: &mut Vec<Finding>) {
        let counts = &self.counts;
        if counts.records_read == 0 {
            findings.push(finding(
                Severity::Error,
                "no_records",
                Some("source.records"),
                0,
                "the source has no records; check source.records, and whether this credential may read the registrations".to_owned(),
            ));
            return;
        }
        let percent = u64::from(self.document.guards.rejected_percent);
        if counts.rejected > NEVER_MANY && counts.rejected * 100 > counts.records_read * percent {
            findings.push(finding(
                Severity::Error,
                "mostly_rejected",
                Some("guards.rejected_percent"),
                counts.rejected,
                format!(
                    "{} of {} records are rejected: every sync would be held",
                    counts.rejected, counts.records_read
                ),
            ));
        }
        if counts.added == 0 {
            findings.push(finding(
                Severity::Error,
                "nobody_attends",
                Some("rules"),
                counts.records_read,
                "no record results in an attendee; check the rules, the delete flag and the mapping"
                    .to_owned(),
            ));
        }
    }

    /// Adds a finding for each kind of issue about single records.
    fn issues(&self, findings: &mut Vec<Finding>) {
        for ((severity, code, field), (reason, tally)) in &self.issues {
            let field = Some(field.as_str()).filter(|field| !field.is_empty());
            let message = format!("{}: {reason}", records(tally.count));
            findings.push(with_examples(
                finding(*severity, code, field, tally.count, message),
                tally,
            ));
        }
    }

    /// Adds findings for mapped paths that no record has.
    fn paths(&self, findings: &mut Vec<Finding>) {
        if self.counts.records_read == 0 {
            return;
        }
        for (name, mapping) in self.document.mapping.all() {
            let ValueOrigin::Path(path) = &mapping.origin else {
                continue;
            };
            if self.mapped.get(&path.to_string()) == Some(&0) {
                findings.push(finding(
                    Severity::Warning,
                    "never_filled",
                    Some(&format!("mapping.{name}")),
                    self.counts.records_read,
                    format!("no record has a value at {path}; check the path"),
                ));
            }
        }
    }

    /// Adds findings for names in rules and expressions that no record has.
    fn names(&self, findings: &mut Vec<Finding>) {
        for issue in self.names.clone().issues() {
            findings.push(finding(
                issue.severity,
                &issue.code,
                issue.field.as_deref(),
                self.counts.records_read,
                issue.reason,
            ));
        }
    }

    fn shared_addresses(&self, findings: &mut Vec<Finding>) {
        let mut shared: Vec<_> = self.people.values().filter(|seen| seen.times > 1).collect();
        if shared.is_empty() {
            return;
        }
        shared.sort_by_key(|seen| seen.first);
        let times: u64 = shared.iter().map(|seen| u64::from(seen.times)).sum();
        let mut found = finding(
            Severity::Notice,
            "shared_address",
            Some("email"),
            shared.len() as u64,
            format!(
                "{} shared by {times} records: each becomes one attendee, and where they differ the record with the greater source id counts; check that these are one person each",
                plural(
                    shared.len() as u64,
                    "e-mail address is",
                    "e-mail addresses are"
                ),
            ),
        );
        let first = |seen: &&super::ValuesSeen| Example {
            position: seen.first,
            source_id: None,
        };
        found.examples = shared.iter().take(EXAMPLES).map(first).collect();
        findings.push(found);
    }

    fn unlikely_domains(&self, findings: &mut Vec<Finding>) {
        for (domain, tally) in &self.domains {
            let Some(meant) = likely(domain) else {
                continue;
            };
            let message = format!(
                "{} at {domain}: probably {meant} was meant; such a person can neither sign in nor get mail",
                plural(tally.count, "address is", "addresses are")
            );
            findings.push(with_examples(
                finding(
                    Severity::Warning,
                    "unlikely_domain",
                    Some("email"),
                    tally.count,
                    message,
                ),
                tally,
            ));
        }
    }

    fn values(&self, findings: &mut Vec<Finding>) {
        for (value, tally) in self.flags.iter().take(NAMED) {
            let message = format!(
                "{}: the delete flag is \"{value}\", which is listed neither as true nor as false; nobody is erased by it until it is",
                records(tally.count)
            );
            findings.push(with_examples(
                finding(
                    Severity::Warning,
                    "unknown_delete_flag",
                    Some("delete_flag"),
                    tally.count,
                    message,
                ),
                tally,
            ));
        }
        if !self.countries.is_empty() {
            let count = self.countries.values().map(|tally| tally.count).sum();
            let names = named(self.countries.keys().map(String::as_str));
            findings.push(finding(
                Severity::Notice,
                "unknown_country",
                Some("country"),
                count,
                format!(
                    "{}: not the name or code of a country: {names}",
                    records(count)
                ),
            ));
        }
    }

    fn small_groups(&self, findings: &mut Vec<Finding>) {
        let mut small: Vec<&str> = self
            .groups
            .values()
            .filter(|(_, tally)| tally.count == 1)
            .map(|(name, _)| name.as_str())
            .collect();
        if small.is_empty() {
            return;
        }
        small.sort_unstable();
        findings.push(finding(
            Severity::Notice,
            "group_of_one",
            Some("groups"),
            small.len() as u64,
            format!(
                "{} with one member, often a misspelling: {}",
                plural(small.len() as u64, "group", "groups"),
                named(small.iter().copied())
            ),
        ));
    }

    /// Adds a finding for fields that many records have and the document does not use.
    fn unmapped(self, findings: &mut Vec<Finding>) {
        let enough = self.counts.records_read * WORTH_MAPPING_PERCENT;
        let used = serde_json::json!([
            self.document.mapping,
            self.document.rules,
            self.document.delete_flag
        ])
        .to_string();
        let fields = self.fields.list();
        let unmapped: Vec<&str> = fields
            .iter()
            .filter(|field| field.filled > 0 && field.filled * 100 >= enough)
            .map(|field| field.path.as_str())
            .filter(|path| !is_used(path, &used))
            .collect();
        if unmapped.is_empty() {
            return;
        }
        findings.push(finding(
            Severity::Notice,
            "unmapped_fields",
            Some("mapping"),
            unmapped.len() as u64,
            format!(
                "{} that nothing uses: {}",
                plural(unmapped.len() as u64, "field", "fields"),
                named(unmapped.iter().copied())
            ),
        ));
    }
}

/// Returns whether a path, or its last name in an expression, occurs in the document.
fn is_used(path: &str, document: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path).trim_matches('"');
    document
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | ':'))
        .any(|word| word == name)
        || document.contains(path)
}

impl Diagnosis {
    /// Adds a finding, and keeps the findings sorted.
    pub fn add(&mut self, finding: Finding) {
        let at = self.findings.partition_point(|other| {
            (other.severity, other.count) >= (finding.severity, finding.count)
        });
        self.findings.insert(at, finding);
    }

    /// Returns whether a problem must be solved before the event is synced.
    #[must_use]
    pub fn is_serious(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error && is_own(&finding.code))
    }
}

/// Returns whether the finding is about the feed as a whole; single bad records do not prevent a
/// sync.
fn is_own(code: &str) -> bool {
    matches!(
        code,
        "no_records" | "mostly_rejected" | "nobody_attends" | "source_failed"
    )
}

/// A finding without examples.
#[must_use]
pub fn finding(
    severity: Severity,
    code: &str,
    field: Option<&str>,
    count: u64,
    message: String,
) -> Finding {
    Finding {
        severity,
        code: code.to_owned(),
        field: field.map(str::to_owned),
        count,
        message,
        examples: Vec::new(),
    }
}

fn with_examples(finding: Finding, tally: &IssueTally) -> Finding {
    Finding {
        examples: tally.examples.clone(),
        ..finding
    }
}

fn records(count: u64) -> String {
    plural(count, "record", "records")
}

fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn named<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>();
    match names.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
