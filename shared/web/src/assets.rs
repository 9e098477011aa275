//! The console's own files. Their addresses change with their content, so that browsers may cache
//! them.

use axum::http::header;
use axum::response::IntoResponse;

use crate::permits::{Need, OpenTo};
use crate::routes::RouteRegistry;

const CSS: &str = include_str!("../assets/console.css");
const SCRIPT: &str = include_str!("../assets/console.js");
const ICON: &str = include_str!("../assets/icon.svg");

pub(crate) fn css() -> String {
    address("console.css", const { fingerprint(CSS) })
}

pub(crate) fn script() -> String {
    address("console.js", const { fingerprint(SCRIPT) })
}

pub(crate) fn icon() -> String {
    address("icon.svg", const { fingerprint(ICON) })
}

/// Adds the routes of these files.
pub(crate) fn add(routes: RouteRegistry) -> RouteRegistry {
    let open = Need::Open(OpenTo::Browsers);
    routes
        .get("/assets/console.css", open, async || file("text/css", CSS))
        .get("/assets/console.js", open, async || {
            file("text/javascript", SCRIPT)
        })
        .get("/assets/icon.svg", open, async || {
            file("image/svg+xml", ICON)
        })
}

fn file(kind: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, content)
}

fn address(name: &str, fingerprint: u64) -> String {
    format!("/assets/{name}?v={fingerprint:x}")
}

/// FNV-1a, 64 bits: it only distinguishes versions of a file.
const fn fingerprint(content: &str) -> u64 {
    let mut rest = content.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    while let [first, others @ ..] = rest {
        hash = (hash ^ *first as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = others;
    }
    hash
}
