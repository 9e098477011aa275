//! Asks the source for one person's records now. Writes nothing.

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::evaluate::Evaluator;
use attendee_sync_domain::feed::{FeedRecord, expand, parse_element};
use attendee_sync_domain::ids::EventId;
use serde::Serialize;
use serde_json::Value;

use crate::App;
use crate::error::Error;
use crate::events::test_mapping::{Tried, one};
use crate::runs::details::with;
use crate::runs::read_mode::ask;
use crate::runs::start::SyncScope;
use crate::runs::too_many_records::too_many;

/// The maximum number of a person's records that are shown.
const MOST: usize = 20;

/// What the source has of a person now.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct SourceSays {
    /// The number of records read.
    pub records_read: u64,
    /// The duration of the query.
    pub milliseconds: u64,
    /// The person's records, at most 20: each as it came, with the rules that match it and its
    /// outcome.
    pub records: Vec<Tried>,
    /// Whether the person has more records.
    pub more: bool,
}

impl App {
    /// Reads the source and returns the records of one person. Records that are out of scope or
    /// rejected are included where they contain the person's address.
    pub async fn query_source(
        &self,
        event: &EventId,
        email: &EmailAddress,
    ) -> Result<SourceSays, Error> {
        let (document, community) = self.event_and_community(event).await?;
        let began = self.parts.clock.now();
        let lookups = self.parts.sources.lookups(&document.source).await?.lookups;
        let evaluator = Evaluator::new(&document, &community.key, &lookups);
        let path = document.source.records_path();
        let ask = ask(&document, &SyncScope::One(email.clone()), None, 0, began);
        let mut feed = self.parts.sources.open(&document.source, &ask).await?;
        let mut says = SourceSays {
            records_read: 0,
            milliseconds: 0,
            records: Vec::new(),
            more: false,
        };
        let mut asking = self.asking(&document, true).await?;
        let mut position = 0_u32;
        while let Some(block) = feed.next().await? {
            for unit in &block.units {
                let bytes = unit.clone().and_then(|range| block.bytes.get(range));
                let Ok(value) = parse_element(bytes) else {
                    position += 1;
                    continue;
                };
                for record in expand(&path, &value) {
                    position += 1;
                    let found;
                    if position > document.source.limits.max_records {
                        return Err(too_many(&document).into());
                    }
                    let record = match &mut asking {
                        Some(asking) if may_be_theirs(&evaluator, &record, email) => {
                            found = asking.of(&evaluator, std::slice::from_ref(&record)).await?;
                            with(&record, found.first().and_then(Option::as_ref))
                        }
                        Some(_) => with(&record, None),
                        None => record,
                    };
                    let tried = one(&evaluator, &record, position);
                    if is_theirs(&tried, &record, email) {
                        says.more = says.records.len() == MOST;
                        says.records.push(tried);
                        says.records.truncate(MOST);
                    }
                }
            }
        }
        let took = self.parts.clock.now().duration_since(began).as_millis();
        says.milliseconds = u64::try_from(took).unwrap_or(0);
        says.records_read = position.into();
        Ok(says)
    }
}

/// Returns whether a record may belong to a person, as far as that can be told without its details.
fn may_be_theirs(evaluator: &Evaluator, record: &FeedRecord<'_>, email: &EmailAddress) -> bool {
    !evaluator.is_of_another(record, email)
}

fn is_theirs(tried: &Tried, record: &FeedRecord<'_>, email: &EmailAddress) -> bool {
    match &tried.attendee {
        Some(attendee) => attendee.email == *email,
        None => has(record.value, email) || record.parents.iter().any(|level| has(level, email)),
    }
}

/// Returns whether a value contains the address, in whatever spelling.
fn has(value: &Value, email: &EmailAddress) -> bool {
    match value {
        Value::String(text) => text
            .parse()
            .is_ok_and(|found: EmailAddress| found == *email),
        Value::Array(values) => values.iter().any(|value| has(value, email)),
        Value::Object(fields) => fields.values().any(|value| has(value, email)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
