//! What each request asks for, before any handler sees it, as the registry of routes says.

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

pub(crate) use document::author;

/// Who asks, as handlers take it.
pub(crate) type Caller = Extension<Arc<Authority>>;

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: it is open to all.
    Open(OpenTo),
    /// That somebody asks whom we know.
    Anybody,
    /// This in some community; the handler leaves out what is another's.
    Somewhere(Permission),
    /// This in all communities.
    Everywhere(Permission),
    /// This in the community that the path names, or that its event or run belongs to.
    There(Permission),
    /// The same; where there is no such event yet, this in some community, and the handler asks
    /// for it in the one that the event shall belong to.
    ThereOrNew(Permission),
}

/// Who uses a route that is open to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenTo {
    /// Programs: what goes wrong is told as JSON.
    Programs,
    /// Browsers: forms are taken only from our own pages.
    Browsers,
    /// Mail programs and browsers, which post to it from anywhere (RFC 8058): the path proves by itself
    /// that it was given to somebody.
    MailLink,
}

/// To whom a path is open, as the router matched it; nothing where it is not open to all.
pub(crate) fn open_to(path: &str) -> Option<OpenTo> {
    let mut entries = routes::entries().iter();
    entries.find_map(|entry| match entry.need {
        Need::Open(to) if entry.path == path => Some(to),
        _ => None,
    })
}

/// What a request asks for; nothing where there is no such route.
fn need(method: &Method, path: &str) -> Option<Need> {
    let method = match method.as_str() {
        "HEAD" => "GET",
        other => other,
    };
    let mut entries = routes::entries().iter();
    let found = entries.find(|entry| entry.method == method && entry.path == path);
    found.map(|entry| entry.need)
}

/// The methods that a path takes.
fn methods(path: &str) -> Vec<&'static str> {
    let entries = routes::entries().iter().filter(|entry| entry.path == path);
    entries
        .flat_map(|entry| match entry.method {
            "GET" => vec!["GET", "HEAD"],
            other => vec![other],
        })
        .collect()
}

/// Lets a request go on to its handler, or says why it does not.
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
        Need::Somewhere(permission) => Err(too_little(permission, "in a community")),
        Need::Everywhere(permission) => Err(too_little(permission, "in all communities")),
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

/// Whether they may in the community of what the path names. What they may not see is not there.
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

/// An event that is not there may be made, by who may make one somewhere. To everybody else it is
/// as one that they may not see.
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

/// That they may do this in a community; `Err(None)` where they may not know that there is one.
fn require(
    authority: &Authority,
    permission: Permission,
    community: &CommunityId,
) -> Result<(), Option<HttpProblem>> {
    match authority.ask(permission, community) {
        Ok(()) => Ok(()),
        Err(Denied::Unseen) => Err(None),
        Err(Denied::TooLittle(permission)) => {
            let place = format!("in the community \"{community}\"");
            Err(Some(too_little(permission, &place)))
        }
    }
}

/// That they may do this in a community that they name themselves. The answer is the same whether
/// there is one or not.
pub(crate) fn require_in(
    authority: &Authority,
    permission: Permission,
    community: &CommunityId,
) -> Result<(), HttpProblem> {
    if authority.may(permission, community) {
        return Ok(());
    }
    let place = format!("in the community \"{community}\"");
    Err(too_little(permission, &place))
}

impl Console {
    /// That they may do in an event's community what is about more than one person.
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
    let detail = format!("your role does not allow this; you need the role {role} {place}");
    HttpProblem::new(StatusCode::FORBIDDEN, detail)
}

fn not_taken(path: &str) -> Response {
    let mut response = HttpProblem::method_not_allowed().into_response();
    if let Ok(allowed) = HeaderValue::try_from(methods(path).join(",")) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// What a path names.
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

    /// What a handler says where it is not there.
    fn missing(&self) -> Error {
        match self {
            Self::Community(community) => Error::NoCommunity(community.clone()),
            Self::Event(event) => Error::NoEvent(event.clone()),
            Self::Run(run) => Error::NoRun(run.clone()),
        }
    }
}
