//! The content of a record, as the model reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{ModelEvent, ModelSettings};

/// Longest company, in characters; longer ones are cut.
const LONGEST: usize = 250;

/// What a record orders for its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModelSays {
    /// The person attends.
    Lives,
    /// A rule removes them.
    Goes,
    /// The delete flag erases them.
    Erases,
}

/// Ids of records by their prints.
pub(super) type Prints = BTreeMap<String, String>;

/// A record that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ModelRead {
    /// The identity of the record's content: the record, with the settings it was read with.
    pub(super) print: String,
    pub(super) id: String,
    /// The address; absent where the record has none or an invalid one.
    pub(super) who: Option<String>,
    pub(super) name: String,
    pub(super) says: ModelSays,
    /// The settings with which the record was read; with `said` they recognise an erased person's
    /// record.
    meaning: String,
    said: String,
    pub(super) company: Option<String>,
    pub(super) groups: BTreeSet<String>,
    pub(super) badge: Option<String>,
}

/// An address in the form it is compared in.
fn address(record: &Value) -> Option<String> {
    let address = record["email"].as_str()?.trim().to_lowercase();
    let (user, domain) = address.split_once('@')?;
    let is_one = !user.is_empty() && domain.contains('.') && !address.contains(' ');
    is_one.then_some(address)
}

fn is_true(value: &Value) -> bool {
    matches!(value.as_str(), Some("yes" | "true")) || *value == Value::Bool(true)
}

impl ModelRead {
    /// Reads a record; `None` where a rule ignores it.
    pub(super) fn of(record: &Value, settings: &ModelSettings) -> Option<Self> {
        if is_true(&record["test"]) {
            return None;
        }
        let text = |field: &str| record[field].as_str().map(str::to_owned);
        let says = if is_true(&record["erased"]) {
            ModelSays::Erases
        } else if settings.has_rule && is_true(&record["cancelled"]) {
            ModelSays::Goes
        } else {
            ModelSays::Lives
        };
        let ModelSettings {
            has_rule,
            groups,
            company,
            ..
        } = settings;
        let meaning = format!("{has_rule} {groups} {company}");
        let who = address(record);
        let name = ["first", "last"].map(|part| text(part).unwrap_or_default());
        let name = name.join(" ");
        let groups = record[settings.groups].as_array();
        let groups = groups.into_iter().flatten().filter_map(Value::as_str);
        let groups: BTreeSet<String> = groups.map(str::to_owned).collect();
        let company = text(settings.company);
        let company = company.map(|company| company.chars().take(LONGEST).collect());
        let said = match says {
            ModelSays::Lives => format!("{who:?} {name} {company:?} {groups:?}"),
            ModelSays::Goes | ModelSays::Erases => format!("{says:?}"),
        };
        Some(Self {
            print: format!("{record} {meaning}"),
            id: text("id").unwrap_or_default(),
            who,
            name,
            says,
            meaning,
            said,
            company,
            groups,
            badge: text("badge"),
        })
    }

    pub(super) fn erased(self) -> (String, String, String) {
        (self.id, self.meaning, self.said)
    }
}

impl ModelEvent {
    /// Returns the person who has the record with this id, if exactly one person has.
    pub(super) fn holder(&self, id: &String) -> Option<&String> {
        let known = self.known.iter();
        let mut holders = known
            .flat_map(|(who, prints)| prints.values().map(move |known| (who, known)))
            .filter(|(_, known)| *known == id);
        match (holders.next(), holders.next()) {
            (Some((who, _)), None) => Some(who),
            _ => None,
        }
    }
}

/// Returns whether these records bring an erased person back. If not, their content is remembered
/// as read now.
pub(super) fn comes_back(
    said: &mut BTreeSet<(String, String, String)>,
    records: &[ModelRead],
) -> bool {
    let mut now = said.clone();
    for record in records {
        let new = record.clone().erased();
        if now.contains(&new) {
            continue;
        }
        let before = now.len();
        now.retain(|(id, meaning, _)| *id != new.0 || *meaning == new.1);
        if now.len() == before {
            return true;
        }
        now.insert(new);
    }
    *said = now;
    false
}
