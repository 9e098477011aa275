//! `sync` and `preview`: one run in the foreground, to its end.

use std::io::IsTerminal;
use std::time::Duration;

use attendee_sync_app::{App, DispatchResult, Progress, SyncScope};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::run::{Change, Coverage, Run, RunMode, RunState, Summary};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use serde::Serialize;

use super::CommandEnd;
use crate::cli::{Common, SyncArguments};
use crate::output;

pub(crate) async fn sync(
    app: &App,
    common: &Common,
    arguments: SyncArguments,
) -> anyhow::Result<CommandEnd> {
    let event = arguments.event;
    let scope = arguments.email.map_or(SyncScope::Everyone, SyncScope::One);
    let of_one = scope != SyncScope::Everyone;
    if app.sends_mail() {
        app.mark_abandoned_unknown().await?;
    }
    let acting = app.as_of(&Actor::Owner);
    let expected = expected_records(app, &event, of_one).await;
    let sync = Box::pin(acting.sync(&event, scope));
    let run = watched(app, &event, common, expected, sync).await?;
    let summary = run.summary();
    // The changes of one person's sync fit into a few lines.
    let one = if of_one {
        Some(OneSynced {
            changes: app.changes(&run.id, None).await?.0,
            issues: app.issues(&run.id).await?,
        })
    } else {
        None
    };
    let mail = if app.sends_mail() {
        Some(app.dispatch_invitations(&event).await?)
    } else {
        None
    };
    if common.json {
        output::print_json(&Synced { summary, one, mail })?;
        return Ok(ended(&run));
    }
    if let Some(one) = one {
        output::print_table(&CHANGE_HEADER, change_rows(&one.changes));
        super::list::print_issues(&one.issues);
    }
    output::print(&in_words(&summary));
    if run.state == RunState::Held {
        output::print(&what_next(&run));
    }
    match mail {
        Some(mail) => output::print(&posted_in_words(&mail)),
        None if summary.counts.invitations_queued > 0 && run.state != RunState::Held => {
            output::print("the invitations are queued: `serve` sends them, or `sync --smtp`\n");
        }
        None => {}
    }
    Ok(ended(&run))
}

/// Returns the outcome of sending mails in words; empty where there were none.
fn posted_in_words(posted: &DispatchResult) -> String {
    let parts: Vec<String> = [
        (posted.sent, "sent"),
        (posted.failed, "failed"),
        (posted.in_doubt, "unknown"),
        (posted.put_off, "deferred"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let done = if parts.is_empty() {
        String::new()
    } else {
        format!("invitations: {}\n", parts.join(", "))
    };
    let trouble = posted.trouble.as_ref().map_or_else(String::new, |trouble| {
        format!("no more mail is sent: {}\n", trouble.reason)
    });
    done + &trouble
}

pub(crate) fn ended(run: &Run) -> CommandEnd {
    match run.state {
        RunState::Succeeded => CommandEnd::Done,
        RunState::Held => CommandEnd::Held,
        _ => CommandEnd::Failed,
    }
}

pub(crate) async fn preview(
    app: &App,
    common: &Common,
    arguments: SyncArguments,
) -> anyhow::Result<CommandEnd> {
    let event = arguments.event;
    let scope = arguments.email.map_or(SyncScope::Everyone, SyncScope::One);
    let expected = expected_records(app, &event, scope != SyncScope::Everyone).await;
    let run = Box::pin(app.preview(&event, scope));
    let preview = watched(app, &event, common, expected, run).await?;
    if common.json {
        output::print_json(&preview)?;
        return Ok(CommandEnd::Done);
    }
    output::print_table(&CHANGE_HEADER, change_rows(&preview.changes));
    super::list::print_issues(&preview.issues);
    output::print(&in_words(&preview.run));
    Ok(CommandEnd::Done)
}

/// A sync as JSON.
#[derive(Serialize)]
struct Synced {
    #[serde(flatten)]
    summary: Summary,
    #[serde(flatten)]
    one: Option<OneSynced>,
    /// The outcome of sending mails, where this process sends mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<DispatchResult>,
}

/// What one person's sync changed.
#[derive(Serialize)]
struct OneSynced {
    changes: Vec<Change>,
    issues: Vec<Issue>,
}

fn what_next(run: &Run) -> String {
    let (event, id) = (&run.id.event, &run.id);
    let number = run.id.number.0;
    format!(
        "`attendee-sync runs {event} --run {number}` lists them; \
         `attendee-sync approve {id}` applies them, `attendee-sync discard {id}` discards them\n"
    )
}

/// The header of a table of changes.
pub(crate) const CHANGE_HEADER: [&str; 3] = ["action", "e-mail", "what changes"];

/// Changes as rows of a table.
pub(crate) fn change_rows(changes: &[Change]) -> Vec<Vec<String>> {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    changes
        .iter()
        .map(|change| {
            let mut what: Vec<String> = change
                .fields
                .iter()
                .map(|field| {
                    format!(
                        "{}: {} → {}",
                        field.field,
                        shown(&field.before),
                        shown(&field.after)
                    )
                })
                .collect();
            what.extend(change.reason.clone());
            vec![
                change.action.name().to_owned(),
                change
                    .email
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                what.join("\n"),
            ]
        })
        .collect()
}

/// A run in a few words.
pub(crate) fn in_words(summary: &Summary) -> String {
    let counts = &summary.counts;
    let mut parts = vec![
        format!("{} added", counts.added),
        format!("{} updated", counts.updated),
        format!("{} removed", counts.removed),
        format!("{} unchanged", counts.unchanged),
    ];
    for (count, word) in [
        (counts.erased, "of the removed erased permanently"),
        (
            counts.missing_removed,
            "removed because they are missing from the source",
        ),
        (counts.moved, "moved to another address"),
        (counts.rejected, "rejected"),
        (counts.ignored, "ignored"),
        (
            counts.groups_created,
            if counts.groups_created == 1 {
                "group created"
            } else {
                "groups created"
            },
        ),
        (
            counts.invitations_queued,
            match (summary.mode, counts.invitations_queued) {
                (RunMode::Preview, _) => "to be invited",
                (RunMode::Sync, 1) => "invitation queued",
                (RunMode::Sync, _) => "invitations queued",
            },
        ),
        (
            counts.issues,
            if counts.issues == 1 {
                "issue"
            } else {
                "issues"
            },
        ),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    let what = match summary.mode {
        attendee_sync_domain::run::RunMode::Sync => "run",
        attendee_sync_domain::run::RunMode::Preview => "preview of run",
    };
    let reason = summary
        .reason
        .as_ref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    let read = match summary.extent {
        Coverage::Everything | Coverage::OnePerson => "",
        Coverage::Changes => "only changes were read; ",
        Coverage::NotModified => "the source reports no changes since the last sync; ",
    };
    format!(
        "{what} {} {}{reason}\n{read}{} {} read: {}; {} {}, {}, {:.2} s\n",
        summary.run,
        output::state(summary.state),
        counts.records_read,
        if counts.records_read == 1 {
            "record"
        } else {
            "records"
        },
        parts.join(", "),
        summary.pages,
        if summary.pages == 1 { "page" } else { "pages" },
        HumanBytes(summary.bytes),
        summary.seconds,
    )
}

/// Awaits a run and shows its progress on a terminal.
async fn watched<T>(
    app: &App,
    event: &EventId,
    common: &Common,
    expected: Option<u64>,
    run: impl Future<Output = Result<T, attendee_sync_app::Error>>,
) -> anyhow::Result<T> {
    if common.json || !std::io::stderr().is_terminal() {
        return Ok(run.await?);
    }
    let (bar, template) = match expected {
        Some(records) => (
            ProgressBar::new(records),
            "{bar:20} {percent}% {elapsed_precise} {msg}",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{spinner} {elapsed_precise} {msg}",
        ),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let show = async {
        loop {
            if let Some(progress) = app.progress(event) {
                let progress = progress.borrow();
                bar.set_message(line(&progress));
                if let Some(expected) = expected {
                    bar.set_length(expected.max(progress.records));
                    bar.set_position(progress.records);
                }
            }
            bar.tick();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let result = tokio::select! {
        result = run => result,
        () = show => unreachable!("it goes on until the run ends"),
    };
    bar.finish_and_clear();
    Ok(result?)
}

/// Returns how many records a sync of everybody is expected to read; `None` where that is unknown.
async fn expected_records(app: &App, event: &EventId, of_one: bool) -> Option<u64> {
    if of_one {
        return None;
    }
    let newest = app.runs(event, None, 1).await.ok()?.into_iter().next()?;
    let expected = app.expected_records(&newest).await.ok()?;
    expected.filter(|records| *records > 0)
}

fn line(progress: &Progress) -> String {
    format!(
        "{} pages, {} read, {} people compared, {} changed, {} applied",
        HumanCount(progress.pages),
        HumanBytes(progress.bytes),
        HumanCount(progress.records),
        HumanCount(progress.sent),
        HumanCount(progress.applied),
    ) + &waiting(progress)
}

/// Returns until when the run waits, if it waits for its source.
fn waiting(progress: &Progress) -> String {
    progress.waits_until.map_or(String::new(), |until| {
        format!("; waiting until {until:.0}, on request of the source")
    })
}
