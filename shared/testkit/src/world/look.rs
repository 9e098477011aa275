//! The visible state of a world: people, groups, and what runs did.

use std::fmt::Write as _;

use attendee_sync_app::{AttendeeFilter, AttendeeView, ListOrder, PresenceFilter};
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{EventId, RunId};
use attendee_sync_domain::issue::Issue;
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::run::Change;
use serde_json::Value;

use super::World;

impl World {
    /// Returns all attendees of an event, including removed ones, by address.
    pub async fn people(&self, event: &str) -> Vec<AttendeeView> {
        let event: EventId = event.parse().unwrap();
        let filter = AttendeeFilter {
            presence: PresenceFilter::All,
            ..AttendeeFilter::default()
        };
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let page = self
                .app
                .attendees(&event, &filter, ListOrder::default(), cursor, 50)
                .await
                .unwrap();
            all.extend(page.attendees);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        all.sort_by(|a, b| a.email.cmp(&b.email));
        all
    }

    /// Returns all attendees of an event, one line each: address, status, name, company, groups,
    /// badge.
    pub async fn state(&self, event: &str) -> String {
        let mut text = String::new();
        for person in self.people(event).await {
            let groups: Vec<&str> = person.groups.iter().map(GroupName::as_str).collect();
            let company = person.profile.get(ProfileField::Company).unwrap_or("-");
            let _written = writeln!(
                text,
                "{} {} {} @ {company} [{}] {}",
                person.email,
                status_of(&person),
                person.profile.full_name(),
                groups.join(", "),
                person.digital_badge.as_deref().unwrap_or("-"),
            );
        }
        text
    }

    /// A community's groups and their sizes.
    pub async fn groups(&self) -> String {
        let groups = self.app.groups(&"acme".parse().unwrap()).await.unwrap();
        let lines: Vec<String> = groups
            .iter()
            .map(|group| format!("{}: {}", group.name, group.members))
            .collect();
        lines.join(", ")
    }

    /// Returns all changes of a run.
    pub async fn changes(&self, run: &RunId) -> Vec<Change> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let (page, next) = self.app.changes(run, cursor).await.unwrap();
            all.extend(page);
            cursor = next;
            if cursor.is_none() {
                return all;
            }
        }
    }

    /// Returns all issues of a run.
    pub async fn issues(&self, run: &RunId) -> Vec<Issue> {
        self.app.issues(run).await.unwrap()
    }
}

/// An attendee's status in a word.
pub(crate) fn status_of(person: &AttendeeView) -> String {
    match serde_json::to_value(person.status).unwrap() {
        Value::String(status) => status,
        other => panic!("a status is a word: {other}"),
    }
}
