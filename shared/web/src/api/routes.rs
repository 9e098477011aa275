//! The routes of the API, under `/api/v1`: each with its method, path, need, handler and description.

mod communities;
mod events;
mod installation;
mod runs;

use crate::routes::RouteRegistry;

/// Makes a function `add` that adds routes to the registry.
///
/// An entry is what a route does, then `method(path, need, handler)`, and in braces what
/// `utoipa::path` says of parameters, bodies and answers. Only tests build the description from it, which is large and
/// slow: the programs serve it as it is kept.
macro_rules! api {
    ($(
        $(#[$about:meta])+
        $method:ident($path:tt, $need:expr, $module:ident::$handler:ident) { $($described:tt)+ }
    )+) => {
        pub(super) fn add(routes: crate::routes::RouteRegistry) -> crate::routes::RouteRegistry {
            $(
                let routes = routes.$method(concat!("/api/v1", $path), $need, $module::$handler);
                #[cfg(test)]
                let routes = routes.describe(|| {
                    #[utoipa::path($method, path = $path, $($described)+)]
                    $(#[$about])+
                    async fn $handler() {}
                    utoipa_axum::routes!($handler)
                });
            )+
            routes
        }
    };
}
use api;

/// Adds all routes of the API.
pub(crate) fn add(routes: RouteRegistry) -> RouteRegistry {
    [communities::add, events::add, runs::add, installation::add]
        .into_iter()
        .fold(routes, |routes, add| add(routes))
}
