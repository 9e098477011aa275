//! One person: whether they may come in and why, and all that led to it.

use askama::Template;
use attendee_sync_app::{Explanation, InvitationRequest, InvitationView, SourceSays};
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::invitation::InvitationState;
use attendee_sync_domain::people::Grantor;
use attendee_sync_domain::profile::{AttendeeField, ProfileField};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::trial::RecordRow;
use super::view::{ChangeRow, IssueRow};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, QueryParameters, Two};
use crate::words::{self, ShownTime};

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    /// What the source says now, where it was asked.
    says: Option<SourceSection>,
    /// Whether a person took them out by hand.
    blocked: bool,
    shell: Shell,
    event: EventHead,
    /// Nothing where nobody is known by this address.
    person: Option<PersonId>,
    email: String,
    name: String,
    allowed: bool,
    reason: String,
    notes: Vec<String>,
    done: Option<String>,
    known: bool,
    fields: Vec<PersonField>,
    badge: Option<String>,
    groups: Vec<PersonGroup>,
    records: Vec<PersonRecord>,
    invitation: Option<PersonInvitation>,
    /// What a button does with their invitation, if anything.
    invite: Option<&'static str>,
    changes: Vec<PastChange>,
    issues: Vec<IssueRow>,
    updated: Option<ShownTime>,
}

struct PersonField {
    name: String,
    value: String,
    origin: String,
}

struct PersonGroup {
    name: String,
    says: String,
    /// Whether it was given by hand, and can be taken away so.
    by_hand: bool,
}

/// What the source says now.
struct SourceSection {
    headline: String,
    failed: Option<String>,
    records: Vec<RecordRow>,
}

impl SourceSection {
    fn new(says: SourceSays, document: &EventDocument) -> Self {
        let read = words::counted(says.records_read, "record");
        let took = words::duration(says.milliseconds);
        let headline = match says.records.len() {
            0 => format!("The source has no record with this address; {read} read in {took}."),
            1 => format!("The source has 1 record for this person; {read} read in {took}."),
            many => {
                let more = if says.more { " or more" } else { "" };
                format!(
                    "The source has {many}{more} records for this person; {read} read in {took}."
                )
            }
        };
        Self {
            headline,
            failed: None,
            records: says
                .records
                .into_iter()
                .map(|record| RecordRow::new(record, document))
                .collect(),
        }
    }

    fn failed(reason: String) -> Self {
        Self {
            headline: "The source could not be read.".to_owned(),
            failed: Some(reason),
            records: Vec::new(),
        }
    }
}

struct PersonRecord {
    position: String,
    source_id: String,
    says: String,
    unusable: String,
}

struct PersonInvitation {
    state: &'static str,
    words: &'static str,
    steps: Vec<(&'static str, ShownTime, Option<String>)>,
}

struct PastChange {
    run: u32,
    at: Option<ShownTime>,
    change: ChangeRow,
}

/// What a button did, told on the page that follows.
#[derive(Deserialize)]
pub(super) struct PersonNotice {
    done: Option<Which>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Which {
    Invited,
    NotInvited,
    Granted,
    Revoked,
    Unchanged,
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::NotInvited => "not_invited",
            Self::Granted => "granted",
            Self::Revoked => "revoked",
            Self::Unchanged => "unchanged",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Invited => "The invitation is queued and will be sent.",
            Self::NotInvited => {
                "Nothing was sent: the invitation is already being sent, or the address is on the suppression list."
            }
            Self::Granted => "Added to the group by hand. No sync removes it.",
            Self::Revoked => "Removed from the group by hand.",
            Self::Unchanged => "Nothing to change: it was like this already.",
        }
    }
}

/// The page of somebody in the event.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, person): Two<EventId, PersonId>,
    QueryParameters(done): QueryParameters<PersonNotice>,
) -> PageResult {
    let email = console.app.address_of(&event, person).await?;
    let done = done.done.map(|which| which.in_words().to_owned());
    show(&console, &session, &event, &email, done).await
}

/// The page of an address, whoever it belongs to.
pub(super) async fn show(
    console: &Console,
    session: &Session,
    event: &EventId,
    email: &EmailAddress,
    done: Option<String>,
) -> PageResult {
    // On the heap: it is large, and every caller's future would be too.
    Box::pin(show_with(console, session, event, email, done, None)).await
}

/// The same, with what the source says now, or why it does not.
pub(super) async fn show_with(
    console: &Console,
    session: &Session,
    event: &EventId,
    email: &EmailAddress,
    done: Option<String>,
    says: Option<Result<SourceSays, String>>,
) -> PageResult {
    let app = &console.app;
    let head = EventHead::read(app, event, Tab::Attendees).await?;
    let explanation = app.explanation(event, email).await?;
    let person = match &explanation.attendee {
        Some(_) => Some(super::runs::person(app, event, email).await?),
        None => None,
    };
    let blocked = explanation
        .attendee
        .as_ref()
        .and_then(|attendee| attendee.blocked);
    let mut page = person_page(Shell::new(Some(session)), head, person, explanation, done);
    page.blocked = blocked.is_some();
    page.says = says.map(|says| match says {
        Ok(says) => SourceSection::new(says, &page.event.document),
        Err(reason) => SourceSection::failed(reason),
    });
    render(&page)
}

fn person_page(
    shell: Shell,
    head: EventHead,
    person: Option<PersonId>,
    explanation: Explanation,
    done: Option<String>,
) -> PersonPage {
    let clock = &head.clock;
    let value = |name: &str| {
        let mut fields = explanation.fields.iter();
        let field = fields.find(|field| field.field.name() == name);
        field.and_then(|field| field.value.clone())
    };
    let names = [ProfileField::FirstName, ProfileField::LastName].map(|field| value(field.name()));
    let name: Vec<String> = names.into_iter().flatten().collect();
    let attending = explanation.access.allowed && explanation.attendee.is_some();
    let invite = attending
        .then(|| invitable(&head, explanation.invitation.as_ref()))
        .flatten();
    PersonPage {
        person,
        name: name.join(" "),
        allowed: explanation.access.allowed,
        reason: words::sentence(&explanation.access.reason),
        notes: explanation
            .notes
            .iter()
            .map(|note| words::sentence(note))
            .collect(),
        done,
        known: explanation.attendee.is_some() || !explanation.fields.is_empty(),
        badge: value("digital_badge"),
        fields: explanation.fields.into_iter().map(field).collect(),
        groups: explanation
            .groups
            .into_iter()
            .map(|group| PersonGroup {
                name: group.name.to_string(),
                says: words::sentence(&group.says.join("; ")),
                by_hand: group.by.contains(&Grantor::Hand),
            })
            .collect(),
        records: explanation
            .records
            .into_iter()
            .map(|record| PersonRecord {
                position: words::number(u64::from(record.position)),
                source_id: record.source_id.unwrap_or_default(),
                says: words::sentence(&record.says),
                unusable: list(record.unusable),
            })
            .collect(),
        invitation: explanation.invitation.map(|view| PersonInvitation {
            state: view.state.name(),
            words: words::invitation(view.state.name()),
            steps: view
                .steps
                .iter()
                .rev()
                .map(|step| {
                    let reason = step.reason.as_deref().map(words::sentence);
                    let words = words::invitation(step.state.name());
                    (words, clock.show(step.at), reason)
                })
                .collect(),
        }),
        invite,
        changes: explanation
            .changes
            .into_iter()
            .map(|past| PastChange {
                run: past.run.number.0,
                at: past.at.map(|at| clock.show(at)),
                change: ChangeRow::past(past.action, past.fields, past.reason.as_deref()),
            })
            .collect(),
        issues: explanation
            .issues
            .into_iter()
            .map(|found| IssueRow::from(found.issue))
            .collect(),
        updated: explanation
            .attendee
            .map(|attendee| clock.show(attendee.updated)),
        email: explanation.email.to_string(),
        blocked: false,
        says: None,
        shell,
        event: head,
    }
}

fn field(field: attendee_sync_domain::explain::FieldExplained) -> PersonField {
    PersonField {
        name: words::capitalised(&words::field_name(field.field.name())),
        value: field.value.unwrap_or_default(),
        origin: words::sentence(&field.origin),
    }
}

fn list(fields: impl IntoIterator<Item = AttendeeField>) -> String {
    let names: Vec<String> = fields
        .into_iter()
        .map(|field| words::field_name(field.name()))
        .collect();
    names.join(", ")
}

/// What can be done with an invitation now.
fn invitable(head: &EventHead, known: Option<&InvitationView>) -> Option<&'static str> {
    if !head.document.invitations.enabled {
        return None;
    }
    match known.map(|view| view.state) {
        None => Some("Invite"),
        Some(InvitationState::Queued | InvitationState::Sending) => None,
        Some(_) => Some("Send the invitation again"),
    }
}

/// Invites them, or again.
pub(super) async fn invite(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, person): Two<EventId, PersonId>,
) -> PageResult {
    let email = console.app.address_of(&event, person).await?;
    let asked = console
        .app
        .as_of(&session.authority.who)
        .invite(&event, &InvitationRequest::Again(vec![email]))
        .await?;
    let done = match asked.queued {
        0 => Which::NotInvited,
        _ => Which::Invited,
    };
    Ok(back(&event, person, done))
}

/// Gives or takes a group by hand.
pub(super) async fn group(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Two(event, person): Two<EventId, PersonId>,
) -> PageResult {
    let app = &console.app;
    let email = app.address_of(&event, person).await?;
    let Some(group) = GroupName::parse(fields.get("group")) else {
        let done = "Nothing was changed: enter the name of the group.".to_owned();
        return show(&console, &session, &event, &email, Some(done)).await;
    };
    let community = app.document(&event).await?.community;
    let taken = fields.get("take") == "yes";
    let acting = app.as_of(&session.authority.who);
    let granted = if taken {
        acting.revoke(&community, &group, &email).await?
    } else {
        acting.grant(&community, &group, &email).await?
    };
    let done = match (granted.changed, taken) {
        (false, _) => Which::Unchanged,
        (true, true) => Which::Revoked,
        (true, false) => Which::Granted,
    };
    Ok(back(&event, person, done))
}

fn back(event: &EventId, person: PersonId, done: Which) -> axum::response::Response {
    let done = done.name();
    Redirect::to(&format!("/events/{event}/people/{person}?done={done}")).into_response()
}
