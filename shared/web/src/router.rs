//! The routes, and what stands in front of all of them.

use std::any::Any;
use std::sync::Arc;

use attendee_sync_app::App;
use attendee_sync_domain::preset::Preset;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;

use crate::access::Access;
use crate::api::about;
use crate::background::Background;
use crate::console::Console;
use crate::examinations::Examinations;
use crate::pad::Pad;
use crate::problem::Problem;
use crate::{api, assets, gate, pages};

/// Largest body taken, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// Most credentials that wait for their forms.
const MAX_CREDENTIALS: usize = 1_000;
/// Most tests of a connection whose fields wait for their forms.
const MAX_FOUND: usize = 100;
/// Most sample invitations that wait to be looked at; each is up to 256 KiB.
const MAX_SAMPLES: usize = 100;

/// Most searches that wait for another page of what they found.
const MAX_SEARCHES: usize = 10_000;

/// What the pages and the API work with.
pub struct Web {
    /// The use cases.
    pub app: Arc<App>,
    /// Who may come in, and under which host names.
    pub access: Access,
    /// What new events can begin with; of two with one name, the later counts.
    pub presets: Vec<Preset>,
}

/// The console and the API. Served with connection information
/// (`into_make_service_with_connect_info::<SocketAddr>()`), wrong tokens are counted by address;
/// without it, all together.
pub fn router(web: Web) -> Router {
    let console = console(web);
    routes()
        .layer(middleware::from_fn_with_state(
            Arc::clone(&console),
            gate::check,
        ))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::from_fn(gate::present))
        .with_state(console)
}

pub(crate) fn console(web: Web) -> Arc<Console> {
    Arc::new(Console {
        app: web.app,
        access: web.access,
        background: Background::default(),
        examinations: Examinations::default(),
        pad: Pad::new(MAX_CREDENTIALS),
        found: Pad::new(MAX_FOUND),
        samples: Pad::new(MAX_SAMPLES),
        searches: Pad::new(MAX_SEARCHES),
        presets: web
            .presets
            .into_iter()
            .map(|preset| (preset.name.clone(), preset))
            .collect(),
        saving: tokio::sync::Mutex::default(),
    })
}

/// The routes alone; nothing but the gate in front of them keeps anybody out.
pub(crate) fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/health", get(about::health))
        .route("/openapi.json", get(about::openapi))
        .nest("/api/v1", api::routes().into())
        .nest("/assets", assets::routes())
        .merge(pages::routes())
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature the layer asks for"
)]
fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(panic = text, "a request ended in a panic");
    Problem::internal().into_response()
}
