//! The values of the form's fields, as texts by name.

use std::collections::BTreeMap;

use attendee_sync_domain::zone::zone_meant;

use super::leaf::Leaf;
use super::part::{ConfiguratorRow, KindChoice, MOST_ROWS, RowList, SectionPart};
use super::{Sections, authentication};

/// The texts of the form's fields, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TypedFields(BTreeMap<String, String>);

impl TypedFields {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(crate) fn set(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.0.insert(name.into(), text.into());
    }

    /// Reads a submitted form. Rows without any text are left out.
    pub(crate) fn read<'f>(sections: Sections, field: impl Fn(&str) -> &'f str) -> Self {
        let mut typed = Self::default();
        for part in sections.parts() {
            match part {
                SectionPart::Leaf(leaf) => typed.set(leaf.key, taken(leaf, field(leaf.key))),
                SectionPart::Choice(choice) => {
                    let name = choice.name();
                    typed.set(&*name, field(&name));
                    for (name, leaf) in leaves(choice) {
                        typed.set(&*name, taken(leaf, field(&name)));
                    }
                }
                SectionPart::List(list) => {
                    let count: usize = field(&list.count()).parse().unwrap_or(0);
                    let rows = (0..count.min(MOST_ROWS))
                        .map(|row| list.texts(row, |name| field(name).to_owned()))
                        .filter(|row| list.is_filled(row));
                    typed.put_rows(list, rows.collect());
                }
                SectionPart::More(..) => {}
            }
        }
        typed
    }

    /// Returns the name of the field for the credential, which is not part of the form's texts;
    /// empty where the authentication needs none.
    pub(crate) fn credential(&self) -> String {
        let kind = self.get(&authentication::AUTHENTICATION.name());
        authentication::credential(kind).unwrap_or_default()
    }

    /// Returns the number of rows in a list.
    pub(crate) fn rows(&self, list: &RowList) -> usize {
        self.get(&list.count()).parse().unwrap_or(0)
    }

    /// Removes a row, or exchanges it with its neighbour.
    pub(crate) fn act(&mut self, sections: Sections, act: &str) {
        let mut words = act.rsplitn(3, '.');
        let (Some(what), Some(row), Some(path)) = (words.next(), words.next(), words.next()) else {
            return;
        };
        let list = sections.parts().into_iter().find_map(|part| match part {
            SectionPart::List(list) if list.path == path => Some(list),
            _ => None,
        });
        let (Some(list), Ok(row)) = (list, row.parse::<usize>()) else {
            return;
        };
        let mut rows = self.texts(list);
        match what {
            "remove" if row < rows.len() => drop(rows.remove(row)),
            "up" if row > 0 && row < rows.len() => rows.swap(row - 1, row),
            "down" if row + 1 < rows.len() => rows.swap(row, row + 1),
            _ => {}
        }
        self.put_rows(list, rows);
    }

    pub(super) fn texts(&self, list: &RowList) -> Vec<Vec<String>> {
        (0..self.rows(list))
            .map(|row| list.texts(row, |name| self.get(name).to_owned()))
            .collect()
    }

    pub(super) fn put_rows(&mut self, list: &RowList, rows: Vec<Vec<String>>) {
        for row in rows.len()..self.rows(list) {
            for leaf in list.columns {
                self.0.remove(&list.name(row, leaf.key));
            }
        }
        self.set(list.count(), rows.len().to_string());
        for (at, row) in rows.into_iter().enumerate() {
            for (leaf, text) in list.columns.iter().zip(row) {
                self.set(list.name(at, leaf.key), text);
            }
        }
    }
}

impl RowList {
    fn texts(&self, row: usize, text: impl Fn(&str) -> String) -> Vec<String> {
        let columns = self.columns.iter();
        columns
            .map(|leaf| text(&self.name(row, leaf.key)))
            .collect()
    }

    /// Returns whether something was typed in a row; choices do not count, because something is
    /// always chosen.
    fn is_filled(&self, row: &[String]) -> bool {
        let mut columns = self.columns.iter().zip(row);
        columns.any(|(leaf, text)| !leaf.is_choice() && !text.trim().is_empty())
    }

    pub(super) fn texts_of(&self, row: &ConfiguratorRow) -> Vec<String> {
        let columns = self.columns.iter();
        columns
            .map(|leaf| leaf.text_of(row.get(leaf.key)))
            .collect()
    }
}

/// What was typed into a field; of a time zone, the one that is meant.
fn taken(leaf: &Leaf, text: &str) -> String {
    match leaf.key {
        "time_zone" => zone_meant(text),
        _ => text.to_owned(),
    }
}

/// Returns the fields of all kinds of a choice.
fn leaves(choice: &KindChoice) -> impl Iterator<Item = (String, &'static Leaf)> {
    let own = choice.kinds.iter().flat_map(|branch| choice.own(branch));
    own.chain(choice.options())
}
