//! One person: whether they may enter and why, and all the facts behind it.

use askama::Template;
use attendee_sync_app::{BlockChange, Explanation, InvitationRequest, InvitationView};
use attendee_sync_domain::activity::AppActivity;
use attendee_sync_domain::badge::BadgeCheck;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::hand::PresenceByHand;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::invitation::InvitationState;
use attendee_sync_domain::people::{Grantor, Presence};
use attendee_sync_domain::profile::{AttendeeField, ProfileField};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::by_hand::AddPersonForm;
use super::help_desk::{self, HelpDeskRow};
use super::person_action::PersonAction;
use super::verdict::{DeskSync, Verdict};
use super::view::{ChangeRow, IssueRow};
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{QueryParameters, Two};
use crate::texts::t;
use crate::words::{self, Clockwork, ShownTime};

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    /// The source's current answer in HTML, if the source was queried.
    says: Option<String>,
    /// The sync of this person, if one was requested.
    sync: Option<DeskSync>,
    /// Whether the search has the focus: a person who comes from it searches again.
    focus: bool,
    /// The text of the search.
    typed: String,
    /// Whether an erasure was requested and not confirmed.
    erase_refused: bool,
    /// People whose address or name differs by one typing error.
    similar: Vec<HelpDeskRow>,
    verdict: Verdict,
    shell: Shell,
    event: EventHead,
    /// The person's id; absent where nobody has this address.
    person: Option<PersonId>,
    email: String,
    name: String,
    notes: Vec<String>,
    done: Option<String>,
    known: bool,
    fields: Vec<PersonField>,
    /// The profile as a form to edit it by hand.
    inputs: Vec<ProfileInput>,
    /// How it was set by hand whether they attend, where it was.
    held: Option<&'static str>,
    /// What the event app reported of them, in words.
    activity: Vec<(&'static str, Option<ShownTime>)>,
    /// The form to add them by, where the event does not know them.
    add: Option<AddPersonForm>,
    badge: Option<PersonBadge>,
    groups: Vec<PersonGroup>,
    records: Vec<PersonRecord>,
    invitation: Option<PersonInvitation>,
    /// The button for their invitation, if there is one.
    invite: Option<&'static str>,
    changes: Vec<PastChange>,
    issues: Vec<IssueRow>,
    updated: Option<ShownTime>,
}

struct PersonField {
    /// Its name in the document.
    key: &'static str,
    name: String,
    value: String,
    origin: String,
    /// Whether somebody set it, and it can follow the sync again.
    is_set: bool,
}

/// A field of the form that edits a profile.
struct ProfileInput {
    key: &'static str,
    label: String,
    value: String,
    /// Whether it may have several lines.
    is_long: bool,
}

struct PersonBadge {
    url: String,
    /// What is wrong with it.
    wrong: Option<String>,
    is_checked: bool,
}

impl PersonBadge {
    fn new(url: String, check: Option<&BadgeCheck>) -> Self {
        let reason = check.and_then(|check| check.reason.as_deref());
        Self {
            url,
            wrong: reason.map(words::sentence),
            is_checked: check.is_some_and(|check| check.checked),
        }
    }
}

struct PersonGroup {
    name: String,
    says: String,
    /// Whether it was given by hand, and can be removed.
    by_hand: bool,
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

/// The query of the page: the result of a button, shown on the page that follows.
#[derive(Deserialize)]
pub(super) struct PersonQuery {
    done: Option<Which>,
    /// Whether the help desk's search found them.
    desk: Option<String>,
    /// The run that syncs them.
    run: Option<u32>,
    /// The handle of the source's answer.
    #[serde(default)]
    source: String,
}

/// What a page of a person shows in addition to what is stored.
#[derive(Default)]
pub(super) struct PersonExtras {
    pub(super) done: Option<String>,
    pub(super) erase_refused: bool,
    pub(super) focus: bool,
    pub(super) run: Option<u32>,
    pub(super) source: String,
    pub(super) similar: Vec<HelpDeskRow>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Which {
    Invited,
    NotInvited,
    Granted,
    Revoked,
    Blocked,
    Unblocked,
    Added,
    Attends,
    Edited,
    Removed,
    Released,
    NotErased,
    Unchanged,
}

impl Which {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::NotInvited => "not_invited",
            Self::Granted => "granted",
            Self::Revoked => "revoked",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::Added => "added",
            Self::Attends => "attends",
            Self::Edited => "edited",
            Self::Removed => "removed",
            Self::Released => "released",
            Self::NotErased => "not_erased",
            Self::Unchanged => "unchanged",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Invited => t("person-the-invitation-is-queued"),
            Self::NotInvited => t("person-nothing-was-sent-the"),
            Self::Granted => t("person-added-to-the-group"),
            Self::Revoked => t("person-removed-from-the-group"),
            Self::Blocked => t("person-removed-from-the-event"),
            Self::Unblocked => t("person-unblocked-their-records-count"),
            Self::Added => t("person-added-by-hand-no"),
            Self::Attends => t("person-nothing-was-changed-this"),
            Self::Edited => t("person-set-by-hand-no"),
            Self::Removed => t("person-removed-from-the-list"),
            Self::Released => t("person-it-follows-the-sync"),
            Self::NotErased => t("person-nobody-was-erased-type"),
            Self::Unchanged => t("person-nothing-to-change-it"),
        }
    }
}

/// Shows the page of a person in the event.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Two(event, person): Two<EventId, PersonId>,
    QueryParameters(asked): QueryParameters<PersonQuery>,
) -> PageResult {
    let email = console.app.address_of(&event, person).await?;
    let extras = PersonExtras {
        erase_refused: matches!(asked.done, Some(Which::NotErased)),
        done: asked.done.map(|which| which.in_words().to_owned()),
        focus: asked.desk.is_some(),
        run: asked.run,
        source: asked.source,
        similar: Vec::new(),
    };
    show(&console, &session, &event, &email, extras).await
}

/// Shows the page of an address, whether it belongs to an attendee or not.
pub(super) async fn show(
    console: &Console,
    session: &Session,
    event: &EventId,
    email: &EmailAddress,
    extras: PersonExtras,
) -> PageResult {
    // The future is boxed because it is large: it would make every caller's future large.
    Box::pin(show_here(console, session, event, email, extras)).await
}

async fn show_here(
    console: &Console,
    session: &Session,
    event: &EventId,
    email: &EmailAddress,
    extras: PersonExtras,
) -> PageResult {
    let app = &console.app;
    let head = EventHead::read(app, event, Tab::Attendees).await?;
    let explanation = app.explanation(event, email).await?;
    let person = match &explanation.attendee {
        Some(_) => Some(super::runs::person(app, event, email).await?),
        None => None,
    };
    let says = console.answers.look(session, &extras.source).await?;
    let sync = help_desk::follow(console, &head, extras.run, person).await?;
    let mut page = person_page(Shell::new(Some(session)), head, person, explanation);
    page.says = says.map(|html| html.to_string());
    page.sync = sync;
    page.done = extras.done;
    page.erase_refused = extras.erase_refused;
    page.focus = extras.focus;
    page.similar = extras.similar;
    render(&page)
}

fn person_page(
    shell: Shell,
    head: EventHead,
    person: Option<PersonId>,
    explanation: Explanation,
) -> PersonPage {
    let verdict = Verdict::of(&explanation);
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
    let inputs = ProfileField::ALL.map(|field| ProfileInput {
        key: field.name(),
        label: words::capitalised(&words::field_name(field.name())),
        value: value(field.name()).unwrap_or_default(),
        is_long: field.max_chars() > 250,
    });
    let attendee = explanation.attendee.as_ref();
    let is_new = attendee.is_none() && !explanation.access.allowed;
    PersonPage {
        person,
        inputs: inputs.into(),
        held: attendee.and_then(|attendee| Some(held(attendee.by_hand?))),
        activity: attendee.map_or_else(Vec::new, |attendee| in_the_app(attendee.activity, clock)),
        add: is_new.then(|| AddPersonForm::of(&explanation.email)),
        name: name.join(" "),
        verdict,
        notes: explanation
            .notes
            .iter()
            .map(|note| words::sentence(note))
            .collect(),
        done: None,
        known: explanation.attendee.is_some() || !explanation.fields.is_empty(),
        badge: value("digital_badge").map(|url| PersonBadge::new(url, explanation.badge.as_ref())),
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
        says: None,
        sync: None,
        focus: false,
        typed: String::new(),
        erase_refused: false,
        similar: Vec::new(),
        shell,
        event: head,
    }
}

/// In words, how it was set whether somebody attends.
fn held(by_hand: PresenceByHand) -> &'static str {
    match by_hand.presence {
        Presence::Attending => t("person-they-were-added-by"),
        Presence::Removed => t("person-they-were-removed-from"),
    }
}

/// What the event app reported, in words with the time where there is one.
fn in_the_app(activity: AppActivity, clock: &Clockwork) -> Vec<(&'static str, Option<ShownTime>)> {
    let account = if activity.has_account {
        t("person-has-an-account")
    } else {
        t("person-no-account-yet")
    };
    let entered = match activity.entered_at {
        Some(at) => (t("person-entered"), Some(clock.show(at))),
        None => (t("person-not-entered-yet"), None),
    };
    vec![(account, None), entered]
}

fn field(field: attendee_sync_domain::explain::FieldExplained) -> PersonField {
    let value = field.value.unwrap_or_default();
    PersonField {
        key: field.field.name(),
        is_set: field.set_by.is_some(),
        name: words::capitalised(&words::field_name(field.field.name())),
        value: match field.field {
            AttendeeField::Country => words::country(&value).to_owned(),
            _ => value,
        },
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

/// Returns what can be done with an invitation now.
fn invitable(head: &EventHead, known: Option<&InvitationView>) -> Option<&'static str> {
    if !head.document.invitations.enabled {
        return None;
    }
    match known.map(|view| view.state) {
        None => Some(t("person-invite")),
        Some(InvitationState::Queued | InvitationState::Sending) => None,
        Some(_) => Some(t("person-send-the-invitation-again")),
    }
}

/// Invites the person, or invites them again.
pub(super) async fn invite(action: PersonAction) -> PageResult {
    let again = InvitationRequest::Again(vec![action.email.clone()]);
    let asked = action.acting().invite(&action.event, &again).await?;
    Ok(action.back(match asked.queued {
        0 => Which::NotInvited,
        _ => Which::Invited,
    }))
}

/// Adds the person to a group by hand, or removes them from it.
pub(super) async fn group(action: PersonAction) -> PageResult {
    let Some(group) = GroupName::parse(action.fields.get("group")) else {
        let text = t("person-nothing-was-changed-enter");
        return action.refuse(text.to_owned()).await;
    };
    let community = action.community().await?;
    let (acting, email) = (action.acting(), &action.email);
    Ok(if action.fields.get("take") == "yes" {
        let revoked = acting.revoke(&community, &group, email).await?;
        action.back_if(revoked.changed, Which::Revoked)
    } else {
        let granted = acting.grant(&community, &group, email).await?;
        action.back_if(granted.changed, Which::Granted)
    })
}

/// Removes the person from the event and blocks them, or unblocks them.
pub(super) async fn block(action: PersonAction) -> PageResult {
    let (change, done) = match action.fields.get("block") {
        "yes" => (BlockChange::Put, Which::Blocked),
        _ => (BlockChange::Lifted, Which::Unblocked),
    };
    let acting = action.acting();
    let changed = acting.set_blocked(&action.event, &action.email, change);
    Ok(action.back_if(changed.await?, done))
}

/// Erases the person from the whole community, if their address was typed.
pub(super) async fn erase(action: PersonAction) -> PageResult {
    let typed = action.fields.get("confirm").trim().parse::<EmailAddress>();
    if typed.ok().as_ref() != Some(&action.email) {
        return Ok(action.back(Which::NotErased));
    }
    let community = action.community().await?;
    action
        .acting()
        .erase_user(&community, &action.email)
        .await?;
    let page = format!("/events/{}/help-desk?erased=1", action.event);
    Ok(Redirect::to(&page).into_response())
}
