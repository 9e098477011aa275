//! `configure`: checks and stores event configurations.

use std::path::PathBuf;

use attendee_sync_app::{App, Configured};
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::config::{Problems, check_within};
use serde_json::{Value, json};

use super::{CommandEnd, addresses};
use crate::cli::{Common, Configure};
use crate::data_dir::DataDir;
use crate::setup::{MailSetup, Setup, set_up};
use crate::{output, toml_document};

/// A file that is no document.
#[derive(Debug, thiserror::Error)]
#[error("{}", file.display())]
pub(crate) struct UnreadableFile {
    file: PathBuf,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Checks every file before it stores the first: if one is refused, none is stored.
pub(crate) async fn configure(
    common: &Common,
    arguments: &Configure,
) -> anyhow::Result<CommandEnd> {
    let mut documents = Vec::new();
    for file in &arguments.files {
        let document = toml_document::read(file).map_err(|error| UnreadableFile {
            file: file.clone(),
            source: error.into(),
        })?;
        documents.push((file, document));
    }
    let allowed = addresses(arguments.sources);
    let senders = arguments.sending.senders()?;
    let check = |document| check_within(document, &allowed, &senders);
    let mut refused = Vec::new();
    for (file, document) in &documents {
        if let Err(problems) = check(document) {
            refused.push((file.display().to_string(), problems));
        }
    }
    if !refused.is_empty() {
        say_refused(common, &refused)?;
        return Ok(CommandEnd::Wrong);
    }
    let mail = MailSetup {
        senders: senders.clone(),
        ..MailSetup::nobody()
    };
    if arguments.test {
        let dir = DataDir::take(&common.data_dir, "configure --test")?;
        let Setup { app, .. } = set_up(&dir, allowed.clone(), mail).await?;
        let mut ended = CommandEnd::Done;
        for (_, document) in &documents {
            if super::test_mapping::test_mapping(&app, common, document).await? != CommandEnd::Done
            {
                ended = CommandEnd::Failed;
            }
        }
        return Ok(ended);
    }
    let mut results = Vec::new();
    if arguments.check {
        for (_, document) in &documents {
            results.extend(
                check(document)
                    .into_iter()
                    .map(|document| (document.event.to_string(), App::notices(&document))),
            );
        }
    } else {
        let dir = DataDir::take(&common.data_dir, "configure")?;
        let Setup { app, .. } = set_up(&dir, allowed.clone(), mail).await?;
        for (_, document) in &documents {
            let configured = app.as_of(&Actor::Owner).configure(document).await?;
            let Configured {
                document, notices, ..
            } = configured;
            results.push((document.event.to_string(), notices));
        }
    }
    let done = if arguments.check {
        "is valid"
    } else {
        "is configured"
    };
    if common.json {
        let events: Vec<Value> = results
            .iter()
            .map(|(event, notices)| json!({"event": event, "notices": notices}))
            .collect();
        output::print_json(&json!({"stored": !arguments.check, "events": events}))?;
        return Ok(CommandEnd::Done);
    }
    for (event, notices) in results {
        output::print(&format!("{event} {done}\n"));
        for notice in notices {
            eprintln!("  note: {}: {}", notice.path, notice.reason);
        }
    }
    Ok(CommandEnd::Done)
}

/// Tells what is wrong with files, all of it at once.
pub(crate) fn say_refused(common: &Common, refused: &[(String, Problems)]) -> anyhow::Result<()> {
    for (file, problems) in refused {
        for problem in &problems.0 {
            eprintln!("{}", output::printable(&format!("{file}: {problem}")));
        }
    }
    if common.json {
        let files: Vec<Value> = refused
            .iter()
            .map(|(file, problems)| json!({"file": file, "problems": problems.0}))
            .collect();
        output::print_json(
            &json!({"error": "the configuration cannot be accepted", "files": files}),
        )?;
    }
    Ok(())
}
