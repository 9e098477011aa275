//! Presets: event documents for known registration systems, with gaps to fill.

use attendee_sync_domain::preset::Preset;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;

use super::ListPage;
use crate::console::SharedConsole;
use crate::extract::{JsonBody, Named};
use crate::fill::TypedAnswers;
use crate::problem::HttpProblem;

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct PresetView {
    #[serde(flatten)]
    preset: Preset,
    /// The `type` of the document's `source.authentication`.
    authentication: String,
    /// Whether it requests only what changed.
    incremental: bool,
}

pub(super) async fn list(State(console): SharedConsole) -> Json<ListPage<PresetView>> {
    let view = |preset: &Preset| PresetView {
        authentication: preset.authentication().to_owned(),
        incremental: preset.is_incremental(),
        preset: preset.clone(),
    };
    ListPage::whole(console.presets.values().map(view).collect())
}

pub(super) async fn document(
    State(console): SharedConsole,
    Named(preset): Named<String>,
    JsonBody(typed): JsonBody<TypedAnswers>,
) -> Result<Json<Value>, HttpProblem> {
    let preset = console
        .presets
        .get(&preset)
        .ok_or_else(HttpProblem::not_found)?;
    match typed.fill(preset, console.app.addresses()) {
        Ok(filled) => Ok(Json(filled.document)),
        Err(places) => Err(HttpProblem::unacceptable(places)),
    }
}
