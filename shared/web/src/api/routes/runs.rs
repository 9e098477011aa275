//! Routes about runs: to start one, to see what it did, and to decide about what it holds.

use attendee_sync_domain::authority::Permission::{Assist, Operate, Read};

use super::api;
use crate::api::{invitations, run_log, runs, uploads};
use crate::permits::Need::There;
#[cfg(test)]
use {
    crate::api::invitations::QueuedInvitationJson,
    crate::api::run_log::RunLogQuery,
    crate::api::runs::{RunView, RunWanted},
    crate::lists::filters::{ChangeQuery, IssueQuery},
    crate::lists::paging::{ListPage, Paging},
    crate::openapi::{BadBody, BadQuery, Elsewhere, NoSuch, NotNow, OfEvent, OfRun},
    crate::problem::HttpProblem,
    attendee_sync_app::Preview,
    attendee_sync_domain::issue::Issue,
    attendee_sync_domain::run::Change,
};

api! {
    /// Lists an event's runs, the newest first.
    get("/events/{event}/runs", There(Read), runs::list) {
        tag = "runs",
        params(OfEvent, Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<RunView>), BadQuery, NoSuch)
    }

    /// Starts a sync, or shows what one would do.
    post("/events/{event}/runs", There(Assist), runs::begin) {
        tag = "runs",
        params(OfEvent),
        request_body = RunWanted,
        responses((status = 200, description = "A preview: what a sync would change.", body = Preview), (status = 202, description = "A sync has begun.", body = RunView, headers(("Location" = String, description = "The path of the run."))), BadBody, NoSuch, NotNow, Elsewhere)
    }

    /// Puts a list in the place of the one that is uploaded for an event, and begins a sync of it.
    ///
    /// For an event whose document has `source.upload`. The body is the file itself: CSV, XLSX or JSON. While a run is
    /// under way no list is taken.
    put("/events/{event}/upload", There(Operate), uploads::replace) {
        tag = "runs",
        params(OfEvent),
        request_body(content = String, content_type = "application/octet-stream", description = "The list of all people."),
        responses((status = 202, description = "The list is stored, and a sync of it has begun.", body = RunView, headers(("Location" = String, description = "The path of the run."))), (status = 413, description = "The file is larger than is taken here.", body = HttpProblem, content_type = "application/problem+json"), (status = 422, description = "The file is no list of the event's format, or the event reads its list at a URL.", body = HttpProblem, content_type = "application/problem+json"), NoSuch, NotNow)
    }

    /// Returns one run, with its progress while it is under way.
    get("/runs/{run}", There(Read), runs::one) {
        tag = "runs",
        params(OfRun),
        responses((status = 200, description = "The run.", body = RunView), NoSuch)
    }

    /// Lists what a run changed, person by person.
    get("/runs/{run}/changes", There(Read), run_log::changes) {
        tag = "runs",
        params(OfRun, ChangeQuery, RunLogQuery),
        responses((status = 200, description = "A page of them. One that looks for something can have few or none, and still a `next_cursor` from which to look on.", body = ListPage<Change>), BadQuery, NoSuch)
    }

    /// Lists a run's issues about records.
    get("/runs/{run}/issues", There(Read), run_log::issues) {
        tag = "runs",
        params(OfRun, IssueQuery, Paging),
        responses((status = 200, description = "A page of them, by position.", body = ListPage<Issue>), BadQuery, NoSuch)
    }

    /// Lists the changes of a run that wait for approval.
    get("/runs/{run}/held", There(Read), runs::held) {
        tag = "runs",
        params(OfRun, Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<Change>), BadQuery, NoSuch)
    }

    /// Lists the attendees whose invitations a run queued and that were not sent yet.
    get("/runs/{run}/invitations", There(Read), invitations::of_run) {
        tag = "invitations",
        params(OfRun, Paging),
        responses((status = 200, description = "A page of them.", body = ListPage<QueuedInvitationJson>), BadQuery, NoSuch)
    }

    /// Approves what a run holds.
    post("/runs/{run}/approve", There(Operate), runs::approve) {
        tag = "runs",
        params(OfRun),
        responses((status = 202, description = "It is being applied.", body = RunView, headers(("Location" = String, description = "The path of the run."))), NoSuch, NotNow)
    }

    /// Discards what a run holds.
    post("/runs/{run}/discard", There(Operate), runs::discard) {
        tag = "runs",
        params(OfRun),
        responses((status = 200, description = "The run.", body = RunView), NoSuch, NotNow)
    }

    /// Stops a run that is under way. Its changes stay, and no other run follows automatically.
    post("/runs/{run}/stop", There(Operate), runs::stop) {
        tag = "runs",
        params(OfRun),
        responses((status = 202, description = "The run. It stops within seconds.", body = RunView), NoSuch, NotNow)
    }
}
