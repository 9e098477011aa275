//! `explain`: shows whether a person has access, and why.

use attendee_sync_app::{App, Explanation};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::run::{FieldChange, RunState};

use super::CommandEnd;
use super::list::print_issues;
use crate::cli::Common;
use crate::output;

pub(crate) async fn explain(
    app: &App,
    common: &Common,
    event: &EventId,
    address: &EmailAddress,
) -> anyhow::Result<CommandEnd> {
    let explanation = app.explanation(event, address).await?;
    if common.json {
        output::print_json(&explanation)?;
        return Ok(CommandEnd::Done);
    }
    let verdict = output::printable(&verdict(&explanation));
    let (headline, rest) = verdict.split_once('\n').unwrap_or((&verdict, ""));
    let headline = output::verdict(headline, explanation.access.allowed);
    output::print(&format!("{headline}\n{rest}"));
    print_records(&explanation);
    print_fields(&explanation);
    print_groups(&explanation);
    print_invitation(&explanation);
    print_changes(&explanation);
    if let Some(first) = explanation.issues.first() {
        output::print(&format!(
            "\nissues of run {} with their records:\n",
            first.run
        ));
        let issues: Vec<Issue> = explanation.issues.iter().map(|i| i.issue.clone()).collect();
        print_issues(&issues);
    }
    Ok(CommandEnd::Done)
}

fn verdict(explanation: &Explanation) -> String {
    let may = if explanation.access.allowed {
        "has access"
    } else {
        "has no access"
    };
    let Explanation { email, event, .. } = explanation;
    let mut text = format!("{email} {may} to {event}\n{}\n", explanation.access.reason);
    for note in &explanation.notes {
        text.push_str(note);
        text.push('\n');
    }
    text
}

fn section(title: &str, header: &[&str], rows: Vec<Vec<String>>) {
    if !rows.is_empty() {
        output::print(&format!("\n{title}:\n"));
        output::print_table(header, rows);
    }
}

fn print_records(explanation: &Explanation) {
    let rows = explanation.records.iter().map(|record| {
        let fields = record.fields.iter();
        let said: Vec<String> = fields
            .map(|(field, value)| format!("{field}: {value}"))
            .collect();
        let groups: Vec<&str> = record.groups.iter().map(GroupName::as_str).collect();
        vec![
            record.position.to_string(),
            record.source_id.clone().unwrap_or_default(),
            record.says.clone(),
            said.join("\n"),
            groups.join("; "),
        ]
    });
    let header = ["record", "source id", "says", "fields", "groups"];
    section("their records at the last sync", &header, rows.collect());
}

fn print_fields(explanation: &Explanation) {
    let rows = explanation.fields.iter().map(|field| {
        let record = field.record.map(|record| record.to_string());
        vec![
            field.field.name().to_owned(),
            field.value.clone().unwrap_or_default(),
            field.origin.clone(),
            record.unwrap_or_default(),
        ]
    });
    let header = ["field", "value", "from", "record"];
    section("their profile and badge", &header, rows.collect());
}

fn print_groups(explanation: &Explanation) {
    let rows = explanation
        .groups
        .iter()
        .map(|group| vec![group.name.to_string(), group.says.join("\n")]);
    section("their groups", &["group", "why"], rows.collect());
}

fn print_invitation(explanation: &Explanation) {
    let steps = explanation.invitation.iter().flat_map(|known| &known.steps);
    let rows = steps.map(|step| {
        vec![
            step.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            step.state.name().to_owned(),
            step.reason.clone().unwrap_or_default(),
        ]
    });
    let header = ["when", "invitation", "reason"];
    section("their invitation", &header, rows.collect());
}

fn print_changes(explanation: &Explanation) {
    let rows = explanation.changes.iter().map(|change| {
        let at = change.at.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ"));
        let state = change.state.map(RunState::name);
        let fields: Vec<String> = change.fields.iter().map(field_in_words).collect();
        vec![
            change.run.to_string(),
            at.map(|at| at.to_string()).unwrap_or_default(),
            state.unwrap_or_default().to_owned(),
            change.action.name().to_owned(),
            fields.join("\n"),
            change.reason.clone().unwrap_or_default(),
        ]
    });
    let header = ["run", "when", "state", "change", "fields", "reason"];
    section("their last changes", &header, rows.collect());
}

fn field_in_words(change: &FieldChange) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    format!(
        "{}: {} -> {}",
        change.field,
        text(&change.before),
        text(&change.after)
    )
}
