//! The result of a run for one person: the changes, or why there are none, and the person's state.

use attendee_sync_app::{App, Error};
use attendee_sync_domain::ids::PersonId;
use attendee_sync_domain::people::{Attendee, Presence, UserState};
use attendee_sync_domain::profile::ProfileField;
use attendee_sync_domain::run::{Action, Change, Coverage, Run, RunState};

use super::EventHead;
use crate::texts::t;
use crate::words::{self, ShownTime};

/// The result of a run for one person.
pub(super) struct OnePersonsRun {
    pub(super) headline: String,
    pub(super) person: Option<EventStanding>,
}

/// The state of a person in the event.
pub(super) enum EventStanding {
    /// The event does not know them.
    Unknown,
    /// The event knows them.
    Known(Box<PersonSummary>),
}

/// A summary of the person.
pub(super) struct PersonSummary {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) attending: bool,
    pub(super) reason: Option<String>,
    /// The time of their last change.
    pub(super) updated: ShownTime,
    /// Name and value of each field with a value.
    pub(super) fields: Vec<(String, String)>,
}

/// Returns whether a run is about one person, as the run itself says or the caller knows.
pub(super) fn is_about_one(run: &Run, person: Option<PersonId>) -> bool {
    run.extent == Coverage::OnePerson || person.is_some()
}

impl OnePersonsRun {
    /// Returns the result of a finished run for one person; `person` says who it is, if that is
    /// known.
    pub(super) async fn read(
        app: &App,
        head: &EventHead,
        run: &Run,
        person: Option<PersonId>,
        changes: &[Change],
    ) -> Result<Option<Self>, Error> {
        if !is_about_one(run, person) || !run.state.is_over() {
            return Ok(None);
        }
        let person = person.or_else(|| changes.first().map(|change| change.person));
        Ok(Some(Self {
            headline: headline(run, changes),
            person: match person {
                Some(person) => Some(EventStanding::read(app, head, person).await?),
                None => None,
            },
        }))
    }
}

/// Describes in a sentence what a run for one person did.
pub(super) fn headline(run: &Run, changes: &[Change]) -> String {
    let counts = &run.counts;
    let text = match changes.first().map(|change| change.action) {
        Some(Action::Added) => t("one-person-added-to-the-event"),
        Some(Action::Updated) => t("one-person-updated"),
        Some(Action::Removed) => t("one-person-removed-from-the-event"),
        Some(Action::Moved) => t("one-person-removed-from-the-event-the"),
        Some(Action::Erased) => t("one-person-erased-permanently"),
        None if run.state == RunState::Failed => t("one-person-nothing-changed-the-source"),
        None if run.state.ended_early() => t("one-person-nothing-changed-the-sync"),
        None if counts.records_read == 0 => t("one-person-nothing-changed-the-source-has"),
        None if counts.rejected > 0 => t("one-person-nothing-changed-this-persons"),
        None => t("one-person-nothing-changed-the-event"),
    };
    text.to_owned()
}

impl EventStanding {
    async fn read(app: &App, head: &EventHead, person: PersonId) -> Result<Self, Error> {
        let community = &head.document.community;
        let stored = app.stored_person(community, head.id(), person).await?;
        Ok(stored.map_or(Self::Unknown, |(attendee, user)| {
            Self::Known(Box::new(known(attendee, user, head)))
        }))
    }
}

fn known(attendee: Attendee, user: Option<UserState>, head: &EventHead) -> PersonSummary {
    let (mut name, mut fields) = (String::new(), Vec::new());
    let mut field = |name: &str, value: String| {
        if !value.is_empty() {
            fields.push((words::capitalised(&words::field_name(name)), value));
        }
    };
    if let Some(UserState::User(user)) = user {
        name = user.profile.full_name();
        for (known, value) in user.profile.iter() {
            let value = match known {
                ProfileField::Country => words::country(value),
                _ => value,
            };
            field(known.name(), value.to_owned());
        }
        let mut groups: Vec<String> = user
            .groups
            .into_values()
            .map(|membership| membership.name.to_string())
            .collect();
        groups.sort();
        field("groups", groups.join(", "));
    }
    field("digital_badge", attendee.digital_badge.unwrap_or_default());
    field("source_id", attendee.source_id.unwrap_or_default());
    PersonSummary {
        name,
        email: attendee.email.to_string(),
        attending: attendee.presence == Presence::Attending,
        reason: attendee.reason.as_deref().map(words::sentence),
        updated: head.clock.show(attendee.updated),
        fields,
    }
}
