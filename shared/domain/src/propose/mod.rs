//! Proposes how to read an unknown registration system: where its list is, how its pages follow
//! each other, which field is which, and which records do not attend.
//!
//! Everything here is a proposal that a person reviews, each with its reason and an example.
//! Nothing erases anybody: a delete flag is never proposed.

mod answers;
mod choices;
mod curl;
mod envelope;
mod fields;
mod groups;
mod keys;
mod list;
mod mapping;
mod names;
mod paging;
mod parameters;
mod people;
mod rules;
mod shell;
mod side_lists;
mod sign_in;
mod text;
mod transform;
mod values;
mod words;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::config::FeedFormat;
use crate::feed::{FeedRecord, RecordsPath, expand, listed};
use crate::lookup::Lookups;

pub use curl::{CurlError, ProposedCredential, ProposedRequest, request_from_curl};
pub use sign_in::{ProposedAuthentication, authentication_for};
pub use text::{ProposeText, text_answer};
pub use transform::FieldTransform;

use fields::ProposeField;

/// A source's answer, and the request for it.
#[derive(Debug, Clone, Copy)]
pub struct ProposeAnswered<'a> {
    /// The answer; a table is given as its rows, as objects.
    pub body: &'a Value,
    /// The answer's headers.
    pub headers: &'a [(String, String)],
    /// The URL of the request.
    pub url: &'a str,
    /// The JSON body of the request, if there was one.
    pub request_body: Option<&'a Value>,
    /// The format of the answer.
    pub format: FeedFormat,
    /// The path of the records in the document; records found there are examined first.
    pub records: Option<&'a RecordsPath>,
    /// The side lists of the document.
    pub lookups: &'a Lookups,
}

/// The confidence of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProposedConfidence {
    /// Names and values both support it.
    Certain,
    /// Something supports it; a person should check it.
    Likely,
}

/// A list that was found in the answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedList {
    /// Its path, as `source.records` takes it.
    pub path: String,
    /// Number of records in this answer.
    pub count: usize,
    /// The reason why the list is proposed.
    pub reason: String,
    /// Whether this program can read the list. It cannot read an object of records by keys.
    pub is_readable: bool,
    /// Its first record. Personal data.
    pub example: Option<Value>,
}

/// The lists that were found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedLists {
    /// The list of registrations.
    pub best: Option<ProposedList>,
    /// The reason why the list is proposed, or why there is none.
    pub reason: String,
    /// Other lists, the likelier first.
    pub others: Vec<ProposedList>,
}

/// How one page leads to the next.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedPagination {
    /// The value for `source.pagination`.
    #[cfg_attr(feature = "schemas", schema(value_type = Object))]
    pub pagination: Value,
    /// The confidence of the proposal.
    pub confidence: ProposedConfidence,
    /// The reason for the proposal.
    pub reason: String,
    /// The value in the answer that paging uses.
    pub example: Option<String>,
}

/// A proposal for a profile field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedField {
    /// The profile field's name in the mapping.
    pub field: String,
    /// The value for the mapping.
    pub mapping: Value,
    /// The confidence of the proposal.
    pub confidence: ProposedConfidence,
    /// The reason for the proposal.
    pub reason: String,
    /// An example of its value. It is personal data.
    pub example: Option<String>,
}

/// A rule without code.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedRule {
    /// The value for `rules`.
    #[cfg_attr(feature = "schemas", schema(value_type = Object))]
    pub rule: Value,
    /// The reason for the proposal: "status: confirmed 41, cancelled 3; matches 3 of 45".
    pub reason: String,
    /// How many of the records it matches.
    pub matches: usize,
    /// Number of records examined.
    pub of: usize,
    /// A value that it matches.
    pub example: Option<String>,
}

/// A field with few different values, and how often each occurs: people make rules from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedFieldValues {
    /// The field's path.
    pub field: String,
    /// The values, the most frequent first, each with its number of records.
    pub values: Vec<(String, usize)>,
    /// Number of records without a value.
    pub blank: usize,
}

/// All that is proposed for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The list of registrations; absent in a table, whose rows are the records.
    pub lists: ProposedLists,
    /// The paging.
    pub pagination: ProposedPagination,
    /// The profile fields.
    pub mapping: Vec<ProposedField>,
    /// The rules.
    pub rules: Vec<ProposedRule>,
    /// Fields with few values.
    pub values: Vec<ProposedFieldValues>,
}

/// Proposes how to read an answer.
#[must_use]
pub fn propose(answered: &ProposeAnswered<'_>) -> Proposal {
    let lists = match answered.format {
        FeedFormat::Json => list::lists_in(answered.body),
        FeedFormat::Ndjson | FeedFormat::Csv => rows_of(answered.body),
    };
    let proposed = lists.best.as_ref().and_then(|list| list.path.parse().ok());
    let has_records = |path: &&RecordsPath| !records_at(path, answered.body).is_empty();
    let path = answered
        .records
        .filter(has_records)
        .cloned()
        .or(proposed)
        .unwrap_or_default();
    let records = records_at(&path, answered.body);
    let rows: Vec<&Value> = records.iter().map(|record| record.value).collect();
    if list::is_table(&rows) {
        return of_table(lists, answered, &path, &records);
    }
    let elements = elements_at(&path, answered.body);
    let seen = records.len().min(fields::MAX_RECORDS);
    let fields = fields::fields_of(&records);
    let (rules, values) = rules::rules_of(&fields, seen);
    Proposal {
        pagination: match answered.format {
            FeedFormat::Json => paging::pagination_of(answered, path.list_names(), &elements),
            FeedFormat::Ndjson | FeedFormat::Csv => paging::pagination_of(
                &ProposeAnswered {
                    body: &Value::Null,
                    ..*answered
                },
                &[],
                &elements,
            ),
        },
        mapping: mapping::mapping_of(&fields, seen, answered.lookups),
        rules,
        values,
        lists,
    }
}

/// Handles rows that are lists: their fields are indexes, and the first row, which contains the
/// names, is no record.
fn of_table(
    lists: ProposedLists,
    answered: &ProposeAnswered<'_>,
    path: &RecordsPath,
    records: &[FeedRecord<'_>],
) -> Proposal {
    let (first, rest) = records.split_first().unzip();
    let head = first.and_then(|row: &FeedRecord<'_>| row.value.as_array());
    let head = head.map(Vec::as_slice).unwrap_or_default();
    let rest = rest.unwrap_or_default();
    let seen = rest.len().min(fields::MAX_RECORDS);
    let mut fields = fields::fields_of(rest);
    name_columns(&mut fields, head);
    let (mut rules, values) = rules::rules_of(&fields, seen);
    if let Some(rule) = rules::rule_for_head(head, records.len()) {
        rules.insert(0, rule);
    }
    Proposal {
        pagination: paging::pagination_of(
            answered,
            path.list_names(),
            &elements_at(path, answered.body),
        ),
        mapping: mapping::mapping_of(&fields, seen, answered.lookups),
        rules,
        values,
        lists,
    }
}

/// Labels the columns of rows with the texts in the first row.
fn name_columns(fields: &mut [ProposeField<'_>], head: &[Value]) {
    for field in fields {
        let place = field.steps.first().and_then(|step| fields::place_of(step));
        field.label = place
            .and_then(|place| head.get(place))
            .and_then(values::text_of);
    }
}

fn rows_of(body: &Value) -> ProposedLists {
    let count = body.as_array().map_or(0, Vec::len);
    ProposedLists {
        best: None,
        reason: format!(
            "{} found: each row is one",
            values::counted(count, "person", "people")
        ),
        others: Vec::new(),
    }
}

/// Returns the elements of the outer list: the records, or the objects that contain them.
fn elements_at<'v>(path: &RecordsPath, body: &'v Value) -> Vec<&'v Value> {
    let list = path
        .list_names()
        .iter()
        .try_fold(body, |at, name| at.get(name));
    list.and_then(Value::as_array)
        .map(|list| list.iter().collect())
        .unwrap_or_default()
}

/// Returns the records at a path in an answer.
#[must_use]
pub fn records_at<'v>(path: &RecordsPath, body: &'v Value) -> Vec<FeedRecord<'v>> {
    let list = path
        .list_names()
        .iter()
        .try_fold(body, |at, name| at.get(name));
    let elements = list
        .filter(|list| list.is_array())
        .and_then(listed)
        .unwrap_or_default();
    elements
        .into_iter()
        .flat_map(|element| expand(path, element))
        .collect()
}

/// The proposals under the keys of the document: the part that can be put into the document
/// unchanged, and `reasons` beside it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedDocument {
    /// `source.format`, where it differs from the document's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<FeedFormat>,
    /// `source.authentication`, without its credential, where the source refused the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<Object>))]
    pub authentication: Option<Value>,
    /// `source.records`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<String>,
    /// `source.pagination`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schema(value_type = Option<Object>))]
    pub pagination: Option<Value>,
    /// `mapping`.
    #[cfg_attr(feature = "schemas", schema(value_type = Object))]
    pub mapping: BTreeMap<String, Value>,
    /// `rules`.
    #[cfg_attr(feature = "schemas", schema(value_type = Vec<Object>))]
    pub rules: Vec<Value>,
    /// The reasons, in the same order.
    pub reasons: ProposedReasons,
}

/// The reason for each part of a proposal, with an example.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedReasons {
    /// The reason for the format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The reason for the authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<String>,
    /// The lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<ProposedLists>,
    /// The paging.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pagination: Option<ProposedPagination>,
    /// The profile fields.
    pub mapping: Vec<ProposedField>,
    /// The rules.
    pub rules: Vec<ProposedRule>,
    /// Fields with few values, from which people can make further rules.
    pub values: Vec<ProposedFieldValues>,
}

impl From<Proposal> for ProposedDocument {
    fn from(proposal: Proposal) -> Self {
        let Proposal {
            lists,
            pagination,
            mapping,
            rules,
            values,
        } = proposal;
        Self {
            format: None,
            authentication: None,
            records: lists.best.as_ref().map(|list| list.path.clone()),
            pagination: Some(pagination.pagination.clone()),
            mapping: mapping
                .iter()
                .map(|field| (field.field.clone(), field.mapping.clone()))
                .collect(),
            rules: rules.iter().map(|rule| rule.rule.clone()).collect(),
            reasons: ProposedReasons {
                format: None,
                authentication: None,
                records: Some(lists),
                pagination: Some(pagination),
                mapping,
                rules,
                values,
            },
        }
    }
}

#[cfg(test)]
mod tests;
