//! Who takes part: the rules, the delete flag, and what becomes of whom the list does not name.

use serde_json::{Value, json};

use super::leaf::{Kind, Leaf, Options};
use super::part::{Branch, Choice, List, ON, Part, Row, Shape};

const ACTIONS: Options = &[
    ("remove_attendee", "Take her out of the event"),
    ("ignore", "Leave the record out"),
    ("add_group", "Add the group"),
    ("remove_group", "Take away the group"),
];

const MISSING: Options = &[
    ("keep", "They stay"),
    ("remove_attendee", "They are taken out of the event"),
];

pub(super) const PARTS: &[Part] = &[
    Part::List(RULES),
    Part::Choice(DELETE_FLAG),
    Part::Leaf(
        Leaf::new(
            Kind::Choice(MISSING),
            "missing",
            "Attendees the list no longer names",
            "Careful: taken out is everybody whom a complete list lacks, also where the registration system forgot her. A sync that could not read everything takes nobody out.",
        )
        .or("keep"),
    ),
];

const RULES: List = List {
    path: "rules",
    label: "Rules",
    help: "Each looks at one record. All that hold apply, from the first to the last. A condition compares fields: status == 'cancelled', or ticket in ['VIP', 'Speaker'].",
    row: "rule",
    columns: &[
        Leaf::new(Kind::Condition, "when", "When", "").required(),
        Leaf::new(Kind::Choice(ACTIONS), "then", "Then", ""),
        Leaf::new(Kind::Text, "group", "Name of the group", ""),
    ],
    open: |rules| rules.as_array().into_iter().flatten().map(open).collect(),
    close: |rows| rows.into_iter().map(close).collect(),
    place: |row, _| format!("rules[{row}]"),
    wrong: |row| {
        let text = |key| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let names_one = takes_group(text("then"));
        (names_one && text("group").trim().is_empty())
            .then_some(("group", "the group needs a name"))
    },
    ordered: true,
};

fn takes_group(action: &str) -> bool {
    matches!(action, "add_group" | "remove_group")
}

fn open(rule: &Value) -> Row {
    let mut row = rule.as_object().cloned().unwrap_or_default();
    let named = row.get("then").and_then(Value::as_object);
    let named = named.and_then(|then| then.iter().next());
    if let Some((action, group)) = named.map(|(action, group)| (action.clone(), group.clone())) {
        row.insert("then".to_owned(), action.into());
        row.insert("group".to_owned(), group);
    }
    row
}

fn close(mut row: Row) -> Value {
    let group = row.remove("group").unwrap_or_else(|| json!(""));
    let action = row.get("then").and_then(Value::as_str).unwrap_or_default();
    if takes_group(action) {
        let then = json!({action: group});
        row.insert("then".to_owned(), then);
    }
    row.into()
}

const DELETE_FLAG: Choice = Choice {
    path: "delete_flag",
    label: "A field of the record says: erase this person for good",
    help: "Whoever it names is erased from the whole community, not only from this event. This cannot be undone.",
    shape: Shape::Optional,
    shared: &[],
    kinds: &[
        Branch { name: "", label: "No", leaves: &[] },
        Branch {
            name: ON,
            label: "Yes",
            leaves: &[
                Leaf::new(Kind::Path, "path", "The field", "For example erased").required(),
                Leaf::new(Kind::Lines, "true_values", "Values that say: erase", "One a line. Capital letters do not matter.").or("true\n1\nyes"),
                Leaf::new(Kind::Lines, "false_values", "Values that say: do not erase", "One a line; (blank) stands for a field that is blank or not there. Any other value is reported, and erases nobody.").or("(blank)\nfalse\n0\nno"),
            ],
        },
    ],
};
