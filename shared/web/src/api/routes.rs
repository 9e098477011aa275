//! The routes of the API, under `/api/v1`: each with its method, path, required permission, handler
//! and description.

mod by_hand;
mod communities;
mod events;
mod files;
mod for_app;
mod installation;
mod runs;

use crate::routes::RouteRegistry;

/// Makes a function `add` that adds routes to the registry.
///
/// An entry is the description of a route, then `method(path, need, handler)`, and in braces the
/// parameters, bodies and answers in the syntax of `utoipa::path`. Only tests build the description
/// from them, because it is large and slow: the programs serve the stored one.
macro_rules! api {
    ($(
        $(#[$about:meta])*
        $method:ident($path:expr, $need:expr, $module:ident::$handler:ident) { $($described:tt)+ }
    )+) => {
        pub(super) fn add(routes: crate::routes::RouteRegistry) -> crate::routes::RouteRegistry {
            $(
                let routes = routes.$method(concat!("/api/v1", $path), $need, $module::$handler);
                #[cfg(test)]
                let routes = routes.describe(|| {
                    #[utoipa::path($method, path = $path, $($described)+)]
                    $(#[$about])*
                    async fn $handler() {}
                    utoipa_axum::routes!($handler)
                });
            )+
            routes
        }
    };
}
use api;

/// Makes a function `add` that adds the files of lists: each list as CSV, as JSON and as JSON Lines.
macro_rules! list_files {
    ($(
        $path:tt, $need:expr, $module:ident::$handler:ident {
            tag = $tag:tt, gives = $gives:tt, row = $row:tt, $all:tt,
            params($($parameters:ident),+), body = $body:ident, refusals($($refusal:ident),+)
        }
    )+) => {
        super::api! {$(
            get(concat!($path, ".csv"), $need, $module::$handler) {
                operation_id = concat!(stringify!($handler), "_csv"),
                tag = $tag,
                summary = concat!("Gives ", $gives, " as CSV: ", $row, "."),
                description = "The first line names the columns. Cells that a spreadsheet would take for formulas begin with\nan apostrophe.",
                params($($parameters),+),
                responses((status = 200, description = $all, body = String, content_type = "text/csv; charset=utf-8"), $($refusal),+)
            }

            get(concat!($path, ".json"), $need, $module::$handler) {
                operation_id = concat!(stringify!($handler), "_json"),
                tag = $tag,
                summary = concat!("Gives ", $gives, " as one JSON document: ", $row, "."),
                params($($parameters),+),
                responses((status = 200, description = $all, body = Vec<$body>), $($refusal),+)
            }

            get(concat!($path, ".jsonl"), $need, $module::$handler) {
                operation_id = concat!(stringify!($handler), "_jsonl"),
                tag = $tag,
                summary = concat!("Gives ", $gives, " as JSON Lines: ", $row, "."),
                params($($parameters),+),
                responses((status = 200, description = $all, body = String, content_type = "application/jsonl"), $($refusal),+)
            }
        )+}
    };
}
use list_files;

/// Adds all routes of the API.
pub(crate) fn add(routes: RouteRegistry) -> RouteRegistry {
    [
        communities::add,
        events::add,
        runs::add,
        files::add,
        for_app::add,
        by_hand::add,
        installation::add,
    ]
    .into_iter()
    .fold(routes, |routes, add| add(routes))
}
