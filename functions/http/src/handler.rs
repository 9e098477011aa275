//! A request of the gateway becomes one of the router's, with the address that asked.

use attendee_sync_web::Peer;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use lambda_http::request::RequestContext;
use lambda_http::{Error, Request, RequestExt};
use tower::ServiceExt;

pub(crate) async fn handle(router: &Router, request: Request) -> Result<Response, Error> {
    let peer = peer(&request);
    let mut request = request.map(|body| match body {
        lambda_http::Body::Empty => Body::empty(),
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    });
    if let Some(peer) = peer {
        request.extensions_mut().insert(peer);
    }
    Ok(router.clone().oneshot(request).await?)
}

/// The address that the gateway saw; what the request itself says of it could be made up.
fn peer(request: &Request) -> Option<Peer> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => {
            Some(Peer(context.http.source_ip.as_deref()?.parse().ok()?))
        }
        _ => None,
    }
}
