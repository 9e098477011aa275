//! Builds the router of the console and the API: their routes, and the layers before all of them.

use std::any::Any;
use std::sync::Arc;

use attendee_sync_app::App;
use attendee_sync_domain::preset::Preset;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tracing::Instrument;

use crate::access::Authenticator;
use crate::check_places::CheckPlaces;
use crate::console::Console;
use crate::diagnoses::Examinations;
use crate::drafts::Drafts;
use crate::form_drafts::FormDrafts;
use crate::hosting::Hosting;
use crate::problem::HttpProblem;
use crate::sealed_store::SealedStore;
use crate::setup::SetupDrafts;
use crate::{gate, routes};

/// Largest body taken, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// The parts from which the console and the API are built.
pub struct Web {
    /// The use cases.
    pub app: Arc<App>,
    /// The authentication, with the accepted host names.
    pub access: Authenticator,
    /// The presets for new events; of two with the same name, the later one is used.
    pub presets: Vec<Preset>,
    /// The limits and guarantees of the place where the console runs.
    pub hosting: Hosting,
}

/// Returns the router of the console and the API. Wrong tokens are counted by the caller's address:
/// that of the request's extension [`Peer`](crate::Peer), or that of the connection
/// (`into_make_service_with_connect_info::<SocketAddr>()`); without either, all callers count
/// together.
pub fn router(web: Web) -> Router {
    gated(Arc::new(console(web)))
}

/// Returns the routes of a console, behind the gate and the other layers.
pub(crate) fn gated(console: Arc<Console>) -> Router {
    routes()
        .layer(middleware::from_fn_with_state(
            Arc::clone(&console),
            gate::check,
        ))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::from_fn(in_span))
        .layer(middleware::from_fn(gate::present))
        // Compression is safe here: cookies are `SameSite=Strict`, so that no other site can
        // request pages of a signed-in person and measure their size.
        .layer(CompressionLayer::new())
        .with_state(console)
}

pub(crate) fn console(web: Web) -> Console {
    Console {
        hosting: web.hosting,
        check_places: CheckPlaces::new(&web.app, web.hosting),
        typed_secrets: FormDrafts::new("credential", &SealedStore::new(&web.app)),
        found: Drafts::new("fields", &web.app),
        samples: Drafts::new("sample", &web.app),
        searches: Drafts::new("search", &web.app),
        answers: Drafts::new("answer", &web.app),
        forms: Drafts::new("form", &web.app),
        setups: SetupDrafts::new(&SealedStore::new(&web.app)),
        setup_samples: Drafts::new("setup-sample", &web.app),
        setup_lists: Drafts::new("setup-list", &web.app),
        app: web.app,
        access: web.access,
        diagnoses: Examinations::default(),
        presets: web
            .presets
            .into_iter()
            .map(|preset| (preset.name.clone(), preset))
            .collect(),
        saving: tokio::sync::Mutex::default(),
    }
}

/// Returns the routes alone. Only the gate before them protects them.
pub(crate) fn routes() -> Router<Arc<Console>> {
    routes::router()
        .fallback(async || HttpProblem::not_found())
        .method_not_allowed_fallback(async || HttpProblem::method_not_allowed())
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

/// Puts a request into a span of its own. It has the template of the address, since addresses name people.
async fn in_span(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let route = route.as_ref().map_or("", MatchedPath::as_str);
    let method = request.method();
    let span = tracing::info_span!("http", %method, route, status = tracing::field::Empty);
    let response = next.run(request).instrument(span.clone()).await;
    span.record("status", i64::from(response.status().as_u16()));
    response
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
    HttpProblem::internal().into_response()
}
