//! The checks that every request passes: the host it names, its sender, that a form was sent by one
//! of our own pages, and the permission for what it asks. Routes that are not registered as open
//! are closed (invariant 13).

use std::sync::Arc;

use attendee_sync_domain::authority::Authority;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::access::{SignInAttempt, same_token};
use crate::console::Console;
use crate::extract::FormFields;
use crate::kept_form;
use crate::permits::OpenTo;
use crate::problem::HttpProblem;
use crate::texts::{Language, TextId, id, t};
use crate::wire::{ServedAs, Wire, authority, peer};
use crate::{pages, permits};

/// Who may use a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    /// Everybody.
    Open(OpenTo),
    /// Callers with a token, as far as their roles allow.
    Api,
    /// Signed-in people, as far as their roles allow.
    Console,
}

impl Area {
    fn of(request: &Request) -> Self {
        let matched = request.extensions().get::<MatchedPath>();
        let path = request.uri().path();
        match matched.and_then(|matched| permits::open_to(matched.as_str())) {
            Some(to) => Self::Open(to),
            None if path == "/metrics" || path == "/api" || path.starts_with("/api/") => Self::Api,
            None => Self::Console,
        }
    }
}

/// Lets a request pass, or answers it.
pub(crate) async fn check(
    State(console): State<Arc<Console>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !names_our_host(&console, &request) {
        return HttpProblem::new(StatusCode::MISDIRECTED_REQUEST, t("gate-this-host-name-is"))
            .into_response();
    }
    let wire = Wire::of(&console, &request);
    request.extensions_mut().insert(wire);
    let passed = match Area::of(&request) {
        Area::Open(OpenTo::Programs | OpenTo::MailLink) => Ok(request),
        Area::Open(OpenTo::Browsers) => from_our_pages(request),
        Area::Api => with_token(&console, request).await,
        Area::Console => signed_in(&console, wire, request).await,
    };
    match passed {
        Ok(request) => {
            let answer = console
                .hosting
                .wait_for_answer(next.run(request), TOO_LONG.text());
            answer.await.unwrap_or_else(HttpProblem::into_response)
        }
        Err(answer) => *answer,
    }
}

/// The message for requests that have no message of their own.
const TOO_LONG: TextId = id("gate-this-took-longer-than");

type Passed = Result<Request, Box<Response>>;

fn refuse<T>(answer: impl IntoResponse) -> Result<T, Box<Response>> {
    Err(Box::new(answer.into_response()))
}

fn names_our_host(console: &Console, request: &Request) -> bool {
    authority(request).is_some_and(|authority| {
        let vouched_for = |ServedAs(name): &ServedAs| name.eq_ignore_ascii_case(authority.host());
        !authority.as_str().contains('@')
            && (console.access.allows_host(authority.host())
                || request.extensions().get().is_some_and(vouched_for))
    })
}

async fn with_token(console: &Console, request: Request) -> Passed {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let attempt = match token {
        Some(token) => Some(console.access.call(token, peer(&request)).await),
        None => None,
    };
    let refusal = match attempt {
        Some(SignInAttempt::Passed(authority)) => {
            return allowed(console, request, authority).await;
        }
        Some(SignInAttempt::Throttled(seconds)) => {
            return refuse(HttpProblem::too_many_attempts(seconds));
        }
        Some(SignInAttempt::Unavailable) => return refuse(HttpProblem::nobody_known()),
        Some(SignInAttempt::Failed) => {
            ("Bearer error=\"invalid_token\"", t("gate-the-api-token-is"))
        }
        None => ("Bearer", t("gate-send-the-api-token")),
    };
    let problem = HttpProblem::new(StatusCode::UNAUTHORIZED, refusal.1);
    refuse(([(header::WWW_AUTHENTICATE, refusal.0)], problem))
}

/// Checks the permission of a known caller.
async fn allowed(console: &Console, request: Request, authority: Arc<Authority>) -> Passed {
    let (mut parts, body) = request.into_parts();
    permits::allow(console, &authority, &mut parts).await?;
    parts.extensions.insert(authority);
    Ok(Request::from_parts(parts, body))
}

async fn signed_in(console: &Console, wire: Wire, mut request: Request) -> Passed {
    let session = match wire.session(request.headers()) {
        Some(id) => console.access.session(id).await,
        None => Ok(None),
    };
    let session = match session {
        Ok(Some(session)) => session,
        Ok(None) => return refuse(to_sign_in(console, wire, request).await),
        Err(problem) => return refuse(problem),
    };
    let mut kept = None;
    if !is_safe(request.method()) {
        request = from_our_pages(request)?;
        let (parts, body) = request.into_parts();
        let form = Request::from_parts(parts.clone(), body);
        let fields = match FormFields::read(form, console.hosting.max_upload).await {
            Ok(fields) => fields,
            Err(problem) => return refuse(problem),
        };
        if !same_token(fields.get("csrf"), &session.csrf) {
            return refuse(foreign_form());
        }
        let fields = if fields.get(kept_form::FIELD).is_empty() {
            fields
        } else {
            kept = wire.form(&parts.headers).map(str::to_owned);
            let typed = console.typed_before(kept.as_deref(), parts.uri.path());
            match typed.await {
                Ok(fields) => fields,
                Err(problem) => return refuse(problem),
            }
        };
        request = Request::from_parts(parts, axum::body::Body::empty());
        request.extensions_mut().insert(fields);
    }
    let authority = Arc::clone(&session.authority);
    request.extensions_mut().insert(session);
    let request = allowed(console, request, authority).await?;
    if let Some(handle) = kept {
        console.forget_form(&handle).await;
    }
    Ok(request)
}

/// Redirects a person who is not signed in to the sign-in page, and from there back to what they
/// requested. What they typed into a form of ours is kept meanwhile.
async fn to_sign_in(console: &Console, wire: Wire, request: Request) -> Response {
    let asked = request.uri().path_and_query();
    let asked = asked.map(|asked| asked.as_str().to_owned());
    if is_safe(request.method()) {
        let next = asked.filter(|asked| asked != "/" && kept_form::is_our_path(asked));
        let query = next.map(|next| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            format!("?{}", query.append_pair("next", &next).finish())
        });
        let page = format!("/sign-in{}", query.unwrap_or_default());
        return Redirect::to(&page).into_response();
    }
    let sign_in = Redirect::to("/sign-in");
    let peer = peer(&request);
    let path = request.uri().path().to_owned();
    let Ok(request) = from_our_pages(request) else {
        return sign_in.into_response();
    };
    if !console.access.may_keep_form(peer) {
        return sign_in.into_response();
    }
    // Of a form with a file, what was typed is kept and the file is not.
    let kept = match FormFields::read(request, 0).await {
        Ok(fields) => console.keep_form(&path, fields).await,
        Err(problem) => Err(problem),
    };
    match kept {
        Ok(Some(handle)) => {
            let cookie = wire.form_cookie(&handle, kept_form::SECONDS);
            ([(header::SET_COOKIE, cookie)], sign_in).into_response()
        }
        Ok(None) | Err(_) => sign_in.into_response(),
    }
}

/// Refuses a form that another site sent. `Sec-Fetch-Site` decides where the browser sends it.
/// `Origin` is "null" for our own forms, because our pages have the referrer policy `no-referrer`.
fn from_our_pages(request: Request) -> Passed {
    let text = |name: HeaderName| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap_or("?"))
    };
    let ours = match (
        text(HeaderName::from_static("sec-fetch-site")),
        text(header::ORIGIN),
    ) {
        (Some(site), _) => site == "same-origin",
        (None, Some("null") | None) => true,
        (None, Some(origin)) => origin
            .split_once("://")
            .zip(text(header::HOST))
            .is_some_and(|((_, origin), host)| origin.eq_ignore_ascii_case(host)),
    };
    if ours || is_safe(request.method()) {
        Ok(request)
    } else {
        refuse(foreign_form())
    }
}

fn foreign_form() -> HttpProblem {
    HttpProblem::new(StatusCode::FORBIDDEN, t("gate-the-form-does-not"))
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Allows only our own files, no frames and no foreign form targets.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The same policy, but with our own frames.
const WITH_FRAMES: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The policy of a mail, which is foreign HTML: it may have its own styles and show pictures, and
/// nothing else.
const OF_A_MAIL: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; \
    form-action 'none'; frame-ancestors 'self'; base-uri 'none'; sandbox";

/// The kind of an answer that is not an ordinary page. Handlers set it as an extension of the
/// answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// A page that contains frames.
    Around,
    /// A mail's HTML, in such a frame or alone.
    Within,
}

fn policy(framing: Option<Framing>) -> &'static str {
    match framing {
        None => POLICY,
        Some(Framing::Around) => WITH_FRAMES,
        Some(Framing::Within) => OF_A_MAIL,
    }
}

const HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Shows problems of the console as pages, and adds the headers that every answer has.
pub(crate) async fn present(request: Request, next: Next) -> Response {
    let is_page = !matches!(Area::of(&request), Area::Api | Area::Open(OpenTo::Programs));
    let language = Language::of(&request).filter(|_| is_page);
    let answer = async {
        let response = next.run(request).await;
        if is_page {
            pages::problem(response)
        } else {
            response
        }
    };
    // The future is boxed because it is large: it would make every caller's future large.
    let answer = language
        .unwrap_or(Language::English)
        .answer(Box::pin(answer));
    let mut response = answer.await;
    let policy = policy(response.extensions().get().copied());
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
