//! Counting the records of a source, as far as they are read in a moment: whether the pages follow each other.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::feed::{expand, parse_element};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::ports::{FeedBlock, ReadMode};

/// What was found when the pages were read on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordCount {
    /// Records that were read.
    pub records: u64,
    /// Pages that were read.
    pub pages: u64,
    /// Whether that is all.
    pub whole: bool,
    /// Why reading ended before.
    pub failed: Option<String>,
}

/// How far records are counted.
#[derive(Debug, Clone, Copy)]
pub struct CountLimits {
    /// Most records.
    pub records: u64,
    /// Most pages.
    pub pages: u64,
}

impl App {
    /// Reads pages and counts; what was counted so far stays where the caller waits no longer. The error says in
    /// words why the pages end early.
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
