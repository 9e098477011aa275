//! The JSON API, under `/api/v1`.

mod configuration;
mod invitations;
mod lists;
mod mail;
mod people;
mod presets;
mod runs;
mod suppressions;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::problem::Problem;

/// Items in a page of a list, where nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most items in a page of a list.
const MAX_LIMIT: usize = 500;

pub(crate) fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/communities", get(lists::communities))
        .route("/communities/{community}/events", get(lists::events))
        .route("/communities/{community}/groups", get(lists::groups))
        .route(
            "/communities/{community}/suppressions",
            get(suppressions::list),
        )
        .route(
            "/communities/{community}/suppressions/{email}",
            put(suppressions::add).delete(suppressions::lift),
        )
        .route("/communities/{community}/users", get(people::users))
        .route(
            "/communities/{community}/users/{email}",
            get(people::user).delete(people::erase),
        )
        .route(
            "/communities/{community}/groups/{group}/members",
            get(people::members),
        )
        .route(
            "/communities/{community}/groups/{group}/members/{email}",
            put(people::grant).delete(people::revoke),
        )
        .route("/events/{event}/access/{email}", get(people::access))
        .route("/events/{event}/attendees", get(lists::attendees))
        .route("/events/{event}/attendees/{email}", get(people::attendee))
        .route(
            "/events/{event}/attendees/{email}/explanation",
            get(people::explanation),
        )
        .route(
            "/events/{event}/configuration",
            get(configuration::read).put(configuration::write),
        )
        .route(
            "/events/{event}/configuration/test",
            post(configuration::test),
        )
        .route("/events/{event}/doctor", post(configuration::examine))
        .route("/events/{event}/schedule", get(configuration::schedule))
        .route(
            "/events/{event}/invitations",
            get(invitations::states).post(invitations::ask),
        )
        .route(
            "/events/{event}/invitations/preview",
            post(invitations::preview),
        )
        .route("/events/{event}/invitations/test", post(invitations::test))
        .route("/events/{event}/runs", get(runs::list).post(runs::begin))
        .route("/runs/{run}", get(runs::one))
        .route("/runs/{run}/changes", get(runs::changes))
        .route("/runs/{run}/issues", get(runs::issues))
        .route("/runs/{run}/held", get(runs::held))
        .route("/runs/{run}/invitations", get(invitations::of_run))
        .route("/runs/{run}/approve", post(runs::approve))
        .route("/runs/{run}/discard", post(runs::discard))
        .route("/mail", get(mail::list))
        .route("/mail/{name}", get(mail::one))
        .route("/presets", get(presets::list))
        .route("/presets/{preset}/document", post(presets::document))
}

/// One page of a list.
#[derive(Serialize)]
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
#[derive(Deserialize)]
struct Paging {
    cursor: Option<String>,
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
