//! What everybody may request without a token: whether the program runs, and the description of the
//! API.

use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;

use crate::openapi;

/// The state of the program.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
}

pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

pub(crate) async fn openapi() -> impl IntoResponse {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, openapi::DOCUMENT)
}

pub(crate) async fn event_schema() -> impl IntoResponse {
    let schema = [(header::CONTENT_TYPE, "application/schema+json")];
    (schema, openapi::EVENT_SCHEMA)
}
