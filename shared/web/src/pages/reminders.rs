//! Reminders of an event: when they go out, the mail, and by name who is due to get one.

use askama::Template;
use attendee_sync_app::DueReminder;
use attendee_sync_domain::ids::{EventId, PersonId};
use axum::extract::{Extension, State};
use serde::Deserialize;

use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::lists::links::{PageLinks, PageOrder};
use crate::lists::paging::position;
use crate::words::ShownTime;

/// People of a page.
const PAGE: usize = 100;

#[derive(Template)]
#[template(path = "reminders.html")]
struct RemindersPage {
    shell: Shell,
    event: EventHead,
    /// After how many days each goes out, in words; nothing where there are none.
    days: Option<String>,
    enabled: bool,
    subject: String,
    text: String,
    rows: Vec<ReminderRow>,
    pager: PageLinks,
}

/// Somebody who is due.
struct ReminderRow {
    person: PersonId,
    name: String,
    email: String,
    step: u8,
    invited: ShownTime,
}

/// Where the page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RemindersQuery {
    after: Option<String>,
}

pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<RemindersQuery>,
) -> PageResult {
    let app = &console.app;
    let after: Option<PersonId> = position("after", asked.after.as_deref())?;
    let head = EventHead::read(app, &event, Tab::Invitations).await?;
    let (due, next) = app.due_reminders(&event, app.now(), after, PAGE).await?;
    let row = |due: DueReminder| ReminderRow {
        person: due.person,
        name: due.name,
        email: due.email.to_string(),
        step: due.step,
        invited: head.clock.show(due.invited),
    };
    let rows = due.into_iter().map(row).collect();
    let reminders = head.document.reminders.as_ref();
    let days = reminders.map(|reminders| {
        let days: Vec<String> = reminders.after_days.iter().map(u16::to_string).collect();
        days.join(", ")
    });
    let letter = match head.document.reminding() {
        Some(reminding) => app.sample_invitation(&reminding, None).await.ok(),
        None => None,
    };
    let (subject, text) = letter.map_or_else(Default::default, |sample| {
        (sample.letter.subject, sample.letter.text)
    });
    let path = format!("/events/{event}/reminders");
    render(&RemindersPage {
        shell: Shell::new(Some(&session)),
        days,
        enabled: head.document.invitations.enabled,
        subject,
        text,
        rows,
        pager: PageLinks::of(PageOrder::Forward, &path, "after", after.is_none(), next),
        event: head,
    })
}
