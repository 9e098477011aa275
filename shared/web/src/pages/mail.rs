//! Mails that were written into a folder instead of being sent.

use askama::Template;
use attendee_sync_app::ports::StoredMail;
use axum::extract::{Extension, State};
use serde::Deserialize;

use super::frame::around;
use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::lists::links::{PageLinks, PageOrder};
use crate::words::{Clockwork, ShownTime};

const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "mails.html")]
struct Mails {
    shell: Shell,
    rows: Vec<MailRow>,
    pager: PageLinks,
    first: bool,
}

struct MailRow {
    name: String,
    date: ShownTime,
    to: String,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct OneMail {
    shell: Shell,
    name: String,
    subject: String,
    headers: Vec<(String, String)>,
    text: String,
    /// The address of its HTML.
    frame: String,
}

#[derive(Deserialize)]
pub(super) struct MailQuery {
    before: Option<String>,
}

/// The mails, newest first.
pub(super) async fn list(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    QueryParameters(asked): QueryParameters<MailQuery>,
) -> PageResult {
    let (mails, next) = console.mails(asked.before.as_deref(), PAGE).await?;
    // The page shows mails of several events, so it uses no event's time zone.
    let clock = Clockwork::new("UTC", console.app.now());
    let row = |mail: StoredMail| MailRow {
        date: clock.show(mail.date),
        name: mail.name,
        to: mail.to,
        subject: mail.subject,
    };
    let first = asked.before.is_none();
    render(&Mails {
        shell: Shell::new(Some(&session)),
        rows: mails.into_iter().map(row).collect(),
        pager: PageLinks::of(PageOrder::NewestFirst, "/mail", "before", first, next),
        first,
    })
}

/// Shows one mail.
pub(super) async fn one(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(name): Named<String>,
) -> PageResult {
    let mail = console.mail(&name).await?;
    around(render(&OneMail {
        shell: Shell::new(Some(&session)),
        frame: format!("/mail/{}/html", mail.mail.name),
        name: mail.mail.name,
        subject: mail.mail.subject,
        headers: mail.headers,
        text: mail.text,
    }))
}
