//! The details of records: one request for each, with the source's credential, only to its server
//! and at its pace.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use attendee_sync_app::ports::{AskDetails, NoDetails, SourceError};
use attendee_sync_domain::config::{FeedFormat, RequestMethod, SourceSettings};
use attendee_sync_domain::feed::MAX_RECORD_BYTES;
use futures_util::{StreamExt, stream};
use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use super::addresses::address;
use super::body::ResponseBody;
use super::page_request::PageRequest;
use super::patience::Patience;
use super::refusals::is_nothing_there;
use super::requests::{Requests, url_of};
use super::{HttpSources, failure};

/// The number of records that are requested at the same time.
const AT_ONCE: usize = 4;
/// The maximum number of bytes of all answers that are in memory at the same time, after
/// decompression.
const MAX_TOGETHER: u64 = 32 * 1024 * 1024;

/// Asks for details over HTTP.
pub(super) struct HttpDetails {
    requests: Requests,
    source: Url,
    place: DetailsPlace,
}

/// What of the document says where to ask.
pub(super) struct DetailsPlace {
    /// Where that is in the document.
    pub(super) key: &'static str,
    /// What stands there, to be shown in the place of an address that names a person.
    pub(super) template: String,
}

impl DetailsPlace {
    pub(super) fn of_details(source: &SourceSettings) -> Self {
        let details = source.details.as_ref();
        Self {
            key: "source.details.url",
            template: details
                .map(|details| details.url.to_string())
                .unwrap_or_default(),
        }
    }
}

impl HttpDetails {
    pub(super) async fn new(
        sources: &HttpSources,
        source: &SourceSettings,
        patience: Patience,
        place: DetailsPlace,
    ) -> Result<Self, SourceError> {
        let as_json = SourceSettings {
            format: FeedFormat::Json,
            method: RequestMethod::Get,
            body: None,
            ..source.clone()
        };
        Ok(Self {
            requests: sources.requests(&as_json, patience).await?,
            source: url_of(source)?,
            place,
        })
    }

    async fn one(&self, text: &str, together: &AtomicU64) -> Result<Value, NoDetails> {
        let Ok(url) = self.requests.origin().page_link(&self.source, text) else {
            return Err(NoDetails {
                reason: format!(
                    "what {} takes is not an address that can be asked",
                    self.place.key
                ),
                of_record: true,
            });
        };
        let asked = self.ask_for(&url, together).await;
        asked.map_err(|refused| self.in_words(refused, &url))
    }

    async fn ask_for(&self, url: &Url, together: &AtomicU64) -> Result<Value, DetailsRefused> {
        let request = PageRequest::get(url.clone());
        let unconditional = HeaderMap::new();
        let opened = ResponseBody::open(&self.requests, &request, &unconditional, FeedFormat::Json);
        let (head, mut body) = opened.await.map_err(|error| {
            if is_nothing_there(&error) {
                DetailsRefused::NothingThere
            } else {
                DetailsRefused::Source(error)
            }
        })?;
        let mut bytes = Vec::new();
        while let Some(chunk) = body.chunk().await.map_err(DetailsRefused::Source)? {
            bytes.extend_from_slice(&chunk);
            let length = chunk.len() as u64;
            let all = together.fetch_add(length, Ordering::Relaxed) + length;
            if bytes.len() > MAX_RECORD_BYTES || all > MAX_TOGETHER {
                return Err(DetailsRefused::Answer(SourceError::new(format!(
                    "its answer is longer than {MAX_RECORD_BYTES} bytes, or those of the records beside it \
                     are than {MAX_TOGETHER}"
                ))));
            }
        }
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        if text.iter().all(u8::is_ascii_whitespace) {
            let empty = SourceError::new("its answer is empty");
            return Err(DetailsRefused::Answer(head.described(empty)));
        }
        serde_json::from_slice(text).map_err(|error| {
            let not_json = failure("its answer is not JSON", error);
            DetailsRefused::Answer(head.described(not_json))
        })
    }

    fn in_words(&self, refused: DetailsRefused, url: &Url) -> NoDetails {
        let of_record = !matches!(refused, DetailsRefused::Source(_));
        let address = address(url);
        let reason = match refused {
            DetailsRefused::NothingThere => format!(
                "there is nothing at {address}; check {} if that is so for every record",
                self.place.key
            ),
            DetailsRefused::Source(error) if error.message.contains(&*address) => error.message,
            DetailsRefused::Answer(error) | DetailsRefused::Source(error) => {
                format!("{address}: {}", error.message)
            }
        };
        let names_a_person = address.contains('@') || address.to_ascii_lowercase().contains("%40");
        let reason = if names_a_person {
            reason.replace(&*address, &self.place.template)
        } else {
            reason
        };
        let error = self.requests.without_credential(SourceError::new(reason));
        NoDetails {
            reason: error.message,
            of_record,
        }
    }
}

/// Why there are no details.
enum DetailsRefused {
    NothingThere,
    /// The answer cannot be used.
    Answer(SourceError),
    /// There was no answer, or it was a refusal.
    Source(SourceError),
}

#[async_trait]
impl AskDetails for HttpDetails {
    async fn ask(&self, urls: &[String]) -> Vec<Result<Value, NoDetails>> {
        let together = AtomicU64::new(0);
        let requests: Vec<_> = urls.iter().map(|url| self.one(url, &together)).collect();
        stream::iter(requests).buffered(AT_ONCE).collect().await
    }
}
