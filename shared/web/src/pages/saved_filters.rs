//! The filters of the list of attendees that somebody saved: for themselves, by a name, a few for each event.
//!
//! They have no words that somebody looked for, as those name people. They are kept in the table until nobody has changed
//! them for [`KEPT`].

use attendee_sync_app::Error;
use attendee_sync_app::ports::{KeptKey, StoreError};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::PageResult;
use super::attendee_filter::AttendeesQuery;
use super::attendees::{self, AttendeeForms};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::lists::links::ListAddress;
use crate::problem::HttpProblem;
use crate::texts::{t, text};
use crate::words;

/// Most filters that one person saves for an event.
const MOST: usize = 20;
/// Longest name, in characters.
pub(super) const LONGEST: usize = 60;
/// How long they are kept after the last change.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);
/// How often a change is tried while others change the same.
const TRIES: usize = 5;

/// A filter by its name.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SavedFilter {
    name: String,
    list: AttendeesQuery,
}

/// The saved filters as the page of attendees shows them.
#[derive(Default)]
pub(super) struct SavedFilterView {
    /// Name, what stands behind the address of the list, and whether it is the one that is shown.
    pub(super) all: Vec<(String, String, bool)>,
    /// What was typed as a name and not taken.
    pub(super) typed: String,
    /// Why it was not.
    pub(super) problem: Option<String>,
}

impl SavedFilterView {
    /// Those that somebody saved for an event.
    pub(super) async fn read(
        console: &Console,
        session: &Session,
        event: &EventId,
        asked: &AttendeesQuery,
    ) -> Result<Self, HttpProblem> {
        let (all, _) = read(console, &key(event, &session.authority.who)).await?;
        let shown = asked.to_save().address();
        let all = all.into_iter().map(|saved| {
            let address = saved.list.address();
            let is_shown = address == shown;
            (saved.name, address, is_shown)
        });
        Ok(Self {
            all: all.collect(),
            ..Self::default()
        })
    }
}

/// Saves a filter or deletes one, and shows the list.
pub(super) async fn change(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let list = AttendeesQuery::carried(&fields);
    let name = fields.get("name").trim().to_owned();
    let key = key(&event, &session.authority.who);
    // No filter is saved for an event that is not there.
    console.app.document(&event).await?;
    let refused = if fields.get("act") == "delete" {
        write(&console, &key, |all| {
            all.retain(|saved| saved.name != name);
            None
        })
        .await?
    } else {
        let saved = list.to_save();
        write(&console, &key, |all| add(all, &name, &saved)).await?
    };
    if let Some(problem) = refused {
        let forms = AttendeeForms {
            filter_name: name,
            filter_problem: Some(problem),
            ..AttendeeForms::default()
        };
        return attendees::refused(&console, &session, &event, list, forms).await;
    }
    let page = format!("/events/{event}{}#list", list.address());
    Ok(Redirect::to(&page).into_response())
}

/// Adds a filter, in the place of one with the same name; or says why not.
fn add(all: &mut Vec<SavedFilter>, name: &str, list: &AttendeesQuery) -> Option<String> {
    if name.is_empty() {
        return Some(t("saved-filters-enter-a-name-for").to_owned());
    }
    if name.chars().count() > LONGEST {
        return Some(text!("saved-filters-the-name-has-at", longest = LONGEST));
    }
    all.retain(|saved| saved.name != name);
    if all.len() >= MOST {
        return Some(text!(
            "saved-filters-you-have-saved-most",
            most = words::number(MOST as u64)
        ));
    }
    all.push(SavedFilter {
        name: name.to_owned(),
        list: list.clone(),
    });
    all.sort_by_key(|saved| saved.name.to_lowercase());
    None
}

/// What somebody's filters are kept under.
fn key(event: &EventId, who: &Actor) -> KeptKey {
    let kind = match who {
        Actor::Owner => "owner",
        Actor::Token(_) => "token",
        Actor::Person(_) => "person",
        Actor::Automatic => "automatic",
    };
    KeptKey::of(&format!("filters of {event} by {kind} {who}"))
}

/// The filters, and the bytes that they are kept as.
async fn read(
    console: &Console,
    key: &KeptKey,
) -> Result<(Vec<SavedFilter>, Option<Vec<u8>>), HttpProblem> {
    let store = console.app.expiring_store();
    let bytes = store.kept(*key, console.app.now()).await;
    let bytes = bytes.map_err(Error::from)?;
    let all = bytes.as_deref().map(serde_json::from_slice).transpose();
    let all = all.map_err(|error| {
        tracing::error!(error = %error, "saved filters could not be read");
        HttpProblem::internal()
    })?;
    Ok((all.unwrap_or_default(), bytes))
}

/// Changes the filters, unless the change says why not.
async fn write(
    console: &Console,
    key: &KeptKey,
    change: impl Fn(&mut Vec<SavedFilter>) -> Option<String> + Send,
) -> Result<Option<String>, HttpProblem> {
    let (store, now) = (console.app.expiring_store(), console.app.now());
    let until = now.saturating_add(KEPT).unwrap_or(now);
    for _ in 0..TRIES {
        let (mut all, before) = read(console, key).await?;
        if let Some(refused) = change(&mut all) {
            return Ok(Some(refused));
        }
        let bytes = serde_json::to_vec(&all).map_err(|_| HttpProblem::internal())?;
        let written = store.replace_kept(*key, before.as_deref(), bytes, until, now);
        match written.await {
            Ok(()) => return Ok(None),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(Error::from(error).into()),
        }
    }
    Err(Error::Contended.into())
}
