//! An import as its pages show it: which column is which, what it does in one sentence, and its rows.

use attendee_sync_app::list_file::ListTable;
use attendee_sync_app::{ImportColumns, ImportReport, RowOutcome};
use attendee_sync_domain::config::DocumentProblem;
use attendee_sync_domain::profile::AttendeeField;

use super::import::PROPOSED;
use crate::texts::{t, text};
use crate::words;

/// Rows that are shown.
const SHOWN: usize = 200;

/// The choice of the column of a field.
pub(super) struct ColumnChoice {
    pub(super) field: &'static str,
    pub(super) label: String,
    /// The value, its words, and whether it is chosen.
    pub(super) options: Vec<(String, String, bool)>,
    /// What is chosen.
    pub(super) value: String,
    pub(super) wrong: Option<String>,
}

impl ColumnChoice {
    pub(super) fn new(
        field: AttendeeField,
        table: &ListTable,
        (chosen, proposed): (&ImportColumns, &ImportColumns),
        problems: &[DocumentProblem],
    ) -> Self {
        let name = field.name();
        let is_column = |text: &String| table.headings.contains(text);
        // A proposal of one column is chosen as that column; one of several has an option of its own.
        let joined = proposed.get(name).filter(|text| !is_column(text));
        let value = match (chosen.get(name), proposed.get(name)) {
            (Some(chosen), _) => chosen.clone(),
            (None, Some(_)) if joined.is_some() => PROPOSED.to_owned(),
            (None, Some(column)) => column.clone(),
            (None, None) => String::new(),
        };
        let joined = joined.map(|text| (PROPOSED.to_owned(), text.clone()));
        let columns = table.headings.iter().filter(|heading| !heading.is_empty());
        let columns = columns.map(|heading| (heading.clone(), heading.clone()));
        let options = std::iter::once((String::new(), t("import-view-not-used").to_owned()))
            .chain(joined)
            .chain(columns)
            .map(|(option, title)| {
                let is_chosen = option == value;
                (option, title, is_chosen)
            });
        let path = format!("columns.{name}");
        let wrong = problems.iter().find(|problem| problem.path == path);
        Self {
            field: name,
            label: words::capitalised(&words::field_name(name)),
            options: options.collect(),
            wrong: wrong.map(|problem| words::sentence(&problem.reason)),
            value,
        }
    }
}

/// A row of a list, and what becomes of it.
pub(super) struct ImportRow {
    pub(super) row: String,
    pub(super) email: String,
    /// The class and the words of what becomes of it.
    pub(super) outcome: (&'static str, &'static str),
    pub(super) fields: String,
    pub(super) reasons: String,
}

/// The rows that change something or are wrong, up to those that are shown.
pub(super) fn import_rows(report: &ImportReport) -> Vec<ImportRow> {
    let rows = report.rows.iter().take(SHOWN);
    rows.map(|row| {
        let fields = row.fields.iter().map(|field| words::field_name(field));
        let reasons = row.reasons.iter().map(|reason| words::sentence(reason));
        ImportRow {
            row: words::number(row.row as u64),
            email: row
                .email
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            outcome: match row.outcome {
                RowOutcome::Added => ("added", t("import-view-added")),
                RowOutcome::Changed => ("updated", t("import-view-changed")),
                RowOutcome::Unchanged => ("unchanged", t("import-view-unchanged")),
                RowOutcome::Rejected => ("failed", t("import-view-not-imported")),
            },
            fields: fields.collect::<Vec<_>>().join(", "),
            reasons: reasons.collect::<Vec<_>>().join(" "),
        }
    })
    .collect()
}

/// What an import does or did, in words.
pub(super) fn import_sentence(report: &ImportReport, limit: u32) -> String {
    let figures = [
        (report.added, "count-added"),
        (report.changed, "count-changed"),
        (report.unchanged, "count-unchanged"),
        (report.rejected, "count-not-imported"),
    ];
    let figures = figures
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| words::counted(count, what));
    let figures = figures.collect::<Vec<_>>().join(", ");
    if report.added > 0 && report.invites {
        text!("import-view-are-invited", figures = figures)
    } else if report.added > u64::from(limit) {
        text!("import-view-are-not-invited", figures = figures)
    } else {
        text!("import-view-figures", figures = figures)
    }
}
