//! What queues between processes have set aside, and the buttons that have it tried again.

use askama::Template;
use attendee_sync_app::ports::{DeadLetterQueue, QueueName};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;

use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::SharedConsole;
use crate::extract::{Named, QueryParameters};
use crate::problem::HttpProblem;
use crate::words::{self, Clockwork, ShownTime};

#[derive(Template)]
#[template(path = "dead_letters.html")]
struct FailedJobsPage {
    shell: Shell,
    /// What was done.
    done: Option<String>,
    /// The queues that have set something aside.
    queues: Vec<FailedJobsQueue>,
}

struct FailedJobsQueue {
    name: &'static str,
    title: &'static str,
    /// What its messages are for.
    purpose: &'static str,
    /// How many, and what the button says.
    messages: String,
    again: String,
    returning: bool,
    rows: Vec<FailedJobRow>,
    /// How many more there are than are shown.
    more: Option<String>,
}

struct FailedJobRow {
    about: String,
    sent: Option<ShownTime>,
    tries: String,
}

impl FailedJobsQueue {
    fn new(set_aside: DeadLetterQueue, clock: &Clockwork) -> Self {
        let (title, purpose) = about(set_aside.queue);
        let rows: Vec<FailedJobRow> = set_aside
            .some
            .into_iter()
            .map(|message| FailedJobRow {
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
            messages: words::counted(set_aside.messages, "job"),
            again: match set_aside.messages {
                1 => "Retry this job".to_owned(),
                messages => format!("Retry these {} jobs", words::number(messages)),
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
            "Syncs and approvals that could not start or continue.",
        ),
        QueueName::Batches => (
            "Batches",
            "Parts of a sync, up to 100 people each, that could not be applied.",
        ),
        QueueName::Invitations => ("Invitations", "Events whose invitations could not be sent."),
    }
}

#[derive(Deserialize)]
pub(super) struct FailedJobsQuery {
    again: Option<String>,
}

/// What was set aside.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    QueryParameters(asked): QueryParameters<FailedJobsQuery>,
) -> PageResult {
    let all = console.app.dead_letters().await?;
    let all = all.ok_or_else(HttpProblem::no_queues)?;
    // Messages of several events are here, so no event's time zone is theirs.
    let clock = Clockwork::new("UTC", console.app.now());
    let again = QueueName::ALL
        .into_iter()
        .find(|queue| asked.again.as_deref() == Some(queue.name()));
    render(&FailedJobsPage {
        shell: Shell::new(Some(&session)),
        done: again.map(|queue| {
            let (title, _) = about(queue);
            format!("{title}: the failed jobs are being retried. A job that fails again comes back to this list.")
        }),
        queues: all
            .into_iter()
            .filter(|one| one.messages > 0 || one.returning)
            .map(|one| FailedJobsQueue::new(one, &clock))
            .collect(),
    })
}

/// Has what a queue set aside tried again.
pub(super) async fn again(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(queue): Named<QueueName>,
) -> PageResult {
    let acting = console.app.as_of(&session.authority.who);
    if !acting.redrive(queue).await? {
        return Err(HttpProblem::no_queues());
    }
    let page = format!("/set-aside?again={}", queue.name());
    Ok(Redirect::to(&page).into_response())
}
