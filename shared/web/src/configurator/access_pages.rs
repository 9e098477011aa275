//! The pages of the app, and who may see them.

use serde_json::{Value, json};

use super::leaf::{Leaf, LeafKind};
use super::part::{ConfiguratorRow, RowList};
use crate::texts::{TextId, id};

/// The groups as the document has them, in a row that nobody changed.
const STORED: &str = "stored";

pub(super) const PAGES: RowList = RowList {
    path: "access.pages",
    label: id("configurator-access-pages-pages-of-the-app"),
    help: id("configurator-access-pages-pages-and-tabs-that"),
    row: id("setting-row-page"),
    twice: id("setting-two-pages"),
    counted: "setting-count-pages",
    columns: &[
        Leaf::new(
            LeafKind::Text,
            "name",
            id("configurator-access-pages-name-in-the-app"),
            TextId::NONE,
        )
        .required(),
        Leaf::new(
            LeafKind::Text,
            "groups",
            id("configurator-access-pages-groups-separated-by-none"),
            TextId::NONE,
        ),
    ],
    open: |pages| pages.as_array().into_iter().flatten().map(open).collect(),
    close: |rows| rows.into_iter().map(close).collect(),
    place: |row, _| format!("access.pages[{row}]"),
    wrong: |_| None,
    ordered: true,
};

fn open(page: &Value) -> ConfiguratorRow {
    let mut row = page.as_object().cloned().unwrap_or_default();
    if let Some(groups) = row.remove("groups") {
        let names = groups.as_array().into_iter().flatten();
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        row.insert("groups".to_owned(), names.join("; ").into());
        row.insert(STORED.to_owned(), groups);
    }
    row
}

fn close(mut row: ConfiguratorRow) -> Value {
    let typed = row.remove("groups");
    let typed = typed.as_ref().and_then(Value::as_str).unwrap_or_default();
    let names = typed.split(';').map(str::trim);
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    let groups = row.remove(STORED).unwrap_or_else(|| json!(names));
    if groups != json!([]) {
        row.insert("groups".to_owned(), groups);
    }
    row.into()
}
