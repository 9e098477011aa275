//! Presets: event documents for known registration systems, with gaps to fill.

use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::preset::Preset;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::List;
use crate::console::Shared;
use crate::extract::{Body, Named};
use crate::fill::Typed;
use crate::openapi::{BadBody, NoSuch, OfPreset};
use crate::problem::Problem;

#[derive(Serialize, ToSchema)]
pub(super) struct PresetView {
    #[serde(flatten)]
    preset: Preset,
    /// The `type` of the document's `source.authentication`.
    authentication: String,
    /// Whether it asks only for what changed.
    incremental: bool,
}

/// Lists what new events can begin with.
#[utoipa::path(
    get,
    path = "/presets",
    tag = "presets",
    responses((status = 200, description = "All of them, by name.", body = List<PresetView>))
)]
pub(super) async fn list(State(console): Shared) -> Json<List<PresetView>> {
    let view = |preset: &Preset| PresetView {
        authentication: preset.authentication().to_owned(),
        incremental: preset.is_incremental(),
        preset: preset.clone(),
    };
    List::whole(console.presets.values().map(view).collect())
}

/// Makes an event's document from a preset.
///
/// A credential that was given is in the document, as it has to be for
/// `PUT /events/{event}/configuration`; one that was not is named there.
#[utoipa::path(
    post,
    path = "/presets/{preset}/document",
    tag = "presets",
    params(OfPreset),
    request_body = Typed,
    responses((status = 200, description = "The document; it is not stored.", body = EventDocument), BadBody, NoSuch)
)]
pub(super) async fn document(
    State(console): Shared,
    Named(preset): Named<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Value>, Problem> {
    let preset = console
        .presets
        .get(&preset)
        .ok_or_else(Problem::not_found)?;
    match typed.fill(preset, &console.app.addresses) {
        Ok(filled) => Ok(Json(filled.document)),
        Err(places) => Err(Problem::unacceptable(places)),
    }
}
