//! The building blocks of the form: single fields, fields of a chosen kind, and lists of rows.

use serde_json::{Map, Value};

use super::leaf::Leaf;

use crate::texts::TextId;

/// A part of a section.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SectionPart {
    /// A field whose key is its whole path.
    Leaf(Leaf),
    /// A choice of a kind, with the fields of each kind.
    Choice(KindChoice),
    /// Rows that people add and remove.
    List(RowList),
    /// Parts that few need, folded away.
    More(TextId, &'static [SectionPart]),
}

/// One of several kinds, each with its own fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KindChoice {
    /// The path in the document.
    pub(crate) path: &'static str,
    pub(crate) label: TextId,
    pub(crate) help: TextId,
    pub(crate) shape: ChoiceShape,
    /// The kinds; the first one applies where the document has none.
    pub(crate) kinds: &'static [Branch],
    /// Options of every kind.
    pub(crate) shared: &'static [Leaf],
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Branch {
    /// The word in the document.
    pub(crate) name: &'static str,
    pub(crate) label: TextId,
    pub(crate) leaves: &'static [Leaf],
}

/// How the document expresses the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChoiceShape {
    /// The `type` of an object.
    Tagged,
    /// The presence of the part.
    Optional,
    /// The key that is present; a text is a path.
    Mapping,
}

/// The kind of a mapping that is a list of places, and the name of its field.
pub(super) const PLACES: &str = "places";

/// The kind of an optional part that is present.
pub(crate) const ON: &str = "on";

impl ChoiceShape {
    /// Splits a value into its kind and its fields.
    pub(super) fn open(self, value: Option<&Value>) -> (String, Map<String, Value>) {
        let kind = |kind: &str, fields: &Map<String, Value>| (kind.to_owned(), fields.clone());
        match (self, value) {
            (Self::Tagged, None) => kind("none", &Map::new()),
            (Self::Tagged, Some(value)) => {
                let mut fields = value.as_object().cloned().unwrap_or_default();
                let tag = fields.remove("type");
                let tag = tag.as_ref().and_then(Value::as_str).unwrap_or("none");
                (tag.to_owned(), fields)
            }
            (Self::Optional, Some(Value::Object(fields))) => kind(ON, fields),
            (Self::Mapping, Some(Value::Object(fields))) => {
                let named = ["constant", "expression"]
                    .into_iter()
                    .find(|name| fields.contains_key(*name));
                kind(named.unwrap_or("path"), fields)
            }
            (Self::Mapping, Some(places @ Value::Array(_))) => {
                let fields = [(PLACES.to_owned(), places.clone())];
                kind(PLACES, &fields.into_iter().collect())
            }
            (Self::Mapping, Some(path)) => {
                let fields = [("path".to_owned(), path.clone())];
                kind("path", &fields.into_iter().collect())
            }
            (Self::Mapping, None) => kind("path", &Map::new()),
            (Self::Optional, _) => kind("", &Map::new()),
        }
    }

    /// The value of a kind with these fields.
    pub(super) fn close(self, kind: &str, mut fields: Map<String, Value>) -> Option<Value> {
        match self {
            Self::Optional => (!kind.is_empty()).then(|| fields.into()),
            // A mapping with options but without a value maps nothing.
            Self::Mapping if !fields.contains_key(kind) => None,
            Self::Mapping if kind == PLACES => fields.remove(PLACES),
            Self::Mapping => match fields.get("path") {
                Some(path) if fields.len() == 1 => Some(path.clone()),
                _ => Some(fields.into()),
            },
            Self::Tagged => {
                fields.insert("type".to_owned(), kind.into());
                Some(fields.into())
            }
        }
    }
}

impl KindChoice {
    /// Returns the name of the form's field for the choice.
    pub(crate) fn name(&self) -> String {
        format!("{}.type", self.path)
    }

    pub(crate) fn branch(&self, kind: &str) -> Option<&'static Branch> {
        self.kinds.iter().find(|branch| branch.name == kind)
    }

    /// The fields of a kind, with their names in the form.
    pub(crate) fn own(
        &self,
        branch: &'static Branch,
    ) -> impl Iterator<Item = (String, &'static Leaf)> + use<> {
        let (path, kind) = (self.path, branch.name);
        let leaves = branch.leaves.iter();
        leaves.map(move |leaf| (format!("{path}.{kind}.{}", leaf.key), leaf))
    }

    /// Returns the options of every kind, with their names in the form.
    pub(crate) fn options(&self) -> impl Iterator<Item = (String, &'static Leaf)> + use<> {
        let path = self.path;
        let leaves = self.shared.iter();
        leaves.map(move |leaf| (format!("{path}.{}", leaf.key), leaf))
    }
}

/// Rows that people add and remove.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowList {
    /// The path in the document.
    pub(crate) path: &'static str,
    pub(crate) label: TextId,
    pub(crate) help: TextId,
    /// The word for one row.
    pub(crate) row: TextId,
    /// Says that two rows have one name.
    pub(super) twice: TextId,
    /// Counts rows.
    pub(crate) counted: &'static str,
    pub(crate) columns: &'static [Leaf],
    /// Converts the value of the list into rows.
    pub(super) open: fn(&Value) -> Vec<ConfiguratorRow>,
    /// Converts rows into the value of the list.
    pub(super) close: fn(Vec<ConfiguratorRow>) -> Value,
    /// Returns the path of a row in the document, by its position or its name.
    pub(super) place: fn(usize, &str) -> String,
    /// Returns a mistake in a row that no single field shows: the column, and the reason.
    pub(super) wrong: fn(&ConfiguratorRow) -> Option<(&'static str, &'static str)>,
    /// Whether the order of the rows has a meaning; otherwise the first column contains their
    /// names.
    pub(crate) ordered: bool,
}

/// The fields of a row.
pub(super) type ConfiguratorRow = Map<String, Value>;

/// Most rows of a list in the form.
pub(super) const MOST_ROWS: usize = 400;

impl RowList {
    /// Returns the name of the form's field that contains the number of rows.
    pub(crate) fn count(&self) -> String {
        format!("{}.rows", self.path)
    }

    pub(crate) fn name(&self, row: usize, key: &str) -> String {
        format!("{}.{row}.{key}", self.path)
    }

    /// Returns the column with the names of rows.
    pub(super) fn first(&self) -> &'static str {
        self.columns.first().map_or("", |leaf| leaf.key)
    }
}
