//! Attendees as CSV or JSON Lines.

use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::people::Presence;
use attendee_sync_domain::profile::ProfileField;

use crate::attendee_list::AttendeeView;

/// In which form attendees leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values (RFC 4180) with a header line, in UTF-8.
    Csv,
    /// A JSON document a line.
    JsonLines,
}

/// Writes attendees, some at a time.
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
    pub fn write(&mut self, attendees: &[AttendeeView]) -> std::io::Result<Vec<u8>> {
        let is_first = std::mem::take(&mut self.is_first);
        match self.format {
            ExportFormat::Csv => csv(attendees, is_first),
            ExportFormat::JsonLines => json_lines(attendees),
        }
    }
}

fn json_lines(attendees: &[AttendeeView]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for attendee in attendees {
        serde_json::to_writer(&mut out, attendee)?;
        out.push(b'\n');
    }
    Ok(out)
}

fn csv(attendees: &[AttendeeView], with_header: bool) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        let fields = ProfileField::ALL.iter().map(|field| field.name());
        let last = ["groups", "digital_badge", "source_id", "status"];
        writer.write_record(["email"].into_iter().chain(fields).chain(last))?;
    }
    for attendee in attendees {
        writer.write_record(row(attendee).iter().map(|cell| harmless(cell)))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

fn row(attendee: &AttendeeView) -> Vec<String> {
    let field = |field| attendee.profile.get(field).unwrap_or_default().to_owned();
    let groups: Vec<&str> = attendee.groups.iter().map(GroupName::as_str).collect();
    let status = match attendee.status {
        Presence::Attending => "attending",
        Presence::Removed => "removed",
    };
    let mut row = vec![attendee.email.to_string()];
    row.extend(ProfileField::ALL.map(field));
    row.push(groups.join("; "));
    row.push(attendee.digital_badge.clone().unwrap_or_default());
    row.push(attendee.source_id.clone().unwrap_or_default());
    row.push(status.to_owned());
    row
}

/// A cell that a spreadsheet does not take for a formula (OWASP, "CSV Injection").
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
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
}
