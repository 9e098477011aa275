//! A request of the gateway becomes one of the router's, with the address that asked; an order of the schedule becomes an
//! upkeep.

use std::time::{Duration, SystemTime};

use attendee_sync_app::{App, Upkeep};
use attendee_sync_functions::{correlated, is_correlation, until};
use attendee_sync_web::{Peer, ServedAs};
use axum::body::Body;
use axum::http::HeaderValue;
use axum::response::Response;
use lambda_http::request::RequestContext;
use lambda_http::{Context, Error, Request, RequestExt};
use tower::ServiceExt;
use tracing::Instrument;

use crate::console::Served;
use crate::large;

/// Left at the end of an upkeep: for what is under way, and to answer in.
const MARGIN: Duration = Duration::from_secs(10);

/// Left at the end of a request: to put a large answer into the bucket, or to say that it took too long.
const ANSWERING: Duration = Duration::from_secs(7);

/// Looks after the installation, for as long as an invocation may take.
pub(crate) async fn upkeep(app: &App, context: &Context) -> Result<Upkeep, Error> {
    let upkeep = app.upkeep(until(context.deadline(), MARGIN)).await?;
    let done = serde_json::to_string(&upkeep).unwrap_or_default();
    tracing::info!(
        request = context.request_id,
        done,
        "the installation was looked after"
    );
    Ok(upkeep)
}

/// The header that says which request an answer is to.
const REQUEST_ID: &str = "x-request-id";

/// Answers a request. What it logs, and the orders that it gives, have the gateway's id of the request.
pub(crate) async fn handle(served: &Served, request: Request) -> Result<Response, Error> {
    let id = request_id(&request);
    let span = tracing::info_span!("request", correlation = id);
    let answered = correlated(id.clone(), answer(served, request).instrument(span));
    let mut response = answered.await?;
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(response)
}

async fn answer(served: &Served, request: Request) -> Result<Response, Error> {
    let (peer, served_as) = said(&request);
    let deadline = request.lambda_context_ref().map(Context::deadline);
    let until = until(deadline.unwrap_or(SystemTime::UNIX_EPOCH), ANSWERING);
    let mut request = request.map(|body| match body {
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    });
    if let Some(peer) = peer {
        request.extensions_mut().insert(peer);
    }
    if let Some(served_as) = served_as {
        request.extensions_mut().insert(served_as);
    }
    let response = served.router.clone().oneshot(request).await?;
    large::fit(response, served.answers.as_ref(), until).await
}

/// The gateway's id of a request, which its log has, too; or that of the invocation.
fn request_id(request: &Request) -> String {
    let of_gateway = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    let of_gateway = of_gateway.filter(|id| is_correlation(id));
    of_gateway.unwrap_or_else(|| {
        let context = request.lambda_context_ref();
        context.map_or_else(String::new, |context| context.request_id.clone())
    })
}

/// Returns the client's address as the gateway saw it, because the headers of the request could be
/// forged; and the host name of the request, which is one of the gateway's own.
fn said(request: &Request) -> (Option<Peer>, Option<ServedAs>) {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return (None, None);
    };
    let source = context.http.source_ip.as_deref();
    let peer = source.and_then(|address| address.parse().ok());
    (peer.map(Peer), context.domain_name.clone().map(ServedAs))
}
