//! Runs: starting one, following it, and deciding about what it holds.

use attendee_sync_app::{Progress, SyncScope};
#[cfg(test)]
use attendee_sync_domain::config::EventDocument;
#[cfg(test)]
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, RunId, RunNumber};
use attendee_sync_domain::run::{Change, Run, RunMode, Summary};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ListPage, Paging};
use crate::console::{Console, SharedConsole};
use crate::extract::{JsonBody, Named, QueryParameters};
use crate::lists::paging::next_run;
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// A run's summary, with its progress while it is under way in this process.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct RunView {
    #[serde(flatten)]
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
}

impl RunView {
    fn new(console: &Console, run: &Run) -> Self {
        let reader = if run.state.is_over() {
            None
        } else {
            console.app.progress(&run.id.event)
        };
        Self {
            summary: run.summary(),
            progress: reader.map(|reader| reader.borrow().clone()),
        }
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schema(as = WantedRun))]
pub(super) struct RunWanted {
    mode: RunMode,
    /// The address of one person, to sync only them.
    #[cfg_attr(test, schema(value_type = Option<EmailAddress>))]
    email: Option<String>,
    /// With `preview`: what a sync would do by this document, which is not stored.
    #[cfg_attr(test, schema(value_type = Option<EventDocument>))]
    configuration: Option<Value>,
}

pub(super) async fn begin(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    JsonBody(wanted): JsonBody<RunWanted>,
) -> Result<Response, HttpProblem> {
    let scope = match wanted.email {
        None => SyncScope::Everyone,
        Some(text) => match text.parse() {
            Ok(email) => SyncScope::One(email),
            Err(error) => return Err(HttpProblem::at("email", format!("{error}"))),
        },
    };
    if wanted.mode != RunMode::Sync || matches!(scope, SyncScope::Everyone) {
        console.require_operator(&caller, &event).await?;
    }
    match wanted.mode {
        RunMode::Sync if wanted.configuration.is_some() => Err(HttpProblem::at(
            "configuration",
            "a sync goes by the stored configuration; store this one first, or ask for a preview",
        )),
        RunMode::Sync => {
            let id = console.begin_sync(&caller.who, &event, scope).await?;
            begun(&console, &id).await
        }
        RunMode::Preview => {
            if let Some(run) = console.app.run_under_way(&event).await? {
                return Err(HttpProblem::busy(run.id));
            }
            let preview = match wanted.configuration {
                None => console.preview(&event, scope).await?,
                Some(document) => {
                    let preview = console.preview_document(&caller, &event, &document, scope);
                    preview.await?
                }
            };
            Ok(Json(preview).into_response())
        }
    }
}

pub(super) async fn begun(console: &Console, id: &RunId) -> Result<Response, HttpProblem> {
    let run = console.app.run(id).await?;
    let location = [(header::LOCATION, format!("/api/v1/runs/{id}"))];
    let view = Json(RunView::new(console, &run));
    Ok((StatusCode::ACCEPTED, location, view).into_response())
}

pub(super) async fn list(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<RunView>>, HttpProblem> {
    let limit = paging.limit()?;
    let before = paging.cursor()?.map(RunNumber);
    let runs = console.app.runs(&event, before, limit).await?;
    let next = next_run(&runs, limit);
    let views = runs.iter().map(|run| RunView::new(&console, run));
    Ok(ListPage::page(views.collect(), next))
}

pub(super) async fn one(
    State(console): SharedConsole,
    Named(id): Named<RunId>,
) -> Result<Json<RunView>, HttpProblem> {
    let run = console.app.run(&id).await?;
    Ok(Json(RunView::new(&console, &run)))
}

pub(super) async fn held(
    State(console): SharedConsole,
    Named(id): Named<RunId>,
    QueryParameters(paging): QueryParameters<Paging>,
) -> Result<Json<ListPage<Change>>, HttpProblem> {
    let part = paging.cursor()?.unwrap_or(0);
    let (changes, next) = console.app.held(&id, part).await?;
    Ok(ListPage::page(changes, next))
}

pub(super) async fn approve(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(id): Named<RunId>,
) -> Result<Response, HttpProblem> {
    let id = console.begin_approval(&caller.who, &id).await?;
    begun(&console, &id).await
}

pub(super) async fn discard(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(id): Named<RunId>,
) -> Result<Json<RunView>, HttpProblem> {
    let run = console.discard(&caller.who, &id).await?;
    Ok(Json(RunView::new(&console, &run)))
}

pub(super) async fn stop(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(id): Named<RunId>,
) -> Result<Response, HttpProblem> {
    console.app.as_of(&caller.who).stop(&id).await?;
    let run = console.app.run(&id).await?;
    Ok((StatusCode::ACCEPTED, Json(RunView::new(&console, &run))).into_response())
}
