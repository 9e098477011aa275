//! The beginning of a feed, with the request and the answer: for people who configure a source.

use std::time::Duration;

use attendee_sync_app::ports::{FeedSample, ReadMode, RequestMade};
use attendee_sync_domain::config::SourceSettings;

use super::HttpSources;
use super::patience::Patience;

/// The maximum of all waits for retries: a person is watching.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Reads up to `most` elements of the first page's list.
pub(super) async fn take(
    sources: &HttpSources,
    source: &SourceSettings,
    most: usize,
) -> FeedSample {
    let mut sample = FeedSample {
        // This is shown where not even a request could be built.
        request: RequestMade {
            method: "GET".to_owned(),
            url: source.url.clone(),
            headers: Vec::new(),
        },
        answer: None,
        units: Ok(Vec::new()),
        more: false,
        remarks: Vec::new(),
    };
    let patience = Patience::new(sources.first_wait, PATIENCE);
    let opened = sources.feed(source, &ReadMode::Everything, patience).await;
    match opened {
        Err(error) => sample.units = Err(error),
        Ok(mut feed) => {
            sample.units = feed.first_page(most).await.map(|(units, more)| {
                sample.more = more;
                units
            });
            sample.remarks = feed.remarks().to_vec();
            (sample.request, sample.answer) = feed.last_request();
        }
    }
    sample
}
