//! The source's current answer about one person, as a part of their page. It is rendered once, when
//! the source was queried, and kept until the page is shown.

use askama::Template;
use attendee_sync_app::SourceSays;
use attendee_sync_domain::config::EventDocument;

use super::trial::RecordRow;
use crate::texts::{t, text};
use crate::words;

/// The answer, or the reason why there is none.
#[derive(Template)]
#[template(path = "part/source_answer.html")]
pub(super) struct SourceAnswer {
    headline: String,
    failed: Option<String>,
    records: Vec<RecordRow>,
}

impl SourceAnswer {
    pub(super) fn new(says: SourceSays, document: &EventDocument) -> Self {
        let count = says.records.len();
        let headline = if says.more && count > 1 {
            text("source-answer-or-more")
        } else {
            text("source-answer-records")
        };
        let headline = headline
            .with("count", count)
            .with("read", words::counted(says.records_read, "count-records"))
            .with("took", words::duration(says.milliseconds))
            .to_string();
        let records = says.records.into_iter();
        Self {
            headline,
            failed: None,
            records: records
                .map(|record| RecordRow::new(record, document))
                .collect(),
        }
    }

    pub(super) fn failed(reason: String) -> Self {
        Self {
            headline: t("source-answer-the-source-could-not").to_owned(),
            failed: Some(reason),
            records: Vec::new(),
        }
    }

    /// Drops half of the records; returns false where at most one is left.
    pub(super) fn drop_half(&mut self) -> bool {
        let half = self.records.len() / 2;
        let is_less = half > 0;
        if is_less {
            self.records.truncate(half);
        }
        is_less
    }
}
