//! Converts between the document and the form, without loss.

use serde_json::{Map, Value};

use super::part::{ConfiguratorRow, KindChoice, RowList, SectionPart};
use super::typed::TypedFields;
use super::{Sections, authentication};
use crate::texts::t;

/// A mistake in the form: the name of the field, and the reason.
pub(crate) type Wrong = (String, String);

/// Returns the form of a document.
pub(crate) fn form_of(sections: Sections, document: &Value) -> TypedFields {
    let mut typed = TypedFields::default();
    for part in sections.parts() {
        match part {
            SectionPart::Leaf(leaf) => typed.set(leaf.key, leaf.text_of(at(document, leaf.key))),
            SectionPart::Choice(choice) => {
                let (kind, fields) = choice.shape.open(at(document, choice.path));
                for branch in choice.kinds {
                    let is_it = branch.name == kind;
                    for (name, leaf) in choice.own(branch) {
                        let value = fields.get(leaf.key).filter(|_| is_it);
                        typed.set(name, leaf.text_of(value));
                    }
                }
                for (name, leaf) in choice.options() {
                    typed.set(name, leaf.text_of(fields.get(leaf.key)));
                }
                typed.set(choice.name(), kind);
            }
            SectionPart::List(list) => {
                let rows = at(document, list.path).map_or_else(Vec::new, list.open);
                let texts = rows.iter().map(|row| list.texts_of(row)).collect();
                typed.put_rows(list, texts);
            }
            SectionPart::More(..) => {}
        }
    }
    typed
}

/// Returns the document of a form, based on the document it changes, and the mistakes in the form.
/// The document keeps its value where the form has a mistake.
pub(crate) fn document_of(
    sections: Sections,
    typed: &TypedFields,
    stored: &Value,
) -> (Value, Vec<Wrong>) {
    let mut document = stored.clone();
    let mut wrong = Vec::new();
    for part in sections.parts() {
        match part {
            SectionPart::Leaf(leaf) => {
                match leaf.value_of(typed.get(leaf.key), at(stored, leaf.key)) {
                    Ok(value) => put(&mut document, leaf.key, value),
                    // A list that is uploaded has no URL.
                    Err(_) if leaf.key == "source.url" && is_uploaded(typed) => {
                        put(&mut document, leaf.key, None);
                    }
                    Err(reason) => wrong.push((leaf.key.to_owned(), reason)),
                }
            }
            SectionPart::Choice(choice) => {
                let value = chosen(choice, typed, at(stored, choice.path), &mut wrong);
                put(&mut document, choice.path, value);
            }
            SectionPart::List(list) => {
                let value = listed(list, typed, at(stored, list.path), &mut wrong);
                put(&mut document, list.path, value);
            }
            SectionPart::More(..) => {}
        }
    }
    authentication::name_secret(&mut document);
    (document, wrong)
}

fn is_uploaded(typed: &TypedFields) -> bool {
    typed.get("source.upload") == "true" && typed.get("source.url").trim().is_empty()
}

fn chosen(
    choice: &KindChoice,
    typed: &TypedFields,
    stored: Option<&Value>,
    wrong: &mut Vec<Wrong>,
) -> Option<Value> {
    let kind = typed.get(&choice.name());
    let Some(branch) = choice.branch(kind) else {
        wrong.push((
            choice.name(),
            t("configurator-translate-choose-one-of-the").to_owned(),
        ));
        return stored.cloned();
    };
    let told = wrong.len();
    let (was, before) = choice.shape.open(stored);
    let mut fields = before.clone();
    if was != kind {
        fields.retain(|key, _| choice.shared.iter().any(|leaf| leaf.key == key));
    }
    for (name, leaf) in choice.own(branch).chain(choice.options()) {
        match leaf.value_of(typed.get(&name), fields.get(leaf.key)) {
            Ok(Some(value)) => drop(fields.insert(leaf.key.to_owned(), value)),
            Ok(None) => drop(fields.remove(leaf.key)),
            Err(reason) => wrong.push((name, reason)),
        }
    }
    if (was == kind && before == fields) || wrong.len() > told {
        return stored.cloned();
    }
    choice.shape.close(kind, fields)
}

fn listed(
    list: &RowList,
    typed: &TypedFields,
    stored: Option<&Value>,
    wrong: &mut Vec<Wrong>,
) -> Option<Value> {
    let told = wrong.len();
    let before = stored.map_or_else(Vec::new, list.open);
    let mut rows: Vec<ConfiguratorRow> = Vec::new();
    for (at, texts) in typed.texts(list).into_iter().enumerate() {
        // A row that equals a stored one is that row, whatever its position.
        let same = before.iter().find(|row| list.shows(&texts, row));
        let row = match same {
            Some(row) => row.clone(),
            None => list.row_of(at, &texts, &before, wrong),
        };
        let first = row.get(list.first());
        if !list.ordered && rows.iter().any(|other| other.get(list.first()) == first) {
            wrong.push((list.name(at, list.first()), list.twice.text().to_owned()));
        }
        if let Some((key, reason)) = (list.wrong)(&row) {
            wrong.push((list.name(at, key), reason.to_owned()));
        }
        rows.push(row);
    }
    if rows == before || wrong.len() > told {
        return stored.cloned();
    }
    (!rows.is_empty()).then(|| (list.close)(rows))
}

impl RowList {
    fn shows(&self, texts: &[String], row: &ConfiguratorRow) -> bool {
        let mut columns = self.columns.iter().zip(texts);
        columns.all(|(leaf, text)| leaf.shows(text, row.get(leaf.key)))
    }

    fn row_of(
        &self,
        at: usize,
        texts: &[String],
        before: &[ConfiguratorRow],
        wrong: &mut Vec<Wrong>,
    ) -> ConfiguratorRow {
        let mut row = self.not_shown(texts, before);
        for (leaf, text) in self.columns.iter().zip(texts) {
            match leaf.value_of(text, None) {
                Ok(Some(value)) => drop(row.insert(leaf.key.to_owned(), value)),
                Ok(None) => {}
                Err(reason) => wrong.push((self.name(at, leaf.key), reason)),
            }
        }
        row
    }
}

impl RowList {
    /// Returns the parts of a stored row that the form does not show, found by the name in these
    /// texts.
    fn not_shown(&self, texts: &[String], before: &[ConfiguratorRow]) -> ConfiguratorRow {
        let name = texts.first().map(|text| text.trim());
        let of_row = |row: &&ConfiguratorRow| row.get(self.first()).and_then(Value::as_str) == name;
        let stored = before.iter().find(of_row).filter(|_| !self.ordered);
        let fields = stored.into_iter().flatten();
        let is_shown = |key: &String| self.columns.iter().any(|leaf| leaf.key == key);
        fields
            .filter(|(key, _)| !is_shown(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

/// Returns the form's field for a path in the document.
pub(crate) fn name_of(sections: Sections, typed: &TypedFields, path: &str) -> Option<String> {
    let mut known: Vec<(String, String)> = Vec::new();
    for part in sections.parts() {
        match part {
            SectionPart::Leaf(leaf) => known.push((leaf.key.to_owned(), leaf.key.to_owned())),
            SectionPart::Choice(choice) => {
                let kind = choice.branch(typed.get(&choice.name()));
                let own = kind.into_iter().flat_map(|branch| choice.own(branch));
                let fields: Vec<_> = own.chain(choice.options()).collect();
                let first = fields
                    .first()
                    .map_or_else(|| choice.name(), |(name, _)| name.clone());
                known.push((choice.path.to_owned(), first));
                known.push((choice.name(), choice.name()));
                known.extend(
                    fields
                        .into_iter()
                        .map(|(name, leaf)| (format!("{}.{}", choice.path, leaf.key), name)),
                );
            }
            SectionPart::List(list) => {
                for row in 0..typed.rows(list) {
                    let place = (list.place)(row, typed.get(&list.name(row, list.first())));
                    for leaf in list.columns {
                        known.push((format!("{place}.{}", leaf.key), list.name(row, leaf.key)));
                    }
                    known.push((place, list.name(row, list.first())));
                }
            }
            SectionPart::More(..) => {}
        }
    }
    let within = |place: &str| {
        let rest = path.strip_prefix(place)?;
        (rest.is_empty() || rest.starts_with(['.', '['])).then_some(place.len())
    };
    let nearest = known
        .into_iter()
        .filter_map(|(place, name)| Some((within(&place)?, name)));
    nearest
        .max_by_key(|(length, _)| *length)
        .map(|(_, name)| name)
}

/// Returns the value at a path of the document.
pub(crate) fn at<'d>(document: &'d Value, path: &str) -> Option<&'d Value> {
    path.split('.')
        .try_fold(document, |value, key| value.get(key))
}

/// Writes a value to a path, or removes the value there.
pub(super) fn put(document: &mut Value, path: &str, value: Option<Value>) {
    let (above, key) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = document;
    for step in above.split('.').filter(|step| !step.is_empty()) {
        let Some(fields) = place.as_object_mut() else {
            return;
        };
        if value.is_none() && !fields.contains_key(step) {
            return;
        }
        place = fields.entry(step).or_insert_with(|| Map::new().into());
    }
    match (place.as_object_mut(), value) {
        (Some(fields), Some(value)) => drop(fields.insert(key.to_owned(), value)),
        (Some(fields), None) => drop(fields.remove(key)),
        (None, _) => {}
    }
}
