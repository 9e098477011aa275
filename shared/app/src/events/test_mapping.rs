//! Tests a configuration before it is stored: reads one page of the source and shows each raw
//! record beside its outcome.

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::{
    DocumentProblem, EventDocument, GivenList, ListOrigin, SecretValue, TestableDocument,
    check_for_test,
};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::evaluate::{Disposition, Evaluator, Incoming, RecordOutcome};
use attendee_sync_domain::feed::{
    FeedRecord, FieldFound, FieldsFound, RecordDetails, UnreadableElement, expand, parse_element,
};
use attendee_sync_domain::ids::PersonKey;
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::lookup::Lookups;
use attendee_sync_domain::propose::ProposedDocument;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;

use crate::App;
use crate::error::Error;
use crate::events::configure::Notice;
use crate::events::named_secrets::{Author, SecretUse};
use crate::events::propose::{proposed_for, with_mapping};
use crate::ports::{
    FeedSample, Remark, RequestMade, ResponseSummary, SourceError, SourceSideLists,
};
use crate::runs::details::{Asking, with};

/// The maximum number of records shown of the page, and the maximum where each record needs a
/// request for its details.
const RECORDS: usize = 50;
const WITH_DETAILS: usize = 5;

/// The result of a test of a configuration.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct MappingTest {
    /// The request, its credentials masked.
    pub request: RequestMade,
    /// The answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<ResponseSummary>,
    /// Why no records could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The first records of the page.
    pub records: Vec<Tried>,
    /// Whether the source has more.
    pub more: bool,
    /// The fields that these records have.
    pub fields: Vec<FieldFound>,
    /// Remarks on the configuration.
    pub notices: Vec<Notice>,
    /// What has to be corrected before the document can be stored. Where it has no mapping, the
    /// records are shown with the proposed one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<DocumentProblem>,
    /// The proposal by this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Box<ProposedDocument>>,
}

/// A record beside its outcome.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Tried {
    /// The number of the record on the page, counting from 1.
    pub position: u32,
    /// The record as the source sent it.
    pub raw: Value,
    /// The levels above it, nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Value>,
    /// The answer to the request for the record's details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
    /// The numbers of the rules that match the record, counting from 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<u32>,
    /// The outcome of the record.
    pub outcome: TriedOutcome,
    /// The attendee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendee: Option<TriedAttendee>,
    /// The issues of the record.
    pub issues: Vec<Issue>,
}

/// The outcome of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TriedOutcome {
    /// The person would attend.
    Attends,
    /// The rule of this number would remove the person.
    Removed(u32),
    /// The rule of this number makes them a user of the community who does not attend.
    UserOnly(u32),
    /// The delete flag would erase them.
    Erased,
    /// A rule leaves it out of scope.
    Ignored,
    /// The record would be rejected.
    Rejected,
}

/// The fields of a record after the mapping.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct TriedAttendee {
    /// The person's address.
    pub email: EmailAddress,
    /// The person's fields.
    #[serde(flatten)]
    pub says: Incoming,
}

impl App {
    /// Reads the source's first page by a document that need not be stored. The settings that say
    /// how the answer is read may be missing. A failure of the source is part of the result.
    pub async fn test_mapping(
        &self,
        document: &Value,
        author: Author,
    ) -> Result<MappingTest, Error> {
        self.test_list(document, author, None).await
    }

    /// The same, where somebody gives the list along that the document says is uploaded.
    pub async fn test_list(
        &self,
        document: &Value,
        author: Author,
        list: Option<GivenList>,
    ) -> Result<MappingTest, Error> {
        let TestableDocument {
            mut document,
            lacks_mapping,
            problems,
        } = check_for_test(document, &self.parts.addresses).map_err(Error::Configuration)?;
        if let Some(list) = list {
            document.source.list = ListOrigin::Given(list);
        }
        self.insert_environment_secret(&mut document, author)
            .await?;
        let notices = Self::notices(&document);
        let most = match document.source.details {
            Some(_) => WITH_DETAILS,
            None => RECORDS,
        };
        let FeedSample {
            request,
            answer,
            units,
            more,
            remarks,
        } = self.parts.sources.sample(&document.source, most).await;
        let side_lists = match &units {
            Ok(_) => self.parts.sources.lookups(&document.source).await,
            Err(_) => Ok(SourceSideLists::default()),
        };
        let none = Lookups::default();
        let lookups = side_lists.as_ref().map_or(&none, |lists| &lists.lookups);
        let proposed = proposed_for(&document, &request, answer.as_ref(), &units, lookups);
        if let Some(proposed) = proposed.as_ref().filter(|_| lacks_mapping) {
            document = with_mapping(&document, proposed).unwrap_or(document);
        }
        let mut notices = notices;
        notices.extend(remarks.into_iter().map(noticed));
        let mut trial = MappingTest {
            request,
            answer,
            error: None,
            records: Vec::new(),
            more,
            fields: Vec::new(),
            notices,
            problems,
            proposed: proposed.map(Box::new),
        };
        let read = async {
            let units = units?;
            let SourceSideLists { lookups, remarks } = side_lists?;
            let evaluator = Evaluator::new(&document, &PersonKey([0; 32]), &lookups);
            let asking = self.asking(&document, true).await?;
            let mut fields = FieldsFound::default();
            let of = (&document, &evaluator);
            let (records, more) = tried(of, asking, &units, &mut fields, most).await?;
            Ok::<_, Error>((records, more, fields.list(), remarks))
        };
        match read.await {
            Ok((records, more, fields, remarks)) => {
                trial.notices.extend(remarks.into_iter().map(noticed));
                trial.records = records;
                trial.more |= more;
                trial.fields = fields;
            }
            Err(error) => trial.error = Some(with_causes(&error)),
        }
        Ok(trial)
    }

    /// Puts a secret of the environment into an unsaved document that names it: only saving a
    /// document gives an event the right to use it.
    async fn insert_environment_secret(
        &self,
        document: &mut EventDocument,
        author: Author,
    ) -> Result<(), Error> {
        let stored = self.parts.store.event(&document.event).await?;
        let stored = stored.as_ref().map(|stored| &stored.value);
        let named = self.named_secret_use(document, stored, author).await?;
        if let SecretUse::FromEnvironment(name) = named
            && let Some(secret) = self.parts.secrets.environment_secret(&name)
            && let Some((_, value)) = document.source.authentication.secret_mut()
        {
            *value = SecretValue::Plain(secret.expose_secret().to_owned());
        }
        Ok(())
    }
}

/// The first `most` records of some elements, and whether there are more.
async fn tried(
    (document, evaluator): (&EventDocument, &Evaluator),
    mut asking: Option<Asking>,
    units: &[Option<Vec<u8>>],
    fields: &mut FieldsFound,
    most: usize,
) -> Result<(Vec<Tried>, bool), SourceError> {
    let path = document.source.records_path();
    let mut all = Vec::new();
    for unit in units {
        let position = |all: &Vec<Tried>| u32::try_from(all.len() + 1).unwrap_or(u32::MAX);
        match parse_element(unit.as_deref()) {
            Ok(value) => {
                let mut records = expand(&path, &value);
                let left = most.saturating_sub(all.len());
                if records.len() > left {
                    records.truncate(left);
                    all.extend(
                        evaluated(evaluator, &mut asking, &records, fields, position(&all)).await?,
                    );
                    return Ok((all, true));
                }
                all.extend(
                    evaluated(evaluator, &mut asking, &records, fields, position(&all)).await?,
                );
            }
            Err(_) if all.len() == most => return Ok((all, true)),
            Err(UnreadableElement { code, reason }) => {
                let position = position(&all);
                all.push(Tried {
                    position,
                    raw: Value::Null,
                    parents: Vec::new(),
                    details: None,
                    rules: Vec::new(),
                    outcome: TriedOutcome::Rejected,
                    attendee: None,
                    issues: vec![Issue::new(Severity::Error, position, code, reason)],
                });
            }
        }
    }
    Ok((all, false))
}

/// Returns the outcomes of some records, the first of which is at `position`.
async fn evaluated(
    evaluator: &Evaluator,
    asking: &mut Option<Asking>,
    records: &[FeedRecord<'_>],
    fields: &mut FieldsFound,
    position: u32,
) -> Result<Vec<Tried>, SourceError> {
    let found = match asking {
        Some(asking) => Some(asking.of(evaluator, records).await?),
        None => None,
    };
    let records = (position..).zip(records).enumerate();
    let tried = records.map(|(index, (position, record))| {
        let details = found.as_ref().and_then(|found| found.get(index));
        let record = match &found {
            Some(_) => &with(record, details.and_then(Option::as_ref)),
            None => record,
        };
        fields.see(record);
        one(evaluator, record, position)
    });
    Ok(tried.collect())
}

/// Turns a remark on an answer into a notice about the document.
fn noticed(remark: Remark) -> Notice {
    Notice {
        path: remark.field,
        reason: remark.reason,
    }
}

pub(crate) fn one(evaluator: &Evaluator, record: &FeedRecord<'_>, position: u32) -> Tried {
    let (outcome, issues) = evaluator.evaluate(record, 1, position);
    let (outcome, attendee) = match outcome {
        RecordOutcome::Ignored => (TriedOutcome::Ignored, None),
        RecordOutcome::Person(email, contribution) => {
            let outcome = match contribution.disposition {
                Disposition::Live => TriedOutcome::Attends,
                Disposition::Remove(rule) => TriedOutcome::Removed(rule),
                Disposition::UserOnly(rule) => TriedOutcome::UserOnly(rule),
                Disposition::Erase => TriedOutcome::Erased,
            };
            let says = contribution.incoming;
            (outcome, Some(TriedAttendee { email, says }))
        }
        RecordOutcome::Nameless(contribution) => match contribution.disposition {
            Disposition::Erase => (TriedOutcome::Erased, None),
            Disposition::Remove(rule) => (TriedOutcome::Removed(rule), None),
            Disposition::Live | Disposition::UserOnly(_) => (TriedOutcome::Rejected, None),
        },
        RecordOutcome::Rejected(_) => (TriedOutcome::Rejected, None),
    };
    Tried {
        position,
        raw: record.value.clone(),
        parents: record
            .parents
            .iter()
            .map(|level| (*level).clone())
            .collect(),
        details: match record.details {
            RecordDetails::Given(details) if !details.is_null() => Some(details.clone()),
            _ => None,
        },
        rules: evaluator.fired(record),
        outcome,
        attendee,
        issues,
    }
}
