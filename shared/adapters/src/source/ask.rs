//! The parameters and conditions of a reading's requests, and the validators that the next reading
//! can use.

use attendee_sync_app::ports::{ReadMode, SourceError, Validators};
use attendee_sync_domain::config::{Pagination, RequestMethod, SourceSettings};
use jiff::SignedDuration;
use reqwest::header::{
    DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use url::Url;

use super::links::with_parameter;
use super::rate_headers::date;

/// The longest validator that is stored, in bytes.
const MAX_VALIDATOR: usize = 1_000;
/// How much older than the answer a `Last-Modified` time must be: before that, a further change may
/// have the same second (RFC 9110, section 8.8.2.2).
const SETTLED: SignedDuration = SignedDuration::from_mins(1);

/// What a reading requests.
#[derive(Default)]
pub(super) struct WantedPages {
    /// Parameters of every page.
    parameters: Vec<(String, String)>,
    /// Headers of the first page's request.
    pub(super) conditions: HeaderMap,
    /// The validators of the previous reading that this one sends.
    pub(super) asked: Option<Validators>,
    /// Whether the answer's validators stand for the whole feed.
    pub(super) comparable: bool,
}

impl WantedPages {
    pub(super) fn new(source: &SourceSettings, ask: &ReadMode) -> Result<Self, SourceError> {
        let everything = Self {
            // Validators need not cover the `Link` header: a second page may have come while the
            // first stayed the same. Nor do they cover the body of a POST, which is in no URL.
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

    /// Returns whether the whole feed is requested.
    pub(super) fn is_everything(&self) -> bool {
        self.parameters.is_empty()
    }

    fn part(parameter: &str, value: String) -> Self {
        Self {
            parameters: vec![(parameter.to_owned(), value)],
            ..Self::default()
        }
    }

    /// Returns the document's URL with the parameters of the reading.
    pub(super) fn put_into(&self, url: Url) -> Url {
        self.parameters
            .iter()
            .fold(url, |url, (name, value)| with_parameter(&url, name, value))
    }
}

/// Returns the headers of RFC 9110, section 13.1. A validator that cannot be sent is left out.
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

/// Returns the validators of an answer, if it has any.
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
