//! Routes to lists as files.

use attendee_sync_domain::authority::Permission::{Admit, Read};

use super::list_files;
use crate::api::{files, for_app};
use crate::permits::Need::There;
#[cfg(test)]
use {
    crate::api::for_app::AudienceQuery,
    crate::lists::filters::{AttendeeQuery, ChangeQuery, IssueQuery},
    crate::openapi::{BadQuery, NoSuch, OfCommunity, OfEvent, OfRun},
    attendee_sync_app::{AttendeeView, AudienceMember, ChangeLine, SuppressionView, UserView},
    attendee_sync_domain::audit::AuditEntry,
    attendee_sync_domain::issue::Issue,
    attendee_sync_domain::run::Summary,
};

list_files! {
    "/events/{event}/attendees", There(Read), files::attendees {
        tag = "attendees", gives = "all of an event's attendees", row = "an attendee a line", "All of them.",
        params(OfEvent, AttendeeQuery), body = AttendeeView, refusals(BadQuery, NoSuch)
    }

    "/events/{event}/audience", There(Admit), for_app::audience_file {
        tag = "app", gives = "whom a push message reaches", row = "a person a line", "All of them.",
        params(OfEvent, AudienceQuery), body = AudienceMember, refusals(BadQuery, NoSuch)
    }

    "/events/{event}/runs", There(Read), files::runs {
        tag = "runs", gives = "an event's runs", row = "a run a line, the newest first", "All that are kept.",
        params(OfEvent), body = Summary, refusals(NoSuch)
    }

    "/runs/{run}/changes", There(Read), files::changes {
        tag = "runs", gives = "what a run changed", row = "a line for each person and field", "All of it.",
        params(OfRun, ChangeQuery), body = ChangeLine, refusals(BadQuery, NoSuch)
    }

    "/runs/{run}/issues", There(Read), files::issues {
        tag = "runs", gives = "what a run had to say about records", row = "an issue a line", "All that is kept, by position.",
        params(OfRun, IssueQuery), body = Issue, refusals(BadQuery, NoSuch)
    }

    "/communities/{community}/users", There(Read), files::users {
        tag = "people", gives = "all users of a community", row = "a user a line", "All of them.",
        params(OfCommunity), body = UserView, refusals(NoSuch)
    }

    "/communities/{community}/suppressions", There(Read), files::suppressions {
        tag = "suppressions", gives = "the addresses that get no mail from a community", row = "an address a line", "All of them.",
        params(OfCommunity), body = SuppressionView, refusals(NoSuch)
    }

    "/communities/{community}/audit", There(Read), files::audit {
        tag = "communities", gives = "what people changed in a community", row = "an entry a line, the newest first", "All that is kept.",
        params(OfCommunity), body = AuditEntry, refusals(NoSuch)
    }
}
