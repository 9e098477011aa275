//! What queues between processes have set aside, and the buttons that have it tried again.

use askama::Template;
use attendee_sync_app::ports::{QueueName, SetAside};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::{Page, Shell, render};
use crate::access::Session;
use crate::console::Shared;
use crate::extract::{Asked, Named};
use crate::problem::Problem;
use crate::words::{self, Clockwork, When};

#[derive(Template)]
#[template(path = "set_aside.html")]
struct SetAsidePage {
    shell: Shell,
    /// What was done.
    done: Option<String>,
    /// The queues that have set something aside.
    queues: Vec<Queue>,
}

struct Queue {
    name: &'static str,
    title: &'static str,
    /// What its messages are for.
    purpose: &'static str,
    /// How many, and what the button says.
    messages: String,
    again: String,
    returning: bool,
    rows: Vec<Row>,
    /// How many more there are than are shown.
    more: Option<String>,
}

struct Row {
    about: String,
    sent: Option<When>,
    tries: String,
}

impl Queue {
    fn new(set_aside: SetAside, clock: &Clockwork) -> Self {
        let (title, purpose) = about(set_aside.queue);
        let rows: Vec<Row> = set_aside
            .some
            .into_iter()
            .map(|message| Row {
                about: words::capitalised(&message.about),
                sent: message.sent.map(|sent| clock.show(sent)),
                tries: words::number(message.tries.into()),
            })
            .collect();
        let more = set_aside.messages.saturating_sub(rows.len() as u64);
        Self {
            name: set_aside.queue.name(),
            title,
            purpose,
            messages: words::counted(set_aside.messages, "message"),
            again: match set_aside.messages {
                1 => "Try it again".to_owned(),
                messages => format!("Try these {} again", words::number(messages)),
            },
            returning: set_aside.returning,
            rows,
            more: (more > 0).then(|| words::number(more)),
        }
    }
}

fn about(queue: QueueName) -> (&'static str, &'static str) {
    match queue {
        QueueName::Runs => (
            "Runs",
            "Syncs and approvals that were to begin or to go on.",
        ),
        QueueName::Batches => (
            "Batches",
            "Parts of runs, up to 100 people each, that were to be compared and applied.",
        ),
        QueueName::Invitations => ("Invitations", "Events whose invitations were to be sent."),
    }
}

#[derive(Deserialize)]
pub(super) struct Question {
    again: Option<String>,
}

/// What was set aside.
pub(super) async fn page(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Asked(asked): Asked<Question>,
) -> Page {
    let all = console.app.set_aside().await?;
    let all = all.ok_or_else(Problem::no_queues)?;
    // Messages of several events are here, so no event's time zone is theirs.
    let clock = Clockwork::new("UTC", console.app.clock.now());
    let again = QueueName::ALL
        .into_iter()
        .find(|queue| asked.again.as_deref() == Some(queue.name()));
    render(&SetAsidePage {
        shell: Shell::new(Some(&session)),
        done: again.map(|queue| {
            let (title, _) = about(queue);
            format!("{title}: what was set aside is on its way back and is tried again. What cannot be done this time either comes back here.")
        }),
        queues: all
            .into_iter()
            .filter(|one| one.messages > 0 || one.returning)
            .map(|one| Queue::new(one, &clock))
            .collect(),
    })
}

/// Has what a queue set aside tried again.
pub(super) async fn again(
    State(console): Shared,
    Extension(session): Extension<Session>,
    Named(queue): Named<QueueName>,
) -> Page {
    let acting = console.app.as_of(&session.authority.who);
    if !acting.redrive(queue).await? {
        return Err(Problem::no_queues());
    }
    let page = format!("/set-aside?again={}", queue.name());
    Ok(Redirect::to(&page).into_response())
}
