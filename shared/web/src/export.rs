//! Lists that are sent as files, written while they are read.

use std::sync::Arc;

use attendee_sync_app::{ExportFormat, Exporter};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use crate::attendee_query::AttendeeQuery;
use crate::console::Console;
use crate::problem::HttpProblem;

/// People written at a time.
const PIECE: usize = 200;

/// What is left to write.
struct ExportRest {
    console: Arc<Console>,
    community: CommunityId,
    event: EventId,
    people: std::vec::IntoIter<PersonId>,
    exporter: Exporter,
    /// Whether the header is still to come, which is written also where nobody is.
    begun: bool,
}

/// The attendees a query asks for, as a file; the audit log says who took it. Who is in it is decided at once; what is said of each
/// is as it is when their line is written. A failure in the middle cuts the answer off.
pub(crate) async fn stream(
    console: &Arc<Console>,
    by: &Actor,
    event: &EventId,
    query: &AttendeeQuery,
    format: ExportFormat,
) -> Result<Response, HttpProblem> {
    let app = &console.app;
    let (filter, order) = (query.filter()?, query.order()?);
    let people = app.all_attendees(event, &filter, order).await?;
    let community = app.document(event).await?.community;
    let count = people.len() as u64;
    app.as_of(by).note_attendees_exported(event, count).await;
    let rest = ExportRest {
        people: people.into_iter(),
        community,
        console: Arc::clone(console),
        event: event.clone(),
        exporter: Exporter::new(format),
        begun: false,
    };
    let body = Body::from_stream(stream::try_unfold(rest, ExportRest::next));
    Ok(attachment(&format!("{event}-attendees"), format, body))
}

/// A file to be kept, under this name.
pub(crate) fn attachment(name: &str, format: ExportFormat, body: Body) -> Response {
    let (kind, ending) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        ExportFormat::JsonLines => ("application/jsonl", "jsonl"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{ending}\""),
        ),
    ];
    (headers, body).into_response()
}

/// Why a file ends in the middle.
pub(crate) fn cut_off(error: &dyn std::error::Error) -> std::io::Error {
    tracing::error!(error = with_causes(error), "an export was cut off");
    std::io::Error::other("the list could not be read")
}

impl ExportRest {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, std::io::Error> {
        let people: Vec<PersonId> = self.people.by_ref().take(PIECE).collect();
        if people.is_empty() && self.begun {
            return Ok(None);
        }
        self.begun = true;
        let app = &self.console.app;
        let views = app.attendee_views(&self.community, &self.event, &people);
        let views = views.await.map_err(|error| cut_off(&error))?;
        let text = self.exporter.write(&views)?;
        Ok(Some((text.into(), self)))
    }
}
