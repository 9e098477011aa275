//! The JSON API, under `/api/v1`.

pub(crate) mod about;
mod audit;
mod configuration;
mod invitation_hold;
mod invitations;
mod lists;
mod mail;
mod people;
mod presets;
pub(crate) mod routes;
mod run_log;
mod runs;
mod set_aside;
mod suppressions;
mod tokens;

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::HttpProblem;

/// Items in a page of a list, where nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most items in a page of a list.
const MAX_LIMIT: usize = 500;

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
