//! Lists that people uploaded, read as if a source had answered with them: everything behind the answer, from the
//! charset to the records, is the same.

use std::sync::Arc;

use attendee_sync_app::ports::{
    RequestMade, ResponseSummary, SourceError, UploadedHead, UploadedLists,
};
use attendee_sync_domain::config::{GivenList, ListOrigin, SourceSettings, media_type};
use attendee_sync_domain::ids::EventId;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use reqwest::{Body, Response, StatusCode};
use url::Url;

use super::{HttpSources, failure};

/// Where uploaded lists are as far as a reading is concerned. No name ends so (RFC 6761), and nobody is asked.
const PLACE: &str = "https://uploaded.invalid/";
/// What is shown in the place of a request.
const SHOWN: &str = "the uploaded list";

/// The list that a reading answers itself with.
pub(super) enum UploadedAnswer {
    /// It came with what is asked.
    Given(GivenList),
    /// It is stored with its event.
    Stored(StoredAnswer),
}

/// A stored list.
#[derive(Clone)]
pub(super) struct StoredAnswer {
    lists: Arc<dyn UploadedLists>,
    event: EventId,
    head: UploadedHead,
}

/// Returns the list of a source that has one.
pub(super) async fn of(
    sources: &HttpSources,
    source: &SourceSettings,
) -> Result<Option<UploadedAnswer>, SourceError> {
    let event = match &source.list {
        ListOrigin::Asked => return Ok(None),
        ListOrigin::Given(list) => return Ok(Some(UploadedAnswer::Given(list.clone()))),
        ListOrigin::Stored(event) => event,
    };
    let Some(lists) = &sources.lists else {
        return Err(SourceError::new("uploaded lists cannot be read here"));
    };
    let head = lists.uploaded_list(event).await;
    let head = head.map_err(|error| failure("the uploaded list could not be read", error))?;
    let head = head.ok_or_else(|| {
        SourceError::new(
            "no list is uploaded for this event, or it was deleted because somebody was erased; upload the list on the page of the event",
        )
    })?;
    Ok(Some(UploadedAnswer::Stored(StoredAnswer {
        lists: Arc::clone(lists),
        event: event.clone(),
        head,
    })))
}

/// The address that stands for all uploaded lists.
pub(super) fn place() -> Result<Url, SourceError> {
    Url::parse(PLACE).map_err(|error| failure("uploaded lists cannot be read", error))
}

impl UploadedAnswer {
    /// The address that stands for this list and no other, so that a reading goes on only in the list it began with.
    pub(super) fn url(&self) -> Result<Url, SourceError> {
        let mut url = place()?;
        if let Self::Stored(stored) = self {
            url.set_path(&stored.head.generation);
        }
        Ok(url)
    }

    /// What is shown as the request and its answer.
    pub(super) fn shown(&self) -> (RequestMade, ResponseSummary) {
        let request = RequestMade {
            method: "GET".to_owned(),
            url: SHOWN.to_owned(),
            headers: Vec::new(),
        };
        let answer = ResponseSummary {
            status: StatusCode::OK.as_u16(),
            content_type: Some(self.media_type().to_owned()),
            milliseconds: 0,
            headers: Vec::new(),
            text: Vec::new(),
        };
        (request, answer)
    }

    /// Answers as a source would that has this list.
    pub(super) fn answer(
        &self,
        asked: &Url,
        conditions: &HeaderMap,
    ) -> Result<Response, SourceError> {
        if *asked != self.url()? {
            return Err(replaced());
        }
        let tag = self.tag();
        let is_known = |known: &reqwest::header::HeaderValue| {
            tag.as_ref().is_some_and(|tag| known == tag.as_str())
        };
        if conditions.get(IF_NONE_MATCH).is_some_and(is_known) {
            return made(StatusCode::NOT_MODIFIED, &[], Body::from(""));
        }
        let mut headers = vec![
            (CONTENT_TYPE, self.media_type().to_owned()),
            (CONTENT_LENGTH, self.length().to_string()),
        ];
        headers.extend(tag.map(|tag| (ETAG, tag)));
        let body = match self {
            Self::Given(list) => Body::from(list.bytes.to_vec()),
            Self::Stored(stored) => stored.body(),
        };
        made(StatusCode::OK, &headers, body)
    }

    fn media_type(&self) -> &'static str {
        match self {
            Self::Given(list) => list.media_type(),
            Self::Stored(stored) => media_type(stored.head.format),
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::Given(list) => list.bytes.len() as u64,
            Self::Stored(stored) => stored.head.bytes,
        }
    }

    fn tag(&self) -> Option<String> {
        match self {
            Self::Given(_) => None,
            Self::Stored(stored) => Some(format!("\"{}\"", stored.head.generation)),
        }
    }
}

impl StoredAnswer {
    /// The parts of the list, one after the other.
    fn body(&self) -> Body {
        let parts = try_unfold((self.clone(), 0_u32), |(stored, part)| async move {
            if part >= stored.head.parts {
                return Ok(None);
            }
            let bytes = stored
                .lists
                .uploaded_part(&stored.event, &stored.head, part)
                .await;
            let bytes =
                bytes.map_err(|error| failure("the uploaded list could not be read on", error))?;
            let bytes = Bytes::from(bytes.ok_or_else(replaced)?);
            Ok::<_, SourceError>(Some((bytes, (stored, part + 1))))
        });
        Body::wrap_stream(parts)
    }
}

fn made(
    status: StatusCode,
    headers: &[(reqwest::header::HeaderName, String)],
    body: Body,
) -> Result<Response, SourceError> {
    let builder = http::Response::builder().status(status);
    let builder = headers.iter().fold(builder, |builder, (name, value)| {
        builder.header(name, value)
    });
    let response = builder.body(body);
    let response = response.map_err(|error| failure("the uploaded list cannot be read", error))?;
    Ok(Response::from(response))
}

fn replaced() -> SourceError {
    SourceError::new("the uploaded list was replaced or deleted while it was read; sync again")
}
