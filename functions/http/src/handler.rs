//! A request of the gateway becomes one of the router's, with the address that asked.

use attendee_sync_web::{Peer, ServedAs};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use lambda_http::request::RequestContext;
use lambda_http::{Error, Request, RequestExt};
use tower::ServiceExt;

pub(crate) async fn handle(router: &Router, request: Request) -> Result<Response, Error> {
    let (peer, served_as) = said(&request);
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
    Ok(router.clone().oneshot(request).await?)
}

/// The address that the gateway saw, as what the request itself says of it could be made up; and the
/// name that it was asked by, which is one of its own.
fn said(request: &Request) -> (Option<Peer>, Option<ServedAs>) {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return (None, None);
    };
    let source = context.http.source_ip.as_deref();
    let peer = source.and_then(|address| address.parse().ok());
    (peer.map(Peer), context.domain_name.clone().map(ServedAs))
}
