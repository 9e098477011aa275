//! Proposes how to read a registration system that nobody has described: where its list is, how its pages follow each
//! other, which field is which, and which records do not attend.
//!
//! Everything here is a proposal that a person looks at: each comes with its reason and an example. Nothing erases
//! anybody: a delete flag is never proposed.

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

/// An answer of a source, and how it was asked for.
#[derive(Debug, Clone, Copy)]
pub struct ProposeAnswered<'a> {
    /// The answer; of a table, its rows as objects.
    pub body: &'a Value,
    /// The answer's headers.
    pub headers: &'a [(String, String)],
    /// The address asked.
    pub url: &'a str,
    /// The JSON that was sent, if any was.
    pub request_body: Option<&'a Value>,
    /// What the answer is written in.
    pub format: FeedFormat,
    /// Where the document says that the records are: its records are looked at where there are any.
    pub records: Option<&'a RecordsPath>,
    /// The side lists that the document names.
    pub lookups: &'a Lookups,
}

/// How sure a proposal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProposedConfidence {
    /// Names and values both say so.
    Certain,
    /// Something speaks for it; look at it.
    Likely,
}

/// A list that was found in the answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedList {
    /// Its path, as `source.records` takes it.
    pub path: String,
    /// How many records this answer has there.
    pub count: usize,
    /// What speaks for it.
    pub reason: String,
    /// Whether this program can read it; a list that is written as an object by keys it cannot.
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
    /// What speaks for it, or why there is none.
    pub reason: String,
    /// Other lists, the likelier first.
    pub others: Vec<ProposedList>,
}

/// How one page leads to the next.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedPagination {
    /// As `source.pagination` takes it.
    #[cfg_attr(feature = "schemas", schema(value_type = Object))]
    pub pagination: Value,
    /// How sure it is.
    pub confidence: ProposedConfidence,
    /// What speaks for it.
    pub reason: String,
    /// What the answer has at the place that it goes by.
    pub example: Option<String>,
}

/// Where a profile field comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedField {
    /// The profile field, as the mapping calls it.
    pub field: String,
    /// As the mapping takes it.
    pub mapping: Value,
    /// How sure it is.
    pub confidence: ProposedConfidence,
    /// What speaks for it.
    pub reason: String,
    /// A value that it gives. Personal data.
    pub example: Option<String>,
}

/// A rule without code.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedRule {
    /// As `rules` takes it.
    #[cfg_attr(feature = "schemas", schema(value_type = Object))]
    pub rule: Value,
    /// What speaks for it: "status: confirmed 41, cancelled 3; matches 3 of 45".
    pub reason: String,
    /// How many of the records it matches.
    pub matches: usize,
    /// Of how many.
    pub of: usize,
    /// A value that it matches.
    pub example: Option<String>,
}

/// A field with few values, and how often each occurs: what rules can be made from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedFieldValues {
    /// The field's path.
    pub field: String,
    /// The values, the most frequent first, and in how many records each is.
    pub values: Vec<(String, usize)>,
    /// How many records have none.
    pub blank: usize,
}

/// All that is proposed for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The list of registrations; none in a table, whose rows are the records.
    pub lists: ProposedLists,
    /// How one page leads to the next.
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

/// Rows that are lists: their fields are places, and the first row, which names them, is no record.
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

/// Calls the places of rows by what the first row has there.
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

/// The elements of the outer list, the records or what they are within.
fn elements_at<'v>(path: &RecordsPath, body: &'v Value) -> Vec<&'v Value> {
    let list = path
        .list_names()
        .iter()
        .try_fold(body, |at, name| at.get(name));
    list.and_then(Value::as_array)
        .map(|list| list.iter().collect())
        .unwrap_or_default()
}

/// The records that a path finds in an answer.
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

/// What is proposed under the names that the document has for it, and why: the part that can be put into the document as
/// it stands, and `reasons` beside it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedDocument {
    /// `source.format`, where it is not what the document says.
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
    /// Why, in the same order.
    pub reasons: ProposedReasons,
}

/// Why each part of a proposal is proposed, with an example.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ProposedReasons {
    /// What the answer is written in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Which authentication the source asks for.
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
    /// Fields with few values, from which further rules can be made.
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
