//! Diagnoses a source: reads a whole feed, changes nothing, and reports what a sync of it would
//! cause.

use std::ops::Range;

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::doctor::{Diagnosis, Examination, Finding, finding};
use attendee_sync_domain::evaluate::Evaluator;
use attendee_sync_domain::feed::{UnreadableElement, expand, parse_element};
use attendee_sync_domain::ids::{EventId, PersonKey};
use attendee_sync_domain::issue::{Issue, Severity};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::App;
use crate::error::Error;
use crate::ports::{Conclusion, Feed, ReadMode};
use crate::runs::details::{Asking, with};
use crate::runs::too_many_records::too_many;
use attendee_sync_domain::causes::with_causes;

/// Elements of a feed that are examined together.
const TOGETHER: usize = 8;
/// Badges that are asked for at the same time.
const CONCURRENT_BADGES: usize = 4;
/// Milliseconds that adding a person takes on one machine, measured by `tests/bench`: 16 to 19
/// seconds for 100,000.
const ADDING_MS: f64 = 0.18;

/// The report on a source.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct FeedDiagnosis {
    /// The findings.
    #[serde(flatten)]
    pub diagnosis: Diagnosis,
    /// The number of pages read.
    pub pages: u64,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Whether the feed was read to its end.
    pub complete: bool,
    /// Seconds that reading took, and every sync will take about.
    pub read_seconds: f64,
    /// An estimate of the seconds that a first sync takes on one machine.
    pub first_sync_seconds: f64,
    /// When the feed was read.
    pub examined: Timestamp,
}

impl App {
    /// Reads the event's whole feed and reports what it would cause. A failure of the source is one
    /// of the findings.
    pub async fn diagnose_feed(&self, event: &EventId) -> Result<FeedDiagnosis, Error> {
        let document = self.document(event).await?;
        self.diagnose_document(&document).await
    }

    /// The same for a document that need not be stored, with its credential in it.
    pub async fn diagnose_document(
        &self,
        document: &EventDocument,
    ) -> Result<FeedDiagnosis, Error> {
        let key = PersonKey(rand::random());
        let began = self.parts.clock.now();
        let mut examination = Examination::new(document, &key);
        let mut read = (0, 0);
        let mut conclusion = Conclusion::default();
        let seen = (&mut read, &mut conclusion);
        let outcome = self.read_for(document, &key, &mut examination, seen).await;
        let examined = self.parts.clock.now();
        let badges = examination.badges();
        let mut diagnosis = examination.conclude();
        if let Err(error) = &outcome {
            diagnosis.add(finding(
                Severity::Error,
                "source_failed",
                Some("source"),
                1,
                with_causes(error),
            ));
        }
        for remark in &conclusion.remarks {
            let issue = remark.to_issue();
            let (code, field) = (&remark.code, Some(remark.field.as_str()));
            diagnosis.add(finding(issue.severity, code, field, 1, issue.reason));
        }
        if let Some(finding) = self.badges(&badges).await {
            diagnosis.add(finding);
        }
        let read_seconds = examined.duration_since(began).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "people stay far below 2^52")]
        let adding_seconds = diagnosis.people as f64 * ADDING_MS / 1_000.0;
        Ok(FeedDiagnosis {
            diagnosis,
            pages: read.0,
            bytes: read.1,
            complete: outcome.is_ok() && conclusion.is_complete(),
            read_seconds,
            first_sync_seconds: read_seconds.max(adding_seconds),
            examined,
        })
    }

    async fn read_for(
        &self,
        document: &EventDocument,
        key: &PersonKey,
        examination: &mut Examination<'_>,
        (read, conclusion): (&mut (u64, u64), &mut Conclusion),
    ) -> Result<(), Error> {
        let lookups = self.parts.sources.lookups(&document.source).await?.lookups;
        let evaluator = Evaluator::new(document, key, &lookups);
        let mut feed = self
            .parts
            .sources
            .open(&document.source, &ReadMode::Everything)
            .await?;
        let asking = self.asking(document, false).await?;
        let outcome = look(&mut *feed, document, &evaluator, examination, asking).await;
        *read = feed.read();
        *conclusion = feed.conclusion();
        outcome
    }

    /// Requests some badges and checks whether the app can show them. Returns a finding where it
    /// cannot.
    async fn badges(&self, badges: &[String]) -> Option<Finding> {
        let bad: Vec<String> = stream::iter(badges.iter().cloned())
            .map(|url| async move {
                let reason = self.parts.sources.badge(&url).await.reason()?;
                let url = url::Url::parse(&url).ok();
                let host = url.as_ref().and_then(url::Url::host_str);
                Some(format!("at {}, {reason}", host.unwrap_or("no host")))
            })
            .buffered(CONCURRENT_BADGES)
            .filter_map(|bad| async move { bad })
            .collect()
            .await;
        let first = bad.first()?;
        Some(finding(
            Severity::Warning,
            "badge_not_an_image",
            Some("digital_badge"),
            bad.len() as u64,
            format!(
                "{} of {} badges looked at are not a JPG, PNG or PDF that anybody can open; the first: {first}",
                bad.len(),
                badges.len()
            ),
        ))
    }
}

async fn look(
    feed: &mut dyn Feed,
    document: &EventDocument,
    evaluator: &Evaluator,
    examination: &mut Examination<'_>,
    mut asking: Option<Asking>,
) -> Result<(), Error> {
    let path = document.source.records_path();
    let mut position = 0;
    while let Some(block) = feed.next().await? {
        // Details are requested for a few records at a time.
        for units in block.units.chunks(TOGETHER) {
            let bytes = |unit: &Option<Range<usize>>| block.bytes.get(unit.clone()?);
            let elements: Vec<_> = units
                .iter()
                .map(|unit| parse_element(bytes(unit)))
                .collect();
            let mut found = match &mut asking {
                Some(asking) => {
                    let values = elements.iter().flatten();
                    let records: Vec<_> = values.flat_map(|value| expand(&path, value)).collect();
                    Some(asking.of(evaluator, &records).await?.into_iter())
                }
                None => None,
            };
            for element in &elements {
                let value = match element {
                    Ok(value) => value,
                    Err(UnreadableElement { code, reason }) => {
                        position += 1;
                        let issue = Issue::new(Severity::Error, position, code, reason);
                        examination.unreadable(&issue);
                        continue;
                    }
                };
                for record in expand(&path, value) {
                    position += 1;
                    let details;
                    let record = match &mut found {
                        Some(found) => {
                            details = found.next().flatten();
                            with(&record, details.as_ref())
                        }
                        None => record,
                    };
                    let (outcome, issues) = evaluator.evaluate(&record, 1, position);
                    examination.record(&record, position, &outcome, &issues);
                }
            }
        }
        if position > document.source.limits.max_records {
            return Err(too_many(document).into());
        }
    }
    Ok(())
}
