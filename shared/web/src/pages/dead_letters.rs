//! The failed jobs of queues between processes, and the buttons that have them tried again.

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
use crate::texts::{t, text};
use crate::words::{self, Clockwork, ShownTime};

#[derive(Template)]
#[template(path = "dead_letters.html")]
struct FailedJobsPage {
    shell: Shell,
    /// The message about a finished action.
    done: Option<String>,
    /// The queues that have failed jobs.
    queues: Vec<FailedJobsQueue>,
}

struct FailedJobsQueue {
    name: &'static str,
    title: &'static str,
    /// The purpose of the queue's messages.
    purpose: &'static str,
    /// The number of messages, which is also the text of the button.
    messages: String,
    again: String,
    returning: bool,
    rows: Vec<FailedJobRow>,
    /// The number of messages that are not shown.
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
            messages: words::counted(set_aside.messages, "count-jobs"),
            again: words::counted(set_aside.messages, "dead-letters-retry"),
            returning: set_aside.returning,
            rows,
            more: (more > 0).then(|| words::number(more)),
        }
    }
}

fn about(queue: QueueName) -> (&'static str, &'static str) {
    match queue {
        QueueName::Runs => (
            t("dead-letters-runs"),
            t("dead-letters-syncs-and-approvals-that"),
        ),
        QueueName::Batches => (t("dead-letters-batches"), t("dead-letters-parts-of-a-sync")),
        QueueName::Invitations => (
            t("dead-letters-invitations"),
            t("dead-letters-events-whose-invitations-could"),
        ),
    }
}

#[derive(Deserialize)]
pub(super) struct FailedJobsQuery {
    again: Option<String>,
}

/// Shows the failed jobs.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    QueryParameters(asked): QueryParameters<FailedJobsQuery>,
) -> PageResult {
    let all = console.app.dead_letters().await?;
    let all = all.ok_or_else(HttpProblem::no_queues)?;
    // The page shows messages of several events, so it uses no event's time zone.
    let clock = Clockwork::new("UTC", console.app.now());
    let again = QueueName::ALL
        .into_iter()
        .find(|queue| asked.again.as_deref() == Some(queue.name()));
    render(&FailedJobsPage {
        shell: Shell::new(Some(&session)),
        done: again.map(|queue| {
            let (title, _) = about(queue);
            text!("dead-letters-title-the-failed-jobs", title = title)
        }),
        queues: all
            .into_iter()
            .filter(|one| one.messages > 0 || one.returning)
            .map(|one| FailedJobsQueue::new(one, &clock))
            .collect(),
    })
}

/// Has the failed jobs of a queue tried again.
pub(super) async fn again(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(queue): Named<QueueName>,
) -> PageResult {
    let acting = console.app.as_of(&session.authority.who);
    if !acting.redrive(queue).await? {
        return Err(HttpProblem::no_queues());
    }
    let page = format!("/failed-jobs?again={}", queue.name());
    Ok(Redirect::to(&page).into_response())
}
