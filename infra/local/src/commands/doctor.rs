//! `doctor`: reads an event's whole feed and reports what a sync of it would cause.

use std::fmt::Write;

use attendee_sync_app::{App, FeedDiagnosis};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::issue::Severity;
use indicatif::HumanBytes;

use super::CommandEnd;
use crate::cli::Common;
use crate::output;

pub(crate) async fn doctor(
    app: &App,
    common: &Common,
    event: &EventId,
) -> anyhow::Result<CommandEnd> {
    let checkup = app.diagnose_feed(event).await?;
    if common.json {
        output::print_json(&checkup)?;
    } else {
        print(&checkup);
    }
    Ok(if checkup.diagnosis.is_serious() {
        CommandEnd::Failed
    } else {
        CommandEnd::Done
    })
}

fn print(checkup: &FeedDiagnosis) {
    let rows = checkup
        .diagnosis
        .findings
        .iter()
        .map(|finding| {
            let severity = match finding.severity {
                Severity::Notice => "notice",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            let examples: Vec<String> = finding
                .examples
                .iter()
                .map(|example| match &example.source_id {
                    Some(id) => format!("{} ({id})", example.position),
                    None => example.position.to_string(),
                })
                .collect();
            vec![
                severity.to_owned(),
                finding.field.clone().unwrap_or_default(),
                finding.message.clone(),
                examples.join(", "),
            ]
        })
        .collect();
    output::print_table(&["severity", "about", "finding", "records"], rows);
    output::print(&in_words(checkup));
}

fn in_words(checkup: &FeedDiagnosis) -> String {
    let found = &checkup.diagnosis;
    let mut text = format!(
        "{} records, {} people, groups: {}; {} attend, {} removed, {} erased, {} ignored, {} rejected\n",
        found.records,
        found.people,
        found.groups,
        found.attending,
        found.removed,
        found.erased,
        found.ignored,
        found.rejected,
    );
    let _written = writeln!(
        text,
        "{} {}, {}; reading took {:.1} s, as every sync will; a first sync takes about {:.1} s",
        checkup.pages,
        if checkup.pages == 1 { "page" } else { "pages" },
        HumanBytes(checkup.bytes),
        checkup.read_seconds,
        checkup.first_sync_seconds,
    );
    if !checkup.complete {
        text.push_str("the source was not read to its end: the findings are only about the part that was read\n");
    }
    text
}
