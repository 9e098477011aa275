//! The registry of all routes. A route is written once, in [`api::routes`] or [`pages::routes`],
//! with its method, its path, its required permission and its handler. The router, the check of
//! permissions and the description of the API are made from it.

use std::sync::{Arc, LazyLock};

use attendee_sync_domain::authority::Permission;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{self, MethodRouter};

use crate::api::{self, about};
use crate::assets;
use crate::console::Console;
use crate::hooks_in;
use crate::metrics;
use crate::pages;
use crate::permits::{Need, OpenTo};

/// A route as the check of permissions sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RouteEntry {
    /// The method, in capitals.
    pub(crate) method: &'static str,
    /// The path as the router matches it.
    pub(crate) path: &'static str,
    /// The permission that it requires.
    pub(crate) need: Need,
}

/// Collects routes. No route can be added without a required permission.
#[derive(Default)]
pub(crate) struct RouteRegistry {
    entries: Vec<RouteEntry>,
    router: Router<Arc<Console>>,
    #[cfg(test)]
    descriptions: Vec<RouteDescription>,
}

/// Builds the description of one route.
#[cfg(test)]
pub(crate) type RouteDescription = fn() -> utoipa_axum::router::UtoipaMethodRouter<Arc<Console>>;

macro_rules! methods {
    ($($function:ident $method:literal)+) => {
        impl RouteRegistry {$(
            pub(crate) fn $function<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
            where
                H: Handler<T, Arc<Console>>,
                T: 'static,
            {
                self.route($method, path, need, routing::$function(handler))
            }
        )+}
    };
}

methods! {
    get "GET"
    put "PUT"
    post "POST"
    patch "PATCH"
    delete "DELETE"
}

impl RouteRegistry {
    fn route(
        mut self,
        method: &'static str,
        path: &'static str,
        need: Need,
        handler: MethodRouter<Arc<Console>>,
    ) -> Self {
        self.entries.push(RouteEntry { method, path, need });
        self.router = self.router.route(path, handler);
        self
    }

    /// Adds the description of the route that was added last.
    #[cfg(test)]
    pub(crate) fn describe(mut self, description: RouteDescription) -> Self {
        self.descriptions.push(description);
        self
    }

    fn all() -> Self {
        let open = Need::Open(OpenTo::Programs);
        let routes = Self::default()
            .get("/health", open, about::health)
            .get("/openapi.json", open, about::openapi)
            .get(
                "/metrics",
                Need::Everywhere(Permission::Read),
                metrics::show,
            )
            .post("/hooks/{event}/{key}", open, hooks_in::receive);
        pages::routes::add(assets::add(api::routes::add(routes)))
    }
}

/// Returns the router of all routes, without the gate.
pub(crate) fn router() -> Router<Arc<Console>> {
    RouteRegistry::all().router
}

pub(crate) fn entries() -> &'static [RouteEntry] {
    static ENTRIES: LazyLock<Vec<RouteEntry>> = LazyLock::new(|| RouteRegistry::all().entries);
    &ENTRIES
}

/// Returns the functions that describe the API's routes.
#[cfg(test)]
pub(crate) fn descriptions() -> Vec<RouteDescription> {
    RouteRegistry::all().descriptions
}
