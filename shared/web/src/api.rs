//! The JSON API, under `/api/v1`.

pub(crate) mod about;
mod audit;
mod configuration;
mod dead_letters;
mod invitation_hold;
mod invitations;
mod lists;
mod mail;
mod people;
mod presets;
mod run_log;
mod runs;
mod suppressions;
mod tokens;

use std::sync::Arc;

use axum::handler::Handler;
use axum::http::StatusCode;
use axum::routing::MethodRouter;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::openapi::HttpMethod;
use utoipa::{IntoParams, Path, ToSchema};
use utoipa_axum::PathItemExt;

use crate::console::Console;
use crate::problem::HttpProblem;

/// Items in a page of a list, where nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most items in a page of a list.
const MAX_LIMIT: usize = 500;

/// Takes every path of the API with its handlers: once to serve them, and in tests once more to
/// describe them. What describes them is large and slow, and the programs do without it: they serve
/// the description as it is kept in `openapi.json`.
macro_rules! table {
    ($([$($module:ident :: $handler:ident),+]),+ $(,)?) => {
        /// The routes, by path and method as their handlers state them.
        pub(crate) fn routes() -> Router<Arc<Console>> {
            Router::new()$(.merge(served!($($module::$handler),+)))+
        }

        /// The same with their descriptions: one cannot be without the other.
        #[cfg(test)]
        pub(crate) fn described() -> utoipa_axum::router::OpenApiRouter<Arc<Console>> {
            utoipa_axum::router::OpenApiRouter::default()
                $(.routes(utoipa_axum::routes!($($module::$handler),+)))+
        }
    };
}

/// One path with its handlers.
macro_rules! served {
    ($first:ident :: $name:ident $(, $module:ident :: $handler:ident)*) => {
        pastey::paste! {
            Router::new().route(
                &$first::[<__path_ $name>]::path(),
                on::<$first::[<__path_ $name>], _, _>(&$first::$name)
                    $(.merge(on::<$module::[<__path_ $handler>], _, _>(&$module::$handler)))*,
            )
        }
    };
}

table![
    [lists::communities],
    [lists::events],
    [lists::groups],
    [audit::list],
    [suppressions::list],
    [suppressions::add, suppressions::lift],
    [invitation_hold::release],
    [people::users],
    [people::user, people::erase],
    [people::group],
    [people::members],
    [people::grant, people::revoke],
    [people::access],
    [lists::attendees],
    [lists::attendees_csv],
    [lists::attendees_jsonl],
    [people::attendee],
    [people::bar, people::unblock],
    [people::source],
    [people::explanation],
    [
        configuration::read,
        configuration::write,
        configuration::remove
    ],
    [configuration::test],
    [configuration::diagnose],
    [configuration::schedule],
    [invitations::states, invitations::ask],
    [invitations::preview],
    [invitations::test],
    [runs::list, runs::begin],
    [runs::one],
    [run_log::changes],
    [run_log::changes_csv],
    [run_log::changes_jsonl],
    [run_log::issues],
    [run_log::issues_csv],
    [run_log::issues_jsonl],
    [runs::held],
    [invitations::of_run],
    [runs::approve],
    [runs::discard],
    [runs::stop],
    [mail::list],
    [mail::one],
    [presets::list],
    [presets::document],
    [tokens::list, tokens::add],
    [tokens::revoke],
    [dead_letters::list],
    [dead_letters::redrive],
    [about::health],
    [about::openapi],
    [about::event_schema],
];

/// A handler with the methods that it states.
fn on<P, H, T>(handler: &H) -> MethodRouter<Arc<Console>>
where
    P: Path,
    H: Handler<T, Arc<Console>>,
    T: 'static,
{
    let methods = P::methods();
    let on = |router: MethodRouter<_>, method: &HttpMethod| {
        router.on(method.to_method_filter(), handler.clone())
    };
    methods.iter().fold(MethodRouter::new(), on)
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
struct ListPage<T> {
    items: Vec<T>,
    /// What `cursor` asks for the next page; nothing on the last.
    next_cursor: Option<String>,
}

impl<T: Serialize> ListPage<T> {
    fn whole(items: Vec<T>) -> Json<Self> {
        Self::page(items, None::<String>)
    }

    fn page(items: Vec<T>, next: Option<impl ToString>) -> Json<Self> {
        Json(Self {
            items,
            next_cursor: next.map(|next| next.to_string()),
        })
    }
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Paging {
    /// What the page before gave as `next_cursor`.
    cursor: Option<String>,
    /// Items in the page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<usize>,
}

impl Paging {
    fn limit(&self) -> Result<usize, HttpProblem> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            _ => Err(bad(&format!("limit is a number from 1 to {MAX_LIMIT}"))),
        }
    }

    fn cursor<T: std::str::FromStr>(&self) -> Result<Option<T>, HttpProblem> {
        self.cursor
            .as_deref()
            .map(|text| {
                text.parse().map_err(|_| {
                    bad("cursor is not valid for this list; use the next_cursor of its last page")
                })
            })
            .transpose()
    }
}

fn bad(detail: &str) -> HttpProblem {
    HttpProblem::new(StatusCode::BAD_REQUEST, detail)
}
