//! A new event: its document, of one's own or filled from a preset, until it is stored.

use askama::Template;
use attendee_sync_domain::preset::Preset;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use serde::Deserialize;

use super::configurator::{refused, to_saved};
use super::editor::{EditorForm, SubmittedDocument};
use super::{PageResult, Shell, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, QueryParameters};
use crate::texts::{TextId, id, text};
use crate::{wire, words};

/// The document of a new event without a preset.
const BLANK: &str = r#"{
  "community": "",
  "event": "",
  "name": "",
  "time_zone": "Europe/Amsterdam",
  "source": {
    "url": "https://",
    "authentication": {"type": "bearer", "token": {"secret": "source-token"}},
    "records": "$[*]"
  },
  "mapping": {
    "source_id": "id",
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name"
  }
}
"#;
const BLANK_HINT: TextId = id("new-event-stored-separately-and-never");

#[derive(Template)]
#[template(path = "new_event.html")]
pub(super) struct NewEvent {
    shell: Shell,
    /// The presets to choose from; empty once there is a document.
    presets: Option<PresetList>,
    /// The preset, with notes about its system.
    preset: Option<Preset>,
    form: EditorForm,
    /// An event that the person began to set up step by step: its handle and its name.
    begun: Option<(String, String)>,
}

/// The presets that have all words that somebody looks for.
struct PresetList {
    search: String,
    /// How many there are of how many.
    found: String,
    cards: Vec<Card>,
}

/// A summary of a preset.
struct Card {
    name: String,
    title: String,
    summary: String,
    /// What it has to be told.
    needs: String,
    /// Where the key is found.
    find: String,
}

impl Card {
    fn new(preset: &Preset) -> Self {
        let needs = preset.parameters.iter().map(|parameter| {
            // What comes after the comma says where it is found.
            let (what, _) = parameter
                .title
                .split_once(',')
                .unwrap_or((&parameter.title, ""));
            let mut letters = what.chars();
            let first = letters.next().into_iter().flat_map(char::to_lowercase);
            // An abbreviation stays one.
            match letters.clone().next() {
                Some(second) if second.is_uppercase() => what.to_owned(),
                _ => first.chain(letters).collect(),
            }
        });
        let needs: Vec<String> = needs.collect();
        let finds = preset.parameters.iter();
        Self {
            name: preset.name.clone(),
            title: preset.title.clone(),
            summary: preset.summary.clone(),
            needs: needs.join("; "),
            find: finds
                .filter_map(|parameter| parameter.find.as_deref())
                .map(words::sentence)
                .collect(),
        }
    }

    fn has(&self, word: &str) -> bool {
        [&self.name, &self.title, &self.summary, &self.needs]
            .iter()
            .any(|text| text.to_lowercase().contains(word))
    }
}

impl PresetList {
    fn new(console: &Console, search: &str) -> Self {
        let all = console.presets.len();
        let wanted = search.to_lowercase();
        let cards = console.presets.values().map(Card::new);
        let cards: Vec<Card> = cards
            .filter(|card| wanted.split_whitespace().all(|word| card.has(word)))
            .collect();
        Self {
            search: search.to_owned(),
            found: match cards.len() {
                found if found == all => words::counted(all as u64, "count-presets"),
                found => text!(
                    "new-event-found-of-presets",
                    found = found,
                    presets = words::counted(all as u64, "count-presets")
                ),
            },
            cards,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct PresetQuery {
    #[serde(default)]
    search: String,
}

impl NewEvent {
    pub(super) fn with(console: &Console, session: &Session, form: EditorForm) -> Self {
        Self {
            shell: Shell::new(Some(session)),
            presets: None,
            preset: console.presets.get(&form.preset).cloned(),
            form,
            begun: None,
        }
    }
}

/// Shows the presets, and the form for a document of one's own.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    QueryParameters(asked): QueryParameters<PresetQuery>,
    headers: HeaderMap,
) -> PageResult {
    let form = EditorForm {
        typed: BLANK.to_owned(),
        hint: BLANK_HINT.to_string(),
        ..EditorForm::default()
    };
    let mut begun = None;
    if let Some(handle) = wire::draft(&headers) {
        let draft = console.setups.look(&session.authority, handle).await?;
        let draft = draft.filter(|draft| draft.saved.is_none());
        begun = draft.map(|draft| (handle.to_owned(), draft.name));
    }
    render(&NewEvent {
        begun,
        presets: Some(PresetList::new(&console, asked.search.trim())),
        ..NewEvent::with(&console, &session, form)
    })
}

/// Stores a new event.
pub(super) async fn save(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
) -> PageResult {
    let submitted = SubmittedDocument::read(&console, &session, &fields).await?;
    match submitted.save(&console, None).await {
        Ok(saved) => Ok(to_saved(&saved)),
        Err(form) => refused(render(&NewEvent::with(&console, &session, form))),
    }
}

/// Tests the document of a new event, and stores nothing.
pub(super) async fn test(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
) -> PageResult {
    let submitted = SubmittedDocument::read(&console, &session, &fields).await?;
    match submitted.test_mapping(&console, None).await {
        Ok(form) => render(&NewEvent::with(&console, &session, form)),
        Err(form) => refused(render(&NewEvent::with(&console, &session, form))),
    }
}
