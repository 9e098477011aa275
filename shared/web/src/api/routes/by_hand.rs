//! Routes by which people set something of attendees in place of a sync.

use attendee_sync_domain::authority::Permission::{Assist, Operate, Read};

use super::api;
use crate::api::{badges, by_hand, import};
use crate::permits::Need::There;
#[cfg(test)]
use {
    crate::api::badges::{BadgeQuery, CheckedBadges},
    crate::api::by_hand::{AttendeeByHand, HandChange},
    crate::api::import::{ImportQuery, ImportUndo},
    crate::openapi::{
        BadBody, BadQuery, Contended, NoAddress, NoSuch, NotNow, OfAttendee, OfEvent, OfHandField,
        OfImport, TooLargeFile,
    },
    attendee_sync_app::{AttendeeView, ImportReport},
};

api! {
    // The handler asks for more where the person attends already.
    /// Adds a person by hand, or edits an attendee by hand.
    ///
    /// Who is added attends whatever the feed says, and what is set of a profile stays, until it is released. Who is
    /// added is invited where the event invites new attendees. The role helpdesk adds people who do not attend, and
    /// changes nothing that is known of them.
    put("/events/{event}/attendees/{email}", There(Assist), by_hand::put) {
        operation_id = "put_by_hand",
        tag = "by_hand",
        params(OfAttendee),
        request_body = AttendeeByHand,
        responses(
            (status = 200, description = "They attended already and are as the body says now.", body = AttendeeView),
            (status = 201, description = "They were added.", body = AttendeeView),
            BadBody,
            NoSuch,
            NotNow,
            Contended
        )
    }

    /// Removes a person from the event by hand: they stay out whatever the feed says, until that is released.
    ///
    /// A block is more: of a blocked person nobody can be added by hand either.
    delete("/events/{event}/attendees/{email}", There(Operate), by_hand::remove) {
        operation_id = "remove_by_hand",
        tag = "by_hand",
        params(OfAttendee),
        responses((status = 200, description = "They are not in the event.", body = HandChange), NoSuch, NoAddress, NotNow, Contended)
    }

    /// Imports a list of people by hand: CSV or a spreadsheet (XLSX), which the file itself says.
    ///
    /// The first row names the columns, from which the mapping is proposed. `mode=preview` says row by row what would be
    /// done. Cells that are empty change nothing. At most 5,000 rows and 5 MiB. A request writes people for 15 seconds:
    /// where `left` is more than 0, send the same list again with `import`, and it goes on under the same name.
    post("/events/{event}/import", There(Operate), import::import) {
        operation_id = "import_list",
        tag = "by_hand",
        params(OfEvent, ImportQuery),
        request_body(content = String, content_type = "application/octet-stream", description = "The file."),
        responses((status = 200, description = "What was done, or would be.", body = ImportReport), BadQuery, TooLargeFile, NoSuch, NotNow, Contended)
    }

    /// Undoes an import: releases what it set and nobody changed since by hand.
    ///
    /// Who was added by it alone leaves the event; users stay.
    delete("/events/{event}/import/{import}", There(Operate), import::undo) {
        operation_id = "undo_import",
        tag = "by_hand",
        params(OfImport),
        responses((status = 200, description = "Of how many people something was released.", body = ImportUndo), NoSuch, NoAddress, Contended)
    }

    /// Says whether the app can show the digital badges of an event, and whose it cannot.
    ///
    /// Each URL is opened once, some time after the sync that brought it. What is there is told by the first bytes of the
    /// file: JPG, PNG or PDF of at most 20 MB.
    get("/events/{event}/badges", There(Read), badges::list) {
        operation_id = "badges",
        tag = "attendees",
        params(OfEvent, BadgeQuery),
        responses((status = 200, description = "How far they are checked, and a page of those that cannot be shown.", body = CheckedBadges), BadQuery, NoSuch)
    }

    /// Has the badges that cannot be shown checked again.
    post("/events/{event}/badges/check", There(Operate), badges::check_again) {
        operation_id = "check_badges",
        tag = "attendees",
        params(OfEvent),
        responses((status = 202, description = "They will be checked."), NoSuch, Contended)
    }

    /// Lets something that was set by hand follow the sync again.
    ///
    /// It becomes what the records say that were read last. `status` is whether they attend.
    delete("/events/{event}/attendees/{email}/by-hand/{field}", There(Operate), by_hand::release) {
        operation_id = "release_by_hand",
        tag = "by_hand",
        params(OfHandField),
        responses((status = 200, description = "It follows the sync.", body = HandChange), NoSuch, NoAddress, NotNow, Contended)
    }
}
