//! Checks the permission for each request before its handler runs, by the registry of routes.

mod document;

use std::sync::Arc;

use attendee_sync_app::Error;
use attendee_sync_domain::authority::{Authority, Denied, Permission};
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use axum::extract::{Extension, FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::console::Console;
use crate::problem::HttpProblem;
use crate::routes;
use crate::texts::{t, text};

pub(crate) use document::author;

/// The caller, as an extractor for handlers.
pub(crate) type Caller = Extension<Arc<Authority>>;

/// The permission that a route requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// No permission: the route is open to all.
    Open(OpenTo),
    /// The caller is known; no permission is needed.
    Anybody,
    /// This permission in some community; the handler leaves out other communities.
    Somewhere(Permission),
    /// This permission in all communities.
    Everywhere(Permission),
    /// This permission in the community that the path names, or to which its event or run belongs.
    There(Permission),
    /// The same. If the event does not exist yet, this permission in some community; the handler
    /// then requires it in the community of the new event.
    ThereOrNew(Permission),
}

/// The users of a route that is open to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenTo {
    /// Programs: problems are sent as JSON.
    Programs,
    /// Browsers: forms are accepted only from our own pages.
    Browsers,
    /// Mail programs and browsers, which post from anywhere (RFC 8058): the path itself proves that
    /// it was given to the sender.
    MailLink,
}

/// Returns to whom a path is open, as the router matched it; `None` where it is not open to all.
pub(crate) fn open_to(path: &str) -> Option<OpenTo> {
    let mut entries = routes::entries().iter();
    entries.find_map(|entry| match entry.need {
        Need::Open(to) if entry.path == path => Some(to),
        _ => None,
    })
}

/// Returns the permission that a request needs; `None` where there is no such route.
fn need(method: &Method, path: &str) -> Option<Need> {
    let method = match method.as_str() {
        "HEAD" => "GET",
        other => other,
    };
    let mut entries = routes::entries().iter();
    let found = entries.find(|entry| entry.method == method && entry.path == path);
    found.map(|entry| entry.need)
}

/// Returns the methods that a path supports.
fn methods(path: &str) -> Vec<&'static str> {
    let entries = routes::entries().iter().filter(|entry| entry.path == path);
    entries
        .flat_map(|entry| match entry.method {
            "GET" => vec!["GET", "HEAD"],
            other => vec![other],
        })
        .collect()
}

/// Checks the permission for a request. Fails with the answer to send.
pub(crate) async fn allow(
    console: &Console,
    authority: &Authority,
    parts: &mut Parts,
) -> Result<(), Box<Response>> {
    let Ok(path) = MatchedPath::from_request_parts(parts, &()).await else {
        return Err(Box::new(HttpProblem::not_found().into_response()));
    };
    let Some(need) = need(&parts.method, path.as_str()) else {
        return Err(Box::new(not_taken(path.as_str())));
    };
    let allowed = match need {
        Need::Open(_) | Need::Anybody => Ok(()),
        Need::Somewhere(permission) if authority.may_somewhere(permission) => Ok(()),
        Need::Everywhere(permission) if authority.may_everywhere(permission) => Ok(()),
        Need::Somewhere(permission) => Err(too_little(permission, t("permits-in-a-community"))),
        Need::Everywhere(permission) => {
            Err(too_little(permission, t("permits-in-all-communities")))
        }
        Need::There(permission) => there(console, authority, permission, parts).await,
        Need::ThereOrNew(permission) => {
            let allowed = there(console, authority, permission, parts).await;
            match allowed {
                Err(problem) if problem.status == StatusCode::NOT_FOUND => {
                    new(console, authority, permission, parts, problem).await
                }
                other => other,
            }
        }
    };
    allowed.map_err(|problem| Box::new(problem.into_response()))
}

/// Checks the permission in the community of what the path names. What the caller must not see is
/// reported as missing.
async fn there(
    console: &Console,
    authority: &Authority,
    permission: Permission,
    parts: &mut Parts,
) -> Result<(), HttpProblem> {
    if authority.may_everywhere(permission) {
        return Ok(());
    }
    let place = PathSubject::of(parts).await?;
    let unseen = || HttpProblem::from(place.missing());
    let community = match &place {
        PathSubject::Community(community) => Some(community.clone()),
        PathSubject::Event(event) => community_of(console, event).await?,
        PathSubject::Run(run) => community_of(console, &run.event).await?,
    };
    let Some(community) = community else {
        return Err(unseen());
    };
    require(authority, permission, &community).map_err(|problem| match problem {
        None => unseen(),
        Some(problem) => problem,
    })
}

/// Allows creating an event that does not exist to a caller who may create one somewhere. Anybody
/// else gets the same answer as for an event that they must not see.
async fn new(
    console: &Console,
    authority: &Authority,
    permission: Permission,
    parts: &mut Parts,
    otherwise: HttpProblem,
) -> Result<(), HttpProblem> {
    let PathSubject::Event(event) = PathSubject::of(parts).await? else {
        return Err(otherwise);
    };
    let is_new = community_of(console, &event).await?.is_none();
    if is_new && authority.may_somewhere(permission) {
        Ok(())
    } else {
        Err(otherwise)
    }
}

async fn community_of(
    console: &Console,
    event: &EventId,
) -> Result<Option<CommunityId>, HttpProblem> {
    let stored = console.app.find_event(event).await?;
    Ok(stored.map(|stored| stored.value.community))
}

/// Checks a permission in a community. Fails with `None` where the caller may not know that the
/// community exists.
fn require(
    authority: &Authority,
    permission: Permission,
    community: &CommunityId,
) -> Result<(), Option<HttpProblem>> {
    match authority.ask(permission, community) {
        Ok(()) => Ok(()),
        Err(Denied::Unseen) => Err(None),
        Err(Denied::TooLittle(permission)) => {
            let place = text!("permits-in-the-community-community", community = community);
            Err(Some(too_little(permission, &place)))
        }
    }
}

/// Checks a permission in a community that the caller names. The answer is the same whether the
/// community exists or not.
pub(crate) fn require_in(
    authority: &Authority,
    permission: Permission,
    community: &CommunityId,
) -> Result<(), HttpProblem> {
    if authority.may(permission, community) {
        return Ok(());
    }
    let place = text!("permits-in-the-community-community", community = community);
    Err(too_little(permission, &place))
}

impl Console {
    /// Checks the permission for actions on more than one person in an event's community.
    pub(crate) async fn require_operator(
        &self,
        authority: &Authority,
        event: &EventId,
    ) -> Result<(), HttpProblem> {
        let community = self.app.document(event).await?.community;
        require_in(authority, Permission::Operate, &community)
    }
}

fn too_little(permission: Permission, place: &str) -> HttpProblem {
    let role = permission.least();
    let detail = text!("permits-your-role-does-not", role = role, place = place);
    HttpProblem::new(StatusCode::FORBIDDEN, detail)
}

fn not_taken(path: &str) -> Response {
    let mut response = HttpProblem::method_not_allowed().into_response();
    if let Ok(allowed) = HeaderValue::try_from(methods(path).join(",")) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// The object that a path names.
enum PathSubject {
    Community(CommunityId),
    Event(EventId),
    Run(RunId),
}

impl PathSubject {
    async fn of(parts: &mut Parts) -> Result<Self, HttpProblem> {
        let gaps = RawPathParams::from_request_parts(parts, &()).await;
        let gaps = gaps.map_err(|_| HttpProblem::not_found())?;
        let place = gaps.iter().find_map(|(name, text)| match name {
            "community" => text.parse().ok().map(Self::Community),
            "event" => text.parse().ok().map(Self::Event),
            "run" => text.parse().ok().map(Self::Run),
            _ => None,
        });
        place.ok_or_else(HttpProblem::not_found)
    }

    /// Returns the error that a handler reports where the object does not exist.
    fn missing(&self) -> Error {
        match self {
            Self::Community(community) => Error::NoCommunity(community.clone()),
            Self::Event(event) => Error::NoEvent(event.clone()),
            Self::Run(run) => Error::NoRun(run.clone()),
        }
    }
}
