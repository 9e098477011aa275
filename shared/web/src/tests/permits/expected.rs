//! Which role each route needs, written down a second time: a permission that is changed in the registry by mistake differs
//! from what is promised here.

use attendee_sync_domain::authority::Role::{self, Admin, App, Helpdesk, Operator, Viewer};

use ExpectedRole::{Anybody, Everywhere, Open, Somewhere, There, ThereOrNew, ThereToAssist};

/// The least role that a route is open to, and where one has to have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExpectedRole {
    /// Everybody, also strangers.
    Open,
    /// Everybody who is known.
    Anybody,
    /// In some community.
    Somewhere(Role),
    /// In all communities.
    Everywhere(Role),
    /// In the community that the path is about.
    There(Role),
    /// The same, for the help desk and for operators and admins, but for no viewer.
    ThereToAssist,
    /// In the community that the path is about, and in some community where there is no such event.
    ThereOrNew(Role),
}

/// All routes.
pub(super) fn routes() -> impl Iterator<Item = (&'static str, &'static str, ExpectedRole)> {
    EXPECTED.iter().flat_map(|(role, routes)| {
        let parts = routes.iter().map(|route| route.split_once(' ').unwrap());
        parts.map(move |(method, path)| (method, path, *role))
    })
}

const EXPECTED: &[(ExpectedRole, &[&str])] = &[
    (
        Open,
        &[
            "GET /health",
            "GET /openapi.json",
            "GET /api/v1/health",
            "GET /api/v1/openapi.json",
            "GET /api/v1/schema/event.json",
            "GET /sign-in",
            "POST /sign-in",
            "GET /assets/console.css",
            "GET /assets/console.js",
            "GET /assets/icon.svg",
            "GET /unsubscribe/{token}",
            "POST /unsubscribe/{token}",
        ],
    ),
    (
        Anybody,
        &[
            "POST /sign-out",
            "GET /account",
            "POST /sign-out-everywhere",
            "GET /resume",
        ],
    ),
    (Somewhere(Helpdesk), &["GET /api/v1/communities", "GET /"]),
    (Somewhere(Viewer), &["GET /api/v1/presets"]),
    (
        Somewhere(Admin),
        &[
            "POST /api/v1/presets/{preset}/document",
            "GET /new-event",
            "POST /new-event",
            "POST /new-event/test",
            "GET /new-event/form",
            "POST /new-event/form",
            "POST /new-event/form/test",
            "POST /new-event/form/rows",
            "GET /new-event/steps",
            "POST /new-event/steps",
            "GET /new-event/steps/{handle}/connect",
            "POST /new-event/steps/{handle}/connect",
            "GET /new-event/steps/{handle}/list",
            "POST /new-event/steps/{handle}/list",
            "GET /new-event/steps/{handle}/fields",
            "POST /new-event/steps/{handle}/fields",
            "GET /new-event/steps/{handle}/rules",
            "POST /new-event/steps/{handle}/rules",
            "GET /new-event/steps/{handle}/check",
            "POST /new-event/steps/{handle}/check",
            "GET /new-event/steps/{handle}/live",
            "GET /new-event/presets/{preset}",
            "POST /new-event/presets/{preset}",
        ],
    ),
    (
        Everywhere(Viewer),
        &[
            "GET /api/v1/mail",
            "GET /api/v1/mail/{name}",
            "GET /mail",
            "GET /mail/{name}",
            "GET /mail/{name}/html",
        ],
    ),
    (
        Everywhere(Admin),
        &[
            "GET /api/v1/tokens",
            "POST /api/v1/tokens",
            "DELETE /api/v1/tokens/{name}",
            "GET /api/v1/set-aside",
            "POST /api/v1/set-aside/{queue}/redrive",
            "GET /set-aside",
            "POST /set-aside/{queue}",
            "GET /tokens",
            "POST /tokens",
            "POST /tokens/{name}/revoke",
        ],
    ),
    (
        There(App),
        &[
            "GET /api/v1/communities/{community}/groups",
            "GET /api/v1/communities/{community}/groups/{group}",
            "GET /api/v1/communities/{community}/groups/{group}/members",
            "GET /api/v1/events/{event}/access/{email}",
        ],
    ),
    (
        There(Helpdesk),
        &[
            "GET /api/v1/communities/{community}/events",
            "GET /api/v1/events/{event}/attendees/{email}",
            "GET /api/v1/events/{event}/attendees/{email}/explanation",
            "GET /events/{event}/help-desk",
            "GET /events/{event}/people/{person}",
            "GET /events/{event}/progress",
            "POST /events/{event}/help-desk",
        ],
    ),
    (
        ThereToAssist,
        &[
            "DELETE /api/v1/events/{event}/attendees/{email}/bar",
            "PUT /api/v1/events/{event}/attendees/{email}/bar",
            "GET /api/v1/events/{event}/attendees/{email}/source",
            "POST /api/v1/events/{event}/invitations",
            "POST /api/v1/events/{event}/runs",
            "POST /events/{event}/help-desk/source",
            "POST /events/{event}/help-desk/sync",
            "POST /events/{event}/people/{person}/invite",
            "POST /events/{event}/people/{person}/block",
        ],
    ),
    (
        There(Viewer),
        &[
            "GET /api/v1/communities/{community}/audit",
            "GET /api/v1/communities/{community}/suppressions",
            "GET /api/v1/communities/{community}/users",
            "GET /api/v1/communities/{community}/users/{email}",
            "GET /api/v1/events/{event}/attendees",
            "GET /api/v1/events/{event}/attendees.csv",
            "GET /api/v1/events/{event}/attendees.jsonl",
            "GET /api/v1/events/{event}/configuration",
            "GET /api/v1/events/{event}/schedule",
            "GET /api/v1/events/{event}/invitations",
            "GET /api/v1/events/{event}/runs",
            "GET /api/v1/runs/{run}",
            "GET /api/v1/runs/{run}/changes",
            "GET /api/v1/runs/{run}/issues",
            "GET /api/v1/runs/{run}/changes.csv",
            "GET /api/v1/runs/{run}/changes.jsonl",
            "GET /api/v1/runs/{run}/issues.csv",
            "GET /api/v1/runs/{run}/issues.jsonl",
            "GET /api/v1/runs/{run}/held",
            "GET /api/v1/runs/{run}/invitations",
            "GET /events/{event}",
            "POST /events/{event}",
            "GET /events/{event}/attendees/file",
            "GET /events/{event}/groups",
            "GET /events/{event}/groups/{group}",
            "GET /events/{event}/doctor",
            "GET /events/{event}/doctor/progress",
            "GET /events/{event}/runs",
            "GET /events/{event}/runs/{number}",
            "POST /events/{event}/runs/{number}",
            "GET /events/{event}/runs/{number}/changes/file",
            "GET /events/{event}/runs/{number}/issues/file",
            "GET /events/{event}/invitations",
            "GET /events/{event}/configuration",
            "GET /events/{event}/configuration/document",
            "GET /communities/{community}/audit",
            "GET /communities/{community}/suppressions",
            "GET /api/v1/events/{event}/attendees.json",
            "GET /api/v1/events/{event}/runs.csv",
            "GET /api/v1/events/{event}/runs.json",
            "GET /api/v1/events/{event}/runs.jsonl",
            "GET /api/v1/runs/{run}/changes.json",
            "GET /api/v1/runs/{run}/issues.json",
            "GET /api/v1/communities/{community}/users.csv",
            "GET /api/v1/communities/{community}/users.json",
            "GET /api/v1/communities/{community}/users.jsonl",
            "GET /api/v1/communities/{community}/suppressions.csv",
            "GET /api/v1/communities/{community}/suppressions.json",
            "GET /api/v1/communities/{community}/suppressions.jsonl",
            "GET /api/v1/communities/{community}/audit.csv",
            "GET /api/v1/communities/{community}/audit.json",
            "GET /api/v1/communities/{community}/audit.jsonl",
            "GET /events/{event}/runs/file",
            "GET /communities/{community}/suppressions/file",
            "GET /communities/{community}/audit/file",
        ],
    ),
    (
        There(Operator),
        &[
            "PUT /api/v1/communities/{community}/groups/{group}/members/{email}",
            "DELETE /api/v1/communities/{community}/groups/{group}/members/{email}",
            "PUT /api/v1/communities/{community}/suppressions/{email}",
            "DELETE /api/v1/communities/{community}/suppressions/{email}",
            "POST /api/v1/events/{event}/doctor",
            "POST /api/v1/events/{event}/invitations/preview",
            "POST /api/v1/events/{event}/invitations/test",
            "POST /api/v1/runs/{run}/approve",
            "POST /api/v1/runs/{run}/discard",
            "POST /api/v1/runs/{run}/stop",
            "POST /events/{event}/selection",
            "POST /events/{event}/people/{person}/groups",
            "POST /events/{event}/groups",
            "POST /events/{event}/doctor",
            "POST /events/{event}/preview",
            "POST /events/{event}/runs",
            "POST /events/{event}/runs/{number}/approve",
            "POST /events/{event}/runs/{number}/discard",
            "POST /events/{event}/runs/{number}/stop",
            "POST /events/{event}/invitations/preview",
            "GET /events/{event}/invitations/preview/{handle}",
            "POST /events/{event}/invitations/test",
            "GET /events/{event}/invitations/invite",
            "POST /events/{event}/invitations/invite",
            "POST /communities/{community}/suppressions",
            "POST /communities/{community}/suppressions/lift",
        ],
    ),
    (
        There(Admin),
        &[
            "POST /events/{event}/people/{person}/erase",
            "POST /api/v1/communities/{community}/invitations/release",
            "DELETE /api/v1/communities/{community}/users/{email}",
            "DELETE /api/v1/events/{event}/configuration",
            "POST /events/{event}/invitations",
            "POST /events/{event}/invitations/release",
            "POST /events/{event}/configuration",
            "POST /events/{event}/configuration/test",
            "POST /events/{event}/configuration/rows",
            "POST /events/{event}/configuration/document",
            "POST /events/{event}/configuration/document/test",
            "GET /events/{event}/delete",
            "POST /events/{event}/delete",
        ],
    ),
    (
        ThereOrNew(Operator),
        &["POST /api/v1/events/{event}/configuration/test"],
    ),
    (
        ThereOrNew(Admin),
        &["PUT /api/v1/events/{event}/configuration"],
    ),
];
