//! What a run changed and had to say, as files.

use std::sync::Arc;

use attendee_sync_app::{ChangeFilter, ChangeLine, ExportFormat, Exporter, IssueFilter, Sought};
use attendee_sync_domain::audit::{Actor, RunLogPart};
use attendee_sync_domain::ids::RunId;
use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::stream;

use crate::console::Console;
use crate::export::{attachment, cut_off};
use crate::problem::HttpProblem;

/// What is left to write.
struct RunExportRest {
    console: Arc<Console>,
    run: RunId,
    sought: Sought,
    from: ExportPosition,
    exporter: Exporter,
}

/// Where to look on.
enum ExportPosition {
    Beginning,
    Cursor(String),
    End,
}

/// A run's changes, a line for each field, written while they are read. A failure in the middle
/// cuts the answer off. The audit log says who took it.
pub(crate) async fn changes(
    console: &Arc<Console>,
    by: &Actor,
    run: RunId,
    filter: ChangeFilter,
    format: ExportFormat,
) -> Result<Response, HttpProblem> {
    console.app.run(&run).await?;
    let name = format!("{}-run-{}-changes", run.event, run.number);
    let sought = console.app.sought(&run, filter).await?;
    let author = console.app.as_of(by);
    author
        .note_run_log_exported(&run, RunLogPart::Changes)
        .await;
    let rest = RunExportRest {
        sought,
        console: Arc::clone(console),
        run,
        from: ExportPosition::Beginning,
        exporter: Exporter::new(format),
    };
    let body = Body::from_stream(stream::try_unfold(rest, RunExportRest::next));
    Ok(attachment(&name, format, body))
}

impl RunExportRest {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, std::io::Error> {
        let cursor = match std::mem::replace(&mut self.from, ExportPosition::End) {
            ExportPosition::Beginning => None,
            ExportPosition::Cursor(cursor) => Some(cursor),
            ExportPosition::End => return Ok(None),
        };
        let app = &self.console.app;
        let found = app.changes_sought(&self.run, &self.sought, cursor);
        let (changes, next) = found.await.map_err(|error| cut_off(&error))?;
        if let Some(next) = next {
            self.from = ExportPosition::Cursor(next);
        }
        let text = self.exporter.write(&ChangeLine::of(&changes))?;
        Ok(Some((text.into(), self)))
    }
}

/// A run's issues, an issue a line. A run keeps few enough to be written at once. The audit log says
/// who took them.
pub(crate) async fn issues(
    console: &Arc<Console>,
    by: &Actor,
    run: RunId,
    filter: IssueFilter,
    format: ExportFormat,
) -> Result<Response, HttpProblem> {
    let mut issues = console.app.issues(&run).await?;
    issues.retain(|issue| filter.takes(issue));
    let text = Exporter::new(format).write(&issues).map_err(|error| {
        cut_off(&error);
        HttpProblem::internal()
    })?;
    let author = console.app.as_of(by);
    author.note_run_log_exported(&run, RunLogPart::Issues).await;
    let name = format!("{}-run-{}-issues", run.event, run.number);
    Ok(attachment(&name, format, Body::from(text)))
}
