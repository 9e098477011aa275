//! What the form is made of: fields alone, fields of a chosen kind, and lists of rows.

use serde_json::{Map, Value};

use super::leaf::Leaf;

/// A part of a section.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SectionPart {
    /// A field whose key is its whole path.
    Leaf(Leaf),
    /// A choice, and the fields of what is chosen.
    Choice(KindChoice),
    /// Rows that people add and take away.
    List(RowList),
    /// Parts that few need, folded away.
    More(&'static str, &'static [SectionPart]),
}

/// One of several kinds, each with its own fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KindChoice {
    /// Where the document has it.
    pub(crate) path: &'static str,
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    pub(crate) shape: ChoiceShape,
    /// The first is what it is where the document does not say.
    pub(crate) kinds: &'static [Branch],
    /// Options of every kind.
    pub(crate) shared: &'static [Leaf],
}

/// One kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Branch {
    /// The document's word.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) leaves: &'static [Leaf],
}

/// How the document says which kind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChoiceShape {
    /// By an object's `type`.
    Tagged,
    /// By being there.
    Optional,
    /// By the key that is there; a text is a path.
    Mapping,
}

/// The kind of a mapping that is a list of places, and its field.
pub(super) const PLACES: &str = "places";

/// The kind of an optional part that is there.
pub(crate) const ON: &str = "on";

impl ChoiceShape {
    /// The kind of a value, and its fields.
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
            // What has options and no value is not mapped.
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
    /// The field of the form that chooses.
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

    /// The options of every kind.
    pub(crate) fn options(&self) -> impl Iterator<Item = (String, &'static Leaf)> + use<> {
        let path = self.path;
        let leaves = self.shared.iter();
        leaves.map(move |leaf| (format!("{path}.{}", leaf.key), leaf))
    }
}

/// Rows that people add and take away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowList {
    /// Where the document has it.
    pub(crate) path: &'static str,
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    /// What one row is called.
    pub(crate) row: &'static str,
    pub(crate) columns: &'static [Leaf],
    /// The values of the list as rows.
    pub(super) open: fn(&Value) -> Vec<ConfiguratorRow>,
    /// The list of these rows.
    pub(super) close: fn(Vec<ConfiguratorRow>) -> Value,
    /// Where the document has a row, from its position or its name.
    pub(super) place: fn(usize, &str) -> String,
    /// What is wrong with a row that its fields alone do not tell: the column, and why.
    pub(super) wrong: fn(&ConfiguratorRow) -> Option<(&'static str, &'static str)>,
    /// Whether their order means something; otherwise the first column names them.
    pub(crate) ordered: bool,
}

/// The fields of a row.
pub(super) type ConfiguratorRow = Map<String, Value>;

/// Rows a list may have in the form.
pub(super) const MOST_ROWS: usize = 400;

impl RowList {
    /// The field of the form that counts the rows.
    pub(crate) fn count(&self) -> String {
        format!("{}.rows", self.path)
    }

    pub(crate) fn name(&self, row: usize, key: &str) -> String {
        format!("{}.{row}.{key}", self.path)
    }

    /// The column that names a row where rows have names.
    pub(super) fn first(&self) -> &'static str {
        self.columns.first().map_or("", |leaf| leaf.key)
    }
}
