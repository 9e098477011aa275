//! Plans, and what is stored, as short text.

use super::build::{NAMES, person};
use crate::people::{Attendee, User, UserState};
use crate::plan::{PersonPlan, PersonStep, Plan};
use crate::run::Counts;

/// What is stored of a person but for versions, times and the log.
pub(super) fn person_as_stored(
    name: &str,
    user: Option<&UserState>,
    attendee: Option<&Attendee>,
) -> String {
    let mut lines = vec![match user {
        None => format!("{name}: no user"),
        Some(UserState::Erased(_)) => format!("{name}: erased"),
        Some(UserState::User(user)) => format!("{name}: user {}", user_text(user)),
    }];
    if let Some(attendee) = attendee {
        let hashes: Vec<String> = attendee
            .records
            .iter()
            .map(|r| r.hash.to_string())
            .collect();
        let parts = [
            Some(format!("{:?}", attendee.presence).to_lowercase()),
            attendee.reason.clone(),
            attendee.source_id.as_ref().map(|id| format!("id {id}")),
            attendee.digital_badge.clone(),
            attendee
                .invitation
                .as_ref()
                .map(|invitation| format!("invitation {}", invitation.state().name())),
            Some(format!("records {}", hashes.join(" "))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        lines.push(format!("  {}", parts.join(", ")));
    }
    lines.join("\n")
}

fn user_text(user: &User) -> String {
    let fields = user
        .profile
        .iter()
        .map(|(field, value)| format!("{field}={value}"));
    let groups = user.groups.values().map(|membership| {
        let by: Vec<String> = membership.by.iter().map(ToString::to_string).collect();
        format!("{} by {}", membership.name, by.join("+"))
    });
    fields.chain(groups).collect::<Vec<_>>().join(", ")
}

/// A plan as short text.
pub(super) fn text(plan: &Plan) -> String {
    let mut lines: Vec<String> = plan
        .groups
        .iter()
        .map(|group| format!("new group {}", group.name))
        .collect();
    for person in &plan.people {
        person_text(person, &mut lines);
    }
    for issue in &plan.issues {
        let field = issue.field.as_deref().unwrap_or("record");
        lines.push(format!(
            "issue {} {field}: {}",
            issue.position, issue.reason
        ));
    }
    lines.join("\n")
}

fn person_text(plan: &PersonPlan, lines: &mut Vec<String>) {
    let name = NAMES
        .into_iter()
        .find(|name| person(name) == plan.person)
        .unwrap();
    let action = plan
        .change
        .as_ref()
        .map_or("unchanged", |c| c.action.name());
    lines.push(format!("{name} {action}: {}", step_text(&plan.step)));
    if let Some(change) = &plan.change {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        for field in &change.fields {
            let (before, after) = (value(&field.before), value(&field.after));
            lines.push(format!("  {}: {before} -> {after}", field.field));
        }
        if let Some(reason) = &change.reason {
            lines.push(format!("  because {reason}"));
        }
    }
    let known = plan.known.as_ref().map_or("as before".to_owned(), |known| {
        let hashes: Vec<String> = known.iter().map(|record| record.hash.to_string()).collect();
        format!("[{}]", hashes.join(" "))
    });
    lines.push(format!("  known {known}; {}", counts_text(&plan.counts)));
}

fn step_text(step: &PersonStep) -> String {
    let PersonStep::Write {
        user,
        joins,
        leaves,
        attendee,
    } = step
    else {
        return "erase".to_owned();
    };
    let write = |item: &str, expected: Option<u64>| match expected {
        None => format!("new {item}"),
        Some(version) => format!("{item} over {version}"),
    };
    let user = user.as_ref().map(|put| write("user", put.expected));
    let attendee = attendee.as_ref().map(|put| write("attendee", put.expected));
    let joins = joins.iter().map(|group| format!("joins {group}"));
    let leaves = leaves.iter().map(|group| format!("leaves {group}"));
    let parts: Vec<String> = user
        .into_iter()
        .chain(joins)
        .chain(leaves)
        .chain(attendee)
        .collect();
    if parts.is_empty() {
        "no write".to_owned()
    } else {
        parts.join(", ")
    }
}

fn counts_text(counts: &Counts) -> String {
    let parts = [
        ("added", counts.added),
        ("updated", counts.updated),
        ("unchanged", counts.unchanged),
        ("removed", counts.removed),
        ("erased", counts.erased),
        ("missing removed", counts.missing_removed),
        ("invited", counts.invitations_queued),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    if parts.is_empty() {
        "counts nothing".to_owned()
    } else {
        parts.join(", ")
    }
}
