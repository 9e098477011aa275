//! Routes about one event: its attendees, its configuration and its invitations.

use attendee_sync_domain::authority::Permission::{
    Administer, Admit, Assist, LookUp, Operate, Read,
};

use super::api;
use crate::api::{
    configuration, configuration_history, hooks, invitations, lists, people, reminders,
};
use crate::permits::Need::{There, ThereOrNew};
#[cfg(test)]
use {
    crate::api::configuration::{TestedDocument, Written},
    crate::api::hooks::{HookAddressMade, NoticeSecret},
    crate::api::invitations::{InvitationSampleJson, InvitationsWanted, Looked, Test, Tested},
    crate::api::people::{Barred, PageQuery},
    crate::api::reminders::ReminderQuery,
    crate::lists::filters::AttendeeQuery,
    crate::lists::paging::{ListPage, Paging},
    crate::openapi::{
        BadBody, BadHeader, BadQuery, Conditions, Contended, Elsewhere, Moved, NoAddress, NoSuch,
        NotNow, OfAttendee, OfConfigurationVersion, OfEvent, OtherVersion, TooManyTests, Unusable,
    },
    attendee_sync_app::{
        Access, AttendeeView, ConfigurationVersionView, DueReminder, Explanation, FeedDiagnosis,
        HookView, InvitationsRequested, InvitationsView, MappingTest, ScheduleView, SourceSays,
    },
    attendee_sync_domain::config::{ConfigurationVersion, EventDocument},
};

api! {
    /// Says whether a person may come in, and which pages they may see: what an app asks at sign-in.
    get("/events/{event}/access/{email}", There(Admit), people::access) {
        tag = "attendees",
        params(OfAttendee, PageQuery),
        responses((status = 200, description = "Whether the person has access, and why.", body = Access), NoSuch, NoAddress)
    }

    /// Lists an event's attendees with their profiles, groups and invitations.
    get("/events/{event}/attendees", There(Read), lists::attendees) {
        tag = "attendees",
        params(OfEvent, AttendeeQuery, Paging),
        responses(
            (status = 200, description = "A page of them.", body = ListPage<AttendeeView>),
            BadQuery,
            NoSuch,
            Moved
        )
    }

    /// Returns one attendee.
    get("/events/{event}/attendees/{email}", There(Admit), people::attendee) {
        tag = "attendees",
        params(OfAttendee),
        responses((status = 200, description = "The attendee.", body = AttendeeView), NoSuch, NoAddress)
    }

    /// Removes an attendee from an event and blocks them.
    ///
    /// No sync lets them in again until they are unblocked.
    put("/events/{event}/attendees/{email}/block", There(Assist), people::block) {
        tag = "attendees",
        params(OfAttendee),
        responses((status = 200, description = "The attendee is removed and blocked.", body = Barred), NoSuch, NoAddress, NotNow, Contended)
    }

    /// Unblocks an attendee: their records count again.
    delete("/events/{event}/attendees/{email}/block", There(Assist), people::unblock) {
        tag = "attendees",
        params(OfAttendee),
        responses((status = 200, description = "The attendee is not blocked.", body = Barred), NoSuch, NoAddress, NotNow, Contended)
    }

    // The handler queries the source.
    /// Reads the source and returns the records of one person as they are now.
    ///
    /// Nothing changes. Each record comes with the rules that match it and its result.
    get("/events/{event}/attendees/{email}/source", There(Assist), people::source) {
        tag = "attendees",
        params(OfAttendee),
        responses((status = 200, description = "Their records, also where there are none.", body = SourceSays), NoSuch, NoAddress, Elsewhere)
    }

    /// Explains whether a person may enter the event and why, and the origin of all their data.
    get("/events/{event}/attendees/{email}/explanation", There(LookUp), people::explanation) {
        tag = "attendees",
        params(OfAttendee),
        responses((status = 200, description = "What is known, also where nothing is.", body = Explanation), NoSuch, NoAddress)
    }

    /// Returns an event's configuration, without its secrets.
    get("/events/{event}/configuration", There(Read), configuration::read) {
        tag = "configuration",
        params(OfEvent),
        responses((status = 200, description = "The document.", body = EventDocument, headers(("ETag" = String, description = "The version, as If-Match takes it."))), NoSuch)
    }

    /// Checks and stores an event's configuration.
    put("/events/{event}/configuration", ThereOrNew(Administer), configuration::write) {
        tag = "configuration",
        params(OfEvent, Conditions),
        request_body = EventDocument,
        responses((status = 200, description = "The configuration was replaced.", body = Written, headers(("ETag" = String, description = "The version, as If-Match takes it."))), (status = 201, description = "The event is new.", body = Written, headers(("ETag" = String, description = "The version, as If-Match takes it."))), BadBody, NoSuch, NotNow, OtherVersion)
    }

    /// Deletes an event: its configuration, its attendees, its runs and their logs.
    ///
    /// Users stay, without the groups that only this event gave. The event disappears at once; its
    /// data is deleted after the answer.
    delete("/events/{event}/configuration", There(Administer), configuration::remove) {
        tag = "configuration",
        params(OfEvent, Conditions),
        responses(
            (status = 202, description = "The event is being deleted."),
            BadHeader,
            NoSuch,
            NotNow,
            OtherVersion
        )
    }

    /// Lists the versions of an event's configuration, the newest first: who stored each, and what they changed.
    ///
    /// Versions are kept for 400 days.
    get("/events/{event}/configuration/versions", There(Read), configuration_history::versions) {
        tag = "configuration",
        params(OfEvent, Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<ConfigurationVersionView>), BadQuery, NoSuch)
    }

    /// Gives one version of an event's configuration, without its secrets.
    get("/events/{event}/configuration/versions/{version}", There(Read), configuration_history::version) {
        tag = "configuration",
        params(OfConfigurationVersion),
        responses((status = 200, description = "The version with its document.", body = ConfigurationVersion), NoSuch)
    }

    /// Stores an earlier version of an event's configuration once more, as the newest.
    ///
    /// It is checked as a new document is. Credentials are not part of a version: those that are stored now stay.
    post("/events/{event}/configuration/versions/{version}/restore", There(Administer), configuration_history::restore) {
        tag = "configuration",
        params(OfConfigurationVersion, Conditions),
        responses((status = 200, description = "The configuration was replaced.", body = Written, headers(("ETag" = String, description = "The version, as If-Match takes it."))), BadHeader, NoSuch, NotNow, OtherVersion)
    }

    // The handler requires more where another source than the stored one is read.
    /// Reads the first page of the source with a document that need not be stored.
    ///
    /// `mapping`, `rules`, `source.records` and `source.pagination` may be missing: `proposed`
    /// contains proposals from the source's answer, with reasons and examples, and `problems` what
    /// the document still lacks. If the source fails, that is part of the answer.
    post("/events/{event}/configuration/test", ThereOrNew(Operate), configuration::test) {
        tag = "configuration",
        params(OfEvent),
        request_body = TestedDocument,
        responses((status = 200, description = "The result of the test.", body = MappingTest), BadBody, NoSuch)
    }

    /// Reads the whole feed and reports what a sync would do.
    ///
    /// Nothing changes. The answer is sent after the whole feed was read.
    post("/events/{event}/doctor", There(Operate), configuration::diagnose) {
        tag = "configuration",
        params(OfEvent),
        responses((status = 200, description = "What was found.", body = FeedDiagnosis), NoSuch)
    }

    /// Says when an event syncs automatically next, and whether its syncs succeed.
    get("/events/{event}/schedule", There(Read), configuration::schedule) {
        tag = "configuration",
        params(OfEvent),
        responses((status = 200, description = "Its next syncs.", body = ScheduleView), NoSuch, Unusable)
    }

    /// Tells what the last hooks of an event's registration system led to, and which were refused.
    get("/events/{event}/hook", There(Read), hooks::show) {
        tag = "configuration",
        params(OfEvent),
        responses((status = 200, description = "Its hooks.", body = HookView), NoSuch)
    }

    /// Makes a new address to which the registration system of an event reports changes.
    ///
    /// It is given once, and the one before it counts no more. The key `hook` of the configuration says how hooks are signed and
    /// what they name.
    post("/events/{event}/hook", There(Administer), hooks::make_address) {
        tag = "configuration",
        params(OfEvent),
        responses((status = 201, description = "The address.", body = HookAddressMade), NoSuch)
    }

    /// Gives what the notices of an event are signed with that are posted to programs, by Standard Webhooks.
    get("/events/{event}/notice-secret", There(Administer), hooks::notice_secret) {
        tag = "configuration",
        params(OfEvent),
        responses((status = 200, description = "The secret.", body = NoticeSecret), NoSuch)
    }

    /// Counts an event's invitations by state, and says what waits.
    get("/events/{event}/invitations", There(Read), invitations::states) {
        tag = "invitations",
        params(OfEvent),
        responses((status = 200, description = "The counts by state.", body = InvitationsView), NoSuch)
    }

    /// Queues invitations on request.
    ///
    /// They are sent one by one.
    // The handler requires more where more than one person is invited.
    post("/events/{event}/invitations", There(Assist), invitations::ask) {
        tag = "invitations",
        params(OfEvent),
        request_body = InvitationsWanted,
        responses((status = 202, description = "How many were queued, and how many not.", body = InvitationsRequested), BadBody, NoSuch, NotNow)
    }

    /// Lists who is due to be reminded, by name.
    ///
    /// Reminders go to who was invited and has not entered, as `reminders` of the configuration says; each at most once.
    get("/events/{event}/reminders", There(Read), reminders::due) {
        tag = "invitations",
        params(OfEvent, ReminderQuery, Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<DueReminder>), BadQuery, NoSuch)
    }

    /// Shows the invitation as an attendee, or an example of a person, would get it.
    post("/events/{event}/invitations/preview", There(Operate), invitations::preview) {
        tag = "invitations",
        params(OfEvent),
        request_body = Looked,
        responses((status = 200, description = "The mail.", body = InvitationSampleJson), BadBody, NoSuch)
    }

    /// Sends a test of the invitation.
    ///
    /// It does not count as anybody's invitation. A person may send 10 an hour, the people of a
    /// community 100 a day; the audit log records each.
    post("/events/{event}/invitations/test", There(Operate), invitations::test) {
        tag = "invitations",
        params(OfEvent),
        request_body = Test,
        responses((status = 202, description = "The mail server has it.", body = Tested), BadBody, NoSuch, TooManyTests, Elsewhere)
    }
}
