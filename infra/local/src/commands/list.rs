//! Lists attendees, groups and runs, and exports attendees.

use std::io::Write;

use attendee_sync_app::{
    App, AttendeeFilter, AttendeeView, EventView, ExportFormat, Exporter, ListOrder, PresenceFilter,
};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::run::{Change, Run};
use jiff::Timestamp;
use serde_json::json;

use super::CommandEnd;
use super::sync::{CHANGE_HEADER, change_rows, in_words};
use crate::cli::{AttendeesArguments, Common, Export, OutputFormat, RunsArguments, StatusFilter};
use crate::output::{self, TableCell, Tone};

/// Attendees read at a time.
const PAGE: usize = 1_000;

fn filter(status: StatusFilter) -> AttendeeFilter {
    AttendeeFilter {
        presence: match status {
            StatusFilter::Attending => PresenceFilter::Attending,
            StatusFilter::Removed => PresenceFilter::Removed,
            StatusFilter::All => PresenceFilter::All,
        },
        ..AttendeeFilter::default()
    }
}

fn status(presence: Presence) -> TableCell {
    match presence {
        Presence::Attending => TableCell::toned("attending", Tone::Good),
        Presence::Removed => TableCell::toned("removed", Tone::Waits),
    }
}

fn field(attendee: &AttendeeView, field: ProfileField) -> TableCell {
    let text = attendee.profile.get(field).unwrap_or_default();
    text.to_owned().into()
}

fn groups_text(attendee: &AttendeeView) -> String {
    let names: Vec<&str> = attendee.groups.iter().map(GroupName::as_str).collect();
    names.join("; ")
}

/// Lists events by community and name.
pub(crate) async fn events(
    app: &App,
    common: &Common,
    community: Option<&CommunityId>,
) -> anyhow::Result<CommandEnd> {
    let communities = match community {
        Some(community) => vec![community.clone()],
        None => app.communities().await?,
    };
    let mut all: Vec<EventView> = Vec::new();
    for community in &communities {
        let mut after = None;
        loop {
            let (page, next) = app.events(community, after.as_ref(), PAGE).await?;
            all.extend(page);
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    if common.json {
        let items: Vec<_> = all.iter().map(event_json).collect();
        output::print_json(&json!({"items": items, "next_cursor": null}))?;
        return Ok(CommandEnd::Done);
    }
    let time = |at: Timestamp| at.strftime("%Y-%m-%d %H:%MZ").to_string();
    let rows = all
        .iter()
        .map(|view| {
            let run = view.last_run.as_ref();
            vec![
                view.community.to_string().into(),
                view.event.to_string().into(),
                view.name.clone().into(),
                run.map_or_else(
                    || "never synced".to_owned().into(),
                    |run| TableCell::of_state(run.state),
                ),
                run.map(|run| time(run.started)).unwrap_or_default().into(),
                view.next_sync
                    .as_ref()
                    .map(|due| time(due.at))
                    .unwrap_or_default()
                    .into(),
            ]
        })
        .collect();
    let header = [
        "community",
        "event",
        "name",
        "last sync",
        "started",
        "next sync",
    ];
    output::print_table(&header, rows);
    eprintln!("{} events", all.len());
    Ok(CommandEnd::Done)
}

fn event_json(view: &EventView) -> serde_json::Value {
    json!({
        "community": view.community,
        "event": view.event,
        "name": view.name,
        "time_zone": view.time_zone,
        "last_run": view.last_run.as_ref().map(Run::summary),
        "next_sync": view.next_sync.as_ref().map(|due| due.at),
        "failing_since": view.failing_since,
    })
}

pub(crate) async fn attendees(
    app: &App,
    common: &Common,
    arguments: &AttendeesArguments,
) -> anyhow::Result<CommandEnd> {
    let mut all = Vec::new();
    each_page(app, &arguments.event, arguments.status, |page, _| {
        all.extend(page);
        Ok(())
    })
    .await?;
    all.sort_by(|a, b| a.email.cmp(&b.email));
    if common.json {
        output::print_json(&json!({"items": all, "next_cursor": null}))?;
        return Ok(CommandEnd::Done);
    }
    let rows = all
        .iter()
        .map(|attendee| {
            vec![
                attendee.email.to_string().into(),
                attendee.profile.full_name().into(),
                field(attendee, ProfileField::Company),
                field(attendee, ProfileField::Country),
                groups_text(attendee).into(),
                status(attendee.status),
            ]
        })
        .collect();
    output::print_table(
        &["e-mail", "name", "company", "country", "groups", "status"],
        rows,
    );
    eprintln!("{} attendees", all.len());
    Ok(CommandEnd::Done)
}

pub(crate) async fn groups(
    app: &App,
    common: &Common,
    community: &CommunityId,
) -> anyhow::Result<CommandEnd> {
    let groups = app.groups(community).await?;
    if common.json {
        output::print_json(&json!({"items": groups, "next_cursor": null}))?;
        return Ok(CommandEnd::Done);
    }
    let rows = groups
        .iter()
        .map(|group| vec![group.name.to_string(), group.members.to_string()])
        .collect();
    output::print_table(&["group", "members"], rows);
    Ok(CommandEnd::Done)
}

pub(crate) async fn runs(
    app: &App,
    common: &Common,
    arguments: &RunsArguments,
) -> anyhow::Result<CommandEnd> {
    if let Some(number) = arguments.run {
        let id = RunId {
            event: arguments.event.clone(),
            number,
        };
        return one_run(app, common, &id).await;
    }
    let runs = app.runs(&arguments.event, None, arguments.limit).await?;
    if common.json {
        let items: Vec<_> = runs.iter().map(Run::summary).collect();
        output::print_json(&json!({"items": items, "next_cursor": null}))?;
        return Ok(CommandEnd::Done);
    }
    let number = |count: u64| TableCell::from(count.to_string());
    let rows = runs
        .iter()
        .map(|run| {
            let counts = &run.counts;
            let started = run.started.strftime("%Y-%m-%d %H:%M:%SZ");
            vec![
                number(u64::from(run.id.number.0)),
                started.to_string().into(),
                TableCell::of_state(run.state),
                number(counts.records_read),
                number(counts.added),
                number(counts.updated),
                number(counts.removed),
                number(counts.unchanged),
                number(counts.issues),
                run.reason.clone().unwrap_or_default().into(),
            ]
        })
        .collect();
    let header = [
        "run",
        "started",
        "state",
        "records",
        "added",
        "updated",
        "removed",
        "unchanged",
        "issues",
        "reason",
    ];
    output::print_table(&header, rows);
    Ok(CommandEnd::Done)
}

async fn one_run(app: &App, common: &Common, id: &RunId) -> anyhow::Result<CommandEnd> {
    let summary = app.run(id).await?.summary();
    let issues = app.issues(id).await?;
    let mut changes: Vec<Change> = Vec::new();
    let mut cursor = None;
    loop {
        let (page, next) = app.changes(id, cursor).await?;
        changes.extend(page);
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    let mut held = Vec::new();
    let mut part = Some(0);
    while let Some(number) = part {
        let (changes, next) = app.held(id, number).await?;
        held.extend(changes);
        part = next;
    }
    if common.json {
        output::print_json(
            &json!({"run": summary, "changes": changes, "held": held, "issues": issues}),
        )?;
        return Ok(CommandEnd::Done);
    }
    output::print_table(&CHANGE_HEADER, change_rows(&changes));
    if !held.is_empty() {
        output::print("\nheld for approval:\n");
        output::print_table(&CHANGE_HEADER, change_rows(&held));
    }
    print_issues(&issues);
    output::print(&in_words(&summary));
    Ok(CommandEnd::Done)
}

/// Prints issues as a table; prints nothing where there are none.
pub(crate) fn print_issues(issues: &[Issue]) {
    if issues.is_empty() {
        return;
    }
    let rows = issues
        .iter()
        .map(|issue| {
            let severity = match issue.severity {
                Severity::Notice => "notice",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            vec![
                issue.position.to_string(),
                severity.to_owned(),
                issue.source_id.clone().unwrap_or_default(),
                issue.field.clone().unwrap_or_default(),
                issue.reason.clone(),
            ]
        })
        .collect();
    output::print_table(&["record", "severity", "source id", "field", "issue"], rows);
}

/// Prints attendees as a file; the audit log gets their number.
pub(crate) async fn export(
    app: &App,
    common: &Common,
    arguments: &Export,
) -> anyhow::Result<CommandEnd> {
    let mut count = 0;
    let written = match arguments.format {
        None if common.json => write_document(app, arguments, &mut count).await,
        format => {
            let format = format.unwrap_or(OutputFormat::Csv);
            write_export(app, arguments, format, &mut count).await
        }
    };
    if written.is_ok() || count > 0 {
        let owner = app.as_of(&Actor::Owner);
        owner.note_attendees_exported(&arguments.event, count).await;
    }
    match written {
        // A reader that closes the pipe early is no failure.
        Err(error) if is_broken_pipe(&error) => Ok(CommandEnd::Done),
        other => other.map(|()| CommandEnd::Done),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// Reads attendees page by page; `see` is given each page, and whether it is the last.
async fn each_page(
    app: &App,
    event: &EventId,
    status: StatusFilter,
    mut see: impl FnMut(Vec<AttendeeView>, bool) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (filter, mut cursor) = (filter(status), None);
    loop {
        let page = app
            .attendees(event, &filter, ListOrder::default(), cursor, PAGE)
            .await?;
        cursor = page.next;
        see(page.attendees, cursor.is_none())?;
        if cursor.is_none() {
            return Ok(());
        }
    }
}

/// Prints attendees as one JSON document, page by page. Adds to `count` as [`write_export`] does.
async fn write_document(app: &App, arguments: &Export, count: &mut u64) -> anyhow::Result<()> {
    let mut before = "{\"items\":[\n";
    each_page(app, &arguments.event, arguments.status, |page, is_last| {
        let mut text = String::new();
        for attendee in &page {
            text.push_str(before);
            text.push_str(&serde_json::to_string(attendee)?);
            before = ",\n";
        }
        if is_last {
            if before.starts_with('{') {
                text.push_str(before);
            }
            text.push_str("\n],\"next_cursor\":null}\n");
        }
        write_out(text.as_bytes())?;
        *count += page.len() as u64;
        Ok(())
    })
    .await
}

/// Prints attendees and adds their number to `count`, even where it fails in the middle.
async fn write_export(
    app: &App,
    arguments: &Export,
    format: OutputFormat,
    count: &mut u64,
) -> anyhow::Result<()> {
    let mut exporter = Exporter::new(match format {
        OutputFormat::Csv => ExportFormat::Csv,
        OutputFormat::Jsonl => ExportFormat::JsonLines,
    });
    each_page(app, &arguments.event, arguments.status, |page, _| {
        write_out(&exporter.write(&page)?)?;
        *count += page.len() as u64;
        Ok(())
    })
    .await
}

fn write_out(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
