//! Compares what the binary reports with what a fixture expects. Each function returns the differences in words;
//! none means that they agree.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::expected::{ExpectedAttendee, ExpectedChange, ExpectedIssue, ExpectedRun};

type Differences = Vec<String>;

/// Each record read counts in exactly one of these.
const OUTCOMES: [&str; 6] = [
    "added",
    "updated",
    "removed",
    "unchanged",
    "rejected",
    "ignored",
];

pub(crate) fn summary(expected: &ExpectedRun, actual: &Value) -> Differences {
    expected
        .summary
        .iter()
        .filter(|(name, value)| actual.get(name.as_str()) != Some(value))
        .map(|(name, value)| {
            format!(
                "summary: {name} is {}, not {value}",
                shown(actual.get(name))
            )
        })
        .collect()
}

/// The counts add up to the records read.
pub(crate) fn counts(summary: &Value) -> Differences {
    let sum: u64 = OUTCOMES.iter().map(|name| count(summary, name)).sum();
    let read = count(summary, "records_read");
    if sum == read {
        return Vec::new();
    }
    vec![format!(
        "summary: {} is {sum}, but records_read is {read}: {summary}",
        OUTCOMES.join(" + ")
    )]
}

/// A run on a feed that has not changed changes nobody.
pub(crate) fn quiet(summary: &Value) -> Differences {
    ["added", "updated", "removed", "erased"]
        .iter()
        .filter(|name| count(summary, name) != 0)
        .map(|name| {
            format!(
                "second sync of the same feed: {name} is {}",
                count(summary, name)
            )
        })
        .collect()
}

/// The changes that a run lists are as many as it counts.
pub(crate) fn changes_counted(summary: &Value, run: &Value) -> Differences {
    let listed = |actions: &[&str]| {
        let listed = items(run, "changes").iter().filter(|change| {
            let action = change.get("action").and_then(Value::as_str);
            action.is_some_and(|action| actions.contains(&action))
        });
        listed.count() as u64
    };
    let pairs: [(&str, &[&str]); 4] = [
        ("added", &["added"]),
        ("updated", &["updated"]),
        ("removed", &["removed", "erased"]),
        ("erased", &["erased"]),
    ];
    // People whom the feed no longer names are no records of it, and are counted apart.
    let counted = |name| match name {
        "removed" => count(summary, name) + count(summary, "missing_removed"),
        _ => count(summary, name),
    };
    pairs
        .into_iter()
        .filter(|(name, actions)| listed(actions) != counted(name))
        .map(|(name, actions)| {
            let (listed, counted) = (listed(actions), counted(name));
            format!("changes: {listed} are {actions:?}, but the summary counts {counted} {name}")
        })
        .collect()
}

pub(crate) fn attendees(expected: &ExpectedRun, actual: &Value) -> Differences {
    let actual = items(actual, "items");
    let mut differences = Vec::new();
    for person in actual {
        let address = text(person, "email");
        if !expected.attendees.iter().any(|one| one.email.is(address)) {
            differences.push(format!("attendees: {address} should not attend"));
        }
    }
    for one in &expected.attendees {
        let found: Vec<_> = actual
            .iter()
            .filter(|person| one.email.is(text(person, "email")))
            .collect();
        match found.as_slice() {
            [person] => differences.extend(attendee(one, person)),
            found => differences.push(format!(
                "attendees: {:?} is there {} times",
                one.email,
                found.len()
            )),
        }
    }
    differences
}

fn attendee(expected: &ExpectedAttendee, actual: &Value) -> Differences {
    let who = text(actual, "email");
    let profile = actual.get("profile").unwrap_or(&Value::Null);
    let mut compared: Vec<(&str, &str, &str)> = expected
        .profile
        .iter()
        .map(|(field, value)| (field.as_str(), value.as_str(), text(profile, field)))
        .collect();
    for (field, value) in [
        ("source_id", &expected.source_id),
        ("digital_badge", &expected.digital_badge),
    ] {
        let value = value.as_deref();
        compared.extend(value.map(|value| (field, value, text(actual, field))));
    }
    let mut differences: Differences = compared
        .into_iter()
        .filter(|(_, expected, actual)| expected != actual)
        .map(|(field, expected, actual)| format!("{who}: {field} is {actual:?}, not {expected:?}"))
        .collect();
    if let Some(groups) = &expected.groups {
        let expected: BTreeSet<_> = groups.iter().map(String::as_str).collect();
        let actual: BTreeSet<_> = items(actual, "groups")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        if expected != actual {
            differences.push(format!("{who}: groups are {actual:?}, not {expected:?}"));
        }
    }
    differences
}

pub(crate) fn groups(expected: &ExpectedRun, actual: &Value) -> Differences {
    let Some(expected) = &expected.groups else {
        return Vec::new();
    };
    let actual: BTreeSet<_> = items(actual, "items")
        .iter()
        .map(|group| (text(group, "name"), count(group, "members")))
        .filter(|(_, members)| *members > 0)
        .collect();
    let expected: BTreeSet<_> = expected
        .iter()
        .map(|(name, members)| (name.as_str(), *members))
        .collect();
    if expected == actual {
        return Vec::new();
    }
    vec![format!("groups are {actual:?}, not {expected:?}")]
}

pub(crate) fn changes(expected: &ExpectedRun, run: &Value) -> Differences {
    let actual = items(run, "changes");
    expected
        .changes
        .iter()
        .filter(|one| !actual.iter().any(|change| is_change(one, change)))
        .map(|one| format!("changes: {one:?} is not among {actual:?}"))
        .collect()
}

fn is_change(expected: &ExpectedChange, actual: &Value) -> bool {
    let fields = items(actual, "fields");
    text(actual, "email").eq_ignore_ascii_case(&expected.email)
        && text(actual, "action") == expected.action
        && expected.fields.iter().all(|(name, (before, after))| {
            fields.iter().any(|field| {
                text(field, "field") == name
                    && field.get("before").unwrap_or(&Value::Null) == before
                    && field.get("after").unwrap_or(&Value::Null) == after
            })
        })
}

pub(crate) fn issues(expected: &ExpectedRun, run: &Value) -> Differences {
    let actual = items(run, "issues");
    let mut differences: Differences = expected
        .issues
        .iter()
        .filter(|one| !actual.iter().any(|issue| is_issue(one, issue)))
        .map(|one| format!("issues: {one:?} is not among {actual:?}"))
        .collect();
    for issue in actual
        .iter()
        .filter(|issue| text(issue, "severity") == "error")
    {
        if !expected.issues.iter().any(|one| is_issue(one, issue)) {
            differences.push(format!("issues: nobody expects {issue}"));
        }
    }
    differences
}

fn is_issue(expected: &ExpectedIssue, actual: &Value) -> bool {
    let same = |name: &str, value: &Option<String>| {
        value
            .as_ref()
            .is_none_or(|value| text(actual, name) == value)
    };
    count(actual, "position") == expected.position
        && same("severity", &expected.severity)
        && same("source_id", &expected.source_id)
        && same("field", &expected.field)
        && same("code", &expected.code)
        && expected.reason.as_ref().is_none_or(|part| {
            let reason = text(actual, "reason").to_lowercase();
            reason.contains(&part.to_lowercase())
        })
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let items = value.get(name).and_then(Value::as_array);
    items.map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn count(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), Value::to_string)
}
