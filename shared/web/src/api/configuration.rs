//! An event's configuration: the document, with its version as its entity tag (RFC 9110).

use attendee_sync_app::{MappingTest, Notice, ScheduleView};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::ids::EventId;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bad_query;
use crate::console::SharedConsole;
use crate::extract::{JsonBody, Named};
use crate::permits::Caller;
use crate::problem::HttpProblem;
use crate::save::{SaveCondition, Saved};

pub(super) async fn read(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> Result<Response, HttpProblem> {
    let stored = console.app.event(&event).await?;
    let tag = [(header::ETAG, tag(stored.version))];
    Ok((tag, Json(stored.value)).into_response())
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct Written {
    document: EventDocument,
    /// Remarks about settings that this version accepts but does not support yet.
    notices: Vec<Notice>,
}

pub(super) async fn write(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    headers: HeaderMap,
    JsonBody(document): JsonBody<Value>,
) -> Result<Response, HttpProblem> {
    let condition = condition(&headers)?;
    let saved = console
        .save(&caller, &document, Some(&event), &condition)
        .await?;
    Ok(stored(saved))
}

/// The answer that says what was stored.
pub(super) fn stored(saved: Saved) -> Response {
    let tag = [(header::ETAG, tag(saved.version))];
    let status = if saved.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let written = Written {
        document: saved.configured.document,
        notices: saved.configured.notices,
    };
    (status, tag, Json(written)).into_response()
}

pub(super) async fn remove(
    State(console): SharedConsole,
    Extension(author): Caller,
    Named(event): Named<EventId>,
    headers: HeaderMap,
) -> Result<StatusCode, HttpProblem> {
    let condition = condition(&headers)?;
    console.remove(&author, &event, &condition).await?;
    Ok(StatusCode::ACCEPTED)
}

/// An event document of which `mapping`, `rules`, `delete_flag`, `source.records` and `source.pagination` may be missing or wrong.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(value_type = Object))]
pub(super) struct TestedDocument(Value);

pub(super) async fn test(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    JsonBody(TestedDocument(document)): JsonBody<TestedDocument>,
) -> Result<Json<MappingTest>, HttpProblem> {
    let checked = console.check_for_test(&document, Some(&event))?;
    console.require_tester(&caller, &document, &checked).await?;
    let community = &checked.community;
    Ok(Json(
        console.test_mapping(&caller, community, &document).await?,
    ))
}

pub(super) async fn diagnose(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> Result<Response, HttpProblem> {
    let checkup = console.diagnose(&event).await?;
    Ok(Json(&*checkup).into_response())
}

fn tag(version: u64) -> String {
    format!("\"{version}\"")
}

/// `If-Match` with our tags or `*`, or `If-None-Match: *`.
pub(super) fn condition(headers: &HeaderMap) -> Result<SaveCondition, HttpProblem> {
    let text = |name: HeaderName| {
        let value = headers.get(&name)?;
        Some(value.to_str().unwrap_or_default().trim())
    };
    match (text(header::IF_MATCH), text(header::IF_NONE_MATCH)) {
        (None, None) => Ok(SaveCondition::Any),
        (Some("*"), None) => Ok(SaveCondition::Present),
        (None, Some("*")) => Ok(SaveCondition::Absent),
        // A tag that is not ours matches nothing; a weak one never does (RFC 9110, 13.1.1).
        (Some(tags), None) => Ok(SaveCondition::Version(
            tags.split(',')
                .filter_map(|tag| {
                    tag.trim()
                        .strip_prefix('"')?
                        .strip_suffix('"')?
                        .parse()
                        .ok()
                })
                .collect(),
        )),
        _ => Err(bad_query(
            "send either If-Match with the ETag that was given, or If-None-Match: *",
        )),
    }
}

pub(super) async fn schedule(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> Result<Json<ScheduleView>, HttpProblem> {
    Ok(Json(console.app.schedule(&event).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_the_standard_says() {
        let of = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            condition(&headers).ok()
        };
        assert_eq!(condition(&HeaderMap::new()).ok(), Some(SaveCondition::Any));
        assert_eq!(of("if-match", "*"), Some(SaveCondition::Present));
        assert_eq!(of("if-none-match", "*"), Some(SaveCondition::Absent));
        assert_eq!(of("if-none-match", "\"1\""), None);
        let version = |versions: &[u64]| Some(SaveCondition::Version(versions.to_vec()));
        assert_eq!(of("if-match", "\"3\""), version(&[3]));
        assert_eq!(of("if-match", "\"3\", \"x\" , \"4\""), version(&[3, 4]));
        assert_eq!(of("if-match", "W/\"3\""), version(&[]));
    }
}
