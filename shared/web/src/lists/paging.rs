//! Pages of lists.

use std::str::FromStr;

use attendee_sync_domain::ids::RunNumber;
use attendee_sync_domain::run::Run;
use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::problem::HttpProblem;
use crate::texts::{t, text};

/// Items of a page, where the request does not say.
const DEFAULT_LIMIT: usize = 100;
/// Most items in a page of a list.
const MAX_LIMIT: usize = 500;

/// One page of a list.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct ListPage<T> {
    items: Vec<T>,
    /// The value of `cursor` for the next page; absent on the last page.
    next_cursor: Option<String>,
}

impl<T: Serialize> ListPage<T> {
    pub(crate) fn whole(items: Vec<T>) -> Json<Self> {
        Self::page(items, None::<String>)
    }

    pub(crate) fn page(items: Vec<T>, next: Option<impl ToString>) -> Json<Self> {
        Json(Self {
            items,
            next_cursor: next.map(|next| next.to_string()),
        })
    }
}

/// The requested page of a list.
#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::IntoParams))]
#[cfg_attr(test, into_params(parameter_in = Query))]
pub(crate) struct Paging {
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
    /// Items in the page.
    #[cfg_attr(test, param(minimum = 1, maximum = 500, default = 100))]
    limit: Option<usize>,
}

impl Paging {
    pub(crate) fn limit(&self) -> Result<usize, HttpProblem> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            _ => Err(bad_query(&text!(
                "lists-paging-limit-is-a-number",
                limit = MAX_LIMIT
            ))),
        }
    }

    pub(crate) fn cursor<T: FromStr>(&self) -> Result<Option<T>, HttpProblem> {
        let cursor = self.cursor.as_deref().map(str::parse);
        cursor.transpose().map_err(|_| bad_cursor())
    }
}

/// Reads the start of a page of the console from a parameter of its address; `None` where it is
/// missing or empty.
pub(crate) fn position<T: FromStr>(
    parameter: &str,
    text: Option<&str>,
) -> Result<Option<T>, HttpProblem> {
    let given = text.filter(|text| !text.is_empty());
    given.map(str::parse).transpose().map_err(|_| {
        bad_query(&text!(
            "lists-paging-this-page-of-the",
            parameter = parameter
        ))
    })
}

/// Returns the run before which the next page begins, the newest first; `None` after the last page.
pub(crate) fn next_run(runs: &[Run], limit: usize) -> Option<RunNumber> {
    let last = runs.last().map(|run| run.id.number);
    last.filter(|number| runs.len() == limit && number.0 > 1)
}

/// Returns the problem of an invalid parameter, which the reason names.
pub(crate) fn bad_query(reason: &str) -> HttpProblem {
    HttpProblem::new(StatusCode::BAD_REQUEST, reason)
}

/// Returns the problem of a cursor that no page has returned.
pub(crate) fn bad_cursor() -> HttpProblem {
    bad_query(t("lists-paging-cursor-is-not-valid"))
}
