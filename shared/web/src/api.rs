//! The JSON API, under `/api/v1`.

pub(crate) mod about;
mod audit;
mod configuration;
mod invitations;
mod lists;
mod mail;
mod people;
mod presets;
mod run_log;
mod runs;
mod set_aside;
mod suppressions;
mod tokens;

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::console::Console;
use crate::problem::Problem;

/// Items in a page of a list, where nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most items in a page of a list.
const MAX_LIMIT: usize = 500;

/// Every route with its description: one cannot be without the other.
pub(crate) fn routes() -> OpenApiRouter<Arc<Console>> {
    OpenApiRouter::default()
        .routes(routes!(lists::communities))
        .routes(routes!(lists::events))
        .routes(routes!(lists::groups))
        .routes(routes!(audit::list))
        .routes(routes!(suppressions::list))
        .routes(routes!(suppressions::add, suppressions::lift))
        .routes(routes!(people::users))
        .routes(routes!(people::user, people::erase))
        .routes(routes!(people::group))
        .routes(routes!(people::members))
        .routes(routes!(people::grant, people::revoke))
        .routes(routes!(people::access))
        .routes(routes!(lists::attendees))
        .routes(routes!(lists::attendees_csv))
        .routes(routes!(lists::attendees_jsonl))
        .routes(routes!(people::attendee))
        .routes(routes!(people::bar, people::unbar))
        .routes(routes!(people::source))
        .routes(routes!(people::explanation))
        .routes(routes!(
            configuration::read,
            configuration::write,
            configuration::remove
        ))
        .routes(routes!(configuration::test))
        .routes(routes!(configuration::examine))
        .routes(routes!(configuration::schedule))
        .routes(routes!(invitations::states, invitations::ask))
        .routes(routes!(invitations::preview))
        .routes(routes!(invitations::test))
        .routes(routes!(runs::list, runs::begin))
        .routes(routes!(runs::one))
        .routes(routes!(run_log::changes))
        .routes(routes!(run_log::changes_csv))
        .routes(routes!(run_log::changes_jsonl))
        .routes(routes!(run_log::issues))
        .routes(routes!(run_log::issues_csv))
        .routes(routes!(run_log::issues_jsonl))
        .routes(routes!(runs::held))
        .routes(routes!(invitations::of_run))
        .routes(routes!(runs::approve))
        .routes(routes!(runs::discard))
        .routes(routes!(mail::list))
        .routes(routes!(mail::one))
        .routes(routes!(presets::list))
        .routes(routes!(presets::document))
        .routes(routes!(tokens::list, tokens::add))
        .routes(routes!(tokens::revoke))
        .routes(routes!(set_aside::list))
        .routes(routes!(set_aside::redrive))
        .routes(routes!(about::health))
        .routes(routes!(about::openapi))
        .routes(routes!(about::event_schema))
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
struct List<T> {
    items: Vec<T>,
    /// What `cursor` asks for the next page; nothing on the last.
    next_cursor: Option<String>,
}

impl<T: Serialize> List<T> {
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
    fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            _ => Err(bad(&format!("limit is a number from 1 to {MAX_LIMIT}"))),
        }
    }

    fn cursor<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        self.cursor
            .as_deref()
            .map(|text| {
                text.parse()
                    .map_err(|_| bad("cursor is not one that was given with this list"))
            })
            .transpose()
    }
}

fn bad(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}
