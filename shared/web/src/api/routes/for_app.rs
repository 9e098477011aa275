//! Routes that the event app uses beside `access` and `attendees/{email}`.

use attendee_sync_domain::authority::Permission::{Admit, Report};

use super::api;
use crate::api::for_app;
use crate::permits::Need::There;
#[cfg(test)]
use {
    crate::api::for_app::{AudienceQuery, OwnProfileEdit},
    crate::lists::paging::{ListPage, Paging},
    crate::openapi::{BadBody, BadQuery, Contended, Moved, NoSuch, NotNow, OfAttendee, OfEvent},
    attendee_sync_app::{AttendeeView, AudienceMember},
    attendee_sync_domain::activity::{ActivityReport, AppActivity},
};

api! {
    /// Reports what a person did in the app: that they have an account, that they entered the event.
    ///
    /// The same report again changes nothing, and the earliest entry stays. No sync changes what was reported. It is
    /// stored for attendees who were removed, too.
    post("/events/{event}/attendees/{email}/activity", There(Report), for_app::report_activity) {
        tag = "app",
        params(OfAttendee),
        request_body = ActivityReport,
        responses((status = 200, description = "All that was reported of them.", body = AppActivity), BadBody, NoSuch, NotNow, Contended)
    }

    /// Edits a profile because its person did so in the app.
    ///
    /// Fields that a sync of the event sets (`locked_fields`) are refused, all of them by name. Values are cleaned as the
    /// mapping cleans them. Later syncs leave what was set so, as long as the mapping takes the field `on_create` or
    /// `if_empty`, or not at all.
    patch("/events/{event}/attendees/{email}", There(Report), for_app::edit_own_profile) {
        tag = "app",
        params(OfAttendee),
        request_body = OwnProfileEdit,
        responses((status = 200, description = "The attendee with the new profile.", body = AttendeeView), BadBody, NoSuch, NotNow, Contended)
    }

    /// Lists whom a push message reaches: who attends the event, by groups, country and page of the app.
    ///
    /// Nobody is among them who was removed, blocked or erased.
    get("/events/{event}/audience", There(Admit), for_app::audience) {
        tag = "app",
        params(OfEvent, AudienceQuery, Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<AudienceMember>), BadQuery, NoSuch, Moved)
    }
}
