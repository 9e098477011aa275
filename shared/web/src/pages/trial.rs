//! The result of testing a document: the request, the fields found, and each record beside its
//! result.

use attendee_sync_app::{MappingTest, Notice, Tried, TriedAttendee, TriedOutcome};
use attendee_sync_domain::config::{EventDocument, RuleAction, ValueOrigin};
use attendee_sync_domain::feed::FieldFound;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::profile::AttendeeField;
use serde_json::Value;

use super::view::IssueRow;
use crate::configurator::label_of;
use crate::texts::{t, text};
use crate::words;

/// Most characters of a record that are shown.
const SHOWN: usize = 20_000;

/// The result of a test, as pages show it.
pub(super) struct TrialView {
    /// The class for style sheets, by how good or bad the result is.
    pub(super) tone: &'static str,
    pub(super) headline: String,
    pub(super) error: Option<String>,
    /// The request line, and the headers.
    pub(super) request: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) answer: Option<String>,
    pub(super) notices: Vec<Notice>,
    pub(super) rules: Vec<RuleMatchRow>,
    pub(super) fields: Vec<FieldRow>,
    pub(super) records: Vec<RecordRow>,
    pub(super) more: bool,
}

/// A rule, and the number of records it matches.
pub(super) struct RuleMatchRow {
    pub(super) rule: String,
    pub(super) matches: String,
}

/// A field that records have.
pub(super) struct FieldRow {
    pub(super) path: String,
    pub(super) filled: String,
    pub(super) example: String,
    /// The mapped fields that use it.
    pub(super) mapped: String,
}

/// A record beside its result.
pub(super) struct RecordRow {
    pub(super) position: u32,
    pub(super) who: String,
    /// The class for style sheets, and the result in words.
    pub(super) outcome: (&'static str, String),
    pub(super) fields: Vec<(String, String)>,
    /// The rules that match it, in words.
    pub(super) rules: Vec<String>,
    pub(super) issues: Vec<IssueRow>,
    pub(super) raw: String,
    /// The levels above the record, nearest first.
    pub(super) parents: Vec<(String, String)>,
}

impl TrialView {
    pub(super) fn new(trial: MappingTest, document: &EventDocument) -> Self {
        let count = trial.records.len();
        let (tone, headline) = headline(&trial);
        Self {
            tone,
            headline,
            error: trial.error.as_deref().map(words::sentence),
            request: format!("{} {}", trial.request.method, trial.request.url),
            headers: trial.request.headers,
            answer: trial.answer.map(|answer| {
                let kind = answer
                    .content_type
                    .as_deref()
                    .unwrap_or(t("trial-no-content-type"));
                text!(
                    "trial-status-kind-after-milliseconds",
                    status = answer.status,
                    kind = kind,
                    milliseconds = answer.milliseconds
                )
            }),
            notices: labelled(trial.notices),
            rules: rule_matches(&trial.records, document),
            fields: trial
                .fields
                .into_iter()
                .map(|field| FieldRow::new(field, count as u64, document))
                .collect(),
            records: trial
                .records
                .into_iter()
                .map(|record| RecordRow::new(record, document))
                .collect(),
            more: trial.more,
        }
    }
}

/// Returns remarks about a configuration, with the labels of the form.
pub(super) fn labelled(notices: Vec<Notice>) -> Vec<Notice> {
    let labelled = |notice: Notice| Notice {
        path: label_of(&notice.path).map_or(notice.path, str::to_owned),
        reason: words::sentence(&notice.reason),
    };
    notices.into_iter().map(labelled).collect()
}

fn headline(trial: &MappingTest) -> (&'static str, String) {
    if trial.error.is_some() {
        return ("bad", t("trial-the-source-could-not").to_owned());
    }
    if trial.records.is_empty() {
        let text = t("trial-the-source-responded-but");
        return ("wait", text.to_owned());
    }
    let count = |wanted: fn(TriedOutcome) -> bool| {
        let outcomes = trial.records.iter().map(|record| record.outcome);
        outcomes.filter(|outcome| wanted(*outcome)).count() as u64
    };
    let attend = count(|outcome| outcome == TriedOutcome::Attends);
    let parts = [
        (attend, "trial-would-attend"),
        (
            count(|outcome| matches!(outcome, TriedOutcome::Removed(_))),
            "trial-removed",
        ),
        (
            count(|outcome| matches!(outcome, TriedOutcome::UserOnly(_))),
            "trial-users-only",
        ),
        (
            count(|outcome| outcome == TriedOutcome::Erased),
            "trial-erased",
        ),
        (
            count(|outcome| outcome == TriedOutcome::Ignored),
            "trial-ignored",
        ),
        (
            count(|outcome| outcome == TriedOutcome::Rejected),
            "trial-rejected",
        ),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, id)| words::counted(count, id))
    .collect();
    let read = words::counted(trial.records.len() as u64, "count-records");
    let outcomes = words::listed(parts);
    let tone = if attend > 0 { "good" } else { "wait" };
    (
        tone,
        text!(
            "trial-the-source-responded-of",
            read = read,
            outcomes = outcomes
        ),
    )
}

impl FieldRow {
    fn new(field: FieldFound, records: u64, document: &EventDocument) -> Self {
        let takes = |origin: &ValueOrigin| matches!(origin, ValueOrigin::Path(path) if path.to_string() == field.path);
        let mapped: Vec<&str> = document
            .mapping
            .all()
            .filter(|(_, mapping)| takes(&mapping.origin))
            .map(|(name, _)| name.name())
            .collect();
        Self {
            filled: match field.filled {
                // More records were examined than are shown.
                filled if filled > records => words::number(filled),
                filled => text!(
                    "trial-filled-of-records",
                    filled = filled,
                    records = records
                ),
            },
            mapped: mapped.join(", "),
            example: field.example.unwrap_or_default(),
            path: field.path,
        }
    }
}

impl RecordRow {
    pub(super) fn new(record: Tried, document: &EventDocument) -> Self {
        Self {
            rules: record
                .rules
                .iter()
                .filter_map(|number| rule(*number, document))
                .collect(),
            position: record.position,
            who: record.attendee.as_ref().map_or_else(String::new, who),
            outcome: outcome(record.outcome),
            fields: record.attendee.map_or_else(Vec::new, fields),
            issues: record.issues.into_iter().map(IssueRow::from).collect(),
            raw: pretty(&record.raw),
            parents: record
                .parents
                .iter()
                .enumerate()
                .map(|(level, value)| (vec!["parent"; level + 1].join("."), pretty(value)))
                .collect(),
        }
    }
}

/// Returns every rule with the number of records it matches: a rule that matches none or all is
/// probably wrong.
fn rule_matches(records: &[Tried], document: &EventDocument) -> Vec<RuleMatchRow> {
    let numbers = (1..).take(document.rules.len());
    let row = |number: u32| {
        let holds = records
            .iter()
            .filter(|record| record.rules.contains(&number));
        Some(RuleMatchRow {
            rule: rule(number, document)?,
            matches: text!(
                "trial-count-of-records",
                count = holds.count(),
                records = records.len()
            ),
        })
    };
    numbers.filter_map(row).collect()
}

/// A rule as people read it: "Rule 2, when canceled: removes the person from the event".
fn rule(number: u32, document: &EventDocument) -> Option<String> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    let rule = document.rules.get(at)?;
    let then = match &rule.then {
        RuleAction::Ignore => t("trial-ignores-the-record").to_owned(),
        RuleAction::RemoveAttendee => t("trial-removes-the-person-from").to_owned(),
        RuleAction::UserOnly => t("trial-makes-the-person-a").to_owned(),
        RuleAction::AddGroup(group) => text!("trial-adds-the-group-group", group = group),
        RuleAction::RemoveGroup(group) => text!("trial-removes-the-group-group", group = group),
    };
    Some(text!(
        "trial-rule-number-when-condition",
        number = number,
        condition = rule.condition,
        then = then
    ))
}

fn who(attendee: &TriedAttendee) -> String {
    let name = attendee.says.profile.full_name();
    if name.is_empty() {
        attendee.email.to_string()
    } else {
        name
    }
}

fn outcome(outcome: TriedOutcome) -> (&'static str, String) {
    match outcome {
        TriedOutcome::Attends => ("succeeded", t("trial-attends").to_owned()),
        TriedOutcome::Removed(rule) => {
            ("removed", text!("trial-removed-by-rule-rule", rule = rule))
        }
        TriedOutcome::UserOnly(rule) => ("updated", text!("trial-user-only-by-rule", rule = rule)),
        TriedOutcome::Erased => ("erased", t("trial-erased-2").to_owned()),
        TriedOutcome::Ignored => ("ignored", t("trial-ignored-2").to_owned()),
        TriedOutcome::Rejected => ("error", t("trial-rejected-2").to_owned()),
    }
}

fn fields(attendee: TriedAttendee) -> Vec<(String, String)> {
    let says = attendee.says;
    let groups: Vec<&str> = says.groups.iter().map(GroupName::as_str).collect();
    let mut fields = vec![("email", attendee.email.to_string())];
    let profile = says.profile.iter();
    fields.extend(profile.map(|(field, value)| (field.name(), value.to_owned())));
    fields.push(("groups", groups.join(", ")));
    fields.push(("digital_badge", says.digital_badge.unwrap_or_default()));
    fields.push(("source_id", says.source_id.unwrap_or_default()));
    let unusable: Vec<_> = says.unusable.into_iter().map(AttendeeField::name).collect();
    fields.push(("could_not_be_used", unusable.join(", ")));
    fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (words::capitalised(&words::field_name(name)), value))
        .collect()
}

fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
