//! The groups of the event's community, and the members of one.

use askama::Template;
use attendee_sync_app::{Error, GroupDetails, MemberView};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::{EventPhase, GroupEnd, GroupKey, GroupName, GroupOptions};
use attendee_sync_domain::ids::{CommunityId, EventId, PersonId};
use attendee_sync_domain::people::Grantor;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters, Two};
use crate::lists::links::PageLinks;
use crate::lists::paging::position;
use crate::problem::HttpProblem;
use crate::texts::{t, text};
use crate::words;

const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "groups.html")]
struct Groups {
    shell: Shell,
    event: EventHead,
    rows: Vec<GroupRow>,
    adding: Adding,
}

#[derive(Template)]
#[template(path = "group.html")]
struct OneGroup {
    shell: Shell,
    event: EventHead,
    row: GroupRow,
    members: Vec<Member>,
    pager: PageLinks,
    first: bool,
    done: Option<&'static str>,
    adding: Adding,
}

/// A group as the table shows it.
struct GroupRow {
    name: String,
    /// The key, escaped for a path.
    path: String,
    key: String,
    members: String,
    given_by: Vec<String>,
    rules_of: Vec<EventId>,
    /// What limits it, in words.
    limits: Vec<String>,
    is_hidden: bool,
}

struct Member {
    person: PersonId,
    /// Their name, or their address where they have none.
    name: String,
    email: EmailAddress,
    /// Whether this event has a page for them.
    known_here: bool,
    by: Vec<String>,
    by_hand: bool,
}

/// The form that adds a person to a group: its text, and its mistake.
#[derive(Default)]
struct Adding {
    group: String,
    email: String,
    problem: Option<String>,
    /// The existing groups, as suggestions.
    known: Vec<String>,
    /// Whether the page determines the group.
    fixed: bool,
}

#[derive(Default, Deserialize)]
pub(super) struct GroupsQuery {
    after: Option<String>,
    done: Option<GroupNotice>,
}

/// The result of a button, shown on the page that follows.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum GroupNotice {
    Added,
    TakenAway,
    Unchanged,
}

impl GroupNotice {
    fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::TakenAway => "taken_away",
            Self::Unchanged => "unchanged",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Added => t("groups-added-to-the-group"),
            Self::TakenAway => t("groups-removed-from-the-group"),
            Self::Unchanged => t("groups-nothing-to-change-it"),
        }
    }
}

/// Shows the groups.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    all(&console, &session, &event, Adding::default()).await
}

async fn all(console: &Console, session: &Session, event: &EventId, adding: Adding) -> PageResult {
    let head = EventHead::read(&console.app, event, Tab::Groups).await?;
    let groups = console.app.group_details(&head.document.community).await?;
    let rows: Vec<GroupRow> = groups.iter().map(|group| row(group, &head)).collect();
    render(&Groups {
        shell: Shell::new(Some(session)),
        adding: Adding {
            known: rows.iter().map(|row| row.name.clone()).collect(),
            ..adding
        },
        rows,
        event: head,
    })
}

/// Shows one group with its members.
pub(super) async fn one(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, group): Two<EventId, GroupName>,
    QueryParameters(asked): QueryParameters<GroupsQuery>,
) -> PageResult {
    show(&console, &session, &event, &group, asked, Adding::default()).await
}

async fn show(
    console: &Console,
    session: &Session,
    event: &EventId,
    group: &GroupName,
    asked: GroupsQuery,
    adding: Adding,
) -> PageResult {
    let app = &console.app;
    let head = EventHead::read(app, event, Tab::Groups).await?;
    let community = &head.document.community;
    let after: Option<PersonId> = position("after", asked.after.as_deref())?;
    let members = app.members(community, group, after, PAGE).await?;
    let (members, next) = members.ok_or_else(HttpProblem::not_found)?;
    let mut details = app.group_details(community).await?.into_iter();
    let details = details.find(|details| details.group == group.key());
    let details = details.ok_or_else(HttpProblem::not_found)?;
    let row = row(&details, &head);
    let path = format!("/events/{event}/groups/{}", row.path);
    render(&OneGroup {
        shell: Shell::new(Some(session)),
        row,
        members: members.into_iter().map(|one| member(one, &head)).collect(),
        pager: pager(&path, after.is_none(), next),
        first: after.is_none(),
        done: asked.done.map(GroupNotice::in_words),
        adding: Adding {
            group: details.name.to_string(),
            fixed: true,
            ..adding
        },
        event: head,
    })
}

fn pager(path: &str, is_first: bool, next: Option<PersonId>) -> PageLinks {
    let next = next.map(|next| format!("{path}?after={next}#members"));
    PageLinks::new(t("groups-pages"))
        .first(
            t("groups-first-page"),
            (!is_first).then(|| format!("{path}#members")),
        )
        .next(t("groups-next-page"), next)
}

fn row(group: &GroupDetails, head: &EventHead) -> GroupRow {
    let given_by = group.given_by.iter().map(|(by, count)| {
        let count = words::number(*count);
        format!("{}: {count}", grantor(by, head))
    });
    GroupRow {
        name: group.name.to_string(),
        path: in_path(&group.group),
        key: group.group.as_str().to_owned(),
        members: words::number(group.members),
        given_by: given_by.collect(),
        rules_of: group.rules_of.iter().cloned().collect(),
        limits: limits(&group.options, head),
        is_hidden: group.options.hidden,
    }
}

/// What is set about a group, in words.
fn limits(options: &GroupOptions, head: &EventHead) -> Vec<String> {
    let mut limits = Vec::new();
    match &options.event {
        Some(event) if event == head.id() => limits.push(t("groups-only-in-this-event").to_owned()),
        Some(event) => limits.push(text!("groups-only-in-event", event = event)),
        None => {}
    }
    if options.has_ended(&head.document, head.clock.now()) {
        limits.push(t("groups-ended").to_owned());
    } else if let Some(end) = options.ends {
        limits.push(match end {
            GroupEnd::At(at) => text!("groups-ends-at", time = at.strftime("%-d %b %Y, %H:%M")),
            GroupEnd::Phase(EventPhase::GoesLive) => t("groups-ends-when-the-app").to_owned(),
            GroupEnd::Phase(EventPhase::Starts) => t("groups-ends-when-the-event").to_owned(),
            GroupEnd::Phase(EventPhase::Ends) => t("groups-ends-with-the-event").to_owned(),
        });
    }
    limits
}

pub(super) fn in_path(group: &GroupKey) -> String {
    let encoded: String = byte_serialize(group.as_str().as_bytes()).collect();
    encoded.replace('+', "%20")
}

pub(super) fn grantor(by: &Grantor, head: &EventHead) -> String {
    match by {
        Grantor::Hand => t("groups-by-hand").to_owned(),
        Grantor::Event(event) if event == head.id() => t("groups-this-events-sync").to_owned(),
        Grantor::Event(event) => text!("groups-sync-of-event", event = event),
    }
}

fn member(member: MemberView, head: &EventHead) -> Member {
    Member {
        person: member.person,
        known_here: member.events.contains_key(head.id()),
        by_hand: member.by.contains(&Grantor::Hand),
        by: member.by.iter().map(|by| grantor(by, head)).collect(),
        name: match member.name.as_str() {
            "" => member.email.to_string(),
            _ => member.name,
        },
        email: member.email,
    }
}

/// Adds a person to a group, or removes one who was added by hand.
pub(super) async fn change(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let community = console.app.document(&event).await?.community;
    match changed(&console, &session.authority.who, &community, &fields).await {
        Ok((group, done)) => {
            let (path, done) = (in_path(&group.key()), done.name());
            let page = format!("/events/{event}/groups/{path}?done={done}");
            Ok(Redirect::to(&page).into_response())
        }
        Err(GroupChangeRefused::At(problem)) => {
            refuse(&console, &session, &event, &fields, problem).await
        }
        Err(GroupChangeRefused::Other(problem)) => Err(problem),
    }
}

enum GroupChangeRefused {
    /// The page of the group that was typed.
    At(String),
    Other(HttpProblem),
}

async fn changed(
    console: &Console,
    who: &Actor,
    community: &CommunityId,
    fields: &FormFields,
) -> Result<(GroupName, GroupNotice), GroupChangeRefused> {
    let group = GroupName::parse(fields.get("group"))
        .ok_or_else(|| GroupChangeRefused::At(t("groups-enter-the-name-of").to_owned()))?;
    let typed = fields.get("email").trim().parse::<EmailAddress>();
    let email =
        typed.map_err(|error| GroupChangeRefused::At(words::sentence(&error.to_string())))?;
    let taken = fields.get("take") == "yes";
    let acting = console.app.as_of(who);
    let changed = if taken {
        acting.revoke(community, &group, &email).await
    } else {
        acting.grant(community, &group, &email).await
    };
    let done = match changed {
        Ok(granted) if !granted.changed => GroupNotice::Unchanged,
        Ok(_) if taken => GroupNotice::TakenAway,
        Ok(_) => GroupNotice::Added,
        Err(Error::NoPerson) => {
            let reason = t("groups-no-user-of-the");
            return Err(GroupChangeRefused::At(reason.to_owned()));
        }
        Err(other) => return Err(GroupChangeRefused::Other(other.into())),
    };
    Ok((group, done))
}

/// Shows the page again with the text that was typed and the reason why it was refused.
async fn refuse(
    console: &Console,
    session: &Session,
    event: &EventId,
    fields: &FormFields,
    problem: String,
) -> PageResult {
    let adding = Adding {
        group: fields.get("group").to_owned(),
        email: fields.get("email").to_owned(),
        problem: Some(problem),
        ..Adding::default()
    };
    let mut page = match GroupName::parse(fields.get("from")) {
        Some(group) => {
            show(
                console,
                session,
                event,
                &group,
                GroupsQuery::default(),
                adding,
            )
            .await?
        }
        None => all(console, session, event, adding).await?,
    };
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}
