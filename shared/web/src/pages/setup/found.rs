//! What the check of the whole list found, each finding with where it is mended.

use attendee_sync_app::FeedDiagnosis;
use attendee_sync_domain::doctor::Finding;
use attendee_sync_domain::issue::Severity;

use super::super::doctor::{example, facts, verdict};
use super::check::Mend;
use crate::texts::t;
use crate::words;

/// The parts of a document by which findings name what they are about; everything else is a field of ours.
const PARTS: [&str; 6] = [
    "source",
    "mapping",
    "rules",
    "delete_flag",
    "guards",
    "missing",
];

/// What was found.
pub(super) struct CheckedFeed {
    /// How good or bad that is, for style sheets and in words.
    pub(super) verdict: (&'static str, &'static str),
    pub(super) facts: Vec<(String, String)>,
    pub(super) rows: Vec<FoundRow>,
}

/// A finding.
pub(super) struct FoundRow {
    /// How much it matters, for style sheets and in words.
    pub(super) severity: (&'static str, &'static str),
    pub(super) mend: Mend,
    pub(super) count: String,
    /// Records that show it.
    pub(super) examples: String,
}

impl CheckedFeed {
    pub(super) fn new(handle: &str, checked: &FeedDiagnosis) -> Self {
        let findings = checked.diagnosis.findings.iter();
        Self {
            verdict: verdict(checked),
            facts: facts(checked),
            rows: findings
                .map(|finding| FoundRow::new(handle, finding))
                .collect(),
        }
    }
}

impl FoundRow {
    fn new(handle: &str, finding: &Finding) -> Self {
        let field = finding.field.as_deref().unwrap_or("source");
        let is_part = PARTS
            .into_iter()
            .any(|part| field == part || field.starts_with(&format!("{part}.")));
        let setting = if is_part {
            field.to_owned()
        } else {
            format!("mapping.{field}")
        };
        let examples: Vec<String> = finding.examples.iter().map(example).collect();
        Self {
            severity: match finding.severity {
                Severity::Error => ("error", t("setup-found-error")),
                Severity::Warning => ("warning", t("setup-found-warning")),
                Severity::Notice => ("notice", t("setup-found-notice")),
            },
            mend: Mend::new(handle, &setting, &finding.message),
            count: words::number(finding.count),
            examples: examples.join(", "),
        }
    }
}
