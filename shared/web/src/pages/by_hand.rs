//! What people set in place of a sync: somebody is added, edited or removed by hand, or follows the sync again.

use std::collections::BTreeMap;

use askama::Template;
use attendee_sync_app::{Error, ProfileChanges, PutOutcome, hand_edit};
use attendee_sync_domain::config::DocumentProblem;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::hand::{HandEdit, HandField, HandScope};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::profile::ProfileField;
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use super::person::Which;
use super::person_action::PersonAction;
use super::{EventHead, PageResult, Shell, Tab, help_desk, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::problem::HttpProblem;
use crate::texts::text;
use crate::words;

#[derive(Template)]
#[template(path = "add_person.html")]
struct AddPersonPage {
    shell: Shell,
    event: EventHead,
    typed: String,
    focus: bool,
    add: AddPersonForm,
}

/// The form by which somebody is added, as it was typed.
#[derive(Default)]
pub(super) struct AddPersonForm {
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) groups: String,
    problems: Vec<DocumentProblem>,
    /// What is wrong with none of the fields.
    pub(super) refusal: Option<String>,
}

impl AddPersonForm {
    /// An empty form for this address.
    pub(super) fn of(email: &EmailAddress) -> Self {
        Self {
            email: email.to_string(),
            ..Self::default()
        }
    }

    fn typed(fields: &FormFields) -> Self {
        let field = |name| fields.get(name).trim().to_owned();
        Self {
            email: field("email"),
            first_name: field("first_name"),
            last_name: field("last_name"),
            groups: field("groups"),
            ..Self::default()
        }
    }

    /// What is wrong with a field.
    pub(super) fn wrong(&self, field: &str) -> Option<String> {
        let is_it = |problem: &&DocumentProblem| {
            let name = problem.path.split(['.', '[']).next_back();
            let first = problem.path.split(['.', '[']).next();
            name == Some(field) || first == Some(field)
        };
        let found = self.problems.iter().find(is_it)?;
        Some(words::sentence(&found.reason))
    }

    /// What is to be set of them; fields that were left empty are not.
    fn edit(&self) -> Result<HandEdit, Error> {
        let names = [
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
        ];
        let given = names.into_iter().filter(|(_, value)| !value.is_empty());
        let given = given.map(|(name, value)| (name.to_owned(), Some(value.clone())));
        let profile: ProfileChanges = given.collect();
        let groups = self.groups.split(';').map(str::trim);
        let groups: Vec<String> = groups
            .filter(|group| !group.is_empty())
            .map(str::to_owned)
            .collect();
        hand_edit(&profile, (!groups.is_empty()).then_some(&groups))
    }
}

/// The form to add somebody by.
pub(super) async fn add_page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    show(&console, &session, &event, AddPersonForm::default()).await
}

async fn show(
    console: &Console,
    session: &Session,
    event: &EventId,
    add: AddPersonForm,
) -> PageResult {
    let is_refused = !add.problems.is_empty() || add.refusal.is_some();
    let mut page = render(&AddPersonPage {
        shell: Shell::new(Some(session)),
        event: EventHead::read(&console.app, event, Tab::Attendees).await?,
        typed: String::new(),
        focus: false,
        add,
    })?;
    if is_refused {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

/// Adds somebody, and leads to their page.
pub(super) async fn add(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let mut form = AddPersonForm::typed(&fields);
    let email = match form.email.parse::<EmailAddress>() {
        Ok(email) => email,
        Err(error) => {
            form.problems.push(DocumentProblem {
                path: "email".to_owned(),
                reason: error.to_string(),
            });
            return show(&console, &session, &event, form).await;
        }
    };
    let added = match form.edit() {
        Ok(edit) => {
            let acting = console.app.as_of(&session.authority.who);
            acting
                .put_by_hand(&event, &email, &edit, HandScope::WalkIn)
                .await
        }
        Err(error) => Err(error),
    };
    match added {
        Ok(_) => {
            let person = console.app.attendee(&event, &email).await?.person;
            Ok(help_desk::back(&event, person, Which::Added.name()))
        }
        Err(Error::Refused(problems)) => {
            form.problems = problems.0;
            show(&console, &session, &event, form).await
        }
        Err(Error::Attends) => {
            let person = console.app.attendee(&event, &email).await?.person;
            Ok(help_desk::back(&event, person, Which::Attends.name()))
        }
        Err(error @ (Error::Blocked | Error::Purged(_))) => {
            form.refusal = Some(words::sentence(&error.to_string()));
            show(&console, &session, &event, form).await
        }
        Err(other) => Err(other.into()),
    }
}

/// Sets the fields of a profile that were typed otherwise than they are.
pub(super) async fn edit(action: PersonAction) -> PageResult {
    let (event, email) = (&action.event, &action.email);
    let stored = action.console.app.attendee(event, email).await?;
    let mut changes: ProfileChanges = BTreeMap::new();
    for field in ProfileField::ALL {
        // As browsers give texts of several lines back.
        let typed = action.fields.get(field.name()).replace("\r\n", "\n");
        if typed.trim() != stored.profile.get(field).unwrap_or_default().trim() {
            let value = (!typed.trim().is_empty()).then_some(typed);
            changes.insert(field.name().to_owned(), value);
        }
    }
    if changes.is_empty() {
        return Ok(action.back(Which::Unchanged));
    }
    let edit = hand_edit(&changes, None)?;
    let acting = action.acting();
    let put = acting.put_by_hand(event, email, &edit, HandScope::Anybody);
    match put.await {
        Ok(outcome) => Ok(action.back_if(outcome != PutOutcome::Unchanged, Which::Edited)),
        Err(Error::Refused(problems)) => {
            let problems = problems.0.into_iter();
            let told: Vec<String> = problems
                .map(|problem| {
                    let field = problem.path.split('.').next_back().unwrap_or_default();
                    let field = words::capitalised(&words::field_name(field));
                    format!("{field}: {}", problem.reason)
                })
                .collect();
            let text = text!("by-hand-nothing-was-changed", reasons = told.join("; "));
            action.refuse(text).await
        }
        Err(other) => Err(other.into()),
    }
}

/// Removes them from the list of the event, without a block.
pub(super) async fn remove(action: PersonAction) -> PageResult {
    let acting = action.acting();
    let changed = acting.remove_by_hand(&action.event, &action.email).await?;
    Ok(action.back_if(changed, Which::Removed))
}

/// Lets something that was set by hand follow the sync again.
pub(super) async fn release(action: PersonAction) -> PageResult {
    let field = action.fields.get("field").parse::<HandField>();
    let field = field.map_err(|_| HttpProblem::not_found())?;
    let acting = action.acting();
    let released = acting.release_by_hand(&action.event, &action.email, field);
    Ok(action.back_if(released.await?, Which::Released))
}
