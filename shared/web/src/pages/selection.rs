//! One thing done with many attendees: first it is said what will happen and to whom, then it is
//! done.

use std::sync::Arc;

use askama::Template;
use attendee_sync_app::{App, BlockChange, Error, InvitationRequest};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{EventId, PersonId};
use axum::extract::{Extension, State};
use axum::http::StatusCode;

use super::attendee_filter::AttendeesQuery;
use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::lists::kept_words::forgotten_words;
use crate::lists::links::ListAddress;
use crate::problem::HttpProblem;
use crate::words;

/// Most people that something is done with at a time: it is done person by person, while somebody
/// waits. What concerns more of them is for a rule of the configuration.
const MOST: usize = 1_000;
/// Most that are named before it is done.
const NAMED: usize = 20;
/// The beginning of the names of the boxes before people.
const BOX: &str = "person-";

#[derive(Template)]
#[template(path = "selection.html")]
struct SelectionPage {
    shell: Shell,
    event: EventHead,
    what: What,
    people: Vec<PersonId>,
    /// Some of them.
    named: Vec<String>,
    /// What came of it, in sentences, once it was done.
    done: Vec<String>,
    /// What is behind the address of the list.
    back: String,
    carried: Vec<(&'static str, String)>,
    /// Why it cannot be done.
    refused: Option<String>,
}

/// What is done.
#[derive(Debug, Clone)]
enum What {
    Invite,
    Group(GroupName),
    TakeOut,
    LetIn,
}

impl What {
    fn of(fields: &FormFields) -> Result<Self, String> {
        match fields.get("action") {
            "invite" => Ok(Self::Invite),
            "take_out" => Ok(Self::TakeOut),
            "let_in" => Ok(Self::LetIn),
            "group" => GroupName::parse(fields.get("into"))
                .map(Self::Group)
                .ok_or_else(|| "Enter the name of the group first.".to_owned()),
            _ => Err("Choose an action.".to_owned()),
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Group(_) => "group",
            Self::TakeOut => "take_out",
            Self::LetIn => "let_in",
        }
    }

    fn group(&self) -> &str {
        match self {
            Self::Group(group) => group.as_str(),
            _ => "",
        }
    }

    /// What the button says, for so many.
    fn button(&self, people: &str) -> String {
        match self {
            Self::Invite => format!("Invite {people}"),
            Self::Group(group) => format!("Add {people} to {group}"),
            Self::TakeOut => format!("Remove {people} from the event"),
            Self::LetIn => format!("Unblock {people}"),
        }
    }

    fn will_happen(&self) -> &'static str {
        match self {
            Self::Invite => {
                "Each selected attendee without an invitation gets one mail. This cannot be undone. \
                 Addresses on the suppression list get none."
            }
            Self::Group(_) => {
                "They are added to the group by hand: no sync removes them. A new group is created \
                 if there is none with this name."
            }
            Self::TakeOut => {
                "They are blocked: they have no access, whatever the source says, until somebody \
                 unblocks them. Their profiles stay in the community."
            }
            Self::LetIn => {
                "The removal by hand is undone. They have access again if the source lists them."
            }
        }
    }

    fn is_grave(&self) -> bool {
        matches!(self, Self::Invite | Self::TakeOut)
    }
}

impl SelectionPage {
    fn counted(&self) -> String {
        words::people(self.people.len() as u64)
    }

    fn unnamed(&self) -> usize {
        self.people.len().saturating_sub(self.named.len())
    }
}

/// Asks once more, or does it.
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
        what: What::LetIn,
        named: Vec::new(),
        done: Vec::new(),
        back: list.address(),
        carried: list.pairs_of_form(),
        refused: None,
        people,
        event: head,
    };
    match What::of(&fields) {
        Ok(what) => page.what = what,
        Err(reason) => return refuse(page, reason),
    }
    if page.people.is_empty() {
        return refuse(page, "Select at least one person.".to_owned());
    }
    if page.people.len() > MOST {
        let reason = format!(
            "These are {}. At most {} can be changed by hand at a time: narrow the list, or write a \
             rule into the configuration, which holds for all of them and for those to come.",
            page.counted(),
            words::number(MOST as u64)
        );
        return refuse(page, reason);
    }
    if matches!(page.what, What::Invite) && !page.event.document.invitations.enabled {
        let reason =
            "Invitations are off. Switch them on first, on the tab Invitations.".to_owned();
        return refuse(page, reason);
    }
    if fields.get("confirmed") == "yes" {
        let (by, people, what) = (&session.authority.who, &page.people, &page.what);
        page.done = apply_selection(&console, by, &event, people, what).await?;
    } else {
        let first: Vec<PersonId> = page.people.iter().take(NAMED).copied().collect();
        let community = &page.event.document.community;
        let views = console
            .app
            .attendee_views(community, &event, &first)
            .await?;
        page.named = views
            .iter()
            .map(|view| match view.profile.full_name() {
                name if name.is_empty() => view.email.to_string(),
                name => format!("{name}, {}", view.email),
            })
            .collect();
        page.named.sort();
    }
    render(&page)
}

fn refuse(mut page: SelectionPage, reason: String) -> PageResult {
    page.refused = Some(reason);
    let mut page = render(&page)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// Who is meant: those selected, or all of the list.
async fn people(
    console: &Console,
    session: &Session,
    event: &EventId,
    fields: &FormFields,
    list: &AttendeesQuery,
) -> Result<Vec<PersonId>, HttpProblem> {
    if fields.get("scope") == "all" {
        let query = list.query(console, session, event).await?;
        if list.has_forgotten_words(&query) {
            return Err(forgotten_words());
        }
        let (filter, order) = (query.filter()?, query.order()?);
        return Ok(console.app.all_attendees(event, &filter, order).await?);
    }
    let mut people: Vec<PersonId> = fields
        .beginning(BOX)
        .filter_map(|name| name.parse().ok())
        .collect();
    people.sort_unstable();
    Ok(people)
}

/// To the end, also where whoever asked goes away meanwhile.
async fn apply_selection(
    console: &Console,
    by: &Actor,
    event: &EventId,
    people: &[PersonId],
    what: &What,
) -> Result<Vec<String>, Error> {
    let (event, people, what) = (event.clone(), people.to_vec(), what.clone());
    let work =
        |app: Arc<App>, by: Actor| async move { each(&app, &by, &event, &people, &what).await };
    console.on_behalf(by, work).await
}

async fn each(
    app: &App,
    by: &Actor,
    event: &EventId,
    people: &[PersonId],
    what: &What,
) -> Result<Vec<String>, Error> {
    let mut addresses: Vec<EmailAddress> = Vec::with_capacity(people.len());
    let mut gone = 0;
    for person in people {
        match app.address_of(event, *person).await {
            Ok(address) => addresses.push(address),
            Err(Error::NoPerson) => gone += 1,
            Err(error) => return Err(error),
        }
    }
    if let What::Invite = what {
        let asked = app
            .as_of(by)
            .invite(event, &InvitationRequest::These(addresses))
            .await?;
        let mut said = vec![words::were_queued(asked.queued)];
        say(&mut said, asked.already_invited, "Invited already");
        say(
            &mut said,
            asked.not_attending,
            "Not attending, and not invited",
        );
        if asked.suppressed > 0 {
            said.push(words::are_suppressed(asked.suppressed));
        }
        say(&mut said, gone + asked.unknown, "No longer in the event");
        return Ok(said);
    }
    let community = app.document(event).await?.community;
    let acting = app.as_of(by);
    let (mut changed, mut same) = (0, 0);
    for address in &addresses {
        let news = match what {
            What::Group(group) => {
                let granted = acting.grant(&community, group, address).await;
                granted.map(|granted| granted.changed)
            }
            What::TakeOut => acting.set_blocked(event, address, BlockChange::Put).await,
            What::LetIn | What::Invite => {
                acting
                    .set_blocked(event, address, BlockChange::Lifted)
                    .await
            }
        };
        match news {
            Ok(true) => changed += 1,
            Ok(false) => same += 1,
            Err(Error::NoPerson) => gone += 1,
            Err(error) => return Err(error),
        }
    }
    let (did, was) = match what {
        What::Group(_) => ("Added to the group", "In the group by hand already"),
        What::TakeOut => ("Removed and blocked", "Blocked already"),
        What::LetIn | What::Invite => (
            "Unblocked; they have access if the source lists them",
            "Not blocked before",
        ),
    };
    let mut said = vec![format!("{did}: {}.", words::people(changed))];
    say(&mut said, same, was);
    say(&mut said, gone, "No longer in the event");
    Ok(said)
}

fn say(said: &mut Vec<String>, count: u64, what: &str) {
    if count > 0 {
        said.push(format!("{what}: {}.", words::people(count)));
    }
}
