//! The details of records, by `source.details`: they are requested before a block of the feed is
//! evaluated, a few at a time, and only for new and changed records.

use std::collections::HashMap;

use attendee_sync_domain::evaluate::Evaluator;
use attendee_sync_domain::feed::{FeedRecord, RecordDetails};
use serde_json::Value;

use crate::ports::{AskDetails, FeedBlock, NoDetails, SourceError};
use crate::runs::fetch::Fetch;

/// The reading ends after this many consecutive failures that may be the source's rather than a
/// record's.
const FAILURES: u32 = 50;

/// The details of one record, or why they could not be fetched.
pub(crate) type DetailsFound = Result<Value, String>;

/// Requests the details of the records of one reading.
pub(crate) struct Asking {
    source: Box<dyn AskDetails>,
    failures: u32,
}

impl Asking {
    pub(crate) fn new(source: Box<dyn AskDetails>) -> Self {
        Self {
            source,
            failures: 0,
        }
    }

    /// Requests the details that are needed before `block` is evaluated. This evaluates nothing, so
    /// it may be interrupted and called again.
    pub(crate) async fn before(
        &mut self,
        fetch: &mut Fetch<'_>,
        block: &FeedBlock,
    ) -> Result<(), SourceError> {
        fetch.details = HashMap::new();
        loop {
            // The details found may show that further records of a person have to be evaluated.
            let wanted = fetch.wanted_details(block);
            if wanted.is_empty() {
                return Ok(());
            }
            let mut asked = Vec::new();
            let mut urls = Vec::new();
            for (hash, url) in wanted {
                match url {
                    Ok(url) => {
                        asked.push(hash);
                        urls.push(url);
                    }
                    Err(reason) => {
                        fetch.details.insert(hash, Err(without(&reason)));
                    }
                }
            }
            let found = self.ask(&urls).await?;
            fetch.details.extend(asked.into_iter().zip(found));
        }
    }

    /// The details of these records, in order; `None` for one that needs none.
    pub(crate) async fn of(
        &mut self,
        evaluator: &Evaluator,
        records: &[FeedRecord<'_>],
    ) -> Result<Vec<Option<DetailsFound>>, SourceError> {
        let mut all = Vec::new();
        let mut urls = Vec::new();
        for record in records {
            all.push(match evaluator.details_url(record) {
                None => None,
                Some(Err(error)) => Some(Err(without(&error.to_string()))),
                Some(Ok(url)) => {
                    urls.push(url);
                    Some(Ok(Value::Null))
                }
            });
        }
        let mut found = self.ask(&urls).await?.into_iter();
        for details in all.iter_mut().flatten().filter(|details| details.is_ok()) {
            if let Some(answer) = found.next() {
                *details = answer;
            }
        }
        Ok(all)
    }

    async fn ask(&mut self, urls: &[String]) -> Result<Vec<DetailsFound>, SourceError> {
        let mut all = Vec::new();
        for answer in self.source.ask(urls).await {
            all.push(match answer {
                Ok(details) => {
                    self.failures = 0;
                    Ok(details)
                }
                Err(NoDetails { reason, of_record }) => {
                    if !of_record {
                        self.failures += 1;
                    }
                    if self.failures >= FAILURES {
                        return Err(SourceError::new(format!(
                            "source.details: {FAILURES} requests failed one after the other; the last: {reason}"
                        )));
                    }
                    Err(without(&reason))
                }
            });
        }
        Ok(all)
    }
}

/// The reason of an issue about a record without its details.
fn without(reason: &str) -> String {
    format!(
        "the details of the record could not be had, so it was left out and what is stored stays; the next sync \
         asks for them again: {reason}"
    )
}

/// Returns a record with its details. A record that needs none gets empty ones.
pub(crate) fn with<'v>(record: &FeedRecord<'v>, found: Option<&'v DetailsFound>) -> FeedRecord<'v> {
    let details = match found {
        Some(Ok(details)) => RecordDetails::Given(details),
        Some(Err(reason)) => RecordDetails::Lacking(reason),
        None => RecordDetails::Given(&Value::Null),
    };
    FeedRecord {
        details,
        ..record.clone()
    }
}
