//! The answer of a new event's source: the proposals from it, and its first records.

use std::collections::BTreeMap;

use attendee_sync_app::MappingTest;
use attendee_sync_app::RecordCount;
use attendee_sync_app::ports::MAX_KEPT;
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::evaluate::{Evaluator, RecordOutcome};
use attendee_sync_domain::feed::{FeedRecord, FieldFound};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::PersonKey;
use attendee_sync_domain::lookup::Lookups;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::AnswerNode;
use crate::form_drafts::Sheet;

/// Most records kept, and most bytes of everything that is kept.
const RECORDS: usize = 25;
const MAX_BYTES: usize = MAX_KEPT - 2_000;

/// The answer of the source. It names people.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct SetupSample {
    /// The answer, where it is JSON.
    #[serde(default)]
    pub(crate) tree: Option<AnswerNode>,
    /// The lists that were found, the most likely one first.
    pub(crate) lists: Vec<SetupList>,
    pub(crate) pagination: Value,
    pub(crate) pagination_reason: String,
    pub(crate) mapping: Vec<SetupField>,
    pub(crate) rules: Vec<SetupRule>,
    pub(crate) values: Vec<SetupValues>,
    pub(crate) fields: Vec<FieldFound>,
    pub(crate) records: Vec<SetupRecord>,
    /// The number of records examined, and how many of them have each value.
    pub(crate) seen: usize,
    pub(crate) count: RecordCount,
}

/// A list of the answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetupList {
    pub(crate) path: String,
    pub(crate) count: usize,
    pub(crate) reason: String,
}

/// The proposal for a profile field.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetupField {
    pub(crate) field: String,
    pub(crate) mapping: Value,
    pub(crate) reason: String,
}

/// A rule that is proposed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetupRule {
    pub(crate) rule: Value,
    pub(crate) reason: String,
}

/// The values of a field, and how often each occurs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetupValues {
    pub(crate) field: String,
    pub(crate) values: Vec<(String, usize)>,
}

/// A record, and the levels above it, nearest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetupRecord {
    pub(crate) raw: Value,
    pub(crate) parents: Vec<Value>,
}

impl SetupSample {
    pub(crate) fn new(test: MappingTest) -> Self {
        let seen = test.records.len();
        let answer = test.answer.as_ref().map(|answer| answer.text.as_slice());
        let tree = answer.and_then(AnswerNode::of);
        let records = test.records.into_iter().take(RECORDS);
        let mut sample = Self {
            tree,
            fields: test.fields,
            seen,
            records: records
                .map(|record| SetupRecord {
                    raw: record.raw,
                    parents: record.parents,
                })
                .collect(),
            ..Self::default()
        };
        let Some(proposed) = test.proposed else {
            return sample;
        };
        let reasons = proposed.reasons;
        if let Some(lists) = reasons.records {
            let all = lists.best.into_iter().chain(lists.others);
            let readable = all.filter(|list| list.is_readable);
            sample.lists = readable
                .map(|list| SetupList {
                    path: list.path,
                    count: list.count,
                    reason: list.reason,
                })
                .collect();
        }
        if let Some(pagination) = reasons.pagination {
            sample.pagination = pagination.pagination;
            sample.pagination_reason = pagination.reason;
        }
        let fields = reasons.mapping.into_iter();
        sample.mapping = fields
            .map(|field| SetupField {
                field: field.field,
                mapping: field.mapping,
                reason: field.reason,
            })
            .collect();
        let rules = reasons.rules.into_iter();
        sample.rules = rules
            .map(|rule| SetupRule {
                rule: rule.rule,
                reason: rule.reason,
            })
            .collect();
        let values = reasons.values.into_iter();
        sample.values = values
            .map(|found| SetupValues {
                field: found.field,
                values: found.values,
            })
            .collect();
        sample
    }
}

/// The sample is cut to as many records as fit.
impl Sheet for SetupSample {
    fn to_bytes(&self) -> Vec<u8> {
        let mut sample = self.clone();
        loop {
            let bytes = serde_json::to_vec(&sample).unwrap_or_default();
            if bytes.len() <= MAX_BYTES {
                return bytes;
            }
            match sample.records.len() {
                0 | 1 => {
                    sample.tree = None;
                    sample.records.clear();
                    sample.fields.truncate(sample.fields.len() / 2);
                    sample.values.truncate(sample.values.len() / 2);
                    if sample.fields.is_empty() && sample.values.is_empty() {
                        return Vec::new();
                    }
                }
                many => sample.records.truncate(many / 2),
            }
        }
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        serde_json::from_slice(&bytes).ok()
    }
}

/// Evaluates a record: returns the values by the names of fields, and its issues.
pub(crate) fn evaluated(
    document: &EventDocument,
    record: &SetupRecord,
) -> (BTreeMap<String, String>, Vec<String>) {
    let lookups = Lookups::default();
    let evaluator = Evaluator::new(document, &PersonKey([0; 32]), &lookups);
    let within = FeedRecord::within(&record.raw, record.parents.iter().collect());
    let (outcome, issues) = evaluator.evaluate(&within, 1, 1);
    let mut values = BTreeMap::new();
    if let RecordOutcome::Person(email, contribution) = outcome {
        let says = contribution.incoming;
        values.insert("email".to_owned(), email.to_string());
        for (field, value) in says.profile.iter() {
            values.insert(field.name().to_owned(), value.to_owned());
        }
        let groups: Vec<&str> = says.groups.iter().map(GroupName::as_str).collect();
        values.insert("groups".to_owned(), groups.join(", "));
        values.insert(
            "digital_badge".to_owned(),
            says.digital_badge.unwrap_or_default(),
        );
        values.insert("source_id".to_owned(), says.source_id.unwrap_or_default());
    }
    (
        values,
        issues.into_iter().map(|issue| issue.reason).collect(),
    )
}

/// On how many records the first rule of a document holds.
pub(crate) fn holding(document: &EventDocument, records: &[SetupRecord]) -> usize {
    let lookups = Lookups::default();
    let evaluator = Evaluator::new(document, &PersonKey([0; 32]), &lookups);
    let holds = |record: &&SetupRecord| {
        let within = FeedRecord::within(&record.raw, record.parents.iter().collect());
        evaluator.fired(&within).contains(&1)
    };
    records.iter().filter(holds).count()
}
