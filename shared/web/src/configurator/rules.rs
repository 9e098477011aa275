//! The part of the form about participation: the rules, the delete flag, and people missing from
//! the source.

use serde_json::{Value, json};

use super::leaf::{Leaf, LeafKind, Options};
use super::part::{Branch, ChoiceShape, ConfiguratorRow, KindChoice, ON, RowList, SectionPart};

const ACTIONS: Options = &[
    ("remove_attendee", "Remove from the event"),
    ("user_only", "User of the community only, not in the event"),
    ("ignore", "Ignore the record"),
    ("add_group", "Add the group"),
    ("remove_group", "Remove the group"),
];

/// The tests of a field in a rule without an expression, by the document's words.
const TESTS: Options = &[
    ("is", "is"),
    ("is_not", "is not"),
    ("contains", "contains"),
    ("blank", "is blank"),
    ("not_blank", "is not blank"),
];

/// The separator of a rule's values.
const BETWEEN_VALUES: &str = "; ";
/// The key for a row's original values, which are used where nobody changed the row.
const VALUES: &str = "values";

const MISSING: Options = &[
    ("keep", "Keep them"),
    ("remove_attendee", "Remove them from the event"),
];

pub(super) const PARTS: &[SectionPart] = &[
    SectionPart::List(RULES),
    SectionPart::Choice(DELETE_FLAG),
    SectionPart::Leaf(
        Leaf::new(
            LeafKind::Choice(MISSING),
            "missing",
            "People missing from the source",
            "Careful: this removes everybody who is missing from a complete list, even if the registration system lost them by mistake. A sync that could not read the whole list removes nobody.",
        )
        .or("keep"),
    ),
];

const RULES: RowList = RowList {
    path: "rules",
    label: "Rules",
    help: "Each rule checks one record. All matching rules apply, in order. A rule checks one field, or has a condition: status == 'cancelled', or ticket in ['VIP', 'Speaker'].",
    row: "rule",
    columns: &[
        Leaf::new(LeafKind::Condition, "when", "When", ""),
        Leaf::new(LeafKind::Path, "field", "or the field", ""),
        Leaf::new(LeafKind::Choice(TESTS), "test", "Comparison", "").or("is"),
        Leaf::new(
            LeafKind::Text,
            "value",
            "Value, or several separated by ;",
            "",
        ),
        Leaf::new(LeafKind::Choice(ACTIONS), "then", "Then", ""),
        Leaf::new(LeafKind::Text, "group", "Name of the group", ""),
    ],
    open: |rules| rules.as_array().into_iter().flatten().map(open).collect(),
    close: |rows| rows.into_iter().map(close).collect(),
    place: |row, _| format!("rules[{row}]"),
    wrong: |row| {
        let text = |key| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let is_blank = |key| text(key).trim().is_empty();
        let is_test = !matches!(text("test"), "blank" | "not_blank");
        match (is_blank("when"), is_blank("field")) {
            (true, true) => Some(("when", "enter a condition, or choose a field")),
            (false, false) => Some(("field", "enter a condition or a field, not both")),
            (true, false) if is_test && is_blank("value") => Some(("value", "required")),
            _ if takes_group(text("then")) && is_blank("group") => {
                Some(("group", "the group needs a name"))
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
    label: "Erase people permanently if a field says so",
    help: "The person is erased from the whole community, not only from this event. This cannot be undone.",
    shape: ChoiceShape::Optional,
    shared: &[],
    kinds: &[
        Branch { name: "", label: "No", leaves: &[] },
        Branch {
            name: ON,
            label: "Yes",
            leaves: &[
                Leaf::new(LeafKind::Path, "path", "Field with the delete flag", "For example erased").required(),
                Leaf::new(LeafKind::LinesOr("any"), "true_values", "Values that mean erase", "One per line. The word any alone means every value that is not blank, such as the time of a deletion. Upper and lower case are the same.").or("true\n1\nyes"),
                Leaf::new(LeafKind::Lines, "false_values", "Values that mean do not erase", "One per line. (blank) means that the field is blank or missing. Any other value is reported and erases nobody.").or("(blank)\nfalse\n0\nno"),
            ],
        },
    ],
};
