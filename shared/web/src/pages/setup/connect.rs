//! The first step: the address and the key of the source, or a request that was copied.

use askama::Template;
use attendee_sync_domain::config::DocumentProblem;
use attendee_sync_domain::propose::request_from_curl;
use attendee_sync_domain::zone::{ZoneChoice, zone_meant};
use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::IntoResponse;

use super::super::configurator::refused as unprocessable;
use super::super::new_form::{communities, likely_community};
use super::super::{PageResult, Shell, render};
use super::{Step, StepHead, draft, given as list, keep, problems, to};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named};
use crate::problem::HttpProblem;
use crate::setup::{KEPT, KeyKind, SetupDraft, SetupFailure, adopt, connect};
use crate::texts::{t, text};
use crate::wire::Wire;
use crate::words;

#[derive(Template)]
#[template(path = "setup/connect.html")]
struct ConnectPage {
    shell: Shell,
    head: StepHead,
    draft: SetupDraft,
    kinds: Vec<(&'static str, &'static str, bool)>,
    communities: Vec<String>,
    zones: Vec<ZoneChoice>,
    fresh: bool,
    /// The largest file that is taken.
    most: String,
    /// Mistakes by the names of fields.
    wrong: Vec<(&'static str, String)>,
    /// Problems that belong to no field.
    others: Vec<DocumentProblem>,
}

impl ConnectPage {
    async fn new(
        console: &Console,
        session: &Session,
        handle: &str,
        draft: &SetupDraft,
    ) -> Result<Self, HttpProblem> {
        let kinds = KeyKind::ALL.into_iter();
        Ok(Self {
            shell: Shell::new(Some(session)),
            head: StepHead::new(handle, draft, Step::Connect),
            kinds: kinds
                .map(|(kind, name, label)| (name, label.text(), kind == draft.kind))
                .collect(),
            communities: communities(console, session).await?,
            zones: words::zones(),
            fresh: false,
            most: words::bytes(console.hosting.max_upload),
            draft: draft.clone(),
            wrong: Vec::new(),
            others: Vec::new(),
        })
    }

    fn action(&self) -> String {
        match self.head.handle.as_str() {
            "" => "/new-event/steps".to_owned(),
            handle => Step::Connect.path(handle),
        }
    }

    /// Returns the mistake in a field.
    fn wrong(&self, name: &str) -> Option<&str> {
        let found = self.wrong.iter().find(|(own, _)| *own == name);
        found.map(|(_, reason)| reason.as_str())
    }

    /// The list that was uploaded before, and is still kept.
    fn uploaded(&self) -> Option<&str> {
        let list = self.draft.list.as_ref().filter(|list| !list.is_example);
        list.map(|list| list.name.as_str())
    }

    fn opens_more(&self) -> bool {
        ["community", "event", "time_zone"]
            .into_iter()
            .any(|name| self.wrong(name).is_some())
    }
}

/// Returns the page's field for a setting.
fn field_of(path: &str) -> Option<&'static str> {
    Some(match path {
        "name" => "name",
        "community" => "community",
        "event" => "event",
        "time_zone" => "time_zone",
        "source.url" | "source" => "url",
        "credential" => "credential",
        "curl" => "curl",
        "file" => "file",
        "example" => "example",
        "key_name" | "source.authentication.username" | "source.authentication.name" => "key_name",
        _ if path.starts_with("source.authentication") => "credential",
        _ => return None,
    })
}

/// Shows the empty page.
pub(in crate::pages) async fn first(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
) -> PageResult {
    let communities = communities(&console, &session).await?;
    let draft = SetupDraft {
        community: likely_community(&communities).cloned().unwrap_or_default(),
        time_zone: "UTC".to_owned(),
        ..SetupDraft::default()
    };
    let mut page = ConnectPage::new(&console, &session, "", &draft).await?;
    page.fresh = true;
    render(&page)
}

/// The page of a draft.
pub(in crate::pages) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(handle): Named<String>,
) -> PageResult {
    match draft(&console, &session, &handle).await {
        Ok(draft) => render(&ConnectPage::new(&console, &session, &handle, &draft).await?),
        Err(elsewhere) => elsewhere.into_page(),
    }
}

pub(in crate::pages) async fn begin(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(wire): Extension<Wire>,
    Extension(mut fields): Extension<FormFields>,
) -> PageResult {
    let draft = SetupDraft::default();
    let handle = console.setups.keep(&session.authority, &draft).await?;
    let page = go_on(&console, &session, &mut fields, &handle, draft).await?;
    let cookie = wire.draft_cookie(&handle, KEPT.as_secs());
    Ok(([(header::SET_COOKIE, cookie)], page).into_response())
}

pub(in crate::pages) async fn submit(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(mut fields): Extension<FormFields>,
    Named(handle): Named<String>,
) -> PageResult {
    match draft(&console, &session, &handle).await {
        Ok(draft) => go_on(&console, &session, &mut fields, &handle, draft).await,
        Err(elsewhere) => elsewhere.into_page(),
    }
}

/// Reads what was typed and queries the source.
async fn go_on(
    console: &Console,
    session: &Session,
    fields: &mut FormFields,
    handle: &str,
    mut draft: SetupDraft,
) -> PageResult {
    let was_example = draft.is_example();
    let mut typed = take_in(console, session, fields, &mut draft).await?;
    if typed.is_empty() {
        typed = list::take_in(console, session, fields, &mut draft).await?;
    }
    let asked = if typed.is_empty() {
        let before = draft.clone();
        // The future is boxed because it is large: it would make every caller's future large.
        let mut asked = Box::pin(connect(console, session, &mut draft)).await;
        if was_example && matches!(asked, Err(SetupFailure::Fields(_))) {
            // What the address answers is not as the example was.
            draft = before;
            draft.forget_answers();
            asked = Box::pin(connect(console, session, &mut draft)).await;
        }
        asked.map(drop)
    } else {
        Err(SetupFailure::Fields(typed))
    };
    keep(console, session, handle, &draft).await?;
    match asked {
        Ok(()) => Ok(to(&Step::List.path(handle))),
        Err(failure) => refused(console, session, handle, &draft, problems(failure)?).await,
    }
}

/// Returns the page with the mistakes beside its fields.
pub(super) async fn refused(
    console: &Console,
    session: &Session,
    handle: &str,
    draft: &SetupDraft,
    problems: Vec<DocumentProblem>,
) -> PageResult {
    let mut page = ConnectPage::new(console, session, handle, draft).await?;
    for problem in problems {
        let field = match problem.path.as_str() {
            "list" if draft.is_example() => Some("example"),
            "list" => Some("file"),
            path => field_of(path),
        };
        match field {
            Some(field) => page.wrong.push((field, words::sentence(&problem.reason))),
            None => page.others.push(DocumentProblem {
                reason: words::sentence(&problem.reason),
                ..problem
            }),
        }
    }
    unprocessable(render(&page))
}

/// Reads what was typed into the draft; returns what is missing or invalid.
async fn take_in(
    console: &Console,
    session: &Session,
    fields: &FormFields,
    draft: &mut SetupDraft,
) -> Result<Vec<DocumentProblem>, HttpProblem> {
    let mut missing = Vec::new();
    let mut wrong = |path: &str, reason: String| {
        missing.push(DocumentProblem {
            path: path.to_owned(),
            reason,
        });
    };
    let typed = |name: &str| fields.get(name).trim().to_owned();
    let before = (
        draft.url.clone(),
        draft.body.clone(),
        draft.community.clone(),
    );
    draft.name = typed("name");
    if draft.name.is_empty() {
        wrong("name", t("setup-connect-required").to_owned());
    }
    let or_name = |text: String| match text.as_str() {
        "" => words::name_of(&draft.name),
        _ => text,
    };
    (draft.event, draft.community) = (or_name(typed("event")), or_name(typed("community")));
    draft.time_zone = zone_meant(&typed("time_zone"));
    draft.key_name = typed("key_name");
    let kind = KeyKind::of(fields.get("kind"));
    if kind != draft.kind {
        draft.scheme.clear();
    }
    draft.kind = kind;
    let mut key = typed("credential");
    let url = typed("url");
    let pasted = typed("curl").replace("\r\n", "\n");
    let command = match () {
        () if !pasted.is_empty() => pasted,
        () if url.starts_with("curl ") => url.clone(),
        () => format!("curl '{}'", url.replace('\'', "%27")),
    };
    let is_command = !typed("curl").is_empty() || url.starts_with("curl ");
    if url.is_empty() && !is_command && list::is_given(fields, draft) {
        draft.url.clear();
    } else if url.is_empty() && !is_command {
        draft.url.clear();
        wrong(
            "source.url",
            t("setup-connect-required-the-documentation-of").to_owned(),
        );
    } else {
        match request_from_curl(&command) {
            Ok(request) => {
                if let Some(credential) = request.credential {
                    credential.expose().clone_into(&mut key);
                    adopt(draft, request.authentication.to_document(None));
                }
                if is_command || request.url.trim_end_matches('/') != before.0.trim_end_matches('/')
                {
                    draft.method = request.method;
                    draft.headers = request.headers;
                    draft.body = request.body;
                    draft.left_out = request.left_out;
                }
                draft.url = request.url;
            }
            Err(error) if is_command => {
                wrong(
                    "curl",
                    text!("setup-connect-error-nothing-of-it", error = error),
                );
            }
            Err(_) => {
                draft.url = url;
                wrong(
                    "source.url",
                    t("setup-connect-this-is-no-address").to_owned(),
                );
            }
        }
    }
    let kept = draft.credential.clone().unwrap_or_default();
    let kept = console.typed_secrets.take_in(session, &key, &kept).await?;
    draft.credential = kept.map(|(handle, _)| handle);
    if !draft.url.is_empty() && draft.is_example() {
        // What was chosen by the example still counts for the address.
        draft.sample.clear();
        draft.list = None;
    } else if (&draft.url, &draft.body, &draft.community) != (&before.0, &before.1, &before.2) {
        draft.forget_answers();
    }
    if !draft.url.is_empty() && !list::has_file(fields) {
        draft.list = None;
    }
    Ok(missing)
}
