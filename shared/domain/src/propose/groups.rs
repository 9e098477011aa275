//! Proposes groups: ticket types, categories and tags, in one text, in a text with several, or in a
//! list.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ProposedField;
use super::choices::{ProposeChoice, ranked};
use super::fields::{ProposeField, quoted};
use super::mapping::proposed;
use super::names::{ProposedMeaning as M, words_of};
use super::values::{example_of, is_label, shown};

/// Fields that contain the name of an object in a list.
const LABELS: [&str; 9] = [
    "name",
    "title",
    "label",
    "display",
    "displayName",
    "Name",
    "text",
    "value",
    "slug",
];
/// Words in the names of fields whose values repeat, too, but are no groups.
const NO_GROUPS: [&str; 44] = [
    "status",
    "state",
    "statut",
    "estado",
    "stato",
    "zustand",
    "locale",
    "lang",
    "language",
    "sprache",
    "langue",
    "taal",
    "idioma",
    "lingua",
    "currency",
    "country",
    "land",
    "pays",
    "pais",
    "paese",
    "city",
    "gender",
    "sex",
    "geschlecht",
    "source",
    "channel",
    "timezone",
    "zone",
    "provider",
    "method",
    "payment",
    "gateway",
    "type",
    "object",
    "name",
    "salutation",
    "anrede",
    "price",
    "company",
    "event",
    "url",
    "email",
    "location",
    "platform",
];

pub(super) fn groups_from(
    choices: &[ProposeChoice<'_>],
    records: usize,
    taken: &[String],
) -> Option<ProposedField> {
    let mut found = ranked(choices, M::Groups, records);
    found.retain(|(_, choice)| !taken.contains(&choice.title()) && place_of(choice).is_some());
    let Some((_, best)) = found.first() else {
        return by_values(choices, records, taken);
    };
    let is_further = |choice: &ProposeChoice<'_>| {
        is_list(&choice.field)
            && choice.name_score(M::Groups) >= 85
            && choice.field.level == 0
            && choice.title() != best.title()
    };
    let further = found
        .iter()
        .skip(1)
        .map(|(_, choice)| *choice)
        .filter(|choice| is_further(choice))
        .take(2);
    let all: Vec<&ProposeChoice<'_>> = [*best].into_iter().chain(further).collect();
    let mut places: Vec<Value> = all.iter().filter_map(|choice| place_of(choice)).collect();
    let titles: Vec<String> = all
        .iter()
        .map(|choice| format!("\"{}\"", choice.title()))
        .collect();
    let reason = format!(
        "{} says to which group somebody belongs",
        titles.join(" and ")
    );
    let mapping = if places.len() == 1 {
        places.pop()?
    } else {
        Value::Array(places)
    };
    let is_sure = best.name_score(M::Groups) >= 85;
    Some(proposed("groups", mapping, is_sure, reason, example(best)))
}

fn is_list(field: &ProposeField<'_>) -> bool {
    field.values.iter().all(|(_, value)| value.is_array())
}

/// Returns the place as a mapping writes it: the path of a text or a list of texts, or an
/// expression for the names of objects.
fn place_of(choice: &ProposeChoice<'_>) -> Option<Value> {
    if !is_list(&choice.field) {
        let Value::String(path) = choice.mapping() else {
            return Some(choice.mapping());
        };
        return Some(match separator_of(&choice.field) {
            Some(separator) => json!({ "path": path, "separator": separator }),
            None => Value::String(path),
        });
    }
    let items = || {
        choice
            .field
            .values
            .iter()
            .filter_map(|(_, value)| value.as_array())
            .flatten()
    };
    if items().all(|item| item.as_str().is_some_and(is_label)) {
        return Some(choice.mapping());
    }
    let label = label_of(&items())?;
    let code = format!(
        "({} or []) | map(attribute={}) | list",
        choice.expression(),
        quoted(label)
    );
    Some(json!({ "expression": code }))
}

fn label_of<'i>(items: &(impl Iterator<Item = &'i Value> + Clone)) -> Option<&'static str> {
    LABELS.into_iter().find(|label| {
        let mut items = items.clone().peekable();
        items.peek().is_some()
            && items.all(|item| {
                item.get(label)
                    .and_then(Value::as_str)
                    .is_some_and(is_label)
            })
    })
}

/// Returns the separator of several groups in one text: a semicolon or a bar, or a comma where a
/// part also occurs elsewhere.
fn separator_of(field: &ProposeField<'_>) -> Option<&'static str> {
    let texts: Vec<String> = field.texts().collect();
    let has = |separator: &str| texts.iter().any(|text| text.contains(separator));
    let repeats = |separator: &str| {
        let parts = |text: &String| -> Vec<String> {
            text.split(separator)
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect()
        };
        let several: Vec<(usize, Vec<String>)> = texts.iter().map(parts).enumerate().collect();
        several.iter().any(|(at, parts)| {
            let others = several
                .iter()
                .filter(|(other, _)| other != at)
                .flat_map(|(_, parts)| parts);
            parts.len() > 1 && others.into_iter().any(|other| parts.contains(other))
        })
    };
    [";", "|"]
        .into_iter()
        .find(|separator| has(separator))
        .or_else(|| {
            let is_plural = field
                .names()
                .last()
                .is_some_and(|name| words_of(name).iter().any(|word| word.ends_with('s')));
            (has(",") && (repeats(",") || (is_plural && texts.len() < 3))).then_some(",")
        })
}

fn example(choice: &ProposeChoice<'_>) -> Option<String> {
    let value = choice.field.first()?;
    let Value::Array(items) = value else {
        return example_of(value);
    };
    let label = label_of(&items.iter());
    let name = |item: &Value| {
        label
            .and_then(|label| item.get(label))
            .unwrap_or(item)
            .as_str()
            .map(str::to_owned)
    };
    let names: Vec<String> = items.iter().filter_map(name).collect();
    Some(shown(&names.join("; ")))
}

/// Finds groups by values alone: short texts that several records share and that have no other
/// meaning.
fn by_values(
    choices: &[ProposeChoice<'_>],
    records: usize,
    taken: &[String],
) -> Option<ProposedField> {
    let is_choice = |choice: &&ProposeChoice<'_>| {
        let field = &choice.field;
        let words: Vec<String> = field
            .names()
            .iter()
            .flat_map(|name| words_of(name))
            .collect();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for text in field.texts() {
            *counts.entry(text).or_default() += 1;
        }
        let is_shared =
            (2..=records / 2).contains(&counts.len()) && counts.values().any(|count| *count > 1);
        let is_free = choice.name_score(M::FirstName)
            + choice.name_score(M::LastName)
            + choice.name_score(M::Email)
            == 0
            && choice.name_score(M::Company)
                + choice.name_score(M::JobTitle)
                + choice.name_score(M::Title)
                == 0;
        field.level == 0
            && is_free
            && !choice.is_of_others
            && !taken.contains(&choice.title())
            && !words.iter().any(|word| NO_GROUPS.contains(&word.as_str()))
            && field.values.len() * 10 >= records * 8
            && is_shared
            && field.percent(|text| is_label(text) && text.len() <= 40) == 100
    };
    let choice = choices.iter().find(is_choice)?;
    let reason = format!(
        "few short texts repeat in \"{}\", as groups do",
        choice.title()
    );
    Some(proposed(
        "groups",
        place_of(choice)?,
        false,
        reason,
        example(choice),
    ))
}
