//! One thing done with many attendees: first it is said what will happen and to whom, then it is
//! done, in pieces where they are many.

use std::sync::Arc;

use askama::Template;
use attendee_sync_app::App;
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::{EventId, PersonId};
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use super::attendee_filter::AttendeesQuery;
use super::selection_work::{
    SelectionAction, SelectionPlace, SelectionProgress, SelectionTally, carry_on,
};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::lists::kept_words::forgotten_words;
use crate::lists::links::ListAddress;
use crate::problem::HttpProblem;
use crate::texts::{t, text};
use crate::words;

/// Most people for one action: it is done person by person while somebody waits. For more people a
/// rule of the configuration is better.
const MOST: usize = 5_000;
/// Most people who are named before the action.
const NAMED: usize = 20;
/// The prefix of the names of the people's checkboxes.
const BOX: &str = "person-";

#[derive(Template)]
#[template(path = "selection.html")]
struct SelectionPage {
    shell: Shell,
    event: EventHead,
    /// Nothing where it is not known what to do.
    action: Option<SelectionAction>,
    /// Whom it is still to be done with.
    people: Vec<PersonId>,
    /// The names of some of them.
    named: Vec<String>,
    /// What came of it so far, in sentences; nothing before it was begun.
    done: Vec<String>,
    tally: SelectionTally,
    /// Why it went no further, where it failed.
    stopped: Option<String>,
    /// The query of the list's address.
    back: String,
    carried: Vec<(&'static str, String)>,
    /// The reason why the action is refused.
    refused: Option<String>,
}

impl SelectionPage {
    fn counted(&self) -> String {
        words::people(self.people.len() as u64)
    }

    fn unnamed(&self) -> String {
        words::number(self.people.len().saturating_sub(self.named.len()) as u64)
    }

    /// The ids of those it is still to be done with.
    fn ids(&self) -> String {
        let ids: Vec<String> = self.people.iter().map(ToString::to_string).collect();
        ids.join(" ")
    }

    /// "500 of 1,234 people".
    fn so_far(&self) -> String {
        let done = self.tally.people();
        let all = words::people(done.saturating_add(self.people.len() as u64));
        text!(
            "selection-done-of-all",
            done = words::number(done),
            all = all
        )
    }
}

/// Asks for confirmation, or does the action.
pub(super) async fn act(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let list = AttendeesQuery::carried(&fields);
    let head = EventHead::read(&console.app, &event, Tab::Attendees).await?;
    let people = people(&console, &session, &event, &fields, &list).await?;
    let mut page = SelectionPage {
        shell: Shell::new(Some(&session)),
        action: None,
        named: Vec::new(),
        done: Vec::new(),
        tally: SelectionTally::default(),
        stopped: None,
        back: list.address(),
        carried: list.pairs_of_form(),
        refused: None,
        people,
        event: head,
    };
    let action = match SelectionAction::of(&fields) {
        Ok(action) => action,
        Err(reason) => return refuse(page, reason),
    };
    if let Some(reason) = refusal(&page, &action) {
        return refuse(page, reason);
    }
    if fields.get("confirmed") != "yes" {
        page.named = names(&console, &page).await?;
        page.action = Some(action);
        return render(&page);
    }
    let before = SelectionTally::carried(&fields);
    let people = std::mem::take(&mut page.people);
    let place = SelectionPlace {
        community: page.event.document.community.clone(),
        event,
    };
    let by = &session.authority.who;
    let progress = apply(&console, by, place, action.clone(), people, before).await?;
    page.done = progress.tally.in_words(&action);
    page.tally = progress.tally;
    page.people = progress.left;
    page.action = Some(action);
    let failed = progress.failed.map(HttpProblem::from);
    page.stopped = failed
        .as_ref()
        .map(|problem| words::sentence(&problem.detail));
    let mut answer = render(&page)?;
    if let Some(problem) = failed {
        *answer.status_mut() = problem.status;
    }
    Ok(answer)
}

/// Why it is not done, if so.
fn refusal(page: &SelectionPage, action: &SelectionAction) -> Option<String> {
    if page.people.is_empty() {
        return Some(t("selection-select-at-least-one").to_owned());
    }
    if page.people.len() > MOST {
        return Some(text!(
            "selection-these-are-counted-at",
            counted = page.counted(),
            most = words::number(MOST as u64)
        ));
    }
    let is_off = !page.event.document.invitations.enabled;
    (matches!(action, SelectionAction::Invite) && is_off)
        .then(|| t("selection-invitations-are-off-switch").to_owned())
}

fn refuse(mut page: SelectionPage, reason: String) -> PageResult {
    page.refused = Some(reason);
    let mut page = render(&page)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// The first of them by name, sorted.
async fn names(console: &Console, page: &SelectionPage) -> Result<Vec<String>, HttpProblem> {
    let first: Vec<PersonId> = page.people.iter().take(NAMED).copied().collect();
    let document = &page.event.document;
    let app = &console.app;
    let views = app
        .attendee_views(&document.community, &document.event, &first)
        .await?;
    let named = views.iter().map(|view| match view.profile.full_name() {
        name if name.is_empty() => view.email.to_string(),
        name => format!("{name}, {}", view.email),
    });
    let mut named: Vec<String> = named.collect();
    named.sort();
    Ok(named)
}

/// Who is meant: those selected, the page, or all of the list.
async fn people(
    console: &Console,
    session: &Session,
    event: &EventId,
    fields: &FormFields,
    list: &AttendeesQuery,
) -> Result<Vec<PersonId>, HttpProblem> {
    let (all, page) = (fields.get("scope") == "all", fields.get("page") == "on");
    if all || page {
        let query = list.query(console, session, event).await?;
        if list.has_forgotten_words(&query) {
            return Err(forgotten_words());
        }
        let (filter, order, app) = (query.filter()?, query.order()?, &console.app);
        if all {
            return Ok(app.all_attendees(event, &filter, order).await?);
        }
        let after = list.after()?;
        let page = app.attendees(event, &filter, order, after, list.limit());
        let shown = page.await?.attendees.into_iter();
        return Ok(shown.map(|attendee| attendee.person).collect());
    }
    let named = fields.get("people").split_ascii_whitespace();
    let mut people: Vec<PersonId> = fields
        .beginning(BOX)
        .chain(named)
        .filter_map(|name| name.parse().ok())
        .collect();
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// As far as one request goes, also where whoever asked goes away meanwhile.
async fn apply(
    console: &Console,
    by: &Actor,
    place: SelectionPlace,
    action: SelectionAction,
    people: Vec<PersonId>,
    before: SelectionTally,
) -> Result<SelectionProgress, HttpProblem> {
    let work = |app: Arc<App>, by: Actor| async move {
        Ok(carry_on(&app, &by, &place, &action, people, before).await)
    };
    Ok(console.on_behalf(by, work).await?)
}
