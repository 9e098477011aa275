//! The part of the form about participation: the rules, the delete flag, and people missing from
//! the source.

use serde_json::{Value, json};

use super::leaf::{Leaf, LeafKind, Options};
use super::part::{Branch, ChoiceShape, ConfiguratorRow, KindChoice, ON, RowList, SectionPart};
use crate::texts::{TextId, id, t};

const ACTIONS: Options = &[
    (
        "remove_attendee",
        id("configurator-rules-remove-from-the-event"),
    ),
    ("user_only", id("configurator-rules-user-of-the-community")),
    ("ignore", id("configurator-rules-ignore-the-record")),
    ("add_group", id("configurator-rules-add-the-group")),
    ("remove_group", id("configurator-rules-remove-the-group")),
];

/// The tests of a field in a rule without an expression, by the document's words.
const TESTS: Options = &[
    ("is", id("rules-is")),
    ("is_not", id("configurator-rules-is-not")),
    ("contains", id("rules-contains")),
    ("blank", id("configurator-rules-is-blank")),
    ("not_blank", id("configurator-rules-is-not-blank")),
];

/// The separator of a rule's values.
const BETWEEN_VALUES: &str = "; ";
/// The key for a row's original values, which are used where nobody changed the row.
const VALUES: &str = "values";

const MISSING: Options = &[
    ("keep", id("configurator-rules-keep-them")),
    (
        "remove_attendee",
        id("configurator-rules-remove-them-from-the"),
    ),
];

pub(super) const PARTS: &[SectionPart] = &[
    SectionPart::List(RULES),
    SectionPart::Choice(DELETE_FLAG),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Choice(MISSING),
            "missing",
            id("configurator-rules-people-missing-from-the"),
            id("configurator-rules-careful-this-removes-everybody"),
        )
        .or("keep"),
    ),
];

const RULES: RowList = RowList {
    path: "rules",
    label: id("configurator-rules-rules"),
    help: id("configurator-rules-each-rule-checks-one"),
    row: id("setting-row-rule"),
    twice: id("setting-two-rules"),
    counted: "setting-count-rules",
    columns: &[
        Leaf::new(
            LeafKind::Condition,
            "when",
            id("configurator-rules-when"),
            TextId::NONE,
        ),
        Leaf::new(
            LeafKind::Path,
            "field",
            id("configurator-rules-or-the-field"),
            TextId::NONE,
        ),
        Leaf::new(
            LeafKind::Choice(TESTS),
            "test",
            id("configurator-rules-comparison"),
            TextId::NONE,
        )
        .or("is"),
        Leaf::new(
            LeafKind::Text,
            "value",
            id("configurator-rules-value-or-several-separated"),
            TextId::NONE,
        ),
        Leaf::new(
            LeafKind::Choice(ACTIONS),
            "then",
            id("configurator-rules-then"),
            TextId::NONE,
        ),
        Leaf::new(
            LeafKind::Text,
            "group",
            id("configurator-rules-name-of-the-group"),
            TextId::NONE,
        ),
    ],
    open: |rules| rules.as_array().into_iter().flatten().map(open).collect(),
    close: |rows| rows.into_iter().map(close).collect(),
    place: |row, _| format!("rules[{row}]"),
    wrong: |row| {
        let text = |key| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let is_blank = |key| text(key).trim().is_empty();
        let is_test = !matches!(text("test"), "blank" | "not_blank");
        match (is_blank("when"), is_blank("field")) {
            (true, true) => Some(("when", t("configurator-rules-enter-a-condition-or"))),
            (false, false) => Some(("field", t("configurator-rules-enter-a-condition-or-a"))),
            (true, false) if is_test && is_blank("value") => Some(("value", t("rules-required"))),
            _ if takes_group(text("then")) && is_blank("group") => {
                Some(("group", t("configurator-rules-the-group-needs-a")))
            }
            _ => None,
        }
    },
    ordered: true,
};

fn takes_group(action: &str) -> bool {
    matches!(action, "add_group" | "remove_group")
}

fn open(rule: &Value) -> ConfiguratorRow {
    let mut row = rule.as_object().cloned().unwrap_or_default();
    let named = row.get("then").and_then(Value::as_object);
    let named = named.and_then(|then| then.iter().next());
    if let Some((action, group)) = named.map(|(action, group)| (action.clone(), group.clone())) {
        row.insert("then".to_owned(), action.into());
        row.insert("group".to_owned(), group);
    }
    for (test, _) in TESTS {
        if let Some(values) = row.remove(*test) {
            // For `blank` and `not_blank`, false means the other test.
            let test = match (*test, &values) {
                ("blank", Value::Bool(false)) => "not_blank",
                ("not_blank", Value::Bool(false)) => "blank",
                (test, _) => test,
            };
            row.insert("test".to_owned(), test.into());
            row.insert("value".to_owned(), shown(&values).into());
            row.insert(VALUES.to_owned(), values);
        }
    }
    row
}

fn shown(values: &Value) -> String {
    match values {
        Value::String(text) => text.clone(),
        Value::Array(all) => all
            .iter()
            .map(shown)
            .collect::<Vec<_>>()
            .join(BETWEEN_VALUES),
        Value::Bool(_) | Value::Null | Value::Object(_) => String::new(),
        Value::Number(number) => number.to_string(),
    }
}

/// Replaces the columns of the test by the document's key.
fn close_test(row: &mut ConfiguratorRow) {
    let test = row.remove("test");
    let value = row.remove("value");
    let stored = row.remove(VALUES);
    if !row.contains_key("field") {
        return;
    }
    let test = test.as_ref().and_then(Value::as_str).unwrap_or("is");
    let typed = || {
        let list = value.as_ref().and_then(Value::as_str).unwrap_or_default();
        let values: Vec<&str> = list
            .split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        match *values {
            [one] => json!(one),
            _ => json!(values),
        }
    };
    let asked = match test {
        "blank" | "not_blank" => json!(true),
        _ => stored.unwrap_or_else(typed),
    };
    row.insert(test.to_owned(), asked);
}

fn close(mut row: ConfiguratorRow) -> Value {
    close_test(&mut row);
    let group = row.remove("group").unwrap_or_else(|| json!(""));
    let action = row.get("then").and_then(Value::as_str).unwrap_or_default();
    if takes_group(action) {
        let then = json!({action: group});
        row.insert("then".to_owned(), then);
    }
    row.into()
}

const DELETE_FLAG: KindChoice = KindChoice {
    path: "delete_flag",
    label: id("configurator-rules-erase-people-permanently-if"),
    help: id("configurator-rules-the-person-is-erased"),
    shape: ChoiceShape::Optional,
    shared: &[],
    kinds: &[
        Branch {
            name: "",
            label: id("configurator-rules-no"),
            leaves: &[],
        },
        Branch {
            name: ON,
            label: id("configurator-rules-yes"),
            leaves: &[
                Leaf::new(
                    LeafKind::Path,
                    "path",
                    id("configurator-rules-field-with-the-delete"),
                    id("configurator-rules-for-example-erased"),
                )
                .required(),
                Leaf::new(
                    LeafKind::LinesOr("any"),
                    "true_values",
                    id("configurator-rules-values-that-mean-erase"),
                    id("configurator-rules-one-per-line-the"),
                )
                .or("true\n1\nyes"),
                Leaf::new(
                    LeafKind::Lines,
                    "false_values",
                    id("configurator-rules-values-that-mean-do"),
                    id("configurator-rules-one-per-line-blank"),
                )
                .or("(blank)\nfalse\n0\nno"),
            ],
        },
    ],
};
