//! One record, asked for by its id: a feed of one page that has this element of the list alone.

use async_trait::async_trait;
use attendee_sync_app::ports::{AskDetails, Feed, FeedBlock, SourceError};
use attendee_sync_domain::config::SourceSettings;
use serde_json::Value;

use super::HttpSources;
use super::details::{DetailsPlace, HttpDetails};

/// What was answered.
pub(super) struct OneRecordFeed {
    block: Option<FeedBlock>,
    bytes: u64,
}

/// Asks for a record.
pub(super) async fn open(
    sources: &HttpSources,
    source: &SourceSettings,
    id: &str,
) -> Result<OneRecordFeed, SourceError> {
    let Some(one) = &source.one_record else {
        return Err(SourceError::new(
            "source.one_record is not set, so one record cannot be asked for alone",
        ));
    };
    let place = DetailsPlace {
        key: "source.one_record.url",
        template: one.url.clone(),
    };
    let asking = HttpDetails::new(sources, source, sources.patience(source), place).await?;
    let mut answers = asking.ask(&[one.url_of(id)]).await.into_iter();
    let answer = match answers.next() {
        Some(Ok(answer)) => answer,
        Some(Err(refused)) => return Err(SourceError::new(refused.reason)),
        None => return Err(SourceError::new("nothing was answered")),
    };
    let found = match &one.record {
        None => Some(&answer),
        Some(path) => path.find(&answer),
    };
    let elements = match found {
        Some(Value::Array(elements)) => elements.iter().collect(),
        Some(element @ Value::Object(_)) => vec![element],
        _ => {
            return Err(SourceError::new(
                "the answer of source.one_record.url has no record where source.one_record.record says; \
                 give the path to the record in it, or leave it out where the answer is the record",
            ));
        }
    };
    let mut block = FeedBlock::default();
    for element in elements {
        let start = block.bytes.len();
        block.bytes.extend(element.to_string().into_bytes());
        block.units.push(Some(start..block.bytes.len()));
    }
    Ok(OneRecordFeed {
        bytes: block.bytes.len() as u64,
        block: Some(block),
    })
}

#[async_trait]
impl Feed for OneRecordFeed {
    async fn next(&mut self) -> Result<Option<FeedBlock>, SourceError> {
        Ok(self.block.take())
    }

    fn read(&self) -> (u64, u64) {
        (1, self.bytes)
    }
}
