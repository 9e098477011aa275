//! Making, changing and deleting groups.

use askama::Template;
use attendee_sync_app::{Error, GroupEdit, GroupOutcome};
use attendee_sync_domain::group::{EventPhase, GroupEnd, GroupName, GroupOptions};
use attendee_sync_domain::ids::EventId;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use jiff::civil::DateTime;

use super::groups::{grantor, in_path};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, Two};
use crate::texts::{TextId, id, t};
use crate::words;

/// What a group's form shows, and what is wrong with it.
#[derive(Template)]
#[template(path = "group_form.html")]
struct GroupForm {
    shell: Shell,
    event: EventHead,
    /// The group that is changed, as a path has it; nothing where one is made.
    path: Option<String>,
    title: String,
    name: String,
    is_here_only: bool,
    /// When it may end: the value, its words, and whether it is chosen.
    ends: Vec<(&'static str, &'static str, bool)>,
    ends_at: String,
    is_hidden: bool,
    problem: Option<String>,
    done: Vec<String>,
}

#[derive(Template)]
#[template(path = "delete_group.html")]
struct DeleteGroupPage {
    shell: Shell,
    event: EventHead,
    path: String,
    name: String,
    members: String,
    given_by: Vec<String>,
    notices: Vec<String>,
    refused: bool,
}

/// When a group may end.
const ENDS: [(&str, TextId); 5] = [
    ("", id("group-edit-never")),
    ("goes_live", id("group-edit-when-the-app-opens")),
    ("starts", id("group-edit-when-the-event-starts")),
    ("ends", id("group-edit-when-the-event-ends")),
    ("at", id("group-edit-at-the-time-below")),
];

fn choices(chosen: &str) -> Vec<(&'static str, &'static str, bool)> {
    let choice = |(value, words): (&'static str, TextId)| (value, words.text(), value == chosen);
    ENDS.into_iter().map(choice).collect()
}

fn of_options(options: &GroupOptions) -> (String, String) {
    match options.ends {
        None => (String::new(), String::new()),
        Some(GroupEnd::At(at)) => ("at".to_owned(), at.strftime("%Y-%m-%dT%H:%M").to_string()),
        Some(GroupEnd::Phase(EventPhase::GoesLive)) => ("goes_live".to_owned(), String::new()),
        Some(GroupEnd::Phase(EventPhase::Starts)) => ("starts".to_owned(), String::new()),
        Some(GroupEnd::Phase(EventPhase::Ends)) => ("ends".to_owned(), String::new()),
    }
}

/// The form of a new group.
pub(super) async fn new(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    let event = EventHead::read(&console.app, &event, Tab::Groups).await?;
    render(&GroupForm {
        shell: Shell::new(Some(&session)),
        event,
        path: None,
        title: t("group-edit-new-group").to_owned(),
        name: String::new(),
        is_here_only: false,
        ends: choices(""),
        ends_at: String::new(),
        is_hidden: false,
        problem: None,
        done: Vec::new(),
    })
}

/// The form of a group.
pub(super) async fn edit(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, group): Two<EventId, GroupName>,
) -> PageResult {
    let head = EventHead::read(&console.app, &event, Tab::Groups).await?;
    let community = head.document.community.clone();
    let found = console
        .app
        .preview_group_deletion(&community, &group)
        .await?;
    let options = console.app.group_options(&community).await?;
    let options = options.of(&group.key());
    let (ends, ends_at) = of_options(&options);
    render(&GroupForm {
        shell: Shell::new(Some(&session)),
        event: head,
        path: Some(in_path(&group.key())),
        title: found.group.name.to_string(),
        name: found.group.name.to_string(),
        is_here_only: options.event.as_ref() == Some(&event),
        ends: choices(&ends),
        ends_at,
        is_hidden: options.hidden,
        problem: None,
        done: Vec::new(),
    })
}

/// The options that were typed, or what is wrong with them.
fn typed_options(
    fields: &FormFields,
    event: &EventId,
    before: &GroupOptions,
) -> Result<GroupOptions, String> {
    let ends = match fields.get("ends") {
        "at" => {
            let at: Result<DateTime, _> = fields.get("ends_at").trim().parse();
            let at = at.map_err(|_| t("group-edit-enter-the-date-and").to_owned());
            Some(GroupEnd::At(at?))
        }
        "goes_live" => Some(GroupEnd::Phase(EventPhase::GoesLive)),
        "starts" => Some(GroupEnd::Phase(EventPhase::Starts)),
        "ends" => Some(GroupEnd::Phase(EventPhase::Ends)),
        _ => None,
    };
    // A group of another event stays one, unless it is to be of this one.
    let elsewhere = before.event.clone().filter(|known| known != event);
    Ok(GroupOptions {
        event: if fields.get("here").is_empty() {
            elsewhere
        } else {
            Some(event.clone())
        },
        ends,
        hidden: !fields.get("hidden").is_empty(),
    })
}

/// Makes a group.
pub(super) async fn create(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let community = console.app.document(&event).await?.community;
    let Some(name) = GroupName::parse(fields.get("name")) else {
        return refuse(
            &console,
            &session,
            &event,
            None,
            &fields,
            t("group-edit-enter-the-name-of"),
        )
        .await;
    };
    let options = match typed_options(&fields, &event, &GroupOptions::default()) {
        Ok(options) => options,
        Err(problem) => return refuse(&console, &session, &event, None, &fields, &problem).await,
    };
    let acting = console.app.as_of(&session.authority.who);
    match acting.create_group(&community, name.clone(), options).await {
        Ok(_) => Ok(
            Redirect::to(&format!("/events/{event}/groups/{}", in_path(&name.key())))
                .into_response(),
        ),
        Err(error @ Error::GroupThere(_)) => {
            let problem = words::sentence(&error.to_string());
            refuse(&console, &session, &event, None, &fields, &problem).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes a group; says what makes the old one again, if anything does.
pub(super) async fn change(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Two(event, group): Two<EventId, GroupName>,
) -> PageResult {
    let community = console.app.document(&event).await?.community;
    let known = Some(&group);
    let Some(name) = GroupName::parse(fields.get("name")) else {
        return refuse(
            &console,
            &session,
            &event,
            known,
            &fields,
            t("group-edit-enter-the-name-of"),
        )
        .await;
    };
    let before = console
        .app
        .group_options(&community)
        .await?
        .of(&group.key());
    let options = match typed_options(&fields, &event, &before) {
        Ok(options) => options,
        Err(problem) => return refuse(&console, &session, &event, known, &fields, &problem).await,
    };
    let edit = GroupEdit {
        name: Some(name.clone()),
        event: Some(options.event),
        ends: Some(options.ends),
        hidden: Some(options.hidden),
    };
    let acting = console.app.as_of(&session.authority.who);
    match acting.edit_group(&community, &group, edit).await {
        Ok(outcome) if outcome.notices.is_empty() => {
            let path = in_path(&name.key());
            Ok(Redirect::to(&format!("/events/{event}/groups/{path}")).into_response())
        }
        Ok(outcome) => {
            let mut form = form(&console, &session, &event, Some(&name), &fields).await?;
            form.done = outcome.notices;
            render(&form)
        }
        Err(error @ Error::GroupThere(_)) => {
            let problem = words::sentence(&error.to_string());
            refuse(&console, &session, &event, known, &fields, &problem).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The form with what was typed.
async fn form(
    console: &Console,
    session: &Session,
    event: &EventId,
    group: Option<&GroupName>,
    fields: &FormFields,
) -> Result<GroupForm, crate::problem::HttpProblem> {
    Ok(GroupForm {
        shell: Shell::new(Some(session)),
        event: EventHead::read(&console.app, event, Tab::Groups).await?,
        path: group.map(|group| in_path(&group.key())),
        title: group.map_or_else(|| t("group-edit-new-group").to_owned(), ToString::to_string),
        name: fields.get("name").to_owned(),
        is_here_only: !fields.get("here").is_empty(),
        ends: choices(fields.get("ends")),
        ends_at: fields.get("ends_at").to_owned(),
        is_hidden: !fields.get("hidden").is_empty(),
        problem: None,
        done: Vec::new(),
    })
}

async fn refuse(
    console: &Console,
    session: &Session,
    event: &EventId,
    group: Option<&GroupName>,
    fields: &FormFields,
    problem: &str,
) -> PageResult {
    let mut form = form(console, session, event, group, fields).await?;
    form.problem = Some(problem.to_owned());
    let mut page = render(&form)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// Says what would be lost with a group, and asks for its name.
pub(super) async fn deletion(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, group): Two<EventId, GroupName>,
) -> PageResult {
    confirm(&console, &session, &event, &group, false).await
}

async fn confirm(
    console: &Console,
    session: &Session,
    event: &EventId,
    group: &GroupName,
    refused: bool,
) -> PageResult {
    let head = EventHead::read(&console.app, event, Tab::Groups).await?;
    let community = &head.document.community;
    let GroupOutcome {
        group: lost,
        notices,
    } = console.app.preview_group_deletion(community, group).await?;
    let given_by = lost.given_by.iter().map(|(by, count)| {
        let count = words::number(*count);
        format!("{}: {count}", grantor(by, &head))
    });
    render(&DeleteGroupPage {
        shell: Shell::new(Some(session)),
        path: in_path(&lost.group),
        name: lost.name.to_string(),
        members: words::counted(lost.members, "count-members"),
        given_by: given_by.collect(),
        notices,
        refused,
        event: head,
    })
}

/// Deletes a group, once its name was typed.
pub(super) async fn delete(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Two(event, group): Two<EventId, GroupName>,
) -> PageResult {
    let typed = GroupName::parse(fields.get("confirm")).map(|name| name.key());
    if typed != Some(group.key()) {
        let mut page = confirm(&console, &session, &event, &group, true).await?;
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(page);
    }
    let community = console.app.document(&event).await?.community;
    let acting = console.app.as_of(&session.authority.who);
    acting.delete_group(&community, &group).await?;
    Ok(Redirect::to(&format!("/events/{event}/groups")).into_response())
}
