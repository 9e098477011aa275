//! Counts the records of a source within limits, to see whether the pages follow each other.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::feed::{expand, parse_element};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::ports::{FeedBlock, ReadMode};

/// What was counted so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordCount {
    /// The number of records read.
    pub records: u64,
    /// The number of pages read.
    pub pages: u64,
    /// Whether the source was read to its end.
    pub whole: bool,
    /// Why reading ended before.
    pub failed: Option<String>,
}

/// The limits of a count.
#[derive(Debug, Clone, Copy)]
pub struct CountLimits {
    /// The maximum number of records.
    pub records: u64,
    /// The maximum number of pages.
    pub pages: u64,
}

impl App {
    /// Reads pages and counts their records into `count`, which stays valid where the caller drops
    /// the future. The error says, for people, why the pages end early.
    pub async fn count_records(
        &self,
        document: &EventDocument,
        limits: CountLimits,
        count: &mut RecordCount,
    ) -> Result<(), String> {
        let path = document.source.records_path();
        let sources = &self.parts.sources;
        let opened = sources.open(&document.source, &ReadMode::Everything).await;
        let mut feed = opened.map_err(|error| error.to_string())?;
        while count.records < limits.records && count.pages < limits.pages {
            let block = feed.next().await.map_err(|error| error.to_string())?;
            let Some(FeedBlock { bytes, units }) = block else {
                count.pages = feed.read().0;
                count.whole = true;
                let mut remarks = feed.conclusion().remarks.into_iter();
                return match remarks.find(|remark| remark.incomplete) {
                    Some(remark) => Err(remark.reason),
                    None => Ok(()),
                };
            };
            for unit in units {
                let unit = unit.and_then(|unit| bytes.get(unit));
                if let Ok(element) = parse_element(unit) {
                    count.records += expand(&path, &element).len() as u64;
                }
            }
            count.pages = feed.read().0;
        }
        Ok(())
    }
}
