//! `configure --test`: shows one page of the source beside the resulting attendees.

use std::fmt::Write;

use attendee_sync_app::{App, Author, MappingTest, Tried, TriedOutcome};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::profile::ProfileField;
use serde_json::Value;

use super::CommandEnd;
use crate::cli::Common;
use crate::output;

pub(crate) async fn test_mapping(
    app: &App,
    common: &Common,
    document: &Value,
) -> anyhow::Result<CommandEnd> {
    let trial = app.test_mapping(document, Author::Owner).await?;
    if common.json {
        output::print_json(&trial)?;
    } else {
        print(&trial);
    }
    Ok(if trial.error.is_some() {
        CommandEnd::Failed
    } else {
        CommandEnd::Done
    })
}

fn print(trial: &MappingTest) {
    let mut text = format!("{} {}\n", trial.request.method, trial.request.url);
    for (name, value) in &trial.request.headers {
        let _written = writeln!(text, "{name}: {value}");
    }
    if let Some(answer) = &trial.answer {
        let kind = answer.content_type.as_deref().unwrap_or("no content type");
        let _written = writeln!(
            text,
            "→ {} {kind}, after {} ms",
            answer.status, answer.milliseconds
        );
    }
    output::print(&output::printable(&text));
    let rows = trial.records.iter().map(row).collect();
    let header = [
        "record",
        "outcome",
        "e-mail",
        "name",
        "what else",
        "issues",
        "raw",
    ];
    output::print_table(&header, rows);
    let more = if trial.more {
        ", and there are more"
    } else {
        ""
    };
    output::print(&format!("{} records shown{more}\n", trial.records.len()));
    for notice in &trial.notices {
        output::print(&format!("note: {}: {}\n", notice.path, notice.reason));
    }
    if let Some(error) = &trial.error {
        output::print(&format!("{}\n", output::printable(error)));
    }
}

fn row(record: &Tried) -> Vec<String> {
    let outcome = match record.outcome {
        TriedOutcome::Attends => "attends".to_owned(),
        TriedOutcome::UserOnly(rule) => format!("user only, by rule {rule}"),
        TriedOutcome::Removed(rule) => format!("removed by rule {rule}"),
        TriedOutcome::Erased => "erased".to_owned(),
        TriedOutcome::Ignored => "ignored".to_owned(),
        TriedOutcome::Rejected => "rejected".to_owned(),
    };
    let (email, name, else_) = match &record.attendee {
        None => (String::new(), String::new(), String::new()),
        Some(attendee) => {
            let says = &attendee.says;
            let mut parts: Vec<String> = says
                .profile
                .iter()
                .filter(|(field, _)| {
                    !matches!(field, ProfileField::FirstName | ProfileField::LastName)
                })
                .map(|(field, value)| format!("{}: {value}", field.name()))
                .collect();
            let groups: Vec<&str> = says.groups.iter().map(GroupName::as_str).collect();
            if !groups.is_empty() {
                parts.push(format!("groups: {}", groups.join("; ")));
            }
            parts.extend(
                says.digital_badge
                    .iter()
                    .map(|badge| format!("digital_badge: {badge}")),
            );
            (
                attendee.email.to_string(),
                says.profile.full_name(),
                parts.join("\n"),
            )
        }
    };
    let issues: Vec<&str> = record
        .issues
        .iter()
        .map(|issue| issue.reason.as_str())
        .collect();
    vec![
        record.position.to_string(),
        outcome,
        email,
        name,
        else_,
        issues.join("\n"),
        record.raw.to_string().chars().take(300).collect(),
    ]
}
