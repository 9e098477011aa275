//! What everybody may ask without a token: whether it runs, and what the API is.

use std::sync::LazyLock;

use attendee_sync_domain::config;
use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi;

/// How it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// Says that the program runs.
#[utoipa::path(
    get,
    path = "/health",
    tag = "about",
    security(()),
    responses((status = 200, description = "The program runs.", body = Health))
)]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Gives the description of the API, which is this document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "about",
    security(()),
    responses((status = 200, description = "This document.", body = serde_json::Value))
)]
pub(crate) async fn openapi() -> impl IntoResponse {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, openapi::DOCUMENT)
}

/// Gives the JSON Schema of the document that configures an event.
#[utoipa::path(
    get,
    path = "/schema/event.json",
    tag = "about",
    security(()),
    responses((
        status = 200,
        description = "The schema, by draft 2020-12.",
        body = serde_json::Value,
        content_type = "application/schema+json"
    ))
)]
pub(crate) async fn event_schema() -> impl IntoResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| config::event_schema().to_string());
    (
        [(header::CONTENT_TYPE, "application/schema+json")],
        TEXT.as_str(),
    )
}
