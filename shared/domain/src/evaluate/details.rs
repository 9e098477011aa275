//! Decides which records need a request for their details, and evaluates what is known without
//! them.

use serde::Serialize;
use serde_json::Value;

use crate::config::{DetailsUrl, EventDocument, NoDetailsUrl, RuleAction};
use crate::email::EmailAddress;
use crate::expression::ExpressionScope;
use crate::feed::{FeedRecord, RecordDetails};

use super::Evaluator;
use super::flag::flagged;
use super::reading::RecordReading;
use super::rules::Matches;

/// The parts of a document that use the details of a record.
#[derive(Debug, Clone, Default)]
pub(super) struct ByDetails {
    /// The address of the details; `None` where the document has no `source.details`.
    url: Option<DetailsUrl>,
    email: bool,
    pub(super) source_id: bool,
    delete_flag: bool,
    /// Whether each rule uses the details.
    rules: Vec<bool>,
}

impl ByDetails {
    pub(super) fn of(document: &EventDocument) -> Self {
        let Some(details) = &document.source.details else {
            return Self::default();
        };
        let mapping = &document.mapping;
        Self {
            url: Some(details.url.clone()),
            email: mentions(&mapping.email),
            source_id: mentions(&mapping.source_id),
            delete_flag: mentions(&document.delete_flag),
            rules: document.rules.iter().map(mentions).collect(),
        }
    }
}

/// Returns whether a part of a document contains the word `details`, even where the word means
/// something else.
fn mentions(part: &impl Serialize) -> bool {
    serde_json::to_string(part).is_ok_and(|text| text.contains("details"))
}

impl Evaluator {
    /// Returns the address of a record's details. `None` where they are not needed, because the
    /// record itself decides that it is out of scope or that its person is removed.
    #[must_use]
    pub fn details_url(&self, record: &FeedRecord<'_>) -> Option<Result<String, NoDetailsUrl>> {
        let url = self.by_details.url.as_ref()?;
        let record = without_details(record);
        let mut reading = self.reading(&record);
        if self.is_decided(&reading) {
            return None;
        }
        let source_id = if self.by_details.source_id {
            None
        } else {
            self.source_id(&mut reading)
        };
        Some(url.of(&record, source_id.as_deref()))
    }

    /// Returns whether a record certainly belongs to another person than this one, judged without
    /// its details.
    #[must_use]
    pub fn is_of_another(&self, record: &FeedRecord<'_>, email: &EmailAddress) -> bool {
        let record = without_details(record);
        let reading = self.reading(&record);
        let found = (!self.by_details.email).then(|| reading.email(&self.mapping.email));
        found.is_some_and(|found| found.is_ok_and(|found| found != *email))
    }

    /// Returns the address in a record whose details are missing, unless the mapping takes the
    /// address from the details.
    pub(super) fn address_without_details(
        &self,
        reading: &RecordReading<'_, '_>,
    ) -> Option<EmailAddress> {
        let is_known = !self.by_details.email;
        is_known.then(|| reading.email(&self.mapping.email).ok())?
    }

    /// Returns whether the rules and the delete flag decide on a record whatever its details say.
    fn is_decided(&self, reading: &RecordReading<'_, '_>) -> bool {
        if !reading.record.value.is_object() {
            return true;
        }
        let by = &self.by_details;
        let matches = Matches::of(&self.rules, reading.record, reading.scope.as_ref());
        let fires = |wanted: &RuleAction| {
            matches.numbers().into_iter().any(|number| {
                let at = (number - 1) as usize;
                let is_wanted = self.rules.get(at).is_some_and(|rule| rule.then == *wanted);
                is_wanted && by.rules.get(at) == Some(&false)
            })
        };
        if fires(&RuleAction::Ignore) {
            return true;
        }
        let mut rules = self.rules.iter().zip(&by.rules);
        let may_ignore = rules.any(|(rule, by)| *by && rule.then == RuleAction::Ignore);
        if may_ignore || by.email || by.source_id || by.delete_flag || matches.failure().is_some() {
            return false;
        }
        let flag = self.delete_flag.as_ref();
        flag.is_some_and(|flag| flagged(flag, reading.record) == Ok(true))
            || fires(&RuleAction::RemoveAttendee)
    }

    fn reading<'r, 'v>(&self, record: &'r FeedRecord<'v>) -> RecordReading<'r, 'v> {
        let surroundings = self.surroundings.as_ref();
        RecordReading {
            record,
            scope: surroundings.map(|surroundings| ExpressionScope::of(record, surroundings)),
            position: 0,
            issues: Vec::new(),
        }
    }
}

fn without_details<'v>(record: &FeedRecord<'v>) -> FeedRecord<'v> {
    FeedRecord {
        details: RecordDetails::Given(&Value::Null),
        ..record.clone()
    }
}
