//! Attendees, and what runs changed and had to say, as CSV or JSON Lines.

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::run::{Action, Change};

use crate::people::attendee_list::AttendeeView;

/// In which form they leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values (RFC 4180) with a header line, in UTF-8.
    Csv,
    /// A JSON document a line.
    JsonLines,
}

/// Writes them, some at a time.
#[derive(Debug)]
pub struct Exporter {
    format: ExportFormat,
    is_first: bool,
}

impl Exporter {
    /// Nothing written yet.
    #[must_use]
    pub fn new(format: ExportFormat) -> Self {
        Self {
            format,
            is_first: true,
        }
    }

    /// The text of some more of them; with the first, also of the header.
    ///
    /// # Errors
    /// Where a value cannot be written; none of ours is such.
    pub fn write<T: Exported>(&mut self, items: &[T]) -> std::io::Result<Vec<u8>> {
        let is_first = std::mem::take(&mut self.is_first);
        match self.format {
            ExportFormat::Csv => csv(items, is_first),
            ExportFormat::JsonLines => json_lines(items),
        }
    }
}

/// What can be a line of an export: a JSON document, or cells under headings.
pub trait Exported: serde::Serialize {
    /// The headings.
    fn columns() -> Vec<&'static str>;

    /// As many cells as there are headings.
    fn cells(&self) -> Vec<String>;
}

fn json_lines(items: &[impl Exported]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for item in items {
        serde_json::to_writer(&mut out, item)?;
        out.push(b'\n');
    }
    Ok(out)
}

fn csv<T: Exported>(items: &[T], with_header: bool) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer.write_record(T::columns())?;
    }
    for item in items {
        writer.write_record(item.cells().iter().map(|cell| harmless(cell)))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

impl Exported for AttendeeView {
    fn columns() -> Vec<&'static str> {
        let fields = ProfileField::ALL.iter().map(|field| field.name());
        let last = ["groups", "digital_badge", "source_id", "status"];
        ["email"].into_iter().chain(fields).chain(last).collect()
    }

    fn cells(&self) -> Vec<String> {
        let field = |field| self.profile.get(field).unwrap_or_default().to_owned();
        let groups: Vec<&str> = self.groups.iter().map(GroupName::as_str).collect();
        let status = match self.status {
            Presence::Attending => "attending",
            Presence::Removed => "removed",
        };
        let mut row = vec![self.email.to_string()];
        row.extend(ProfileField::ALL.map(field));
        row.push(groups.join("; "));
        row.push(self.digital_badge.clone().unwrap_or_default());
        row.push(self.source_id.clone().unwrap_or_default());
        row.push(status.to_owned());
        row
    }
}

/// One field of a change; a change of no field is one too.
#[derive(Debug, serde::Serialize)]
pub struct ChangeLine<'c> {
    person: PersonId,
    email: Option<&'c EmailAddress>,
    action: Action,
    field: Option<&'c str>,
    before: Option<&'c str>,
    after: Option<&'c str>,
    reason: Option<&'c str>,
}

impl<'c> ChangeLine<'c> {
    /// A line for each field of each change.
    #[must_use]
    pub fn of(changes: &'c [Change]) -> Vec<Self> {
        changes.iter().flat_map(Self::of_one).collect()
    }

    fn of_one(change: &'c Change) -> impl Iterator<Item = Self> {
        let no_field = change.fields.is_empty().then_some(None);
        let fields = change.fields.iter().map(Some).chain(no_field);
        fields.map(|field| Self {
            person: change.person,
            email: change.email.as_ref(),
            action: change.action,
            field: field.map(|field| field.field.name()),
            before: field.and_then(|field| field.before.as_deref()),
            after: field.and_then(|field| field.after.as_deref()),
            reason: change.reason.as_deref(),
        })
    }
}

impl Exported for ChangeLine<'_> {
    fn columns() -> Vec<&'static str> {
        vec![
            "person", "email", "action", "field", "before", "after", "reason",
        ]
    }

    fn cells(&self) -> Vec<String> {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        vec![
            self.person.to_string(),
            self.email.map(ToString::to_string).unwrap_or_default(),
            self.action.name().to_owned(),
            text(self.field),
            text(self.before),
            text(self.after),
            text(self.reason),
        ]
    }
}

impl Exported for Issue {
    fn columns() -> Vec<&'static str> {
        vec![
            "severity",
            "position",
            "source_id",
            "person",
            "field",
            "code",
            "reason",
        ]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.severity.name().to_owned(),
            self.position.to_string(),
            self.source_id.clone().unwrap_or_default(),
            self.person.map(|id| id.to_string()).unwrap_or_default(),
            self.field.clone().unwrap_or_default(),
            self.code.clone(),
            self.reason.clone(),
        ]
    }
}

/// What begins a formula, and its wide forms, which some spreadsheets take for the same.
const SIGNS: [char; 8] = [
    '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];
/// Where a cell of ours may end for a spreadsheet that separates by something else than commas.
const ENDS: [char; 4] = [';', '\t', '\n', '\r'];

/// A cell that a spreadsheet does not take for a formula (OWASP, "CSV Injection"): neither where it
/// leaves out white space before it, nor where it begins a new cell in the middle of ours.
fn harmless(cell: &str) -> String {
    let seen = cell.trim_start_matches(is_unseen);
    let (unseen, _) = cell.split_at(cell.len() - seen.len());
    let mut text = String::with_capacity(cell.len() + 1);
    if seen.starts_with(SIGNS) {
        text.push('\'');
    }
    text.push_str(unseen);
    for (number, part) in seen.split_inclusive(ENDS).enumerate() {
        if number > 0 && part.trim_start_matches(is_unseen).starts_with(SIGNS) {
            text.push('\'');
        }
        text.push_str(part);
    }
    text
}

/// White space, control characters, and those without width.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_cell_that_looks_like_a_formula_is_made_text() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("@cmd"), "'@cmd");
        assert_eq!(harmless("Ada"), "Ada");
    }

    /// White space and what is not seen before it, and the wide signs that are taken for the others.
    #[test]
    fn what_stands_before_a_formula_does_not_hide_it() {
        for before in [
            "", " ", "  ", "\t", "\r", "\n", "\r\n", "\u{a0}", "\u{3000}", "\u{feff}", "\u{200b}",
            "\u{202e}", "\u{2028}", "\0",
        ] {
            for sign in [
                "=", "+", "-", "@", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}",
            ] {
                let cell = format!("{before}{sign}cmd|' /C calc'!A0");
                assert_eq!(harmless(&cell), format!("'{cell}"), "{cell:?}");
            }
        }
    }

    /// Where lists are written with semicolons or tabs, a spreadsheet begins a new cell within ours.
    #[test]
    fn no_formula_begins_in_the_middle_of_a_cell() {
        assert_eq!(harmless("VIP; =1+1"), "VIP;' =1+1");
        assert_eq!(harmless("VIP;=1+1;=2"), "VIP;'=1+1;'=2");
        assert_eq!(harmless("a\t@b"), "a\t'@b");
        assert_eq!(harmless("a\n=b"), "a\n'=b");
        for ordinary in [
            "VIP; Crew",
            "a-b; c=d",
            "x, -y",
            "1 + 1 = 2",
            "ada@example.org",
        ] {
            assert_eq!(harmless(ordinary), ordinary);
        }
    }
}
