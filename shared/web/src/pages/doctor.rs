//! The source doctor: reads the whole feed in the background, and shows what a sync would do.

use askama::Template;
use attendee_sync_app::{App, FeedDiagnosis};
use attendee_sync_domain::doctor::{Example, Finding};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::issue::Severity;
use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Redirect};
use serde_json::{Value, json};

use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::configurator::label_of;
use crate::console::SharedConsole;
use crate::diagnoses::{Examined, KnownDiagnosis, UnderWay};
use crate::extract::Named;
use crate::problem::HttpProblem;
use crate::texts::{t, text};
use crate::words::{self, ShownTime};

#[derive(Template)]
#[template(path = "doctor.html")]
struct Doctor {
    shell: Shell,
    event: EventHead,
    /// The start and the duration of an examination under way.
    under_way: Option<(ShownTime, String)>,
    report: Option<DiagnosisReport>,
    /// For how many seconds the page waits for the result, if it waits.
    waits: Option<u64>,
    /// Used by the part of the page that reloads itself.
    figures: Option<()>,
}

/// The result of an examination.
struct DiagnosisReport {
    when: ShownTime,
    /// Whether the configuration was changed since.
    outdated: bool,
    outcome: Result<DoctorPage, String>,
}

struct DoctorPage {
    /// The verdict in words, and its class for style sheets.
    verdict: (&'static str, &'static str),
    facts: Vec<(String, String)>,
    groups: Vec<FindingGroup>,
}

/// The findings of one severity.
struct FindingGroup {
    title: String,
    rows: Vec<FindingRow>,
}

struct FindingRow {
    count: String,
    about: String,
    message: String,
    examples: String,
}

/// Shows the newest examination, or the one under way.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    let head = EventHead::read(&console.app, &event, Tab::Configuration).await?;
    let KnownDiagnosis { under_way, newest } = console.known_diagnosis(&event).await?;
    render(&Doctor {
        shell: Shell::new(Some(&session)),
        waits: console.hosting.request_limit.map(|limit| limit.as_secs()),
        figures: under_way.as_ref().map(|_| ()),
        under_way: under_way.map(|one| (head.clock.show(one.since), elapsed(&console.app, &one))),
        report: newest.map(|examined| DiagnosisReport::new(examined, &head)),
        event: head,
    })
}

/// Starts an examination, or joins the one under way.
pub(super) async fn begin(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> PageResult {
    console.begin_diagnosis(&event).await?;
    Ok(Redirect::to(&format!("/events/{event}/doctor")).into_response())
}

/// Says whether an examination is under way, for the page's script.
pub(super) async fn progress(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> Result<Json<Value>, HttpProblem> {
    console.app.event(&event).await?;
    let Some(under_way) = console.known_diagnosis(&event).await?.under_way else {
        return Ok(Json(json!({"under_way": false})));
    };
    let figures = json!({"elapsed": elapsed(&console.app, &under_way)});
    Ok(Json(json!({"under_way": true, "figures": figures})))
}

fn elapsed(app: &App, under_way: &UnderWay) -> String {
    let elapsed = app.now().duration_since(under_way.since);
    words::duration(u64::try_from(elapsed.as_millis()).unwrap_or(0))
}

impl DiagnosisReport {
    fn new(examined: Examined, head: &EventHead) -> Self {
        Self {
            when: head.clock.show(examined.began),
            outdated: examined.version != head.version,
            outcome: match examined.outcome {
                Ok(checkup) => Ok(DoctorPage::new(&checkup)),
                Err(detail) => Err(words::sentence(&detail)),
            },
        }
    }
}

impl DoctorPage {
    fn new(checkup: &FeedDiagnosis) -> Self {
        let found = &checkup.diagnosis.findings;
        let groups = [
            (Severity::Error, "count-errors"),
            (Severity::Warning, "count-warnings"),
            (Severity::Notice, "count-notices"),
        ];
        Self {
            verdict: verdict(checkup),
            facts: facts(checkup),
            groups: groups
                .into_iter()
                .filter_map(|(severity, id)| FindingGroup::of(found, severity, id))
                .collect(),
        }
    }
}

pub(super) fn verdict(checkup: &FeedDiagnosis) -> (&'static str, &'static str) {
    let worst = checkup.diagnosis.findings.iter().map(|one| one.severity);
    if checkup.diagnosis.is_serious() {
        return ("bad", t("doctor-correct-the-errors-below"));
    }
    match worst.max() {
        Some(Severity::Error) => ("wait", t("doctor-the-event-can-be")),
        Some(Severity::Warning) => ("wait", t("doctor-the-event-can-be-synced")),
        Some(Severity::Notice) | None => ("good", t("doctor-the-event-can-be-synced-2")),
    }
}

pub(super) fn facts(checkup: &FeedDiagnosis) -> Vec<(String, String)> {
    let found = &checkup.diagnosis;
    let mut facts: Vec<(String, String)> = [
        (t("doctor-records"), found.records),
        (t("doctor-people"), found.people),
        (t("doctor-groups"), found.groups),
        (t("doctor-attend"), found.attending),
        (t("doctor-removed-by-a-rule"), found.removed),
        (t("doctor-erased"), found.erased),
        (t("doctor-ignored"), found.ignored),
        (t("doctor-rejected"), found.rejected),
        (t("doctor-pages"), checkup.pages),
    ]
    .map(|(name, count)| (name.to_owned(), words::number(count)))
    .to_vec();
    for rule in &found.rules {
        let name = text!("doctor-records-of-rule-rule", rule = rule.rule);
        facts.push((name, words::number(rule.records)));
    }
    let mut fact = |name: &str, fact| facts.push((name.to_owned(), fact));
    fact(t("doctor-received"), words::bytes(checkup.bytes));
    fact(t("doctor-reading-took"), seconds(checkup.read_seconds));
    fact(
        t("doctor-first-sync-about"),
        seconds(checkup.first_sync_seconds),
    );
    facts
}

fn seconds(seconds: f64) -> String {
    if seconds < 0.1 {
        return words::took(0);
    }
    let exact = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    words::duration(u64::try_from(exact.as_millis()).unwrap_or(u64::MAX))
}

impl FindingGroup {
    fn of(findings: &[Finding], severity: Severity, id: &'static str) -> Option<Self> {
        let rows: Vec<FindingRow> = findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .map(row)
            .collect();
        let count = rows.len() as u64;
        (count > 0).then(|| Self {
            title: words::counted(count, id),
            rows,
        })
    }
}

fn row(finding: &Finding) -> FindingRow {
    let examples: Vec<String> = finding.examples.iter().map(example).collect();
    FindingRow {
        count: words::number(finding.count),
        about: finding
            .field
            .as_deref()
            .map(|field| label_of(field).unwrap_or(field).to_owned())
            .unwrap_or_default(),
        message: words::sentence(&finding.message),
        examples: examples.join(", "),
    }
}

pub(super) fn example(example: &Example) -> String {
    let position = words::number(example.position.into());
    match &example.source_id {
        Some(id) => format!("{position} ({id})"),
        None => position,
    }
}
