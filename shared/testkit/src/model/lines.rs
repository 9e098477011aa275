//! The visible state as lines: the expected lines from the model, and the actual lines from an
//! application.

use std::collections::BTreeMap;

use attendee_sync_app::{App, AttendeeFilter, ListOrder, PresenceFilter};
use serde_json::{Value, json};

use super::{ModelUser, ReferenceModel};
use crate::world::status_of;

/// People of a page of a list.
const PAGE: usize = 100;

impl ReferenceModel {
    /// Returns the expected lines.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, event) in &self.events {
            for (who, attendee) in &event.attendees {
                lines.push(format!(
                    "{name} {who} {} blocked {} {} {}",
                    word(attendee.attends),
                    attendee.blocked,
                    attendee.id.as_deref().unwrap_or("-"),
                    attendee.badge.as_deref().unwrap_or("-"),
                ));
            }
        }
        lines.extend(self.users.iter().map(|(who, user)| user_line(who, user)));
        lines.sort();
        lines
    }
}

fn word(attends: bool) -> &'static str {
    if attends { "attending" } else { "removed" }
}

fn user_line(who: &str, user: &ModelUser) -> String {
    let mut groups: Vec<String> = Vec::new();
    for (group, given) in &user.groups {
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        groups.push(format!("{group} by {}", given.join("+")));
    }
    // Groups are sorted by key, in lower case.
    groups.sort_by_key(|line| line.to_lowercase());
    let events = user.events.iter();
    let events: BTreeMap<_, _> = events
        .map(|(event, attends)| (event, word(*attends)))
        .collect();
    let company = user.company.as_deref().unwrap_or("-");
    let groups = groups.join(", ");
    format!("user {who} @ {company} {} [{groups}]", json!(events))
}

/// Returns the actual lines of a community and these events.
pub async fn seen(app: &App, community: &str, events: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    for event in events {
        let id = event.parse().unwrap();
        let filter = AttendeeFilter {
            presence: PresenceFilter::All,
            ..AttendeeFilter::default()
        };
        let mut cursor = None;
        loop {
            let order = ListOrder::default();
            let page = app.attendees(&id, &filter, order, cursor, PAGE).await;
            let page = page.unwrap();
            lines.extend(page.attendees.iter().map(|view| {
                format!(
                    "{event} {} {} blocked {} {} {}",
                    view.email,
                    status_of(view),
                    view.blocked.is_some(),
                    view.source_id.as_deref().unwrap_or("-"),
                    view.digital_badge.as_deref().unwrap_or("-"),
                )
            }));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    let community = community.parse().unwrap();
    let mut cursor = None;
    loop {
        // The community does not exist before its first event.
        let page = app.users(&community, cursor, PAGE).await;
        let (users, next) = page.unwrap_or_default();
        for user in users {
            lines.push(shown_user(&serde_json::to_value(user).unwrap()));
        }
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    lines.sort();
    lines
}

fn shown_user(user: &Value) -> String {
    let groups = user["groups"].as_array().unwrap().iter();
    let groups: Vec<String> = groups.map(shown_grant).collect();
    let company = user["profile"]["company"].as_str().unwrap_or("-");
    let (email, events) = (user["email"].as_str().unwrap(), &user["events"]);
    format!("user {email} @ {company} {events} [{}]", groups.join(", "))
}

fn shown_grant(grant: &Value) -> String {
    let by = grant["by"].as_array().unwrap().iter();
    let by: Vec<&str> = by.map(|by| by.as_str().unwrap()).collect();
    format!("{} by {}", grant["name"].as_str().unwrap(), by.join("+"))
}
