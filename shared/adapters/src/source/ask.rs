//! What a reading asks for, as parameters and conditions of its requests, and by what the next one
//! may ask whether anything has changed.

use attendee_sync_app::ports::{ReadMode, SourceError, Validators};
use attendee_sync_domain::config::{Pagination, RequestMethod, SourceSettings};
use jiff::SignedDuration;
use reqwest::header::{
    DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use url::Url;

use super::links::with_parameter;
use super::rate_headers::date;

/// Longest validator that is kept, in bytes.
const MAX_VALIDATOR: usize = 1_000;
/// How much older than the answer a time of change has to be: before that, a further change may
/// carry the same second (RFC 9110, section 8.8.2.2).
const SETTLED: SignedDuration = SignedDuration::from_mins(1);

/// What a reading asks for.
#[derive(Default)]
pub(super) struct WantedPages {
    /// Parameters of every page.
    parameters: Vec<(String, String)>,
    /// Headers of the first page's request.
    pub(super) conditions: HeaderMap,
    /// By what the reading before could be told from this one.
    pub(super) asked: Option<Validators>,
    /// Whether the answer can be compared with a later one.
    pub(super) comparable: bool,
}

impl WantedPages {
    pub(super) fn new(source: &SourceSettings, ask: &ReadMode) -> Result<Self, SourceError> {
        let everything = Self {
            // The `Link` header need not count as part of what validators stand for: a second page
            // may have come, and the first be as it was. What a POST asks stands in no address.
            comparable: source.pagination != Pagination::LinkHeader
                && source.method == RequestMethod::Get,
            ..Self::default()
        };
        Ok(match (ask, &source.incremental, &source.one_person) {
            (ReadMode::Unless(validators), _, _) => Self {
                conditions: conditions(validators),
                asked: Some(validators.clone()),
                ..everything
            },
            (ReadMode::Since(since), Some(incremental), _) => {
                let value = incremental.value(*since).ok_or_else(|| {
                    SourceError::new("source.incremental.format cannot write a time")
                })?;
                Self::part(&incremental.parameter, value)
            }
            (ReadMode::Person(email), _, Some(one)) => Self::part(&one.parameter, one.value(email)),
            (ReadMode::Everything, _, _) => everything,
            (ReadMode::Since(_) | ReadMode::Person(_) | ReadMode::Record(_), _, _) => {
                Self::default()
            }
        })
    }

    /// Whether nothing is left out of what is asked for.
    pub(super) fn is_everything(&self) -> bool {
        self.parameters.is_empty()
    }

    fn part(parameter: &str, value: String) -> Self {
        Self {
            parameters: vec![(parameter.to_owned(), value)],
            ..Self::default()
        }
    }

    /// The document's URL with what is asked for.
    pub(super) fn put_into(&self, url: Url) -> Url {
        self.parameters
            .iter()
            .fold(url, |url, (name, value)| with_parameter(&url, name, value))
    }
}

/// RFC 9110, section 13.1. A validator that cannot be sent is left out.
fn conditions(validators: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (IF_NONE_MATCH, &validators.etag),
        (IF_MODIFIED_SINCE, &validators.last_modified),
    ] {
        let value = value.as_deref().filter(|text| can_be_sent(text));
        if let Some(value) = value.and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// By what an answer can be told from a later one, if it says so.
pub(super) fn validators(headers: &HeaderMap) -> Option<Validators> {
    let text = |name: HeaderName| {
        let text = headers.get(name)?.to_str().ok()?.trim();
        can_be_sent(text).then(|| text.to_owned())
    };
    let found = Validators {
        etag: text(ETAG),
        last_modified: text(LAST_MODIFIED).filter(|_| is_settled(headers)),
    };
    (found != Validators::default()).then_some(found)
}

fn is_settled(headers: &HeaderMap) -> bool {
    match (date(headers, &LAST_MODIFIED), date(headers, &DATE)) {
        (Some(changed), Some(answered)) => answered.duration_since(changed) >= SETTLED,
        _ => false,
    }
}

fn can_be_sent(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_VALIDATOR && HeaderValue::from_str(text).is_ok()
}
