//! `plan` and `apply`: the events of an installation as a folder of documents says.

mod folder;
mod installation;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use attendee_sync_domain::config::{DocumentDifference, EventDocument, document_differences};
use attendee_sync_domain::ids::EventId;
use serde::Serialize;
use serde_json::Value;

use crate::cli::{AsCodeArguments, Common};
use crate::commands::{CommandEnd, addresses, open_with_senders, say_refused};
use crate::output;
use crate::server::Server;
use folder::FiledDocument;
use installation::{DocumentTarget, StoredVersion};

/// The settings by which a sync may remove people: where one differs, a preview is made before it is stored.
const REMOVING: [&str; 6] = [
    "source",
    "mapping",
    "delete_flag",
    "rules",
    "missing",
    "guards",
];

/// What is to be done about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum PlannedAction {
    Create,
    Update,
    Nothing,
}

/// An event of the folder, beside what is stored.
#[derive(Serialize)]
struct PlannedEvent {
    event: EventId,
    file: String,
    action: PlannedAction,
    /// Where the stored document differs.
    changes: Vec<DocumentDifference>,
    /// Why the next sync would be held.
    held: Option<String>,
    #[serde(skip)]
    document: EventDocument,
    #[serde(skip)]
    over: Option<StoredVersion>,
}

/// What `apply` would do.
#[derive(Serialize)]
struct FolderPlan {
    applied: bool,
    events: Vec<PlannedEvent>,
    /// Stored events of the same communities that no file is about; nothing happens to them.
    not_in_folder: Vec<EventId>,
}

/// Shows what `apply` would do; stores nothing.
pub(crate) async fn plan(
    common: &Common,
    arguments: &AsCodeArguments,
) -> anyhow::Result<CommandEnd> {
    match planned(common, arguments).await? {
        None => Ok(CommandEnd::Wrong),
        Some((_, plan)) => shown(common, &plan),
    }
}

/// Stores the documents of a folder that differ from what is stored; none of them where one would be held.
pub(crate) async fn apply(
    common: &Common,
    arguments: &AsCodeArguments,
) -> anyhow::Result<CommandEnd> {
    let Some((installation, mut plan)) = planned(common, arguments).await? else {
        return Ok(CommandEnd::Wrong);
    };
    if plan.events.iter().any(|event| event.held.is_some()) {
        let ended = shown(common, &plan)?;
        eprintln!("attendee-sync: nothing was stored, because a sync would be held");
        return Ok(ended);
    }
    for event in &plan.events {
        if event.action != PlannedAction::Nothing {
            installation
                .store(&event.document, event.over.clone())
                .await?;
        }
    }
    plan.applied = true;
    shown(common, &plan)
}

/// The plan for a folder; nothing where one of its files is wrong, which was told.
async fn planned(
    common: &Common,
    arguments: &AsCodeArguments,
) -> anyhow::Result<Option<(DocumentTarget, FolderPlan)>> {
    let server = Server::named(&arguments.server)?;
    let allowed = addresses(arguments.sources);
    let senders = arguments.sending.senders()?;
    let documents = match folder::read(&arguments.folder, &allowed, &senders)? {
        Ok(documents) => documents,
        Err(refused) => {
            say_refused(common, &refused)?;
            return Ok(None);
        }
    };
    let installation = match server {
        Some(server) => DocumentTarget::There(server),
        None => DocumentTarget::Here(open_with_senders(common, allowed, senders).await?),
    };
    let plan = compare(&installation, documents, arguments.no_preview).await?;
    Ok(Some((installation, plan)))
}

async fn compare(
    installation: &DocumentTarget,
    documents: BTreeMap<EventId, FiledDocument>,
    no_preview: bool,
) -> anyhow::Result<FolderPlan> {
    let communities: BTreeSet<_> = documents
        .values()
        .map(|filed| filed.document.community.clone())
        .collect();
    let mut not_in_folder = Vec::new();
    for community in &communities {
        let stored = installation.events(community).await?;
        not_in_folder.extend(
            stored
                .into_iter()
                .filter(|event| !documents.contains_key(event)),
        );
    }
    let mut events = Vec::new();
    for (event, FiledDocument { file, document }) in documents {
        let stored = installation.find(&event).await?;
        let changes = stored
            .as_ref()
            .map(|stored| document_differences(&stored.document, &document));
        let action = match &changes {
            None => PlannedAction::Create,
            Some(changes) if changes.is_empty() => PlannedAction::Nothing,
            Some(_) => PlannedAction::Update,
        };
        let changes = changes.unwrap_or_default();
        let held = if !no_preview && may_remove(&changes) {
            installation.hold_of(&document).await?
        } else {
            None
        };
        events.push(PlannedEvent {
            event,
            file: file.display().to_string(),
            action,
            changes,
            held,
            document,
            over: stored.map(|stored| stored.version),
        });
    }
    Ok(FolderPlan {
        applied: false,
        events,
        not_in_folder,
    })
}

fn may_remove(changes: &[DocumentDifference]) -> bool {
    changes.iter().any(|change| {
        let part = change.path.split(['.', '[']).next();
        part.is_some_and(|part| REMOVING.contains(&part))
    })
}

/// Prints a plan, or what was done by it.
fn shown(common: &Common, plan: &FolderPlan) -> anyhow::Result<CommandEnd> {
    output::print_either(common, plan, || output::printable(&in_words(plan)))?;
    let is_held = plan.events.iter().any(|event| event.held.is_some());
    Ok(if is_held {
        CommandEnd::Held
    } else {
        CommandEnd::Done
    })
}

fn in_words(plan: &FolderPlan) -> String {
    let mut text = String::new();
    for event in &plan.events {
        let what = match (event.action, plan.applied) {
            (PlannedAction::Nothing, _) => "no changes",
            (PlannedAction::Create, false) => "will be created",
            (PlannedAction::Create, true) => "created",
            (PlannedAction::Update, false) => "will be changed",
            (PlannedAction::Update, true) => "changed",
        };
        let _never = writeln!(text, "{}: {what}", event.event);
        for change in &event.changes {
            let (before, after) = (side(change.before.as_ref()), side(change.after.as_ref()));
            let _never = writeln!(text, "  {}: {before} -> {after}", change.path);
        }
        if let Some(reason) = &event.held {
            let _never = writeln!(text, "  {reason}");
        }
    }
    for event in &plan.not_in_folder {
        let _never = writeln!(text, "{event}: not in this folder; it stays as it is");
    }
    text
}

fn side(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}
