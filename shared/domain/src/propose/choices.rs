//! Finds possible origins of each profile field: fields, answers to questions, and the first item
//! of a list of contacts.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::answers::answers_in;
use super::fields::{ProposeField, quoted};
use super::names::{ProposedMeaning as M, meanings, speaks_of_others};
use super::side_lists::in_side_lists;
use super::values::{
    is_badge_file, is_blank, is_email, is_event_role, is_full_name, is_honorific, is_identifier,
    is_label, is_name, is_url, is_words, names_country,
};
use crate::lookup::Lookups;

/// The lowest score of a choice that is proposed.
const ENOUGH: i64 = 45;

/// A possible origin of a profile field.
pub(super) struct ProposeChoice<'v> {
    pub(super) field: ProposeField<'v>,
    /// The expression, where a path is not enough.
    pub(super) code: Option<String>,
    /// Whether the choice is one item of a list.
    is_of_list: bool,
    /// Whether the value is in a side list.
    is_of_side_list: bool,
    meanings: Vec<(M, u32)>,
    pub(super) is_of_others: bool,
}

impl ProposeChoice<'_> {
    /// The choice as a mapping writes it.
    pub(super) fn mapping(&self) -> Value {
        match &self.code {
            Some(code) => serde_json::json!({ "expression": code }),
            None => Value::String(self.field.path()),
        }
    }

    /// The choice as a part of an expression.
    pub(super) fn expression(&self) -> String {
        match &self.code {
            Some(code) => format!("({code})"),
            None => self.field.expression(),
        }
    }

    /// Returns the name that people know the choice by.
    pub(super) fn title(&self) -> String {
        match (&self.field.label, &self.code) {
            (Some(label), _) => super::values::shown(label),
            (None, Some(code)) if self.is_of_side_list => code.clone(),
            (None, _) => self.field.path(),
        }
    }

    pub(super) fn name_score(&self, meaning: M) -> u32 {
        self.meanings
            .iter()
            .find(|(known, _)| *known == meaning)
            .map_or(0, |(_, score)| *score)
    }
}

/// Returns all choices in the records.
pub(super) fn choices_of<'v>(
    fields: &[ProposeField<'v>],
    lookups: &'v Lookups,
) -> Vec<ProposeChoice<'v>> {
    let plain = fields
        .iter()
        .map(|field| choice(field.clone(), None, false));
    let answers = answers_in(fields).into_iter();
    let answers = answers.map(|answer| choice(answer.field, Some(answer.expression), false));
    let firsts = fields.iter().flat_map(firsts_of);
    let beside = in_side_lists(fields, lookups)
        .into_iter()
        .map(|(field, code)| ProposeChoice {
            is_of_side_list: true,
            ..choice(field, Some(code), false)
        });
    plain.chain(answers).chain(firsts).chain(beside).collect()
}

fn choice(field: ProposeField<'_>, code: Option<String>, is_of_list: bool) -> ProposeChoice<'_> {
    let names = field.names();
    ProposeChoice {
        meanings: meanings(&names),
        is_of_others: speaks_of_others(&names),
        field,
        code,
        is_of_list,
        is_of_side_list: false,
    }
}

/// Returns the members of a list's objects, taken from the primary object, the one for work, or the
/// first one.
fn firsts_of<'v>(list: &ProposeField<'v>) -> Vec<ProposeChoice<'v>> {
    let items = || {
        list.values
            .iter()
            .filter_map(|(record, value)| Some((*record, value.as_array()?)))
    };
    if list.level > 0 {
        return Vec::new();
    }
    let whole = list.expression();
    if items().all(|(_, items)| items.iter().all(Value::is_string)) {
        let mut field = list.clone();
        field.values = items()
            .filter_map(|(record, items)| Some((record, items.first()?)))
            .collect();
        return vec![choice(
            field,
            Some(format!("({whole} or []) | first")),
            true,
        )];
    }
    let objects = || items().flat_map(|(_, items)| items.iter().filter_map(Value::as_object));
    let is_flag = |item: &Map<String, Value>| item.get("primary").is_some_and(Value::is_boolean);
    let has_primary = objects().any(is_flag);
    let has_work = objects().any(|item| item.get("type").and_then(Value::as_str) == Some("work"));
    let mut members: Vec<&String> = Vec::new();
    for name in objects().take(50).flat_map(Map::keys) {
        if !members.contains(&name) && !name.contains(['.', '\'', '"']) && members.len() < 20 {
            members.push(name);
        }
    }
    let first = |member: &String| {
        let of = |filter: &str| {
            format!(
                "(({whole} or []){filter} | map(attribute={}) | first)",
                quoted(member)
            )
        };
        let mut ways = Vec::new();
        ways.extend(has_primary.then(|| of(" | selectattr('primary')")));
        ways.extend(has_work.then(|| of(" | selectattr('type', 'eq', 'work')")));
        ways.push(of(""));
        let pick = |items: &'v Vec<Value>| {
            let primary = items
                .iter()
                .find(|item| item.get("primary") == Some(&Value::Bool(true)));
            let work = || {
                items
                    .iter()
                    .find(|item| item.get("type").and_then(Value::as_str) == Some("work"))
            };
            let item = primary.or_else(work).or_else(|| items.first())?;
            item.get(member).filter(|value| !is_blank(value))
        };
        let mut field = list.clone();
        field.steps.push(member.clone());
        field.values = items()
            .filter_map(|(record, items)| Some((record, pick(items)?)))
            .collect();
        choice(field, Some(ways.join(" or ")), true)
    };
    members.into_iter().map(first).collect()
}

/// The choices for a meaning, the best first.
pub(super) fn ranked<'c, 'v>(
    choices: &'c [ProposeChoice<'v>],
    meaning: M,
    records: usize,
) -> Vec<(i64, &'c ProposeChoice<'v>)> {
    let mut ranked: Vec<(i64, &ProposeChoice<'_>)> = choices
        .iter()
        .filter_map(|choice| Some((score(choice, meaning, records)?, choice)))
        .filter(|(score, _)| *score >= ENOUGH)
        .collect();
    ranked.sort_by_key(|(score, _)| Reverse(*score));
    ranked
}

fn score(choice: &ProposeChoice<'_>, meaning: M, records: usize) -> Option<i64> {
    let field = &choice.field;
    let by_name = choice.name_score(meaning);
    let by_value = match meaning {
        M::Email if !choice.is_of_others && field.percent(is_email) >= 80 => 62,
        M::Country if !choice.is_of_others && looks_like_countries(field) => 46,
        _ => 0,
    };
    let name = by_name.max(by_value);
    if name == 0 || !fits(choice, meaning, by_name) {
        return None;
    }
    let filled = (100 * field.values.len())
        .checked_div(records)
        .unwrap_or(0)
        .min(100);
    let above = match meaning {
        M::Company | M::Country | M::Groups => 12,
        _ => 40,
    };
    let depth =
        i64::try_from(field.level * above + field.steps.len().saturating_sub(1)).unwrap_or(100);
    let filled = i64::try_from(filled).unwrap_or(0) * 15 / 100;
    Some(
        i64::from(name) + filled
            - depth
            - i64::from(choice.is_of_list || choice.is_of_side_list) * 5,
    )
}

/// Returns whether the values alone show that a field contains countries: all are names of
/// countries, and the field's name does not suggest something else.
fn looks_like_countries(field: &ProposeField<'_>) -> bool {
    let words = field.names().join(" ").to_lowercase();
    let is_other = ["lang", "local", "lng", "currency", "state", "region"]
        .iter()
        .any(|word| words.contains(word));
    let texts: Vec<String> = field.texts().collect();
    let is_long = texts.iter().all(|text| text.len() >= 4);
    !is_other && texts.len() >= 3 && is_long && field.percent(names_country) == 100
}

/// Returns whether a field's values are plausible for the meaning of its name.
fn fits(choice: &ProposeChoice<'_>, meaning: M, by_name: u32) -> bool {
    let field = &choice.field;
    if field.values.is_empty() {
        let may_be_blank = matches!(
            meaning,
            M::Title | M::JobTitle | M::Company | M::Country | M::Biography | M::AdditionalInfo
        );
        return may_be_blank && by_name >= 97 && !choice.is_of_list;
    }
    if choice.is_of_list && !matches!(meaning, M::Email | M::Country | M::Company | M::JobTitle) {
        return false;
    }
    let most = |test: fn(&str) -> bool| field.percent(test) >= 60;
    match meaning {
        M::SourceId => false,
        M::Email => most(is_email),
        M::FirstName | M::LastName => most(is_name) && field.percent(is_email) == 0,
        M::FullName => field.percent(is_full_name) >= 50,
        M::Title => most(is_honorific),
        M::JobTitle => field.percent(is_words) >= 60 && !most(is_honorific) && !most(is_event_role),
        M::Company => field.percent(is_words) >= 50,
        M::Country => most(names_country) || (by_name >= 95 && most(is_words)),
        M::AdditionalInfo | M::Biography => most(is_words),
        M::Groups => most(is_label) || field.values.iter().all(|(_, value)| value.is_array()),
        M::Badge => most(is_url) && (by_name >= 85 || most(is_badge_file)),
    }
}

/// Returns the choices for the record's id: fields that every record has, with no value twice.
pub(super) fn identifiers<'c, 'v>(
    choices: &'c [ProposeChoice<'v>],
    records: usize,
) -> Vec<(i64, &'c ProposeChoice<'v>)> {
    let is_unique = |choice: &ProposeChoice<'_>| {
        let mut texts: Vec<String> = choice.field.texts().collect();
        let all = texts.len() == records && texts.iter().all(|text| is_identifier(text));
        texts.sort_unstable();
        texts.dedup();
        all && texts.len() == records
    };
    let score = |choice: &ProposeChoice<'_>| {
        let by_name = i64::from(choice.name_score(M::SourceId));
        let is_uuid =
            |text: &str| text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
        let by_value = if choice.field.percent(is_uuid) == 100 && !choice.is_of_others {
            50
        } else {
            0
        };
        by_name.max(by_value) - 6 * i64::try_from(choice.field.steps.len()).unwrap_or(9)
    };
    let mut found: Vec<_> = choices
        .iter()
        .filter(|choice| choice.field.level == 0 && choice.code.is_none() && is_unique(choice))
        .map(|choice| (score(choice), choice))
        .filter(|(score, _)| *score >= 40)
        .collect();
    found.sort_by_key(|(score, _)| Reverse(*score));
    found
}
