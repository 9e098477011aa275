//! `import`: a list of people by hand, shown before anything changes.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use attendee_sync_app::list_file::read_list_file;
use attendee_sync_app::{App, ImportColumns, ImportPart, ImportReport, RowOutcome};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::hand::ImportId;
use attendee_sync_domain::ids::EventId;
use clap::Args;
use serde_json::json;

use super::CommandEnd;
use crate::cli::{Common, SourceArguments};
use crate::output;

/// Rows of a preview that are shown.
const SHOWN: usize = 50;

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The event.
    event: EventId,
    /// The list: CSV or XLSX, whose first row names the columns.
    #[arg(required_unless_present = "undo")]
    file: Option<PathBuf>,
    /// Take a field from this column instead of the proposed one: FIELD=COLUMN.
    #[arg(long = "column", value_name = "FIELD=COLUMN", value_parser = column)]
    columns: Vec<(String, String)>,
    /// Do not ask for confirmation.
    #[arg(long)]
    yes: bool,
    /// Release what this import set and nobody changed since by hand.
    #[arg(long, value_name = "IMPORT", conflicts_with_all = ["file", "columns"])]
    undo: Option<ImportId>,
}

fn column(text: &str) -> Result<(String, String), String> {
    let (field, column) = text
        .split_once('=')
        .ok_or("write it as FIELD=COLUMN, such as email=\"E-mail address\"")?;
    Ok((field.trim().to_owned(), column.trim().to_owned()))
}

pub(crate) async fn open_and_import(
    common: &Common,
    arguments: &ImportArguments,
) -> anyhow::Result<CommandEnd> {
    let opened = super::open(common, "import", SourceArguments::default()).await?;
    import(&opened.app, common, arguments).await
}

async fn import(
    app: &App,
    common: &Common,
    arguments: &ImportArguments,
) -> anyhow::Result<CommandEnd> {
    let event = &arguments.event;
    let acting = app.as_of(&Actor::Owner);
    if let Some(import) = &arguments.undo {
        let people = acting.undo_import(event, import).await?;
        output::print_either(common, &json!({"people": people}), || {
            format!("released what import {import} set: {people} people\n")
        })?;
        return Ok(CommandEnd::Done);
    }
    let file = arguments.file.as_deref().unwrap_or_else(|| "".as_ref());
    let bytes = std::fs::read(file)
        .map_err(|error| anyhow::anyhow!("{} cannot be read: {error}", file.display()))?;
    let table = match read_list_file(&bytes) {
        Ok(table) => table,
        Err(error) => {
            eprintln!("attendee-sync: {}: {error}", file.display());
            return Ok(CommandEnd::Wrong);
        }
    };
    let columns: ImportColumns = arguments.columns.iter().cloned().collect();
    let preview = app.preview_import(event, &table, &columns).await?;
    if !arguments.yes {
        output::print_either(common, &preview, || in_words(&preview))?;
        if !std::io::stdin().is_terminal() {
            eprintln!("nothing was changed; add --yes to import the list without a terminal");
            return Ok(CommandEnd::Done);
        }
        if !asked()? {
            eprintln!("nothing was changed");
            return Ok(CommandEnd::Done);
        }
    }
    let done = acting
        .import_list(event, &table, &columns, ImportPart::default())
        .await?;
    output::print_either(common, &done, || in_words(&done))?;
    Ok(CommandEnd::Done)
}

fn asked() -> std::io::Result<bool> {
    eprint!("Import this list? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn in_words(report: &ImportReport) -> String {
    let mut text = String::new();
    for (field, column) in &report.columns {
        let _written = writeln!(text, "{field} from {column}");
    }
    if !report.unused.is_empty() {
        let _written = writeln!(text, "not used: {}", report.unused.join(", "));
    }
    for row in report.rows.iter().take(SHOWN) {
        let what = match row.outcome {
            RowOutcome::Added => "added",
            RowOutcome::Changed => "changed",
            RowOutcome::Unchanged => "unchanged",
            RowOutcome::Rejected => "rejected",
        };
        let email = row.email.as_ref().map_or("", |email| email.as_str());
        let fields = row.fields.join(", ");
        let reasons = row.reasons.join("; ");
        let parts = [email, what, &fields, &reasons].into_iter();
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let _written = writeln!(text, "row {}: {}", row.row, parts.join(": "));
    }
    if report.rows.len() > SHOWN {
        let _written = writeln!(text, "and {} more rows", report.rows.len() - SHOWN);
    }
    let _written = writeln!(
        text,
        "{} added, {} changed, {} unchanged, {} rejected",
        report.added, report.changed, report.unchanged, report.rejected
    );
    if let Some(import) = &report.import {
        let _written = writeln!(
            text,
            "import {import}; `import EVENT --undo {import}` undoes it"
        );
    }
    text
}
